from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.rows import conform
from sourcing_pipeline.sources.annotation.annotators import (
    LABELS,
    Annotator,
    Standards,
    Trust,
    annotators,
    annotators_markdown,
    code,
    labels,
)
from sourcing_pipeline.sources.annotation.findings import annotators_trusted, provider_reached, within_budget
from sourcing_pipeline.sources.annotation.journal import Journal, Planned
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


def known(before: Journal, **trust: float) -> dict[str, Annotator]:
    return annotators(before, Trust.model_validate(trust), Checks())


def gold(numbers: Sequence[int]) -> list[Planned]:
    """Gold questions of five points, all of which are met."""
    return [planned(n, "rate", phase="gold", expected=dict.fromkeys(POINTS, "met")) for n in numbers]


def test_gold_accuracy_is_the_share_of_gold_points_that_are_right() -> None:
    answers = [rated("1", "anna"), rated("2", "anna", ["tone"]), rated("1", "ben", POINTS)]
    found = known(journal(gold([1, 2]), answers))
    assert [(found[who].gold_right, found[who].gold) for who in ("anna", "ben")] == [(9, 10), (0, 5)]


def test_points_that_a_gold_question_does_not_ask_for_and_skipped_ones_do_not_count() -> None:
    task = planned("1", "rate", phase="gold", expected={"tone": "not_met"})
    found = known(journal([task, *gold([2])], [rated("1", "anna", ["tone", "sources"]), skipped("2", "anna")]))
    assert (found["anna"].gold_right, found["anna"].gold) == (1, 1)


def test_annotators_are_distrusted_only_after_as_many_gold_points_as_the_recipe_asks() -> None:
    answers = [rated("1", "spam", POINTS), rated("2", "spam", POINTS)]
    assert known(journal(gold([1, 2]), answers[:1]))["spam"].trusted
    assert not known(journal(gold([1, 2]), answers))["spam"].trusted
    assert not known(journal(gold([1, 2]), answers[:1]), after=5)["spam"].trusted


@pytest.mark.parametrize(("wrong", "trusted"), [(3, True), (4, False)])
def test_exactly_the_asked_accuracy_is_enough(wrong: int, trusted: bool) -> None:
    answers = [rated("1", "anna", POINTS[: min(wrong, 5)]), rated("2", "anna")]
    assert known(journal(gold([1, 2]), answers), min_gold_accuracy=0.7)["anna"].trusted == trusted


def test_a_second_answer_to_the_same_gold_question_replaces_the_first() -> None:
    answers = [rated("1", "anna", POINTS), rated("1", "anna", id="b", submitted_at=START + timedelta(1))]
    found = known(journal(gold([1]), answers))["anna"]
    assert (found.gold_right, found.gold, found.answers) == (5, 5, 1)


def test_answers_skips_times_and_failed_checks_are_counted() -> None:
    tasks = [planned(n) for n in range(5)]
    answers = [
        written("0", "anna", seconds=10.0),
        written("1", "anna", "word " * 200, seconds=30.0),
        written("2", "anna", " ", seconds=500.0),
        skipped("3", "anna"),
        written("4", "anna", seconds=None),
        written("0", "ben", seconds=None),
    ]
    found = known(journal(tasks, answers))
    assert replace(found["anna"], code="") == Annotator("", 3, 2, 30.0, 0, 0, None, None, 1, True)
    assert found["ben"].seconds is None


def test_skill_tells_who_answers_at_random() -> None:
    tasks = [planned(n, "rate") for n in range(40)]
    answers = []
    for n in range(40):
        failing = ["tone"] if n % 2 else []
        answers += [rated(str(n), by, failing) for by in ("anna", "ben", "carla")]
        answers.append(rated(str(n), "spam", [POINTS[n % 5], POINTS[n * 3 % 5]]))
    found = known(journal(tasks, answers))
    assert found["spam"].skill is not None
    assert all((found[who].skill or 0) > found["spam"].skill + 0.2 for who in ("anna", "ben", "carla"))
    assert (found["anna"].agreement or 0) > (found["spam"].agreement or 1)


def test_where_each_answer_is_by_somebody_of_its_own_all_are_trusted_and_nothing_is_estimated() -> None:
    """As of Scale, which does not tell who answered."""
    answers = [replace(rated(f"{n % 8}", "x", POINTS), id=f"s{n}", annotator=f"s{n}") for n in range(24)]
    found = known(journal(gold(range(8)), answers))
    assert len(found) == 24
    assert all(one.trusted and one.skill is None and one.agreement is None for one in found.values())


def test_standards_leave_out_what_is_blank_and_by_whom_is_not_trusted() -> None:
    answers = [rated("1", "spam", POINTS), rated("2", "spam", POINTS), rated("1", "anna"), skipped("2", "anna")]
    before = journal(gold([1, 2]), answers)
    assert Standards(Checks(), known(before)).trusted(before.answers) == [rated("1", "anna")]


def test_the_ledger_has_one_row_for_each_answer_and_sums_to_what_was_paid() -> None:
    tasks = [planned("a"), planned("b", "rate", annotators=2, reserved_usd=3.0)]
    answers = [
        written("a", "anna@example.com"),
        written("a", "anna@example.com", id="twice"),
        rated("b", "ben@example.com"),
        skipped("b", "anna@example.com"),
    ]
    batch = labels(journal(tasks, answers))
    rows = batch.to_pylist()
    assert batch.schema == LABELS
    assert sum(row["cost_usd"] for row in rows) == 1.0 + 1.0 + 1.5
    assert len({row["id"] for row in rows}) == 4
    assert sorted(row["skipped"] for row in rows) == [False, False, False, True]
    assert {(row["task"], row["kind"], row["phase"], row["partition"]) for row in rows} == {
        ("a", "write", "pilot", "all"),
        ("b", "rate", "pilot", "all"),
    }
    assert "example.com" not in str(rows)


def test_the_ledger_of_a_campaign_without_answers_is_empty() -> None:
    assert conform(labels(journal([planned("a")])), LABELS, "labels").num_rows == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abc"), st.booleans()), unique_by=lambda one: one[:2]))
def test_the_ledgers_cost_is_the_price_of_every_answer_that_was_not_skipped(
    given_: list[tuple[int, str, bool]],
) -> None:
    answers = [skipped(f"{n}", by) if skip else written(f"{n}", by) for n, by, skip in given_]
    batch = labels(journal([planned(n, reserved_usd=0.5) for n in range(5)], answers))
    assert batch.num_rows == len(given_)
    assert sum(batch.column("cost_usd").to_pylist()) == 0.5 * sum(not skip for _, _, skip in given_)


def test_annotators_are_shown_by_their_codes_the_distrusted_first() -> None:
    before = journal(
        gold([1, 2]),
        [
            rated(n, by, failing)
            for n in "12"
            for by, failing in (("spam@example.com", POINTS), ("anna@example.com", ()))
        ],
    )
    text = annotators_markdown(known(before))
    assert text.splitlines()[2] == f"| {code('spam@example.com')} | 2 | 0 | 30 | 0 of 10 | 0% | – | 0 | no |"
    assert text.splitlines()[3].startswith(f"| {code('anna@example.com')} | 2 | 0 | 30 | 10 of 10 | ")
    assert "example.com" not in text
    assert annotators_markdown({}) == "nobody has answered yet"


def test_of_many_annotators_some_are_shown() -> None:
    before = journal([planned(n) for n in range(80)], [written(str(n), f"s{n}") for n in range(80)])
    text = annotators_markdown(known(before))
    assert "30 more" in text
    assert len(text.splitlines()) < 60


def test_the_check_of_annotators_names_codes_and_not_too_many() -> None:
    assert annotators_trusted("faq", {}, Trust()).passed
    answers = [rated(f"{n}", f"spam{by}@example.com", POINTS) for n in (1, 2) for by in range(30)]
    found = annotators_trusted("faq", known(journal(gold([1, 2]), answers)), Trust())
    assert (found.passed, found.blocking) == (False, False)
    assert "30 of 30 annotators" in found.message
    assert "(0 of 10) and 20 more. Talk to the provider" in found.message
    assert "example.com" not in found.message


def test_the_check_of_the_provider_says_how_old_the_answers_are_and_what_waits() -> None:
    before = journal([planned(1), planned(2, sent=False)], [written("1", "anna")])
    assert provider_reached("faq", "surge", before, None).passed
    found = provider_reached("faq", "surge", before, "Surge is down.")
    assert (found.passed, found.blocking) == (False, False)
    assert "the latest is of 2026-03-01 09:00 UTC. 1 tasks wait to be sent" in found.message
    assert found.message.endswith("Surge is down.")
    assert "there is none." in provider_reached("faq", "surge", journal([]), "Surge is down.").message


def test_the_check_of_the_budget_fails_when_the_tasks_cost_more_by_the_terms_of_now() -> None:
    before = journal([planned(1), planned(2)])
    assert within_budget("faq", before, 2.0, 2.0).passed
    found = within_budget("faq", before, 4.0, 2.0)
    assert (found.passed, found.blocking) == (False, False)
    assert "2 tasks cost $4.00 at most, of $2.00" in found.message
    assert "sources.faq.budget_usd" in found.message
