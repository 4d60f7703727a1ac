"""What passes between a campaign, its journal and its provider: sent once, fetched once, whatever breaks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sourcing_pipeline.config import Landed
from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.sources.annotation.journal import TASKS
from sourcing_pipeline.storage import Table
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.annotation.in_memory import (
    NAME,
    SMALL,
    START,
    answer_everything,
    campaign,
    gold_file,
    journal_of,
    one_round,
    window,
    written,
)


@pytest.fixture
def updates(tmp_path: Path) -> Updates:
    return Updates(Table(str(tmp_path / "updates")))


def test_the_provider_is_not_asked_before_a_task_was_written_down(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    made.update(NAME, window(), updates)
    assert desk.asked == []
    assert updates.cursor() is None
    one_round(made, updates)
    made.update(NAME, window(), updates)
    assert desk.asked == [("faq-pilot (write)", None)]


def test_tasks_are_written_down_with_what_they_may_cost_before_they_are_handed_over(
    tmp_path: Path, updates: Updates
) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    desk.is_down = True
    with pytest.raises(TryAgain):
        one_round(made, updates)
    before = journal_of(updates)
    assert (len(before.unsent), before.reserved_usd, desk.all_tasks()) == (4, 4.0, {})
    desk.is_down = False
    made.send(NAME, updates, [])
    assert journal_of(updates).unsent == []
    assert set(desk.all_tasks()) == set(before.tasks)


def test_planning_again_after_a_crash_asks_for_nothing_twice(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    desk.fails_after = 2
    with pytest.raises(TryAgain):
        one_round(made, updates)
    assert len(desk.all_tasks()) == 2
    assert one_round(made, updates) == 0
    assert (len(desk.all_tasks()), desk.cost_usd) == (4, 4.0)
    sends = desk.sends
    assert one_round(made, updates) == 0
    assert desk.sends == sends


def test_answers_to_tasks_that_may_have_been_sent_are_fetched(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    desk.loses_reply = True
    with pytest.raises(TryAgain):
        one_round(made, updates)
    answer_everything(desk, START)
    made.update(NAME, window(), updates)
    assert len(journal_of(updates).answers) == 4


class KilledError(Exception):
    """The process ended here."""


class Crashing(Updates):
    """Kills the process at one commit, before it or right after it."""

    def land(self, records: Sequence[Landed], cursor: str) -> None:
        plan: list[int] = self.__dict__.setdefault("crashes", [])
        at = plan.pop(0) if plan else 0
        if at == 1:
            raise KilledError
        super().land(records, cursor)
        if at == 2:
            raise KilledError


FAULTS = st.tuples(st.lists(st.integers(0, 2), max_size=4), st.none() | st.integers(0, 5), st.booleans(), st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(faults=st.lists(FAULTS, max_size=4))
def test_killed_anywhere_the_provider_gets_each_task_once_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, faults: list[tuple[list[int], int | None, bool, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("campaign")
    made, desk = campaign(folder, **SMALL, gold=gold_file(folder), gold_fraction=0.3)
    updates = Crashing(Table(str(folder / "updates")))
    for crashes, desk.fails_after, desk.loses_reply, desk.is_down in faults:
        updates.__dict__["crashes"] = list(crashes)
        try:
            one_round(made, updates)
        except (KilledError, TryAgain):
            continue
    updates.__dict__["crashes"] = []
    desk.fails_after, desk.loses_reply, desk.is_down = None, False, False
    one_round(made, updates)
    before = journal_of(updates)
    assert before.unsent == []
    assert set(desk.all_tasks()) == set(before.tasks)
    assert sum(len(tasks) for tasks in desk.tasks.values()) == len(before.tasks) == 6
    assert desk.cost_usd == before.reserved_usd == 4 * 1 + 2 * 2


def test_what_waits_is_not_handed_over_when_the_budget_has_become_too_small(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    desk.fails_after = 0
    with pytest.raises(TryAgain):
        one_round(made, updates)
    smaller = made.model_copy(update={"budget_usd": 3.0})
    with pytest.raises(InputError, match=r"4 tasks are still to be handed over.*sources.faq.budget_usd"):
        one_round(smaller, updates)
    dearer = made.model_copy(update={"price_usd": 30.0})
    with pytest.raises(InputError):
        one_round(dearer, updates)
    assert desk.all_tasks() == {}
    one_round(made, updates)
    assert len(desk.all_tasks()) == 4


def test_only_new_and_changed_answers_are_written_down(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    one_round(made, updates)
    answer_everything(desk, START)
    made.update(NAME, window(), updates)
    version = updates.table.version()
    made.update(NAME, window(), updates)
    assert updates.table.version() == version
    first = journal_of(updates).answers[0]
    for changed in (
        replace(first, response="Changed, at the same time."),
        replace(first, response="Changed later.", submitted_at=START + timedelta(days=2)),
    ):
        desk.submit(changed)
        made.update(NAME, window(), updates)
        assert changed in journal_of(updates).answers
        assert len(journal_of(updates).answers) == 4
    desk.submit(first)
    made.update(NAME, window(), updates)
    assert journal_of(updates).answers[-1].response == "Changed later."


def test_answers_are_asked_for_from_an_hour_before_the_latest(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    one_round(made, updates)
    keys = list(desk.all_tasks())
    desk.submit(written(keys[0], "anna", submitted_at=START + timedelta(hours=5)))
    made.update(NAME, window(), updates)
    desk.submit(written(keys[1], "anna", submitted_at=START + timedelta(hours=4)))
    made.update(NAME, window(), updates)
    assert len(journal_of(updates).answers) == 2
    assert desk.asked[-1] == ("faq-pilot (write)", START + timedelta(hours=4))


def test_times_in_any_time_zone_are_the_same_time(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    one_round(made, updates)
    keys = list(desk.all_tasks())
    late = (START + timedelta(hours=5)).astimezone(ZoneInfo("America/New_York"))
    desk.submit(written(keys[0], "anna", submitted_at=late))
    desk.submit(written(keys[1], "anna", submitted_at=START))
    made.update(NAME, window(), updates)
    assert updates.cursor() == "2026-03-01T14:00:00+00:00"
    assert [answer.task_key for answer in journal_of(updates).answers] == [keys[1], keys[0]]


def test_a_clock_that_is_ahead_hides_nothing_that_comes_later(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    one_round(made, updates)
    keys = list(desk.all_tasks())
    desk.submit(written(keys[0], "anna", submitted_at=START + timedelta(days=30_000)))
    made.update(NAME, window(days=1), updates)
    desk.submit(written(keys[1], "anna", submitted_at=START + timedelta(days=2)))
    made.update(NAME, window(days=3), updates)
    assert len(journal_of(updates).answers) == 2


def test_answers_to_erased_tasks_and_of_people_who_asked_to_be_forgotten_are_left_out(
    tmp_path: Path, updates: Updates
) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    one_round(made, updates)
    answer_everything(desk, START)
    gone = next(iter(desk.all_tasks()))
    kept = [
        batch.filter([row["id"] != gone for row in batch.to_pylist()]) for batch in updates.table.read(None, [TASKS])
    ]
    updates.table.overwrite(kept, kept[0].schema, [TASKS])
    by_ben = next(answer for answer in desk.answers["faq-pilot (write)"].values() if answer.task_key != gone)
    desk.submit(replace(by_ben, annotator="ben"))
    made.update(NAME, replace(window(), erased=lambda keys: "ben" in keys), updates)
    found = journal_of(updates)
    assert {answer.task_key for answer in found.answers} == set(desk.all_tasks()) - {gone, by_ben.task_key}
    assert found.reserved_usd == 4.0


def test_a_fault_of_the_provider_leaves_what_had_landed(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    one_round(made, updates)
    answer_everything(desk, START)
    made.update(NAME, window(), updates)
    before, cursor = journal_of(updates), updates.cursor()
    desk.submit(replace(before.answers[0], response="Changed.", submitted_at=START + timedelta(days=1)))
    desk.is_down = True
    with pytest.raises(TryAgain):
        made.update(NAME, window(), updates)
    assert (journal_of(updates), updates.cursor()) == (before, cursor)


def test_sending_does_not_move_the_cursor(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    one_round(made, updates)
    answer_everything(desk, START)
    made.update(NAME, window(), updates)
    cursor = updates.cursor()
    assert one_round(made, updates) == 4
    assert updates.cursor() == cursor
