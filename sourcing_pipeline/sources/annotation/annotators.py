"""How good the annotators are: by gold questions, by what others say of the same responses, and by the rubric's
checks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from statistics import median

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.agreement import Said, Skill, annotator_skill
from sourcing_pipeline.config import Config
from sourcing_pipeline.rows import WHOLE
from sourcing_pipeline.sources.annotation.journal import Journal
from sourcing_pipeline.sources.annotation.provider import Answer
from sourcing_pipeline.sources.annotation.rubric_checks import Checks, failed_points

LABELS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("task", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("phase", pa.string(), nullable=False),
        pa.field("annotator", pa.string(), nullable=False),
        pa.field("submitted_at", pa.timestamp("us", "UTC")),
        pa.field("seconds", pa.float64()),
        pa.field("cost_usd", pa.float64()),
        pa.field("skipped", pa.bool_()),
    ]
)
"""The ledger of labels: what each answer cost in time and money. `annotator` is a code, not who it was."""


_SHOWN = 50
"""So many annotators at most are listed; a provider that does not tell who answered has one for each answer."""


class Trust(Config):
    """Whose answers are used."""

    min_gold_accuracy: float = Field(default=0.7, ge=0, le=1)
    """Least share of gold points that an annotator gets right."""
    after: int = Field(default=10, ge=1)
    """How many gold points an annotator has answered before that is asked."""


@dataclass(frozen=True)
class Annotator:
    """What is known of one annotator, whose `code` stands for them.

    Tasks answered, and skipped or left blank; the median of the seconds that an answer took; gold points right, and in
    all; agreement on the same responses with others who rated several, and the accuracy estimated from it (None where
    there are none, and of who rated a single one); and responses that failed an automatic check.
    """

    code: str
    answers: int
    skipped: int
    seconds: float | None
    gold_right: int
    gold: int
    agreement: float | None
    skill: float | None
    failed: int
    trusted: bool


def code(annotator: str) -> str:
    """What stands for an annotator in tables and reports."""
    return blake2b(annotator.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True)
class Standards:
    """By what responses are judged: the automatic checks, and what is known of the annotators by their ids."""

    checks: Checks
    annotators: Mapping[str, Annotator]

    def trusted(self, answers: Iterable[Answer]) -> list[Answer]:
        """Those of `answers` that say anything and whose annotators are trusted."""
        return [answer for answer in answers if answer.given and self.annotators[answer.annotator].trusted]


def ratings(answers: Iterable[Answer]) -> list[Said]:
    """What `answers` say of each response by each point; an item is called `<key of the task> <point>`."""
    return [
        Said(f"{answer.task_key} {point}", answer.annotator, said)
        for answer in answers
        if answer.given
        for point, said in answer.points.items()
    ]


def annotators(journal: Journal, trust: Trust, checks: Checks) -> dict[str, Annotator]:
    """Every annotator who has answered anything, by the provider's id of them.

    Where a provider does not tell who answered, each answer has an annotator of its own: nobody is known long enough
    to be distrusted.
    """
    mine = defaultdict(list)
    for answers in journal.by_task.values():
        for answer in answers:
            mine[answer.annotator].append(answer)
    several = {who for who, answers in mine.items() if sum(bool(answer.points) for answer in answers) > 1}
    skills = annotator_skill(ratings(answer for who in several for answer in mine[who]))
    return {who: _annotator(who, answers, skills.get(who), journal, trust, checks) for who, answers in mine.items()}


def _annotator(
    who: str, answers: list[Answer], skill: Skill | None, journal: Journal, trust: Trust, checks: Checks
) -> Annotator:
    gold = [
        answer.points[point] == said
        for answer in answers
        if answer.given
        for point, said in journal.tasks[answer.task_key].expected.items()
        if point in answer.points
    ]
    instructions = [(journal.tasks[answer.task_key].task.instruction, answer.response or "") for answer in answers]
    times = [answer.seconds for answer in answers if answer.seconds is not None]
    return Annotator(
        code=code(who),
        answers=sum(answer.given for answer in answers),
        skipped=sum(not answer.given for answer in answers),
        seconds=median(times) if times else None,
        gold_right=sum(gold),
        gold=len(gold),
        agreement=skill.agreement if skill else None,
        skill=skill.skill if skill else None,
        failed=sum(any(failed_points(asked, response, checks)) for asked, response in instructions if response.strip()),
        trusted=len(gold) < trust.after or sum(gold) >= trust.min_gold_accuracy * len(gold),
    )


def labels(journal: Journal) -> pa.RecordBatch:
    """The LABELS rows of all answers. A skipped task costs nothing."""
    rows = []
    for answer in journal.answers:
        task = journal.tasks[answer.task_key]
        rows.append(
            {
                "id": f"{answer.task_key} {code(answer.id)}",
                "partition": WHOLE,
                "task": answer.task_key,
                "kind": task.task.kind,
                "phase": task.phase,
                "annotator": code(answer.annotator),
                "submitted_at": answer.submitted_at,
                "seconds": answer.seconds,
                "cost_usd": 0.0 if answer.skipped else task.price_usd,
                "skipped": answer.skipped,
            }
        )
    return pa.RecordBatch.from_pylist(rows, schema=LABELS)


def annotators_markdown(found: Mapping[str, Annotator]) -> str:
    """The annotators as a Markdown table, by their codes."""
    head = (
        "| annotator | answers | skipped | seconds (median) | gold right | agrees | accuracy | failed checks | used |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
    )
    shown = sorted(found.values(), key=lambda one: (one.trusted, -one.answers, one.code))
    lines = [
        f"| {one.code} | {one.answers:,} | {one.skipped:,} | {_number(one.seconds)} "
        f"| {f'{one.gold_right} of {one.gold}' if one.gold else '–'} | {_share(one.agreement)} | {_share(one.skill)} "
        f"| {one.failed:,} | {'yes' if one.trusted else 'no'} |\n"
        for one in shown[:_SHOWN]
    ]
    more = f"\n{len(shown) - _SHOWN:,} more answered less, or as much.\n" if len(shown) > _SHOWN else ""
    return head + "".join(lines) + more if found else "nobody has answered yet"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"
