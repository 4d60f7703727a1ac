"""What is sent next: the pilot, ratings of what it brought, gold questions, and when it has passed all the rest, within
the budget."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from sourcing_pipeline.sources.annotation.gold import Gold
from sourcing_pipeline.sources.annotation.instructions import Instruction
from sourcing_pipeline.sources.annotation.journal import Journal, Phase, Planned, key_of, rating_key
from sourcing_pipeline.sources.annotation.provider import Task, TaskKind

ROUNDING_USD = 1e-6
"""Less than this is no money: sums of prices are not exact."""

Masks = Callable[[Sequence[Sequence[str]]], Sequence[Sequence[str]]]
"""Masks the texts of each of several tasks."""


@dataclass(frozen=True)
class Wanted:
    """What a campaign asks for: see its config."""

    campaign: str
    kind: TaskKind
    price_usd: float
    budget_usd: float
    annotators: int
    pilot_size: int
    pilot_annotators: int
    gold_fraction: float

    def people(self, kind: TaskKind, in_pilot: bool) -> int:
        """How many people answer a task: in the pilot, each response is rated by several."""
        return max(self.annotators, self.pilot_annotators) if in_pilot and kind == "rate" else self.annotators

    def cost_usd(self, kind: TaskKind, in_pilot: bool) -> float:
        """What a task costs."""
        return self.people(kind, in_pilot) * self.price_usd

    def reserved_usd(self, journal: Journal) -> float:
        """What the tasks of `journal` may cost: what was written down, or what they cost by the terms of now where
        that is more, since a provider's project has the same terms for all its tasks."""
        tasks = journal.tasks.values()
        return journal.erased_usd + sum(
            max(one.reserved_usd, self.cost_usd(one.task.kind, one.in_pilot)) for one in tasks
        )

    def task(self, phase: Phase, task: Task, origin: str, in_pilot: bool) -> Planned:
        """A task as it is planned by the terms of now."""
        count = self.people(task.kind, in_pilot)
        return Planned(task, phase, count, count * self.price_usd, origin, in_pilot)


@dataclass(frozen=True)
class Plan:
    """The tasks to send now; how many instructions wait for the pilot to pass, and how many tasks for a larger
    budget."""

    tasks: tuple[Planned, ...]
    waiting_for_pilot: int
    over_budget: int


def plan(
    wanted: Wanted, instructions: Sequence[Instruction], gold: Sequence[Gold], journal: Journal, open_to_all: bool
) -> Plan:
    """What to send beside what `journal` has: ratings of what the pilot brought, then `instructions` in their order.

    A task is asked once, whatever the instructions are the next time: its key is of its text, before `masked` masks
    that, so that a better masker does not ask for it again. Nothing is planned that would take what all tasks may cost
    over the budget; what is written in the pilot is planned only with enough left to have it rated. The first task
    that does not fit ends the plan, so that no later one takes its turn.
    """
    keys = set(journal.tasks)
    ratings = _new(keys, _ratings(wanted, journal))
    questions = _new(keys, (_gold(wanted, one) for one in gold))
    fresh = _new(keys, (_asked(wanted, one) for one in instructions))
    left = max(0, wanted.pilot_size - len(journal.of_phase("pilot")))
    trial = [replace(_on_form(wanted, one, in_pilot=True), phase="pilot") for one in fresh[:left]]
    rest = fresh[left:]
    found = [*ratings, *trial, *(rest if open_to_all else ())]
    tasks = _affordable(wanted, journal, _with_gold(wanted, journal, found, questions))
    sent = sum(one.phase != "gold" for one in tasks)
    return Plan(tuple(tasks), 0 if open_to_all else len(rest), len(found) - sent)


def masked(tasks: Sequence[Planned], masks: Masks) -> list[Planned]:
    """`tasks` as they are sent: without personal data, as far as `masks` finds it."""
    texts = [[text for text in (one.task.instruction, one.task.response) if text is not None] for one in tasks]
    found = []
    for one, (instruction, *response) in zip(tasks, masks(texts) if texts else (), strict=True):
        task = replace(one.task, instruction=instruction, response=response[0] if response else None)
        found.append(replace(one, task=task))
    return found


def _new(keys: set[str], tasks: Iterator[Planned]) -> list[Planned]:
    """Those of `tasks` that were never asked, each once; their keys are added to `keys`."""
    found = []
    for one in tasks:
        if one.task.key not in keys:
            keys.add(one.task.key)
            found.append(one)
    return found


def _asked(wanted: Wanted, one: Instruction) -> Planned:
    """A task of the campaign's own kind."""
    key = key_of(wanted.campaign, wanted.kind, one.text, one.response)
    task = Task(key, wanted.kind, one.text, one.response)
    return replace(wanted.task("scale", task, one.origin, in_pilot=False), person_keys=one.person_keys)


def _gold(wanted: Wanted, one: Gold) -> Planned:
    task = Task(key_of(wanted.campaign, "rate", one.instruction, one.response), "rate", one.instruction, one.response)
    return replace(wanted.task("gold", task, one.origin, in_pilot=False), expected=one.expected)


def _on_form(wanted: Wanted, one: Planned, in_pilot: bool) -> Planned:
    """A task by the terms of the pilot's form, or of that of the campaign at large."""
    terms = wanted.task(one.phase, one.task, one.origin, in_pilot)
    return replace(terms, expected=one.expected, person_keys=one.person_keys)


def _ratings(wanted: Wanted, journal: Journal) -> Iterator[Planned]:
    """A rating of each response that was written in the pilot."""
    for pilot in journal.of_phase("pilot").values():
        for answer in journal.by_task[pilot.task.key] if pilot.task.kind == "write" else ():
            if answer.given:
                key = rating_key(wanted.campaign, pilot, answer)
                task = Task(key, "rate", pilot.task.instruction, answer.response)
                planned = wanted.task("rating", task, f"answer to {pilot.task.key}", in_pilot=True)
                people = sorted({*pilot.person_keys, answer.annotator})
                yield replace(planned, person_keys=tuple(people))


def _with_gold(
    wanted: Wanted, journal: Journal, found: Sequence[Planned], gold: Sequence[Planned]
) -> Iterator[Planned]:
    """`found` with gold questions among it, so many that they are `gold_fraction` of all tasks."""
    asked, total = len(journal.of_phase("gold")), len(journal.tasks)
    waiting = iter(gold)
    for one in found:
        if asked < wanted.gold_fraction * (total + 1) and (question := next(waiting, None)):
            yield _on_form(wanted, question, one.in_pilot)
            asked, total = asked + 1, total + 1
        yield one
        total += 1


def _affordable(wanted: Wanted, journal: Journal, tasks: Iterator[Planned]) -> list[Planned]:
    """The first of `tasks`, as many as the budget pays for; no gold question is the last."""
    rating = wanted.cost_usd("rate", in_pilot=True)
    spent, owed = wanted.reserved_usd(journal), rating * _unrated(wanted, journal)
    found: list[Planned] = []
    for one in tasks:
        cost = one.reserved_usd
        if one.phase == "rating":
            owed = max(0.0, owed - cost)
        elif one.phase == "pilot" and one.task.kind == "write":
            owed += rating * one.annotators
        needed = cost if one.phase == "rating" else cost + owed
        if spent + needed > wanted.budget_usd + ROUNDING_USD:
            break
        spent += cost
        found.append(one)
    while found and found[-1].phase == "gold":
        found.pop()
    return found


def _unrated(wanted: Wanted, journal: Journal) -> int:
    """How many responses to the pilot's tasks are still to be rated: those that nobody wrote yet too."""
    count = 0
    for key, pilot in journal.of_phase("pilot").items():
        if pilot.task.kind == "write":
            done = sum(
                not answer.given or rating_key(wanted.campaign, pilot, answer) in journal.tasks
                for answer in journal.by_task[key]
            )
            count += max(0, pilot.annotators - done)
    return count
