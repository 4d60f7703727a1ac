from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.tickets.sql import TicketSql
from sourcing_pipeline.sources.tickets.ticket import TICKETS
from sourcing_pipeline_tests.postgres import Postgres

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
TABLES = (
    "CREATE TABLE tickets (id INTEGER PRIMARY KEY, status VARCHAR(20), created_at {time}, updated_at {time}, "
    "resolved_at {time}, score INTEGER, requester INTEGER)",
    "CREATE TABLE messages (ticket_id INTEGER, role VARCHAR(20), body TEXT, sent_at {time}, author INTEGER)",
)
FLAT = """
    SELECT t.*, t.score AS rating, m.role, m.body AS text, m.sent_at, m.author
    FROM tickets t LEFT JOIN messages m ON m.ticket_id = t.id
    {} ORDER BY t.id, m.sent_at
"""
DATED = "{0}(coalesce(resolved_at, updated_at, created_at))"
BY_DAY = f"WHERE {DATED} >= :start AND {DATED} < :end"
NESTED = {
    "postgresql": "SELECT t.*, score AS rating, (SELECT json_agg(json_build_object('role', role, 'text', body, 'at', "
    "sent_at, 'author', author) ORDER BY sent_at) FROM messages WHERE ticket_id = t.id) AS messages FROM tickets t",
    "sqlite": "SELECT t.*, score AS rating, (SELECT json_group_array(json_object('role', role, 'text', body, 'at', "
    "sent_at, 'author', author)) FROM messages WHERE ticket_id = t.id) AS messages FROM tickets t",
}


def fill(url: str, time: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(table.format(time=time)))
        for key in range(1, 7):
            at = NOON + timedelta(days=key)
            row = {"id": key, "at": f"{at:%Y-%m-%d %H:%M:%S}", "before": f"{at - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"}
            solved = ":at" if key % 2 else "NULL"
            connection.execute(
                text(f"INSERT INTO tickets VALUES (:id, 'solved', :before, :at, {solved}, :id % 5 + 1, :id + 100)"), row
            )
            if key != 6:
                for role, when in (("customer", "before"), ("agent", "at")):
                    message = f"INSERT INTO messages VALUES (:id, '{role}', 'from {role}', :{when}, :id)"
                    connection.execute(text(message), row)
    engine.dispose()


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path / 't.sqlite'}"
        fill(made, "TEXT")
        return made
    server: Postgres = request.getfixturevalue("postgres")
    found = server.database("tickets")
    fill(found.replace("postgresql:", "postgresql+psycopg:"), "timestamp")
    return found


def system(url: str, query: str, **fields: Any) -> TicketSql:
    return TicketSql.model_validate({"type": "sql", "url": url, "query": query} | fields)


def window(*days: str) -> Window:
    return Window(AS_OF, ZoneInfo("UTC"), days or None)


def told(made: TicketSql, *days: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for batch in made.tickets("src", window(*days)):
        assert batch.schema == TICKETS
        rows += batch.to_pylist()
    return rows


def test_rows_of_a_join_are_tickets(url: str) -> None:
    rows = told(system(url, FLAT.format("")))
    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert [len(row["turns"]) for row in rows] == [2, 2, 2, 2, 2, 0]
    assert rows[0] == {
        "id": "1",
        "dated_at": NOON + timedelta(days=1),
        "problem": None,
        "status": "resolved",
        "resolved_at": NOON + timedelta(days=1),
        "resolved_by": "human",
        "rating": 0.25,
        "rating_given": "2",
        "reopened": False,
        "merged": False,
        "said_wrong": False,
        "subject": None,
        "channel": None,
        "tags": [],
        "language": None,
        "person_keys": ["1", "101"],
        "turns": [
            {"role": "user", "text": "from customer", "macro": None},
            {"role": "assistant", "text": "from agent", "macro": None},
        ],
    }


def test_messages_as_json_are_the_same_tickets(url: str) -> None:
    nested = NESTED["sqlite" if url.startswith("sqlite") else "postgresql"]
    rows = told(system(url, f"{nested} WHERE id < 6 ORDER BY id", layout="nested"))
    assert rows == told(system(url, FLAT.format("WHERE t.id < 6")))


def test_the_wanted_days_are_the_same_with_and_without_parameters(url: str) -> None:
    days = ("2026-03-02", "2026-03-03", "2026-03-06")
    whole, by_day = FLAT.format(""), FLAT.format(BY_DAY.format("datetime" if url.startswith("sqlite") else ""))
    rows = told(system(url, by_day), *days)
    assert [row["id"] for row in rows] == ["1", "2", "5"]
    assert rows == told(system(url, whole), *days)
    assert told(system(url, by_day)) == told(system(url, whole))


def test_a_query_that_is_not_ordered_by_ticket_is_one_clear_error(url: str) -> None:
    query = FLAT.format("").replace("ORDER BY t.id, m.sent_at", "ORDER BY m.role, t.id")
    with pytest.raises(InputError, match=r"query row \d+: the rows of a ticket do not stand together.*ORDER BY"):
        told(system(url, query))


def test_tickets_that_were_updated_have_changed_once(url: str) -> None:
    made = system(url, FLAT.format("").replace("ORDER BY t.id, m.sent_at", ""))
    found, cursor = made.changed("src", window(), None)
    latest = max(version for _, _, version in found)
    assert datetime.fromisoformat(cursor) == datetime.fromisoformat(latest)
    found, _ = made.changed("src", window(), "2026-03-06T12:30:00+00:00")
    assert sorted(set(found)) == [
        ("5", "2026-03-06", "2026-03-06T12:00:00.000000+00:00"),
        ("6", "2026-03-07", "2026-03-07T12:00:00.000000+00:00"),
    ]


def test_without_updated_at_nothing_has_changed(url: str) -> None:
    made = system(url, FLAT.format(""), fields={"updated_at": None})
    cursor = "2026-03-01T00:00:00+00:00"
    found, following = made.changed("src", window(), cursor)
    assert (list(found), following) == ([], cursor)


def test_an_unknown_column_is_named_with_those_there_are(url: str) -> None:
    with pytest.raises(InputError, match="there is no column `key`; there are: "):
        told(system(url, FLAT.format(""), fields={"id": "key"}))
