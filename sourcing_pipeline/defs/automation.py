"""The job that makes everything, and the schedule that starts it every night."""

import dagster as dg

from sourcing_pipeline.defs.resources import Project

JOB = "nightly_refresh"


def definitions(project: Project) -> dg.Definitions:
    """`nightly_refresh` over every asset and check, and its schedule: the recipe's hour, for the day just ended."""
    daily = any(source.daily for source in project.sources.values())
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="All assets and checks; of the daily sources yesterday, or the days of a backfill.",
    )
    hour = project.recipe.automation.hour
    schedule = (
        dg.build_schedule_from_partitioned_job(job, name=JOB, hour_of_day=hour)
        if daily
        else dg.ScheduleDefinition(
            name=JOB, job=job, cron_schedule=f"0 {hour} * * *", execution_timezone=project.recipe.timezone
        )
    )
    return dg.Definitions(jobs=[job], schedules=[schedule])
