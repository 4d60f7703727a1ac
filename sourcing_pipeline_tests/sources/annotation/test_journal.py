import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.config import Landed
from sourcing_pipeline.sources.annotation.journal import (
    Journal,
    Planned,
    answer_landed,
    key_of,
    read_journal,
    reserve_landed,
    sent,
)
from sourcing_pipeline.sources.annotation.provider import Answer, Task
from sourcing_pipeline_tests.sources.annotation.in_memory import START, journal, planned, rated, skipped, written

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
MET = st.sampled_from(["met", "not_met", "does_not_apply"])
TASKS = st.builds(
    Planned,
    task=st.builds(Task, st.just("k"), st.sampled_from(["write", "rate"]), TEXT, st.none() | TEXT),
    phase=st.sampled_from(["pilot", "rating", "gold", "scale"]),
    annotators=st.integers(1, 5),
    reserved_usd=st.floats(0.01, 100),
    origin=TEXT,
    in_pilot=st.booleans(),
    expected=st.dictionaries(st.sampled_from("abc"), MET),
    person_keys=st.lists(TEXT, max_size=3).map(tuple),
    sent=st.booleans(),
)
ANSWERS = st.builds(
    Answer,
    id=TEXT,
    task_key=st.just("k"),
    annotator=TEXT,
    submitted_at=st.datetimes(
        datetime(2020, 1, 1),
        datetime(2030, 1, 1),
        timezones=st.integers(-12, 12).map(lambda hours: timezone(timedelta(hours=hours))),
    ),
    seconds=st.none() | st.floats(0, 1e6),
    response=st.none() | TEXT,
    points=st.dictionaries(st.sampled_from("abc"), MET),
    note=st.none() | TEXT,
    skipped=st.booleans(),
)


def stored(one: Landed) -> Landed:
    """The record as it comes back from its table."""
    return one._replace(record=json.loads(json.dumps(one.record)))


@given(TASKS, ANSWERS)
def test_tasks_and_answers_come_back_from_their_records_as_they_were(task: Planned, answer: Answer) -> None:
    landed = [stored(answer_landed(answer, task, None)), stored(task.landed())]
    assert read_journal(landed) == Journal({"k": task}, (answer,))
    assert landed[0].day == answer.submitted_at.astimezone(UTC).date().isoformat()


@given(TASKS, ANSWERS)
def test_an_answer_is_about_its_annotator_and_whom_its_task_is_about(task: Planned, answer: Answer) -> None:
    landed = answer_landed(answer, task, None)
    assert landed.person_keys == tuple(sorted({answer.annotator, *task.person_keys}))
    assert task.landed().person_keys == task.person_keys


@given(TASKS, ANSWERS)
def test_an_answer_that_comes_again_unchanged_is_the_record_that_is_there(task: Planned, answer: Answer) -> None:
    before = stored(answer_landed(answer, task, None))
    assert answer_landed(answer, task, before) is before


def test_a_changed_answer_takes_the_place_of_the_one_before_also_when_its_time_did_not_change() -> None:
    task, first = planned("k"), written("k", "anna")
    before = answer_landed(first, task, None)
    changed = answer_landed(replace(first, response="Better so."), task, before)
    assert changed.key == before.key
    assert changed.version > before.version
    later = answer_landed(replace(first, submitted_at=START + timedelta(days=1)), task, changed)
    assert later.version > changed.version
    assert later.day == "2026-03-02"


def test_an_older_state_of_an_answer_changes_nothing() -> None:
    task, first = planned("k"), written("k", "anna")
    before = answer_landed(first, task, None)
    older = replace(first, response="Not yet.", submitted_at=START - timedelta(seconds=1))
    assert answer_landed(older, task, before) is before


def test_versions_grow_past_nine_changes() -> None:
    task = planned("k")
    landed = answer_landed(written("k", "anna"), task, None)
    versions = [landed.version]
    for number in range(1200):
        landed = answer_landed(written("k", "anna", f"Try {number}"), task, landed)
        versions.append(landed.version)
    assert versions == sorted(set(versions))


def test_answers_to_tasks_that_were_erased_are_left_out() -> None:
    task = planned("k")
    landed = [answer_landed(written("k", "anna"), task, None), answer_landed(written("gone", "anna"), task, None)]
    assert [one.task_key for one in read_journal([task.landed(), *landed]).answers] == ["k"]


def test_money_stays_spent_when_tasks_are_erased() -> None:
    tasks = [planned(number) for number in range(3)]
    records = [*(one.landed() for one in tasks), reserve_landed(tasks)]
    assert read_journal(records).reserved_usd == 3
    left = read_journal([one for one in records if one.key != "1"])
    assert set(left.tasks) == {"0", "2"}
    assert left.reserved_usd == 3
    assert left.erased_usd == 1


def test_a_reserve_is_about_nobody() -> None:
    assert reserve_landed([planned(1, person_keys=("maria@example.com",))]).person_keys == ()


def test_a_sent_task_is_newer_than_a_planned_one() -> None:
    one = planned(1, sent=False)
    assert sent([one])[0].landed().version > one.landed().version
    assert [task.task.key for task in journal([one, planned(2)]).unsent] == ["1"]


def test_of_one_annotators_answers_to_a_task_the_last_counts() -> None:
    first = written("1", "anna", id="a", submitted_at=START)
    second = written("1", "anna", "Better.", id="b", submitted_at=START + timedelta(minutes=1))
    found = journal([planned(1), planned(2)], [second, written("1", "ben", id="c"), first])
    assert found.by_task == {"1": [written("1", "ben", id="c"), second], "2": []}
    assert len(found.answers) == 3


def test_what_was_skipped_or_left_blank_is_not_given() -> None:
    assert written("1", "anna").given
    assert rated("1", "anna").given
    assert not skipped("1", "anna").given
    assert not written("1", "anna", " \n").given
    assert not rated("1", "anna", points={}).given
    assert not written("1", "anna", skipped=True).given


@given(st.lists(st.tuples(TEXT.filter(lambda text: "\0" not in text), st.none() | TEXT), unique=True, max_size=20))
def test_different_tasks_have_different_keys_of_letters_and_digits(asked: list[tuple[str, str | None]]) -> None:
    keys = {key_of("faq", "rate", *one) for one in asked}
    assert len(keys) == len({(text, response or "") for text, response in asked})
    assert all(key.isalnum() for key in keys)
