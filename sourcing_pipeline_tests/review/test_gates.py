from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sourcing_pipeline.review.config import Review
from sourcing_pipeline.review.gates import (
    enough_months,
    error_rate_within,
    pushed,
    synthetic_kept,
    verdicts_current,
)
from sourcing_pipeline.review.source_review import SourceReview
from sourcing_pipeline.review.statistics import error_rate

START = datetime(2026, 1, 1, tzinfo=UTC)
WHERE = "http://127.0.0.1:8080/projects/1/data?tab=2"


def review(wrong: int, reviewed: int, state: str, **changes: Any) -> SourceReview:
    plain = SourceReview("tickets", 100, error_rate(wrong, reviewed), 0, 0, (), state)  # type: ignore[arg-type]
    return replace(plain, **changes)


def within(found: SourceReview, **config: Any) -> Any:
    return error_rate_within(found, Review(**config), WHERE)


@pytest.mark.parametrize(
    ("state", "passed", "blocking"),
    [
        ("unreviewed", False, False),
        ("under review", False, False),
        ("failed", False, True),
        ("passed", True, True),
        ("certified", True, True),
    ],
)
def test_only_a_review_that_failed_stops_the_mix(state: str, passed: bool, blocking: bool) -> None:
    found = within(review(15, 100, state))
    assert (found.passed, found.blocking) == (passed, blocking)
    assert found.facts["state"] == state


def test_the_message_tells_counts_interval_limit_reasons_and_what_to_do() -> None:
    found = within(review(15, 100, "failed", reasons=(("wrong port", 9), ("outdated", 3))))
    assert found.message == (
        "tickets: 15 of 100 reviewed rows are wrong, 15.0% (95% interval 8.6% to 23.5%); at most 10% are allowed. "
        f"Commonest reasons: wrong port (9); outdated (3). Look at them: {WHERE}. "
        "Then tighten the filters in sources.tickets, or set its enabled to false"
    )


def test_the_facts_carry_the_numbers() -> None:
    facts = within(review(15, 100, "failed")).facts
    assert (facts["reviewed"], facts["wrong"], facts["error_rate"], facts["allowed"]) == (100, 15, 0.15, 0.1)
    assert facts["interval_low"] == pytest.approx(0.0865, abs=1e-4)


def test_a_certified_source_is_called_so() -> None:
    assert within(review(2, 100, "certified")).message.endswith("; certified: surely below 10%")


def test_a_review_that_is_not_done_tells_how_many_were_asked_for() -> None:
    assert within(review(0, 40, "under review")).message.endswith("; 100 were asked for")
    assert within(review(0, 40, "under review")).passed


def test_too_many_wrong_among_too_few_is_a_warning_that_asks_for_the_others() -> None:
    found = within(review(8, 40, "under review"))
    assert "too few are judged to decide; 100 were asked for. Judge the others: http" in found.message


def test_skipped_and_disputed_rows_are_told() -> None:
    found = within(review(5, 90, "passed", skipped=7, disputed=3))
    assert found.message.endswith("; 7 were skipped; on 3 reviewers disagree, and an adjudicator is waited for")


def test_an_interval_that_holds_at_every_look_is_called_so() -> None:
    assert "(95% interval, however often one looks, " in within(review(2, 60, "passed"), design="sequential").message


def test_without_reviews_a_source_gets_a_warning_that_says_where_to_go() -> None:
    assert within(review(0, 0, "unreviewed")).message == (
        f"tickets: no row of its sample was judged yet. Judge them (100): {WHERE}"
    )


def test_without_reviews_a_source_is_an_error_when_reviews_are_required() -> None:
    assert within(review(0, 0, "unreviewed"), required=True).blocking


def test_a_server_that_answered_is_no_warning() -> None:
    assert verdicts_current("http://s", START, START, None).passed


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(minutes=5), "5 minutes ago"),
        (timedelta(hours=22), "22 hours ago"),
        (timedelta(days=9), "9 days ago"),
    ],
)
def test_a_server_that_is_down_is_a_warning_that_says_how_old_the_verdicts_are(age: timedelta, told: str) -> None:
    found = verdicts_current("http://s", START - age, START, "it is down")
    assert (found.passed, found.blocking) == (False, False)
    assert told in found.message
    assert f"those of {START - age:%Y-%m-%d %H:%M} UTC" in found.message
    assert found.message.endswith("it is down")


def test_a_server_that_never_answered_is_told_as_such() -> None:
    assert verdicts_current("http://s", None, START, "it is down").message.startswith("No verdict was ever imported")


def test_a_queue_that_did_not_get_there_is_a_warning() -> None:
    assert pushed("http://s", None, 3).message == "3 rows stand at http://s"
    assert (pushed("http://s", "down", 3).passed, pushed("http://s", "down", 3).blocking) == (False, False)


@pytest.mark.parametrize(
    ("kept", "reviewed", "asked", "passed"),
    [(0, 0, 50, False), (45, 50, 50, True), (40, 50, 50, True), (39, 50, 50, False), (45, 50, 60, False)],
)
def test_people_review_every_synthetic_row_and_keep_most(kept: int, reviewed: int, asked: int, passed: bool) -> None:
    found = synthetic_kept("made", kept, reviewed, asked)
    assert (found.passed, found.blocking) == (passed, False)


@pytest.mark.parametrize(("days", "passed"), [(183, True), (182, False), (0, False), (900, True)])
def test_logs_should_span_six_months(days: int, passed: bool) -> None:
    found = enough_months("tickets", START, START + timedelta(days=days))
    assert (found.passed, found.blocking) == (passed, False)


def test_no_logs_span_no_months() -> None:
    assert not enough_months("tickets", None, None).passed
