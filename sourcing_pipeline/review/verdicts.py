"""What people said about rows. A verdict is an input: it is read from a file and never changed here."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.review.queue import CORRECT, LEAK, Question
from sourcing_pipeline.review.statistics import ErrorRate, error_rate
from sourcing_pipeline.rows import WHOLE, DropReason, outcomes

VERDICTS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("content_hash", pa.string()),
        pa.field("question", pa.string()),
        pa.field("verdict", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("reviewer", pa.string()),
        pa.field("reviewed_at", pa.timestamp("us", "UTC")),
    ]
)
"""One answer of one reviewer to one question about one row's content."""

Answer = Literal["right", "wrong", "leak", "over_masked", "fine"]
ANSWERS: dict[Question, tuple[Answer, ...]] = {CORRECT: ("right", "wrong"), LEAK: ("leak", "over_masked", "fine")}
"""What may be said to each question."""


class Verdict(BaseModel):
    """One line of the verdicts file."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[^:\s]+:.+$")
    content_hash: str
    question: Question = CORRECT
    verdict: Answer
    reason: str | None = None
    reviewer: str = Field(min_length=1)
    reviewed_at: AwareDatetime

    @field_validator("verdict")
    @classmethod
    def answers_the_question(cls, value: Answer, info: ValidationInfo) -> Answer:
        """Raise for an answer to another question."""
        if value not in ANSWERS.get(info.data.get("question", CORRECT), ()):
            raise PydanticCustomError("answer_to_another_question", "this is no answer to its question")
        return value


def read_verdicts(
    path: Path,
    known: Mapping[str, str],
    as_of: datetime,
    masked: Callable[[Collection[str]], Mapping[str, str]] = lambda _: {},
) -> Iterator[pa.RecordBatch]:
    """Outcome batches (`outcomes(VERDICTS)`) of the file at `path`, one row a line; none when it does not exist.

    `known` gives the content_hash of the rows in the lake by id, and `masked` that of the masked messages of those ids
    that are in the lake: what a verdict about leaks holds for. A line is dropped when it cannot be read (unparsable),
    when its row is not in the lake (unknown_row) or has changed since (stale_verdict). Verdicts given after `as_of` are
    not there yet. Raises InputError when no line at all can be read.
    """
    if not path.exists():
        return
    found: list[Verdict | dict[str, object]] = []
    unreadable: list[str] = []
    readable = 0
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                verdict = Verdict.model_validate_json(line)
            except ValidationError as error:
                unreadable.append(f"line {number}: {_problem(error)}")
                found.append(_dropped(f"verdicts:line-{number}", DropReason.UNPARSABLE, unreadable[-1]))
                continue
            readable += 1
            if verdict.reviewed_at <= as_of:
                found.append(verdict)
    if unreadable and not readable:
        raise InputError(
            f"{path}: no line is a verdict; {unreadable[0]}. Each line needs id, content_hash, "
            "verdict (right or wrong; for the question leak: leak, over_masked or fine), reviewer and reviewed_at"
        )
    about_leaks = {one.id for one in found if isinstance(one, Verdict) and one.question == LEAK}
    hashes = {CORRECT: known, LEAK: masked(about_leaks) if about_leaks else {}}
    rows = [_row(one, hashes[one.question]) if isinstance(one, Verdict) else one for one in found]
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=outcomes(VERDICTS))


def _problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['type'].replace('_', ' ')}"


def _dropped(row_id: str, reason: DropReason, detail: str | None = None) -> dict[str, object]:
    return {"id": row_id, "partition": WHOLE, "drop_reason": reason.value, "drop_detail": detail}


def _row(verdict: Verdict, known: Mapping[str, str]) -> dict[str, object]:
    if verdict.id not in known:
        return _dropped(verdict.id, DropReason.UNKNOWN_ROW)
    if known[verdict.id] != verdict.content_hash:
        return _dropped(verdict.id, DropReason.STALE_VERDICT)
    return {**verdict.model_dump(), "partition": WHOLE}


def judged(verdicts: pa.Table, question: Question = CORRECT, answer: Answer = "wrong") -> dict[str, bool]:
    """For each row with a verdict on `question` whether `answer` holds: at least half of its reviewers say so.

    Of one reviewer the latest verdict counts.
    """
    latest: dict[tuple[str, str], bool] = {}
    for row in verdicts.sort_by([("reviewed_at", "ascending"), ("verdict", "ascending")]).to_pylist():
        if (row["question"] or CORRECT) == question:
            latest[row["id"], row["reviewer"]] = row["verdict"] == answer
    votes: dict[str, list[bool]] = {}
    for (row_id, _), said in latest.items():
        votes.setdefault(row_id, []).append(said)
    return {row_id: 2 * sum(said) >= len(said) for row_id, said in votes.items()}


def source_error_rate(judgements: Mapping[str, bool], sample: Iterable[str], confidence: float) -> ErrorRate:
    """The error rate of a source over the rows of its review `sample` (ids) that were judged."""
    said = [judgements[row_id] for row_id in sample if row_id in judgements]
    return error_rate(sum(said), len(said), confidence)


def simulated(verdicts: pa.Table) -> bool:
    """Whether any verdict was made by a program for a demonstration (reviewer `simulated`)."""
    return "simulated" in verdicts.column("reviewer").unique().to_pylist()


def as_line(verdict: Verdict) -> str:
    """`verdict` as one line of the verdicts file."""
    return json.dumps(verdict.model_dump(mode="json"), ensure_ascii=False) + "\n"
