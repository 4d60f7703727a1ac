import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.config import Landed
from sourcing_pipeline.sources.tickets.zendesk.records import language
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.api_server import ApiServer, Reply
from sourcing_pipeline_tests.sources.tickets.zendesk.account import (
    START,
    Account,
    Fields,
    iso,
    ticket,
    user,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.reading import EXPORT, row_of, rows_of, system, window


@pytest.mark.parametrize("apart", [False, True])
def test_a_ticket_becomes_a_row(server: ApiServer, updates: Callable[[], Updates], apart: bool) -> None:
    landing = updates()
    server.serve(Account([[ticket(7)]], sets_apart=apart).routes())
    system(server).update("src", window(), landing)
    (landed,) = landing.landed(None)
    assert "never read" not in json.dumps(landed.record)
    assert landed.day == "2026-03-01"
    assert rows_of(server, landing) == [
        {
            "id": "7",
            "dated_at": START,
            "problem": None,
            "status": "resolved",
            "resolved_at": START,
            "resolved_by": "human",
            "rating": 1.0,
            "rating_given": "good",
            "reopened": False,
            "merged": False,
            "said_wrong": False,
            "subject": "Login 7",
            "channel": "email",
            "tags": ["login", "vip"],
            "language": "en-GB",
            "person_keys": ["1", "2", "u1@example.com", "u2@example.com", "amy@example.com"],
            "turns": None,
        }
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("new", "open"),
        ("open", "open"),
        ("pending", "open"),
        ("hold", "open"),
        ("solved", "resolved"),
        ("closed", "resolved"),
        ("deleted", "deleted"),
    ],
)
def test_only_solved_and_closed_tickets_are_resolved(
    server: ApiServer, updates: Callable[[], Updates], status: str, expected: str
) -> None:
    row = row_of(server, updates(), ticket(1, status=status))
    assert row["status"] == expected
    assert row["dated_at"] == (START if expected == "resolved" else START + timedelta(days=4))
    assert row["resolved_at"] == (START if expected == "resolved" else None)


def test_without_metrics_a_solved_ticket_is_dated_by_its_last_change(
    server: ApiServer, updates: Callable[[], Updates]
) -> None:
    row = row_of(server, updates(), ticket(1, metric_set=None))
    assert row["resolved_at"] == row["dated_at"] == START + timedelta(days=4)


@pytest.mark.parametrize(
    ("given", "rating", "word"),
    [
        ({"score": "good"}, 1.0, "good"),
        ({"score": "good_with_comment"}, 1.0, "good"),
        ({"score": "bad", "comment": "text"}, 0.0, "bad"),
        ({"score": "offered"}, None, None),
        ({"score": "unoffered"}, None, None),
        (None, None, None),
    ],
)
def test_the_rating_is_the_tickets_own(
    server: ApiServer, updates: Callable[[], Updates], given: Any, rating: float | None, word: str | None
) -> None:
    row = row_of(server, updates(), ticket(1, satisfaction_rating=given))
    assert (row["rating"], row["rating_given"]) == (rating, word)


def test_reopened_merged_and_spam_are_told(server: ApiServer, updates: Callable[[], Updates]) -> None:
    assert row_of(server, updates(), ticket(1, metric_set={"solved_at": iso(START), "reopens": 2}))["reopened"]
    assert row_of(server, updates(), ticket(1, tags=["closed_by_merge"]))["merged"]
    suspended = [user(1, suspended=True)]
    assert row_of(server, updates(), ticket(1, status="deleted"), suspended)["status"] == "spam"
    assert row_of(server, updates(), ticket(1), suspended)["status"] == "resolved"


@pytest.mark.parametrize(
    ("fields", "bots", "expected"),
    [
        ({}, (), "human"),
        ({"assignee_id": None}, (), None),
        ({}, (2,), "bot"),
        ({}, ("U2@example.com",), "bot"),
        ({"assignee_id": 3}, (), "human"),
    ],
)
def test_whoever_it_is_assigned_to_resolved_it(
    server: ApiServer, updates: Callable[[], Updates], fields: Fields, bots: Sequence[Any], expected: str | None
) -> None:
    """Agent 3 has left: Zendesk made an end user of the account."""
    assert row_of(server, updates(), ticket(1, **fields), [user(3)], bots=bots)["resolved_by"] == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en-US", "en-US"),
        ("en-gb", "en-GB"),
        ("pt_br", "pt-BR"),
        ("ja", "ja"),
        ("es-419", "es-419"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("en-us-x-21", "en-US"),
        ("", None),
        (None, None),
        (1, None),
    ],
)
def test_a_locale_becomes_a_language_tag(locale: object, expected: str | None) -> None:
    assert language(locale) == expected


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ({"id": None}, "id: expected"),
        ({"id": {"a": 1}}, "id: expected"),
        ({"updated_at": "yesterday"}, "updated_at: expected"),
        ({"requester_id": "Amy"}, "requester_id: expected"),
        ({"status": "resolved?"}, "status: expected"),
        ({"status": ["open"]}, "status: expected"),
        ({"tags": "login"}, "tags: expected"),
        ({"subject": 7}, "subject: expected"),
        ({"via": {"channel": {}}}, "via.channel: expected"),
        ({"metric_set": {"reopens": "often"}}, "metric_set.reopens: expected"),
    ],
)
def test_what_cannot_be_read_is_counted_on_one_day(
    server: ApiServer, updates: Callable[[], Updates], damage: Fields, problem: str
) -> None:
    landing = updates()
    row = row_of(server, landing, ticket(1) | damage)
    assert row["problem"].startswith(problem)
    (landed,) = landing.landed(None)
    assert landed.day == window().day(row["dated_at"])


@settings(max_examples=20)
@given(st.lists(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud83d"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(ticket(1))), inner, max_size=6),
    max_leaves=8,
), max_size=3), st.sampled_from(sorted(ticket(1))))  # fmt: skip
def test_no_ticket_can_break_it(server: ApiServer, odd: list[Any], name: str) -> None:
    landings: list[Landed] = []

    class Landing:
        def cursor(self) -> None:
            return None

        def land(self, records: Sequence[Landed], cursor: str) -> None:
            landings.extend(records)

    tickets = [*odd, *(ticket(number) | {name: value} for number, value in enumerate(odd, 1))]
    body = {"tickets": tickets, "end_of_stream": True, "after_cursor": "c", "users": odd, "metric_sets": odd}
    server.serve({EXPORT: lambda request: Reply(json.dumps(body).encode())})
    system(server).update("src", window(), Landing())  # type: ignore[arg-type]
    assert len(landings) == len(tickets)
    for landed in landings:
        assert orjson.loads(orjson.dumps(landed.record))
        assert landed.version.endswith("Z")
    rows = [row for batch in system(server).tickets("src", window(landings)) for row in batch.to_pylist()]
    assert len(rows) == len(tickets)
    assert {window().day(row["dated_at"]) for row in rows} == {landed.day for landed in landings}
