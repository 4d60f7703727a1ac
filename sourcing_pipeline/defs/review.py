"""The review of rows: the queue, the verdicts of people, and the scorecard that compares the sources."""

from collections.abc import Iterator

import dagster as dg
import pyarrow as pa

from sourcing_pipeline.defs import review_queue, verdicts
from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.resources import Project, check_result, column_schema, patience
from sourcing_pipeline.review.gates import enough_months
from sourcing_pipeline.review.scorecard import COLUMNS, SCORECARD, Score, markdown, score
from sourcing_pipeline.rows import WHOLE


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Queue, verdicts with their checks, and scorecard."""
    yield from review_queue.definitions(project)
    yield from verdicts.definitions(project)
    yield _scorecard(project)
    for name in project.recipe.by_strategy("production_logs"):
        yield _months(name, project)


def _scorecard(project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name="scorecard",
        deps=[*(assessed_name(name) for name in project.sources), "verdicts"],
        description="The quality score matrix: relevance, diversity, quality, size and cost of each source.",
        kinds={"python", "deltalake"},
        code_version="1",
        **project.asset_options("review"),
    )
    def scorecard(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with patience(context, project):
            clusters, reviews = project.recipe.assessment.clusters, verdicts.reviews(project)
            scores = [
                score(
                    name,
                    source.strategy,
                    project.lake.table(assessed_name(name)).read(COLUMNS),
                    clusters,
                    reviews[name].errors,
                )
                for name, source in project.sources.items()
            ]
            rows = pa.RecordBatch.from_pylist([one.record() for one in scores], schema=SCORECARD)
            project.lake.table("scorecard").overwrite([rows], SCORECARD, [WHOLE])
            return dg.MaterializeResult(
                metadata={
                    "dagster/row_count": len(scores),
                    "dagster/column_schema": column_schema(SCORECARD),
                    "matrix": dg.MetadataValue.md(markdown(scores)),
                }
            )

    return scorecard


def scores(project: Project) -> dict[str, Score]:
    """The stored scorecard by source, in the recipe's order."""
    rows = {row["source"]: row for row in project.lake.table("scorecard").load(SCORECARD).to_pylist()}
    return {name: Score.from_record(rows[name]) for name in project.sources if name in rows}


def _months(name: str, project: Project) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="scorecard",
        name=f"six_months_of_{name}",
        description=f"The logs of {name} span at least six months.",
    )
    def check() -> dg.AssetCheckResult:
        row = scores(project)[name]
        return check_result(enough_months(name, row.first, row.last))

    return check
