"""The log's rows as events: the columns that are read, what makes an event unreadable, one spelling for each person."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.config import Window
from sourcing_pipeline.sources.tabular import Part

EventKind = Literal["search", "click", "purchase", "other", "ignore"]
KINDS: tuple[EventKind, ...] = ("search", "click", "purchase", "other", "ignore")
SEARCH, CLICK, PURCHASE, OTHER, IGNORE = range(len(KINDS))

Ints = npt.NDArray[np.int64]
INSTANT = pa.timestamp("us", "UTC")

LOG = pa.schema(
    [
        pa.field("at", INSTANT, nullable=False),
        pa.field("user", pa.string(), nullable=False),
        pa.field("event", pa.string(), nullable=False),
        pa.field("query", pa.string(), nullable=False),
        pa.field("item_text", pa.string(), nullable=False),
        pa.field("item", pa.string()),
        pa.field("session", pa.string()),
        pa.field("dwell_seconds", pa.float64()),
        pa.field("locale", pa.string()),
        pa.field("user_agent", pa.string()),
        pa.field("updated_at", INSTANT),
    ]
)
"""The columns that are read, by the names that the recipe's `fields` maps. One row, one event.

The columns that may not be null must be there; of their values only `at`, `user` and `event` must.
"""

EVENTS = pa.schema(
    [
        pa.field("at", INSTANT),
        pa.field("kind", pa.int8()),
        pa.field("user", pa.string()),
        pa.field("session", pa.string()),
        pa.field("query", pa.string()),
        pa.field("item", pa.string()),
        pa.field("item_text", pa.string()),
        pa.field("dwell_seconds", pa.float64()),
        pa.field("locale", pa.string()),
        pa.field("user_agent", pa.string()),
    ]
)
"""Events that could be read. `kind` is a place in KINDS; `user` a person key; texts are one line, null when blank."""


UNREADABLE = pa.schema(
    [pa.field("place", pa.string()), pa.field("problem", pa.string()), pa.field("user", pa.string())]
)
"""Events that could not be read: where in the log, why (never what it said), and whose, where that is known."""


class Read(NamedTuple):
    """What a part of the log holds: its events and its unreadable ones by day, and the day of its last event."""

    events: dict[str, pa.RecordBatch]
    unreadable: dict[str, pa.RecordBatch]
    last_day: str


def read_part(part: Part, kinds: Mapping[str, EventKind], window: Window, before: str) -> Read:
    """The events of `part`, by day.

    `kinds` says what the log's words for events mean; ignored events are left out. Unreadable is an event with a value
    of the wrong type, without time, user or kind, or of a kind that is not in `kinds`.

    In a file with a date in its path every event belongs to that date. Elsewhere an event belongs to the day of its
    time; without a time it belongs to the day when its file was last written, or, in the answer to a query, to the day
    of the event before it (`before`, for the first).
    """
    rows = part.rows
    words = pc.utf8_lower(pc.utf8_trim_whitespace(rows.column("event")))
    known = {word.strip().lower(): KINDS.index(kind) for word, kind in kinds.items()}
    kind = pa.array(known.values(), pa.int8()).take(pc.index_in(words, value_set=pa.array(known, pa.string())))
    user = _person(rows.column("user"))
    days, names = _days(part, window, before)

    bad = np.zeros(rows.num_rows, np.bool_)
    bad[list(part.problems)] = True
    needed = {"at": rows.column("at"), "user": user, "event": kind}
    for column in needed.values():
        bad |= column.is_null().to_numpy(zero_copy_only=False)
    broken = np.flatnonzero(bad)
    problems = [
        part.problems.get(row) or next(_WANTED[name] for name, column in needed.items() if not column[row].is_valid)
        for row in broken.tolist()
    ]
    places = [part.places(row) for row in broken.tolist()]
    unreadable = pa.RecordBatch.from_arrays(
        [pa.array(places, pa.string()), pa.array(problems, pa.string()), user.take(pa.array(broken))], schema=UNREADABLE
    )

    columns = {"at": rows.column("at"), "kind": kind, "user": user, "dwell_seconds": rows.column("dwell_seconds")}
    columns |= {name: _one_line(rows.column(name)) for name in ("query", "item_text")}
    columns |= {name: _trimmed(rows.column(name)) for name in ("session", "item", "locale", "user_agent")}
    events = pa.RecordBatch.from_arrays([columns[name] for name in EVENTS.names], schema=EVENTS)
    good = np.flatnonzero(~bad & (pc.fill_null(kind, IGNORE).to_numpy() != IGNORE))
    return Read(
        _by_day(events if len(good) == len(bad) else events.take(pa.array(good)), days[good], names),
        _by_day(unreadable, days[broken], names),
        names[days[-1]] if rows.num_rows else before,
    )


_WANTED = {
    "at": "at: expected when it happened, got null",
    "user": "user: expected who did it, since the floor counts people; got null",
    "event": "event: expected one of the words in the recipe's events",
}


def _days(part: Part, window: Window, before: str) -> tuple[Ints, list[str]]:
    """For each event the place of its day in a list of days."""
    count = part.rows.num_rows
    if part.day is not None:
        return np.zeros(count, np.int64), [part.day]
    local = pc.local_timestamp(part.rows.column("at").cast(pa.timestamp("us", str(window.timezone))))
    dates = local.cast(pa.date32()).dictionary_encode()
    codes: Ints = pc.fill_null(dates.indices, -1).to_numpy().astype(np.int64)
    dated = codes >= 0
    if part.written is None:
        last: Ints = np.maximum.accumulate(np.where(dated, np.arange(count), -1))
        dated, codes = last >= 0, codes[last]
    else:
        before = window.day(part.written)
    names = [day.isoformat() for day in dates.dictionary.to_pylist()]
    return np.where(dated, codes, len(names)), [*names, before]


def _by_day(batch: pa.RecordBatch, days: Ints, names: Sequence[str]) -> dict[str, pa.RecordBatch]:
    if len(days) and (days == days[0]).all():
        return {names[days[0]]: batch}
    return {names[place]: batch.filter(pa.array(days == place)) for place in np.unique(days).tolist()}


def _person(users: pa.Array) -> pa.Array:
    """People's keys in the one spelling of `person_keys`: e-mail addresses in lower case, blank ones null."""
    trimmed = _trimmed(users)
    return pc.if_else(pc.match_substring(trimmed, "@"), pc.utf8_lower(trimmed), trimmed)


def _trimmed(texts: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _one_line(column: pa.Array) -> pa.Array:
    """Texts with each run of spaces and control characters as one space; null when nothing is left."""
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    spoken = (text if text.isprintable() else _CONTROL.sub(" ", text) for text in texts)
    lines = [" ".join(text.split()) or None for text in spoken]
    return pa.array(lines, pa.string()).take(encoded.indices)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
