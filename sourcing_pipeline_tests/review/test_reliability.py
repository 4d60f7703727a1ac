from datetime import UTC, datetime, timedelta

from sourcing_pipeline.review.reliability import reliability, reliability_markdown, told
from sourcing_pipeline.review.verdicts import VERDICTS, Verdict, as_table

START = datetime(2026, 1, 1, tzinfo=UTC)


def verdict(number: int, reviewer: str, answer: str) -> Verdict:
    moment = START + timedelta(minutes=number)
    return Verdict(id=f"s:{number}", content_hash="h", verdict=answer, reviewer=reviewer, reviewed_at=moment)


def test_nobody_has_judged_a_row_yet() -> None:
    assert reliability(VERDICTS.empty_table(), 0.95) == []
    assert reliability_markdown([]) == "nobody has judged a row yet"


def test_reviewers_who_agree_are_told_so() -> None:
    said = as_table(
        verdict(number, who, "wrong" if number < 5 else "right") for number in range(20) for who in ("ana", "bea")
    )
    (one,) = reliability(said, 0.95)
    assert one.agreement.alpha == 1.0
    assert one.reviewers["ana"].agreement == 1.0
    assert "| correct | ana | 20 | 100% |" in reliability_markdown([one])


def test_a_reviewer_who_answers_at_random_stands_out() -> None:
    truth = ["wrong" if number % 4 == 0 else "right" for number in range(80)]
    other = {"wrong": "right", "right": "wrong"}
    said = [verdict(number, who, truth[number]) for number in range(80) for who in ("ana", "bea")]
    said += [verdict(number, "dice", other[truth[number]] if number % 2 else truth[number]) for number in range(80)]
    (one,) = reliability(as_table(said), 0.95)
    assert min(one.reviewers, key=lambda who: one.reviewers[who].agreement or 0.0) == "dice"


def test_skipped_rows_say_nothing_about_a_reviewer() -> None:
    said = as_table([verdict(1, "ana", "skipped"), verdict(2, "bea", "right")])
    (one,) = reliability(said, 0.95)
    assert set(one.reviewers) == {"bea"}
    assert told(one.agreement).startswith("agreement is not known")


def test_a_reviewer_s_name_cannot_break_the_table() -> None:
    (one,) = reliability(as_table([verdict(1, "a|b<i>", "right")]), 0.95)
    assert "a&#124;b&lt;i&gt;" in reliability_markdown([one])
