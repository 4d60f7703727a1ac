"""Human answers from a Label Studio export (JSON): one task, one row."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import RecipePath, Window
from sourcing_pipeline.licenses import PROPRIETARY, License
from sourcing_pipeline.rows import Drop, DropReason, Example, Strategy, batches
from sourcing_pipeline.sources.exchanges import exchange
from sourcing_pipeline.sources.json_files import Record
from sourcing_pipeline.sources.label_studio.answers import (
    Answer,
    annotations,
    annotators,
    answer,
    choose,
    kinds_of_results,
    seconds,
    skipped,
)
from sourcing_pipeline.sources.label_studio.fields import Fields, as_fields
from sourcing_pipeline.sources.label_studio.shapes import read_tasks
from sourcing_pipeline.sources.label_studio.turns import instruction
from sourcing_pipeline.sources.records import UnreadableError, instant, native_key, text
from sourcing_pipeline.sources.source import Source


class LabelStudio(Source):
    """Answers that annotators wrote in Label Studio, from a JSON export: a list of tasks, or one task.

    A row is one task. Read are text areas (the answer) and chat messages (the whole exchange). A text area of a
    part (a span, an area, a message) is a remark on that part, and the answer only where `response_from_name` names
    it. Choices, pairwise choices, rankings, labels and relations are not text that a person wrote: a chosen response
    has another author, often a model. Nor are predictions and drafts. Cancelled (skipped) annotations don't count,
    nor do answers whose last review rejected them.

    Of several annotators one answer is chosen: a ground truth first; else the one most like the others
    (largest mean Jaccard similarity of their words); of equals, as always with two, the one with the higher
    own rating, then the lower annotation id. `quality_score` is the mean of the chosen annotation's `rating`
    results, (r - 1) / 4 for 1 to 5 stars, or null.

    Exports older than Label Studio 1.0 (`completions`) are read too, and so is JSON_MIN where `response_from_name`
    is set; it knows no skipped tasks, reviews or ground truths, and has one key for a control and data of one name, so
    JSON is better. Other formats are refused.

    Drops: unparsable, no_answer (nobody annotated the task, or what was submitted is empty), only_drafted,
    only_predicted, skipped_by_annotators (or rejected), no_written_answer, empty.
    """

    strategy: ClassVar[Strategy] = "annotated"

    kind: Literal["label_studio"] = "label_studio"
    """Which reader this is."""
    export: RecipePath
    """The JSON export: a list of tasks, or one task."""
    instruction_field: str | tuple[str, ...] = "instruction"
    """Key of the task's data that holds the instruction (text, or a list of {role, content}, or of two people's
    {author, text}); of several, the first that has text."""
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

        `meta` holds task_id, annotation_id, annotations (submitted), seconds (what they took together, where it is
        told) and project; never who annotated, which `person_keys` does. Raises InputError with line and column when
        the JSON is malformed or truncated, or the list is empty, and when the file is no export in JSON.
        """
        clash = self.response_from_name in self._instruction_keys()
        records = read_tasks(name, self.export, self.response_from_name, clash)
        return batches(self._outcome(name, record) for record in records)

    def _instruction_keys(self) -> tuple[str, ...]:
        return (self.instruction_field,) if isinstance(self.instruction_field, str) else self.instruction_field

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
        data = as_fields(task.get("data"), "data")
        made = annotations(task)
        numbered = [(number, one) for number, one in enumerate(made) if not skipped(one)]
        submitted = [one for _, one in numbered]
        people = annotators(submitted)

        def drop(reason: DropReason, detail: str) -> Drop:
            return Drop(row_id, reason, detail, person_keys=people)

        if not submitted:
            return drop(*_unanswered(task, len(made)))
        answers = [answer(number, one, self.response_from_name) for number, one in numbered]
        written = [one for one in answers if one.turns]
        if not written:
            return drop(*_unwritten(kinds_of_results(submitted), self.response_from_name))
        usable = [one for one in written if not one.rejected]
        if not usable:
            return drop(DropReason.SKIPPED_BY_ANNOTATORS, "every answer was rejected in review")
        chosen = choose(usable)
        asked = instruction(data, self._instruction_keys(), chosen.chat)
        messages = exchange((*asked, *chosen.turns))
        if not messages:
            return drop(DropReason.EMPTY, "the instruction in data, or the answer to it")
        project = task.get("project")
        of = None if project is None else native_key(project, "project")
        meta: dict[str, str | int | float | bool | None] = {
            "task_id": row_id.partition(":")[2],
            "annotation_id": chosen.annotation_id,
            "annotations": len(submitted),
            "project": of,
        }
        if (took := seconds(submitted)) is not None:
            meta["seconds"] = took
        return Example(
            id=row_id,
            source=name,
            strategy=self.strategy,
            messages=messages,
            quality_score=chosen.rating,
            license=self.license,
            attribution="Annotators" if of is None else f"Annotators of project {of}",
            tags=self._tags(data),
            created_at=_created_at(chosen, task),
            cost_usd=self.cost_per_annotation_usd * len(submitted),
            person_keys=people,
            meta=meta,
        )

    def _tags(self, data: Fields) -> tuple[str, ...]:
        value = data.get(self.tags_field) if self.tags_field else None
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        return tuple(text(tag, f"data.{self.tags_field}") for tag in values)


def _unanswered(task: Fields, skips: int) -> tuple[DropReason, str]:
    """Why a task has no submitted annotation: passed over, begun, only predicted, or not touched."""
    if skips:
        return DropReason.SKIPPED_BY_ANNOTATORS, f"skipped: {skips}"
    reasons = {"drafts": DropReason.ONLY_DRAFTED, "predictions": DropReason.ONLY_PREDICTED}
    for key, reason in reasons.items():
        found = task.get(key)
        if isinstance(found, list) and found:
            return reason, f"{key}: {len(found)}, and no annotation"
    return DropReason.NO_ANSWER, "nobody has annotated the task"


def _unwritten(results: Sequence[str], response_from_name: str | None) -> tuple[DropReason, str]:
    """Why what was submitted is no text, with the types of its results."""
    if not results:
        return DropReason.NO_ANSWER, "what was submitted is empty"
    wanted = "no text area or chat" if response_from_name is None else "nothing written in response_from_name"
    return DropReason.NO_WRITTEN_ANSWER, f"{wanted} among the results: {', '.join(results)}"


def _created_at(chosen: Answer, task: Fields) -> datetime:
    return instant(chosen.created_at or task.get("updated_at") or task.get("created_at"), "annotations.created_at")
