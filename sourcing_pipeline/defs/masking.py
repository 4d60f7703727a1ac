"""The assets that mask each source: out of quarantine, into the lake."""

from collections.abc import Iterator, Sequence

import dagster as dg

from sourcing_pipeline.defs.residual import CHECK, look_again
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
from sourcing_pipeline.masking.proof import Proof, by_entity, proof, table
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
            ),
            dg.AssetCheckSpec(
                CHECK,
                asset=asset_name,
                blocking=True,
                description="A second, independent look suspects leaks in few of the masked rows.",
            ),
        ],
        **project.asset_options("masking", source),
    )
    def masked(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        from sourcing_pipeline.masking.elsewhere import Elsewhere

        with patience(context, project):
            partitions = partitions_of(context, source)
            masker = Masker.from_recipe(project.recipe, name)
            proven = proof(masker, project.recipe.masking, name, context.run.run_id, source.masking)
            recall = _recall_metadata(proven)
            checked = check_result(proven.finding, "canaries_masked")
            yield checked._replace(metadata={**checked.metadata, **recall})
            if not proven.finding.passed:
                raise MaskingError(f"{asset_name}: {proven.finding.message}. Nothing was written")
            elsewhere = Elsewhere()
            counts = project.lake.write(
                asset_name,
                map_batches(
                    open_quarantine(project.recipe.storage).table(name),
                    partitions,
                    elsewhere.learning(masker.mask_batch),
                    RAW,
                    outcomes(MASKED),
                    project.recipe.engine,
                ),
                MASKED,
                partitions,
            )
            residual = look_again(name, project, project.lake.table(asset_name), elsewhere, partitions)
            tell_days(context, project, asset_name, source)
            rows = first_rows(project.lake.table(asset_name), partitions)
            yield dg.MaterializeResult(
                metadata={**counts_metadata(counts, MASKED), **recall, "preview": dg.MetadataValue.md(preview(rows))}
            )
            yield check_result(residual, CHECK)

    return masked


def _recall_metadata(proven: Proof) -> dict[str, dg.MetadataValue]:
    """A number for each placeholder, which Dagster plots over time, and the counts by language as a table."""
    recalls = by_entity(proven.tallies).items()
    return {
        **{f"canary_recall_{entity}": dg.MetadataValue.float(tally.recall) for entity, tally in recalls},
        "canary_recall": dg.MetadataValue.md(table(proven.tallies)),
    }


def _rows_accounted(name: str, source: Source, project: Project) -> dg.AssetChecksDefinition:
    def extracted(partitions: Sequence[str] | None) -> int:
        return open_quarantine(project.recipe.storage).table(name).rows(partitions)

    return accounted_check(masked_name(name), project, source, extracted)
