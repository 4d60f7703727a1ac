import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.api_server import (
    ApiServer,
    Fault,
    Reply,
    Route,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.account import (
    START,
    Account,
    Fields,
    iso,
    paged,
    ticket,
    user,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.reading import AS_OF, EXPORT, rows_of, system, window


def test_the_first_export_starts_in_the_past_and_the_next_at_its_end(
    server: ApiServer, updates: Callable[[], Updates]
) -> None:
    account = Account(paged([ticket(n, START + timedelta(hours=n)) for n in range(1, 6)], 2))
    landing = updates()
    server.serve(account.routes())
    system(server, history_days=100).update("src", window(), landing)
    account.pages.append([ticket(1, START + timedelta(days=9))])
    system(server).update("src", window(), landing)
    system(server).update("src", window(), landing)
    first, *others = (dict(one.query) for one in server.requests)
    start = int((AS_OF - timedelta(days=100)).timestamp())
    assert first == {"start_time": str(start), "per_page": "1000", "include": "users,metric_sets"}
    assert [query["cursor"] for query in others] == ["c1", "c2", "c3", "c4"]
    assert {one.key: one.day for one in landing.landed(None)} == {
        "1": "2026-03-10", "2": "2026-03-01", "3": "2026-03-01", "4": "2026-03-01", "5": "2026-03-01"
    }  # fmt: skip


def test_a_late_change_touches_the_day_it_left_and_the_new_one(
    server: ApiServer, updates: Callable[[], Updates]
) -> None:
    account = Account([[ticket(1), ticket(2, START + timedelta(days=1))]])
    landing = updates()
    server.serve(account.routes())
    system(server).update("src", window(), landing)
    landing.refreshed(landing.touched())
    account.pages.append([ticket(1, START + timedelta(days=30), status="open")])
    system(server).update("src", window(), landing)
    assert set(landing.touched()) == {"2026-03-01", "2026-04-04"}


def test_days_are_those_of_the_recipes_time_zone(server: ApiServer, updates: Callable[[], Updates]) -> None:
    landing = updates()
    server.serve(Account([[ticket(1)]]).routes())
    system(server).update("src", window(zone="America/New_York"), landing)
    assert [one.day for one in landing.landed(None)] == ["2026-02-28"]


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_refused_cursor_costs_a_page_and_no_ticket(
    server: ApiServer, updates: Callable[[], Updates], status: int
) -> None:
    account = Account(paged([ticket(n, START + timedelta(hours=n)) for n in range(1, 8)], 2))
    landing = updates()
    server.serve(account.routes())
    system(server).update("src", window(), landing)
    account.pages.append([ticket(8, START + timedelta(hours=8))])
    answering = account.routes()[EXPORT]
    server.serve(
        {EXPORT: lambda request: Reply({"error": "x"}, status) if "cursor" in request.query else answering(request)}
    )
    with pytest.raises(TryAgain, match="again and again"):
        system(server).update("src", window(), landing)
    assert "8" not in {one.key for one in landing.landed(None)}
    server.serve({EXPORT: _refusing_once(status, answering)})
    system(server).update("src", window(), landing)
    assert {one.key for one in landing.landed(None)} == {str(n) for n in range(1, 9)}
    assert [sorted(one.query)[0] for one in server.requests[:3]] == ["cursor", "include", "cursor"]


def test_a_refused_cursor_loses_no_ticket_of_a_page_out_of_order(
    server: ApiServer, updates: Callable[[], Updates]
) -> None:
    account = Account([[ticket(n, START + timedelta(hours=n)) for n in (1, 2, 6, 3)]])
    landing = updates()
    server.serve(account.routes())
    system(server).update("src", window(), landing)
    account.pages.append([ticket(4, START + timedelta(hours=4))])
    server.serve({EXPORT: _refusing_once(400, account.routes()[EXPORT])})
    system(server).update("src", window(), landing)
    assert {one.key for one in landing.landed(None)} == {"1", "2", "3", "4", "6"}


def test_the_last_page_answered_once_more_does_not_hide_the_next(
    server: ApiServer, updates: Callable[[], Updates]
) -> None:
    account = Account([[ticket(1)]])
    landing = updates()
    server.serve(account.routes())
    system(server).update("src", window(), landing)
    account.pages.append([ticket(2)])
    server.fail([Fault("repeat")])
    system(server).update("src", window(), landing)
    assert {one.key for one in landing.landed(None)} == {"1", "2"}


LATER = START + timedelta(days=9)


@pytest.mark.parametrize("newer_first", [False, True])
@pytest.mark.parametrize(
    "changed",
    [
        {"updated_at": iso(LATER)},
        {"generated_timestamp": int(LATER.timestamp())},
        {"metric_set": {"solved_at": iso(START), "updated_at": iso(LATER)}},
    ],
)
def test_the_newer_of_two_records_counts_in_whatever_order_they_come(
    server: ApiServer, updates: Callable[[], Updates], changed: Fields, newer_first: bool
) -> None:
    pages = [[ticket(1)], [ticket(1) | changed | {"satisfaction_rating": {"score": "bad"}}]]
    landing = updates()
    server.serve(Account(pages[::-1] if newer_first else pages).routes())
    system(server).update("src", window(), landing)
    assert [row["rating"] for row in rows_of(server, landing)] == [0.0]


def _refusing_once(status: int, answering: Route) -> Route:
    answers = iter([Reply({"error": "InvalidValue"}, status)])
    return lambda request: next(answers, None) or answering(request)


def test_a_walk_that_never_ends_is_stopped(server: ApiServer, updates: Callable[[], Updates]) -> None:
    body = {"tickets": [ticket(1)], "after_cursor": "same", "end_of_stream": False}
    server.serve({EXPORT: lambda request: body})
    with pytest.raises(TryAgain, match="again and again"):
        system(server).update("src", window(), updates())


def test_a_last_page_that_keeps_its_cursor_is_the_end_all_the_same(
    server: ApiServer, updates: Callable[[], Updates]
) -> None:
    landing = updates()
    server.serve({EXPORT: lambda request: {"tickets": [ticket(1)], "after_cursor": "same", "end_of_stream": True}})
    system(server).update("src", window(), landing)
    assert [one.key for one in landing.landed(None)] == ["1"]


def test_an_empty_account_without_a_cursor_is_asked_again_from_the_start(
    server: ApiServer, updates: Callable[[], Updates]
) -> None:
    landing = updates()
    server.serve({EXPORT: lambda request: {"tickets": [], "after_cursor": None, "end_of_stream": True}})
    system(server).update("src", window(), landing)
    system(server).update("src", window(), landing)
    assert [one.query.get("start_time") for one in server.requests] == [
        str(int((AS_OF - timedelta(days=730)).timestamp()))
    ] * 2


@pytest.mark.parametrize("body", [[], {}, {"tickets": []}, {"tickets": {}, "end_of_stream": True}, "text", None])
def test_an_answer_that_is_no_export_is_one_clear_error(
    server: ApiServer, updates: Callable[[], Updates], body: Any
) -> None:
    server.serve({EXPORT: lambda request: Reply(json.dumps(body).encode())})
    with pytest.raises(InputError, match=r"source 'src': .*cursor\.json: expected .*sources\.src\.system\.url"):
        system(server).update("src", window(), updates())


def test_the_forgotten_do_not_land(server: ApiServer, updates: Callable[[], Updates]) -> None:
    landing = updates()
    server.serve(Account([[ticket(1), ticket(2, requester_id=9)]], {1: user(1), 9: user(9)}).routes())
    asked = replace(window(), erased=lambda keys: "u9@example.com" in keys)
    system(server).update("src", asked, landing)
    assert [one.key for one in landing.landed(None)] == ["1"]
