"""What holds for the rows of every source: age, licence, both sides present, and few enough unreadable records."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import ContractError, InputError
from sourcing_pipeline.rows import RAW, DropReason, Refusal, conform, outcomes, refuse
from sourcing_pipeline.sources.known_ids import KnownIds
from sourcing_pipeline.sources.source import Source


def extract(name: str, source: Source, window: Window, allowed: frozenset[str]) -> Iterator[pa.RecordBatch]:
    """Outcome batches of `source`, with what every source must hold applied to the rows it kept.

    Drops rows about someone who asked to be forgotten (`window.erased`), outside the window (`max_age_days`, or later
    than `as_of`), under a licence that is not in `allowed` (SPDX ids), with an empty side, or with the id of an earlier
    row. Raises InputError when a source without days has no record at all (and may not be empty), or when more than
    `max_unparsable_fraction` of the records are unreadable: then the caller must not replace what it has. Raises
    ContractError when a reader hands over rows of another source.
    """
    seen = unreadable = 0
    places: list[str] = []
    known = KnownIds()
    for batch in source.read(name, window):
        answer = _hold(conform(batch, outcomes(RAW), f"source {name}"), name, source, window, allowed, known)
        seen += answer.num_rows
        bad = answer.filter(pc.equal(answer.column("drop_reason"), DropReason.UNPARSABLE.value))
        unreadable += bad.num_rows
        places += [detail or row for row, detail in _details(bad)][: 3 - len(places)]
        yield answer
    if not seen and window.days is None and not source.may_be_empty:
        raise InputError(f"source {name}: no record was found; check what the recipe's sources.{name} points at")
    if seen and not source.counts_unreadable and unreadable / seen > source.max_unparsable_fraction:
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
    known: KnownIds,
) -> pa.RecordBatch:
    if not pc.all(pc.starts_with(batch.column("id"), f"{name}:"), min_count=0).as_py():
        raise ContractError(f"source {name}: every id must begin with {name + ':'!r}")
    batch = _forgotten(batch, name, window)
    licenses = batch.column("license")
    outside = window.outside(batch.column("created_at"), source.max_age_days)
    refused = pc.invert(pc.is_in(licenses, value_set=pa.array(sorted(allowed), pa.string())))
    rules = [
        Refusal(DropReason.OUTSIDE_WINDOW, outside),
        Refusal(DropReason.EMPTY, _lacks_a_side(batch.column("messages"))),
        Refusal(DropReason.LICENCE_UNKNOWN, pc.is_null(licenses)),
        Refusal(DropReason.LICENCE_NOT_ALLOWED, refused, licenses),
        Refusal(DropReason.DUPLICATE_ID, _repeated(batch, known)),
    ]
    reason, detail = refuse(batch.column("drop_reason"), batch.column("drop_detail"), rules)
    return _with(batch, {"drop_reason": reason, "drop_detail": detail})


def _forgotten(batch: pa.RecordBatch, name: str, window: Window) -> pa.RecordBatch:
    """Rows about someone who asked to be forgotten are dropped, whatever else is said of them, and lose their id."""
    if window.erased is Window.erased:
        return batch
    people = batch.column("person_keys").to_pylist()
    erased = pa.array([bool(keys) and window.erased(keys) for keys in people], pa.bool_())
    if not pc.any(erased).as_py():
        return batch
    nothing = pa.nulls(batch.num_rows, pa.string())
    return _with(
        batch,
        {
            "id": pc.if_else(erased, f"{name}:erased", batch.column("id")),
            "person_keys": pc.if_else(
                erased, pa.scalar([], batch.column("person_keys").type), batch.column("person_keys")
            ),
            "drop_reason": pc.if_else(erased, DropReason.ERASED.value, batch.column("drop_reason")),
            "drop_detail": pc.if_else(erased, nothing, batch.column("drop_detail")),
        },
    )


def _with(batch: pa.RecordBatch, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    for name, column in columns.items():
        batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), column)
    return batch


def _repeated(batch: pa.RecordBatch, known: KnownIds) -> pa.Array:
    """Whether each row that the reader kept has an id that stands in `known`, to which the others are added."""
    free = _mask(pc.is_null(batch.column("drop_reason")))
    repeated = np.zeros(batch.num_rows, dtype=bool)
    repeated[free] = known.again(batch.column("id").filter(pa.array(free)).to_pylist())
    return pa.array(repeated)


def _lacks_a_side(messages: pa.Array) -> pa.Array:
    """Whether no user turn says anything, or the last turn is not an assistant's that does."""
    turns = pc.list_flatten(messages)
    said = pc.not_equal(pc.utf8_trim_whitespace(pc.fill_null(turns.field("content"), "")), "")
    parents = pc.list_parent_indices(messages).to_numpy(zero_copy_only=False)
    asked = np.zeros(len(messages), dtype=bool)
    asked[parents[_mask(pc.and_(pc.equal(turns.field("role"), "user"), said))]] = True
    answered = np.zeros(len(messages), dtype=bool)
    answered[parents] = _mask(pc.and_(pc.equal(turns.field("role"), "assistant"), said))
    return pa.array(~(asked & answered))


def _mask(values: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
