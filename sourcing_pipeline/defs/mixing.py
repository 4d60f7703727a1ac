"""The mix, and the checks that stop a release."""

from collections.abc import Iterator

import dagster as dg
import pyarrow as pa

from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.resources import (
    Project,
    accounted_check,
    check_result,
    counts_metadata,
    first_rows,
    patience,
    preview,
)
from sourcing_pipeline.defs.review import scores
from sourcing_pipeline.defs.verdicts import off_domain, unwanted
from sourcing_pipeline.findings import Finding, licences_allowed
from sourcing_pipeline.mixing.candidates import (
    COLUMNS,
    Candidate,
    Rules,
    candidates,
    newest,
    planted,
    without_duplicates,
)
from sourcing_pipeline.mixing.gates import (
    canaries_refused,
    large_enough,
    synthetic_within_cap,
)
from sourcing_pipeline.mixing.mix import answered, mix
from sourcing_pipeline.mixing.quotas import QUOTAS, Quota, markdown
from sourcing_pipeline.rows import ASSESSED, MIXED, WHOLE, DropReason

_WITHOUT_EMBEDDING = [name for name in ASSESSED.names if name != "embedding"]


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """The mix and its checks."""
    yield _asset(project)
    yield accounted_check("hybrid_mix", project, None, lambda _: _assessed_rows(project))
    yield from (_gate(name, project) for name in _GATES)


def _assessed_rows(project: Project) -> int:
    return sum(project.lake.table(assessed_name(name)).rows() for name in project.sources)


def _asset(project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name="hybrid_mix",
        deps=[*(assessed_name(name) for name in project.sources), "verdicts", "scorecard"],
        description="The rows of the dataset: shares by strategy, within a strategy drawn by quality.",
        kinds={"python", "deltalake"},
        code_version="1",
        check_specs=[
            dg.AssetCheckSpec(
                "canaries_refused",
                asset="hybrid_mix",
                blocking=True,
                description="Planted duplicates and off-domain rows are refused, and none is in the mix.",
            )
        ],
        **project.asset_options("mixing"),
    )
    def hybrid_mix(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with patience(context, project):
            found, expected = _candidates(project)
            drawn = mix(
                without_duplicates(newest(found), project.recipe.mixing.near_duplicate_similarity),
                project.recipe.mixing,
            )
            counts = project.lake.write(
                "hybrid_mix",
                (
                    batch
                    for name in project.sources
                    for batch in answered(
                        project.lake.table(assessed_name(name)).read(_WITHOUT_EMBEDDING), drawn.decisions
                    )
                ),
                MIXED,
                [WHOLE],
            )
            parts = pa.RecordBatch.from_pylist([part.record() for part in drawn.quotas], schema=QUOTAS)
            project.lake.table("mix_quotas").overwrite([parts], QUOTAS, [WHOLE])
            table = project.lake.table("hybrid_mix")
            got = {row_id: drawn.decisions[row_id].reason for row_id in expected}
            yield dg.MaterializeResult(
                metadata={
                    **counts_metadata(counts, MIXED),
                    "mix": dg.MetadataValue.md(markdown(drawn.quotas)),
                    **{f"{part.strategy}_rows": part.achieved for part in drawn.quotas},
                    "preview": dg.MetadataValue.md(preview(first_rows(table, [WHOLE]))),
                }
            )
            yield check_result(canaries_refused(expected, got, list(table.tally("id"))), "canaries_refused")

    return hybrid_mix


def _candidates(project: Project) -> tuple[list[Candidate], dict[str, DropReason]]:
    """Every assessed row as a candidate, with the planted ones; and what must refuse each of those."""
    matrix, window = scores(project), project.recipe.window(None)
    against, off = unwanted(project), off_domain(project)
    found: list[Candidate] = []
    expected: dict[str, DropReason] = {}
    for name, source in project.sources.items():
        quality = matrix[name].quality if name in matrix else None
        rules = Rules(quality, against, window.oldest(source.max_age_days), window.as_of, off)
        table = project.lake.table(assessed_name(name))
        found += candidates(table.read(COLUMNS), rules)
        rows, reasons = planted(name, source.strategy, rules)
        found += rows
        expected |= reasons
    return found, expected


def quotas_of(project: Project) -> list[Quota]:
    """How the mix in the lake came out, by strategy."""
    rows = project.lake.table("mix_quotas").load(QUOTAS).to_pylist()
    return [Quota(**{key: value for key, value in row.items() if key != "partition"}) for row in rows]


def _synthetic_share(project: Project) -> Finding:
    return synthetic_within_cap(project.lake.table("hybrid_mix").tally("strategy"), project.recipe.mixing)


def _minimum_size(project: Project) -> Finding:
    return large_enough(project.lake.table("hybrid_mix").rows(), project.recipe.mixing)


def _licences(project: Project) -> Finding:
    return licences_allowed(project.lake.table("hybrid_mix").tally("license"), frozenset(project.recipe.licenses))


_GATES = {
    "synthetic_share": (_synthetic_share, "The synthetic share of the mix is within its cap."),
    "minimum_size": (_minimum_size, "The mix has enough rows for its task."),
    "licences_allowed": (_licences, "Every row stands under a licence that the recipe allows."),
}


def gates(project: Project) -> dict[str, Finding]:
    """What the mix must hold, as it stands in the lake now."""
    return {name: gate(project) for name, (gate, _) in _GATES.items()}


def _gate(name: str, project: Project) -> dg.AssetChecksDefinition:
    gate, description = _GATES[name]

    @dg.asset_check(asset="hybrid_mix", name=name, blocking=True, description=description)
    def check() -> dg.AssetCheckResult:
        return check_result(gate(project))

    return check
