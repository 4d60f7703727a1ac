"""One real run over a month of the demonstration's inputs, shared by the tests that break copies of it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from sourcing_pipeline.definitions import build
from sourcing_pipeline.defs.automation import JOB
from sourcing_pipeline.defs.resources import RANGE_END, RANGE_START, Project
from sourcing_pipeline.recipe import Recipe

ROOT = Path(__file__).parents[2]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
FIRST, LAST = "2026-10-01", "2026-10-31"


@dataclass(frozen=True)
class Workshop:
    """A folder with a recipe, the tables of a finished run and its release."""

    folder: Path
    stdout: str = ""

    @property
    def recipe(self) -> Recipe:
        return Recipe.load(self.folder / "recipe.yaml")

    @property
    def project(self) -> Project:
        return Project(self.recipe)

    def copy(self, folder: Path) -> "Workshop":
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns(".dagster"))
        return Workshop(folder)

    def edit(self, before: str, after: str) -> None:
        path = self.folder / "recipe.yaml"
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")

    def materialize(self, *assets: str) -> dg.ExecuteInProcessResult:
        """Run the assets and their checks, the daily ones over the month."""
        return self._materialize(FIRST, LAST, *assets)

    def materialize_day(self, day: str, *assets: str) -> dg.ExecuteInProcessResult:
        """Run daily assets and their checks over one day."""
        return self._materialize(day, day, *assets)

    def _materialize(self, first: str, last: str, *assets: str) -> dg.ExecuteInProcessResult:
        with dg.DagsterInstance.ephemeral() as instance:
            return (
                build(self.recipe)
                .resolve_job_def(JOB)
                .execute_in_process(
                    instance=instance,
                    asset_selection=[dg.AssetKey(name) for name in assets],
                    tags={RANGE_START: first, RANGE_END: last},
                    run_config=QUIET,
                    raise_on_error=False,
                )
            )

    def check(self, asset: str, name: str) -> dg.ExecuteInProcessResult:
        """Evaluate one check on what stands in the lake."""
        selection = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey(asset), name))
        only = dg.Definitions(jobs=[dg.define_asset_job("only", selection=selection)])
        job = dg.Definitions.merge(build(self.recipe), only).resolve_job_def("only")
        with dg.DagsterInstance.ephemeral() as instance:
            return job.execute_in_process(instance=instance, run_config=QUIET, raise_on_error=False)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`sourcing` with `arguments`, in this folder, as a person would call it."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DAGSTER_HOME", "SOURCING_RECIPE", "ANTHROPIC_API_KEY")
        }
        return subprocess.run(
            [sys.executable, "-m", "sourcing_pipeline.cli", *arguments],
            cwd=self.folder,
            env={**environment, "COLUMNS": "200", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=600,
        )


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    return {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}


def made(result: dg.ExecuteInProcessResult) -> set[str]:
    events = result.get_asset_materialization_events()
    return {event.asset_key.to_user_string() for event in events if event.asset_key}


def write_project(folder: Path) -> Workshop:
    """A project folder like the repository's, over its embedded inputs, with one month of days."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = (ROOT / "recipe.yaml").read_text("utf-8")
    recipe = recipe.replace("start: 2025-09-01", f"start: {FIRST}").replace("data/demo/", f"{ROOT}/data/demo/")
    recipe = recipe.replace(f"verdicts: {ROOT}/data/demo/verdicts.jsonl", "verdicts: verdicts.jsonl")
    recipe = recipe.replace("size: 1000", "size: 300")
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    shutil.copy(ROOT / "data/demo/verdicts.jsonl", folder / "verdicts.jsonl")
    shutil.copy(ROOT / "dagster.yaml", folder / "dagster.yaml")
    return Workshop(folder)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The month, run by the command line to its end. Not to be changed: copy it."""
    workshop = write_project(tmp_path_factory.mktemp("finished"))
    done = workshop.run("run")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return Workshop(workshop.folder, done.stdout)


@pytest.fixture
def workshop(finished: Workshop, tmp_path: Path) -> Workshop:
    """A copy of the finished month that a test may break."""
    return finished.copy(tmp_path / "copy")
