"""The pilot: a few tasks before the many, to catch what the rubric leaves open before it is paid for many times."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from sourcing_pipeline.agreement import Alpha, Said, alpha, disagreement
from sourcing_pipeline.config import Config
from sourcing_pipeline.sources.annotation.annotators import Standards, ratings
from sourcing_pipeline.sources.annotation.journal import Journal, Planned, rating_key
from sourcing_pipeline.sources.annotation.provider import Point
from sourcing_pipeline.sources.annotation.rubric_checks import Checks, failed_points

State = Literal["waiting", "failed", "passed", "accepted"]
"""Not all of it is answered; it is, and shows that the rubric is not clear enough; it is clear enough; a person has
accepted it as it is."""


class Pilot(Config):
    """The trial before the campaign is sent out as a whole."""

    size: int = Field(default=50, ge=1)
    """Tasks in the pilot; the method asks for 50."""
    annotators: int = Field(default=2, ge=2, le=20)
    """How many people rate each response of the pilot."""
    min_agreement: float = Field(default=0.667, ge=-1, le=1)
    """Least Krippendorff's alpha of the ratings; 0.667 is what he holds to be the lowest for tentative conclusions."""
    max_point_failure: float = Field(default=0.25, ge=0, le=1)
    """Largest share of responses that may fail one point of the rubric."""
    accepted_by: str | None = Field(default=None, pattern=r"\S")
    """The name of who accepts the pilot as it is, and lets the campaign go on although it failed."""


@dataclass(frozen=True)
class PointFailure:
    """Of one point of the rubric: how many ratings say that it is not met, of those that say that it applies; and how
    many of the responses fail it by an automatic check."""

    point: str
    not_met: int
    rated: int
    by_program: int
    responses: int

    @property
    def fraction(self) -> float:
        """The larger of both shares, in [0, 1]."""
        return max(self.not_met / max(self.rated, 1), self.by_program / max(self.responses, 1))


@dataclass(frozen=True)
class Ambiguous:
    """One pilot task that people understood differently: its key, where its instruction is from, and why it is here."""

    key: str
    origin: str
    why: str


@dataclass(frozen=True)
class PilotReport:
    """What the pilot showed. Of `size` tasks `answered` have an answer, and `skipped` were left out by all whom they
    were given; of `rated` a response was rated by as many people as the recipe asks."""

    size: int
    answered: int
    skipped: int
    rated: int
    agreement: Alpha
    points: tuple[PointFailure, ...]
    ambiguous: tuple[Ambiguous, ...]
    problems: tuple[str, ...]
    state: State

    @property
    def open_to_all(self) -> bool:
        """Whether the campaign may be sent out as a whole."""
        return self.state in ("passed", "accepted")


def pilot_report(
    campaign: str, journal: Journal, points: Iterable[Point], config: Pilot, standards: Standards
) -> PilotReport:
    """What the answers to the pilot's tasks show so far; `points` are the rubric's.

    The ratings are those of responses that were written in the pilot, or of the responses that were given in a campaign
    of rating; what annotators say who are not trusted is left out. A task that all skipped is ambiguous, and nothing
    more is expected of it. One response of each task has to be rated before the pilot passes or fails.
    """
    tasks = journal.of_phase("pilot")
    rating = {key: _rating_tasks(campaign, journal, one) for key, one in tasks.items()}
    answered = {key for key in tasks if any(answer.given for answer in journal.by_task[key])}
    skipped = {key for key, one in tasks.items() if len(journal.by_task[key]) >= one.annotators} - answered
    rated = {key for key in answered if any(_rated(journal, one, config) for one in rating[key])}
    keys = {one: None for some in rating.values() for one in some if one in journal.tasks}
    said = ratings(answer for key in keys for answer in standards.trusted(journal.by_task[key]))
    agreement = alpha(said)
    failures = tuple(_failures(journal, tasks, points, said, standards.checks))
    problems = tuple(_problems(agreement, failures, config))
    state: State = "failed" if problems else "passed"
    if config.accepted_by:
        state = "accepted"
    elif not tasks or len(rated) + len(skipped) < len(tasks):
        state = "waiting"
    return PilotReport(
        size=len(tasks),
        answered=len(answered),
        skipped=len(skipped),
        rated=len(rated),
        agreement=agreement,
        points=failures,
        ambiguous=tuple(_ambiguous(journal, keys.keys() | tasks.keys(), said)),
        problems=problems if rated else (),
        state=state,
    )


def _rating_tasks(campaign: str, journal: Journal, pilot: Planned) -> list[str]:
    """The keys of the tasks, planned or not, that rate the responses to a task of the pilot."""
    if pilot.task.kind == "rate":
        return [pilot.task.key]
    return [rating_key(campaign, pilot, answer) for answer in journal.by_task[pilot.task.key] if answer.given]


def _rated(journal: Journal, key: str, config: Pilot) -> bool:
    """Whether as many people have rated a response, or skipped it, as are asked."""
    task = journal.tasks.get(key)
    return task is not None and len(journal.by_task[key]) >= min(task.annotators, config.annotators)


def _problems(agreement: Alpha, points: Iterable[PointFailure], config: Pilot) -> Iterator[str]:
    """What keeps the pilot from passing, in words."""
    if agreement.percent is None:
        yield "no response was rated by two people whose answers are used, so that nothing is known of their agreement"
    elif agreement.alpha is not None and agreement.alpha < config.min_agreement:
        yield (
            f"Krippendorff's alpha is {agreement.alpha:.2f} ({agreement.low:.2f} to {agreement.high:.2f}; two people "
            f"say the same {agreement.percent:.0%} of the time), and at least {config.min_agreement:g} is asked for"
        )
    for point in points:
        if point.fraction > config.max_point_failure:
            yield (
                f"{point.fraction:.0%} of the responses fail `{point.point}`, and at most "
                f"{config.max_point_failure:.0%} may"
            )


def _failures(
    journal: Journal, tasks: Mapping[str, Planned], points: Iterable[Point], said: Iterable[Said], checks: Checks
) -> Iterator[PointFailure]:
    counts = Counter((one.item.rpartition(" ")[2], one.answer) for one in said)
    responses = [
        (one.task.instruction, response)
        for key, one in tasks.items()
        for response in (one.task.response, *(answer.response for answer in journal.by_task[key]))
        if (response or "").strip()
    ]
    by_program = Counter(
        point for instruction, response in responses for point, _ in failed_points(instruction, response or "", checks)
    )
    for point in points:
        not_met, met = counts[point.id, "not_met"], counts[point.id, "met"]
        yield PointFailure(point.id, not_met, met + not_met, by_program[point.id], len(responses))


def _ambiguous(journal: Journal, keys: Collection[str], said: list[Said]) -> Iterator[Ambiguous]:
    """Tasks that were skipped, noted upon, or rated differently, those of most disagreement first."""
    apart: Counter[str] = Counter()
    on: dict[str, list[str]] = {}
    for item, share in sorted(disagreement(said).items()):
        key, _, point = item.rpartition(" ")
        if share:
            apart[key] += 1
            on.setdefault(key, []).append(point)
    answers = [answer for key in keys for answer in journal.by_task[key]]
    skipped = Counter(answer.task_key for answer in answers if not answer.given)
    noted = Counter(answer.task_key for answer in answers if answer.note and answer.given)
    for key in sorted(keys, key=lambda key: (-skipped[key], -apart[key], -noted[key], key)):
        why = [
            *([f"skipped by {skipped[key]} of {len(journal.by_task[key])}"] if skipped[key] else []),
            *([f"rated differently on {', '.join(on[key])}"] if key in on else []),
            *([f"{noted[key]} left a note"] if noted[key] else []),
        ]
        if why:
            yield Ambiguous(key, journal.tasks[key].origin, "; ".join(why))


def pilot_markdown(report: PilotReport, where: Mapping[str, str]) -> str:
    """The report as Markdown; `where` are the addresses of the work by kind of task."""
    agreement = report.agreement
    told = (
        "not known yet"
        if agreement.alpha is None
        else f"{agreement.alpha:.2f} ({agreement.low:.2f} to {agreement.high:.2f}), "
        f"of {agreement.items:,} points of responses that several rated"
    )
    lines = [
        f"**{report.state}**: of {report.size} tasks {report.answered} answered, {report.skipped} skipped by all, "
        f"{report.rated} rated. "
        f"Krippendorff's alpha {told}.\n\n",
        *(f"- {problem}\n" for problem in report.problems),
        "\n| point | not met | of ratings | failed by program | of responses |\n|---|---|---|---|---|\n",
        *(
            f"| {one.point} | {one.not_met} | {one.rated} | {one.by_program} | {one.responses} |\n"
            for one in report.points
        ),
    ]
    if report.ambiguous:
        lines.append("\n| ambiguous task | instruction from | why |\n|---|---|---|\n")
        lines += [f"| {one.key} | {one.origin} | {one.why} |\n" for one in report.ambiguous]
    lines += [f"\n{kind}: {address}\n" for kind, address in sorted(where.items())]
    return "".join(lines)
