"""The released dataset."""

from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import dagster as dg
import pyarrow as pa

from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.masking import masked_name
from sourcing_pipeline.defs.mixing import gates, quotas_of
from sourcing_pipeline.defs.residual import looked_at, residual_leaks
from sourcing_pipeline.defs.resources import Project, check_result, column_schema, patience, preview
from sourcing_pipeline.defs.review import scores
from sourcing_pipeline.defs.sources import raw_versions
from sourcing_pipeline.defs.verdicts import error_rates, leak_reviews
from sourcing_pipeline.errors import ReleaseError
from sourcing_pipeline.findings import rows_accounted
from sourcing_pipeline.masking.languages import lacking
from sourcing_pipeline.mixing.quotas import markdown as quotas_markdown
from sourcing_pipeline.release.card import Masked, SourceLeaks, data_card
from sourcing_pipeline.release.write import (
    DATA,
    RELEASED,
    Provenance,
    Written,
    latest,
    released,
    write_release,
)
from sourcing_pipeline.review.leaks import told
from sourcing_pipeline.review.scorecard import markdown as matrix_markdown
from sourcing_pipeline.review.verdicts import VERDICTS, simulated
from sourcing_pipeline.rows import MIXED


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """The release and its check."""
    yield _asset(project)
    yield _rows_accounted(project)


def _asset(project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name="training_release",
        deps=["hybrid_mix"],
        description="One immutable version of the dataset: JSON lines, Parquet, manifest and data card.",
        kinds={"python", "json", "parquet"},
        code_version="1",
        **project.asset_options("release"),
    )
    def training_release(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with patience(context, project):
            _refuse_what_may_not_go_out(project)
            mixed = project.lake.table("hybrid_mix").load(MIXED)
            rows = released(mixed)
            recipe = project.recipe
            card = data_card(
                recipe.release.name,
                recipe.now(),
                rows,
                matrix_markdown(scores(project).values()),
                quotas_markdown(quotas_of(project)),
                Masked(_masked_entities(mixed), _leaks(project), _lacking(rows)),
                notices(project),
            )
            origin = Provenance(recipe.now(), recipe.as_written, _versions(project), version("sourcing-pipeline"))
            written = write_release(rows, card, recipe.release, origin)
            return dg.MaterializeResult(metadata=_metadata(written, mixed))

    return training_release


def _refuse_what_may_not_go_out(project: Project) -> None:
    """Dagster's blocking checks hold within a run; this holds also for a release that is made alone."""
    findings = {**gates(project), **error_rates(project), **residual_leaks(project)}
    failed = [finding.message for finding in findings.values() if not finding.passed and finding.blocking]
    if failed:
        raise ReleaseError("nothing was released: " + "; ".join(failed))


def _masked_entities(mixed: pa.Table) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for row in mixed.column("masked_entities").to_pylist():
        for entity in row or ():
            counted[entity["entity"]] += entity["count"]
    return dict(sorted(counted.items()))


def _leaks(project: Project) -> list[SourceLeaks]:
    """What is known of the leaks of each source, in words."""
    found = []
    for one in leak_reviews(project):
        seen = looked_at(one.source, project)
        judged = (
            f"; {one.suspected_leaks} of {one.suspected_reviewed} judged are leaks" if one.suspected_reviewed else ""
        )
        suspected = f"{seen.suspected:,} of {seen.sampled:,} rows{judged}" if seen.sampled else "not looked at"
        found.append(SourceLeaks(one.source, told(one.leaks), told(one.over_masked), suspected))
    return found


def _lacking(rows: pa.Table) -> dict[str, int]:
    """What masking lacks for languages of the released rows, and how many rows it concerns."""
    lack: Counter[str] = Counter()
    for language, count in Counter(rows.column("language").to_pylist()).items():
        if said := lacking(language):
            lack[said] += count
    return dict(lack)


def notices(project: Project) -> list[str]:
    """What a user of the dataset must know about how this one was made."""
    said = [notice for source in project.sources.values() if (notice := source.notice())]
    if simulated(project.lake.table("verdicts").load(VERDICTS)):
        said.append(
            "The verdicts behind the error rates were simulated from the demonstration's planted truth; no person "
            "has reviewed these rows."
        )
    return said


def _versions(project: Project) -> dict[str, int | None]:
    names = [
        *(masked_name(name) for name in project.sources),
        *(assessed_name(name) for name in project.sources),
        "domain_profile",
        "review_queue",
        "verdicts",
        "scorecard",
        "hybrid_mix",
    ]
    return {**raw_versions(project), **{name: project.lake.table(name).version() for name in names}}


def _metadata(written: Written, mixed: pa.Table) -> dict[str, Any]:
    table = "".join(f"| {name} | {count:,} |\n" for name, count in written.rows_by_source.items())
    return {
        "dagster/row_count": written.rows,
        "dagster/column_schema": column_schema(RELEASED),
        "version": written.version,
        "new": written.new,
        "folder": dg.MetadataValue.path(str(written.folder)),
        "rows_by_source": dg.MetadataValue.md("| source | rows |\n|---|---|\n" + table),
        "preview": dg.MetadataValue.md(preview(mixed.slice(0, 3).to_pylist())),
    }


def _rows_accounted(project: Project) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="training_release",
        name="rows_accounted",
        blocking=True,
        description="Every row of the mix is a line of the released file.",
    )
    def check() -> dg.AssetCheckResult:
        rows_in = project.lake.table("hybrid_mix").rows()
        with (latest(project.recipe.release) / DATA).open("rb") as lines:
            rows_out = sum(1 for _ in lines)
        return check_result(rows_accounted("training_release", rows_in, rows_out, 0))

    return check
