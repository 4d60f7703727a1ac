"""The domain profile, and the assets that assess each source's masked rows."""

from collections.abc import Iterator, Sequence

import dagster as dg

from sourcing_pipeline.assessment.assess import Assess
from sourcing_pipeline.assessment.canaries import flagged
from sourcing_pipeline.assessment.domain import DOMAIN_PROFILE, DomainProfile
from sourcing_pipeline.assessment.known import known_texts, learn_profile
from sourcing_pipeline.defs.masking import masked_name
from sourcing_pipeline.defs.resources import (
    Project,
    accounted_check,
    check_result,
    column_schema,
    counts_metadata,
    partitions_of,
    patience,
    tell_days,
)
from sourcing_pipeline.engine import map_batches
from sourcing_pipeline.rows import ASSESSED, MASKED, WHOLE, outcomes
from sourcing_pipeline.sources import Source


def assessed_name(source: str) -> str:
    return f"assessed_{source}"


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """The domain profile, and for each enabled source its assessed asset and checks."""
    yield _profile(project)
    for name, source in project.sources.items():
        yield _asset(name, source, project)
        yield _rows_accounted(name, source, project)


def _profile(project: Project) -> dg.AssetsDefinition:
    known = project.recipe.known_sources()

    @dg.asset(
        name="domain_profile",
        deps=[masked_name(name) for name in known],
        description="What the domain is: a classifier and centroids learned from the known in-domain examples.",
        kinds={"python", "scikitlearn", "deltalake"},
        code_version="1",
        **project.asset_options("assessment"),
    )
    def profile(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with patience(context, project):
            batches = (
                batch for name in known for batch in project.lake.table(masked_name(name)).read(["id", "messages"])
            )
            learned = learn_profile(known_texts(batches, project.recipe.assessment), project.recipe.assessment)
            project.lake.table("domain_profile").overwrite([learned.record()], DOMAIN_PROFILE, [WHOLE])
            return dg.MaterializeResult(
                metadata={
                    "dagster/row_count": 1,
                    "dagster/column_schema": column_schema(DOMAIN_PROFILE),
                    "known_examples": learned.known,
                    "clusters": len(learned.centroids),
                    "threshold": learned.threshold,
                }
            )

    return profile


def _asset(name: str, source: Source, project: Project) -> dg.AssetsDefinition:
    asset_name = assessed_name(name)

    @dg.asset(
        name=asset_name,
        deps=[masked_name(name), "domain_profile"],
        description=f"The masked rows of {name} with embedding, domain score, cluster and language.",
        kinds={"python", "pytorch", "deltalake"},
        code_version="1",
        check_specs=[
            dg.AssetCheckSpec(
                "canaries_flagged",
                asset=asset_name,
                blocking=True,
                description="Planted rows on other subjects are flagged as off-domain.",
            )
        ],
        **project.asset_options("assessment", source),
    )
    def assessed(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        with patience(context, project):
            partitions = partitions_of(context, source)
            profile = DomainProfile.from_record(project.lake.table("domain_profile").load(DOMAIN_PROFILE))
            assess = Assess(profile, project.recipe.assessment)
            yield check_result(flagged(assess, name), "canaries_flagged")
            counts = project.lake.write(
                asset_name,
                map_batches(
                    project.lake.table(masked_name(name)),
                    partitions,
                    assess,
                    MASKED,
                    outcomes(ASSESSED),
                    project.recipe.engine,
                ),
                ASSESSED,
                partitions,
            )
            tell_days(context, project, asset_name, source)
            off_domain = project.lake.table(asset_name).tally("off_domain", partitions).get(True, 0)
            yield dg.MaterializeResult(metadata={**counts_metadata(counts, ASSESSED), "off_domain": off_domain})

    return assessed


def _rows_accounted(name: str, source: Source, project: Project) -> dg.AssetChecksDefinition:
    def masked(partitions: Sequence[str] | None) -> int:
        return project.lake.table(masked_name(name)).rows(partitions)

    return accounted_check(assessed_name(name), project, source, masked)
