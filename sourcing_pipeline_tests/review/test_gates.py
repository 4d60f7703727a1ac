from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sourcing_pipeline.review.config import Review
from sourcing_pipeline.review.gates import enough_months, error_rate_within
from sourcing_pipeline.review.statistics import error_rate

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("wrong", "reviewed"), [(10, 100), (3, 30), (1, 10), (0, 100), (7, 70)])
def test_exactly_ten_percent_wrong_passes(wrong: int, reviewed: int) -> None:
    assert error_rate_within("tickets", error_rate(wrong, reviewed), Review()).passed


@pytest.mark.parametrize(("wrong", "reviewed"), [(15, 100), (11, 100), (4, 30), (100, 100)])
def test_more_than_ten_percent_wrong_stops_the_mix(wrong: int, reviewed: int) -> None:
    found = error_rate_within("tickets", error_rate(wrong, reviewed), Review())
    assert not found.passed
    assert found.blocking


def test_the_message_tells_counts_interval_limit_reasons_and_what_to_do() -> None:
    found = error_rate_within("tickets", error_rate(15, 100), Review(), ["wrong port (9)", "outdated (3)"])
    assert found.message == (
        "tickets: 15 of 100 reviewed rows are wrong, 15.0% (95% interval 8.6% to 23.5%); at most 10% are allowed. "
        "Commonest reasons: wrong port (9); outdated (3). "
        "Tighten the filters in sources.tickets, or set its enabled to false"
    )


def test_the_facts_carry_the_numbers() -> None:
    facts = error_rate_within("tickets", error_rate(15, 100), Review()).facts
    assert (facts["reviewed"], facts["wrong"], facts["error_rate"], facts["allowed"]) == (100, 15, 0.15, 0.1)
    assert facts["interval_low"] == pytest.approx(0.0865, abs=1e-4)


def test_fewer_reviews_than_asked_for_are_told() -> None:
    assert error_rate_within("tickets", error_rate(0, 40), Review()).message.endswith("; 100 were asked for")


def test_without_reviews_a_source_gets_a_warning_with_the_files_to_use() -> None:
    review = Review(queue=Path("q"), verdicts=Path("v.jsonl"))
    found = error_rate_within("tickets", error_rate(0, 0), review)
    assert not found.passed
    assert not found.blocking
    assert "q/tickets.jsonl" in found.message
    assert "v.jsonl" in found.message


def test_without_reviews_a_source_is_an_error_when_reviews_are_required() -> None:
    assert error_rate_within("tickets", error_rate(0, 0), Review(required=True)).blocking


def test_the_recipe_sets_the_limit() -> None:
    assert error_rate_within("tickets", error_rate(15, 100), Review(max_error_rate=0.15)).passed


@pytest.mark.parametrize(("days", "passed"), [(183, True), (182, False), (0, False), (900, True)])
def test_logs_should_span_six_months(days: int, passed: bool) -> None:
    found = enough_months("tickets", START, START + timedelta(days=days))
    assert (found.passed, found.blocking) == (passed, False)


def test_no_logs_span_no_months() -> None:
    assert not enough_months("tickets", None, None).passed
