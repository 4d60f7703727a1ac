"""What a campaign has asked for and what came back: records that land in quarantine, and what they add up to.

A task is written down before it is sent, with what it may cost, so that a run that is killed knows what it may have
bought; after that it is written down as sent. Answers are written down as they come. What tasks may cost is written
down a second time, apart from them: when a person asks to be forgotten, the tasks about them go, and the money is
spent all the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any, Literal

from sourcing_pipeline.config import Landed
from sourcing_pipeline.sources.annotation.provider import Answer, Met, Task, TaskKind

Phase = Literal["pilot", "rating", "gold", "scale"]
"""Why a task is asked: in the pilot, to rate what was written in it, to test the annotators, or for the dataset."""

TASKS = "tasks"
"""The partition of tasks and reserves; those of answers are days."""


def key_of(campaign: str, kind: TaskKind, instruction: str, response: str | None) -> str:
    """The key of a task: the same whenever the same is asked."""
    said = "\0".join((campaign, kind, instruction, "" if response is None else response))
    return blake2b(said.encode(), digest_size=12).hexdigest()


@dataclass(frozen=True)
class Planned:
    """One task of the campaign, asked of `annotators` people, for `reserved_usd` at most; on the pilot's form, or not.

    `origin` is where its instruction comes from (`faq.csv line 3`, a row's id, another task), `expected` what is to be
    said of a gold question by the rubric, and `person_keys` whom its text is about.
    """

    task: Task
    phase: Phase
    annotators: int
    reserved_usd: float
    origin: str
    in_pilot: bool
    expected: Mapping[str, Met] = field(default_factory=dict)
    person_keys: tuple[str, ...] = ()
    sent: bool = False

    @property
    def price_usd(self) -> float:
        """What one answer costs."""
        return self.reserved_usd / self.annotators

    def landed(self) -> Landed:
        """This task as a record; a sent one is newer than a planned one."""
        record = {"record": "task", **asdict(self), "expected": dict(self.expected)}
        return Landed(self.task.key, TASKS, "2 sent" if self.sent else "1 planned", record, self.person_keys)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Planned":
        """The task in a landed record."""
        named = _without_kind(record)
        return cls(**{**named, "task": Task(**named["task"]), "person_keys": tuple(named["person_keys"])})


def rating_key(campaign: str, pilot: Planned, answer: Answer) -> str:
    """The key of the task that rates what `answer` says to a task of the pilot, whether it was planned yet or not."""
    return key_of(campaign, "rate", pilot.task.instruction, answer.response)


@dataclass(frozen=True)
class Journal:
    """All tasks by key, all answers to them in the order in which they were submitted, and what tasks may cost that
    were erased since."""

    tasks: Mapping[str, Planned]
    answers: tuple[Answer, ...]
    erased_usd: float = 0.0

    @property
    def reserved_usd(self) -> float:
        """What the tasks may cost, whether they are answered yet or not."""
        return self.erased_usd + sum(one.reserved_usd for one in self.tasks.values())

    @property
    def unsent(self) -> list[Planned]:
        """Tasks that were written down and of which nobody knows whether the provider has them."""
        return [one for one in self.tasks.values() if not one.sent]

    def of_phase(self, *phases: Phase) -> dict[str, Planned]:
        """The tasks of some phases, by key."""
        return {key: one for key, one in self.tasks.items() if one.phase in phases}

    @cached_property
    def by_task(self) -> dict[str, list[Answer]]:
        """The answers to each task in their order, skipped ones too; of one annotator's answers to it the last."""
        last: dict[str, dict[str, Answer]] = {key: {} for key in self.tasks}
        for answer in self.answers:
            last[answer.task_key].pop(answer.annotator, None)
            last[answer.task_key][answer.annotator] = answer
        return {key: list(answers.values()) for key, answers in last.items()}


def read_journal(landed: Iterable[Landed]) -> Journal:
    """The journal in landed records. Answers to tasks that are not in it are left out: their task was erased."""
    tasks: dict[str, Planned] = {}
    answers: list[Answer] = []
    reserves = 0.0
    for one in landed:
        match one.record["record"]:
            case "task":
                tasks[one.key] = Planned.of(one.record)
            case "reserve":
                reserves += one.record["usd"]
            case _:
                answers.append(_answer(one.record))
    answers.sort(key=lambda one: (one.submitted_at, one.id))
    erased = max(0.0, reserves - sum(one.reserved_usd for one in tasks.values()))
    return Journal(tasks, tuple(one for one in answers if one.task_key in tasks), erased)


def reserve_landed(planned: Sequence[Planned]) -> Landed:
    """What some tasks may cost in all, as a record that stays when they are erased."""
    keys = " ".join(sorted(one.task.key for one in planned))
    name = blake2b(keys.encode(), digest_size=12).hexdigest()
    record = {"record": "reserve", "usd": sum(one.reserved_usd for one in planned)}
    return Landed(f"reserve {name}", TASKS, "1", record)


def answer_landed(answer: Answer, task: Planned, before: Landed | None) -> Landed:
    """An answer as a record that takes the place of `before`, the record of the same answer when it came last.

    Gives `before` itself when nothing changed, or when this is an older state of the answer. Its version counts the
    changes: not every provider tells when an answer was changed.
    """
    answer = replace(answer, submitted_at=answer.submitted_at.astimezone(UTC))
    record = {
        "record": "answer",
        **asdict(answer),
        "points": dict(answer.points),
        "submitted_at": answer.submitted_at.isoformat(),
    }
    if before and (record == before.record or _answer(before.record).submitted_at > answer.submitted_at):
        return before
    people = tuple(sorted({answer.annotator, *task.person_keys}))
    version = f"{int(before.version) + 1 if before else 1:06}"
    return Landed(answer_key(answer), answer.submitted_at.date().isoformat(), version, record, people)


def answer_key(answer: Answer) -> str:
    """The key of an answer's record."""
    return f"{answer.task_key} {answer.id}"


def sent(tasks: Iterable[Planned]) -> list[Planned]:
    """`tasks`, now that the provider has them."""
    return [replace(one, sent=True) for one in tasks]


def _answer(record: Mapping[str, Any]) -> Answer:
    named = _without_kind(record)
    return Answer(**{**named, "submitted_at": datetime.fromisoformat(named["submitted_at"])})


def _without_kind(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "record"}
