"""What runs by itself: every night the systems are asked what changed, then yesterday and the touched days are made."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.assets.graph.asset_graph_subset import AssetGraphSubset
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.definitions.events import AssetKeyPartitionKey

from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.masking import masked_name
from sourcing_pipeline.defs.resources import Project
from sourcing_pipeline.defs.sources import touched_days, updates_name

JOB = "nightly_refresh"
UPDATES_JOB = "find_updates"
BACKFILL_JOB = "backfill"
DAY_TAG = "sourcing/day"
"""On a run of `find_updates` that the schedule started: the day that has just ended."""

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def definitions(project: Project) -> dg.Definitions:
    """The jobs, the nightly schedule, and the sensor that makes the days which the night's updates touched."""
    daily = [name for name, source in project.sources.items() if source.daily]
    everything = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="All assets and checks; of the daily sources yesterday, or the days of a backfill.",
    )
    hour, zone = project.recipe.automation.hour, project.recipe.timezone
    cron = f"0 {hour} * * *"
    if not daily:
        whole = dg.ScheduleDefinition(name=JOB, job=everything, cron_schedule=cron, execution_timezone=zone)
        return dg.Definitions(jobs=[everything], schedules=[whole])
    updates = dg.define_asset_job(
        UPDATES_JOB,
        selection=dg.AssetSelection.assets(*(updates_name(name) for name in daily)),
        description="Asks the systems of the daily sources what changed since they were last asked.",
    )
    backfill = dg.define_asset_job(
        BACKFILL_JOB,
        selection=daily_chains(project),
        description="The daily sources, masked and assessed, over the days of a backfill; the mix and the release are "
        "not made (nightly_refresh makes them).",
    )

    @dg.schedule(name=JOB, job=updates, cron_schedule=cron, execution_timezone=zone)
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        """Every night: what changed, then yesterday and the days touched (by the sensor `touched_days`)."""
        day = project.recipe.last_day().isoformat()
        return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat(), tags={DAY_TAG: day})

    return dg.Definitions(
        jobs=[everything, updates, backfill], schedules=[nightly], sensors=[_after_updates(project, daily)]
    )


def daily_chains(project: Project) -> dg.AssetSelection:
    """The assets with days, without what they and the others are made from."""
    daily = [name for name, source in project.sources.items() if source.daily]
    return dg.AssetSelection.assets(
        *(stage for name in daily for stage in (name, masked_name(name), assessed_name(name)))
    )


def _after_updates(project: Project, daily: Sequence[str]) -> dg.SensorDefinition:
    @dg.sensor(
        name="touched_days",
        asset_selection=dg.AssetSelection.all() - dg.AssetSelection.assets(*(updates_name(name) for name in daily)),
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="After the night's find_updates: one backfill of yesterday and of the days that changes touched. "
        "It also goes on where a system could not be asked; those days are told by the next night.",
    )
    def touched(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        ended = context.instance.get_run_records(
            dg.RunsFilter(job_name=UPDATES_JOB, statuses=_ENDED), limit=50, ascending=False
        )
        nights = [record for record in ended if DAY_TAG in record.dagster_run.tags]
        handled = int(context.cursor or 0)
        fresh = [record for record in nights if record.storage_id > handled]
        if not fresh:
            return dg.SkipReason("no night's updates have ended since")
        yesterdays = {record.dagster_run.tags[DAY_TAG] for record in fresh} & set(project.recipe.days())
        days = sorted(yesterdays | set(touched_days(project)))
        assert context.repository_def is not None
        subset = _subset(context.repository_def.asset_graph, days, daily)
        request = dg.RunRequest.for_asset_graph_subset(subset, tags={DAY_TAG: max(yesterdays, default=days[-1])})
        return dg.SensorResult(run_requests=[request], cursor=str(max(record.storage_id for record in fresh)))

    return touched


def _subset(graph: BaseAssetGraph, days: Sequence[str], daily: Sequence[str]) -> AssetGraphSubset:
    """Every asset but the updates: those with days over `days`, the others whole."""
    left_out = {dg.AssetKey(updates_name(name)) for name in daily}
    wanted = [key for key in graph.materializable_asset_keys if key not in left_out]
    return AssetGraphSubset.from_asset_partition_set(
        {
            AssetKeyPartitionKey(key, day)
            for key in wanted
            for day in (days if graph.get(key).partitions_def is not None else [None])
        },
        graph,
    )
