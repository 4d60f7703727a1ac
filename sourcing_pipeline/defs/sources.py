"""The assets that read each source into quarantine, and for daily ones what changed in their systems before that."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.config import Window
from sourcing_pipeline.defs.resources import (
    Project,
    accounted_check,
    check_result,
    counts_metadata,
    partitions_checked,
    partitions_of,
    patience,
    tell_days,
)
from sourcing_pipeline.findings import Finding, licences_allowed
from sourcing_pipeline.quarantine import open_quarantine
from sourcing_pipeline.rows import RAW
from sourcing_pipeline.sources import Source
from sourcing_pipeline.sources.extract import extract
from sourcing_pipeline.sources.volume import fresh, usual_volume
from sourcing_pipeline.storage import COUNTS, Table
from sourcing_pipeline.tombstones import read_tombstones
from sourcing_pipeline.updates import Updates


def updates_name(source: str) -> str:
    return f"{source}_updates"


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """For each enabled source its asset and checks; a daily one also has its updates."""
    for name, source in project.sources.items():
        if source.daily:
            yield _updates(name, source, project)
        yield _asset(name, source, project)
        yield _rows_accounted(name, source, project)
        yield _licences_allowed(name, source, project)
        if source.daily:
            yield _fresh(name, source, project)
            yield _usual_volume(name, source, project)


def raw_versions(project: Project) -> dict[str, int | None]:
    """The Delta version of each source's table in quarantine, by its name."""
    return {name: _raw_table(name, project).version() for name in project.sources}


def touched_days(project: Project) -> list[str]:
    """The recipe's days on which something changed in a source's system since they were last made."""
    touched = {
        day for name, source in project.sources.items() if source.daily for day in updates_of(name, project).touched()
    }
    return sorted(touched & set(project.recipe.days()))


def updates_of(name: str, project: Project) -> Updates:
    """The update cursor, the landed records and the touched days of one source."""
    table = open_quarantine(project.recipe.storage).table(f"updates/{name}")
    return Updates(table, lambda keys: _days_of(name, keys, project))


def _days_of(name: str, keys: frozenset[str], project: Project) -> frozenset[str]:
    """The days on which native keys of a source stand in its table or in its ledger."""
    if not keys:
        return frozenset()
    wanted = pa.array([f"{name}:{key}" for key in sorted(keys)], pa.string())
    return frozenset(
        day
        for table in (_raw_table(name, project), project.lake.drops(name))
        for batch in table.read(["id", "partition"])
        for day in batch.filter(pc.is_in(batch.column("id"), value_set=wanted)).column("partition").to_pylist()
    )


def _raw_table(name: str, project: Project) -> Table:
    return open_quarantine(project.recipe.storage).table(name)


def window_of(name: str, project: Project, days: tuple[str, ...] | None, updates: Updates | None) -> Window:
    """What a source is asked for, with what has landed of it, who asked to be forgotten, and S3."""
    window = project.recipe.window(days)
    tombstones = read_tombstones(open_quarantine(project.recipe.storage).table("tombstones"))
    if tombstones:
        window = replace(window, erased=lambda keys: tombstones.covers(name, keys))
    if updates is not None:
        window = replace(window, landed=lambda: updates.landed(days))
    return replace(window, s3=project.s3)


def _updates(name: str, source: Source, project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name=updates_name(name),
        description=f"What changed in the system of {name} since it was last asked, and which days that touches.",
        kinds={"python", "deltalake"},
        pool=source.pool,
        code_version="1",
        **project.asset_options("sources"),
    )
    def updates(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with patience(context, project):
            found = updates_of(name, project)
            source.update(name, window_of(name, project, None, None), found)
            days = sorted(found.touched())
            return dg.MaterializeResult(
                metadata={"days_touched": len(days), "days": dg.MetadataValue.md(", ".join(days) or "none")}
            )

    return updates


def _asset(name: str, source: Source, project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name=name,
        deps=[updates_name(name)] if source.daily or source.updated else [],
        description=inspect.getdoc(type(source)),
        kinds={"python", "deltalake"},
        pool=source.pool,
        code_version="1",
        **project.asset_options("sources", source),
    )
    def raw(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with patience(context, project):
            partitions = partitions_of(context, source)
            updates = updates_of(name, project) if source.daily or source.updated else None
            marks = updates.touched() if updates else {}
            window = window_of(name, project, partitions if source.daily else None, updates)
            counts = project.lake.write(
                name,
                extract(name, source, window, frozenset(project.recipe.licenses)),
                RAW,
                partitions,
                into=_raw_table(name, project),
                people=open_quarantine(project.recipe.storage).table(f"persons/{name}"),
            )
            if updates:
                updates.refreshed({day: mark for day, mark in marks.items() if day in partitions or not source.daily})
            tell_days(context, project, name, source)
            return dg.MaterializeResult(metadata=counts_metadata(counts, RAW))

    return raw


def _rows_accounted(name: str, source: Source, project: Project) -> dg.AssetChecksDefinition:
    def records_read(partitions: Sequence[str] | None) -> int:
        return project.lake.counts(name, partitions).rows_in

    return accounted_check(name, project, source, records_read, table=lambda: _raw_table(name, project))


def _licences_allowed(name: str, source: Source, project: Project) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=name,
        name="licences_allowed",
        blocking=True,
        description="Every row stands under a licence that the recipe allows.",
    )
    def check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        found = licences_allowed(
            _raw_table(name, project).tally("license", partitions_checked(context, project, source)),
            frozenset(project.recipe.licenses),
        )
        return check_result(found)

    return check


def _fresh(name: str, source: Source, project: Project) -> dg.AssetChecksDefinition:
    def find(rows_by_day: dict[str, int], _: Sequence[str] | None) -> Finding:
        return fresh(name, rows_by_day, project.recipe.last_day(), source.max_silent_days)

    return _daily_check(name, "fresh", "Records have not stopped coming.", source, project, find)


def _usual_volume(name: str, source: Source, project: Project) -> dg.AssetChecksDefinition:
    def find(rows_by_day: dict[str, int], days: Sequence[str] | None) -> Finding:
        return usual_volume(name, rows_by_day, list(rows_by_day if days is None else days))

    said = "The newest day has about as many records as the same weekday of the weeks before."
    return _daily_check(name, "usual_volume", said, source, project, find)


def _daily_check(
    name: str,
    check_name: str,
    description: str,
    source: Source,
    project: Project,
    find: Callable[[dict[str, int], Sequence[str] | None], Finding],
) -> dg.AssetChecksDefinition:
    """A check over the numbers of records read of each day that was made."""

    @dg.asset_check(asset=name, name=check_name, description=description)
    def check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        tallies = project.lake.tallies(name).load(COUNTS).to_pylist()
        rows_by_day = {row["partition"]: row["rows_in"] for row in tallies}
        return check_result(find(rows_by_day, partitions_checked(context, project, source)))

    return check
