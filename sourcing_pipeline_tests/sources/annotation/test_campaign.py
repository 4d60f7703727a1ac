from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.licenses import PROPRIETARY
from sourcing_pipeline.sources.annotation import Campaign
from sourcing_pipeline.sources.annotation.annotators import labels
from sourcing_pipeline.sources.annotation.instructions import Instruction
from sourcing_pipeline.sources.annotation.journal import Journal
from sourcing_pipeline.sources.annotation.responses import rows
from sourcing_pipeline.sources.extract import extract
from sourcing_pipeline.storage import Table
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.annotation.in_memory import (
    NAME,
    POINTS,
    SMALL,
    START,
    answer_everything,
    campaign,
    gold_file,
    journal_of,
    one_round,
    planned,
    rated,
    skipped,
    unmasked,
    window,
    written,
)


@pytest.fixture
def updates(tmp_path: Path) -> Updates:
    return Updates(Table(str(tmp_path / "updates")))


def outcomes_of(made: Campaign, updates: Updates) -> list[dict[str, Any]]:
    found = extract(NAME, made, window(updates), frozenset({PROPRIETARY}))
    return [row for batch in found for row in batch.to_pylist()]


def test_a_campaign_that_has_not_begun_gives_no_rows_and_no_error(tmp_path: Path, updates: Updates) -> None:
    made, _ = campaign(tmp_path)
    assert outcomes_of(made, updates) == []


def test_a_campaign_goes_from_its_pilot_to_rows(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL, gold=gold_file(tmp_path), gold_fraction=0.1)
    sizes, states = [], []
    for day in range(6):
        made.update(NAME, window(), updates)
        states.append(made.report(NAME, journal_of(updates)).state)
        sizes.append(one_round(made, updates))
        answer_everything(desk, START + timedelta(days=day))
    made.update(NAME, window(), updates)
    before = journal_of(updates)
    assert states == ["waiting", "waiting", "passed", "passed", "passed", "passed"]
    assert [sizes[0], sizes[1], sizes[3:]] == [5, 4, [0, 0, 0]]
    assert {title: len(tasks) for title, tasks in desk.tasks.items()} == {
        "faq-pilot (write)": 4,
        "faq-pilot (rate)": 5,
        "faq (write)": sizes[2] - 4,
        "faq (rate)": 4,
    }
    assert desk.cost_usd == made.reserved_usd(NAME, before) <= 100
    assert sum(labels(before).column("cost_usd").to_pylist()) == desk.cost_usd
    found = outcomes_of(made, updates)
    assert len(found) == len(before.of_phase("pilot", "scale")) == sizes[2]
    assert {row["drop_reason"] for row in found} == {None}
    assert sorted(row["quality_score"] or 0 for row in found)[-5:] == [0, 1, 1, 1, 1]
    assert all(row["person_keys"] == ["anna"] for row in found)
    assert {row["license"] for row in found} == {PROPRIETARY}


def test_a_pilot_that_failed_stops_the_campaign_until_somebody_accepts_it(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    for day in range(3):
        made.update(NAME, window(), updates)
        last = one_round(made, updates)
        answer_everything(desk, START + timedelta(days=day), lambda key, by: ["tone"] if by == "ben" else [])
    assert last == 0
    assert made.report(NAME, journal_of(updates)).state == "failed"
    assert one_round(made, updates) == 0
    accepted = made.model_copy(update={"pilot": made.pilot.model_copy(update={"accepted_by": "Maria"})})
    assert one_round(accepted, updates) > 50


def test_a_campaign_of_rating_goes_from_its_pilot_to_rows(tmp_path: Path, updates: Updates) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("instruction,response\n" + "".join(f"How {n}?,So {n}.\n" for n in range(8)), "utf-8")
    made, desk = campaign(tmp_path, **SMALL, task="rate", instructions={"files": [pairs]})
    for day in range(4):
        made.update(NAME, window(), updates)
        one_round(made, updates)
        answer_everything(desk, START + timedelta(days=day), lambda key, by: ["tone"] if int(key[0], 16) < 2 else [])
    assert {title: len(tasks) for title, tasks in desk.tasks.items()} == {"faq-pilot (rate)": 4, "faq (rate)": 4}
    assert desk.cost_usd == 4 * 2 + 4 * 1
    assert {len(row["person_keys"]) for row in outcomes_of(made, updates)} == {1, 2}


def test_skipping_everything_ends_in_drops_with_their_reason(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(tmp_path, **SMALL)
    one_round(made, updates)
    for key in desk.all_tasks():
        desk.submit(skipped(key, "anna"))
    made.update(NAME, window(), updates)
    found = outcomes_of(made, updates)
    assert [(row["drop_reason"], row["drop_detail"]) for row in found] == [
        ("skipped_by_annotators", "skipped by 1")
    ] * 4
    assert one_round(made, updates) == 0


def test_there_is_a_form_for_each_kind_of_task_in_the_pilot_and_at_large(tmp_path: Path) -> None:
    made, _ = campaign(tmp_path, annotators=2, pilot={"annotators": 3}, price_usd=0.5)
    found = {form.title: (form.annotators, form.price_usd, len(form.points)) for form in made.forms(NAME)}
    assert found == {
        "faq-pilot (write)": (2, 0.5, 5),
        "faq-pilot (rate)": (3, 0.5, 5),
        "faq (write)": (2, 0.5, 5),
        "faq (rate)": (2, 0.5, 5),
    }
    rating, _ = campaign(tmp_path, task="rate")
    assert [form.title for form in rating.forms(NAME)] == ["faq-pilot (rate)", "faq (rate)"]


def test_annotators_see_the_rubric_and_the_examples(tmp_path: Path) -> None:
    examples = tmp_path / "examples.csv"
    examples.write_text("instruction,response\nHow?,Like this.\n", "utf-8")
    made, _ = campaign(tmp_path, examples=examples)
    assert {form.rubric.endswith("> How?\n\nLike this.\n") for form in made.forms(NAME)} == {True}


def test_gold_in_the_pilot_and_at_large_is_asked_of_as_many_as_its_form_says(tmp_path: Path, updates: Updates) -> None:
    made, desk = campaign(
        tmp_path, pilot={"size": 2, "accepted_by": "Maria"}, gold=gold_file(tmp_path), gold_fraction=0.5
    )
    one_round(made, updates, list(made.from_files(NAME))[:6])
    for key, one in journal_of(updates).tasks.items():
        form = desk.form_of(key)
        assert (one.annotators, one.reserved_usd) == (form.annotators, form.annotators * form.price_usd)
    assert len(journal_of(updates).of_phase("gold")) == 5


def test_a_check_of_a_point_that_the_rubric_lacks_is_an_error_of_the_recipe(tmp_path: Path, updates: Updates) -> None:
    rubric = tmp_path / "rubric.md"
    rubric.write_text("- `complete` Complete.\n- `concise` Short.\n- `tone` Kind.\n", "utf-8")
    made, _ = campaign(tmp_path, rubric=rubric)
    with pytest.raises(RecipeError, match=r"fails the point `sources`.*sources.faq.checks, or turn the check off"):
        one_round(made, updates)
    fine, _ = campaign(tmp_path, rubric=rubric, checks={"source": None})
    assert len(fine.forms(NAME)[0].points) == 3


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"instructions": {}}, "give files, or a number in from_topics"),
        ({"budget_usd": 2.9}, r"does not pay for one task of the pilot and its rating: \$3.00"),
        ({"budget_usd": 1.9, "task": "rate"}, r"\$2.00"),
        ({"budget_usd": 7.9, "annotators": 2, "price_usd": 2}, r"\$12.00"),
        ({"provider": {"type": "nobody"}}, "provider"),
    ],
)
def test_a_campaign_that_cannot_work_is_an_error(tmp_path: Path, config: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        campaign(tmp_path, **config)


def test_thousands_of_tasks_and_answers_take_a_few_seconds(tmp_path: Path) -> None:
    made, _ = campaign(tmp_path, budget_usd=1_000_000, annotators=4, pilot={"accepted_by": "Maria"})
    waiting = [Instruction(f"How do I set up mailbox number {n}, please?", f"faq {n}") for n in range(5000)]
    nothing = Journal({}, ())
    found = made.plan(NAME, nothing, waiting, unmasked)
    answers = [
        written(one.task.key, f"{by}{n % 10}", f"Open the settings of mailbox {n} as {by}, and choose it there.")
        for n, one in enumerate(found.tasks)
        for by in "abcd"
    ]
    before = Journal({one.task.key: one for one in found.tasks}, tuple(answers))
    assert len(made.plan(NAME, before, waiting, unmasked).tasks) > 0
    outcomes = list(rows(NAME, before, made._standards(before), "MIT"))
    assert len(outcomes) == len(found.tasks) == 5000


@pytest.mark.parametrize("told_apart", [True, False])
def test_thousands_of_ratings_take_a_few_seconds_also_where_nobody_tells_who_answered(
    tmp_path: Path, told_apart: bool
) -> None:
    made, _ = campaign(tmp_path, task="rate")
    tasks = [planned(n, "rate", phase="scale", annotators=4, reserved_usd=4.0, in_pilot=False) for n in range(5000)]
    answers = [
        rated(str(n), f"{by}{n % 10}" if told_apart else f"{by}{n}", POINTS[:1] if (n * 7 + ord(by)) % 3 == 0 else ())
        for n in range(5000)
        for by in "abcd"
    ]
    before = Journal({one.task.key: one for one in tasks}, tuple(answers))
    assert len(list(rows(NAME, before, made._standards(before), "MIT"))) == 5000
