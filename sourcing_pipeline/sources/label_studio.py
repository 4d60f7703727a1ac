"""Human answers from a Label Studio export (JSON): one task, one row."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import RecipePath, Window
from sourcing_pipeline.licenses import PROPRIETARY, License
from sourcing_pipeline.rows import Drop, DropReason, Example, Role, Strategy, batches
from sourcing_pipeline.sources.exchanges import exchange
from sourcing_pipeline.sources.json_files import Record, read_items
from sourcing_pipeline.sources.records import UnreadableError, instant, kind, native_key, text
from sourcing_pipeline.sources.source import Source

Fields = dict[str, object]


@dataclass(frozen=True)
class Answer:
    """What one annotator submitted for one task; `turns` are the answer, one turn or a chat."""

    order: tuple[int, str]
    turns: tuple[tuple[Role, str], ...]
    chat: bool
    ground_truth: bool
    rejected: bool
    rating: float | None
    created_at: object
    annotation_id: str


class LabelStudio(Source):
    """Answers that annotators wrote in Label Studio, from a JSON export: a list of tasks, or one task.

    A row is one task. Read are text areas (the answer) and chat messages (the whole exchange); results of
    other types are not. Cancelled (skipped) annotations don't count, nor do answers whose last review
    rejected them.

    Of several annotators one answer is chosen: a ground truth first; else the one most like the others
    (largest mean Jaccard similarity of their words); of equals, as always with two, the one with the higher
    own rating, then the lower annotation id. `quality_score` is the mean of the chosen annotation's `rating`
    results, (r - 1) / 4 for 1 to 5 stars, or null. Drops: unparsable, skipped_by_annotators, no_answer,
    empty.
    """

    strategy: ClassVar[Strategy] = "annotated"

    kind: Literal["label_studio"] = "label_studio"
    """Which reader this is."""
    export: RecipePath
    """The JSON export: a list of tasks, or one task."""
    instruction_field: str | tuple[str, ...] = "instruction"
    """Key of the task's data that holds the instruction (text, or a list of {role, content}); of several, the
    first that has text."""
    response_from_name: str | None = None
    """Name of the control that holds the answer; null takes the chat if there is one, else the first text
    area."""
    tags_field: str | None = None
    """Key of the task's data whose text or texts become tags."""
    cost_per_annotation_usd: float = Field(default=0.0, ge=0)
    """What one submitted annotation cost; a row costs this times the annotations of its task."""
    license: License = PROPRIETARY
    """The licence of the annotators' work: an SPDX id or `LicenseRef-…`."""

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """Outcome batches, one outcome a task; `created_at` is when the chosen annotation was made.

        `meta` holds task_id, annotation_id, annotations (submitted) and project; never who annotated. Raises
        InputError with line and column when the JSON is malformed or truncated, or the list is empty.
        """
        records = read_items(name, self.export, "a Label Studio JSON export")
        return batches(self._outcome(name, record) for record in records)

    def _outcome(self, name: str, record: Record) -> Example | Drop:
        row_id = f"{name}:{record.place}"
        try:
            if record.fields is None:
                raise UnreadableError(record.problem)
            if record.fields.get("id") is not None:
                row_id = f"{name}:{native_key(record.fields['id'], 'id')}"
            return self._task(name, row_id, record.fields)
        except UnreadableError as error:
            return error.drop(row_id, record.where())

    def _task(self, name: str, row_id: str, task: Fields) -> Example | Drop:
        data = _object(task.get("data"), "data")
        submitted = [
            (number, annotation)
            for number, annotation in enumerate(_objects(task.get("annotations"), "annotations"))
            if not annotation.get("was_cancelled")
        ]
        if not submitted:
            return Drop(row_id, DropReason.SKIPPED_BY_ANNOTATORS)
        found = [self._answer(number, annotation) for number, annotation in submitted]
        answers = [answer for answer in found if answer.turns]
        if not answers:
            return Drop(row_id, DropReason.NO_ANSWER, "no text area or chat among the results")
        usable = [answer for answer in answers if not answer.rejected]
        if not usable:
            return Drop(row_id, DropReason.SKIPPED_BY_ANNOTATORS, "every answer was rejected in review")
        chosen = choose(usable)
        messages = exchange((*self._instruction(data, chosen.chat), *chosen.turns))
        if not messages:
            return Drop(row_id, DropReason.EMPTY, "the instruction in data, or the answer to it")
        project = task.get("project")
        return Example(
            id=row_id,
            source=name,
            strategy=self.strategy,
            messages=messages,
            quality_score=chosen.rating,
            license=self.license,
            attribution="Annotators" if project is None else f"Annotators of project {native_key(project, 'project')}",
            tags=self._tags(data),
            created_at=_created_at(chosen, task),
            cost_usd=self.cost_per_annotation_usd * len(submitted),
            person_keys=_annotators(annotation for _, annotation in submitted),
            meta={
                "task_id": row_id.partition(":")[2],
                "annotation_id": chosen.annotation_id,
                "annotations": len(submitted),
                "project": None if project is None else native_key(project, "project"),
            },
        )

    def _instruction(self, data: Fields, chat: bool) -> list[tuple[Role, str]]:
        keys = (self.instruction_field,) if isinstance(self.instruction_field, str) else self.instruction_field
        for key in keys:
            value = data.get(key)
            if isinstance(value, str) and value.strip():
                # Beside a chat the text is the scene that was set, and nobody's turn.
                return [("system" if chat else "user", value)]
            if isinstance(value, list):
                turns = [_chat_turn(turn, f"data.{key}[{number}]") for number, turn in enumerate(value)]
                if any(content.strip() for _, content in turns):
                    return turns
        return []

    def _answer(self, number: int, annotation: Fields) -> Answer:
        where = f"annotations[{number}]"
        results = _objects(annotation.get("result"), f"{where}.result")
        named = [
            result
            for result in results
            if result.get("type") in ("textarea", "chatmessage")
            and self.response_from_name in (None, result.get("from_name"))
        ]
        chat = [result for result in named if result.get("type") == "chatmessage"]
        turns: list[tuple[Role, str]] = []
        for result in chat or [result for result in named if result.get("from_name") == named[0].get("from_name")]:
            value = _object(result.get("value"), f"{where}.result.value")
            if chat:
                turns.append(_chat_turn(value.get("chatmessage"), f"{where}.result.value.chatmessage"))
            else:
                turns.append(("assistant", _lines(value.get("text"), f"{where}.result.value.text")))
        identity = annotation.get("id")
        key = str(number) if identity is None else native_key(identity, f"{where}.id")
        return Answer(
            order=(int(key) if key.isdecimal() and len(key) < 19 else 0, key),
            turns=tuple(turns),
            chat=bool(chat),
            ground_truth=annotation.get("ground_truth") is True,
            rejected=_rejected(annotation, where),
            rating=_rating(results),
            created_at=annotation.get("created_at") or annotation.get("updated_at"),
            annotation_id=key,
        )

    def _tags(self, data: Fields) -> tuple[str, ...]:
        value = data.get(self.tags_field) if self.tags_field else None
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        return tuple(text(tag, f"data.{self.tags_field}") for tag in values)


def choose(answers: Sequence[Answer]) -> Answer:
    """The one answer of a task; the rule is `LabelStudio`'s. Raises ValueError without any answer."""
    truths = [answer for answer in answers if answer.ground_truth] or list(answers)
    words = [frozenset(re.findall(r"\w+", " ".join(said for _, said in answer.turns).lower())) for answer in truths]

    def rank(index: int) -> tuple[float, float, tuple[int, str]]:
        others = [_likeness(words[index], other) for place, other in enumerate(words) if place != index]
        mean = sum(sorted(others)) / len(others) if others else 0.0
        rating = truths[index].rating
        return -round(mean, 9), -(-1.0 if rating is None else rating), truths[index].order

    return truths[min(range(len(truths)), key=rank)]


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def _annotators(annotations: Iterable[Fields]) -> tuple[str, ...]:
    """The ids of those who annotated; `completed_by` is an id, or an object with one."""
    by = (annotation.get("completed_by") for annotation in annotations)
    ids = {one.get("id") if isinstance(one, dict) else one for one in by}
    return tuple(sorted(str(one) for one in ids if isinstance(one, int) and not isinstance(one, bool)))


def _chat_turn(value: object, where: str) -> tuple[Role, str]:
    turn = _object(value, where)
    role = turn.get("role")
    if role not in ("system", "user", "assistant"):
        raise UnreadableError(f"{where}.role: expected system, user or assistant")
    content = turn.get("content")
    return role, "" if content is None else text(content, f"{where}.content")


def _lines(value: object, where: str) -> str:
    """A text area's text: one text, or a list of them (one an entry), as paragraphs."""
    if isinstance(value, list):
        return "\n\n".join(text(part, where) for part in value)
    return "" if value is None else text(value, where)


def _rating(results: Sequence[Fields]) -> float | None:
    ratings = []
    for result in results:
        value = result.get("value")
        stars = value.get("rating") if result.get("type") == "rating" and isinstance(value, dict) else None
        if isinstance(stars, int | float) and not isinstance(stars, bool) and 1 <= stars <= 5:
            ratings.append((stars - 1) / 4)
    return sum(ratings) / len(ratings) if ratings else None


def _rejected(annotation: Fields, where: str) -> bool:
    """Whether the last review refused the answer (reviews are in the order they were made)."""
    reviews = _objects(annotation.get("reviews"), f"{where}.reviews")
    return bool(reviews) and reviews[-1].get("accepted") is False


def _created_at(answer: Answer, task: Fields) -> datetime:
    return instant(answer.created_at or task.get("updated_at") or task.get("created_at"), "annotations.created_at")


def _object(value: object, where: str) -> Fields:
    if not isinstance(value, dict):
        raise UnreadableError(f"{where}: expected an object, got {kind(value)}")
    return value


def _objects(value: object, where: str) -> list[Fields]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"{where}: expected a list, got {kind(value)}")
    return [_object(item, f"{where}[{number}]") for number, item in enumerate(value)]
