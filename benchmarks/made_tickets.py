"""Tickets to measure with: as many as wanted, over the 365 days before AS_OF, as Parquet, JSON Lines and in PostgreSQL.

Their bodies are those of the demonstration's help desk with 100 to 600 characters, in four languages, one in three with
a signature or quoted history; each is made unique by a number before it, so that no encoding or cache sees it twice.
About 40 % of the tickets are such as the filters drop. The same number of tickets is the same bytes every time.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sourcing_pipeline.sources.tickets.bodies import clean

ROOT = Path(__file__).parent.parent
AS_OF = datetime(2026, 10, 31, tzinfo=UTC)
DAYS = 365
MESSAGES = 4
BLOCK = 20_000
LANGUAGES, LANGUAGE_SHARES = ("en", "de", "fr", "es"), (0.55, 0.2, 0.15, 0.1)
LOCALES = pa.array(["en", "de_DE", "fr", "es-MX"])
SIGNED_SHARE = 1 / 3
TURNS = (("customer", "agent") * 2, ("customer",) * 2 + ("agent",) * 2, ("customer", "bot", "customer", "agent"),
         ("customer", "agent", "agent", "customer"))  # fmt: skip
TURN_SHARES = (0.8, 0.06, 0.04, 0.1)
COMPLAINT = "No, that did not help, the same message comes again and again. I now use another product. Please close it."

_TIME = pa.timestamp("us", "UTC")
_TURN = pa.struct(
    [
        pa.field("role", pa.string()),
        pa.field("text", pa.string()),
        pa.field("at", _TIME),
        pa.field("macro", pa.string()),
        pa.field("author", pa.int64()),
        pa.field("public", pa.bool_()),
    ]
)
SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64()),
        pa.field("status", pa.string()),
        pa.field("created_at", _TIME),
        pa.field("resolved_at", _TIME),
        pa.field("updated_at", _TIME),
        pa.field("resolved_by", pa.string()),
        pa.field("rating", pa.int64()),
        pa.field("reopened", pa.int64()),
        pa.field("merged", pa.int64()),
        pa.field("subject", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("language", pa.string()),
        pa.field("requester", pa.int64()),
        pa.field("requester_email", pa.string()),
        pa.field("agent", pa.string()),
        pa.field("messages", pa.list_(_TURN)),
    ]
)
"""A record as a help desk exports it; `at` of a message is `sent_at` in the database."""

Numbers = NDArray[np.int64]


class Bodies:
    """The demonstration's bodies, by language, by side (customer, agent) and by whether `clean` takes anything off."""

    def __init__(self) -> None:
        query = """SELECT DISTINCT m.body, u.locale, m.author_id <> t.requester_id FROM messages m
            JOIN tickets t ON t.id = m.ticket_id JOIN users u ON u.id = t.requester_id
            WHERE length(m.body) BETWEEN 100 AND 600 ORDER BY 1, 2, 3"""
        with closing(sqlite3.connect(f"{(ROOT / 'data/demo/helpdesk.sqlite').as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute(query).fetchall()
        pools: dict[tuple[int, int, int], list[str]] = {}
        for body, locale, agent in rows:
            pools.setdefault((LANGUAGES.index(locale), agent, int(clean(body) != body.strip())), []).append(body)
        self._texts = pa.array([body for key in sorted(pools) for body in pools[key]])
        sizes = np.zeros((len(LANGUAGES), 2, 2), np.int64)
        for key, found in pools.items():
            sizes[key] = len(found)
        self._sizes, self._starts = sizes, np.cumsum(sizes).reshape(sizes.shape) - sizes

    def draw(self, random: np.random.Generator, languages: Numbers, agents: Numbers) -> pa.Array:
        """One body for each message of a language and a side."""
        signed = (random.random(len(languages)) < SIGNED_SHARE).astype(np.int64)
        place = (languages, agents, signed)
        return self._texts.take(
            pa.array(self._starts[place] + (random.random(len(signed)) * self._sizes[place]).astype(np.int64))
        )


def blocks(tickets: int) -> Iterator[pa.RecordBatch]:
    """`tickets` records of SCHEMA in the order of their days."""
    bodies = Bodies()
    for begin in range(0, tickets, BLOCK):
        yield _block(np.arange(begin, min(begin + BLOCK, tickets), dtype=np.int64), tickets, bodies)


def _block(numbers: Numbers, tickets: int, bodies: Bodies) -> pa.RecordBatch:
    random = np.random.default_rng(int(numbers[0]))
    count = len(numbers)
    day_us = 86_400_000_000
    ended = _us(AS_OF - timedelta(days=DAYS)) + (numbers + 1) * (DAYS * day_us // (tickets + 1))
    began = ended - random.integers(day_us // 8, 2 * day_us, count)
    kind = random.choice(4, count, p=(0.91, 0.05, 0.03, 0.01))
    resolved = kind == 0
    language = random.choice(len(LANGUAGES), count, p=LANGUAGE_SHARES)
    people = pa.array(random.integers(1, tickets + 2, count))
    staff = random.integers(0, 40, count)
    made = {
        "id": pa.array(numbers + 1),
        "status": pa.array(["closed", "pending", "spam", "abandoned"]).take(pa.array(kind)),
        "created_at": pa.array(began).cast(_TIME),
        "resolved_at": pa.array(ended, mask=~resolved).cast(_TIME),
        "updated_at": pa.array(ended).cast(_TIME),
        "resolved_by": pa.array(["agent", "bot"]).take(pa.array((random.random(count) < 0.04).astype(np.int64))),
        "rating": pa.array(random.choice([5, 4, 3, 2, 1, 0], count, p=(0.5, 0.25, 0.05, 0.02, 0.03, 0.15))),
        "reopened": pa.array((random.random(count) < 0.04).astype(np.int64)),
        "merged": pa.array(numbers, mask=random.random(count) > 0.02),
        "subject": _joined("Question ", pa.array(numbers % 977), " about my account"),
        "channel": pa.array(["email", "web", "chat"]).take(pa.array(random.integers(0, 3, count))),
        "tags": pa.ListArray.from_arrays(
            pa.array(np.arange(count + 1) * 2, pa.int32()),
            pa.array([f"tag-{tag}" for tag in range(60)]).take(pa.array(random.integers(0, 60, 2 * count))),
        ),
        "language": LOCALES.take(pa.array(language)),
        "requester": people,
        "requester_email": _joined("Customer.", people, "@Mail.example"),
        "agent": _joined("agent-", pa.array(staff), ""),
    }
    made["rating"] = pc.if_else(pc.equal(made["rating"], 0), None, made["rating"])
    made["messages"] = _messages(random, numbers, language, began, ended, people, staff, bodies)
    return pa.RecordBatch.from_arrays([made[name] for name in SCHEMA.names], schema=SCHEMA)


def _messages(
    random: np.random.Generator, numbers: Numbers, language: Numbers, began: Numbers, ended: Numbers,
    people: pa.Array, staff: Numbers, bodies: Bodies,
) -> pa.Array:  # fmt: skip
    count = len(numbers)
    pattern = random.choice(len(TURNS), count, p=TURN_SHARES)
    roles = np.array(TURNS)[pattern].reshape(-1)
    customer = roles == "customer"
    texts = bodies.draw(random, np.repeat(language, MESSAGES), (~customer).astype(np.int64))
    wrong = np.zeros(count * MESSAGES, bool)
    wrong[np.flatnonzero((pattern == 3) & (random.random(count) < 0.15)) * MESSAGES + MESSAGES - 1] = True
    unique = np.arange(count * MESSAGES) + int(numbers[0]) * MESSAGES
    at = np.repeat(began, MESSAGES) + np.tile(np.arange(MESSAGES), count) * np.repeat((ended - began) // 4, MESSAGES)
    canned = np.repeat(random.random(count) < 0.02, MESSAGES) & ~customer
    columns = [
        pa.array(roles),
        pc.binary_join_element_wise(pa.array(unique).cast(pa.string()), pc.if_else(wrong, COMPLAINT, texts), ": "),
        pa.array(at).cast(_TIME),
        pc.if_else(pa.array(canned), "close-and-thank", None),
        pa.array(np.where(customer, np.repeat(people.to_numpy(), MESSAGES), -np.repeat(staff, MESSAGES))),
        pa.repeat(True, len(roles)),
    ]
    offsets = pa.array(np.arange(count + 1) * MESSAGES, pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(columns, fields=list(_TURN)))


def _joined(before: str, numbers: pa.Array, after: str) -> pa.Array:
    return pc.binary_join_element_wise(before, numbers.cast(pa.string()), after, "")


def _us(instant: datetime) -> int:
    found: int = pa.scalar(instant, _TIME).value
    return found


def write_parquet(path: Path, tickets: int) -> None:
    """A file of row groups of BLOCK tickets."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as out:
        for block in blocks(tickets):
            out.write_batch(block)


def write_json_lines(path: Path, tickets: int) -> None:
    """One object a line, times in ISO 8601."""
    with path.open("wb") as out:
        for block in blocks(tickets):
            for record in block.to_pylist():
                out.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z))


TABLES = (
    """CREATE TABLE tickets (id bigint, status text, created_at timestamptz, resolved_at timestamptz, updated_at
    timestamptz, resolved_by text, rating int, reopened int, merged bigint, subject text, channel text, tags text,
    language text, requester bigint, requester_email text, agent text)""",
    """CREATE TABLE messages (ticket_id bigint, role text, text text, sent_at timestamptz, macro text, author bigint,
    public boolean)""",
)
INDEXES = (
    "ALTER TABLE tickets ADD PRIMARY KEY (id)",
    "CREATE INDEX ON tickets (coalesce(resolved_at, updated_at, created_at))",
    "CREATE INDEX ON messages (ticket_id, sent_at)",
    "VACUUM ANALYZE tickets",
    "VACUUM ANALYZE messages",
)
_DAY = "coalesce(t.resolved_at, t.updated_at, t.created_at)"
FLAT = f"""SELECT t.*, m.role, m.text, m.sent_at, m.macro, m.author, m.public
    FROM tickets t JOIN messages m ON m.ticket_id = t.id
    WHERE {_DAY} >= :start AND {_DAY} < :end ORDER BY t.id, m.sent_at"""  # noqa: S608 - our own words
NESTED = f"""SELECT t.*, (SELECT json_agg(json_build_object('role', m.role, 'text', m.text, 'at', m.sent_at,
    'macro', m.macro, 'author', m.author, 'public', m.public) ORDER BY m.sent_at)
    FROM messages m WHERE m.ticket_id = t.id) AS messages
    FROM tickets t WHERE {_DAY} >= :start AND {_DAY} < :end ORDER BY t.id"""  # noqa: S608 - our own words
"""The tickets of some days, a message a row and a ticket a row."""


def fill_postgres(url: str, tickets: int) -> None:
    """The same tickets as two tables, tickets and messages, with the indexes that a help desk has."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in TABLES:
            connection.execute(statement)
        for block in blocks(tickets):
            turns = block.column("messages")
            flat = turns.flatten()
            owners = block.column("id").take(pc.list_parent_indices(turns))
            messages = [owners, *(flat.field(name) for name in ("role", "text", "at", "macro", "author", "public"))]
            plain = block.drop_columns(["messages"])
            tags = pa.array([orjson.dumps(some).decode() for some in block.column("tags").to_pylist()])
            at = plain.schema.get_field_index("tags")
            _copy(connection, "tickets", list(plain.set_column(at, "tags", tags).columns))
            _copy(connection, "messages", messages)
        for statement in INDEXES:
            connection.execute(statement)


def _copy(connection: object, table: str, columns: list[pa.Array]) -> None:
    lines = BytesIO()
    batch = pa.RecordBatch.from_arrays(columns, names=[str(at) for at in range(len(columns))])
    pa_csv.write_csv(batch, lines, pa_csv.WriteOptions(include_header=False))
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:  # type: ignore[attr-defined]
        copy.write(lines.getvalue())
