"""What holds for the rows of every source: age, licence, both sides present, and few enough unreadable records."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import ContractError, InputError
from sourcing_pipeline.rows import RAW, DropReason, conform, message_tuples, outcomes
from sourcing_pipeline.sources.source import Source


def extract(name: str, source: Source, window: Window, allowed: frozenset[str]) -> Iterator[pa.RecordBatch]:
    """Outcome batches of `source`, with what every source must hold applied to the rows it kept.

    Drops rows outside the window (`max_age_days`, or later than `as_of`), under a licence that is not in `allowed`
    (SPDX ids), with an empty side, or with the id of an earlier row. Raises InputError when the source has no record
    at all in a source without days, or when more than `max_unparsable_fraction` of its records are unreadable: then
    the caller must not replace what it has. Raises ContractError when a reader hands over rows of another source.
    """
    seen = unreadable = 0
    places: list[str] = []
    known: set[bytes] = set()
    for batch in source.read(name, window):
        answer = _hold(conform(batch, outcomes(RAW), f"source {name}"), name, source, window, allowed, known)
        seen += answer.num_rows
        bad = answer.filter(pc.equal(answer.column("drop_reason"), DropReason.UNPARSABLE.value))
        unreadable += bad.num_rows
        places += [detail or row for row, detail in _details(bad)][: 3 - len(places)]
        yield answer
    if not seen and window.days is None:
        raise InputError(f"source {name}: no record was found; check what the recipe's sources.{name} points at")
    if seen and unreadable / seen > source.max_unparsable_fraction:
        raise InputError(
            f"source {name}: {unreadable} of {seen} records cannot be read, more than max_unparsable_fraction = "
            f"{source.max_unparsable_fraction:g} allows; first: {'; '.join(places)}. "
            f"Mend the input, or raise sources.{name}.max_unparsable_fraction"
        )


def _details(batch: pa.RecordBatch) -> list[tuple[str, str | None]]:
    return list(zip(batch.column("id").to_pylist(), batch.column("drop_detail").to_pylist(), strict=True))


def _hold(
    batch: pa.RecordBatch,
    name: str,
    source: Source,
    window: Window,
    allowed: frozenset[str],
    known: set[bytes],
) -> pa.RecordBatch:
    if not pc.all(pc.starts_with(batch.column("id"), f"{name}:"), min_count=0).as_py():
        raise ContractError(f"source {name}: every id must begin with {name + ':'!r}")
    licenses = batch.column("license")
    outside = window.outside(batch.column("created_at"), source.max_age_days)
    refused = pc.invert(pc.is_in(licenses, value_set=pa.array(sorted(allowed), pa.string())))
    empty = pa.array([_lacks_a_side(messages) for messages in message_tuples(batch.column("messages"))], pa.bool_())
    rules = [
        (DropReason.OUTSIDE_WINDOW, outside, None),
        (DropReason.EMPTY, empty, None),
        (DropReason.LICENCE_UNKNOWN, pc.is_null(licenses), None),
        (DropReason.LICENCE_NOT_ALLOWED, refused, licenses),
        (DropReason.DUPLICATE_ID, _repeated(batch, known), None),
    ]
    reason, detail = batch.column("drop_reason"), batch.column("drop_detail")
    for drop_reason, hits, explained in rules:
        hit = pc.and_(pc.is_null(reason), pc.fill_null(hits, False))
        reason = pc.if_else(hit, drop_reason.value, reason)
        detail = detail if explained is None else pc.if_else(hit, explained, detail)
    return batch.set_column(batch.schema.get_field_index("drop_reason"), "drop_reason", reason).set_column(
        batch.schema.get_field_index("drop_detail"), "drop_detail", detail
    )


def _repeated(batch: pa.RecordBatch, known: set[bytes]) -> pa.Array:
    """Whether each row that the reader kept has an id that stands in `known`, to which the others are added."""
    repeated = []
    ids = zip(batch.column("id").to_pylist(), batch.column("drop_reason").to_pylist(), strict=True)
    for row_id, reason in ids:
        digest = blake2b(row_id.encode(), digest_size=10).digest()
        repeated.append(reason is None and digest in known)
        if reason is None:
            known.add(digest)
    return pa.array(repeated, pa.bool_())


def _lacks_a_side(messages: Sequence[tuple[str, str | None]]) -> bool:
    spoken = [role for role, content in messages if (content or "").strip()]
    return "user" not in spoken or not messages[-1][1] or messages[-1][0] != "assistant" or spoken[-1] != "assistant"
