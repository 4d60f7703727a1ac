"""The known in-domain examples, and the profile learned from them."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from sourcing_pipeline.assessment.config import Assessment
from sourcing_pipeline.assessment.domain import DomainProfile, general_examples, learn
from sourcing_pipeline.assessment.embedding import embed
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.rows import message_tuples, opening
from sourcing_pipeline.sampling import sample


def known_texts(batches: Iterable[pa.RecordBatch], config: Assessment) -> list[str]:
    """The first user turns that teach the domain, at most `max_known`, in the order of their ids.

    `batches` hold the masked rows (id, messages) of the known sources; the lines of `known_examples` come first.
    """
    lines = _lines(config.known_examples)[: config.max_known]
    found = {
        row_id: opening(messages)
        for batch in batches
        for row_id, messages in zip(
            batch.column("id").to_pylist(), message_tuples(batch.column("messages")), strict=True
        )
    }
    ids = sorted(found)
    drawn = sorted(ids[position] for position in sample(ids, config.max_known - len(lines), "known"))
    return [*lines, *(found[row_id] for row_id in drawn)]


def learn_profile(known: list[str], config: Assessment) -> DomainProfile:
    """The domain profile of `known` texts against general talk and the recipe's own off-domain lines."""
    others = [*general_examples(), *_lines(config.off_domain_examples)]
    vectors = embed([*known, *others], config.model, config.max_tokens)
    return learn(vectors[: len(known)], vectors[len(known) :], config)


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        return [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({type(error).__name__}); one example a line") from error
