"""A help desk's database as one SQLite file: users, tickets, messages, ratings."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Literal

import pyarrow as pa

from sourcing_pipeline.config import Config, RecipePath, Window
from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.sources.records import (
    UnreadableError,
    broken,
    instant,
    integer,
    kind,
    language_tag,
    native_key,
    opened,
    text,
)
from sourcing_pipeline.sources.tickets.ticket import Speaker, Status, Ticket, Turn, ticket_batches
from sourcing_pipeline.updates import Change

TABLES = {
    "users": ("id", "role", "email", "locale"),
    "tickets": (
        "id", "subject", "status", "channel", "requester_id", "resolved_by_id", "tags", "created_at",
        "updated_at", "resolved_at", "reopened_count", "merged_into_id",
    ),
    "messages": ("id", "ticket_id", "author_id", "is_public", "body", "created_at"),
    "ratings": ("id", "ticket_id", "score", "created_at"),
}  # fmt: skip
"""The columns that are read; a file may have more."""

STATUSES: dict[str, Status] = {
    "new": "open",
    "open": "open",
    "pending": "open",
    "resolved": "resolved",
    "closed": "resolved",
    "abandoned": "abandoned",
    "spam": "spam",
}
SPEAKERS: dict[str, Speaker] = {"customer": "user", "agent": "assistant", "bot": "bot"}

_UTC = """CASE WHEN typeof({0}) = 'text' AND {0} GLOB '[12][0-9][0-9][0-9]-*' AND {0} > '1900-01-02'
        AND {0} < '2199-12-31' THEN strftime('%Y-%m-%dT%H:%M:%f', {0}, '+0 days') END"""
_TIMES = ", ".join(_UTC.format(column) for column in ("resolved_at", "updated_at", "created_at"))
_DATED = f"dated AS (SELECT id, coalesce({_TIMES}) AS at FROM tickets)"  # noqa: S608
_COUNT = f"WITH {_DATED} SELECT count(*), count(at) FROM dated"  # noqa: S608
_QUERY = f"""
WITH {_DATED},
placed AS (
    SELECT id, coalesce(
        at,
        (SELECT d.at FROM dated d WHERE d.id < dated.id AND d.at IS NOT NULL ORDER BY d.id DESC LIMIT 1),
        (SELECT d.at FROM dated d WHERE d.at IS NOT NULL ORDER BY d.id LIMIT 1)
    ) AS at
    FROM dated
),
wanted AS MATERIALIZED (
    SELECT t.*, placed.at AS dated_at
    FROM placed JOIN tickets t ON t.id = placed.id
    WHERE :ranges IS NULL OR EXISTS (
        SELECT 1 FROM json_each(:ranges) r
        WHERE placed.at >= json_extract(r.value, '$[0]') AND placed.at < json_extract(r.value, '$[1]')
    )
),
rated AS MATERIALIZED (
    SELECT ticket_id, score FROM (
        SELECT ticket_id, score, row_number() OVER (
            PARTITION BY ticket_id ORDER BY created_at DESC, id DESC
        ) AS place
        FROM ratings WHERE ticket_id IN (SELECT id FROM wanted)
    ) WHERE place = 1
)
SELECT
    t.id, t.subject, t.status, t.channel, t.tags, t.resolved_at, t.reopened_count, t.merged_into_id,
    t.dated_at, requester.locale, resolver.role AS resolver_role, rated.score,
    requester.id AS requester_id, requester.email AS requester_email, resolver.id AS resolver_id,
    resolver.email AS resolver_email, m.id AS message_id, m.body, author.id AS author_id,
    author.role AS author_role, author.email AS author_email
FROM wanted t
LEFT JOIN users requester ON requester.id = t.requester_id
LEFT JOIN users resolver ON resolver.id = t.resolved_by_id
LEFT JOIN rated ON rated.ticket_id = t.id
LEFT JOIN messages m ON m.ticket_id = t.id AND m.is_public
LEFT JOIN users author ON author.id = m.author_id
ORDER BY t.dated_at, t.id, m.created_at, m.id
"""  # noqa: S608
_VERSION = f"""max(
    coalesce({_UTC.format("updated_at")}, ''),
    coalesce((SELECT max({_UTC.format("r.created_at")}) FROM ratings r WHERE r.ticket_id = t.id), ''),
    coalesce((SELECT max({_UTC.format("m.created_at")}) FROM messages m WHERE m.ticket_id = t.id), '')
)"""  # noqa: S608
_CHANGED = f"""
WITH {_DATED}, told AS (SELECT t.id, {_VERSION} AS version FROM tickets t)
SELECT told.id, told.version, dated.at FROM told JOIN dated ON dated.id = told.id
WHERE told.version > :since AND told.version <= :as_of AND dated.at IS NOT NULL ORDER BY told.version, told.id
"""  # noqa: S608
_LATEST = f"SELECT max({_VERSION}) FROM tickets t WHERE {_VERSION} <= :as_of"  # noqa: S608
_LATE = timedelta(hours=1)
"""How far back the system is asked again: what is written late may bear an earlier time."""


class Helpdesk(Config):
    """A help desk in a SQLite file, opened read-only.

    Columns read: `TABLES`. Times are ISO 8601 text (without zone: UTC). A ticket's day is that of
    resolved_at, else of updated_at, else of created_at; one without any readable time belongs to the day of
    the ticket with the next lower id, so that it is counted once. Of several ratings the latest counts.
    Internal notes are not read, and neither is the `macro` of a message, which names sentences in it, not all of it.
    The wanted days are asked for in one query, by their instants in UTC.
    """

    type: Literal["helpdesk"]
    """Which ticket system this is."""
    path: RecipePath
    """The SQLite file."""

    def tickets(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """See `TicketSystem`; in the order of their days and ids. Memory holds a batch of tickets with their
        messages."""
        with self._opened(name) as database:
            rows = database.execute(_QUERY, {"ranges": _ranges(window)})
            yield from ticket_batches(_outcome(list(group)) for _, group in groupby(rows, lambda row: row["id"]))

    def changed(self, name: str, window: Window, cursor: str | None) -> tuple[list[Change], str]:
        """The tickets that were changed, answered or rated after `cursor` or in the hour before it; the new cursor.

        The cursor is the time of the latest change up to `window.as_of`. Raises InputError.
        """
        as_of = f"{window.as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.999"
        with self._opened(name) as database:
            cursor = cursor or database.execute(_LATEST, {"as_of": as_of}).fetchone()[0] or as_of
            since = f"{datetime.fromisoformat(cursor) - _LATE:%Y-%m-%dT%H:%M:%S}.000"
            rows = database.execute(_CHANGED, {"since": since, "as_of": as_of}).fetchall()
        changes = [
            Change(str(row["id"]), window.day(datetime.fromisoformat(row["at"]).replace(tzinfo=UTC)), row["version"])
            for row in rows
        ]
        return changes, max([cursor, *(change.version for change in changes)])

    @contextmanager
    def _opened(self, name: str) -> Iterator[sqlite3.Connection]:
        with opened(name, self.path, "a SQLite file") as handle:
            if handle.read(16) != b"SQLite format 3\0":
                mend = "name the right file in the recipe"
                raise broken(name, self.path, "first 16 bytes", "a SQLite file, got another kind", mend)
        try:
            with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)) as database:
                database.row_factory = sqlite3.Row
                database.text_factory = _decoded
                self._check(name, database)
                yield database
        except sqlite3.DatabaseError as error:
            raise self._wrapped(name, error) from error

    def _check(self, name: str, database: sqlite3.Connection) -> None:
        for table, wanted in TABLES.items():
            found = {row["name"] for row in database.execute("SELECT name FROM pragma_table_info(?)", (table,))}
            if not found:
                raise broken(name, self.path, f"table {table}", "this table, but there is none", "export it with all")
            for column in wanted:
                if column not in found:
                    mend = "add the column to the export"
                    raise broken(name, self.path, f"table {table}", f"a column `{column}`, but there is none", mend)
        count, dated = database.execute(_COUNT).fetchone()
        if not count:
            raise broken(name, self.path, "table tickets", "at least one ticket, but it is empty", "export it again")
        if not dated:
            expected = "ISO 8601 times in resolved_at, updated_at or created_at, but no ticket has one"
            raise broken(name, self.path, "table tickets", expected, "mend the export")

    def _wrapped(self, name: str, error: sqlite3.DatabaseError) -> InputError | TryAgain:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return TryAgain(f"source {name!r}: {self.path}: the database is locked by another process")
        code = getattr(error, "sqlite_errorname", type(error).__name__)
        return broken(name, self.path, f"SQLite says {code}", "a readable database", "export it again")


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _ranges(window: Window) -> str | None:
    """The wanted days as JSON: half-open ranges of UTC instants, adjoining days in one."""
    ranges = window.ranges()
    if ranges is None:
        return None
    return json.dumps([[f"{at:%Y-%m-%dT%H:%M:%S}.000" for at in part] for part in ranges])


def _outcome(rows: Sequence[sqlite3.Row]) -> Ticket:
    dated_at = datetime.fromisoformat(rows[0]["dated_at"]).replace(tzinfo=UTC)
    key = f"dated-{rows[0]['dated_at']}"
    try:
        key = native_key(rows[0]["id"], "tickets.id")
        return _ticket(rows, key, dated_at)
    except UnreadableError as error:
        return Ticket(key, dated_at, problem=f"ticket {key}: {error}", person_keys=_people(rows))


def _people(rows: Sequence[sqlite3.Row]) -> tuple[str, ...]:
    """The ids and e-mail addresses of all who take part in a ticket."""
    found = {
        str(row[f"{who}_{what}"]).lower()
        for row in rows
        for who in ("requester", "resolver", "author")
        for what in ("id", "email")
        if row[f"{who}_{what}"] is not None
    }
    return tuple(sorted(found))


def _ticket(rows: Sequence[sqlite3.Row], key: str, dated_at: datetime) -> Ticket:
    first = rows[0]
    status = first["status"]
    if status not in STATUSES:
        raise UnreadableError(f"tickets.status: expected one of {', '.join(STATUSES)}")
    score = None if first["score"] is None else integer(first["score"], "ratings.score")
    if score is not None and not 1 <= score <= 5:
        raise UnreadableError("ratings.score: expected 1 to 5")
    resolver = first["resolver_role"]
    return Ticket(
        id=key,
        status=STATUSES[status],
        dated_at=dated_at,
        turns=tuple(_turn(row) for row in rows if row["message_id"] is not None),
        subject=_optional_text(first, "subject"),
        resolved_at=None if first["resolved_at"] is None else instant(first["resolved_at"], "tickets.resolved_at"),
        resolved_by="human" if resolver == "agent" else "bot" if resolver == "bot" else None,
        rating=None if score is None else (score - 1) / 4,
        rating_given=None if score is None else str(score),
        reopened=integer(first["reopened_count"] or 0, "tickets.reopened_count") > 0,
        merged=first["merged_into_id"] is not None,
        channel=_optional_text(first, "channel"),
        tags=_tags(first["tags"]),
        language=language_tag(first["locale"]),
        person_keys=_people(rows),
    )


def _turn(row: sqlite3.Row) -> Turn:
    where = f"messages {row['message_id']}" if isinstance(row["message_id"], int) else "messages"
    role = row["author_role"]
    if role not in SPEAKERS:
        raise UnreadableError(f"{where}: expected an author who is one of {', '.join(SPEAKERS)}")
    body = "" if row["body"] is None else text(row["body"], f"{where}.body")
    return Turn(SPEAKERS[role], body)


def _optional_text(row: sqlite3.Row, column: str) -> str | None:
    return None if row[column] is None else text(row[column], f"tickets.{column}")


def _tags(value: object) -> tuple[str, ...]:
    try:
        tags = json.loads(text(value or "[]", "tickets.tags"))
    except (ValueError, RecursionError):
        raise UnreadableError("tickets.tags: expected a JSON list of texts") from None
    if not isinstance(tags, list):
        raise UnreadableError(f"tickets.tags: expected a JSON list of texts, got {kind(tags)}")
    return tuple(text(tag, "tickets.tags") for tag in tags)
