"""Annotation in a Label Studio of ours: one project for each campaign and kind of task."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, cast, get_args
from xml.sax.saxutils import quoteattr

from sourcing_pipeline.config import VariableName
from sourcing_pipeline.label_studio import Interface, Server, ServerTask, ServerUrl, chosen, instant
from sourcing_pipeline.sources.annotation.provider import Answer, Form, Met, Provider, Task

_POINT = "point_"


class LabelStudio(Provider):
    """People who work in Label Studio."""

    type: Literal["label_studio"] = "label_studio"
    """Which provider this is."""
    url: ServerUrl = "http://127.0.0.1:8080"
    """Address of the server."""
    key_variable: VariableName = "LABEL_STUDIO_API_KEY"
    """Environment variable that holds an access token of the server."""

    def send(self, form: Form, tasks: Sequence[Task]) -> None:
        """Push the tasks whose keys stand in none of the campaign's projects."""
        with Server(self.url, self.key_variable) as server:
            project = server.project(_interface(form))
            standing = {
                str(task.data.get("key"))
                for number in {project, *server.projects(_mark(form))}
                for task in server.tasks(number)
            }
            fresh = {task.key: task for task in tasks if task.key not in standing}
            server.add(project, [_data(task) for task in fresh.values()])

    def answers(self, form: Form, since: datetime | None) -> Iterator[Answer]:
        """The annotations of tasks that were changed after `since`, of every project of the campaign and kind."""
        people: dict[int, str] | None = None
        with Server(self.url, self.key_variable) as server:
            for number in server.projects(_mark(form)):
                for task in server.tasks(number, since):
                    for annotation in task.annotations:
                        people = server.people() if people is None else people
                        yield _answer(task, annotation, form, people)

    def where(self, form: Form) -> str:
        """The server's address, and the project's title."""
        return f"{self.url} (project {form.title!r})"


def _mark(form: Form) -> str:
    return f"Made by sourcing-pipeline for the campaign {form.campaign}, tasks to {form.kind}. Keep this line."


def _interface(form: Form) -> Interface:
    return Interface(_mark(form), form.title, labels(form), form.rubric, form.annotators)


def labels(form: Form) -> str:
    """The labelling interface: the instruction, and a text to write, or a response with a choice for each point."""
    shown = '<Header value="Instruction" size="5"/><Text name="instruction" value="$instruction"/>'
    note = (
        '<TextArea name="note" toName="instruction" rows="2" maxSubmissions="1" editable="true" '
        'placeholder="What was unclear, or why you skip it"/>'
    )
    if form.kind == "write":
        asked = (
            '<Header value="Your response" size="5"/><TextArea name="response" toName="instruction" rows="10" '
            'maxSubmissions="1" editable="true" required="true" placeholder="Write here"/>'
        )
        return f"<View>{shown}{asked}{note}</View>"
    choices = "".join(f'<Choice value="{met.replace("_", " ")}" alias="{met}"/>' for met in get_args(Met))
    points = "".join(
        f'<Header value={quoteattr(point.text)} size="6"/><Choices name="{_POINT}{point.id}" toName="response" '
        f'choice="single-radio" required="true" showInline="true">{choices}</Choices>'
        for point in form.points
    )
    response = '<Header value="Response" size="5"/><Text name="response" value="$response"/>'
    return f"<View>{shown}{response}{points}{note}</View>"


def _data(task: Task) -> dict[str, Any]:
    return {"key": task.key, "instruction": task.instruction, "response": task.response or ""}


def _answer(task: ServerTask, annotation: Mapping[str, Any], form: Form, people: Mapping[int, str]) -> Answer:
    who = annotation.get("completed_by")
    seconds = annotation.get("lead_time")
    said = {point.id: chosen(annotation, f"{_POINT}{point.id}") for point in form.points}
    return Answer(
        id=f"label-studio-{annotation.get('id')}",
        task_key=str(task.data.get("key")),
        annotator=people.get(who, f"user {who}") if isinstance(who, int) else str(who or "unknown"),
        submitted_at=instant(annotation.get("updated_at")),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        response=chosen(annotation, "response") if form.kind == "write" else None,
        points={point: cast(Met, met) for point, met in said.items() if met in get_args(Met)}
        if form.kind == "rate"
        else {},
        note=chosen(annotation, "note"),
        skipped=bool(annotation.get("was_cancelled")),
    )
