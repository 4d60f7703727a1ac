"""The assets that read each source into quarantine."""

import inspect
from collections.abc import Iterator, Sequence

import dagster as dg

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
from sourcing_pipeline.findings import licences_allowed
from sourcing_pipeline.quarantine import open_quarantine
from sourcing_pipeline.rows import RAW
from sourcing_pipeline.sources import Source
from sourcing_pipeline.sources.extract import extract
from sourcing_pipeline.storage import Table


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """For each enabled source its asset and checks."""
    for name, source in project.sources.items():
        yield _asset(name, source, project)
        yield _rows_accounted(name, source, project)
        yield _licences_allowed(name, source, project)


def raw_versions(project: Project) -> dict[str, int | None]:
    """The Delta version of each source's table in quarantine, by its name."""
    return {name: _raw_table(name, project).version() for name in project.sources}


def _raw_table(name: str, project: Project) -> Table:
    return open_quarantine(project.recipe.storage).table(name)


def _asset(name: str, source: Source, project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name=name,
        description=inspect.getdoc(type(source)),
        kinds={"python", "deltalake"},
        pool=source.pool,
        code_version="1",
        **project.asset_options("sources", source),
    )
    def raw(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with patience(context, project):
            partitions = partitions_of(context, source)
            window = project.recipe.window(partitions if source.daily else None)
            counts = project.lake.write(
                name,
                extract(name, source, window, frozenset(project.recipe.licenses)),
                RAW,
                partitions,
                into=_raw_table(name, project),
            )
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
