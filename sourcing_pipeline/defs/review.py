"""The review queue, the verdicts of people, and the scorecard that compares the sources."""

from collections import Counter
from collections.abc import Collection, Iterator

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.masking import masked_name
from sourcing_pipeline.defs.residual import suspected_leaks
from sourcing_pipeline.defs.resources import Project, check_result, column_schema, counts_metadata, patience
from sourcing_pipeline.findings import Finding, rows_accounted
from sourcing_pipeline.masking.residual import SUSPECTED_LEAKS
from sourcing_pipeline.review.gates import enough_months, error_rate_within
from sourcing_pipeline.review.leaks import LeakReview, asked, draw_strata, draw_suspected, leak_review, strata
from sourcing_pipeline.review.queue import LEAK, QUEUE, draw, partition_of, queued, write_queue
from sourcing_pipeline.review.scorecard import COLUMNS, SCORECARD, Score, markdown, score
from sourcing_pipeline.review.statistics import ErrorRate
from sourcing_pipeline.review.verdicts import VERDICTS, judged, read_verdicts, source_error_rate
from sourcing_pipeline.rows import ASSESSED, WHOLE, content_hash, message_tuples

_REASONS = 5


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Queue, verdicts with an error-rate check for each source, and scorecard."""
    yield _queue(project)
    yield _verdicts(project)
    yield _verdicts_accounted(project)
    for name in project.sources:
        yield _error_rate(name, project)
    yield _scorecard(project)
    for name in project.recipe.by_strategy("production_logs"):
        yield _months(name, project)


def _queue(project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name="review_queue",
        deps=[stage(name) for name in project.sources for stage in (masked_name, assessed_name)],
        description="The rows that people are asked to judge: stable samples of each source, and suspected leaks.",
        kinds={"python", "deltalake", "json"},
        code_version="2",
        **project.asset_options("review"),
    )
    def queue(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with patience(context, project):
            batches = [ask(name, project) for name in project.sources for ask in (_sample, _masked_sample)]
            table = project.lake.table("review_queue")
            partitions = [name for source in project.sources for name in (source, partition_of(source, LEAK))]
            table.overwrite(batches, QUEUE, partitions)
            written = write_queue(table.load(QUEUE), project.recipe.review.queue)
            return dg.MaterializeResult(
                metadata={
                    "dagster/row_count": sum(batch.num_rows for batch in batches),
                    "dagster/column_schema": column_schema(QUEUE),
                    **{f"{name}_queue": dg.MetadataValue.path(str(path)) for name, path in written.items()},
                }
            )

    return queue


def _sample(name: str, project: Project) -> pa.RecordBatch:
    """The QUEUE rows of one source: drawn among its rows that are in the domain and young enough."""
    table = project.lake.table(assessed_name(name))
    window, max_age_days = project.recipe.window(None), project.sources[name].max_age_days
    ids: list[str] = []
    for batch in table.read(["id", "off_domain", "created_at"]):
        unfit = pc.or_(batch.column("off_domain"), window.outside(batch.column("created_at"), max_age_days))
        fit = pc.invert(unfit)
        ids += batch.filter(fit).column("id").to_pylist()
    chosen = pa.array(draw(ids, project.recipe.review.sample_size), pa.string())
    columns = ["id", "content_hash", "messages"]
    schema = pa.schema([ASSESSED.field(column) for column in columns])
    picked = [
        batch.filter(pc.is_in(batch.column("id"), value_set=chosen)).cast(schema) for batch in table.read(columns)
    ]
    return queued(pa.Table.from_batches(picked, schema=schema).sort_by("id"), name)


def _masked_sample(name: str, project: Project) -> pa.RecordBatch:
    """The QUEUE rows of one source to be looked through for leaks: a sample of its masked rows, and suspected ones."""
    table, review = project.lake.table(masked_name(name)), project.recipe.review
    stratum_of = {
        row_id: stratum
        for batch in table.read(["id", "masked_entities"])
        for row_id, stratum in zip(batch.column("id").to_pylist(), strata(batch.column("masked_entities")), strict=True)
    }
    sampled = draw_strata(stratum_of, review.masked_sample_size)
    suspected = draw_suspected(suspected_leaks(name, project).load(SUSPECTED_LEAKS), review.max_suspected)
    return queued(asked(table.read(["id", "messages"]), sampled, suspected), name, LEAK)


def _verdicts(project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name="verdicts",
        deps=["review_queue"],
        description="What people said about rows, read from the verdicts file; the file is never changed.",
        kinds={"python", "json", "deltalake"},
        code_version="1",
        **project.asset_options("review"),
    )
    def verdicts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with patience(context, project):
            answered = read_verdicts(
                project.recipe.review.verdicts,
                _known(project),
                project.recipe.now(),
                lambda ids: _masked_hashes(ids, project),
            )
            counts = project.lake.write("verdicts", answered, VERDICTS, [WHOLE])
            rates = _errors(project)
            return dg.MaterializeResult(
                metadata={
                    **counts_metadata(counts, VERDICTS),
                    "reviewed": sum(rate.reviewed for rate in rates.values()),
                    **{f"{name}_error_rate": rate.rate for name, rate in rates.items() if rate.reviewed},
                    **{
                        f"{one.source}_leak_rate": one.leaks.rate for one in leak_reviews(project) if one.leaks.reviewed
                    },
                }
            )

    return verdicts


def _known(project: Project) -> dict[str, str]:
    """content_hash by id of every assessed row."""
    return {
        row_id: content_hash
        for name in project.sources
        for batch in project.lake.table(assessed_name(name)).read(["id", "content_hash"])
        for row_id, content_hash in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    }


def _masked_hashes(ids: Collection[str], project: Project) -> dict[str, str]:
    """The hash of the masked messages of those of `ids` that are in the lake."""
    wanted = pa.array(sorted(ids), pa.string())
    found = (
        batch.filter(pc.is_in(batch.column("id"), value_set=wanted))
        for name in project.sources
        for batch in project.lake.table(masked_name(name)).read(["id", "messages"])
    )
    return {
        row_id: content_hash(messages)
        for batch in found
        for row_id, messages in zip(
            batch.column("id").to_pylist(), message_tuples(batch.column("messages")), strict=True
        )
    }


def judgements(project: Project) -> dict[str, bool]:
    """Whether each judged row may not be used, by id: its answer is wrong, or personal data can be read in it."""
    said = project.lake.table("verdicts").load(VERDICTS)
    wrong, leaky = judged(said), judged(said, LEAK, "leak")
    return {row_id: wrong.get(row_id, False) or leaky.get(row_id, False) for row_id in {**wrong, **leaky}}


def _errors(project: Project) -> dict[str, ErrorRate]:
    """The error rate of each source over the rows of its review sample that were judged."""
    said = judged(project.lake.table("verdicts").load(VERDICTS))
    table = project.lake.table("review_queue")
    samples = {name: table.load(QUEUE, ["id"], [name]).column("id").to_pylist() for name in project.sources}
    return {name: source_error_rate(said, sample, project.recipe.review.confidence) for name, sample in samples.items()}


def leak_reviews(project: Project) -> list[LeakReview]:
    """What people found in the masked rows of each source."""
    said, table = project.lake.table("verdicts").load(VERDICTS), project.lake.table("review_queue")
    return [
        leak_review(name, table.load(QUEUE, None, [partition_of(name, LEAK)]), said, project.recipe.review.confidence)
        for name in project.sources
    ]


def _verdicts_accounted(project: Project) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="verdicts",
        name="rows_accounted",
        blocking=True,
        description="Every verdict that was read is used or was dropped with a reason.",
    )
    def check() -> dg.AssetCheckResult:
        said = project.lake.counts("verdicts")
        rows_out = project.lake.table("verdicts").rows()
        return check_result(rows_accounted("verdicts", said.rows_in, rows_out, sum(said.dropped.values())))

    return check


def _error_rate(name: str, project: Project) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="verdicts",
        name=f"error_rate_{name}",
        blocking=True,
        description=f"At most {project.recipe.review.max_error_rate:.0%} of the reviewed rows of {name} are wrong.",
    )
    def check() -> dg.AssetCheckResult:
        return check_result(_error_rate_finding(name, _errors(project)[name], project))

    return check


def _error_rate_finding(name: str, errors: ErrorRate, project: Project) -> Finding:
    return error_rate_within(name, errors, project.recipe.review, _reasons(name, project))


def error_rates(project: Project) -> dict[str, Finding]:
    """What review demands of each source, as it stands in the lake now."""
    errors = _errors(project)
    return {f"error_rate_{name}": _error_rate_finding(name, errors[name], project) for name in project.sources}


def _reasons(name: str, project: Project) -> list[str]:
    """The commonest reasons that reviewers gave for wrong rows of one source."""
    rows = project.lake.table("verdicts").load(VERDICTS, ["id", "verdict", "reason"]).to_pylist()
    given = Counter(
        row["reason"]
        for row in rows
        if row["verdict"] == "wrong" and row["reason"] and row["id"].startswith(f"{name}:")
    )
    return [f"{reason} ({count})" for reason, count in given.most_common(_REASONS)]


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
            clusters, errors = project.recipe.assessment.clusters, _errors(project)
            scores = [
                score(
                    name,
                    source.strategy,
                    project.lake.table(assessed_name(name)).read(COLUMNS),
                    clusters,
                    errors[name],
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
