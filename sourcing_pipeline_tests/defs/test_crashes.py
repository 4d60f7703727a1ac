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


def start(workshop: Workshop, *arguments: str) -> "subprocess.Popen[str]":
    """`sourcing` with `arguments`, by default the run of one day."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DAGSTER_HOME", "SOURCING_RECIPE")}
    return subprocess.Popen(
        [sys.executable, "-m", "sourcing_pipeline.cli", *(arguments or ("run", "--partition", DAY))],
        cwd=workshop.folder,
        env={**environment, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_after(workshop: Workshop, step: str, wait_seconds: float) -> None:
    """Run, and kill `wait_seconds` after the end of `step`, in the middle of the next one."""
    process = start(workshop)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(f"success {step} "):
            time.sleep(wait_seconds)
            break
    process.send_signal(signal.SIGKILL)
    said, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL, f"{step}: it ended by itself: {said[-3000:]}"


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
    for step in KILLED_IN.values():
        kill_after(workshop, step, chance.uniform(0, 0.8))
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


def backfilled(workshop: Workshop, kill_after: str | None = None) -> tuple[int, str]:
    """`sourcing backfill` over six days in runs of three; gives exit status and output."""
    process = start(workshop, "backfill", "--from", "2026-10-05", "--to", "2026-10-10")
    assert process.stderr is not None
    for line in process.stderr if kill_after else ():
        if line.startswith(f"success {kill_after} "):
            process.send_signal(signal.SIGKILL)
            break
    said, _ = process.communicate(timeout=600)
    return process.returncode, said


def test_a_backfill_that_was_killed_goes_on_with_the_run_that_was_cut_off(
    finished: Workshop, workshop: Workshop
) -> None:
    recipe = workshop.folder / "recipe.yaml"
    recipe.write_text(recipe.read_text("utf-8") + "\nautomation: {days_per_run: 3}\n", encoding="utf-8")
    status, said = backfilled(workshop, "2026-10-08 to 2026-10-10: ticket_extracts")
    assert status == -signal.SIGKILL, said[-3000:]
    status, said = backfilled(workshop)
    assert status == 0, said[-3000:]
    assert "made by an earlier call and not again: 2026-10-05 to 2026-10-07\n" in said
    assert state(workshop) == state(finished)
