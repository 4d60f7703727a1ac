"""Review in Label Studio, from the queue to the check: a real server, two people, the sensor, and a browser."""

import itertools
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.compute as pc
import pytest

from sourcing_pipeline.definitions import build
from sourcing_pipeline.defs.import_verdicts import IMPORT_JOB, SENSOR
from sourcing_pipeline.defs.verdicts import LANDED_TABLE, LINKS_TABLE, landing
from sourcing_pipeline.label_studio import Server
from sourcing_pipeline.review.config import LabelStudioBackend
from sourcing_pipeline.review.label_studio import mark
from sourcing_pipeline.review.links import LINKS
from sourcing_pipeline.review.verdicts import VERDICTS, Verdict
from sourcing_pipeline.rows import ASSESSED, WHOLE
from sourcing_pipeline_tests.conftest import unavailable
from sourcing_pipeline_tests.defs.conftest import QUIET, Workshop, failed_checks
from sourcing_pipeline_tests.label_studio_server import LabelStudioServer

pytestmark = pytest.mark.slow

SOURCE = "filtered_stackexchange"
CHECK = f"error_rate_{SOURCE}"
SAMPLE = 10
_NUMBERS = itertools.count(1)


@pytest.fixture
def office(workshop: Workshop, label_studio: LabelStudioServer, label_studio_key: None) -> Iterator["Office"]:
    """The finished month, whose rows are to be judged in Label Studio by two people each; nothing is judged yet."""
    workshop.edit(
        "review:\n",
        "review:\n"
        f"  backend: {{type: label_studio, url: '{label_studio.url}', project: Postrider {next(_NUMBERS)}}}\n"
        "  reviewers: {per_row: 2, decide: adjudication, adjudicators: [admin@example.com]}\n",
    )
    workshop.edit("sample_size: 100", f"sample_size: {SAMPLE}")
    (workshop.folder / "verdicts.jsonl").unlink()
    return Office(workshop, label_studio)


class Office:
    """A workshop whose reviewers sit in Label Studio."""

    def __init__(self, workshop: Workshop, told: LabelStudioServer) -> None:
        self.workshop, self.told = workshop, told

    @property
    def backend(self) -> LabelStudioBackend:
        found = self.workshop.recipe.review.backend
        assert isinstance(found, LabelStudioBackend)
        return found

    def tasks(self) -> dict[str, Any]:
        """The tasks of the source under test, by the row's id."""
        with Server(self.backend.url, self.backend.key_variable) as server:
            number = server.projects(mark(self.backend, "correct"))[0]
            return {task.data["id"]: task for task in server.tasks(number) if task.data["source"] == SOURCE}

    def answer(self, task: int, verdict: str, reason: str | None, key: str) -> None:
        choices = {"verdict": verdict, **({"reason": reason} if reason else {})}
        result = [
            {"from_name": name, "to_name": "exchange", "type": "choices", "value": {"choices": [value]}}
            for name, value in choices.items()
        ]
        self.told.client(key).annotations.create(task, result=result, lead_time=4.0)

    def tick(self, instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
        """One evaluation of the sensor, as Dagster's daemon makes it."""
        definitions = build(self.workshop.recipe)
        context = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions)
        return definitions.get_repository_def().get_sensor_def(SENSOR).evaluate_tick(context)  # type: ignore[no-any-return]

    def run_import(self, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
        job = build(self.workshop.recipe).resolve_job_def(IMPORT_JOB)
        return job.execute_in_process(instance=instance, run_config=QUIET, raise_on_error=False)


def said(result: dg.ExecuteInProcessResult, check: str) -> dg.AssetCheckEvaluation:
    (found,) = [one for one in result.get_asset_check_evaluations() if one.check_name == check]
    return found


def test_verdicts_of_two_people_reach_the_check_through_the_sensor_and_flip_it(office: Office) -> None:
    bea = office.told.reviewer("bea.two@example.com", "secret-12345")
    pushed = office.workshop.materialize("review_queue", "verdicts")
    assert said(pushed, "queue_brought_to_label_studio").passed
    assert said(pushed, "verdicts_current").passed
    assert not said(pushed, CHECK).passed
    tasks = office.tasks()
    assert len(tasks) == SAMPLE

    with dg.DagsterInstance.ephemeral() as instance:
        first = office.tick(instance, None)
        assert not first.run_requests, "tasks that nobody has answered are no news"
        for number, task in enumerate(tasks.values()):
            verdict, reason = ("wrong", "out of date") if number < 3 else ("right", None)
            office.answer(task.id, verdict, reason, office.told.key)
            office.answer(task.id, verdict, reason, bea)
        second = office.tick(instance, first.cursor)
        assert len(second.run_requests) == 1
        failing = office.run_import(instance)
        found = said(failing, CHECK)
        assert not found.passed
        assert found.severity == dg.AssetCheckSeverity.ERROR
        assert "3 of 10 reviewed rows are wrong, 30.0%" in str(found.description)
        assert "Commonest reasons: out of date (6)" in str(found.description)
        (address,) = [
            row["address"]
            for row in office.workshop.project.lake.table(LINKS_TABLE).load(LINKS).to_pylist()
            if (row["question"], row["source"]) == ("correct", SOURCE)
        ]
        assert f"Look at them: {address}. " in str(found.description)
        assert not office.tick(instance, second.cursor).run_requests, "nothing is imported twice"

        for task in list(tasks.values())[:3]:
            office.answer(task.id, "right", None, office.told.key)
        third = office.tick(instance, second.cursor)
        assert len(third.run_requests) == 1
        passing = office.run_import(instance)
        assert said(passing, CHECK).passed
        assert CHECK not in failed_checks(passing)

    verdicts = office.workshop.project.lake.table("verdicts").load(VERDICTS).to_pylist()
    assert {row["reviewer"] for row in verdicts} == {"admin@example.com", "bea.two@example.com"}


def test_a_second_night_pushes_nothing_that_stands_there(office: Office) -> None:
    office.workshop.materialize("review_queue")
    before = office.tasks()
    again = office.workshop.materialize("review_queue")
    assert said(again, "queue_brought_to_label_studio").passed
    assert {key: task.id for key, task in office.tasks().items()} == {key: task.id for key, task in before.items()}


def test_an_answer_to_a_row_that_leaves_the_lake_is_imported_before_its_task_goes(office: Office) -> None:
    office.workshop.materialize("review_queue")
    row_id, task = next(iter(office.tasks().items()))
    office.answer(task.id, "wrong", "out of date", office.told.key)
    table = office.workshop.project.lake.table(f"assessed_{SOURCE}")
    rows = table.load(ASSESSED)
    left = rows.filter(pc.not_equal(rows.column("id"), row_id))
    table.overwrite(left.combine_chunks().to_batches(), ASSESSED, [WHOLE])
    office.workshop.materialize("review_queue")
    assert row_id not in office.tasks()
    landed = [one for one in landing(office.workshop.project).said() if isinstance(one, Verdict)]
    assert [(one.id, one.verdict) for one in landed] == [(row_id, "wrong")]


def test_with_the_server_down_the_pipeline_goes_on_with_the_verdicts_it_has_and_says_how_old_they_are(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.workshop.materialize("review_queue")
    for task in office.tasks().values():
        office.answer(task.id, "right", None, office.told.key)
    office.workshop.materialize("verdicts")
    asked = landing(office.workshop.project).asked(office.backend.url)
    office.workshop.edit(office.told.url, "http://127.0.0.1:9")
    table = office.workshop.project.lake.table(LANDED_TABLE)
    shutil.copytree(table.uri, office.workshop.folder / "kept")
    result = office.workshop.materialize("review_queue", "verdicts", "scorecard", "hybrid_mix", "training_release")
    assert result.success
    assert not said(result, "queue_brought_to_label_studio").passed
    current = said(result, "verdicts_current")
    assert not current.passed
    assert current.severity == dg.AssetCheckSeverity.WARN
    assert "No verdict was ever imported from http://127.0.0.1:9" in str(current.description)
    assert "10 of 10" not in str(said(result, CHECK).description)
    assert said(result, CHECK).passed
    assert isinstance(asked, datetime)
    with dg.DagsterInstance.ephemeral() as instance:
        skipped = office.tick(instance, None)
    assert "The verdicts are those imported so far" in str(skipped.skip_message)


def test_a_reviewer_judges_a_row_in_the_browser(office: Office, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        unavailable("Chromium is not installed (Debian: apt-get install chromium)")
    office.workshop.materialize("review_queue")
    with Server(office.backend.url, office.backend.key_variable) as server:
        number = server.projects(mark(office.backend, "correct"))[0]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{office.told.url}/user/login")
        page.fill("input[name=email]", office.told.user)
        page.fill("input[name=password]", office.told.password)
        page.click("button[type=submit]")
        page.wait_for_load_state("networkidle")
        page.goto(f"{office.told.url}/projects/{number}/data?labeling=1")
        page.get_by_text("Say right when the last answer").wait_for(timeout=60_000)
        page.screenshot(path=tmp_path / "rubric.png")
        page.get_by_label("Close modal").click()
        page.locator("label", has_text="wrong").first.click()
        page.locator("label", has_text="out of date").click()
        page.locator("textarea").last.fill("The port is another one since May.")
        page.screenshot(path=tmp_path / "task.png")
        page.get_by_label("Submit current annotation").click()
        page.locator("label", has_text="out of date").wait_for(state="hidden", timeout=60_000)
        browser.close()
    office.workshop.materialize("verdicts")
    (verdict,) = office.workshop.project.lake.table("verdicts").load(VERDICTS).to_pylist()
    given = (verdict["verdict"], verdict["reason"], verdict["comment"], verdict["reviewer"])
    assert given == ("wrong", "out of date", "The port is another one since May.", office.told.user)
