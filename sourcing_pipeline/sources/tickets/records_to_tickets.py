"""Records of any table of tickets as the neutral TICKETS, a batch at a time."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.config import Window
from sourcing_pipeline.sources.tabular import Changed, Parts
from sourcing_pipeline.sources.tickets.dating import dated, wanted_rows
from sourcing_pipeline.sources.tickets.mapping import TicketMapping
from sourcing_pipeline.sources.tickets.person_keys import person_keys
from sourcing_pipeline.sources.tickets.runs import Records, grouped, nested
from sourcing_pipeline.sources.tickets.ticket import TICKETS, TURNS
from sourcing_pipeline.sources.tickets.words import counted, filled, languages, meanings, named, ratings
from sourcing_pipeline.updates import Change

Numbers = npt.NDArray[Any]
Names = Mapping[str, str | None]


def tickets_of(
    name: str, parts: Parts, mapping: TicketMapping, fields: Names, window: Window
) -> Iterator[pa.RecordBatch]:
    """Batches of TICKETS: the records in `parts` whose day is wanted, each once, in their order.

    `fields` says what the input calls the fields, for the messages of problems. Raises InputError when no record has a
    time, or when the rows of a ticket do not stand together.
    """
    ranges = window.ranges()
    with closing(parts):
        for records, at in dated(name, _records(name, parts, mapping, ordered=True), window):
            rows = wanted_rows(at, ranges)
            if len(rows):
                yield _tickets(records, rows, at, mapping, fields)


def changes_of(name: str, changed: Changed, mapping: TicketMapping, window: Window) -> Iterator[Change]:
    """What changed, ticket by ticket, and the days of files that are gone.

    A ticket's version is its updated_at; without one, when its file was last written.
    """
    batches = _records(name, changed.parts, mapping, ordered=False)
    with closing(changed.parts):
        for records, at in dated(name, batches, window, needed=False):
            ids, updated = records.rows.column("id").to_pylist(), records.rows.column("updated_at").to_pylist()
            for row, (key, instant, version) in enumerate(zip(ids, at.to_pylist(), updated, strict=True)):
                known = version or records.part.written or instant
                yield Change(key or _place_key(records.place(row)), window.day(instant), _iso(known))
    for day in sorted(changed.days):
        yield Change(f"files-of-{day}", day, _iso(window.as_of))


def _records(name: str, parts: Parts, mapping: TicketMapping, *, ordered: bool) -> Iterator[Records]:
    if mapping.layout == "flat":
        return grouped(name, parts, ordered=ordered)
    return map(nested, parts)


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def _place_key(place: str) -> str:
    return place.replace(" ", "-")


class _Problems:
    """Why rows cannot be read; of several reasons the first."""

    def __init__(self, records: Records, rows: Numbers) -> None:
        self._records, self._rows = records, rows
        positions = enumerate(rows.tolist()) if records.problems else ()
        self._found = {row: records.problems[at] for row, at in positions if at in records.problems}

    def add(self, bad: pa.Array, why: str) -> None:
        """`why` for each row where `bad` is true."""
        for row in np.flatnonzero(_numpy(pc.fill_null(bad, False))).tolist():
            self.add_one(row, why)

    def add_one(self, row: int, why: str) -> None:
        self._found.setdefault(row, f"{self._records.place(int(self._rows[row]))}: {why}")

    def column(self, count: int) -> pa.Array:
        return (
            pa.array([self._found.get(row) for row in range(count)], pa.string())
            if self._found
            else pa.nulls(count, pa.string())
        )


class _Turns(NamedTuple):
    """All public messages of a batch: their role, text and macro, and how many each ticket has."""

    roles: pa.Array
    array: pa.Array
    owners: Numbers


def _tickets(records: Records, rows: Numbers, at: pa.Array, mapping: TicketMapping, fields: Names) -> pa.RecordBatch:
    whole = len(rows) == records.rows.num_rows
    batch = records.rows if whole else records.rows.take(pa.array(rows))
    at = at if whole else at.take(pa.array(rows))
    count = batch.num_rows
    problems = _Problems(records, rows)

    def field(column: str) -> str:
        return fields.get(column) or column

    owners, messages = _flat(batch.column("messages"))
    turns = _turns(owners, messages, count, mapping, problems, fields)
    status, resolved_at = _statuses(batch, at, mapping, problems, field("status"))
    given = filled(batch.column("rating"))
    rating, off_scale, expected = ratings(given, mapping.rating_scale)
    problems.add(off_scale, f"{field('rating')}: expected {expected}")
    reopened, unclear = counted(filled(batch.column("reopened")))
    problems.add(unclear, f"{field('reopened')}: expected true, false or a count")
    columns = {
        "id": _ids(batch, records, rows, problems, field("id")),
        "dated_at": at,
        "status": status,
        "resolved_at": resolved_at,
        "resolved_by": _resolvers(batch, turns, mapping, problems, field("resolved_by")),
        "rating": rating,
        "rating_given": given,
        "reopened": reopened,
        "merged": named(filled(batch.column("merged"))),
        "said_wrong": pc.fill_null(batch.column("wrong"), False),
        "subject": batch.column("subject"),
        "channel": pc.fill_null(batch.column("channel"), mapping.channel)
        if mapping.channel
        else batch.column("channel"),
        "tags": _tags(batch, mapping),
        "language": languages(filled(batch.column("language"))),
        "person_keys": _people(batch, owners, messages),
        "turns": turns.array,
        "problem": problems.column(count),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in TICKETS.names], schema=TICKETS)


def _ids(batch: pa.RecordBatch, records: Records, rows: Numbers, problems: _Problems, label: str) -> pa.Array:
    """Ids without white space around them; where there is none of one line, the record's place."""
    ids = filled(batch.column("id"))
    bad = pc.or_(pc.is_null(ids), pc.fill_null(pc.invert(pc.utf8_is_printable(ids)), False))
    if not pc.any(bad).as_py():
        return ids
    problems.add(bad, f"{label}: expected an id of one line of text, got none")
    places = [
        _place_key(records.place(row)) if wrong else None
        for row, wrong in zip(rows.tolist(), bad.to_pylist(), strict=True)
    ]
    return pc.if_else(bad, pa.array(places, pa.string()), ids)


def _statuses(
    batch: pa.RecordBatch, at: pa.Array, mapping: TicketMapping, problems: _Problems, label: str
) -> tuple[pa.Array, pa.Array]:
    """Statuses, and when resolved tickets were resolved."""
    words, resolved_at = filled(batch.column("status")), batch.column("resolved_at")
    status = meanings(words, mapping.statuses)
    if mapping.other_status is not None:
        status = pc.fill_null(status, mapping.other_status)
    else:
        unknown = pc.and_(pc.is_valid(words), pc.is_null(status))
        problems.add(
            unknown, f"{label}: expected one of {', '.join(mapping.statuses)}; give `statuses` or `other_status`"
        )
        without = pc.if_else(pc.is_valid(resolved_at), "resolved", "open")
        status = pc.if_else(pc.is_null(words), without, status)
    resolved = pc.fill_null(pc.equal(status, "resolved"), False)
    return status, pc.if_else(pc.and_(resolved, pc.is_null(resolved_at)), at, resolved_at)


def _resolvers(
    batch: pa.RecordBatch, turns: _Turns, mapping: TicketMapping, problems: _Problems, label: str
) -> pa.Array:
    """Who resolved a ticket: as the record says, else who wrote the last answer."""
    words = filled(batch.column("resolved_by"))
    said = meanings(words, mapping.resolvers)
    unknown = pc.and_(pc.is_valid(words), pc.is_null(said))
    problems.add(
        unknown, f"{label}: expected one of {', '.join(mapping.resolvers)}; give `resolvers`, or null in `fields`"
    )
    answers = np.flatnonzero(_numpy(pc.fill_null(pc.not_equal(turns.roles, "user"), False)))
    last = np.full(batch.num_rows, -1)
    last[turns.owners[answers]] = answers
    role = turns.roles.take(pa.array(last, mask=last < 0))
    return pc.coalesce(said, pc.if_else(pc.equal(role, "bot"), "bot", pc.if_else(pc.is_valid(role), "human", None)))


def _flat(messages: pa.Array) -> tuple[Numbers, pa.Array]:
    """All messages one after another, and the index of the ticket of each."""
    lengths = _numpy(pc.fill_null(pc.list_value_length(messages), 0))
    return np.repeat(np.arange(len(lengths)), lengths), messages.flatten()


def _turns(
    owners: Numbers, messages: pa.Array, count: int, mapping: TicketMapping, problems: _Problems, fields: Names
) -> _Turns:
    """The public messages in the order of their times, as TURNS."""
    public = _numpy(pc.fill_null(pc.struct_field(messages, "public"), True))
    roles = meanings(pc.struct_field(messages, "role"), mapping.roles)
    unknown = np.flatnonzero(public & _numpy(pc.is_null(roles)))
    begins = np.searchsorted(owners, np.arange(count))
    label = fields.get("messages.role" if mapping.layout == "nested" else "role") or "role"
    for message in unknown.tolist():
        owner = int(owners[message])
        place = f"message {message - int(begins[owner]) + 1}"
        problems.add_one(owner, f"{place}: {label}: expected one of {', '.join(mapping.roles)}; give `roles`")
    order = _in_time(owners, pc.struct_field(messages, "at"))
    kept = np.flatnonzero(public) if order is None else order[public[order]]
    if len(kept) != len(owners) or order is not None:
        owners, roles, messages = owners[kept], roles.take(pa.array(kept)), messages.take(pa.array(kept))
    texts = pc.fill_null(pc.struct_field(messages, "text"), "")
    struct = pa.StructArray.from_arrays(
        [roles, texts, pc.struct_field(messages, "macro")], fields=list(TURNS.value_type)
    )
    offsets = np.searchsorted(owners, np.arange(count + 1))
    return _Turns(roles, pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), struct, type=TURNS), owners)


def _in_time(owners: Numbers, times: pa.Array) -> Numbers | None:
    """The order by ticket and time, where it is not that already; tickets with a message without time keep theirs."""
    if not len(owners):
        return None
    at = _numpy(pc.fill_null(times.cast(pa.int64()), 0))
    late = (owners[1:] == owners[:-1]) & (at[1:] < at[:-1])
    if not late.any():
        return None
    timeless = np.unique(owners[_numpy(pc.is_null(times))])
    at = np.where(np.isin(owners, timeless), 0, at)
    found: Numbers = np.lexsort((at, owners))
    return found


def _tags(batch: pa.RecordBatch, mapping: TicketMapping) -> pa.Array:
    """The tags of the record, and the texts of `tag_fields`, each once."""
    tags = batch.column("tags")
    if not mapping.tag_fields:
        return pc.if_else(pc.is_null(tags), pa.scalar([], tags.type), tags) if tags.null_count else tags
    more = [filled(batch.column(name)).to_pylist() for name in mapping.tag_fields]
    rows = zip(tags.to_pylist(), *more, strict=True)
    found = [list(dict.fromkeys([*(own or ()), *(tag for tag in others if tag)])) for own, *others in rows]
    return pa.array(found, tags.type)


def _people(batch: pa.RecordBatch, owners: Numbers, messages: pa.Array) -> pa.Array:
    every = np.arange(batch.num_rows)
    columns = [(every, batch.column(name)) for name in ("requester", "requester_email", "agent")]
    columns += [(owners, pc.struct_field(messages, name)) for name in ("author", "author_email")]
    return person_keys(batch.num_rows, [one for one in columns if one[1].null_count < len(one[1])])


def _numpy(array: pa.Array) -> Any:
    return array.to_numpy(zero_copy_only=False)
