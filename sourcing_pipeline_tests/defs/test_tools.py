"""Dagster's own tools work from the project's folder with no environment set by hand."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sourcing_pipeline_tests.defs.conftest import ROOT

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent


def call(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DAGSTER_HOME", "SOURCING_RECIPE")}
    environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    "command",
    [("dagster", "definitions", "validate"), ("dg", "check", "defs"), ("dg", "list", "defs")],
    ids=" ".join,
)
def test_the_definitions_are_found_and_valid(command: tuple[str, ...]) -> None:
    done = call(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_dg_lists_every_asset() -> None:
    done = call("dg", "list", "defs", "--json")
    assert done.returncode == 0
    for name in ("ticket_extracts", "masked_annotated_set", "hybrid_mix", "training_release", "nightly_refresh"):
        assert f'"{name}"' in done.stdout


def test_the_instance_keeps_its_runs_in_the_project_s_folder_and_sends_no_telemetry(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    code = (
        "import dagster as dg; instance = dg.DagsterInstance.get(); "
        "print(instance.telemetry_enabled, instance.run_storage.__class__.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "SqliteRunStorage"]
    assert (tmp_path / ".dagster").is_dir()
