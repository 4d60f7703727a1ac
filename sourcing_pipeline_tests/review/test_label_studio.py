"""Review in a real Label Studio."""

import itertools
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.label_studio import Server, controls
from sourcing_pipeline.review.config import LabelStudioBackend, Review, Reviewers
from sourcing_pipeline.review.label_studio import answers, import_verdicts, interface, labels, mark, news, push
from sourcing_pipeline.review.landed import Landing
from sourcing_pipeline.review.questions import CORRECT, LEAK, QUESTIONS, Question
from sourcing_pipeline.review.queue import QUEUE, SUSPECTED, queued
from sourcing_pipeline.review.verdicts import Unreadable, Verdict
from sourcing_pipeline.rows import MESSAGES
from sourcing_pipeline.storage import Table
from sourcing_pipeline_tests.label_studio_server import LabelStudioServer, running

_NUMBERS = itertools.count()
NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_interface_offers_every_answer_with_its_key_and_every_reason(question: Question) -> None:
    asked = QUESTIONS[question]
    offered = controls(labels(asked))
    assert offered["verdict"] == {choice.answer for choice in asked.choices}
    assert offered.get("reason", frozenset()) == set(asked.reasons)
    assert all(f'hotkey="{choice.key}"' in labels(asked) for choice in asked.choices)


def test_the_controls_of_what_is_no_xml_are_none() -> None:
    assert controls("<View><Choices") == {}


def test_entities_in_an_interface_are_not_resolved() -> None:
    hostile = (
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><View><Choices name="v" toName="t">&e;</Choices></View>'
    )
    assert controls(hostile) == {"v": frozenset()}


class Desk:
    """A review with projects of its own on the server."""

    def __init__(self, server: LabelStudioServer, **config: Any) -> None:
        self.told = server
        self.backend = LabelStudioBackend(url=server.url, project=f"Test {next(_NUMBERS)}")
        self.config = Review(backend=self.backend, **config)
        self.server = Server(self.backend.url, self.backend.key_variable)
        self.client = server.client()

    def push(self, rows: pa.Table, question: Question = CORRECT, gone: Sequence[str] = ()) -> Any:
        ids = set(rows.column("id").to_pylist()) | {f"s:{number}" for number in range(20)}
        return push(self.server, self.config, question, rows, ids - set(gone))

    def project(self, question: Question = CORRECT) -> int:
        return self.server.projects(mark(self.backend, question))[0]

    def tasks(self, question: Question = CORRECT) -> dict[str, Any]:
        return {str(task.data["id"]): task for task in self.server.tasks(self.project(question))}

    def answer(self, task: int, verdict: str, reason: str | None = None, key: str | None = None) -> Any:
        choices = {"verdict": verdict, **({"reason": reason} if reason else {})}
        result = [
            {"from_name": name, "to_name": "exchange", "type": "choices", "value": {"choices": [value]}}
            for name, value in choices.items()
        ]
        return self.told.client(key).annotations.create(task, result=result, lead_time=3.5)

    def said(self, question: Question = CORRECT, since: datetime | None = None) -> list[Verdict | Unreadable]:
        return [one for _, found in answers(self.server, self.backend, question, since) for one in found.values()]


@pytest.fixture
def desk(label_studio: LabelStudioServer, label_studio_key: None) -> Iterator[Desk]:
    one = Desk(label_studio)
    with one.server:
        yield one


def rows(*numbers: int, question: Question = CORRECT, text: str = "How?", source: str = "s") -> pa.Table:
    turns = [[{"role": "user", "content": text}, {"role": "assistant", "content": "So."}] for _ in numbers]
    table = pa.table(
        {
            "id": pa.array([f"s:{number}" for number in numbers], pa.string()),
            "content_hash": pa.array([f"h{number}" for number in numbers], pa.string()),
            "messages": pa.array(turns, MESSAGES),
        }
    )
    return pa.Table.from_batches([queued(table, source, question)], QUEUE)


@pytest.mark.slow
def test_a_question_gets_one_project_with_its_interface_and_rubric(desk: Desk) -> None:
    done, links = desk.push(rows(1, 2))
    assert (done.added, done.removed) == (2, 0)
    project = desk.client.projects.get(desk.project())
    assert controls(project.label_config) == controls(labels(QUESTIONS[CORRECT]))
    assert project.expert_instruction.startswith("<h1>\nIs the answer right?</h1>")
    assert project.show_instruction
    assert links == {"s": f"{desk.backend.url}/projects/{desk.project()}/data?tab={links['s'].rpartition('=')[2]}"}


@pytest.mark.slow
def test_only_new_tasks_are_pushed(desk: Desk) -> None:
    desk.push(rows(1, 2))
    before = desk.tasks()
    done, _ = desk.push(rows(1, 2, 3))
    assert (done.added, done.removed) == (1, 0)
    assert {key: task.id for key, task in desk.tasks().items() if key != "s:3"} == {
        key: task.id for key, task in before.items()
    }


@pytest.mark.slow
def test_an_unanswered_task_that_is_no_longer_asked_goes_and_an_answered_one_stays(desk: Desk) -> None:
    desk.push(rows(1, 2))
    desk.answer(desk.tasks()["s:1"].id, "right")
    done, _ = desk.push(rows(3))
    assert (done.added, done.removed) == (1, 1)
    assert set(desk.tasks()) == {"s:1", "s:3"}


@pytest.mark.slow
def test_a_task_that_somebody_has_begun_is_not_taken_away(desk: Desk) -> None:
    desk.push(rows(1))
    task = desk.tasks()["s:1"].id
    begun = {"result": [], "lead_time": 1.0, "draft_id": 0}
    desk.told.http.post(
        f"{desk.told.url}/api/tasks/{task}/drafts?project={desk.project()}",
        json=begun,
        headers={"Authorization": f"Token {desk.told.key}"},
    ).raise_for_status()
    done, _ = desk.push(rows(2))
    assert (done.added, done.removed) == (1, 0)
    assert set(desk.tasks()) == {"s:1", "s:2"}


@pytest.mark.slow
def test_the_task_of_a_row_that_left_the_lake_goes_with_its_answers(desk: Desk) -> None:
    desk.push(rows(1, 2))
    desk.answer(desk.tasks()["s:1"].id, "right")
    desk.push(rows(2), gone=["s:1"])
    assert set(desk.tasks()) == {"s:2"}


@pytest.mark.slow
def test_a_deleted_task_is_asked_again(desk: Desk) -> None:
    desk.push(rows(1, 2))
    desk.client.tasks.delete(str(desk.tasks()["s:1"].id))
    done, _ = desk.push(rows(1, 2))
    assert (done.added, done.removed) == (1, 0)


@pytest.mark.slow
def test_of_doubles_an_unanswered_one_goes(desk: Desk) -> None:
    desk.push(rows(1))
    (task,) = desk.tasks().values()
    desk.client.projects.import_tasks(desk.project(), request=[{"data": dict(task.data)}] * 2)
    done, _ = desk.push(rows(1))
    assert (done.added, done.removed) == (0, 2)


@pytest.mark.slow
def test_a_changed_row_is_asked_about_anew_and_its_old_verdict_stays_there(desk: Desk) -> None:
    desk.push(rows(1))
    desk.answer(desk.tasks()["s:1"].id, "right")
    changed = rows(1).set_column(2, "content_hash", pa.array(["h1b"]))
    done, _ = desk.push(changed)
    assert (done.added, done.removed) == (1, 0)


@pytest.mark.slow
def test_verdicts_come_back_with_reason_reviewer_and_time(desk: Desk, label_studio: LabelStudioServer) -> None:
    desk.push(rows(1))
    made = desk.answer(desk.tasks()["s:1"].id, "wrong", "out of date")
    assert desk.said() == [
        Verdict(
            id="s:1",
            content_hash="h1",
            verdict="wrong",
            reason="out of date",
            reviewer=label_studio.user,
            reviewed_at=made.updated_at,
        )
    ]


@pytest.mark.slow
def test_a_skipped_task_is_a_verdict_without_a_vote(desk: Desk) -> None:
    desk.push(rows(1))
    desk.client.annotations.create(desk.tasks()["s:1"].id, result=[], was_cancelled=True)
    (one,) = desk.said()
    assert isinstance(one, Verdict)
    assert one.verdict == "skipped"


@pytest.mark.slow
def test_two_people_judge_one_row(label_studio: LabelStudioServer, label_studio_key: None) -> None:
    desk = Desk(label_studio, reviewers=Reviewers(per_row=2))
    bea = label_studio.reviewer("bea@example.com", "secret-12345")
    with desk.server:
        desk.push(rows(1))
        task = desk.tasks()["s:1"].id
        desk.answer(task, "right")
        desk.answer(task, "wrong", "out of date", key=bea)
        said = {one.reviewer: one.verdict for one in desk.said() if isinstance(one, Verdict)}
        project = desk.project()
    assert said == {label_studio.user: "right", "bea@example.com": "wrong"}
    assert desk.client.projects.get(project).maximum_annotations == 2


@pytest.mark.slow
def test_each_import_reads_only_what_is_new_and_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    landing = Landing(Table(str(tmp_path / "landed")))
    desk.push(rows(*range(5)))
    tasks = desk.tasks()
    desk.answer(tasks["s:0"].id, "right")
    assert import_verdicts(desk.server, desk.backend, landing, NOW) == 1
    desk.answer(tasks["s:1"].id, "wrong")
    assert import_verdicts(desk.server, desk.backend, landing, NOW) == 2, "what was saved just before is read again"
    assert {one.id for one in landing.said() if isinstance(one, Verdict)} == {"s:0", "s:1"}
    assert landing.asked(desk.server.url) == NOW


@pytest.mark.slow
def test_a_changed_answer_replaces_the_earlier_one(desk: Desk, tmp_path: Path) -> None:
    landing = Landing(Table(str(tmp_path / "landed")))
    desk.push(rows(1))
    made = desk.answer(desk.tasks()["s:1"].id, "right")
    import_verdicts(desk.server, desk.backend, landing, NOW)
    changed = [{**made.result[0], "value": {"choices": ["wrong"]}}]
    desk.client.annotations.update(made.id, result=changed)
    import_verdicts(desk.server, desk.backend, landing, NOW)
    assert [one.verdict for one in landing.said() if isinstance(one, Verdict)] == ["wrong"]


@pytest.mark.slow
def test_a_verdict_outlives_its_task_and_the_server(desk: Desk, tmp_path: Path) -> None:
    landing = Landing(Table(str(tmp_path / "landed")))
    desk.push(rows(1))
    desk.answer(desk.tasks()["s:1"].id, "wrong")
    import_verdicts(desk.server, desk.backend, landing, NOW)
    desk.client.projects.delete(desk.project())
    import_verdicts(desk.server, desk.backend, landing, NOW)
    assert [one.verdict for one in landing.said() if isinstance(one, Verdict)] == ["wrong"]
    done, _ = desk.push(rows(1))
    assert done.added == 1, "the row is asked about again in a new project"


@pytest.mark.slow
def test_looks_that_a_team_has_changed_stay(desk: Desk) -> None:
    desk.push(rows(1))
    own = labels(QUESTIONS[CORRECT]).replace("<View>", '<View style="color: navy">', 1)
    desk.client.projects.update(desk.project(), label_config=own)
    desk.push(rows(1, 2))
    assert "navy" in desk.client.projects.get(desk.project()).label_config


@pytest.mark.slow
def test_an_interface_that_asks_something_else_is_set_right(desk: Desk) -> None:
    desk.push(rows(1))
    other = '<View><Text name="exchange" value="$id"/><TextArea name="verdict" toName="exchange"/></View>'
    desk.client.projects.update(desk.project(), label_config=other)
    desk.push(rows(1))
    assert controls(desk.client.projects.get(desk.project()).label_config)["verdict"] == {"right", "wrong"}


@pytest.mark.slow
def test_answers_by_a_changed_interface_are_told_and_cost_nothing_else(desk: Desk, tmp_path: Path) -> None:
    landing = Landing(Table(str(tmp_path / "landed")))
    desk.push(rows(1, 2))
    tasks = desk.tasks()
    own = labels(QUESTIONS[CORRECT]).replace('value="right" alias="right"', 'value="fine" alias="fine"')
    desk.client.projects.update(desk.project(), label_config=own)
    desk.answer(tasks["s:1"].id, "fine")
    desk.answer(tasks["s:2"].id, "wrong")
    import_verdicts(desk.server, desk.backend, landing, NOW)
    kinds = sorted(type(one).__name__ for one in landing.said())
    assert kinds == ["Unreadable", "Verdict"]
    desk.push(rows(1, 2, 3))
    projects = desk.server.projects(mark(desk.backend, CORRECT))
    fits = [controls(desk.client.projects.get(number).label_config)["verdict"] for number in projects]
    assert fits[0] == {"right", "wrong"}
    import_verdicts(desk.server, desk.backend, landing, NOW)
    assert sorted(type(one).__name__ for one in landing.said()) == ["Unreadable", "Verdict"]


@pytest.mark.slow
def test_an_answer_that_is_mended_is_no_longer_told(desk: Desk, tmp_path: Path) -> None:
    landing = Landing(Table(str(tmp_path / "landed")))
    desk.push(rows(1))
    task = desk.tasks()["s:1"].id
    made = desk.client.annotations.create(task, result=[])
    import_verdicts(desk.server, desk.backend, landing, NOW)
    assert [type(one).__name__ for one in landing.said()] == ["Unreadable"]
    choice = {"from_name": "verdict", "to_name": "exchange", "type": "choices", "value": {"choices": ["right"]}}
    desk.client.annotations.update(made.id, result=[choice])
    import_verdicts(desk.server, desk.backend, landing, NOW)
    assert [type(one).__name__ for one in landing.said()] == ["Verdict"]


@pytest.mark.slow
def test_only_answers_are_news(desk: Desk) -> None:
    desk.push(rows(1, 2))
    first = news(desk.server, desk.backend, None)
    assert first.answered == 0
    assert first.until is not None
    assert news(desk.server, desk.backend, first.until).until == first.until
    desk.answer(desk.tasks()["s:1"].id, "right")
    second = news(desk.server, desk.backend, first.until)
    assert second.answered == 1
    assert news(desk.server, desk.backend, second.until).answered == 0


@pytest.mark.slow
def test_what_is_suspected_is_shown_by_its_words(desk: Desk) -> None:
    table = rows(1, question=LEAK, text="I am Ana")
    found = [[{"entity": "NAME", "message": 0, "start": 5, "end": 8}]]
    at = table.schema.get_field_index("suspected")
    desk.push(table.set_column(at, "suspected", pa.array(found, SUSPECTED)), LEAK)
    assert desk.tasks(LEAK)["s:1"].data["suspected"] == "NAME: Ana"


@pytest.mark.slow
def test_html_in_a_rubric_is_escaped(label_studio: LabelStudioServer, label_studio_key: None, tmp_path: Path) -> None:
    page = tmp_path / "rubric.md"
    page.write_text("# Judge\n\n<script>alert(1)</script> and **bold**\n", "utf-8")
    desk = Desk(label_studio, rubrics={"correct": page})
    with desk.server:
        desk.push(rows(1))
        shown = desk.client.projects.get(desk.project()).expert_instruction
    assert "<script>" not in shown
    assert "<strong>bold</strong>" in shown


@pytest.mark.slow
def test_a_refused_token_is_told_without_it(label_studio: LabelStudioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "f00d" * 10)
    with (
        Server(label_studio.url, "LABEL_STUDIO_API_KEY") as server,
        pytest.raises(InputError, match="the access token was refused") as caught,
    ):
        server.projects("x")
    assert "f00d" not in str(caught.value)


def test_a_missing_token_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    with pytest.raises(InputError, match="the environment variable LABEL_STUDIO_API_KEY is not set"):
        Server("http://127.0.0.1:1", "LABEL_STUDIO_API_KEY")


def test_a_server_that_is_down_may_be_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "f00d" * 10)
    with (
        Server("http://127.0.0.1:1", "LABEL_STUDIO_API_KEY") as server,
        pytest.raises(TryAgain, match="the connection failed") as caught,
    ):
        server.projects("x")
    assert "f00d" not in str(caught.value)


def test_a_web_page_is_not_label_studio(httpserver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "f00d" * 10)
    httpserver.expect_request("/api/projects/").respond_with_data("<html>hello</html>", content_type="text/html")
    with (
        Server(httpserver.url_for("/"), "LABEL_STUDIO_API_KEY") as server,
        pytest.raises(InputError, match="check the address"),
    ):
        server.projects("x")


def test_the_title_of_a_project_says_what_is_asked() -> None:
    config = Review(backend=LabelStudioBackend(project="Support"))
    assert interface(QUESTIONS[CORRECT], config).title == "Support: Is the answer right?"


@pytest.mark.slow
def test_a_server_that_is_killed_goes_on_where_it_was(
    label_studio: LabelStudioServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, landing = tmp_path / "data", Landing(Table(str(tmp_path / "landed")))
    shutil.copytree(label_studio.data, data)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.key)
    with running(data) as first:
        port = int(first.url.rpartition(":")[2])
        desk = Desk(first)
        with desk.server:
            desk.push(rows(1, 2))
            desk.answer(desk.tasks()["s:1"].id, "right")
            import_verdicts(desk.server, desk.backend, landing, NOW)
            desk.answer(desk.tasks()["s:2"].id, "wrong")
    with running(data, port), Server(desk.backend.url, desk.backend.key_variable) as again:
        done, _ = push(again, desk.config, CORRECT, rows(1, 2), {"s:1", "s:2"})
        assert (done.added, done.removed) == (0, 0)
        import_verdicts(again, desk.backend, landing, NOW)
    assert {one.id for one in landing.said() if isinstance(one, Verdict)} == {"s:1", "s:2"}
