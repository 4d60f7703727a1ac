"""One run of the whole job in this process, and what came of it."""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from sourcing_pipeline.definitions import build
from sourcing_pipeline.defs.automation import JOB
from sourcing_pipeline.defs.resources import RANGE_END, RANGE_START
from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.recipe import Recipe


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
    """How a run ended."""

    run_id: str
    succeeded: bool
    checks: list[Check]
    failures: dict[str, str]
    """What went wrong in each step that failed, by the step's name."""

    @property
    def good(self) -> bool:
        """True only when every step ran and every blocking check passed."""
        return self.succeeded and not any(check.stops for check in self.checks)


@dataclass(frozen=True)
class Step:
    """A step began or ended."""

    name: str
    state: str
    """`start`, `success`, `failure` or `skipped`."""


def run(recipe: Recipe, first: str, last: str, root: Path, on_step: Callable[[Step], None] = lambda _: None) -> Outcome:
    """Materialize every asset and evaluate every check, daily assets for the days from `first` to `last`.

    `root` is the folder with dagster.yaml: the run stands in Dagster's UI like any other. Raises RecipeError when
    the days are not among the recipe's.
    """
    _within(recipe, first, last)
    run_id = str(uuid.uuid4())
    with _instance(root) as instance:
        instance.add_event_listener(run_id, lambda entry: _tell(entry, on_step))
        result = (
            build(recipe)
            .resolve_job_def(JOB)
            .execute_in_process(
                instance=instance,
                run_id=run_id,
                tags={RANGE_START: first, RANGE_END: last},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
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
    return Outcome(run_id, result.success, checks, failures)


def _within(recipe: Recipe, first: str, last: str) -> None:
    days = recipe.days()
    for day in (first, last):
        if day not in days:
            raise RecipeError(f"{day} is not among the recipe's days, {days[0]} to {days[-1]} (written YYYY-MM-DD)")
    if first > last:
        raise RecipeError(f"the range ends before it begins: {first} to {last}")


def _instance(root: Path) -> dg.DagsterInstance:
    """The project's Dagster instance; its folder becomes DAGSTER_HOME unless another is set."""
    if "DAGSTER_HOME" not in os.environ:
        if not (root / "dagster.yaml").is_file():
            raise RecipeError(f"{root}: there is no dagster.yaml here; run from the project's folder")
        os.environ["DAGSTER_HOME"] = str(root)
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
