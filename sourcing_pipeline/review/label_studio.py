"""Review in Label Studio: one project for each question, with its labelling interface, its tasks and its verdicts."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import quoteattr

import pyarrow as pa
from pydantic import ValidationError

from sourcing_pipeline.label_studio import Interface, Server, ServerTask, chosen, instant
from sourcing_pipeline.review.config import LabelStudioBackend, Review
from sourcing_pipeline.review.landed import Landing
from sourcing_pipeline.review.questions import QUESTIONS, SKIPPED, Asked, Question
from sourcing_pipeline.review.queue import told_suspicions
from sourcing_pipeline.review.verdicts import Unreadable, Verdict, problem
from sourcing_pipeline.sampling import uniforms

_STYLE = (
    "<Style>"
    '[class*="dialoguetext"] { white-space: pre-wrap; } '
    '[class*="phrase"] [class*="time--"], [class*="phrase"] button, button:has([class*="authorFilter"]) '
    "{ display: none; }"
    "</Style>"
)
"""Lines of a message stay lines, and what is of no use in judging is not shown."""

SAFETY = timedelta(minutes=2)
"""So much earlier than the latest change that was seen is asked again: what was saved late may bear an earlier time."""


@dataclass(frozen=True)
class Pushed:
    """What the push to one project did: tasks that are new there, and unanswered ones that are no longer asked."""

    added: int
    removed: int


def interface(asked: Asked, config: Review) -> Interface:
    """The project of one question."""
    backend = config.backend
    assert isinstance(backend, LabelStudioBackend)
    return Interface(
        mark=mark(backend, asked.question),
        title=f"{backend.project}: {asked.title}",
        labels=labels(asked),
        instructions=asked.rubric(config.rubrics.get(asked.question)),
        annotators=config.reviewers.per_row,
    )


def mark(backend: LabelStudioBackend, question: Question) -> str:
    return f"Made by sourcing-pipeline for {backend.project}, question {question}. Keep this line."


def labels(asked: Asked) -> str:
    """The labelling interface: the exchange as a dialogue, the answers with their keys, reasons, a comment."""
    answers = "".join(
        f'<Choice value="{choice.answer.replace("_", " ")}" alias="{choice.answer}" hotkey="{choice.key}" '
        f"hint={quoteattr(choice.meaning)}/>"
        for choice in asked.choices
    )
    suspected = (
        '<Header value="Suspected" size="5"/><Text name="suspected" value="$suspected"/>' if asked.of_masked else ""
    )
    explained = ",".join(dict.fromkeys(name for one in asked.explained for name in (one, one.replace("_", " "))))
    why = "".join(f"<Choice value={quoteattr(reason)}/>" for reason in asked.reasons)
    reasons = (
        f'<View visibleWhen="choice-selected" whenTagName="verdict" whenChoiceValue="{explained}">'
        f'<Header value="Why?" size="5"/><Choices name="reason" toName="exchange" choice="single-radio">{why}</Choices>'
        "</View>"
        if asked.explained
        else ""
    )
    return (
        f'<View>{_STYLE}<Header value={quoteattr(asked.title)} size="4"/>'
        '<Paragraphs name="exchange" value="$messages" layout="dialogue" nameKey="role" textKey="content"/>'
        f'{suspected}<Choices name="verdict" toName="exchange" choice="single-radio" required="true" '
        f'showInline="true">{answers}</Choices>{reasons}'
        '<TextArea name="comment" toName="exchange" placeholder="A comment, if there is something to say" rows="2" '
        'maxSubmissions="1" editable="true"/></View>'
    )


def push(
    server: Server, config: Review, question: Question, queue: pa.Table, in_lake: Collection[str]
) -> tuple[Pushed, dict[str, str]]:
    """Bring the project of `question` in line with `queue` (its QUEUE rows); gives what was done, and the address of
    the list of tasks of each source.

    A task that stands there, answered or not, is not pushed again, whoever pushed it. Of doubles, of rows that are no
    longer asked about and of older projects, tasks that nobody has touched are removed; of rows that are not
    `in_lake` any more, all are.
    """
    asked = QUESTIONS[question]
    project = server.project(interface(asked, config))
    wanted = {(row["id"], row["content_hash"]): row for row in queue.to_pylist()}
    standing: set[tuple[str, str]] = set()
    removed = 0
    backend = config.backend
    assert isinstance(backend, LabelStudioBackend)
    for number in [project, *(one for one in server.projects(mark(backend, question)) if one != project)]:
        idle = []
        for task in server.tasks(number):
            key = (str(task.data.get("id")), str(task.data.get("content_hash")))
            needed = key in wanted and key not in standing and number == project
            if key[0] not in in_lake or (task.untouched and not needed):
                idle.append(task.id)
            elif key in wanted:
                standing.add(key)
        server.remove(number, idle)
        removed += len(idle)
    fresh = _mingled([row for key, row in wanted.items() if key not in standing])
    server.add(project, [_data(row) for row in fresh])
    sources = sorted({row["source"] for row in wanted.values()})
    return Pushed(len(fresh), removed), {name: server.view(project, name, "source", name) for name in sources}


def _mingled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`rows` in an order that mixes the sources: people judge from the top, and may stop anywhere."""
    order = uniforms([row["id"] for row in rows], "review/order").argsort()
    return [rows[position] for position in order]


def _data(row: Mapping[str, Any]) -> dict[str, Any]:
    messages = [(turn["role"], turn["content"]) for turn in row["messages"]]
    return {
        "id": row["id"],
        "content_hash": row["content_hash"],
        "question": row["question"],
        "source": row["source"],
        "messages": row["messages"],
        "suspected": "\n".join(told_suspicions(messages, row["suspected"] or [])) or "nothing in particular",
    }


def answers(
    server: Server, backend: LabelStudioBackend, question: Question, since: datetime | None
) -> Iterator[tuple[datetime, dict[str, Verdict | Unreadable]]]:
    """What people said in tasks that were changed after `since` (None: in all): of each task its latest change, and the
    verdicts by their place.

    Of every project of the question, older ones too. A skipped task is the answer `skipped`.
    """
    people: dict[int, str] | None = None
    for number in server.projects(mark(backend, question)):
        for task in server.tasks(number, since):
            if task.annotations and people is None:
                people = server.people()
            found = {_place(task, one): _said(task, one, question, people or {}) for one in task.annotations}
            yield task.updated_at, found


def _place(task: ServerTask, annotation: Mapping[str, Any]) -> str:
    return f"label-studio-task-{task.id}-annotation-{annotation.get('id')}"


def _said(
    task: ServerTask, annotation: Mapping[str, Any], question: Question, people: Mapping[int, str]
) -> Verdict | Unreadable:
    who = annotation.get("completed_by")
    try:
        return Verdict.model_validate(
            {
                "id": task.data.get("id"),
                "content_hash": task.data.get("content_hash"),
                "question": question,
                "verdict": SKIPPED if annotation.get("was_cancelled") else chosen(annotation, "verdict"),
                "reason": chosen(annotation, "reason"),
                "comment": chosen(annotation, "comment"),
                "reviewer": people.get(who, f"user {who}") if isinstance(who, int) else str(who or ""),
                "reviewed_at": instant(annotation.get("updated_at")),
            }
        )
    except ValidationError as error:
        said = problem(error)
    except ValueError:
        said = "updated_at is no moment"
    return Unreadable(_place(task, annotation), f"task {task.id} in Label Studio, {said}")


def import_verdicts(server: Server, backend: LabelStudioBackend, landing: Landing, now: datetime) -> int:
    """Land what was said since the last import; gives how many answers were read. `now` is when it was asked.

    What was saved within the last `SAFETY` of the change that was seen last is read again: an answer that takes long to
    save may bear an earlier time than one that was seen already.
    """
    cursor = landing.cursor(server.url)
    latest_change = cursor
    said: dict[str, Verdict | Unreadable] = {}
    for question in QUESTIONS:
        for moment, found in answers(server, backend, question, None if cursor is None else cursor - SAFETY):
            latest_change = moment if latest_change is None else max(latest_change, moment)
            said |= found
    landing.land(said, server.url, latest_change, now)
    return len(said)


@dataclass(frozen=True)
class News:
    """The latest change after a moment, and how many tasks that were changed since have answers."""

    until: datetime | None
    answered: int


def news(server: Server, backend: LabelStudioBackend, since: datetime | None) -> News:
    """What has changed on the server after `since`."""
    until, answered = since, 0
    for question in QUESTIONS:
        for number in server.projects(mark(backend, question)):
            for task in server.tasks(number, since):
                until = task.updated_at if until is None else max(until, task.updated_at)
                answered += bool(task.annotations)
    return News(until, answered)
