"""What a backfill of a year over the demonstration's help desk costs, by the number of days that one run takes.

Every size gets a project folder of its own with Dagster's SQLite storage, and its runs in one process, as `sourcing
backfill` has it. Inside is the time in the bodies of the assets and checks, which are this project's own; everything
else of a run, from building its plan to the last event written down, is Dagster's overhead. Small sizes are measured
over some runs and extrapolated. The documentation's numbers are of `--days 365 --chain`; `--chain` adds backfills with
masking and assessment, which take minutes.
"""

import inspect
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import dagster as dg

from benchmarks.table import machine, show
from sourcing_pipeline.definitions import build
from sourcing_pipeline.defs.automation import JOB, daily_chains
from sourcing_pipeline.defs.resources import RANGE_END, RANGE_START, Project
from sourcing_pipeline.recipe import Recipe

ROOT = Path(__file__).parent.parent
SIZES = (1, 7, 30, 92, 183, 365)
SOURCE = "ticket_extracts"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
MOST_RUNS = 5
"""Of a size that takes more runs only this many are measured."""


@dataclass
class Spent:
    """Seconds inside the bodies of assets and checks, and how deep in them we are."""

    seconds: float = 0.0

    @contextmanager
    def inside(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began

    def around(self, body: Callable[..., Any]) -> Callable[..., Any]:
        """`body` with the time in it counted; of a generator only the time between its results."""
        if not inspect.isgeneratorfunction(body):

            @wraps(body)
            def plain(*given: Any, **named: Any) -> Any:
                with self.inside():
                    return body(*given, **named)

            return plain

        @wraps(body)
        def results(*given: Any, **named: Any) -> Iterator[Any]:
            found = body(*given, **named)
            while True:
                with self.inside():
                    try:
                        result = next(found)
                    except StopIteration:
                        return
                yield result

        return results

    def measuring(self, decorator: Callable[..., Any]) -> Callable[..., Any]:
        """`dg.asset` or `dg.asset_check`, for bodies that are measured."""
        return lambda **options: lambda body: decorator(**options)(self.around(body))


@dataclass(frozen=True)
class Measured:
    """Some runs of one size: how many days they took together, and the seconds."""

    size: int
    runs: int
    days: int
    seconds: float
    inside: float

    def line(self, days: int) -> tuple[str, ...]:
        """The table's line, for `days` days in all."""
        runs = -(-days // self.size)
        factor = 1.0 if self.days == days else runs / self.runs
        total = self.seconds * factor
        return (
            f"{self.size}{'' if factor == 1.0 else f' (of {self.runs} runs)'}",
            f"{runs}",
            f"{total:,.1f}",
            f"{1000 * total / days:,.0f}",
            f"{1000 * self.inside * factor / days:,.0f}",
            f"{1000 * (self.seconds - self.inside) * factor / days:,.0f}",
            f"{100 * (1 - self.inside / self.seconds):.0f} %",
        )


def project_in(folder: Path) -> Recipe:
    """The repository's recipe over its embedded inputs, in a folder of its own."""
    recipe = (ROOT / "recipe.yaml").read_text("utf-8").replace("data/demo/", f"{ROOT}/data/demo/")
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    shutil.copy(ROOT / "dagster.yaml", folder / "dagster.yaml")
    return Recipe.load(folder / "recipe.yaml")


def measured(days: Sequence[str], size: int, *, chain: bool) -> Measured:
    """A backfill of the latest runs of `size` days, over the source alone or with masking and assessment."""
    spent = Spent()
    runs = [days[max(end - size, 0) : end] for end in range(len(days), 0, -size)][:MOST_RUNS][::-1]
    with (
        TemporaryDirectory(prefix="backfill-") as folder,
        patch.dict(os.environ, {"DAGSTER_HOME": folder}),
        patch.object(dg, "asset", spent.measuring(dg.asset)),
        patch.object(dg, "asset_check", spent.measuring(dg.asset_check)),
    ):
        recipe = project_in(Path(folder))
        definitions = build(recipe)
        graph = definitions.resolve_asset_graph()
        daily = daily_chains(Project(recipe)).resolve(graph)
        with dg.DagsterInstance.get() as instance:

            def run(keys: set[dg.AssetKey], tags: dict[str, str]) -> None:
                result = definitions.resolve_job_def(JOB).execute_in_process(
                    instance=instance, asset_selection=sorted(keys), tags=tags, run_config=QUIET, raise_on_error=False
                )
                if not result.success:
                    sys.exit(f"a run over {tags} failed; see `sourcing backfill`")

            if chain:
                run(set(daily_chains(Project(recipe)).upstream().resolve(graph) - daily), {})
            spent.seconds, began = 0.0, time.perf_counter()
            for some in runs:
                wanted = set(daily) if chain else {dg.AssetKey(SOURCE)}
                run(wanted, {RANGE_START: some[0], RANGE_END: some[-1]})
            seconds = time.perf_counter() - began
    return Measured(size, len(runs), sum(map(len, runs)), seconds, spent.seconds)


def start_seconds() -> float:
    """What a run that Dagster launches as a process of its own takes before it begins: imports and the graph."""
    code = "from sourcing_pipeline.definitions import defs; defs()"
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own
    return time.perf_counter() - began


def main(days: int, *, chain: bool = False) -> None:
    """Print the measurements as Markdown."""
    print("## Backfill\n")
    print(f"{days} days of the embedded help desk; {machine()}; load {os.getloadavg()[0]:.1f} at the start.\n")
    with TemporaryDirectory(prefix="backfill-") as folder:
        recipe = project_in(Path(folder))
        last = recipe.last_day()
        wanted = [(last - timedelta(days=back)).isoformat() for back in range(days - 1, -1, -1)]
    columns = ("days a run", "runs", "seconds", "ms a day", "of it in bodies", "of it Dagster", "Dagster's share")
    measured(wanted[-1:], 1, chain=False)
    sizes = [size for size in SIZES if size < days] + [days]
    lines = [measured(wanted, size, chain=False).line(days) for size in sizes]
    note = f"`{SOURCE}` and its checks. A run in a process of its own needs {start_seconds():.1f} s more for its start."
    show("The source alone, by run size", columns, lines, note)
    if chain:
        sizes = [1, recipe.automation.days_per_run]
        lines = [measured(wanted, size, chain=True).line(days) for size in sizes if size < days]
        note = f"`{SOURCE}`, masked and assessed, with all checks; what they need (the domain) was made before."
        show("The whole daily chain", columns, lines, note)
