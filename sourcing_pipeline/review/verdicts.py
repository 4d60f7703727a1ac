"""What people said about rows. A verdict is an input: it is read, from a file or a server, and never made up."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.review.config import Reviewers
from sourcing_pipeline.review.questions import CORRECT, QUESTIONS, SKIPPED, Answer, Question
from sourcing_pipeline.rows import WHOLE, DropReason, outcomes

VERDICTS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("content_hash", pa.string()),
        pa.field("question", pa.string()),
        pa.field("verdict", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("comment", pa.string()),
        pa.field("reviewer", pa.string()),
        pa.field("reviewed_at", pa.timestamp("us", "UTC")),
    ]
)
"""One answer of one reviewer to one question about one row's content: of several, the latest."""


SIMULATED = "simulated"
"""The reviewer of verdicts that a program made for a demonstration; a person's word on the same row counts instead."""


class Verdict(BaseModel):
    """One line of the verdicts file, or one annotation of a server."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[^:\s]+:.+$")
    content_hash: str
    question: Question = CORRECT
    verdict: Answer
    reason: str | None = None
    comment: str | None = None
    reviewer: str = Field(min_length=1)
    reviewed_at: AwareDatetime

    @field_validator("verdict")
    @classmethod
    def answers_the_question(cls, value: Answer, info: ValidationInfo) -> Answer:
        """Raise for an answer to another question."""
        if value not in QUESTIONS[info.data.get("question", CORRECT)].answers:
            raise PydanticCustomError("answer_to_another_question", "this is no answer to its question")
        return value


@dataclass(frozen=True)
class Unreadable:
    """A line, or an annotation, that is no verdict: where it stands, and what is wrong with it."""

    place: str
    problem: str


def read_file(path: Path) -> Iterator[Verdict | Unreadable]:
    """The verdicts in the JSONL file at `path`, one a line; none when it does not exist.

    Raises InputError when it has lines and none of them can be read.
    """
    if not path.exists():
        return
    first: Unreadable | None = None
    readable = False
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                verdict = Verdict.model_validate_json(line)
            except ValidationError as error:
                bad = Unreadable(f"line-{number}", f"line {number}: {problem(error)}")
                first = first or bad
                yield bad
                continue
            readable = True
            yield verdict
    if first and not readable:
        answers = "; ".join(f"{name}: {', '.join(asked.answers)}" for name, asked in QUESTIONS.items())
        raise InputError(
            f"{path}: no line is a verdict; {first.problem}. Each line needs id, content_hash, verdict ({answers}), "
            "reviewer and reviewed_at, and question unless it is correct"
        )


def problem(error: ValidationError) -> str:
    """What is wrong first: the key and the kind of fault, without the value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['type'].replace('_', ' ')}"


def latest(said: Iterable[Verdict]) -> list[Verdict]:
    """Of each reviewer, row, content and question the latest verdict, by id and time; of two at one moment that whose
    answer sorts last."""
    newest: dict[tuple[str, str, Question, str], Verdict] = {}
    for one in said:
        key = (one.id, one.content_hash, one.question, one.reviewer)
        if key not in newest or (one.reviewed_at, one.verdict) > (newest[key].reviewed_at, newest[key].verdict):
            newest[key] = one
    return sorted(newest.values(), key=lambda one: (one.id, one.question, one.reviewed_at, one.reviewer, one.verdict))


def answered(
    said: Iterable[Verdict | Unreadable],
    known: Mapping[str, str],
    masked: Callable[[Collection[str]], Mapping[str, str]] = lambda _: {},
) -> Iterator[pa.RecordBatch]:
    """Outcome batches (`outcomes(VERDICTS)`) of what was said: each verdict once, kept or dropped with its reason.

    `known` gives the content_hash of the rows in the lake by id, and `masked` that of the masked messages of those ids
    that are in the lake: what a verdict on some questions holds for. Dropped are what cannot be read (unparsable),
    verdicts on rows that are not in the lake (unknown_row) or have changed since (stale_verdict), and those that their
    reviewer has given anew (superseded). Verdicts count whenever they were given, also after the recipe's `as_of`: a
    row in which a person found a leak is not released again.
    """
    everything = list(said)
    verdicts = [one for one in everything if isinstance(one, Verdict)]
    standing = {id(one) for one in latest(verdicts)}
    of_masked = {one.id for one in verdicts if QUESTIONS[one.question].of_masked}
    hashes = masked(of_masked) if of_masked else {}
    rows = []
    for one in everything:
        if isinstance(one, Unreadable):
            rows.append(_dropped(f"verdicts:{one.place}", DropReason.UNPARSABLE, one.problem))
        elif id(one) not in standing:
            rows.append(_dropped(one.id, DropReason.SUPERSEDED))
        else:
            rows.append(_row(one, hashes if QUESTIONS[one.question].of_masked else known))
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=outcomes(VERDICTS))


def _dropped(row_id: str, reason: DropReason, detail: str | None = None) -> dict[str, object]:
    return {"id": row_id, "partition": WHOLE, "drop_reason": reason.value, "drop_detail": detail}


def _row(verdict: Verdict, known: Mapping[str, str]) -> dict[str, object]:
    if verdict.id not in known:
        return _dropped(verdict.id, DropReason.UNKNOWN_ROW)
    if known[verdict.id] != verdict.content_hash:
        return _dropped(verdict.id, DropReason.STALE_VERDICT)
    return {**verdict.model_dump(), "partition": WHOLE}


def judged(
    verdicts: pa.Table,
    question: Question = CORRECT,
    answer: Answer = "wrong",
    reviewers: Reviewers = Reviewers(),
) -> dict[str, bool]:
    """For each judged row whether `answer` holds to `question`, as `reviewers.decide` says.

    By majority: when at least half of its reviewers say so. By adjudication: when they all say so, or where they
    disagree the adjudicator who spoke last; a row that is disputed is not judged. Who skipped a row has no vote.
    """
    return {
        row_id: decided
        for row_id, votes in _votes(verdicts, question).items()
        if (decided := _decided(votes, answer, reviewers)) is not None
    }


def disputed(verdicts: pa.Table, question: Question, reviewers: Reviewers) -> frozenset[str]:
    """The rows that wait for an adjudicator: their reviewers disagree, and none has spoken."""
    if reviewers.decide == "majority":
        return frozenset()
    return frozenset(
        row_id
        for row_id, votes in _votes(verdicts, question).items()
        if len({said for _, said in votes}) > 1 and not any(who in reviewers.adjudicators for who, _ in votes)
    )


def reviewed(verdicts: pa.Table, question: Question) -> dict[str, int]:
    """How many people have a vote on each row; 0 for a row that was only skipped."""
    counted = {row_id: len(votes) for row_id, votes in _votes(verdicts, question).items()}
    asked = verdicts.filter(pc.equal(pc.fill_null(verdicts.column("question"), CORRECT), question))
    return {**dict.fromkeys(asked.column("id").unique().to_pylist(), 0), **counted}


Votes = dict[str, list[tuple[str, Answer]]]


def _votes(verdicts: pa.Table, question: Question) -> Votes:
    """Who said what of each row, in the order of time; of one reviewer the latest counts."""
    spoken: dict[tuple[str, str], Answer] = {}
    order = [("reviewed_at", "ascending"), ("verdict", "ascending")]
    for row in verdicts.select(["id", "question", "verdict", "reviewer", "reviewed_at"]).sort_by(order).to_pylist():
        if (row["question"] or CORRECT) == question:
            spoken.pop((row["id"], row["reviewer"]), None)
            spoken[row["id"], row["reviewer"]] = row["verdict"]
    votes: Votes = {}
    by_people = {row_id for (row_id, who), said in spoken.items() if who != SIMULATED and said != SKIPPED}
    for (row_id, who), said in spoken.items():
        if said != SKIPPED and not (who == SIMULATED and row_id in by_people):
            votes.setdefault(row_id, []).append((who, said))
    return votes


def _decided(votes: list[tuple[str, Answer]], answer: Answer, reviewers: Reviewers) -> bool | None:
    if reviewers.decide == "majority":
        return 2 * sum(said == answer for _, said in votes) >= len(votes)
    final = [said for who, said in votes if who in reviewers.adjudicators]
    if final:
        return final[-1] == answer
    return votes[0][1] == answer if len({said for _, said in votes}) == 1 else None


def simulated(verdicts: pa.Table) -> bool:
    """Whether any verdict was made by a program for a demonstration."""
    return SIMULATED in verdicts.column("reviewer").unique().to_pylist()


def as_line(verdict: Verdict) -> str:
    """`verdict` as one line of the verdicts file."""
    left_out = {"comment"} if verdict.comment is None else set()
    return json.dumps(verdict.model_dump(mode="json", exclude=left_out), ensure_ascii=False) + "\n"


def as_table(verdicts: Iterable[Verdict]) -> pa.Table:
    """`verdicts` as a VERDICTS table."""
    return pa.Table.from_pylist([{**one.model_dump(), "partition": WHOLE} for one in verdicts], schema=VERDICTS)


def commonest_reasons(verdicts: pa.Table, source: str, answer: Answer, most: int) -> list[tuple[str, int]]:
    """The `most` commonest reasons that were given with `answer` for rows of `source`, each with its number."""
    rows = verdicts.select(["id", "verdict", "reason"]).to_pylist()
    given = Counter(
        row["reason"]
        for row in rows
        if row["verdict"] == answer and row["reason"] and row["id"].startswith(f"{source}:")
    )
    return sorted(given.items(), key=lambda one: (-one[1], one[0]))[:most]
