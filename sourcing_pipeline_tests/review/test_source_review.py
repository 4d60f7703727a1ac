from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.review.config import Review, Reviewers
from sourcing_pipeline.review.source_review import SourceReview, source_review
from sourcing_pipeline.review.verdicts import Verdict, as_table

START = datetime(2026, 1, 1, tzinfo=UTC)


def verdict(number: int, answer: str, reviewer: str = "ana", reason: str | None = None) -> Verdict:
    moment = START + timedelta(minutes=number)
    return Verdict(
        id=f"s:{number}", content_hash="h", verdict=answer, reason=reason, reviewer=reviewer, reviewed_at=moment
    )


def found(wrong: int, right: int, rows: int = 200, first: int = 0, **config: Any) -> SourceReview:
    """The review of a source whose draw is s:0, s:1, …, of which those from `first` on were judged."""
    said = [verdict(first + number, "wrong" if number < wrong else "right") for number in range(wrong + right)]
    return source_review("s", [f"s:{number}" for number in range(rows)], as_table(said), Review(**config))


@pytest.mark.parametrize(
    ("wrong", "right", "rows", "state"),
    [
        (0, 0, 200, "unreviewed"),
        (0, 99, 200, "under review"),
        (50, 49, 200, "under review"),
        (11, 89, 200, "failed"),
        (10, 90, 200, "passed"),
        (5, 95, 200, "passed"),
        (4, 96, 200, "certified"),
        (0, 30, 30, "passed"),
        (4, 26, 30, "failed"),
        (0, 40, 40, "certified"),
    ],
)
def test_the_point_estimate_decides_when_the_sample_is_judged(wrong: int, right: int, rows: int, state: str) -> None:
    assert found(wrong, right, rows).state == state


def test_newcomers_to_the_sample_do_not_undo_a_decision() -> None:
    before, after = found(15, 85), found(15, 85, first=3)
    assert before.state == after.state == "failed"
    assert (after.errors.wrong, after.errors.reviewed) == (15, 100)


def test_only_as_many_judged_rows_count_as_were_asked_for() -> None:
    assert found(0, 150).errors.reviewed == 100


def test_a_row_that_everyone_skipped_is_not_waited_for() -> None:
    said = [verdict(number, "right") for number in range(99)] + [verdict(99, "skipped")]
    one = source_review("s", [f"s:{number}" for number in range(100)], as_table(said), Review())
    assert (one.state, one.skipped, one.errors.reviewed) == ("certified", 1, 99)


def test_disputed_rows_are_counted_and_waited_for() -> None:
    said = [verdict(number, "right") for number in range(100)] + [verdict(0, "wrong", "bea")]
    reviewers = Reviewers(decide="adjudication", adjudicators=("eva",))
    one = source_review("s", [f"s:{number}" for number in range(100)], as_table(said), Review(reviewers=reviewers))
    assert (one.disputed, one.errors.reviewed, one.state) == (1, 99, "under review")


def test_a_sequential_review_of_a_clearly_good_source_ends_early() -> None:
    assert found(0, 50, design="sequential").state == "under review"
    assert found(0, 60, design="sequential").state == "certified"


def test_a_sequential_review_of_a_clearly_bad_source_ends_early() -> None:
    assert found(10, 10, design="sequential").state == "failed"
    assert found(10, 10).state == "under review"


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_sequential_review_that_is_decided_early_holds_the_fixed_interval(wrong: int, right: int) -> None:
    one = found(wrong, right, design="sequential")
    fixed = found(wrong, right).errors
    if one.errors.reviewed < 100 and one.decided:
        assert fixed.high < 0.1 if one.state == "certified" else fixed.low > 0.1


def test_the_five_commonest_reasons_are_told() -> None:
    reasons = ["a"] * 6 + ["b"] * 5 + ["c"] * 4 + ["d"] * 3 + ["e"] * 2 + ["f"]
    said = [verdict(number, "wrong", reason=reason) for number, reason in enumerate(reasons)]
    one = source_review("s", [f"s:{number}" for number in range(100)], as_table(said), Review())
    assert one.reasons == (("a", 6), ("b", 5), ("c", 4), ("d", 3), ("e", 2))
