"""A provider of annotators in memory that keeps the contract of `Provider`, and campaigns that it works for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import PrivateAttr

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import TryAgain
from sourcing_pipeline.sources.annotation import Campaign
from sourcing_pipeline.sources.annotation.instructions import Instruction
from sourcing_pipeline.sources.annotation.journal import Journal, Planned, read_journal
from sourcing_pipeline.sources.annotation.provider import Answer, Form, Met, Provider, Task
from sourcing_pipeline.updates import Updates

NAME = "faq"
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
POINTS = ("complete", "concise", "tone", "sources", "no_assumptions")
SMALL: dict[str, Any] = {"pilot": {"size": 4}, "budget_usd": 100}
_GOLD = "instruction,response,complete,concise,tone,sources\nIs it?,So.,met,met,met,does not apply\n"


@dataclass
class Desk:
    """What the provider has, and what is to go wrong: tasks and answers by the form's title, what they cost."""

    tasks: dict[str, dict[str, Task]] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    answers: dict[str, dict[str, Answer]] = field(default_factory=dict)
    cost_usd: float = 0.0
    sends: int = 0
    asked: list[tuple[str, datetime | None]] = field(default_factory=list)
    fails_after: int | None = None
    """The next call of `send` fails after so many new tasks."""
    loses_reply: bool = False
    """The next call of `send` takes all tasks, and fails."""
    is_down: bool = False

    def all_tasks(self) -> dict[str, Task]:
        return {key: task for tasks in self.tasks.values() for key, task in tasks.items()}

    def form_of(self, key: str) -> Form:
        return next(self.forms[title] for title, tasks in self.tasks.items() if key in tasks)

    def submit(self, answer: Answer) -> None:
        """Take an answer, a new one or in place of the one with its id."""
        self.answers.setdefault(self.form_of(answer.task_key).title, {})[answer.id] = answer


class InMemory(Provider):
    """Knows tasks by their keys; may be down, fail halfway or lose its reply."""

    type: Literal["in_memory"] = "in_memory"
    """Which provider this is."""
    _desk: Desk = PrivateAttr(default_factory=Desk)

    @property
    def desk(self) -> Desk:
        return self._desk

    def send(self, form: Form, tasks: Sequence[Task]) -> None:
        desk = self._desk
        desk.sends += 1
        self._refuse_when_down()
        assert all(task.kind == form.kind for task in tasks)
        desk.forms[form.title] = form
        there = desk.tasks.setdefault(form.title, {})
        for task in tasks:
            if task.key in there:
                continue
            if desk.fails_after == 0:
                desk.fails_after = None
                raise TryAgain("the connection broke")
            if desk.fails_after is not None:
                desk.fails_after -= 1
            there[task.key] = task
            desk.cost_usd += form.annotators * form.price_usd
        if desk.loses_reply:
            desk.loses_reply = False
            raise TryAgain("the reply was lost")

    def answers(self, form: Form, since: datetime | None) -> Iterator[Answer]:
        self._desk.asked.append((form.title, since))
        for answer in list(self._desk.answers.get(form.title, {}).values()):
            self._refuse_when_down()
            if since is None or answer.submitted_at >= since:
                yield answer
        self._refuse_when_down()

    def where(self, form: Form) -> str:
        return f"memory, {form.title}"

    def _refuse_when_down(self) -> None:
        if self._desk.is_down:
            raise TryAgain("the provider is down")


def campaign(folder: Path, **config: Any) -> tuple[Campaign, Desk]:
    """A campaign of a provider in memory, and its desk."""
    faq = folder / "faq.txt"
    if not faq.exists():
        faq.write_text("".join(f"How do I set up mailbox {number}?\n" for number in range(200)), "utf-8")
    fields: dict[str, Any] = {
        "provider": {"type": "files"},
        "instructions": {"files": [faq]},
        "budget_usd": 1000,
        "gold_fraction": 0,
    }
    made = Campaign.model_validate(fields | config)
    provider = InMemory()
    return made.model_copy(update={"provider": provider}), provider.desk


def unmasked(texts: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(some) for some in texts]


def journal_of(updates: Updates) -> Journal:
    return read_journal(updates.landed(None))


def one_round(made: Campaign, updates: Updates, instructions: Sequence[Instruction] | None = None) -> int:
    """Plan and send what is next; gives the number of new tasks."""
    waiting = list(made.from_files(NAME)) if instructions is None else instructions
    found = made.plan(NAME, journal_of(updates), waiting, unmasked)
    made.send(NAME, updates, found.tasks)
    return len(found.tasks)


def planned(number: int | str, kind: Literal["write", "rate"] = "write", **changes: Any) -> Planned:
    """A task that was sent; `number` is its key."""
    task = Task(str(number), kind, f"How do I set up {number}?", None if kind == "write" else f"So you do {number}.")
    made = Planned(task, "pilot", 1, 1.0, f"faq.txt line {number}", True, sent=True)
    return replace(made, **changes)


def written(key: str, by: str, text: str = "Open the settings, then choose it.", **changes: Any) -> Answer:
    return replace(Answer(f"{key}/{by}", key, by, START, 60.0, text), **changes)


def rated(key: str, by: str, failing: Sequence[str] = (), **changes: Any) -> Answer:
    """A rating by which all points are met but those `failing`."""
    points: dict[str, Met] = {point: "not_met" if point in failing else "met" for point in POINTS}
    return replace(Answer(f"{key}/{by}", key, by, START, 30.0, points=points), **changes)


def skipped(key: str, by: str, **changes: Any) -> Answer:
    return replace(Answer(f"{key}/{by}", key, by, START, skipped=True), **changes)


def journal(tasks: Sequence[Planned], answers: Sequence[Answer] = ()) -> Journal:
    """The journal that these would make, by way of its records."""
    return Journal(
        {one.task.key: one for one in tasks}, tuple(sorted(answers, key=lambda one: (one.submitted_at, one.id)))
    )


def answer_everything(
    desk: Desk,
    at: datetime,
    points_of: Callable[[str, str], Sequence[str]] = lambda key, by: (),
    people: Sequence[str] = ("anna", "ben", "carla"),
) -> int:
    """Answer all tasks that are not answered by as many people as they ask; gives the number of answers.

    `points_of` tells which points a person finds failing in a task.
    """
    count = 0
    for title, tasks in desk.tasks.items():
        form = desk.forms[title]
        done = {(answer.task_key, answer.annotator) for answer in desk.answers.get(title, {}).values()}
        for key in tasks:
            for by in people[: form.annotators]:
                if (key, by) not in done:
                    count += 1
                    when = at + timedelta(seconds=count)
                    desk.submit(
                        written(key, by, f"Open the settings of {key}.", submitted_at=when)
                        if form.kind == "write"
                        else rated(key, by, points_of(key, by), submitted_at=when)
                    )
    return count


def window(updates: Updates | None = None, days: float = 365) -> Window:
    made = Window(START + timedelta(days=days), ZoneInfo("UTC"))
    return made if updates is None else replace(made, landed=lambda: updates.landed(None))


def gold_file(folder: Path, count: int = 5) -> Path:
    path = folder / "gold.csv"
    head, line = _GOLD.splitlines()
    path.write_text("\n".join([head, *(line.replace("Is it", f"Is it {n}") for n in range(count))]) + "\n", "utf-8")
    return path
