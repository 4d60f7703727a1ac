"""Real processes, killed in the middle of a stage or run side by side, lose nothing and leave nothing twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from sourcing_pipeline.release.write import latest
from sourcing_pipeline_tests.defs.conftest import Workshop

pytestmark = pytest.mark.slow

DAY = "2026-10-14"
KILLED_IN = {
    "the extraction": "ticket_extracts_updates",
    "the masking": "ticket_extracts",
    "the assessment": "masked_ticket_extracts",
    "the mix": "verdicts",
}
"""A stage, and the step after whose end the process is killed."""


def start(workshop: Workshop) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name not in ("DAGSTER_HOME", "SOURCING_RECIPE")}
    return subprocess.Popen(
        [sys.executable, "-m", "sourcing_pipeline.cli", "run", "--partition", DAY],
        cwd=workshop.folder,
        env={**environment, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed_after(workshop: Workshop, step: str, wait_seconds: float) -> bool:
    """Run, and `wait_seconds` after the end of `step` kill; gives whether the process was still at work."""
    process = start(workshop)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(f"success {step} "):
            time.sleep(wait_seconds)
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def state(workshop: Workshop) -> dict[str, Counter[str]]:
    """The ids of every table of the daily chain and its ledgers, each with how often it stands there."""
    lake = workshop.project.lake
    found = {
        name: Counter(lake.table(name).tally("id")) for name in ("masked_ticket_extracts", "assessed_ticket_extracts")
    }
    for stage in ("ticket_extracts", "masked_ticket_extracts", "assessed_ticket_extracts"):
        found[f"{stage} drops"] = Counter(lake.drops(stage).tally("id"))
        counts = lake.counts(stage)
        found[f"{stage} counts"] = Counter({"in": counts.rows_in, "out": counts.rows_out, **counts.dropped})
    found["mix"] = Counter(lake.table("hybrid_mix").tally("id"))
    return found


def test_processes_killed_in_any_stage_and_one_that_ends_leave_what_one_alone_would(
    finished: Workshop, workshop: Workshop
) -> None:
    chance = random.Random(20261014)
    hit = [killed_after(workshop, step, chance.uniform(0, 0.8)) for step in KILLED_IN.values()]
    assert all(hit)
    process = start(workshop)
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said[-3000:]
    assert state(workshop) == state(finished)
    assert set(state(workshop)["masked_ticket_extracts"].values()) == {1}
    assert latest(workshop.recipe.release).name == latest(finished.recipe.release).name


def test_two_runs_over_the_same_day_at_once_leave_what_one_alone_would(finished: Workshop, workshop: Workshop) -> None:
    both = [start(workshop), start(workshop)]
    ends = [process.communicate(timeout=600)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], ends[0][-2000:] + ends[1][-2000:]
    assert state(workshop) == state(finished)
    assert latest(workshop.recipe.release).name == latest(finished.recipe.release).name
