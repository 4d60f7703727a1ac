"""Rows that are messages, as records that are tickets: consecutive rows of one id are one."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.known_ids import KnownIds
from sourcing_pipeline.sources.tabular import Part, Parts
from sourcing_pipeline.sources.tickets.mapping import FLAT_NAMES, MESSAGE_FIELDS, MESSAGES

Numbers = npt.NDArray[Any]
_PLACE, _PROBLEM = "\0place", "\0problem"


class Records(NamedTuple):
    """A batch of tickets as the input has them, with their messages inside.

    `problems` says of a row why it cannot be read, beginning with its place; `places` where each row came from, None
    where `part` says it. `first` is True where tickets before it have nothing to do with it, as in a `Part`.
    """

    rows: pa.RecordBatch
    places: list[str] | None
    part: Part
    problems: dict[int, str]
    first: bool

    def place(self, row: int) -> str:
        """Where a row came from, in words."""
        return self.part.places(row) if self.places is None else self.places[row]


def nested(part: Part) -> Records:
    """A part of which each row is a ticket."""
    problems = {row: f"{part.places(row)}: {why}" for row, why in part.problems.items()}
    return Records(part.rows, None, part, problems, part.first)


def grouped(name: str, parts: Parts, *, ordered: bool = True) -> Iterator[Records]:
    """Parts of which each row is a message, as tickets; a ticket's own fields are those of its first row.

    A row of which all of role, text and time are null is a ticket without messages. Rows without an id are tickets of
    their own. Memory holds a part, one open ticket, and 8 bytes a ticket to know its id again. Raises InputError when
    an id comes back after another one, unless they need not be `ordered`.
    """
    open_rows: pa.RecordBatch | None = None
    last: Part | None = None
    seen = KnownIds() if ordered else None
    first = True
    for part in parts:
        if last is not None and part.first:
            if open_rows is not None:
                yield _records(name, open_rows, last, seen, first=first)
            open_rows, first = None, True
            if part.day is not None and ordered:
                seen = KnownIds()
        rows = _marked(part)
        if open_rows is not None:
            rows = pa.concat_batches([open_rows, rows])
        begins = _begins(rows.column("id"))
        if len(begins):
            done = int(begins[-1])
            if done:
                yield _records(name, rows.slice(0, done), part, seen, first=first)
                first = False
            open_rows = rows.slice(done)
        last = part
    if open_rows is not None and last is not None:
        yield _records(name, open_rows, last, seen, first=first)


def _marked(part: Part) -> pa.RecordBatch:
    """The part's rows with the place of those that begin a run or have a problem, and the problem."""
    places: list[str | None] = [None] * part.rows.num_rows
    problems: list[str | None] = [None] * part.rows.num_rows
    for row in _begins(part.rows.column("id")).tolist():
        places[row] = part.places(row)
    for row, why in part.problems.items():
        problems[row] = f"{part.places(row)}: {why}"
    rows = part.rows.append_column(_PLACE, pa.array(places, pa.string()))
    return rows.append_column(_PROBLEM, pa.array(problems, pa.string()))


def _begins(ids: pa.Array) -> Numbers:
    """The rows whose id is not that of the row before."""
    if not len(ids):
        return np.zeros(0, np.int64)
    other = pc.fill_null(pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1)), True)
    return np.concatenate(([0], np.flatnonzero(other.to_numpy(zero_copy_only=False)) + 1))


def _records(name: str, rows: pa.RecordBatch, part: Part, seen: KnownIds | None, *, first: bool) -> Records:
    begins = _begins(rows.column("id"))
    tickets = rows.take(pa.array(begins))
    places = tickets.column(_PLACE).to_pylist()
    if seen is not None and (again := _again(seen, tickets.column("id"))) is not None:
        raise InputError(
            f"source {name!r}: {places[again]}: the rows of a ticket do not stand together, its id came before; "
            "order the rows by id (ORDER BY), or give one ticket a row (layout: nested)"
        )
    written = pc.or_(
        pc.or_(pc.is_valid(rows.column("role")), pc.is_valid(rows.column("text"))), pc.is_valid(rows.column("sent_at"))
    ).to_numpy(zero_copy_only=False)
    ends = np.append(begins, rows.num_rows)
    offsets = np.concatenate(([0], np.cumsum(written)))[ends]
    messages = rows if written.all() else rows.filter(pa.array(written))
    struct = pa.StructArray.from_arrays(
        [messages.column(FLAT_NAMES[field.name]) for field in MESSAGE_FIELDS], fields=list(MESSAGE_FIELDS)
    )
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), struct)
    kept = [column for column in tickets.schema.names if column not in (*FLAT_NAMES.values(), _PLACE, _PROBLEM)]
    flat = tickets.select(kept).append_column(MESSAGES.name, lists)
    return Records(flat, places, part, _first_problems(rows.column(_PROBLEM), begins), first)


def _first_problems(problems: pa.Array, begins: Numbers) -> dict[int, str]:
    found: dict[int, str] = {}
    for row in np.flatnonzero(pc.is_valid(problems).to_numpy(zero_copy_only=False)).tolist():
        found.setdefault(int(np.searchsorted(begins, row, side="right")) - 1, problems[row].as_py())
    return found


def _again(seen: KnownIds, ids: pa.Array) -> int | None:
    """The first row whose id came before, or None; nulls never did."""
    again = np.flatnonzero(seen.again(ids.drop_null().to_pylist()))
    if not len(again):
        return None
    return int(np.flatnonzero(pc.is_valid(ids).to_numpy(zero_copy_only=False))[again[0]])
