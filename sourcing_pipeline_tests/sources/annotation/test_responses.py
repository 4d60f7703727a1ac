from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.rows import RAW, Drop, DropReason, Example, Message, batches, conform, outcomes
from sourcing_pipeline.sources.annotation.annotators import Standards, Trust, annotators
from sourcing_pipeline.sources.annotation.journal import Planned, rating_key
from sourcing_pipeline.sources.annotation.provider import Answer, Met
from sourcing_pipeline.sources.annotation.responses import met_fraction, rows
from sourcing_pipeline.sources.annotation.rubric_checks import Checks
from sourcing_pipeline_tests.sources.annotation.in_memory import (
    POINTS,
    START,
    journal,
    planned,
    rated,
    skipped,
    written,
)

GOLD = [planned(f"g{n}", "rate", phase="gold", expected=dict.fromkeys(POINTS, "met")) for n in range(2)]
SPAM = [rated(f"g{n}", "spam", POINTS) for n in range(2)]
"""By which `spam` is distrusted."""


def outcomes_of(tasks: Sequence[Planned], answers: Sequence[Answer], checks: Checks = Checks()) -> list[Example | Drop]:
    before = journal([*tasks, *GOLD], [*answers, *SPAM])
    return list(rows("faq", before, Standards(checks, annotators(before, Trust(), checks)), "CC-BY-4.0"))


def outcome_of(task: Planned, *answers: Answer, others: Sequence[Planned] = ()) -> Any:
    (found,) = outcomes_of([task, *others], answers)
    return found


def response_of(found: Any) -> str:
    assert isinstance(found, Example)
    return found.messages[1].content


def rating_of(task: Planned, answer: Answer) -> Planned:
    return planned(rating_key("faq", task, answer), "rate", phase="rating", annotators=2, reserved_usd=5.0)


def test_a_written_response_becomes_a_row() -> None:
    task = planned("k", person_keys=("maria@example.com",))
    found = outcome_of(task, written("k", "anna@example.com", " Open the settings. ", seconds=40.0))
    assert found == Example(
        id="faq:k",
        source="faq",
        strategy="annotated",
        messages=(Message("user", "How do I set up k?"), Message("assistant", "Open the settings.")),
        quality_score=None,
        license="CC-BY-4.0",
        attribution="Annotators",
        created_at=START,
        cost_usd=1.0,
        person_keys=("anna@example.com", "maria@example.com"),
        meta={"phase": "pilot", "origin": "faq.txt line k", "answers": 1, "seconds": 40.0},
    )


def test_a_response_that_was_only_to_be_rated_becomes_a_row() -> None:
    task = planned("k", "rate", annotators=3, reserved_usd=3.0, phase="scale")
    later = START + timedelta(hours=1)
    answers = [rated("k", "anna", ["tone"]), rated("k", "ben"), rated("k", "carla", submitted_at=later)]
    found = outcome_of(task, *answers)
    assert response_of(found) == "So you do k."
    assert (found.created_at, found.cost_usd, found.person_keys) == (later, 3.0, ("anna", "ben", "carla"))
    assert found.quality_score == pytest.approx((0.8 + 1 + 1) / 3)


def test_a_task_without_answers_waits() -> None:
    assert outcome_of(planned("k", person_keys=("maria",))) == Drop(
        "faq:k", DropReason.AWAITING_ANNOTATORS, person_keys=("maria",)
    )


def test_a_task_that_some_skipped_waits_for_the_others() -> None:
    two = planned("k", annotators=2, reserved_usd=2.0)
    assert outcome_of(two, skipped("k", "anna")) == Drop(
        "faq:k", DropReason.AWAITING_ANNOTATORS, "skipped by 1 of 2", person_keys=("anna",)
    )
    assert outcome_of(two, skipped("k", "anna"), written("k", "ben", "")) == Drop(
        "faq:k", DropReason.SKIPPED_BY_ANNOTATORS, "skipped by 2", person_keys=("anna", "ben")
    )


def test_answers_of_distrusted_annotators_are_not_used() -> None:
    task = planned("k", annotators=2, reserved_usd=2.0)
    found = outcome_of(task, written("k", "spam"))
    assert (found.reason, found.detail) == (
        DropReason.ANNOTATOR_NOT_TRUSTED,
        "1 answers, none of them by an annotator who gets the gold questions right",
    )
    assert found.person_keys == ("spam",)
    assert response_of(outcome_of(task, written("k", "spam", "Spam."), written("k", "ben", "So."))) == "So."


def test_ratings_of_distrusted_annotators_are_not_used() -> None:
    task = planned("k", "rate", annotators=2, reserved_usd=2.0)
    assert outcome_of(task, rated("k", "spam", POINTS), rated("k", "ben")).quality_score == 1
    answer = written("k", "anna")
    write, rating = planned("k"), rating_of(planned("k"), answer)
    answers = [answer, rated(rating.task.key, "spam", POINTS), rated(rating.task.key, "ben")]
    assert outcome_of(write, *answers, others=[rating]).quality_score == 1


def test_a_response_that_fails_an_automatic_check_is_not_used() -> None:
    found = outcome_of(planned("k"), written("k", "anna", "word " * 200))
    assert (found.reason, found.detail) == (DropReason.RUBRIC_FAILED, "of 1: concise (1)")
    task = planned("k", "rate")
    wordy = replace(task, task=replace(task.task, response="word " * 200))
    found = outcome_of(wordy, rated("k", "anna"))
    assert (found.reason, found.detail) == (DropReason.RUBRIC_FAILED, "concise")
    assert isinstance(outcomes_of([wordy], [rated("k", "anna")], Checks(words=None))[0], Example)


@pytest.mark.parametrize(
    ("one", "other", "detail"),
    [
        (["tone", "sources"], ["tone"], "sources, tone"),
        (["tone"], [], "tone"),
        ([], [], None),
    ],
)
def test_a_response_is_used_when_more_ratings_say_met_of_each_point(
    one: list[str], other: list[str], detail: str | None
) -> None:
    found = outcome_of(planned("k", "rate", annotators=2), rated("k", "anna", one), rated("k", "ben", other))
    assert (found.detail if isinstance(found, Drop) else None) == detail
    answer = written("k", "anna")
    rating = rating_of(planned("k"), answer)
    key = rating.task.key
    found = outcome_of(planned("k"), answer, rated(key, "ben", one), rated(key, "carla", other), others=[rating])
    assert isinstance(found, Drop) == (detail is not None)


def test_points_that_do_not_apply_do_not_fail_a_response_and_lower_no_score() -> None:
    answer = replace(rated("k", "anna"), points={"sources": "does_not_apply", "tone": "met"})
    assert outcome_of(planned("k", "rate"), answer).quality_score == 1
    nothing = replace(answer, points={"sources": "does_not_apply"})
    assert outcome_of(planned("k", "rate"), nothing).quality_score is None


def test_the_best_rated_response_is_used_and_all_is_paid_for() -> None:
    task = planned("k", annotators=3, reserved_usd=3.0)
    answers = [written("k", by, f"By {by}.", submitted_at=START + timedelta(hours=n)) for n, by in enumerate("abc")]
    tasks = [rating_of(task, answer) for answer in answers]
    keys = [one.task.key for one in tasks]
    ratings = [
        *(rated(keys[0], by, ["tone"] if by == "x" else []) for by in "xyz"),
        *(rated(keys[1], by) for by in "xy"),
        rated(keys[2], "x", POINTS),
        skipped(keys[2], "y"),
    ]
    found = outcome_of(task, *answers, *ratings, others=tasks)
    assert response_of(found) == "By b."
    assert (found.quality_score, found.created_at) == (1, START + timedelta(hours=1))
    assert found.cost_usd == 3 * 1.0 + 6 * 2.5
    assert found.meta["answers"] == 3


def test_of_equal_responses_the_earliest_is_used() -> None:
    task = planned("k", annotators=2, reserved_usd=2.0)
    answers = [written("k", by, f"By {by}.", submitted_at=START - timedelta(hours=n)) for n, by in enumerate("ab")]
    assert response_of(outcome_of(task, *answers)) == "By b."


def test_of_equal_responses_the_more_accurate_annotators_is_used() -> None:
    tasks = [planned(f"r{n}", "rate", phase="rating") for n in range(40)]
    answers = []
    for n in range(40):
        failing = ["tone"] if n % 2 else []
        answers += [rated(f"r{n}", by, failing) for by in ("anna", "ben", "carla")]
        answers.append(rated(f"r{n}", "dora", [POINTS[n % 5], POINTS[n * 3 % 5]]))
    task = planned("k", annotators=2, reserved_usd=2.0)
    both = [
        written("k", "dora", "By dora."),
        written("k", "anna", "By anna.", submitted_at=START + timedelta(hours=1)),
    ]
    assert response_of(outcome_of(task, *both, *answers, others=tasks)) == "By anna."
    assert response_of(outcome_of(task, *both)) == "By dora."


def test_ratings_of_what_an_annotator_wrote_before_are_not_used_for_what_it_was_changed_to() -> None:
    task, before = planned("k"), written("k", "anna", "Hm.")
    rating = rating_of(task, before)
    now = replace(before, response="So.")
    found = outcome_of(task, now, rated(rating.task.key, "ben", POINTS), others=[rating])
    assert (response_of(found), found.quality_score) == ("So.", None)


def test_ratings_gold_and_nobody_elses_tasks_become_no_rows() -> None:
    rating = planned("r", "rate", phase="rating")
    assert outcomes_of([rating], [rated("r", "anna")]) == []


def test_meta_names_no_person() -> None:
    task = planned("k", person_keys=("maria@example.com",))
    found = outcome_of(task, written("k", "anna@example.com", note="call me, carla@example.com"))
    assert "example.com" not in str(found.meta)
    assert "example.com" not in str(found.messages)


@given(st.lists(st.lists(st.sampled_from(["met", "not_met", "does_not_apply"]), max_size=5), max_size=4))
def test_the_share_of_points_met_is_a_share_or_nothing(said: list[list[Met]]) -> None:
    answers = [replace(rated("k", "anna"), points=dict(zip(POINTS, one, strict=False))) for one in said]
    found = met_fraction(answers)
    applying = [one for one in said if set(one) - {"does_not_apply"}]
    assert (found is None) == (not applying)
    assert found is None or 0 <= found <= 1


ANSWERS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(["anna", "ben", "spam"]),
        st.sampled_from(["So.", "", "word " * 200]),
        st.booleans(),
        st.sets(st.sampled_from(POINTS)),
    ),
    max_size=20,
)


@given(ANSWERS, st.lists(st.sampled_from(["write", "rate"]), min_size=6, max_size=6))
def test_each_task_of_the_pilot_and_at_large_has_exactly_one_outcome(
    given_: list[tuple[int, str, str, bool, set[str]]], kinds: list[Any]
) -> None:
    tasks = [
        planned(f"k{n}", kind, annotators=2, reserved_usd=2.0, phase="pilot" if n % 2 else "scale")
        for n, kind in enumerate(kinds)
    ]
    answers = []
    for number, (n, by, text, skip, failing) in enumerate(given_):
        answer = written(f"k{n}", by, text) if kinds[n] == "write" else rated(f"k{n}", by, sorted(failing))
        answers.append(replace(answer, id=f"{number}", skipped=skip))
    found = outcomes_of(tasks, answers)
    ids = [row["id"] for batch in batches(found) for row in conform(batch, outcomes(RAW), "faq").to_pylist()]
    assert ids == [f"faq:k{n}" for n in range(6)]
    for one in found:
        about = {answer.annotator for answer in answers if f"faq:{answer.task_key}" == one.id}
        assert set(one.person_keys) == about
