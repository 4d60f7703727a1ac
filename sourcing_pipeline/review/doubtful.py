"""The review of the domain: which rows the classifier is least sure of, and what people say of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sourcing_pipeline.review.config import Reviewers
from sourcing_pipeline.review.questions import DOMAIN
from sourcing_pipeline.review.queue import Drawn
from sourcing_pipeline.review.verdicts import judged
from sourcing_pipeline.sampling import sample

ALL = "all rows"
"""The stratum of the random share."""
_STAY = 2


def draw_doubtful(
    ids: Sequence[str], doubt: NDArray[np.floating], size: int, before: Collection[str] = ()
) -> dict[str, Drawn | None]:
    """The ids of which it is asked whether they belong to the domain: the `size` of greatest `doubt`, None beside each,
    and a simple random sample of as many of all.

    Every night the classifier is learned anew, and the order of close rows changes. So of the ids that were asked about
    `before`, one stays as long as it is among the twice as many most doubtful; only then a newcomer takes its place.
    """
    order = np.lexsort((np.asarray(ids, dtype=object).astype(str), -np.asarray(doubt)))
    near = [ids[position] for position in order[: _STAY * size]]
    stayed = [row_id for row_id in near if row_id in before]
    chosen = [*stayed, *(row_id for row_id in near if row_id not in before)][:size]
    drawn = {ids[position]: Drawn(ALL, len(ids)) for position in sample(ids, size, f"review/{DOMAIN}")}
    return {**dict.fromkeys(chosen), **drawn}


@dataclass(frozen=True)
class DomainReview:
    """Of the rows of the random share that people judged: how many the classifier judged as they did, and how many it
    flagged although they belong to the domain, or let pass although they don't.
    """

    source: str
    reviewed: int
    agreed: int
    flagged_wrongly: int
    missed: int


def domain_review(
    source: str, queue: pa.Table, flagged: Mapping[str, bool], verdicts: pa.Table, reviewers: Reviewers
) -> DomainReview:
    """`queue` are the QUEUE rows of the source for the question `domain`, and `flagged` says of ids whether the
    classifier holds them to be off the domain."""
    said = judged(verdicts, DOMAIN, "off_domain", reviewers)
    rows = queue.select(["id", "stratum"]).to_pylist()
    random = [row["id"] for row in rows if row["stratum"] is not None and row["id"] in said and row["id"] in flagged]
    wrongly = sum(flagged[row_id] and not said[row_id] for row_id in random)
    missed = sum(said[row_id] and not flagged[row_id] for row_id in random)
    return DomainReview(source, len(random), len(random) - wrongly - missed, wrongly, missed)
