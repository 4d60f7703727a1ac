"""What people answered: the verdicts, from files and from Label Studio, and what follows from them for each source."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.masking import masked_name
from sourcing_pipeline.defs.resources import Project, check_result, counts_metadata, patience
from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.findings import Finding, rows_accounted
from sourcing_pipeline.review.config import LabelStudioBackend
from sourcing_pipeline.review.doubtful import DomainReview, domain_review
from sourcing_pipeline.review.gates import error_rate_within, synthetic_kept, verdicts_current
from sourcing_pipeline.review.landed import Landing
from sourcing_pipeline.review.leaks import LeakReview, leak_review
from sourcing_pipeline.review.links import LINKS, where
from sourcing_pipeline.review.prediction_powered import PredictionPowered
from sourcing_pipeline.review.questions import CORRECT, DOMAIN, KEEP, LEAK
from sourcing_pipeline.review.queue import DRAWS, QUEUE, partition_of
from sourcing_pipeline.review.reliability import reliability, reliability_markdown
from sourcing_pipeline.review.source_review import SourceReview, powered, source_review
from sourcing_pipeline.review.verdicts import VERDICTS, answered, judged, read_file
from sourcing_pipeline.rows import WHOLE, content_hash, message_tuples

DRAWS_TABLE = "review_draws"
LINKS_TABLE = "review_links"
LANDED_TABLE = "landed_verdicts"
CURRENT = "verdicts_current"


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """The verdicts; with checks of the error rate of each source, and of what people keep of synthetic rows."""
    yield _verdicts(project)
    yield _accounted(project)
    for name in project.sources:
        yield _error_rate(name, project)
    for name in project.recipe.by_strategy("synthetic"):
        yield _synthetic_kept(name, project)


def _verdicts(project: Project) -> dg.AssetsDefinition:
    backend = project.recipe.review.backend
    specs = [
        dg.AssetCheckSpec(CURRENT, asset="verdicts", description="Label Studio was asked for new verdicts just now.")
    ]

    @dg.asset(
        name="verdicts",
        deps=["review_queue"],
        description="What people said about rows: read from the verdicts file, and imported from Label Studio.",
        kinds={"python", "json", "deltalake"},
        code_version="2",
        check_specs=specs if isinstance(backend, LabelStudioBackend) else [],
        **project.asset_options("review"),
    )
    def verdicts(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with patience(context, project):
            current = _import(context, project) if isinstance(backend, LabelStudioBackend) else None
            said = [*read_file(project.recipe.review.verdicts), *landing(project).said()]
            rows = answered(said, known_hashes(project), lambda ids: _masked_hashes(ids, project))
            counts = project.lake.write("verdicts", rows, VERDICTS, [WHOLE])
            yield dg.MaterializeResult(metadata={**counts_metadata(counts, VERDICTS), **_metadata(project)})
            if current is not None:
                yield check_result(current, CURRENT)

    return verdicts


def landing(project: Project) -> Landing:
    """The verdicts that were imported from a server."""
    return Landing(project.lake.table(LANDED_TABLE))


def _import(context: dg.AssetExecutionContext, project: Project) -> Finding:
    """Import what is new in Label Studio; where it does not answer, say how old the verdicts are."""
    from sourcing_pipeline.label_studio import Server
    from sourcing_pipeline.review.label_studio import import_verdicts

    backend = project.recipe.review.backend
    assert isinstance(backend, LabelStudioBackend)
    landed, now, trouble = landing(project), datetime.now(UTC), None
    try:
        with Server(backend.url, backend.key_variable) as server:
            read = import_verdicts(server, backend, landed, now)
        context.log.info(f"{read:,} answers were read from {backend.url}")
    except (InputError, TryAgain) as error:
        trouble = str(error)
        context.log.warning(trouble)
    return verdicts_current(backend.url, landed.asked(backend.url), now, trouble)


def _metadata(project: Project) -> dict[str, Any]:
    said = project.lake.table("verdicts").load(VERDICTS)
    rates = reviews(project)
    newest = pc.max(said.column("reviewed_at")).as_py()
    return {
        "reviewed": sum(one.errors.reviewed for one in rates.values()),
        **({"latest_verdict": dg.MetadataValue.timestamp(newest)} if newest else {}),
        **{f"{name}_error_rate": one.errors.rate for name, one in rates.items() if one.errors.reviewed},
        **{f"{one.source}_leak_rate": one.leaks.rate for one in leak_reviews(project) if one.leaks.reviewed},
        **{
            f"{one.source}_domain_agreement": one.agreed / one.reviewed
            for one in domain_reviews(project)
            if one.reviewed
        },
        "reviewers": dg.MetadataValue.md(reliability_markdown(reliability(said, project.recipe.review.confidence))),
    }


def known_hashes(project: Project) -> dict[str, str]:
    """content_hash by id of every assessed row."""
    return {
        row_id: row_hash
        for name in project.sources
        for batch in project.lake.table(assessed_name(name)).read(["id", "content_hash"])
        for row_id, row_hash in zip(*(column.to_pylist() for column in batch.columns), strict=True)
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


def unwanted(project: Project) -> dict[str, bool]:
    """Whether each judged row may not be used, by id: its answer is wrong, personal data can be read in it, or it is
    synthetic and was not kept."""
    said, reviewers = project.lake.table("verdicts").load(VERDICTS), project.recipe.review.reviewers
    against = [
        judged(said, CORRECT, "wrong", reviewers),
        judged(said, LEAK, "leak", reviewers),
        judged(said, KEEP, "drop", reviewers),
    ]
    return {row_id: any(one.get(row_id, False) for one in against) for row_id in set().union(*against)}


def off_domain(project: Project) -> dict[str, bool]:
    """Whether a row is off the domain, by id, where people have said so or denied it."""
    said = project.lake.table("verdicts").load(VERDICTS)
    return judged(said, DOMAIN, "off_domain", project.recipe.review.reviewers)


def reviews(project: Project, names: Sequence[str] | None = None) -> dict[str, SourceReview]:
    """The review of each source (of those in `names`), as it stands in the lake now."""
    said, config = project.lake.table("verdicts").load(VERDICTS), project.recipe.review
    return {name: source_review(name, _order(name, project), said, config) for name in names or project.sources}


def _order(name: str, project: Project) -> list[str]:
    """The ids of a source that were drawn for the question *correct?*, in the order of the draw."""
    drawn = project.lake.table(DRAWS_TABLE).load(DRAWS, None, [name])
    return list(drawn.sort_by("rank").column("id").to_pylist())


def judgeable(name: str, project: Project, columns: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """The rows of a source that are in the domain and young enough, of which its sample is drawn: id and `columns`."""
    window, max_age_days = project.recipe.window(None), project.sources[name].max_age_days
    wanted = ["id", *columns]
    table = project.lake.table(assessed_name(name))
    for batch in table.read(list(dict.fromkeys([*wanted, "off_domain", "created_at"]))):
        unfit = pc.or_(batch.column("off_domain"), window.outside(batch.column("created_at"), max_age_days))
        yield batch.filter(pc.invert(unfit)).select(wanted)


def leak_reviews(project: Project) -> list[LeakReview]:
    """What people found in the masked rows of each source."""
    said, table, review = (
        project.lake.table("verdicts").load(VERDICTS),
        project.lake.table("review_queue"),
        project.recipe.review,
    )
    return [
        leak_review(
            name,
            table.load(QUEUE, None, [partition_of(name, LEAK)]),
            said,
            review.confidence,
            review.reviewers,
        )
        for name in project.sources
    ]


def domain_reviews(project: Project) -> list[DomainReview]:
    """How often people and the classifier agree about the domain, of each source."""
    said, table = project.lake.table("verdicts").load(VERDICTS), project.lake.table("review_queue")
    found = []
    for name in project.sources:
        queue = table.load(QUEUE, ["id", "stratum"], [partition_of(name, DOMAIN)])
        wanted = queue.column("id").combine_chunks()
        flagged = {
            row["id"]: row["off_domain"]
            for batch in project.lake.table(assessed_name(name)).read(["id", "off_domain"])
            for row in batch.filter(pc.is_in(batch.column("id"), value_set=wanted)).to_pylist()
        }
        found.append(domain_review(name, queue, flagged, said, project.recipe.review.reviewers))
    return found


def _accounted(project: Project) -> dg.AssetChecksDefinition:
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
        return check_result(error_rates(project, [name])[f"error_rate_{name}"])

    return check


def error_rates(project: Project, names: Sequence[str] | None = None) -> dict[str, Finding]:
    """What review demands of each source (of those in `names`), as it stands in the lake now."""
    review, stored = project.recipe.review, project.lake.table(LINKS_TABLE).load(LINKS)
    return {
        f"error_rate_{name}": error_rate_within(
            one, review, where(name, CORRECT, stored, review), _powered(name, project)
        )
        for name, one in reviews(project, names).items()
    }


def _powered(name: str, project: Project) -> PredictionPowered | None:
    """The error rate of a source with the help of the recipe's `model_score`; None without one."""
    review = project.recipe.review
    if review.model_score is None:
        return None
    scores = {
        row_id: score
        for batch in judgeable(name, project, [review.model_score])
        for row_id, score in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    }
    said = project.lake.table("verdicts").load(VERDICTS)
    return powered(_order(name, project), said, scores, review)


def _synthetic_kept(name: str, project: Project) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="verdicts",
        name=f"synthetic_kept_{name}",
        description=f"People have reviewed the rows of {name}, and keep most of them.",
    )
    def check() -> dg.AssetCheckResult:
        table = project.lake.table("review_queue")
        asked = table.load(QUEUE, ["id"], [partition_of(name, KEEP)]).column("id").to_pylist()
        said = judged(project.lake.table("verdicts").load(VERDICTS), KEEP, "keep", project.recipe.review.reviewers)
        votes = [said[row_id] for row_id in asked if row_id in said]
        return check_result(synthetic_kept(name, sum(votes), len(votes), len(asked)))

    return check
