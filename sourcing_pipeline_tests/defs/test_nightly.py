"""The night: what changed is asked first, then yesterday and the days that changes touched are made, and no others."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from sourcing_pipeline.definitions import build
from sourcing_pipeline.defs.automation import DAY_TAG, UPDATES_JOB
from sourcing_pipeline.defs.sources import touched_days, updates_of
from sourcing_pipeline_tests.defs.conftest import QUIET, ROOT, Workshop

pytestmark = pytest.mark.slow


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as made:
        yield made


@pytest.fixture
def desk(workshop: Workshop) -> Iterator[sqlite3.Connection]:
    """The workshop over a help desk of its own, which may change."""
    shutil.copy(ROOT / "data/demo/helpdesk.sqlite", workshop.folder / "helpdesk.sqlite")
    workshop.edit(f"{ROOT}/data/demo/helpdesk.sqlite", "helpdesk.sqlite")
    database = sqlite3.connect(workshop.folder / "helpdesk.sqlite")
    yield database
    database.close()


def rated_again(desk: sqlite3.Connection, workshop: Workshop, score: int) -> tuple[str, str]:
    """Rate a kept ticket once more on the last day; gives its row id and its day."""
    batch = next(workshop.project.lake.table("masked_ticket_extracts").read(["id", "partition"]))
    row = batch.to_pylist()[0]
    values = (int(row["id"].partition(":")[2]), score, "2026-10-31T12:00:00Z")
    desk.execute("INSERT INTO ratings (ticket_id, score, created_at) VALUES (?, ?, ?)", values)
    desk.commit()
    return row["id"], row["partition"]


def ask(workshop: Workshop, instance: dg.DagsterInstance) -> None:
    job = build(workshop.recipe).resolve_job_def(UPDATES_JOB)
    tags = {DAY_TAG: workshop.recipe.last_day().isoformat()}
    assert job.execute_in_process(instance=instance, tags=tags, run_config=QUIET).success


def tick(
    workshop: Workshop, instance: dg.DagsterInstance, cursor: str | None = None
) -> dg.SensorResult | dg.SkipReason:
    definitions = build(workshop.recipe)
    context = dg.build_sensor_context(instance, cursor=cursor, definitions=definitions)
    result = definitions.resolve_sensor_def("touched_days")(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def asked_for(result: dg.SensorResult | dg.SkipReason) -> dict[str, list[str]]:
    """The days of each asset that the sensor asks for; an empty list where it has none."""
    assert isinstance(result, dg.SensorResult)
    (request,) = result.run_requests or []
    subset = request.asset_graph_subset
    assert subset is not None
    return {
        key.to_user_string(): sorted(subset.get_partitions_subset(key).get_partition_keys())
        if key in subset.partitions_subsets_by_asset_key
        else []
        for key in subset.asset_keys
    }


def test_a_ticket_rated_again_touches_its_old_day_and_the_night_makes_it_and_yesterday(
    workshop: Workshop, desk: sqlite3.Connection, instance: dg.DagsterInstance
) -> None:
    row_id, day = rated_again(desk, workshop, 1)
    ask(workshop, instance)
    assert touched_days(workshop.project) == [day]
    asked = asked_for(tick(workshop, instance))
    chain = {"ticket_extracts", "masked_ticket_extracts", "assessed_ticket_extracts"}
    assert {name for name, days in asked.items() if days} == chain
    assert {tuple(days) for name, days in asked.items() if days} == {(day, "2026-10-31")}
    assert {"hybrid_mix", "training_release", "domain_profile"} <= set(asked)
    assert "ticket_extracts_updates" not in asked

    before = workshop.project.lake.table("masked_ticket_extracts").counts()
    workshop.materialize_day(day, "ticket_extracts", "masked_ticket_extracts")
    assert touched_days(workshop.project) == []
    after = workshop.project.lake.table("masked_ticket_extracts").counts()
    assert after == {**before, day: before[day] - 1} or (before[day] == 1 and day not in after)
    drops = workshop.project.lake.drops("ticket_extracts").read(["id", "reason"], [day])
    assert {row["reason"] for batch in drops for row in batch.to_pylist() if row["id"] == row_id} == {"rating_too_low"}


def test_a_night_is_asked_for_once(workshop: Workshop, instance: dg.DagsterInstance) -> None:
    ask(workshop, instance)
    first = tick(workshop, instance)
    assert asked_for(first)["ticket_extracts"] == ["2026-10-31"]
    assert isinstance(first, dg.SensorResult)
    assert isinstance(tick(workshop, instance, first.cursor), dg.SkipReason)


def test_runs_of_the_updates_that_no_night_started_make_nothing(
    workshop: Workshop, instance: dg.DagsterInstance
) -> None:
    job = build(workshop.recipe).resolve_job_def(UPDATES_JOB)
    assert job.execute_in_process(instance=instance, run_config=QUIET).success
    assert isinstance(tick(workshop, instance), dg.SkipReason)


def test_yesterday_is_made_even_where_a_system_could_not_be_asked(
    workshop: Workshop, desk: sqlite3.Connection, instance: dg.DagsterInstance
) -> None:
    desk.execute("DROP TABLE ratings")
    desk.commit()
    job = build(workshop.recipe).resolve_job_def(UPDATES_JOB)
    tags = {DAY_TAG: workshop.recipe.last_day().isoformat()}
    assert not job.execute_in_process(instance=instance, tags=tags, run_config=QUIET, raise_on_error=False).success
    assert asked_for(tick(workshop, instance))["ticket_extracts"] == ["2026-10-31"]


def test_a_reopened_ticket_leaves_its_old_day(
    workshop: Workshop, desk: sqlite3.Connection, instance: dg.DagsterInstance
) -> None:
    batch = next(workshop.project.lake.table("masked_ticket_extracts").read(["id", "partition"]))
    row = batch.to_pylist()[0]
    desk.execute(
        "UPDATE tickets SET status = 'open', resolved_at = NULL, reopened_count = 1, "
        "updated_at = '2026-10-31T11:00:00Z' WHERE id = ?",
        (int(row["id"].partition(":")[2]),),
    )
    desk.commit()
    ask(workshop, instance)
    assert set(touched_days(workshop.project)) == {row["partition"], "2026-10-31"}
    assert updates_of("ticket_extracts", workshop.project).cursor() == "2026-10-31T11:00:00.000"
