"""Annotation in a real Label Studio."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.label_studio import Server, controls
from sourcing_pipeline.sources.annotation.provider import Answer, Form, Point, Task
from sourcing_pipeline.sources.annotation.providers.label_studio import LabelStudio, labels
from sourcing_pipeline_tests.label_studio_server import LabelStudioServer

_NUMBERS = itertools.count()
POINTS = (Point("concise", "Under 200 words"), Point("tone", 'In the user\'s "tone" & language'))


def form(kind: str = "write", annotators: int = 1) -> Form:
    name = f"set_{next(_NUMBERS)}"
    return Form(name, kind, "# Rubric\n\n1. `concise` **Short.**\n", POINTS, 1.0, annotators)  # type: ignore[arg-type]


def task(key: str, kind: str = "write") -> Task:
    return Task(key, kind, f"Instruction <b>{key}</b>", "A response" if kind == "rate" else None)  # type: ignore[arg-type]


def test_the_interface_to_write_asks_for_a_text_and_the_one_to_rate_for_each_point() -> None:
    assert set(controls(labels(form("write")))) == {"response", "note"}
    rated = controls(labels(form("rate")))
    assert set(rated) == {"point_concise", "point_tone", "note"}
    assert rated["point_tone"] == {"met", "not_met", "does_not_apply"}


def test_where_the_work_is_done_is_known_without_asking() -> None:
    one = form()
    assert LabelStudio(url="http://127.0.0.1:9").where(one) == f"http://127.0.0.1:9 (project '{one.campaign} (write)')"


class Team:
    """Annotators at a form of their own."""

    def __init__(self, told: LabelStudioServer, one: Form) -> None:
        self.told, self.form = told, one
        self.provider = LabelStudio(url=told.url)

    def send(self, *tasks: Task) -> None:
        self.provider.send(self.form, tasks)

    def project(self) -> int:
        found = [one for one in self.told.client().projects.list() if one.title == self.form.title]
        return int(found[0].id)

    def tasks(self) -> dict[str, int]:
        with Server(self.told.url, "LABEL_STUDIO_API_KEY") as server:
            return {str(one.data["key"]): one.id for one in server.tasks(self.project())}

    def answer(self, number: int, result: Sequence[dict[str, Any]], **changes: Any) -> Any:
        return self.told.client().annotations.create(number, result=list(result), lead_time=12.5, **changes)

    def answers(self) -> list[Answer]:
        return list(self.provider.answers(self.form, None))


def text(name: str, value: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "instruction", "type": "textarea", "value": {"text": [value]}}


def choice(name: str, value: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "response", "type": "choices", "value": {"choices": [value]}}


@pytest.fixture
def writers(label_studio: LabelStudioServer, label_studio_key: None) -> Team:
    return Team(label_studio, form("write"))


@pytest.fixture
def raters(label_studio: LabelStudioServer, label_studio_key: None) -> Team:
    return Team(label_studio, form("rate", annotators=2))


@pytest.mark.slow
def test_tasks_are_sent_once_however_often_they_are_handed_over(writers: Team) -> None:
    writers.send(task("a"), task("b"))
    writers.send(task("b"), task("c"))
    writers.send(task("a"), task("a"))
    assert sorted(writers.tasks()) == ["a", "b", "c"]


@pytest.mark.slow
def test_what_was_written_comes_back_with_who_wrote_it_and_how_long_it_took(writers: Team) -> None:
    writers.send(task("a"))
    made = writers.answer(writers.tasks()["a"], [text("response", "Do this."), text("note", "unclear")])
    assert writers.answers() == [
        Answer(
            id=f"label-studio-{made.id}",
            task_key="a",
            annotator=writers.told.user,
            submitted_at=made.updated_at,
            seconds=12.5,
            response="Do this.",
            note="unclear",
        )
    ]


@pytest.mark.slow
def test_ratings_of_two_people_come_back_point_by_point(raters: Team) -> None:
    bea = raters.told.reviewer("bea.rates@example.com", "secret-12345")
    raters.send(task("a", "rate"))
    number = raters.tasks()["a"]
    raters.answer(number, [choice("point_concise", "met"), choice("point_tone", "not_met")])
    raters.told.client(bea).annotations.create(number, result=[choice("point_concise", "does_not_apply")])
    said = {one.annotator: dict(one.points) for one in raters.answers()}
    assert said == {
        raters.told.user: {"concise": "met", "tone": "not_met"},
        "bea.rates@example.com": {"concise": "does_not_apply"},
    }
    assert raters.told.client().projects.get(raters.project()).maximum_annotations == 2


@pytest.mark.slow
def test_a_skipped_task_comes_back_as_skipped(writers: Team) -> None:
    writers.send(task("a"))
    writers.answer(writers.tasks()["a"], [], was_cancelled=True)
    assert [one.skipped for one in writers.answers()] == [True]


@pytest.mark.slow
def test_only_answers_after_a_moment_are_asked_for(writers: Team) -> None:
    writers.send(task("a"), task("b"))
    tasks = writers.tasks()
    first = writers.answer(tasks["a"], [text("response", "one")])
    writers.answer(tasks["b"], [text("response", "two")])
    since = first.updated_at + timedelta(milliseconds=50)
    assert [one.response for one in writers.provider.answers(writers.form, since)] == ["two"]


@pytest.mark.slow
def test_writing_and_rating_are_two_projects_and_campaigns_do_not_mix(writers: Team) -> None:
    other = Team(writers.told, replace(writers.form, kind="rate"))
    writers.send(task("a"))
    other.send(task("b", "rate"))
    assert (set(writers.tasks()), set(other.tasks())) == ({"a"}, {"b"})
    assert Team(writers.told, form()).answers() == []


@pytest.mark.slow
def test_a_refused_token_is_an_error_of_the_recipe(writers: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "f00d" * 10)
    with pytest.raises(InputError, match="the access token was refused"):
        writers.send(task("a"))


def test_a_server_that_is_down_may_be_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "f00d" * 10)
    with pytest.raises(TryAgain, match="the connection failed") as caught:
        LabelStudio(url="http://127.0.0.1:9").send(form(), [task("a")])
    assert "Instruction" not in str(caught.value)
