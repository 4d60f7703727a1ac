"""Runs of the jobs in this process, one after the other, and what came of them."""

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg

from sourcing_pipeline.definitions import build
from sourcing_pipeline.defs.automation import JOB, daily_chains
from sourcing_pipeline.defs.resources import RANGE_END, RANGE_START, Project
from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.locks import exclusive
from sourcing_pipeline.recipe import Recipe

BACKFILL_TAG = "sourcing/backfill"
"""On the runs of a backfill: its days and a fingerprint of the recipe; what makes it known again after a crash."""
ROUND_TAG = "sourcing/backfill_round"
"""Which time the same backfill was asked for: a finished one that is asked for again starts over."""
PART_TAG = "sourcing/backfill_part"
"""The range of one run of a backfill, or `rest`."""
_REST = "rest"


@dataclass(frozen=True)
class Check:
    """One evaluation of one asset check."""

    asset: str
    name: str
    passed: bool
    blocking: bool
    message: str

    @property
    def stops(self) -> bool:
        return self.blocking and not self.passed


@dataclass(frozen=True)
class Outcome:
    """How a run, or the runs of a backfill, ended."""

    succeeded: bool
    checks: list[Check]
    failures: dict[str, str]
    """What went wrong in each step that failed, by the step's name."""
    resumed: tuple[str, ...] = ()
    """The parts of a backfill that an earlier, interrupted call had finished."""

    @property
    def good(self) -> bool:
        """True only when every step ran and every blocking check passed."""
        return self.succeeded and not any(check.stops for check in self.checks)


@dataclass(frozen=True)
class Step:
    """A step began or ended; `part` says of which days, in a backfill."""

    name: str
    state: str
    """`start`, `success`, `failure` or `skipped`."""
    part: str = ""


def run(recipe: Recipe, first: str, last: str, root: Path, on_step: Callable[[Step], None] = lambda _: None) -> Outcome:
    """Materialize every asset and evaluate every check, daily assets for the days from `first` to `last`.

    `root` is the folder with dagster.yaml: the run stands in Dagster's UI like any other. Raises RecipeError when
    the days are not among the recipe's.
    """
    _within(recipe, first, last)
    with open_instance(root) as instance:
        return _execute(build(recipe), instance, {RANGE_START: first, RANGE_END: last}, on_step)


def backfill(
    recipe: Recipe, first: str, last: str, root: Path, on_step: Callable[[Step], None] = lambda _: None
) -> Outcome:
    """The days from `first` to `last` in a handful of runs, then one run of everything that has no days.

    Each run takes `automation.days_per_run` days of the daily sources; the first also makes what their assessment
    needs. A part that an interrupted call with the same days and recipe finished is not made again; a backfill that
    was finished and is asked for again starts over. A part that fails ends the backfill. Raises RecipeError like
    `run`.
    """
    _within(recipe, first, last)
    project, definitions = Project(recipe), build(recipe)
    graph = definitions.resolve_asset_graph()
    daily = daily_chains(project).resolve(graph)
    needed = daily_chains(project).upstream().resolve(graph) - daily
    with_days = _parts(first, last, recipe.automation.days_per_run)
    with open_instance(root) as instance:
        known = _known(recipe, first, last)
        turn, done = _progress(instance, known, [*with_days, _REST])
        ended: list[Outcome] = []
        for part, days in [*with_days.items(), (_REST, None)]:
            if part in done:
                continue
            tags = {BACKFILL_TAG: known, ROUND_TAG: str(turn), PART_TAG: part}
            if days is None:
                keys = graph.materializable_asset_keys - daily - needed
            else:
                tags |= {RANGE_START: days[0], RANGE_END: days[1]}
                keys = daily if ended or done else daily | needed
            ended.append(_execute(definitions, instance, tags, _named(on_step, part), keys))
            if not ended[-1].good:
                break
    return Outcome(
        all(one.succeeded for one in ended),
        [check for one in ended for check in one.checks],
        {step: cause for one in ended for step, cause in one.failures.items()},
        tuple(part for part in (*with_days, _REST) if part in done),
    )


def _parts(first: str, last: str, days_per_run: int) -> dict[str, tuple[str, str]]:
    """The ranges of at most `days_per_run` days, as even as they come, by what they are called."""
    begin, count = date.fromisoformat(first), (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    runs = -(-count // days_per_run)
    borders = [begin + timedelta(days=count * number // runs) for number in range(runs + 1)]
    ranges = [(left.isoformat(), (right - timedelta(days=1)).isoformat()) for left, right in pairwise(borders)]
    return {f"{left} to {right}": (left, right) for left, right in ranges}


def _known(recipe: Recipe, first: str, last: str) -> str:
    written = json.dumps(recipe.as_written, sort_keys=True, default=str)
    return f"{first} to {last}, recipe {hashlib.sha256(written.encode()).hexdigest()[:8]}"


def _progress(instance: dg.DagsterInstance, known: str, parts: Sequence[str]) -> tuple[int, frozenset[str]]:
    """The turn of a backfill that goes on or begins, and its parts that are made."""
    runs = instance.get_runs(dg.RunsFilter(tags={BACKFILL_TAG: known}))
    if not runs:
        return 1, frozenset()
    turn = max(int(run.tags[ROUND_TAG]) for run in runs)
    done = frozenset(run.tags[PART_TAG] for run in runs if run.tags[ROUND_TAG] == str(turn) and run.is_success)
    return (turn + 1, frozenset()) if done.issuperset(parts) else (turn, done)


def _named(on_step: Callable[[Step], None], part: str) -> Callable[[Step], None]:
    return lambda step: on_step(replace(step, part=part))


def _execute(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    tags: Mapping[str, str],
    on_step: Callable[[Step], None],
    keys: Collection[dg.AssetKey] | None = None,
) -> Outcome:
    """One run of the assets `keys` (None: all) and their checks."""
    run_id = str(uuid.uuid4())
    instance.add_event_listener(run_id, lambda entry: _tell(entry, on_step))
    result = definitions.resolve_job_def(JOB).execute_in_process(
        instance=instance,
        run_id=run_id,
        asset_selection=None if keys is None else sorted(keys),
        tags=dict(tags),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )
    checks = [
        Check(
            asset=one.asset_key.to_user_string(),
            name=one.check_name,
            passed=bool(one.passed),
            blocking=one.severity == dg.AssetCheckSeverity.ERROR,
            message=one.description or "",
        )
        for one in result.get_asset_check_evaluations()
    ]
    failures = {
        event.step_key: _cause(event)
        for event in result.all_events
        if event.is_step_failure and event.step_key is not None
    }
    return Outcome(result.success, checks, failures)


def _within(recipe: Recipe, first: str, last: str) -> None:
    days = recipe.days()
    for day in (first, last):
        if day not in days:
            raise RecipeError(f"{day} is not among the recipe's days, {days[0]} to {days[-1]} (written YYYY-MM-DD)")
    if first > last:
        raise RecipeError(f"the range ends before it begins: {first} to {last}")


def open_instance(root: Path) -> dg.DagsterInstance:
    """The project's Dagster instance; its folder becomes DAGSTER_HOME unless another is set."""
    if "DAGSTER_HOME" not in os.environ:
        if not (root / "dagster.yaml").is_file():
            raise RecipeError(f"{root}: there is no dagster.yaml here; run from the project's folder")
        os.environ["DAGSTER_HOME"] = str(root)
    # Two first runs at once would both create Dagster's databases, and one of them would fail.
    with exclusive(str(Path(os.environ["DAGSTER_HOME"]) / ".dagster")):
        return dg.DagsterInstance.get()


_STATES = {
    "STEP_START": "start",
    "STEP_SUCCESS": "success",
    "STEP_FAILURE": "failure",
    "STEP_SKIPPED": "skipped",
}


def _tell(entry: Any, on_step: Callable[[Step], None]) -> None:
    event = entry.dagster_event
    if event is not None and event.step_key and event.event_type_value in _STATES:
        on_step(Step(event.step_key, _STATES[event.event_type_value]))


def _cause(event: Any) -> str:
    """The message of our own error in the chain; only the kind of any other, whose text is not ours to show."""
    error = event.step_failure_data.error
    while error is not None and error.cls_name not in _our_errors() and error.cause is not None:
        error = error.cause
    if error is None:
        return "failed"
    if error.cls_name in _our_errors():
        return str(error.message).strip().removeprefix(f"sourcing_pipeline.errors.{error.cls_name}: ")
    return f"{error.cls_name}; the whole of it is in the run's log in Dagster's UI (make ui)"


def _our_errors() -> frozenset[str]:
    from sourcing_pipeline import errors

    kinds = (member for member in vars(errors).values() if isinstance(member, type))
    return frozenset(kind.__name__ for kind in kinds if issubclass(kind, errors.SourcingError))
