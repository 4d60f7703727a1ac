"""What the assets share: the recipe, the lake, the days, and how results are told to Dagster."""

import html
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pyarrow as pa

from sourcing_pipeline.errors import TryAgain
from sourcing_pipeline.findings import Finding, rows_accounted
from sourcing_pipeline.locks import shared, turn
from sourcing_pipeline.recipe import Recipe
from sourcing_pipeline.rows import WHOLE, instruction_and_response
from sourcing_pipeline.sources import Source
from sourcing_pipeline.storage import COUNTS, Counts, Lake, Table

PARTITION = "dagster/partition"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
"""Dagster's run tags: the partition of the run, or the first and last of its range."""

_PREVIEW_ROWS = 3
_PREVIEW_LETTERS = 160


@dataclass(frozen=True)
class Project:
    """The recipe and what follows from it; every asset is built from one of these."""

    recipe: Recipe

    @property
    def lake(self) -> Lake:
        return Lake(self.recipe.storage.lake, self.recipe.storage.options)

    @property
    def sources(self) -> dict[str, Source]:
        return self.recipe.enabled()

    def s3(self) -> Any:
        """A boto3 client made by dagster-aws' S3Resource: credentials from the environment, endpoint and region from
        the recipe's storage.options or the environment."""
        from dagster_aws.s3 import S3Resource

        options = {**os.environ, **self.recipe.storage.options}
        return S3Resource(
            endpoint_url=options.get("AWS_ENDPOINT_URL"), region_name=options.get("AWS_REGION")
        ).get_client()

    @property
    def days(self) -> dg.DailyPartitionsDefinition:
        """The daily partitions; they end with `as_of` where the recipe pins it."""
        return dg.DailyPartitionsDefinition(
            start_date=self.recipe.first_day().isoformat(),
            end_date=None if self.recipe.as_of is None else self.recipe.next_day().isoformat(),
            timezone=self.recipe.timezone,
        )

    def asset_options(self, stage: str, source: Source | None = None) -> dict[str, Any]:
        """The decorator arguments that are the same for every asset of `stage`."""
        automation = self.recipe.automation
        options: dict[str, Any] = {"group_name": stage, "owners": list(automation.owners)}
        if source is not None:
            options["tags"] = {"strategy": source.strategy, "source_kind": source.kind}
            if source.daily:
                options["partitions_def"] = self.days
                options["backfill_policy"] = dg.BackfillPolicy.multi_run(automation.days_per_run)
        return options


def partitions_of(context: dg.AssetExecutionContext, source: Source) -> tuple[str, ...]:
    """The partitions that this run makes of an asset of `source`: its days, or the whole."""
    return tuple(context.partition_keys) if source.daily else (WHOLE,)


def partitions_checked(
    context: dg.AssetCheckExecutionContext, project: Project, source: Source | None
) -> Sequence[str] | None:
    """The partitions that a check of an asset of `source` looks at: the run's days; every one when it runs alone.

    Checks have no partitions of their own: Dagster 1.13 shows a partitioned check as not run after a run over a
    range of days.
    """
    if source is None or not source.daily:
        return None
    tags = context.run.tags
    if PARTITION in tags:
        return (tags[PARTITION],)
    first, last = tags.get(RANGE_START), tags.get(RANGE_END)
    return None if first is None or last is None else [day for day in project.recipe.days() if first <= day <= last]


@contextmanager
def patience(context: dg.AssetExecutionContext, project: Project) -> Iterator[None]:
    """Around an asset's body: it shares the lake (an erasure waits for it), takes turns with runs that make the same,
    and passing faults are tried again.

    TryAgain, time-outs and broken connections are tried again with back-off and jitter. Every other error fails at
    once: trying again mends no recipe and no input.
    """
    automation = project.recipe.automation
    try:
        root, asset = project.recipe.storage.lake, context.asset_key.to_user_string()
        days = context.partition_keys if context.has_partition_key or context.has_partition_key_range else []
        days = days if context.assets_def.partitions_def else []
        with shared(root, context.log.info), turn(root, asset, days, context.log.info):
            yield
    except (TryAgain, TimeoutError, ConnectionError) as error:
        wait = automation.retry_delay_seconds * 2**context.retry_number * random.uniform(0.5, 1.5)  # noqa: S311
        raise dg.RetryRequested(automation.max_retries, wait) from error


def check_result(finding: Finding, check_name: str | None = None) -> dg.AssetCheckResult:
    """A Finding as Dagster shows it: an error when it blocks, else a warning."""
    return dg.AssetCheckResult(
        check_name=check_name,
        passed=finding.passed,
        severity=dg.AssetCheckSeverity.ERROR if finding.blocking else dg.AssetCheckSeverity.WARN,
        description=finding.message,
        metadata=dict(finding.facts),
    )


def accounted_check(
    asset: str,
    project: Project,
    source: Source | None,
    rows_in: Callable[[Sequence[str] | None], int],
    table: Callable[[], Table] | None = None,
) -> dg.AssetChecksDefinition:
    """The blocking check that rows in = rows out + dropped, counted anew from the tables of these partitions."""

    @dg.asset_check(
        asset=asset,
        name="rows_accounted",
        blocking=True,
        description="Every row that went in came out or was dropped with a reason.",
    )
    def check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        partitions = partitions_checked(context, project, source)
        rows_out = (table() if table else project.lake.table(asset)).rows(partitions)
        dropped = project.lake.drops(asset).rows(partitions)
        return check_result(rows_accounted(asset, rows_in(partitions), rows_out, dropped))

    return check


def counts_metadata(counts: Counts, schema: pa.Schema) -> dict[str, Any]:
    """Row counts, column schema and the table of drops, as Dagster's UI shows them."""
    return {
        "dagster/row_count": counts.rows_out,
        "dagster/column_schema": column_schema(schema),
        "rows_in": counts.rows_in,
        "dropped": dg.MetadataValue.md(drops_markdown(counts.dropped)),
    }


def tell_days(context: dg.AssetExecutionContext, project: Project, asset: str, source: Source) -> None:
    """Give each day of a run its own counts; what is said of the materialization is of all its days together."""
    if source.daily:
        tallies = project.lake.tallies(asset).load(COUNTS, partitions=partitions_of(context, source))
        for row in tallies.to_pylist():
            counted = {"dagster/partition_row_count": row["rows_out"], "rows_in_day": row["rows_in"]}
            context.add_asset_metadata(counted, partition_key=row["partition"])


def column_schema(schema: pa.Schema) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(field.name, str(field.type), constraints=dg.TableColumnConstraints(nullable=field.nullable))
            for field in schema
        ]
    )


def drops_markdown(dropped: Mapping[str, int]) -> str:
    if not dropped:
        return "none"
    return "| reason | rows |\n|---|---|\n" + "".join(
        f"| {reason} | {count:,} |\n" for reason, count in dropped.items()
    )


def preview(rows: Sequence[Mapping[str, Any]]) -> str:
    """A Markdown table of a few masked rows, escaped; never to be called with unmasked ones."""
    lines = ["| id | instruction | response |\n|---|---|---|\n"]
    for row in rows[:_PREVIEW_ROWS]:
        messages = [(turn["role"], turn["content"]) for turn in row["messages"]]
        instruction, response = instruction_and_response(messages)
        lines.append(f"| {_cell(row['id'])} | {_cell(instruction)} | {_cell(response)} |\n")
    return "".join(lines)


def _cell(text: str) -> str:
    short = text if len(text) <= _PREVIEW_LETTERS else text[:_PREVIEW_LETTERS] + "…"
    return html.escape(" ".join(short.split())).replace("|", "&#124;").replace("`", "&#96;")


def first_rows(table: Table, partitions: Sequence[str]) -> list[dict[str, Any]]:
    """The first few rows of `partitions`, for a preview."""
    for batch in table.read(["id", "messages"], partitions):
        return batch.slice(0, _PREVIEW_ROWS).to_pylist()
    return []
