from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sources.annotation.gold import Gold
from sourcing_pipeline.sources.annotation.instructions import Instruction
from sourcing_pipeline.sources.annotation.journal import Journal, Planned, sent
from sourcing_pipeline.sources.annotation.plan import ROUNDING_USD, Wanted, masked, plan
from sourcing_pipeline.sources.annotation.provider import Answer
from sourcing_pipeline_tests.sources.annotation.in_memory import START, journal, planned, rated, skipped, written

GOLD = [Gold(f"Gold {number}?", "So.", {"tone": "met"}, f"gold.csv line {number}") for number in range(40)]
WANTED = st.builds(
    Wanted,
    campaign=st.just("faq"),
    kind=st.sampled_from(["write", "rate"]),
    price_usd=st.sampled_from([0.1, 0.5, 1.0, 2.0, 0.37]),
    budget_usd=st.floats(0.1, 80),
    annotators=st.integers(1, 3),
    pilot_size=st.integers(1, 8),
    pilot_annotators=st.integers(2, 3),
    gold_fraction=st.floats(0, 0.5),
)
ASKED = st.lists(st.integers(0, 30), max_size=25)


def wanted(**changes: Any) -> Wanted:
    return replace(Wanted("faq", "write", 1.0, 1000.0, 1, 50, 2, 0.0), **changes)


def asked(numbers: Sequence[int], rating: bool = False) -> list[Instruction]:
    return [Instruction(f"How is {n}?", f"faq.csv line {n}", f"So {n}." if rating else None) for n in numbers]


def after(before: Journal, tasks: Sequence[Planned], answers: Sequence[Answer] = ()) -> Journal:
    """The journal when `tasks` were sent too, and `answers` came."""
    return journal([*before.tasks.values(), *sent(tasks)], [*before.answers, *answers])


NOTHING = journal([])


def test_the_pilot_is_sent_first_and_nothing_of_the_rest_before_it_passed() -> None:
    found = plan(wanted(), asked(range(60)), [], NOTHING, open_to_all=False)
    assert [one.origin for one in found.tasks] == [f"faq.csv line {n}" for n in range(50)]
    assert {one.phase for one in found.tasks} == {"pilot"}
    assert all(one.in_pilot for one in found.tasks)
    assert (found.waiting_for_pilot, found.over_budget) == (10, 0)
    again = plan(wanted(), asked(range(60)), [], after(NOTHING, found.tasks), open_to_all=False)
    assert (again.tasks, again.waiting_for_pilot) == ((), 10)


def test_the_rest_is_sent_when_the_pilot_has_passed() -> None:
    pilot = plan(wanted(), asked(range(60)), [], NOTHING, open_to_all=False)
    rest = plan(wanted(), asked(range(60)), [], after(NOTHING, pilot.tasks), open_to_all=True)
    assert [one.origin for one in rest.tasks] == [f"faq.csv line {n}" for n in range(50, 60)]
    assert {(one.phase, one.in_pilot) for one in rest.tasks} == {("scale", False)}
    assert rest.waiting_for_pilot == 0


def test_a_pilot_that_began_with_few_instructions_goes_on_with_later_ones() -> None:
    pilot = plan(wanted(), asked(range(30)), [], NOTHING, open_to_all=False)
    more = plan(wanted(), asked(range(60)), [], after(NOTHING, pilot.tasks), open_to_all=False)
    assert [one.phase for one in more.tasks] == ["pilot"] * 20


def test_what_is_written_in_the_pilot_is_written_once_and_rated_by_several() -> None:
    pilot = plan(wanted(), asked([1, 2]), [], NOTHING, open_to_all=False).tasks
    key = pilot[0].task.key
    found = plan(wanted(), [], [], after(NOTHING, pilot, [written(key, "anna", "So.")]), open_to_all=False).tasks
    assert [(one.task.kind, one.task.instruction, one.task.response) for one in found] == [("rate", "How is 1?", "So.")]
    assert [(one.phase, one.annotators, one.reserved_usd, one.in_pilot) for one in found] == [("rating", 2, 2.0, True)]
    assert [one.annotators for one in pilot] == [1, 1]


def test_every_response_that_is_written_in_the_pilot_is_rated_once() -> None:
    terms = wanted(annotators=2)
    before = after(NOTHING, plan(terms, asked([1]), [], NOTHING, open_to_all=False).tasks)
    key = next(iter(before.tasks))
    rounds = [[written(key, "anna", "So.")], [written(key, "ben", "Or so.", submitted_at=START + timedelta(1))], []]
    responses = []
    for answers in rounds:
        before = after(before, (), answers)
        found = plan(terms, asked([1]), [], before, open_to_all=False).tasks
        responses.append([one.task.response for one in found])
        before = after(before, found)
    assert responses == [["So."], ["Or so."], []]


def test_a_response_that_was_changed_is_rated_anew() -> None:
    before = after(NOTHING, plan(wanted(), asked([1]), [], NOTHING, open_to_all=False).tasks)
    key = next(iter(before.tasks))
    before = journal([*before.tasks.values()], [written(key, "anna", "So.")])
    before = after(before, plan(wanted(), [], [], before, open_to_all=False).tasks)
    before = journal([*before.tasks.values()], [written(key, "anna", "Better so.")])
    assert [one.task.response for one in plan(wanted(), [], [], before, open_to_all=False).tasks] == ["Better so."]


def test_what_was_skipped_left_blank_or_written_at_large_is_not_rated() -> None:
    tasks = [planned("a"), planned("b"), planned("c", phase="scale", in_pilot=False)]
    answers = [skipped("a", "anna"), written("b", "anna", " "), written("c", "anna")]
    assert plan(wanted(), [], [], journal(tasks, answers), open_to_all=True).tasks == ()


def test_a_rating_names_nobody_and_is_about_who_wrote_and_who_asked() -> None:
    task = planned("a", person_keys=("maria@example.com",))
    (found,) = plan(wanted(), [], [], journal([task], [written("a", "anna@example.com")]), open_to_all=False).tasks
    assert found.person_keys == ("anna@example.com", "maria@example.com")
    assert "anna" not in found.origin


def test_in_a_campaign_of_rating_the_pilot_is_rated_by_several() -> None:
    terms = wanted(kind="rate", pilot_size=2)
    found = plan(terms, asked(range(4), rating=True), [], NOTHING, open_to_all=True).tasks
    assert [(one.phase, one.annotators, one.reserved_usd) for one in found] == [
        ("pilot", 2, 2.0),
        ("pilot", 2, 2.0),
        ("scale", 1, 1.0),
        ("scale", 1, 1.0),
    ]
    many = replace(terms, annotators=3)
    assert {one.annotators for one in plan(many, asked([1], rating=True), [], NOTHING, False).tasks} == {3}


def test_a_task_is_about_the_people_of_its_instruction() -> None:
    one = Instruction("How?", "tickets:1", person_keys=("maria@example.com",))
    assert [task.person_keys for task in plan(wanted(), [one], [], NOTHING, False).tasks] == [("maria@example.com",)]


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.3, 0.5])
def test_gold_questions_are_the_share_of_all_tasks_that_the_recipe_asks_for(fraction: float) -> None:
    terms = wanted(gold_fraction=fraction, pilot_size=20)
    found = plan(terms, asked(range(40)), GOLD, NOTHING, open_to_all=True).tasks
    for end in range(1, len(found) + 1):
        gold = sum(one.phase == "gold" for one in found[:end])
        assert fraction * end - 1 < gold < fraction * end + 1


def test_gold_is_asked_by_the_form_of_the_task_that_it_stands_beside() -> None:
    terms = wanted(gold_fraction=0.5, pilot_size=2, pilot_annotators=3)
    found = plan(terms, asked(range(4)), GOLD, NOTHING, open_to_all=True).tasks
    gold = [(one.task.kind, one.in_pilot, one.annotators, one.reserved_usd) for one in found if one.phase == "gold"]
    assert gold == [("rate", True, 3, 3.0), ("rate", True, 3, 3.0), ("rate", False, 1, 1.0), ("rate", False, 1, 1.0)]
    assert all(one.expected == {"tone": "met"} for one in found if one.phase == "gold")


def test_a_gold_question_is_asked_once_though_it_is_listed_twice_or_asked_for_too() -> None:
    terms = wanted(kind="rate", gold_fraction=0.5)
    twice = [GOLD[0], GOLD[0], GOLD[1]]
    same = Instruction(GOLD[0].instruction, "faq.csv line 1", GOLD[0].response)
    found = plan(terms, [same, *asked(range(9), rating=True)], twice, NOTHING, open_to_all=True).tasks
    assert sorted(one.task.instruction for one in found if one.phase == "gold") == ["Gold 0?", "Gold 1?"]
    assert max(Counter(one.task.key for one in found).values()) == 1


def test_no_gold_question_is_sent_alone() -> None:
    assert plan(wanted(gold_fraction=0.5), [], GOLD, NOTHING, open_to_all=True).tasks == ()
    terms = wanted(gold_fraction=0.5, kind="rate", budget_usd=2.0)
    assert plan(terms, asked([1], rating=True), GOLD, NOTHING, open_to_all=True).tasks == ()


def test_the_first_task_that_does_not_fit_the_budget_ends_the_plan() -> None:
    terms = wanted(kind="rate", pilot_size=1, budget_usd=4.5)
    found = plan(terms, asked(range(9), rating=True), [], NOTHING, open_to_all=True)
    assert [one.reserved_usd for one in found.tasks] == [2.0, 1.0, 1.0]
    assert (found.over_budget, found.waiting_for_pilot) == (6, 0)


def test_what_is_written_in_the_pilot_leaves_enough_to_have_it_rated() -> None:
    terms = wanted(budget_usd=10.0)
    before = after(NOTHING, plan(terms, asked(range(50)), [], NOTHING, open_to_all=False).tasks)
    assert len(before.tasks) == 3
    answers = [written(key, "anna", f"So {key}") for key in before.tasks]
    before = after(before, (), answers)
    ratings = plan(terms, asked(range(50)), [], before, open_to_all=False)
    assert [one.phase for one in ratings.tasks] == ["rating"] * 3
    assert ratings.over_budget == 47


def test_money_for_ratings_is_free_again_when_a_task_was_skipped() -> None:
    terms = wanted(budget_usd=4.0)
    before = after(NOTHING, plan(terms, asked(range(9)), [], NOTHING, open_to_all=False).tasks)
    assert len(before.tasks) == 1
    assert plan(terms, asked(range(9)), [], before, open_to_all=False).tasks == ()
    before = after(before, (), [skipped(next(iter(before.tasks)), "anna")])
    assert len(plan(terms, asked(range(9)), [], before, open_to_all=False).tasks) == 1


def test_a_lower_budget_and_a_higher_price_send_nothing_more() -> None:
    before = after(NOTHING, plan(wanted(pilot_size=5), asked(range(20)), [], NOTHING, open_to_all=True).tasks)
    for terms in (wanted(budget_usd=19.0), wanted(budget_usd=30.0, price_usd=2.0), wanted(budget_usd=30, annotators=2)):
        found = plan(terms, asked(range(40)), [], before, open_to_all=True)
        assert (found.tasks, found.over_budget) == ((), 20)


def test_tasks_of_which_nobody_knows_whether_they_were_sent_count() -> None:
    unsent = [planned(number, phase="scale", in_pilot=False, sent=False) for number in range(5)]
    found = plan(wanted(budget_usd=7.0, pilot_size=1), asked(range(9)), [], journal(unsent), open_to_all=True)
    assert sum(one.reserved_usd for one in found.tasks) <= 2


def test_tasks_that_were_erased_count() -> None:
    before = replace(journal([]), erased_usd=998.0)
    found = plan(wanted(pilot_size=1), asked(range(9)), [], before, open_to_all=True)
    assert sum(one.reserved_usd for one in found.tasks) <= 2


def test_a_task_is_not_asked_again_when_the_masker_changes_what_it_masks() -> None:
    def hiding(word: str) -> list[Planned]:
        found = plan(wanted(), [Instruction("I am Maria of Bonn. How?", "faq.txt line 1")], [], NOTHING, False).tasks
        return masked(found, lambda texts: [[text.replace(word, "[…]") for text in some] for some in texts])

    first, second = hiding("Maria"), hiding("Bonn")
    assert first[0].task.instruction == "I am […] of Bonn. How?"
    assert first[0].task.key == second[0].task.key
    again = plan(wanted(), [Instruction("I am Maria of Bonn. How?", "x")], [], after(NOTHING, first), False)
    assert again.tasks == ()


def test_a_response_is_rated_once_also_when_it_and_its_instruction_are_masked() -> None:
    def masks(texts: Sequence[Sequence[str]]) -> list[list[str]]:
        return [[text.replace("Maria", "[NAME]") for text in some] for some in texts]

    found = plan(wanted(), [Instruction("I am Maria. How?", "faq.txt line 1")], [], NOTHING, False).tasks
    before = after(NOTHING, masked(found, masks))
    before = after(before, (), [written(found[0].task.key, "anna", "Dear Maria, so.")])
    ratings = masked(plan(wanted(), [], [], before, False).tasks, masks)
    assert [(one.task.instruction, one.task.response) for one in ratings] == [("I am [NAME]. How?", "Dear [NAME], so.")]
    assert plan(wanted(), [], [], after(before, ratings), False).tasks == ()


def test_nothing_is_masked_when_nothing_is_planned() -> None:
    def masks(texts: Sequence[Sequence[str]]) -> list[list[str]]:
        raise AssertionError

    assert masked([], masks) == []


def answered(before: Journal, choose: Any) -> list[Answer]:
    """Answers to some tasks that are not answered yet."""
    found: list[Answer] = []
    for key, one in before.tasks.items():
        for by in ("anna", "ben", "carla")[: one.annotators]:
            if all(answer.annotator != by for answer in before.by_task[key]) and choose.random() < 0.5:
                made = (
                    written(key, by, f"{by} says {choose.randrange(3)}") if one.task.kind == "write" else rated(key, by)
                )
                found.append(skipped(key, by) if choose.random() < 0.2 else made)
    return found


@given(
    terms=WANTED,
    rounds=st.lists(st.tuples(ASKED, st.booleans(), st.floats(0.1, 80), st.sampled_from([0.1, 1.0, 2.0])), max_size=6),
    choose=st.randoms(use_true_random=False),
)
def test_over_any_rounds_no_task_is_planned_twice_and_the_budget_is_never_exceeded(
    terms: Wanted, rounds: list[tuple[list[int], bool, float, float]], choose: Any
) -> None:
    before = NOTHING
    for numbers, open_to_all, budget, price in rounds:
        terms = replace(terms, budget_usd=budget, price_usd=price)
        spent = terms.reserved_usd(before)
        found = plan(terms, asked(numbers, rating=terms.kind == "rate"), GOLD, before, open_to_all)
        keys = [one.task.key for one in found.tasks]
        assert len(set(keys)) == len(keys)
        assert not set(keys) & before.tasks.keys()
        if found.tasks:
            assert spent + sum(one.reserved_usd for one in found.tasks) <= budget + ROUNDING_USD
        if not open_to_all:
            assert "scale" not in {one.phase for one in found.tasks}
        before = after(before, found.tasks)
        assert len(before.of_phase("pilot")) <= terms.pilot_size
        for one in found.tasks:
            assert one.annotators == terms.people(one.task.kind, one.in_pilot)
            assert one.reserved_usd == one.annotators * price
        before = after(before, (), answered(before, choose))


@given(WANTED, ASKED, st.booleans(), st.randoms(use_true_random=False))
def test_every_instruction_is_planned_waits_or_is_over_the_budget(
    terms: Wanted, numbers: list[int], open_to_all: bool, choose: Any
) -> None:
    found = plan(terms, asked(numbers, rating=terms.kind == "rate"), GOLD, NOTHING, open_to_all)
    here = sum(one.phase != "gold" for one in found.tasks)
    assert here + found.waiting_for_pilot + found.over_budget == len(set(numbers))
