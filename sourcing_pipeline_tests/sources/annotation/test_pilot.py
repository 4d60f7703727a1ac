from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from sourcing_pipeline.sources.annotation.annotators import Standards, Trust, annotators
from sourcing_pipeline.sources.annotation.findings import pilot_passed
from sourcing_pipeline.sources.annotation.journal import Journal, Planned, rating_key
from sourcing_pipeline.sources.annotation.pilot import Pilot, PilotReport, pilot_markdown, pilot_report
from sourcing_pipeline.sources.annotation.provider import Answer
from sourcing_pipeline.sources.annotation.rubric import read_rubric
from sourcing_pipeline.sources.annotation.rubric_checks import Checks
from sourcing_pipeline_tests.sources.annotation.in_memory import START, journal, planned, rated, skipped, written

RUBRIC = read_rubric(None).points


def report(before: Journal, trust: Trust = Trust(), **config: Any) -> PilotReport:
    standards = Standards(Checks(), annotators(before, trust, Checks()))
    return pilot_report("faq", before, RUBRIC, Pilot(**config), standards)


def to_rate(numbers: Sequence[int], **changes: Any) -> list[Planned]:
    return [planned(number, "rate", annotators=2, reserved_usd=2.0, **changes) for number in numbers]


def by_two(
    numbers: Iterable[int | str], failing: Sequence[str] = (), other: Sequence[str] | None = None
) -> list[Answer]:
    """Ratings by two people, the same unless the `other` finds other points failing."""
    more = failing if other is None else other
    return [one for n in numbers for one in (rated(str(n), "anna", failing), rated(str(n), "ben", more))]


def with_rating(task: Planned, answer: Answer) -> Planned:
    """The task that rates what was written in the pilot."""
    key = rating_key("faq", task, answer)
    return planned(key, "rate", phase="rating", annotators=2, reserved_usd=2.0, origin=f"answer to {task.task.key}")


def test_a_pilot_that_was_never_sent_waits() -> None:
    found = report(journal([]))
    assert (found.state, found.size, found.open_to_all, found.problems) == ("waiting", 0, False, ())


def test_a_pilot_waits_until_as_many_people_have_rated_each_response_as_are_asked() -> None:
    tasks = to_rate([1, 2])
    answers = [*by_two([1]), rated("2", "anna")]
    found = report(journal(tasks, answers))
    assert (found.state, found.size, found.answered, found.rated) == ("waiting", 2, 2, 1)
    assert report(journal(tasks, [*answers, rated("2", "anna", id="again")])).state == "waiting"
    assert report(journal(tasks, [*answers, rated("2", "ben")])).state == "passed"


def test_a_pilot_in_which_all_say_the_same_passes() -> None:
    found = report(journal(to_rate([1, 2]), by_two([1, 2])))
    assert (found.state, found.agreement.alpha, found.agreement.percent) == ("passed", None, 1.0)
    assert found.open_to_all


def test_a_pilot_of_writing_waits_for_its_responses_to_be_rated() -> None:
    task, answer = planned("a"), written("a", "anna")
    rating = with_rating(task, answer)
    assert report(journal([task])).state == "waiting"
    assert report(journal([task], [answer])).state == "waiting"
    assert report(journal([task, rating], [answer])).state == "waiting"
    found = report(journal([task, rating], [answer, *by_two([rating.task.key])]))
    assert (found.state, found.answered, found.rated) == ("passed", 1, 1)


def test_a_response_that_was_changed_after_it_was_rated_is_waited_for_again() -> None:
    task, answer = planned("a"), written("a", "anna")
    rating = with_rating(task, answer)
    changed = replace(answer, response="Better so.")
    found = report(journal([task, rating], [changed, *by_two([rating.task.key])]))
    assert (found.state, found.rated, found.agreement.items) == ("waiting", 0, 0)


def test_a_later_response_to_the_same_task_does_not_make_a_pilot_wait_again() -> None:
    task, answer = planned("a", annotators=2), written("a", "anna")
    rating = with_rating(task, answer)
    late = written("a", "ben", "Or so.", submitted_at=START + timedelta(days=9))
    assert report(journal([task, rating], [answer, late, *by_two([rating.task.key])])).state == "passed"


def test_low_agreement_fails_the_pilot() -> None:
    found = report(journal(to_rate(range(10)), by_two(range(10), ["tone", "complete"], ["sources", "concise"])))
    assert found.state == "failed"
    assert found.agreement.alpha is not None
    assert found.agreement.alpha < 0
    assert "Krippendorff's alpha is -" in found.problems[0]
    assert "20% of the time" in found.problems[0]
    assert "at least 0.667 is asked for" in found.problems[0]


def test_a_point_that_people_find_failing_too_often_fails_the_pilot() -> None:
    answers = [*by_two([1, 2, 3], ["sources"]), *by_two([4, 5, 6, 7])]
    found = report(journal(to_rate(range(1, 8)), answers))
    assert found.state == "failed"
    assert found.problems == ("43% of the responses fail `sources`, and at most 25% may",)
    assert report(journal(to_rate(range(1, 8)), answers), max_point_failure=0.43).state == "passed"


def test_points_that_do_not_apply_count_neither_way() -> None:
    answers = by_two([1, 2, 3, 4])
    answers += [replace(one, points={**one.points, "sources": "does_not_apply"}) for one in by_two([5, 6])]
    answers += by_two([7], ["sources"])
    found = report(journal(to_rate(range(1, 8)), answers))
    (sources,) = [one for one in found.points if one.point == "sources"]
    assert (sources.not_met, sources.rated, sources.fraction) == (2, 10, 0.2)


@pytest.mark.parametrize("kind", ["write", "rate"])
def test_a_point_that_a_program_finds_failing_too_often_fails_the_pilot(kind: str) -> None:
    wordy = "word " * 250
    if kind == "write":
        tasks = [planned(n) for n in (1, 2)]
        texts = [written("1", "anna", wordy), written("2", "anna")]
        ratings = [with_rating(task, answer) for task, answer in zip(tasks, texts, strict=True)]
        before = journal([*tasks, *ratings], [*texts, *by_two([one.task.key for one in ratings])])
    else:
        tasks = to_rate([1, 2])
        tasks[0] = replace(tasks[0], task=replace(tasks[0].task, response=wordy))
        before = journal(tasks, by_two([1, 2]))
    found = report(before)
    (concise,) = [one for one in found.points if one.point == "concise"]
    assert (concise.not_met, concise.by_program, concise.responses, concise.fraction) == (0, 1, 2, 0.5)
    assert found.problems == ("50% of the responses fail `concise`, and at most 25% may",)
    assert found.state == "failed"


def test_tasks_that_all_skip_are_ambiguous_and_waited_for_no_more() -> None:
    skips = [skipped("1", "anna"), skipped("1", "ben")]
    found = report(journal(to_rate([1, 2]), [*skips, *by_two([2])]))
    assert (found.state, found.answered, found.skipped, found.rated) == ("passed", 1, 1, 1)
    assert [(one.key, one.why) for one in found.ambiguous] == [("1", "skipped by 2 of 2")]
    waiting = report(journal(to_rate([1, 2]), [skips[0], *by_two([2])]))
    assert (waiting.state, waiting.skipped) == ("waiting", 0)


def test_a_response_that_is_left_blank_or_that_those_who_rate_it_skip_is_waited_for_no_more() -> None:
    blank, other, answer = planned("a"), planned("b"), written("b", "anna")
    rating = with_rating(other, answer)
    skips = [skipped(rating.task.key, "ben"), skipped(rating.task.key, "carla")]
    found = report(journal([blank, other, rating], [written("a", "anna", " "), answer, *skips]))
    assert (found.state, found.skipped, found.rated) == ("failed", 1, 1)
    assert found.problems == (
        "no response was rated by two people whose answers are used, so that nothing is known of their agreement",
    )
    assert [one.why for one in found.ambiguous] == ["skipped by 2 of 2", "skipped by 1 of 1"]


def test_a_task_that_one_skipped_and_another_wrote_is_not_skipped() -> None:
    tasks = [planned("a", annotators=2), planned("b")]
    answer = written("a", "ben")
    before = journal([*tasks], [skipped("a", "anna"), answer, skipped("b", "anna")])
    found = report(before)
    assert (found.state, found.answered, found.skipped, found.rated) == ("waiting", 1, 1, 0)


def test_a_pilot_that_everybody_skipped_fails() -> None:
    found = report(journal(to_rate([1]), [skipped("1", "anna"), skipped("1", "ben")]))
    assert (found.state, found.rated, found.open_to_all) == ("failed", 0, False)


def test_fewer_raters_in_the_recipe_are_enough_for_tasks_that_were_sent_to_more() -> None:
    tasks = [replace(one, annotators=3) for one in to_rate([1])]
    assert report(journal(tasks, by_two([1])), annotators=3).state == "waiting"
    assert report(journal(tasks, by_two([1])), annotators=2).state == "passed"
    two = to_rate([1])
    assert report(journal(two, by_two([1])), annotators=5).state == "passed"


def test_what_distrusted_annotators_say_does_not_count_for_agreement() -> None:
    gold = planned("g", "rate", phase="gold", expected={"tone": "met", "concise": "met"})
    answers = [*by_two(range(4)), *(rated(f"{n}", "spam", ["tone", "sources"]) for n in range(4))]
    answers.append(rated("g", "spam", ["tone", "concise"]))
    before = journal([*to_rate(range(4)), gold], answers)
    assert report(before).state == "failed"
    assert report(before, Trust(after=2)).state == "passed"


def test_a_person_accepts_a_pilot_by_name_whatever_its_state() -> None:
    failed = journal(to_rate(range(4)), by_two(range(4), ["tone"], ["sources"]))
    for before in (journal([]), journal(to_rate([1])), failed):
        found = report(before, accepted_by="Maria")
        assert (found.state, found.open_to_all) == ("accepted", True)
    assert report(failed, accepted_by="Maria").problems == report(failed).problems
    with pytest.raises(ValidationError):
        Pilot(accepted_by=" ")


def test_ambiguous_tasks_are_those_skipped_rated_apart_or_noted_worst_first() -> None:
    answers = [
        *by_two([1]),
        *by_two([2], ["tone"], ["tone", "sources", "complete"]),
        skipped("3", "anna"),
        rated("3", "ben"),
        *by_two([4], ["tone"], []),
        replace(rated("5", "anna"), note="What does PTR mean?"),
        rated("5", "ben"),
    ]
    found = report(journal(to_rate(range(1, 6)), answers)).ambiguous
    assert [(one.key, one.origin, one.why) for one in found] == [
        ("3", "faq.txt line 3", "skipped by 1 of 2"),
        ("2", "faq.txt line 2", "rated differently on complete, sources"),
        ("4", "faq.txt line 4", "rated differently on tone"),
        ("5", "faq.txt line 5", "1 left a note"),
    ]


def test_gold_and_tasks_at_large_are_no_part_of_the_pilot() -> None:
    others = [planned("g", "rate", phase="gold"), planned("s", "rate", phase="scale", in_pilot=False)]
    before = journal([*to_rate([1]), *others], [*by_two([1]), *by_two(["g", "s"], ["tone"], [])])
    found = report(before)
    assert (found.size, found.agreement.items, found.state) == (1, 5, "passed")


def test_answers_of_annotators_who_are_not_told_apart_are_answers_of_several() -> None:
    """As of Scale, where each answer is by somebody of its own."""
    answers = [replace(rated("1", "x"), id=one, annotator=one) for one in ("s1", "s2")]
    assert report(journal(to_rate([1]), answers)).state == "passed"


def test_the_report_as_markdown_names_nobody_and_no_text() -> None:
    task = planned("a", person_keys=("maria@example.com",))
    answer = replace(written("a", "anna@example.com", "Secret."), note="secret note")
    rating = with_rating(task, answer)
    answers = [answer, rated(rating.task.key, "ben@example.com", ["tone"]), rated(rating.task.key, "carla")]
    found = report(journal([task, rating], answers))
    text = pilot_markdown(found, {"faq (write)": "http://127.0.0.1:8080"})
    assert text.startswith("**failed**: of 1 tasks 1 answered, 0 skipped by all, 1 rated. Krippendorff's alpha ")
    assert "| tone | 1 | 2 | 0 | 1 |" in text
    assert "rated differently on tone" in text
    assert "faq (write): http://127.0.0.1:8080" in text
    for hidden in ("example.com", "carla", "ecret", "How do I"):
        assert hidden not in text
    assert "not known yet" in pilot_markdown(report(journal([])), {})


def test_the_check_of_the_pilot_says_what_to_do() -> None:
    failed = journal(to_rate(range(4)), by_two(range(4), ["tone"], ["sources"]))
    waiting = pilot_passed("faq", report(journal(to_rate([1]))), Pilot())
    assert (waiting.passed, waiting.blocking) == (False, False)
    assert "of 1 tasks 0 are answered, 0 skipped by all, 0 rated" in waiting.message
    assert "sources.faq.pilot.accepted_by" in waiting.message
    found = pilot_passed("faq", report(failed), Pilot())
    assert (found.passed, found.blocking) == (False, False)
    assert "Krippendorff's alpha" in found.message
    assert "4 tasks were understood differently" in found.message
    assert "sources.faq.pilot.accepted_by" in found.message
    config = Pilot(accepted_by="Maria")
    accepted = pilot_passed("faq", report(failed, accepted_by="Maria"), config)
    assert accepted.passed
    assert "Maria has accepted the pilot" in accepted.message
    assert "Krippendorff's alpha" in accepted.message
    assert pilot_passed("faq", report(journal(to_rate([1]), by_two([1]))), Pilot()).passed
