"""From answers to rows: which response to a task is used, or why none is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

from sourcing_pipeline.rows import Drop, DropReason, Example, Message
from sourcing_pipeline.sources.annotation.annotators import Standards
from sourcing_pipeline.sources.annotation.journal import Journal, Planned, rating_key
from sourcing_pipeline.sources.annotation.provider import Answer
from sourcing_pipeline.sources.annotation.rubric_checks import failed_points


@dataclass(frozen=True)
class _Outcome:
    """What comes of one task of the source `name`, which has these answers."""

    name: str
    license: str
    planned: Planned
    answers: Sequence[Answer]

    @property
    def given(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.given]

    @property
    def cost_usd(self) -> float:
        """What the answers cost."""
        return self.planned.price_usd * sum(not answer.skipped for answer in self.answers)

    def drop(self, reason: DropReason, detail: str | None = None) -> Drop:
        return Drop(self._id, reason, detail, person_keys=self._people)

    def example(self, response: str, answer: Answer, score: float | None, cost_usd: float) -> Example:
        """The row with `response`, as old as `answer`."""
        times = [one.seconds for one in self.given if one.seconds is not None]
        return Example(
            id=self._id,
            source=self.name,
            strategy="annotated",
            messages=(Message("user", self.planned.task.instruction), Message("assistant", response)),
            quality_score=score,
            license=self.license,
            attribution="Annotators",
            created_at=answer.submitted_at,
            cost_usd=cost_usd,
            person_keys=self._people,
            meta={
                "phase": self.planned.phase,
                "origin": self.planned.origin,
                "answers": len(self.given),
                "seconds": sum(times) if times else None,
            },
        )

    @property
    def _id(self) -> str:
        return f"{self.name}:{self.planned.task.key}"

    @property
    def _people(self) -> tuple[str, ...]:
        """Whom the row is about: who stands behind its instruction, and who answered."""
        return tuple(sorted({*self.planned.person_keys, *(answer.annotator for answer in self.answers)}))


def rows(name: str, journal: Journal, standards: Standards, license: str) -> Iterator[Example | Drop]:
    """One outcome for each task of the pilot and of the campaign at large, by key.

    Answers of annotators who are not trusted are left out. A response, whether it was written or only to be rated, is
    left out when it fails an automatic check, or when as many of its ratings say `not_met` of a point as `met`. Of
    written responses the best rated one is used, of equals the more accurate annotator's, then the earliest.
    `quality_score` is the share of points met, of those that apply, over the response's ratings; None without any.
    `cost_usd` is what the answers to the task cost, and the ratings of what was written.

    Drops: awaiting_annotators, skipped_by_annotators, annotator_not_trusted, rubric_failed.
    """
    for key, planned in sorted(journal.of_phase("pilot", "scale").items()):
        outcome = _Outcome(name, license, planned, journal.by_task[key])
        given, skips = outcome.given, len(outcome.answers) - len(outcome.given)
        if not given and skips < planned.annotators:
            waiting = f"skipped by {skips} of {planned.annotators}" if skips else None
            yield outcome.drop(DropReason.AWAITING_ANNOTATORS, waiting)
        elif not given:
            yield outcome.drop(DropReason.SKIPPED_BY_ANNOTATORS, f"skipped by {skips}")
        elif not standards.trusted(given):
            detail = f"{len(given)} answers, none of them by an annotator who gets the gold questions right"
            yield outcome.drop(DropReason.ANNOTATOR_NOT_TRUSTED, detail)
        elif planned.task.kind == "write":
            yield _written(outcome, journal, standards)
        else:
            yield _rated(outcome, standards)


def _written(outcome: _Outcome, journal: Journal, standards: Standards) -> Example | Drop:
    planned, trusted = outcome.planned, standards.trusted(outcome.given)
    keys = {answer.id: rating_key(outcome.name, planned, answer) for answer in outcome.given}
    cost = outcome.cost_usd + sum(
        journal.tasks[key].price_usd * sum(not rating.skipped for rating in journal.by_task[key])
        for key in sorted(set(keys.values()) & journal.tasks.keys())
    )
    failed: Counter[str] = Counter()
    good: list[tuple[float, float, Answer, float | None]] = []
    for answer in trusted:
        ratings = standards.trusted(journal.by_task.get(keys[answer.id], ()))
        if points := _failed(planned.task.instruction, answer.response or "", ratings, standards):
            failed.update(points)
        else:
            score = met_fraction(ratings)
            skill = standards.annotators[answer.annotator].skill
            good.append((-1.0 if score is None else score, skill or 0.0, answer, score))
    if not good:
        said = ", ".join(f"{point} ({count})" for point, count in sorted(failed.items()))
        return outcome.drop(DropReason.RUBRIC_FAILED, f"of {len(trusted)}: {said}")
    *_, chosen, score = max(good, key=lambda one: one[:2])
    return outcome.example((chosen.response or "").strip(), chosen, score, cost)


def _rated(outcome: _Outcome, standards: Standards) -> Example | Drop:
    task, ratings = outcome.planned.task, standards.trusted(outcome.given)
    response = task.response or ""
    if failed := _failed(task.instruction, response, ratings, standards):
        return outcome.drop(DropReason.RUBRIC_FAILED, ", ".join(sorted(failed)))
    return outcome.example(response, ratings[-1], met_fraction(ratings), outcome.cost_usd)


def _failed(instruction: str, response: str, ratings: Sequence[Answer], standards: Standards) -> set[str]:
    """The points of the rubric that a response fails, by a program or by those who rated it."""
    said = Counter(one for rating in ratings for one in rating.points.items())
    by_people = {point for point, met in said if met == "not_met" and said[point, met] >= said[point, "met"]}
    return by_people | {point for point, _ in failed_points(instruction, response, standards.checks)}


def met_fraction(ratings: Sequence[Answer]) -> float | None:
    """The share of points met among those that apply, as the mean over the ratings; None when nothing is rated."""
    shares = []
    for rating in ratings:
        applying = [said for said in rating.points.values() if said != "does_not_apply"]
        if applying:
            shares.append(sum(said == "met" for said in applying) / len(applying))
    return mean(shares) if shares else None
