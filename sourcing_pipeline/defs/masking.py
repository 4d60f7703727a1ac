"""The assets that mask each source: out of quarantine, into the lake."""

from collections.abc import Iterator, Sequence

import dagster as dg

from sourcing_pipeline.defs.resources import (
    Project,
    accounted_check,
    check_result,
    counts_metadata,
    first_rows,
    partitions_of,
    patience,
    preview,
    tell_days,
)
from sourcing_pipeline.engine import map_batches
from sourcing_pipeline.errors import MaskingError
from sourcing_pipeline.masking import MASKING_VERSION, Masker
from sourcing_pipeline.masking.proof import proof
from sourcing_pipeline.quarantine import open_quarantine
from sourcing_pipeline.rows import MASKED, RAW, outcomes
from sourcing_pipeline.sources import Source


def masked_name(source: str) -> str:
    return f"masked_{source}"


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """For each enabled source its masked asset and checks."""
    for name, source in project.sources.items():
        yield _asset(name, source, project)
        yield _rows_accounted(name, source, project)


def _asset(name: str, source: Source, project: Project) -> dg.AssetsDefinition:
    asset_name = masked_name(name)

    @dg.asset(
        name=asset_name,
        deps=[name],
        description=f"The rows of {name} with personal data replaced by placeholders.",
        kinds={"python", "spacy", "deltalake"},
        code_version=MASKING_VERSION,
        check_specs=[
            dg.AssetCheckSpec(
                "canaries_masked",
                asset=asset_name,
                blocking=True,
                description="Planted personal data is not readable after masking.",
            )
        ],
        **project.asset_options("masking", source),
    )
    def masked(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        with patience(context, project):
            partitions = partitions_of(context, source)
            masker = Masker.from_recipe(project.recipe)
            proven = proof(masker, project.recipe.masking, name, seed=context.run.run_id)
            yield check_result(proven, "canaries_masked")
            if not proven.passed:
                raise MaskingError(f"{asset_name}: {proven.message}. Nothing was written")
            counts = project.lake.write(
                asset_name,
                map_batches(
                    open_quarantine(project.recipe.storage).table(name),
                    partitions,
                    masker.mask_batch,
                    RAW,
                    outcomes(MASKED),
                    project.recipe.engine,
                ),
                MASKED,
                partitions,
            )
            tell_days(context, project, asset_name, source)
            rows = first_rows(project.lake.table(asset_name), partitions)
            yield dg.MaterializeResult(
                metadata={**counts_metadata(counts, MASKED), "preview": dg.MetadataValue.md(preview(rows))}
            )

    return masked


def _rows_accounted(name: str, source: Source, project: Project) -> dg.AssetChecksDefinition:
    def extracted(partitions: Sequence[str] | None) -> int:
        return open_quarantine(project.recipe.storage).table(name).rows(partitions)

    return accounted_check(masked_name(name), project, source, extracted)
