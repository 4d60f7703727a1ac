"""The instant that gives a ticket record its day."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.config import Window, instants
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.tabular.columns import INSTANT_TYPE
from sourcing_pipeline.sources.tickets.mapping import DATED
from sourcing_pipeline.sources.tickets.runs import Records

Numbers = npt.NDArray[Any]
HELD_TICKETS = 20_000
"""How many records may lack a time before the first that has one."""


def dated(
    name: str, batches: Iterator[Records], window: Window, *, needed: bool = True
) -> Iterator[tuple[Records, pa.Array]]:
    """Each batch with the instants that give its records their days, none null.

    That is the record's own time (the first of `mapping.DATED` that it has, else its last message's). Where a file's
    path has a day, it is the time within that day, or its beginning. A record without a time takes that of the record
    before it, the first ones take the first that there is. Where no record has one they are left out, or, if they are
    `needed`, InputError is raised.
    """
    previous: pa.Scalar = pa.scalar(None, INSTANT_TYPE)
    held: list[Records] = []
    for records in batches:
        own = _own(records.rows)
        if records.part.day is not None:
            yield records, _within(own, *instants(records.part.day, window.timezone))
            continue
        if records.first:
            if held and needed:
                break
            held, previous = [], pa.scalar(None, INSTANT_TYPE)
        if not previous.is_valid and own.null_count == len(own):
            held.append(records)
            if sum(one.rows.num_rows for one in held) > HELD_TICKETS:
                if needed:
                    raise _undated(name, f"none of the first {HELD_TICKETS:,} records")
                held = []
            continue
        if not previous.is_valid:
            first = own.drop_null()[0]
            for one in held:
                yield one, pa.repeat(first, one.rows.num_rows)
            held, previous = [], first
        filled = pc.fill_null(pc.fill_null_forward(own), previous)
        previous = filled[-1]
        yield records, filled
    if held and needed:
        raise _undated(name, "no record")


def wanted_rows(at: pa.Array, ranges: list[tuple[datetime, datetime]] | None) -> Numbers:
    """The indices of the instants that lie in one of the ranges (`Window.ranges`); all for None."""
    if ranges is None:
        return np.arange(len(at))
    borders = np.array([_microseconds(instant) for pair in ranges for instant in pair], np.int64)
    position = np.searchsorted(borders, at.cast(pa.int64()).to_numpy(zero_copy_only=False), side="right")
    return np.flatnonzero(position % 2 == 1)


def last_times(messages: pa.Array) -> pa.Array:
    """The latest time of a message in each list of them; null where there is none."""
    lengths = pc.fill_null(pc.list_value_length(messages), 0).to_numpy(zero_copy_only=False)
    times = pc.struct_field(messages.flatten(), "at")
    valid = pc.is_valid(times).to_numpy(zero_copy_only=False)
    owners = np.repeat(np.arange(len(lengths)), lengths)[valid]
    numbers = times.drop_null().cast(pa.int64()).to_numpy(zero_copy_only=False)
    latest = np.full(len(lengths), np.iinfo(np.int64).min)
    np.maximum.at(latest, owners, numbers)
    return pa.array(latest, pa.int64(), mask=latest == np.iinfo(np.int64).min).cast(INSTANT_TYPE)


def _own(rows: pa.RecordBatch) -> pa.Array:
    own = pc.coalesce(*(rows.column(name) for name in DATED))
    return pc.coalesce(own, last_times(rows.column("messages"))) if own.null_count else own


def _within(own: pa.Array, begin: datetime, end: datetime) -> pa.Array:
    start = pa.scalar(begin, INSTANT_TYPE)
    inside = pc.and_(pc.greater_equal(own, start), pc.less(own, pa.scalar(end, INSTANT_TYPE)))
    return pc.if_else(pc.fill_null(inside, False), own, start)


def _microseconds(instant: datetime) -> int:
    found: int = pa.scalar(instant, INSTANT_TYPE).value
    return found


def _undated(name: str, which: str) -> InputError:
    return InputError(
        f"source {name!r}: {which} has a time, so that no day is known; say in `fields` what the input calls "
        f"{', '.join(DATED)} or the time of a message"
    )
