import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.tickets import Tickets

Read = Callable[..., list[dict[str, Any]]]

SCHEMA = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY, role TEXT, name TEXT, email TEXT, phone TEXT, locale TEXT, created_at TEXT
);
CREATE TABLE tickets (
    id INTEGER PRIMARY KEY, subject TEXT, status TEXT, channel TEXT, priority TEXT, requester_id INTEGER,
    assignee_id INTEGER, resolved_by_id INTEGER, tags TEXT, created_at TEXT, updated_at TEXT,
    resolved_at TEXT, reopened_count INTEGER, merged_into_id INTEGER
);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, ticket_id INTEGER, author_id INTEGER, is_public INTEGER, macro TEXT, body TEXT,
    created_at TEXT
);
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, ticket_id INTEGER, score INTEGER, comment TEXT, created_at TEXT
);
INSERT INTO users VALUES
    (1, 'customer', 'Ann', 'ann@example.com', NULL, 'en_GB.UTF-8', '2025-01-01T00:00:00Z'),
    (2, 'agent', 'Bo', NULL, NULL, NULL, '2025-01-01T00:00:00Z'),
    (3, 'bot', 'Robo', NULL, NULL, NULL, '2025-01-01T00:00:00Z');
"""


class Desk:
    """A help desk file under construction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = sqlite3.connect(path)
        self.database.executescript(SCHEMA)

    def ticket(self, number: int, resolved_at: str | None = "2026-03-01T09:12:45Z", **columns: Any) -> None:
        score = columns.pop("score", 4)
        bodies = columns.pop("bodies", ((1, "It fails."), (2, "Reset it.")))
        values: dict[str, Any] = {
            "id": number,
            "subject": "Login",
            "status": "resolved",
            "channel": "email",
            "requester_id": 1,
            "resolved_by_id": 2,
            "tags": '["login", "vip"]',
            "created_at": "2026-02-28T08:00:00Z",
            "updated_at": "2026-03-05T08:00:00Z",
            "resolved_at": resolved_at,
            "reopened_count": 0,
        } | columns
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self.database.execute(f"INSERT INTO tickets ({names}) VALUES ({marks})", tuple(values.values()))
        for minute, (author, body) in enumerate(bodies):
            self.message(number, author, body, f"2026-02-28T09:{minute:02}:00Z")
        if score is not None:
            self.rating(number, score, "2026-03-02T00:00:00Z")

    def message(self, ticket: int, author: int, body: Any, at: str, public: int = 1) -> None:
        self.database.execute(
            "INSERT INTO messages (ticket_id, author_id, is_public, body, created_at) VALUES (?, ?, ?, ?, ?)",
            (ticket, author, public, body, at),
        )

    def rating(self, ticket: int, score: Any, at: str) -> None:
        self.database.execute(
            "INSERT INTO ratings (ticket_id, score, created_at) VALUES (?, ?, ?)", (ticket, score, at)
        )

    def source(self, **fields: Any) -> Tickets:
        self.database.commit()
        return Tickets.model_validate({"system": {"type": "helpdesk", "path": self.path}} | fields)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "helpdesk.sqlite")
    with closing(made.database):
        yield made


def test_a_ticket_becomes_a_row(desk: Desk, read: Read) -> None:
    desk.ticket(7)
    desk.message(7, 2, "internal: he is angry", "2026-02-28T09:00:30Z", public=0)
    desk.rating(7, 5, "2026-03-03T00:00:00Z")
    (row,) = read(desk.source())
    assert row["id"] == "src:7"
    assert row["partition"] == "2026-03-01"
    assert row["messages"] == [
        {"role": "user", "content": "Login\n\nIt fails."},
        {"role": "assistant", "content": "Reset it."},
    ]
    assert row["quality_score"] == 1.0
    assert row["license"] == "LicenseRef-Proprietary"
    assert row["language"] == "en-GB"
    assert row["tags"] == ["login", "vip"]
    assert row["created_at"].isoformat() == "2026-03-01T09:12:45+00:00"
    assert json.loads(row["meta"]) == {"channel": "email", "rating": 5, "ticket_id": "7", "turns": 2}
    assert row["person_keys"] == ["1", "2", "ann@example.com"]


def test_four_of_five_is_three_quarters(desk: Desk, read: Read) -> None:
    desk.ticket(1)
    assert read(desk.source())[0]["quality_score"] == 0.75


def test_every_drop_has_its_reason(desk: Desk, read: Read) -> None:
    desk.ticket(1, merged_into_id=9)
    desk.ticket(2, status="spam")
    desk.ticket(3, None, status="abandoned")
    desk.ticket(4, None, status="pending")
    desk.ticket(5, reopened_count=2)
    desk.ticket(6, resolved_by_id=3)
    desk.ticket(7, score=None)
    desk.ticket(8, score=3)
    desk.ticket(9, "2024-03-01T09:12:45Z")
    desk.ticket(10, bodies=((1, "It fails."), (2, "  ")))
    desk.ticket(11, status="closed")
    reasons = {row["id"]: row["drop_reason"] for row in read(desk.source())}
    assert reasons == {
        "src:1": "merged",
        "src:2": "spam",
        "src:3": "abandoned",
        "src:4": "not_resolved",
        "src:5": "reopened",
        "src:6": "bot_answered",
        "src:7": "not_rated",
        "src:8": "rating_too_low",
        "src:9": "outside_window",
        "src:10": "empty",
        "src:11": None,
    }


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ({"status": "lost"}, "tickets.status: expected one of new"),
        ({"tags": "[1]"}, "tickets.tags: expected text, got a number"),
        ({"tags": "not json"}, "tickets.tags: expected a JSON list"),
        ({"reopened_count": "many"}, "tickets.reopened_count: expected an integer"),
        ({"score": 6}, "ratings.score: expected 1 to 5"),
        ({"score": "great"}, "ratings.score: expected an integer"),
        ({"bodies": ((99, "who?"),)}, "expected an author who is one of"),
        ({"bodies": ((1, b"\x00\xff"),)}, "body: expected text"),
        ({"subject": b"x"}, "tickets.subject: expected text"),
        ({"resolved_at": "soon"}, "tickets.resolved_at: expected ISO 8601"),
        ({"resolved_at": "2026-02-31T00:00:00Z"}, "tickets.resolved_at: expected ISO 8601"),
    ],
)
def test_what_cannot_be_read_is_unparsable_with_its_place(
    desk: Desk, read: Read, fault: dict[str, Any], detail: str
) -> None:
    desk.ticket(1, **fault)
    desk.ticket(2)
    rows = {row["id"]: row for row in read(desk.source())}
    assert rows["src:1"]["drop_reason"] == "unparsable"
    assert rows["src:1"]["drop_detail"].startswith("ticket 1: ")
    assert detail in rows["src:1"]["drop_detail"]
    assert rows["src:2"]["drop_reason"] is None


def test_text_that_is_no_utf8_is_unparsable(desk: Desk, read: Read) -> None:
    desk.ticket(1)
    desk.database.execute("UPDATE messages SET body = CAST(x'61ff62' AS TEXT)")
    (row,) = read(desk.source())
    assert row["drop_reason"] == "unparsable"
    assert "UTF-8" in row["drop_detail"]


def test_days_are_days_of_the_windows_time_zone(desk: Desk, read: Read) -> None:
    desk.ticket(1, "2026-03-01T22:59:59Z")
    desk.ticket(2, "2026-03-01T23:00:00Z")
    desk.ticket(3, "2026-03-02T01:30:00+02:00")
    desk.ticket(4, "2026-03-02T22:59:59.500Z")
    source = desk.source()
    assert [row["id"] for row in read(source, ("2026-03-01",), "Europe/Berlin")] == ["src:1"]
    assert [row["id"] for row in read(source, ("2026-03-02",), "Europe/Berlin")] == [
        "src:2",
        "src:3",
        "src:4",
    ]
    assert read(source, ("2026-03-03",), "Europe/Berlin") == []


def test_tickets_without_resolution_belong_to_the_day_they_changed(desk: Desk, read: Read) -> None:
    desk.ticket(1, None, status="open", updated_at="2026-03-05T08:00:00Z")
    (row,) = read(desk.source(), ("2026-03-05",))
    assert (row["drop_reason"], row["partition"]) == ("not_resolved", "2026-03-05")


DAYS = st.sampled_from(["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-06", "2026-03-31"])
TIMES = st.one_of(st.none(), st.just("nonsense"), DAYS.map(lambda day: f"{day}T12:00:00Z"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=6))
def test_each_ticket_belongs_to_exactly_one_day(
    desk: Desk, read: Read, times: list[tuple[str | None, str | None]]
) -> None:
    for table in ("tickets", "messages", "ratings"):
        desk.database.execute(f"DELETE FROM {table}")
    for number, (resolved_at, updated_at) in enumerate(times):
        desk.ticket(
            number,
            resolved_at,
            updated_at=updated_at,
            created_at="2026-03-01T01:00:00Z" if not number else None,
        )
    source = desk.source()
    whole = read(source)
    days = sorted({row["partition"] for row in whole})
    by_day = [row for day in days for row in read(source, (day,))]
    assert Counter(row["id"] for row in whole) == Counter(f"src:{number}" for number in range(len(times)))
    assert sorted(map(str, by_day)) == sorted(map(str, whole)) == sorted(map(str, read(source, tuple(days))))


@pytest.mark.parametrize("table", ["users", "tickets", "messages", "ratings"])
def test_a_missing_table_is_named(desk: Desk, read: Read, table: str) -> None:
    desk.ticket(1)
    desk.database.execute(f"DROP TABLE {table}")
    with pytest.raises(InputError, match=rf"source 'src': .*helpdesk\.sqlite, table {table}: expected this table"):
        read(desk.source())


def test_a_missing_column_is_named(desk: Desk, read: Read) -> None:
    desk.database.execute("ALTER TABLE tickets DROP COLUMN resolved_at")
    with pytest.raises(InputError, match="table tickets: expected a column `resolved_at`"):
        read(desk.source())


def test_a_desk_without_tickets_or_times_is_refused(desk: Desk, read: Read) -> None:
    with pytest.raises(InputError, match="table tickets: expected at least one ticket"):
        read(desk.source())
    desk.ticket(1, "soon", updated_at="later", created_at=None)
    with pytest.raises(InputError, match="no ticket has one"):
        read(desk.source(), ("2026-03-01",))


def test_other_files_are_refused(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "helpdesk.sqlite"
    source = Tickets.model_validate({"system": {"type": "helpdesk", "path": path}})
    with pytest.raises(InputError, match="there is no such file"):
        read(source)
    assert not path.exists()
    path.write_bytes(b"")
    with pytest.raises(InputError, match="the file is empty"):
        read(source)
    path.write_text("id,subject\n1,secret words\n")
    with pytest.raises(InputError, match=r"helpdesk\.sqlite, first 16 bytes: expected a SQLite file") as caught:
        read(source)
    assert "secret" not in str(caught.value)


def test_a_damaged_file_is_an_input_error(desk: Desk, read: Read) -> None:
    for number in range(300):
        desk.ticket(number, bodies=((1, "secret " * 50), (2, "b" * 500)))
    source = desk.source()
    whole = bytearray(desk.path.read_bytes())
    for damage in (whole[: len(whole) // 2], whole[:4096] + b"\xff" * (len(whole) - 4096)):
        desk.path.write_bytes(damage)
        with pytest.raises(InputError, match=r"helpdesk\.sqlite, SQLite says") as caught:
            read(source)
        assert "secret" not in str(caught.value)
