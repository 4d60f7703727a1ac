"""What changed in a source's system since it was last asked: the update cursor, and the days that changes touched.

A late event (a ticket rated again, reopened, deleted) changes an old day. `Source.update` asks the system for what
changed since the cursor and writes it here: which days are touched, and for an API that has no query by day also the
records themselves. Cursor, records and touched days are one commit, so a crash between them cannot happen. A touched
day stays so until it was extracted again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.config import Landed
from sourcing_pipeline.errors import TryAgain
from sourcing_pipeline.storage import Table

STATE = "state"
"""The partition that holds the cursor, the touched days and the versions seen last; the others are days."""

UPDATES = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("version", pa.string()),
        pa.field("record", pa.string()),
        pa.field("person_keys", pa.list_(pa.string())),
    ]
)
"""A landed record by its native key, on its day; in the partition `state` a `cursor`, `day …` and `seen …` lines."""

_DAYS_AT_ONCE = 7
_ATTEMPTS = 20


class Change(NamedTuple):
    """One thing that changed: its native key, the day it belongs to now, and the version it has now.

    `version` grows with every change (an ISO 8601 instant in UTC).
    """

    key: str
    day: str
    version: str


class _State(NamedTuple):
    cursor: str | None
    touched: dict[str, str]
    """The mark of each touched day: when it changes, the day was touched again."""
    seen: dict[str, str]
    """The versions that the last call of `touch` told of, by key."""
    version: int | None
    """The table's version that this was read from."""


@dataclass(frozen=True)
class Updates:
    """The updates of one source, in `table` (in quarantine, since landed records are not masked).

    `days_of` gives the days on which native keys stand in the source's own tables.
    """

    table: Table
    days_of: Callable[[frozenset[str]], frozenset[str]] = lambda _: frozenset()

    def cursor(self) -> str | None:
        """Where the system was when it was last asked, in the source's own words; None when it never was."""
        return self._state().cursor

    def touched(self) -> dict[str, str]:
        """The days that changes touched and that were not extracted since, each with its mark."""
        return self._state().touched

    def land(self, records: Sequence[Landed], cursor: str) -> None:
        """Keep the newest record of each key, touch the days that it left and where it is now, move the cursor.

        Of two records of one key the one with the greater version counts, in whatever order they come; a version
        that has landed before changes nothing. Raises TryAgain when other writers keep the table busy.
        """
        newest: dict[str, Landed] = {}
        for record in records:
            if record.key not in newest or record.version > newest[record.key].version:
                newest[record.key] = record
        self._retried(lambda: self._land(newest, cursor))

    def _land(self, newest: Mapping[str, Landed], cursor: str) -> None:
        state = self._state()
        stored = self._stored(frozenset(newest))
        fresh = {
            key: record for key, record in newest.items() if key not in stored or record.version > stored[key].version
        }
        days = {record.day for record in fresh.values()} | {stored[key].day for key in fresh if key in stored}
        marks = {**state.touched, **dict.fromkeys(sorted(days), self._mark(state))}
        rows = [
            {
                "id": record.key,
                "partition": record.day,
                "version": record.version,
                "record": orjson.dumps(record.record).decode(),
                "person_keys": list(record.person_keys),
            }
            for record in fresh.values()
        ]
        self._write(state, state._replace(cursor=cursor, touched=marks), sorted(days), rows, frozenset(fresh))

    def touch(self, changes: Iterable[Change], cursor: str) -> None:
        """Touch the days of things that changed, those they are on now and those they were on; move the cursor.

        The first call touches nothing: nothing was read before it. Changes that the last call told of in the same
        version are no news: a system may be asked again for its last hour, since what is written late may bear an
        earlier time. Raises TryAgain like `land`.
        """
        told = list(changes)

        def attempt() -> None:
            state = self._state()
            news = [change for change in told if state.cursor and state.seen.get(change.key) != change.version]
            days = {change.day for change in news} | self.days_of(frozenset(change.key for change in news))
            marks = {**state.touched, **dict.fromkeys(sorted(days), self._mark(state))}
            seen = {change.key: change.version for change in told}
            self._write(state, _State(cursor, marks, seen, state.version), [], [], frozenset())

        self._retried(attempt)

    def refreshed(self, marks: Mapping[str, str]) -> None:
        """The days of `marks` (from `touched`) were extracted again; those touched once more since stay touched."""

        def attempt() -> None:
            state = self._state()
            left = {day: mark for day, mark in state.touched.items() if marks.get(day) != mark}
            if left != state.touched:
                self._write(state, state._replace(touched=left), [], [], frozenset())

        self._retried(attempt)

    def landed(self, days: Sequence[str] | None) -> Iterator[Landed]:
        """What has landed of `days` (None: of all), in the order of days and keys; memory holds a few days."""
        wanted = sorted(set(self.table.counts()) - {STATE} if days is None else set(days))
        for start in range(0, len(wanted), _DAYS_AT_ONCE):
            for row in (
                self.table.load(UPDATES, partitions=wanted[start : start + _DAYS_AT_ONCE])
                .sort_by([("partition", "ascending"), ("id", "ascending")])
                .to_pylist()
            ):
                record = orjson.loads(row["record"])
                yield Landed(row["id"], row["partition"], row["version"], record, tuple(row["person_keys"] or ()))

    def _state(self) -> _State:
        version = self.table.version()
        cursor, touched, seen = None, {}, {}
        for batch in self.table.read(["id", "version", "record"], [STATE]):
            for row in batch.to_pylist():
                what, _, name = row["id"].partition(" ")
                if what == "cursor":
                    cursor = row["record"]
                elif what == "day":
                    touched[name] = row["version"]
                else:
                    seen[name] = row["version"]
        return _State(cursor, touched, seen, version)

    def _mark(self, state: _State) -> str:
        return str(0 if state.version is None else state.version + 1)

    def _stored(self, keys: frozenset[str]) -> dict[str, Change]:
        """Day and version of those of `keys` that have landed."""
        wanted = pa.array(sorted(keys), pa.string())
        return {
            row["id"]: Change(row["id"], row["partition"], row["version"])
            for batch in self.table.read(["id", "partition", "version"])
            for row in batch.filter(pc.is_in(batch.column("id"), value_set=wanted)).to_pylist()
            if row["partition"] != STATE
        }

    def _write(
        self,
        before: _State,
        after: _State,
        days: Sequence[str],
        rows: Iterable[Mapping[str, Any]],
        replaced: frozenset[str],
    ) -> None:
        """Commit the state `after` and `days`: their rows but for the keys `replaced`, and `rows`."""

        def written() -> Iterator[pa.RecordBatch]:
            yield pa.RecordBatch.from_pylist(_lines(after), schema=UPDATES)
            gone = pa.array(sorted(replaced), pa.string())
            for batch in self.table.read(UPDATES.names, days) if days else ():
                yield batch.filter(pc.invert(pc.is_in(batch.column("id"), value_set=gone)))
            new = list(rows)
            if new:
                yield pa.RecordBatch.from_pylist(new, schema=UPDATES)

        self.table.overwrite(written(), UPDATES, [STATE, *days], seen_version=before.version)

    def _retried(self, attempt: Callable[[], None]) -> None:
        for last in (False,) * (_ATTEMPTS - 1) + (True,):
            try:
                return attempt()
            except TryAgain:
                if last:
                    raise
        return None


def _lines(state: _State) -> list[dict[str, Any]]:
    cursor = [] if state.cursor is None else [{"id": "cursor", "partition": STATE, "record": state.cursor}]
    marks = [{"id": f"day {day}", "partition": STATE, "version": mark} for day, mark in state.touched.items()]
    seen = [{"id": f"seen {key}", "partition": STATE, "version": version} for key, version in state.seen.items()]
    return [*cursor, *marks, *seen]
