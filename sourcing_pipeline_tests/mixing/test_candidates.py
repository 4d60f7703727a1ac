from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.mixing.candidates import (
    COLUMNS,
    Candidate,
    Rules,
    candidates,
    newest,
    planted,
    without_duplicates,
)
from sourcing_pipeline.mixing.duplicates import fingerprint
from sourcing_pipeline.mixing.gates import canaries_refused
from sourcing_pipeline.rows import ASSESSED, DropReason

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
SCHEMA = pa.schema([ASSESSED.field(name) for name in COLUMNS])
WORDS = st.lists(st.text("abcde", min_size=1, max_size=3), min_size=1, max_size=12).map(" ".join)
LONG = " ".join(f"word{number}" for number in range(40))


def rules(quality: float | None = 1.0, wrong: dict[str, bool] | None = None, oldest: datetime | None = None) -> Rules:
    return Rules(quality, wrong or {}, oldest, AS_OF)


def row(row_id: str = "s:1", text: str = LONG, answer: str = "ok then", **changes: Any) -> dict[str, Any]:
    fields = {
        "id": row_id,
        "partition": "all",
        "strategy": "public",
        "messages": [{"role": "user", "content": text}, {"role": "assistant", "content": answer}],
        "quality_score": 0.5,
        "created_at": AS_OF - timedelta(days=10),
        "off_domain": False,
    }
    return fields | changes


def found(*rows: dict[str, Any], by: Rules | None = None) -> list[Candidate]:
    return list(candidates([pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA)], by or rules()))


def reason(by: Rules | None = None, **changes: Any) -> DropReason | None:
    (candidate,) = found(row(**changes), by=by)
    return candidate.reason


def outcomes(all_found: list[Candidate], threshold: float = 0.8) -> dict[str, DropReason | None]:
    return {candidate.id: candidate.reason for candidate in without_duplicates(all_found, threshold)}


def test_a_good_row_is_free_to_be_drawn() -> None:
    assert reason() is None


def test_a_row_off_the_domain_is_refused() -> None:
    assert reason(off_domain=True) is DropReason.OFF_DOMAIN


def test_a_row_judged_wrong_is_refused() -> None:
    assert reason(rules(wrong={"s:1": True})) is DropReason.JUDGED_WRONG


def test_a_row_judged_right_is_not_refused() -> None:
    assert reason(rules(wrong={"s:1": False, "s:2": True})) is None


@pytest.mark.parametrize(
    ("created", "refused"),
    [
        (AS_OF - timedelta(days=30), False),
        (AS_OF - timedelta(days=30, microseconds=1), True),
        (AS_OF, False),
        (AS_OF + timedelta(microseconds=1), True),
        (None, True),
    ],
)
def test_a_row_outside_the_window_is_refused(created: datetime | None, refused: bool) -> None:
    by = rules(oldest=AS_OF - timedelta(days=30))
    assert reason(by, created_at=created) == (DropReason.OUTSIDE_WINDOW if refused else None)


@pytest.mark.parametrize(
    ("source_quality", "row_score", "weight"),
    [(0.8, 0.5, 0.4), (0.8, None, 0.64), (None, 0.5, 0.25), (None, None, 0.25), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)],
)
def test_the_weight_is_the_sources_quality_times_the_rows_own(
    source_quality: float | None, row_score: float | None, weight: float
) -> None:
    (candidate,) = found(row(quality_score=row_score), by=rules(source_quality))
    assert candidate.weight == pytest.approx(weight)


def test_a_refused_row_is_not_compared_with_others() -> None:
    assert found(row(off_domain=True))[0].text is None


def test_of_equal_rows_the_heaviest_stays() -> None:
    rows = [row("s:1", quality_score=0.2), row("s:2", quality_score=0.9), row("s:3", quality_score=0.5)]
    assert outcomes(found(*rows)) == {"s:2": None, "s:1": DropReason.EXACT_DUPLICATE, "s:3": DropReason.EXACT_DUPLICATE}


def test_of_equal_rows_of_equal_weight_the_smaller_id_stays() -> None:
    assert outcomes(found(row("s:2"), row("s:1"))) == {"s:1": None, "s:2": DropReason.EXACT_DUPLICATE}


def test_a_near_duplicate_is_refused_even_from_another_source() -> None:
    rows = [row("a:1"), row("b:1", LONG + " please")]
    assert outcomes(found(*rows)) == {"a:1": None, "b:1": DropReason.NEAR_DUPLICATE}


def test_a_row_does_not_repeat_one_that_was_refused() -> None:
    assert outcomes(found(row("s:1", off_domain=True), row("s:2"))) == {"s:1": DropReason.OFF_DOMAIN, "s:2": None}


def test_the_same_question_with_another_answer_is_no_repetition() -> None:
    answers = [" ".join(f"{name}{number}" for number in range(30)) for name in ("one", "two")]
    assert set(outcomes(found(row("s:1", answer=answers[0]), row("s:2", answer=answers[1]))).values()) == {None}


def test_every_candidate_is_answered_once_and_without_its_fingerprint() -> None:
    answered = without_duplicates(found(row("s:1"), row("s:2"), row("s:3", off_domain=True)), 0.8)
    assert sorted(candidate.id for candidate in answered) == ["s:1", "s:2", "s:3"]
    assert all(candidate.text is None for candidate in answered)


@given(st.lists(st.tuples(WORDS, st.sampled_from([0.25, 0.5, 1.0])), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(texts: list[tuple[str, float]], chance: Any) -> None:
    made = [
        Candidate(f"s:{number}", "public", weight, fingerprint(text)) for number, (text, weight) in enumerate(texts)
    ]
    shuffled = list(made)
    chance.shuffle(shuffled)
    assert outcomes(shuffled) == outcomes(made)


def canaries(model: dict[str, Any], *others: dict[str, Any], threshold: float = 0.8) -> dict[str, Any]:
    """What was expected of the canaries beside `model`, and what came out, where it differs."""
    made, expected = planted("s", "public", rules())
    got = outcomes([*found(model, *others), *made], threshold)
    return {row_id: (want, got[row_id]) for row_id, want in expected.items() if got[row_id] != want}


@given(WORDS, WORDS)
def test_planted_rows_are_refused_whatever_the_rows_beside_them_say(text: str, answer: str) -> None:
    assert canaries(row(text=text, answer=answer)) == {}


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9, 0.97, 0.99])
def test_planted_rows_are_refused_at_every_threshold(threshold: float) -> None:
    assert canaries(row(), threshold=threshold) == {}


@pytest.mark.parametrize("position", [0, 20, 39])
def test_planted_rows_are_refused_beside_near_duplicates(position: int) -> None:
    words = LONG.split()
    words[position] = "changed"
    heavier = row("other:1", " ".join(words), quality_score=1.0)
    assert outcomes(found(row(), heavier))["s:1"] is DropReason.NEAR_DUPLICATE
    assert canaries(row(), heavier) == {}


def test_planted_rows_are_refused_beside_exact_duplicates() -> None:
    assert canaries(row(), row("other:1", quality_score=1.0)) == {}


def test_planted_rows_never_push_out_a_real_one() -> None:
    made, _ = planted("s", "public", rules())
    assert outcomes([*made, *found(row("s:zzz"), row("t:1", "something else"))])["s:zzz"] is None


def test_planted_rows_are_refused_when_no_score_is_known() -> None:
    assert canaries(row(quality_score=None)) == {}


def test_the_check_on_planted_rows_passes_when_all_were_refused() -> None:
    made, expected = planted("s", "public", rules())
    assert canaries_refused(expected, outcomes([*found(row()), *made]), ["s:1"]).passed


@pytest.mark.parametrize("missed", ["s:canary-2-exact", "s:canary-3-near", "s:canary-4-off-domain"])
def test_the_check_on_planted_rows_names_the_one_that_was_not_refused(missed: str) -> None:
    _, expected = planted("s", "public", rules())
    found = canaries_refused(expected, {**expected, missed: None}, [])
    assert not found.passed
    assert found.blocking
    assert missed in found.message


def test_the_check_on_planted_rows_names_the_one_in_the_mix() -> None:
    found = canaries_refused({}, {}, ["s:1", "s:canary-2-exact"])
    assert not found.passed
    assert "planted rows in the mix: s:canary-2-exact" in found.message


def test_of_one_id_on_two_days_the_later_day_counts_in_whatever_order() -> None:
    rows = [row(partition=day, text=day) for day in ("2026-03-02", "2026-03-09", "2026-03-01")]
    for order in (rows, rows[::-1]):
        (candidate,) = newest(found(*order))
        assert candidate.partition == "2026-03-09"


@pytest.mark.parametrize(
    ("flagged", "people", "refused"),
    [(True, False, None), (False, True, DropReason.OFF_DOMAIN), (True, True, DropReason.OFF_DOMAIN)],
)
def test_what_people_say_of_the_domain_counts_and_not_the_classifier(
    flagged: bool, people: bool, refused: DropReason | None
) -> None:
    by = replace(rules(), off_domain={"s:1": people})
    assert reason(by, off_domain=flagged) is refused
