"""An annotation campaign: instructions that people answer, from a pilot to a dataset."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Union

import pyarrow as pa
from pydantic import Field, model_validator

from sourcing_pipeline.config import Landed, RecipePath, Window
from sourcing_pipeline.errors import InputError, RecipeError
from sourcing_pipeline.licenses import PROPRIETARY, License
from sourcing_pipeline.rows import Strategy, batches
from sourcing_pipeline.sources.annotation.annotators import Annotator, Standards, Trust, annotators
from sourcing_pipeline.sources.annotation.gold import read_gold, with_examples
from sourcing_pipeline.sources.annotation.instructions import Instruction, Instructions, read_instructions
from sourcing_pipeline.sources.annotation.journal import (
    Journal,
    Planned,
    answer_key,
    answer_landed,
    read_journal,
    reserve_landed,
    sent,
)
from sourcing_pipeline.sources.annotation.pilot import Pilot, PilotReport, pilot_report
from sourcing_pipeline.sources.annotation.plan import ROUNDING_USD, Masks, Plan, Wanted, masked, plan
from sourcing_pipeline.sources.annotation.provider import Form, Provider, TaskKind
from sourcing_pipeline.sources.annotation.providers import providers
from sourcing_pipeline.sources.annotation.responses import rows
from sourcing_pipeline.sources.annotation.rubric import Rubric, read_rubric
from sourcing_pipeline.sources.annotation.rubric_checks import Checks
from sourcing_pipeline.sources.source import Source
from sourcing_pipeline.updates import Updates

if TYPE_CHECKING:
    AnyProvider = Provider
else:
    AnyProvider = Annotated[Union[tuple(providers().values())], Field(discriminator="type")]  # noqa: UP007


SAFETY = timedelta(hours=1)
"""So much earlier than the latest answer is asked again: what was saved late may bear an earlier time."""


class Campaign(Source):
    """Responses that annotators wrote, or rated, in a campaign of ours: sent to a provider, a pilot first.

    A row is one task that was answered well enough. What is sent next is decided at the end of a run
    (`<source>_tasks`), and what has come back is fetched at the beginning of the next (`<source>_updates`).
    """

    strategy: ClassVar[Strategy] = "annotated"
    updated: ClassVar[bool] = True
    may_be_empty: ClassVar[bool] = True

    kind: Literal["campaign"] = "campaign"
    """Which reader this is."""
    task: TaskKind = "write"
    """`write`: people write a response to an instruction; `rate`: they rate a response that is there."""
    provider: AnyProvider
    """Who does the work."""
    rubric: RecipePath | None = None
    """A page or two of Markdown that tell annotators what a good response is; its points are list items that begin with
    an id in code marks. Null: the built-in one.
    """
    examples: RecipePath | None = None
    """A table of example annotations (instruction, response, why) that annotators see behind the rubric."""
    instructions: Instructions = Instructions()
    """What is to be answered."""
    price_usd: float = Field(default=1.0, gt=0, le=100)
    """What one answer of one annotator costs; $0.50 to $2 is usual."""
    budget_usd: float = Field(gt=0)
    """What the campaign may cost in all. A task that does not fit into it is not sent."""
    annotators: int = Field(default=1, ge=1, le=20)
    """How many people answer each task (overlap)."""
    pilot: Pilot = Pilot()
    """The trial before the campaign is sent out as a whole."""
    checks: Checks = Checks()
    """What of the rubric a program checks; responses that fail are not used."""
    gold: RecipePath | None = None
    """A table of gold questions (instruction, response, and the points of the rubric with what is to be said)."""
    gold_fraction: float = Field(default=0.1, ge=0, le=0.5)
    """Share of gold questions among the tasks, as long as there are any that were not asked."""
    trust: Trust = Trust()
    """Whose answers are used."""
    license: License = PROPRIETARY
    """The licence of the annotators' work: an SPDX id or `LicenseRef-…`."""

    @model_validator(mode="after")
    def consistent(self) -> "Campaign":
        if not self.instructions.files and not self.instructions.from_topics:
            raise ValueError("instructions: give files, or a number in from_topics, or both")
        wanted = self._wanted("")
        least = wanted.cost_usd(self.task, in_pilot=True)
        if self.task == "write":
            least += self.annotators * wanted.cost_usd("rate", in_pilot=True)
        if self.budget_usd < least:
            raise ValueError(f"budget_usd does not pay for one task of the pilot and its rating: ${least:,.2f}")
        return self

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """Outcome batches, one outcome a task that was asked; `created_at` is when the chosen answer was submitted.

        `meta` holds phase, origin, answers and seconds; never who answered.
        """
        journal = read_journal(window.landed())
        yield from batches(rows(name, journal, self._standards(journal), self.license))

    def update(self, name: str, window: Window, updates: Updates) -> None:
        """Fetch the answers that were submitted since the last time; nothing is asked before a task was written down.

        Answers to tasks that are not known (any more), or of people who asked to be forgotten, are left out.
        """
        stored = {one.key: one for one in updates.landed(None)}
        journal = read_journal(stored.values())
        cursor = updates.cursor()
        last = datetime.fromisoformat(cursor) if cursor else None
        since = last - SAFETY if last else None
        found: dict[str, Landed] = {}
        newest = last
        for form, _ in self._by_form(name, journal.tasks.values()):
            for answer in self.provider.answers(form, since):
                newest = max(newest or answer.submitted_at, answer.submitted_at)
                task, key = journal.tasks.get(answer.task_key), answer_key(answer)
                before = found.get(key) or stored.get(key)
                landed = answer_landed(answer, task, before) if task else None
                if landed and landed is not before and not window.erased(landed.person_keys):
                    found[key] = landed
        if found and newest:
            now = min(newest, window.as_of)  # A clock that is ahead must not hide what comes later.
            updates.land(list(found.values()), max(last or now, now).astimezone(UTC).isoformat())

    def send(self, name: str, updates: Updates, planned: Sequence[Planned]) -> None:
        """Write down what is about to be sent and what it may cost, hand it over, and write down that it was.

        Tasks that an earlier, interrupted call has written down are handed over again: the provider knows those that
        it has. Raises what `Provider.send` raises, and InputError when what was written down costs more than the budget
        has become; what was handed over before that is not sent twice.
        """
        cursor = updates.cursor() or ""
        if planned:
            updates.land([*(one.landed() for one in planned), reserve_landed(planned)], cursor)
        journal = read_journal(updates.landed(None))
        unsent = journal.unsent
        if unsent and self.reserved_usd(name, journal) > self.budget_usd + ROUNDING_USD:
            raise InputError(
                f"source {name!r}: {len(unsent):,} tasks are still to be handed over, and the tasks cost more than "
                f"budget_usd by now; raise sources.{name}.budget_usd"
            )
        for form, tasks in self._by_form(name, unsent):
            self.provider.send(form, [one.task for one in tasks])
            updates.land([one.landed() for one in sent(tasks)], cursor)

    def plan(self, name: str, journal: Journal, instructions: Sequence[Instruction], masks: Masks) -> Plan:
        """What is sent next, masked by `masks`, when these instructions wait."""
        gold = read_gold(name, self.gold, self._rubric(name).points)
        found = plan(self._wanted(name), instructions, gold, journal, self.report(name, journal).open_to_all)
        return replace(found, tasks=tuple(masked(found.tasks, masks)))

    def report(self, name: str, journal: Journal) -> PilotReport:
        """What the pilot shows so far."""
        return pilot_report(name, journal, self._rubric(name).points, self.pilot, self._standards(journal))

    def known(self, journal: Journal) -> dict[str, Annotator]:
        """What is known of the annotators, by their ids."""
        return annotators(journal, self.trust, self.checks)

    def reserved_usd(self, name: str, journal: Journal) -> float:
        """What all tasks may cost by the terms of now."""
        return self._wanted(name).reserved_usd(journal)

    def rubric_pages(self, name: str) -> float:
        """How long the rubric is; the method advises one to two pages."""
        return self._rubric(name).pages

    def from_files(self, name: str) -> Iterator[Instruction]:
        """The instructions in the recipe's files."""
        return read_instructions(name, self.instructions, rating=self.task == "rate")

    def forms(self, name: str) -> list[Form]:
        """What annotators see: in the pilot and at large, to write and to rate."""
        return list(self._forms(name).values())

    def _forms(self, name: str) -> dict[tuple[bool, TaskKind], Form]:
        """The forms by whether they are the pilot's, and kind of task. A source's name has no hyphen, so that the
        pilot's is no other campaign's."""
        rubric, wanted = self._rubric(name), self._wanted(name)
        text = with_examples(name, rubric.text, self.examples)
        kinds: tuple[TaskKind, ...] = ("write", "rate") if self.task == "write" else ("rate",)
        return {
            (in_pilot, kind): Form(
                campaign=f"{name}-pilot" if in_pilot else name,
                kind=kind,
                rubric=text,
                points=rubric.points,
                price_usd=self.price_usd,
                annotators=wanted.people(kind, in_pilot),
            )
            for in_pilot in (True, False)
            for kind in kinds
        }

    def _by_form(self, name: str, tasks: Collection[Planned]) -> Iterator[tuple[Form, list[Planned]]]:
        """Those of the forms that `tasks` are asked by, each with its own."""
        for (in_pilot, kind), form in self._forms(name).items() if tasks else ():
            if some := [one for one in tasks if (one.in_pilot, one.task.kind) == (in_pilot, kind)]:
                yield form, some

    def _standards(self, journal: Journal) -> Standards:
        return Standards(self.checks, self.known(journal))

    def _rubric(self, name: str) -> Rubric:
        rubric = read_rubric(self.rubric)
        unknown = sorted(set(self.checks.points()) - {point.id for point in rubric.points})
        if unknown:
            raise RecipeError(
                f"{self.rubric or 'the built-in rubric'}: an automatic check fails the point `{unknown[0]}`, which is "
                f"none of the rubric's; name one of its points in sources.{name}.checks, or turn the check off with "
                "null"
            )
        return rubric

    def _wanted(self, name: str) -> Wanted:
        return Wanted(
            campaign=name,
            kind=self.task,
            price_usd=self.price_usd,
            budget_usd=self.budget_usd,
            annotators=self.annotators,
            pilot_size=self.pilot.size,
            pilot_annotators=self.pilot.annotators,
            gold_fraction=self.gold_fraction,
        )
