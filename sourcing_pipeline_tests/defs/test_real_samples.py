"""The same job over real files that other people wrote; they are read where SOURCING_SAMPLES says."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sourcing_pipeline_tests.defs.conftest import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("SOURCING_SAMPLES" not in os.environ, reason="SOURCING_SAMPLES is not set"),
]


def test_the_whole_job_runs_over_real_dumps_exports_and_conversations(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    environment = {name: value for name, value in os.environ.items() if name not in ("DAGSTER_HOME", "SOURCING_RECIPE")}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sourcing_pipeline.cli", "run"),
            *("--recipe", str(ROOT / "sourcing_pipeline_tests/recipes/samples.yaml")),
            *("--from", "2020-05-01", "--to", "2020-06-30"),
        ],
        cwd=tmp_path,
        env={**environment, "SOURCING_WORK": str(tmp_path / "work"), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-3000:]
    dataset = Path(done.stdout.strip().splitlines()[-1].removeprefix("dataset "))
    rows = [json.loads(line) for line in dataset.read_text("utf-8").splitlines()]
    assert len(rows) >= 250
    assert {row["source"] for row in rows} == {
        "support_conversations",
        "filtered_stackexchange",
        "history_meta",
        "annotated_set",
    }
    assert all(row["instruction"].strip() and row["response"].strip() for row in rows)
