"""What people are asked: the review queue, written to files or brought to Label Studio."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.assessment.domain import DOMAIN_PROFILE, DomainProfile
from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.masking import masked_name
from sourcing_pipeline.defs.residual import suspected_leaks
from sourcing_pipeline.defs.resources import Project, check_result, column_schema, patience
from sourcing_pipeline.defs.verdicts import DRAWS_TABLE, LINKS_TABLE, judgeable, known_hashes, landing, reviews
from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.findings import Finding
from sourcing_pipeline.masking.residual import SUSPECTED_LEAKS
from sourcing_pipeline.review.config import LabelStudioBackend
from sourcing_pipeline.review.doubtful import draw_doubtful
from sourcing_pipeline.review.gates import pushed
from sourcing_pipeline.review.leaks import asked, draw_strata, draw_suspected, strata
from sourcing_pipeline.review.links import LINKS, links
from sourcing_pipeline.review.questions import CORRECT, DOMAIN, KEEP, LEAK, QUESTIONS, Question
from sourcing_pipeline.review.queue import (
    DRAWS,
    QUEUE,
    Drawn,
    draw,
    draw_kept,
    draws,
    partition_of,
    queued,
    write_queue,
)
from sourcing_pipeline.review.verdicts import VERDICTS, reviewed
from sourcing_pipeline.rows import ASSESSED, WHOLE

PUSHED = "queue_brought_to_label_studio"
_COLUMNS = ["id", "content_hash", "messages"]


def definitions(project: Project) -> Iterator[dg.AssetsDefinition]:
    """The queue; with the check that it was brought to Label Studio, where people judge there."""

    @dg.asset(
        name="review_queue",
        deps=[stage(name) for name in project.sources for stage in (masked_name, assessed_name)],
        description="The rows that people are asked to judge: stable samples of each source, suspected leaks, rows of "
        "which the domain's classifier is unsure, and synthetic rows.",
        kinds={"python", "deltalake", "json"},
        code_version="3",
        check_specs=_check_specs(project),
        **project.asset_options("review"),
    )
    def queue(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with patience(context, project):
            drawn = {name: _drawn(name, project) for name in project.sources}
            project.lake.table(DRAWS_TABLE).overwrite(
                [draws(ids, name) for name, ids in drawn.items()], DRAWS, list(drawn)
            )
            table = project.lake.table("review_queue")
            batches = [batch for name, ids in drawn.items() for batch in _asked(name, ids, project)]
            partitions = [partition_of(name, question) for name in project.sources for question in QUESTIONS]
            table.overwrite(batches, QUEUE, partitions)
            written = write_queue(table.load(QUEUE), project.recipe.review.queue)
            yield dg.MaterializeResult(
                metadata={
                    "dagster/row_count": sum(batch.num_rows for batch in batches),
                    "dagster/column_schema": column_schema(QUEUE),
                    **{f"{name}_queue": dg.MetadataValue.path(str(path)) for name, path in written.items()},
                }
            )
            if isinstance(project.recipe.review.backend, LabelStudioBackend):
                yield check_result(_bring(context, project), PUSHED)

    yield queue


def _check_specs(project: Project) -> list[dg.AssetCheckSpec]:
    if not isinstance(project.recipe.review.backend, LabelStudioBackend):
        return []
    return [dg.AssetCheckSpec(PUSHED, asset="review_queue", description="The rows to judge stand in Label Studio.")]


def _drawn(name: str, project: Project) -> list[str]:
    """The ids drawn for the question *correct?*, twice the sample: of the rows in the domain and young enough."""
    ids = [row_id for batch in judgeable(name, project) for row_id in batch.column("id").to_pylist()]
    return draw(ids, 2 * project.recipe.review.sample_size)


def _asked(name: str, drawn: Sequence[str], project: Project) -> Iterator[pa.RecordBatch]:
    """The QUEUE rows of one source, of each question."""
    review = project.recipe.review
    sample = list(drawn[: review.sample_size])
    if review.design == "sequential" and reviews(project, [name])[name].decided:
        said = reviewed(project.lake.table("verdicts").load(VERDICTS), CORRECT)
        sample = [row_id for row_id in sample if row_id in said]
    yield _picked(name, CORRECT, dict.fromkeys(sample), project)
    yield _masked_sample(name, project)
    if name not in project.recipe.known_sources():
        yield _picked(name, DOMAIN, _doubtful(name, project), project)
    if project.sources[name].strategy == "synthetic":
        ids = project.lake.table(assessed_name(name)).read(["id"])
        every = [row_id for batch in ids for row_id in batch.column("id").to_pylist()]
        yield _picked(name, KEEP, dict.fromkeys(draw_kept(every, review.keep_sample_size)), project)


def _picked(name: str, question: Question, chosen: dict[str, Drawn | None], project: Project) -> pa.RecordBatch:
    schema = pa.schema([ASSESSED.field(column) for column in _COLUMNS])
    wanted = pa.array(list(chosen), pa.string())
    found = [
        batch.filter(pc.is_in(batch.column("id"), value_set=wanted)).cast(schema)
        for batch in project.lake.table(assessed_name(name)).read(_COLUMNS)
    ]
    rows = pa.Table.from_batches(found, schema=schema).sort_by("id")
    of = [chosen[row_id] for row_id in rows.column("id").to_pylist()]
    rows = rows.append_column(QUEUE.field("stratum"), pa.array([one and one.stratum for one in of], pa.string()))
    rows = rows.append_column(QUEUE.field("stratum_rows"), pa.array([one and one.rows for one in of], pa.int64()))
    return queued(rows, name, question)


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


def _doubtful(name: str, project: Project) -> dict[str, Drawn | None]:
    """The rows of one source of which it is asked whether they belong to the domain."""
    profile = DomainProfile.from_record(project.lake.table("domain_profile").load(DOMAIN_PROFILE))
    ids: list[str] = []
    doubts = []
    for batch in project.lake.table(assessed_name(name)).read(["id", "domain_score", "centroid_similarity"]):
        ids += batch.column("id").to_pylist()
        doubts.append(profile.doubt(*(batch.column(at).to_numpy(zero_copy_only=False) for at in (1, 2))))
    before = project.lake.table("review_queue").load(QUEUE, ["id"], [partition_of(name, DOMAIN)])
    doubt = np.concatenate(doubts) if doubts else np.zeros(0)
    return draw_doubtful(ids, doubt, project.recipe.review.domain_sample_size, before.column("id").to_pylist())


def _bring(context: dg.AssetExecutionContext, project: Project) -> Finding:
    """Bring the queue to Label Studio; a server that does not answer is a warning.

    What was answered there is imported first: tasks of rows that left the lake are removed with their answers.
    """
    from sourcing_pipeline.label_studio import Server
    from sourcing_pipeline.review.label_studio import import_verdicts, push

    review = project.recipe.review
    assert isinstance(review.backend, LabelStudioBackend)
    queue = project.lake.table("review_queue").load(QUEUE)
    found: list[tuple[Question, str, str]] = []
    try:
        known = frozenset(known_hashes(project))
        with Server(review.backend.url, review.backend.key_variable) as server:
            import_verdicts(server, review.backend, landing(project), datetime.now(UTC))
            for question in QUESTIONS:
                rows = queue.filter(pc.equal(queue.column("question"), question))
                done, addresses = push(server, review, question, rows, known)
                found += [(question, source, address) for source, address in addresses.items()]
                context.log.info(f"{question}: {done.added:,} new tasks, {done.removed:,} removed")
    except (InputError, TryAgain) as error:
        context.log.warning(str(error))
        return pushed(review.backend.url, str(error), queue.num_rows)
    project.lake.table(LINKS_TABLE).overwrite([links(found)], LINKS, [WHOLE])
    return pushed(review.backend.url, None, queue.num_rows)
