from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sourcing_pipeline.review.landed import Landing
from sourcing_pipeline.review.verdicts import Unreadable, Verdict
from sourcing_pipeline.storage import Table

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SERVER = "http://127.0.0.1:8080"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(Table(str(tmp_path / "landed")))


def verdict(**changes: Any) -> Verdict:
    fields = {"id": "s:1", "content_hash": "h", "verdict": "right", "reviewer": "ana", "reviewed_at": NOW}
    return Verdict(**{**fields, **changes})


def test_nothing_has_landed_at_first(landing: Landing) -> None:
    assert list(landing.said()) == []
    assert landing.cursor(SERVER) is None
    assert landing.asked(SERVER) is None


def test_what_lands_stays_with_how_far_the_server_was_read(landing: Landing) -> None:
    one = verdict(reason="a", comment="b")
    landing.land({"1": one}, SERVER, NOW, NOW + timedelta(hours=1))
    assert list(landing.said()) == [one]
    assert (landing.cursor(SERVER), landing.asked(SERVER)) == (NOW, NOW + timedelta(hours=1))


def test_two_servers_are_read_each_from_where_it_was(landing: Landing) -> None:
    landing.land({}, SERVER, NOW, NOW)
    landing.land({}, "http://other", NOW - timedelta(days=1), NOW)
    assert (landing.cursor(SERVER), landing.cursor("http://other")) == (NOW, NOW - timedelta(days=1))


def test_an_import_that_finds_nothing_still_says_when_it_was(landing: Landing) -> None:
    landing.land({"1": verdict()}, SERVER, NOW, NOW)
    landing.land({}, SERVER, None, NOW + timedelta(days=1))
    assert (landing.cursor(SERVER), landing.asked(SERVER)) == (NOW, NOW + timedelta(days=1))
    assert list(landing.said()) == [verdict()]


def test_of_one_reviewer_row_content_and_question_the_latest_stays(landing: Landing) -> None:
    others = [
        verdict(reviewer="bea"),
        verdict(content_hash="h2"),
        verdict(id="s:2"),
        verdict(question="domain", verdict="in_domain"),
    ]
    landing.land({str(number): one for number, one in enumerate([verdict(), *others])}, SERVER, NOW, NOW)
    later = verdict(verdict="wrong", reviewed_at=NOW + timedelta(minutes=1))
    landing.land({"9": later}, SERVER, NOW, NOW)
    landing.land({"0": verdict()}, SERVER, NOW, NOW)
    found = list(landing.said())
    assert len(found) == 5
    assert later in found
    assert verdict() not in found


def test_what_is_no_verdict_is_kept_until_it_has_become_one(landing: Landing) -> None:
    landing.land({"task-1": Unreadable("task-1", "no choice"), "task-2": verdict()}, SERVER, NOW, NOW)
    assert Unreadable("task-1", "no choice") in list(landing.said())
    landing.land({"task-2": verdict()}, SERVER, NOW, NOW)
    assert Unreadable("task-1", "no choice") in list(landing.said())
    landing.land({"task-1": verdict(id="s:3")}, SERVER, NOW, NOW)
    assert {type(one) for one in landing.said()} == {Verdict}


def test_imports_at_the_same_time_lose_nothing(landing: Landing) -> None:
    def land(number: int) -> None:
        landing.land({str(number): verdict(id=f"s:{number}")}, f"http://{number % 2}", NOW, NOW)

    land(0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(land, range(1, 9)))
    assert {one.id for one in landing.said() if isinstance(one, Verdict)} == {f"s:{number}" for number in range(9)}
