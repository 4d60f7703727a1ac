import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.config import Landed, Window
from sourcing_pipeline.sources.tickets import Tickets
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.api_server import (
    ApiServer,
    Fault,
    schedules,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.account import (
    START,
    helpdesk,
    paged,
    ticket,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.reading import AS_OF, Row, system, window

HELPDESK = helpdesk(240)


@pytest.fixture(scope="module")
def faultless(server: ApiServer, updates: Callable[[], Updates]) -> list[Landed]:
    landing = updates()
    server.serve(HELPDESK.routes())
    system(server).update("src", window(), landing)
    return list(landing.landed(None))


def test_the_whole_helpdesk_lands(faultless: list[Landed]) -> None:
    assert {one.key for one in faultless} == {str(n) for n in range(1, 241)}


@pytest.mark.slow
@settings(max_examples=8)
@given(schedules(rows=4), st.integers(0, 2**32))
def test_any_order_of_pages_and_any_faults_land_the_same(
    server: ApiServer, updates: Callable[[], Updates], faultless: list[Landed], faults: list[Fault], seed: int
) -> None:
    tickets = [one for page in HELPDESK.pages for one in page]
    Random(seed).shuffle(tickets)
    older = [ticket(one["id"], START - timedelta(days=9), status="open") for one in tickets[::7]]
    mixed = [*tickets, *older]
    Random(seed + 1).shuffle(mixed)
    landing = updates()
    server.serve(replace(HELPDESK, pages=paged(mixed, 40)).routes(), faults)
    system(server).update("src", window(), landing)
    assert list(landing.landed(None)) == faultless


class _KilledError(BaseException):
    """Stands for the end of the process."""


@pytest.mark.slow
@settings(max_examples=8)
@given(schedules(rows=4), st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=3))
def test_a_run_that_was_killed_goes_on_at_its_last_page(
    server: ApiServer,
    updates: Callable[[], Updates],
    faultless: list[Landed],
    faults: list[Fault],
    kills: list[tuple[int, bool]],
) -> None:
    landing = updates()
    server.serve(HELPDESK.routes(), faults)
    for pages, after_commit in kills:
        with pytest.raises(_KilledError):
            system(server).update("src", window(), _dying(landing, pages, after_commit))
        if landing.cursor() is not None and json.loads(landing.cursor() or "")["cursor"] == "c6":
            break
    system(server).update("src", window(), landing)
    assert list(landing.landed(None)) == faultless


@pytest.mark.parametrize(("after_commit", "asked"), [(True, ["c4", "c5"]), (False, ["c3", "c4", "c5"])])
def test_only_the_pages_that_did_not_land_are_asked_for_again(
    server: ApiServer, updates: Callable[[], Updates], faultless: list[Landed], after_commit: bool, asked: list[str]
) -> None:
    landing = updates()
    server.serve(HELPDESK.routes())
    with pytest.raises(_KilledError):
        system(server).update("src", window(), _dying(landing, 3, after_commit))
    server.serve(HELPDESK.routes())
    system(server).update("src", window(), landing)
    assert [one.query["cursor"] for one in server.requests] == asked
    assert list(landing.landed(None)) == faultless


def _dying(landing: Updates, pages: int, after_commit: bool) -> Any:
    """`landing`, whose process is killed while or after it commits one page more than `pages`, or at its end."""

    class Dying:
        landed = 0

        def cursor(self) -> str | None:
            return landing.cursor()

        def land(self, records: Sequence[Landed], cursor: str) -> None:
            last = self.landed == pages or json.loads(cursor)["cursor"] == f"c{len(HELPDESK.pages)}"
            if not last or after_commit:
                landing.land(records, cursor)
            self.landed += 1
            if last:
                raise _KilledError

    return Dying()


@pytest.mark.slow
@settings(max_examples=12)
@given(schedules(rows=1))
def test_any_faults_give_the_same_turns(server: ApiServer, faultless: list[Landed], faults: list[Fault]) -> None:
    (batch,) = system(server).tickets("src", window(faultless[:24]))
    server.serve(HELPDESK.routes(), faults)
    filled = system(server).turns("src", batch).to_pylist()
    for row in filled:
        said = HELPDESK.comments[int(row["id"])]
        assert [turn["text"] for turn in row["turns"]] == [one["body"] for one in said if one["public"]]
        macros = {one["events"][0]["id"] for one in HELPDESK.audits[int(row["id"])] if len(one["events"]) > 1}
        answered = any(turn["role"] == "assistant" for turn in row["turns"])
        expected = ["Greeting" if one["id"] in macros and answered else None for one in said if one["public"]]
        assert [turn["macro"] for turn in row["turns"]] == expected


def _extracted(server: ApiServer, landing: Updates, faults: Sequence[Fault], read_faults: Sequence[Fault]) -> list[Row]:
    """The outcome rows of the whole source: landed, filtered, its comments fetched for what is left."""
    source = Tickets.model_validate({"system": system(server).model_dump()})
    everything = Window(AS_OF, ZoneInfo("UTC"), landed=lambda: landing.landed(None))
    server.serve(HELPDESK.routes(), faults)
    source.update("src", everything, landing)
    server.serve(HELPDESK.routes(), read_faults)
    return [row for batch in source.read("src", everything) for row in batch.to_pylist()]


@pytest.fixture(scope="module")
def extracted(server: ApiServer, updates: Callable[[], Updates]) -> list[Row]:
    return _extracted(server, updates(), [], [])


def test_every_ticket_is_kept_or_dropped_and_comments_are_fetched_for_few(
    server: ApiServer, updates: Callable[[], Updates]
) -> None:
    extracted = _extracted(server, updates(), [], [])
    assert sorted(row["id"] for row in extracted) == sorted(f"src:{n}" for n in range(1, 241))
    reasons = {row["drop_reason"] for row in extracted}
    assert {None, "not_resolved", "deleted", "bot_answered", "not_rated", "rating_too_low"} <= reasons
    unread = {"not_resolved", "deleted", "bot_answered", "not_rated", "rating_too_low"}
    asked = {one.path.split("/")[4] for one in server.requests if "comments" in one.path}
    assert asked == {row["id"][4:] for row in extracted if row["drop_reason"] not in unread}
    for row in extracted:
        assert row["drop_reason"] or row["messages"][-1]["role"] == "assistant"
        assert any("@" in key for key in row["person_keys"])


@pytest.mark.slow
@settings(max_examples=5)
@given(schedules(rows=4), schedules(rows=1))
def test_any_faults_give_the_same_rows(
    server: ApiServer,
    updates: Callable[[], Updates],
    extracted: list[Row],
    faults: list[Fault],
    read_faults: list[Fault],
) -> None:
    assert _extracted(server, updates(), faults, read_faults) == extracted
