"""The code location: every stage's definitions, in the order of the flow."""

import warnings

import dagster as dg

from sourcing_pipeline.defs import (
    annotation,
    assessment,
    automation,
    import_verdicts,
    masking,
    mixing,
    release,
    review,
    sources,
)
from sourcing_pipeline.defs.resources import Project
from sourcing_pipeline.recipe import Recipe

# Backfill policies are marked beta; the version is pinned for that reason.
warnings.filterwarnings("ignore", category=dg.BetaWarning)


def build(recipe: Recipe) -> dg.Definitions:
    """The definitions that follow from `recipe`."""
    project = Project(recipe)
    stages = (sources, masking, assessment, annotation, review, mixing, release)
    made = [definition for stage in stages for definition in stage.definitions(project)]
    graph = dg.Definitions(
        assets=[one for one in made if not isinstance(one, dg.AssetChecksDefinition)],
        asset_checks=[one for one in made if isinstance(one, dg.AssetChecksDefinition)],
        executor=dg.in_process_executor,
    )
    return dg.Definitions.merge(graph, automation.definitions(project), import_verdicts.definitions(project))


@dg.definitions
def defs() -> dg.Definitions:
    return build(Recipe.load())
