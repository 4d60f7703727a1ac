"""A small project with real tables, files and a Dagster instance, in which one person's rows carry a mark."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sourcing_pipeline.config import Window
from sourcing_pipeline.defs.resources import preview
from sourcing_pipeline.masking.residual import COLUMNS, SUSPECTED_LEAKS
from sourcing_pipeline.quarantine import open_quarantine
from sourcing_pipeline.recipe import Recipe
from sourcing_pipeline.review.leaks import asked, draw_strata, draw_suspected
from sourcing_pipeline.review.questions import LEAK
from sourcing_pipeline.review.queue import QUEUE, partition_of, queued, write_queue
from sourcing_pipeline.review.verdicts import VERDICTS, answered, read_file
from sourcing_pipeline.rows import (
    ASSESSED,
    MASKED,
    MIXED,
    RAW,
    WHOLE,
    Drop,
    DropReason,
    Example,
    Message,
    Strategy,
    batches,
    content_hash,
    outcomes,
)
from sourcing_pipeline.sources.extract import extract as extracted
from sourcing_pipeline.sources.source import Source
from sourcing_pipeline.storage import Lake
from sourcing_pipeline.tombstones import read_tombstones
from sourcing_pipeline.updates import UPDATES

MARK = "zanzibarite"
MARIA = f"{MARK}@example.com"
DAYS = ["2026-03-01", "2026-03-02", "2026-03-03"]
SOURCES = ["ticket_extracts", "annotated_set"]
AS_OF = datetime(2026, 4, 1, tzinfo=UTC)

RECIPE = """
as_of: 2026-04-01
start: 2026-03-01
sources:
  ticket_extracts:
    kind: tickets
    system: {type: helpdesk, path: helpdesk.sqlite}
  annotated_set:
    kind: label_studio
    export: export.json
"""

DAGSTER = """
storage:
  sqlite:
    base_dir: BASE/.dagster
local_artifact_storage:
  module: dagster._core.storage.root
  class: LocalArtifactStorage
  config:
    base_dir: BASE/.dagster
compute_logs:
  module: dagster._core.storage.local_compute_log_manager
  class: LocalComputeLogManager
  config:
    base_dir: BASE/.dagster/logs
telemetry:
  enabled: false
"""


@dataclass(frozen=True)
class World:
    """The project's folder."""

    folder: Path

    @property
    def recipe(self) -> Recipe:
        return Recipe.load(self.folder / "recipe.yaml")

    @property
    def lake(self) -> Lake:
        return Lake(self.recipe.storage.lake)

    @property
    def quarantine(self) -> Lake:
        return open_quarantine(self.recipe.storage)

    def instance(self) -> dg.DagsterInstance:
        return dg.DagsterInstance.from_config(str(self.folder))

    def rows(self) -> dict[str, list[tuple[str, str]]]:
        """id and content_hash (or what stands for it) of all rows, by table; sorted."""
        found = {}
        for lake in (self.lake, self.quarantine):
            for log in sorted(Path(lake.root).rglob("_delta_log")):
                table = lake.table(str(log.parent.relative_to(lake.root)))
                said = [row for batch in table.read() for row in batch.to_pylist()]
                found[table.uri.removeprefix(str(self.folder))] = sorted(
                    (str(row.get("id")), str(row.get("content_hash", row))) for row in said
                )
        return found

    def marked(self, mark: str = MARK) -> list[str]:
        """The files, releases aside, in which `mark` can be read: in their bytes, or in any value of a Parquet file."""
        return sorted(
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if path.is_file() and "releases" not in path.parts and mark.encode() in _readable(path)
        )


def _readable(path: Path) -> bytes:
    content = path.read_bytes()
    if content.endswith(b"PAR1"):
        content += repr(pq.ParquetFile(path).read().to_pylist()).encode()
        content += repr(pq.ParquetFile(path).metadata.to_dict()).encode()
    return content


def example(source: str, key: str, day: str, people: Sequence[str], text: str) -> Example:
    return Example(
        id=f"{source}:{key}",
        partition=day,
        source=source,
        strategy="production_logs" if source == "ticket_extracts" else "annotated",
        messages=(Message("user", f"{text}: what now?"), Message("assistant", f"{text}: this.")),
        license="LicenseRef-Proprietary",
        attribution=text,
        origin_uri=f"https://desk.example/{text}",
        tags=(text,),
        created_at=datetime.fromisoformat(f"{day if day != WHOLE else '2026-02-01'}T10:00:00+00:00"),
        person_keys=tuple(people),
        meta={"subject": text},
    )


def records(number: int, version: str = "") -> list[Example | Drop]:
    """Tickets of three days: each day two of Maria's, kept and dropped, among those of others."""
    found: list[Example | Drop] = []
    for day in DAYS:
        for each in range(number):
            people = [f"customer{each}@example.com", "4711" if each else "0815", "agent@desk.example"]
            found.append(example("ticket_extracts", f"{day}-{each}", day, people, f"ticket {each}{version}"))
        found.append(Drop(f"ticket_extracts:{day}-x", DropReason.SPAM, "why", day, ("x@example.com",)))
    for day in DAYS[:2]:
        key = f"{MARK}-{day}"
        text = f"{MARK} says {version}"
        found.append(example("ticket_extracts", key, day, [MARIA, f"{MARK}-77", "agent@desk.example"], text))
        found.append(Drop(f"ticket_extracts:{key}-x", DropReason.NOT_RATED, f"of {MARK}", day, (MARIA, f"{MARK}-77")))
    return found


def annotations() -> list[Example | Drop]:
    found: list[Example | Drop] = [
        example("annotated_set", f"{each}", WHOLE, [f"expert{each % 2}@example.com"], f"task {each}")
        for each in range(6)
    ]
    return [*found, example("annotated_set", f"{MARK}-1", WHOLE, [MARIA], f"{MARK} annotated")]


class Fixed(Source):
    """A source that reads what the test gives it."""

    strategy: ClassVar[Strategy] = "production_logs"
    kind: Literal["fixed"] = "fixed"
    found: tuple[Example | Drop, ...]

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        return batches(self.found)


def extract(world: World, source: str, found: Sequence[Example | Drop], days: Sequence[str]) -> None:
    """What the asset of a source does: its table, its ledger, and who its drops are about."""
    tombstones = read_tombstones(world.quarantine.table("tombstones"))
    window = world.recipe.window(tuple(days))
    window = replace(window, erased=lambda keys: tombstones.covers(source, keys))
    answered = extracted(source, Fixed(found=tuple(found)), window, frozenset({"LicenseRef-Proprietary"}))
    into, people = world.quarantine.table(source), world.quarantine.table(f"persons/{source}")
    world.lake.write(source, answered, RAW, days, into=into, people=people)


def _chain(world: World, source: str, days: Sequence[str]) -> None:
    """Masking and assessment; each drops every fifth row."""
    before = world.quarantine.table(source)
    for asset, schema in ((f"masked_{source}", MASKED), (f"assessed_{source}", ASSESSED)):
        answered = [
            _filled(row, schema, DropReason.OFF_DOMAIN if number % 5 == 4 or row["id"].endswith(DAYS[1]) else None)
            for batch in before.read(None, days)
            for number, row in enumerate(batch.to_pylist())
        ]
        answered = [{**row, "drop_reason": row["drop_reason"] if asset[0] == "a" else None} for row in answered]
        world.lake.write(asset, [pa.RecordBatch.from_pylist(answered, schema=outcomes(schema))], schema, days)
        before = world.lake.table(asset)


def _filled(row: dict[str, Any], schema: pa.Schema, reason: DropReason | None) -> dict[str, Any]:
    added: dict[str, Any] = dict.fromkeys(outcomes(schema).names) | {"drop_reason": reason}
    if "embedding" in added:
        seed = int(hashlib.sha256(row["id"].encode()).hexdigest()[:8], 16)
        added |= {"embedding": np.random.default_rng(seed).random(4).tolist(), "off_domain": False}
    return {name: row.get(name, value) for name, value in added.items()}


def _review(world: World) -> None:
    review = world.recipe.review
    table = world.lake.table("review_queue")
    for source in SOURCES:
        rows = world.lake.table(f"assessed_{source}").load(ASSESSED, ["id", "content_hash", "messages"])
        table.overwrite([queued(rows, source)], QUEUE, [source])
        table.overwrite([_leaks(world, source)], QUEUE, [partition_of(source, LEAK)])
    write_queue(table.load(QUEUE), review.queue)
    lines = [
        {
            "id": row["id"],
            "content_hash": row["content_hash"] if number % 4 else "stale",
            "verdict": "right",
            "reason": f"about {row['id']}",
            "reviewer": "ana",
            "reviewed_at": "2026-03-30T09:00:00Z",
        }
        for number, row in enumerate(table.load(QUEUE, ["id", "content_hash"], SOURCES).to_pylist())
    ]
    lines.append({**lines[0], "reason": f"the same as ticket_extracts:{MARK}-{DAYS[0]}"})
    lines.append({**lines[0], "id": f"ticket_extracts:{MARK}-{DAYS[1]}"})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    text += f'{{"id": "ticket_extracts:{MARK}-{DAYS[0]}", "verdict": "ri\n' + "no JSON at all\n"
    review.verdicts.write_text(text, encoding="utf-8")
    known = {
        row["id"]: row["content_hash"]
        for source in SOURCES
        for row in world.lake.table(f"assessed_{source}").load(ASSESSED, ["id", "content_hash"]).to_pylist()
    }
    world.lake.write("verdicts", answered(read_file(review.verdicts), known), VERDICTS, [WHOLE])


def _leaks(world: World, source: str) -> pa.RecordBatch:
    """What the second look stores, and the rows that people look through: every row is suspected."""
    masked, suspected = world.lake.table(f"masked_{source}"), world.lake.table(f"suspected_leaks/{source}")
    rows = [row for batch in masked.read(COLUMNS) for row in batch.to_pylist()]
    told = [
        {"id": row["id"], "partition": row["partition"], "sampled": True, "entity": "NAME", "look": "models"}
        | {"content_hash": content_hash([(turn["role"], turn["content"]) for turn in row["messages"]])}
        | {"message": 0, "start": 0, "end": 4, "score": 0.9}
        for row in rows
    ]
    partitions = sorted({row["partition"] for row in rows})
    suspected.overwrite([pa.RecordBatch.from_pylist(told, schema=SUSPECTED_LEAKS)], SUSPECTED_LEAKS, partitions)
    sampled = draw_strata(dict.fromkeys((row["id"] for row in rows), "NAME below 0.6"), 60)
    return queued(
        asked(masked.read(COLUMNS), sampled, draw_suspected(suspected.load(SUSPECTED_LEAKS), 50)), source, LEAK
    )


def _mix(world: World) -> None:
    answered = [
        {**_filled(row, MIXED, DropReason.NOT_SAMPLED if number % 3 == 2 else None), "partition": WHOLE}
        for source in SOURCES
        for number, row in enumerate(world.lake.table(f"assessed_{source}").load(ASSESSED).to_pylist())
    ]
    world.lake.write("hybrid_mix", [pa.RecordBatch.from_pylist(answered, schema=outcomes(MIXED))], MIXED, [WHOLE])


def _release(world: World, version: str) -> None:
    folder = world.recipe.release.folder / world.recipe.release.name / version
    folder.mkdir(parents=True)
    pq.write_table(world.lake.table("hybrid_mix").load(MIXED, ["id", "messages"]), folder / "dataset.parquet")


def _dagster_run(world: World) -> None:
    """A run whose materialization shows a preview with Maria's row, and whose last step fails and names its id."""
    maria = f"ticket_extracts:{MARK}-{DAYS[0]}"
    rows = world.lake.table("hybrid_mix").load(MIXED).to_pylist()
    shown = [row for row in rows if row["id"] == maria] + rows[:2]

    @dg.asset(name="shown", check_specs=[dg.AssetCheckSpec("seen", asset="shown")])
    def shown_rows(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        context.log.info(f"looked at {maria}")
        yield dg.MaterializeResult(metadata={"preview": dg.MetadataValue.md(preview(shown)), "rows": 3})
        yield dg.AssetCheckResult(check_name="seen", passed=True, description=f"saw {maria}")

    @dg.asset(deps=["shown"])
    def broken() -> None:
        raise ValueError(f"the row {maria} is broken")

    with world.instance() as instance:
        dg.materialize([shown_rows, broken], instance=instance, raise_on_error=False)


def build(folder: Path) -> World:
    """Everything twice, so that there are older versions, with an orphan of a killed writer in each table."""
    (folder / "data/review").mkdir(parents=True)
    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    (folder / "dagster.yaml").write_text(DAGSTER.replace("BASE", str(folder)), encoding="utf-8")
    world = World(folder)
    for version in ("first", "second"):
        extract(world, "ticket_extracts", records(7, version), DAYS)
        extract(world, "annotated_set", annotations(), [WHOLE])
        landed = [
            {"id": one.id.partition(":")[2], "partition": one.partition, "version": version, "record": one.id}
            | {"person_keys": list(one.person_keys)}
            for one in records(2, version)
        ]
        state = {"id": "cursor", "partition": "state", "version": None, "record": version, "person_keys": None}
        table = world.quarantine.table("updates/ticket_extracts")
        table.overwrite([pa.RecordBatch.from_pylist([*landed, state], schema=UPDATES)], UPDATES, [*DAYS, "state"])
        for source, days in (("ticket_extracts", DAYS), ("annotated_set", [WHOLE])):
            _chain(world, source, days)
        _review(world)
        _mix(world)
        _dagster_run(world)
        _release(world, f"2026-03-3{len(version) % 2}")
    logs = [log for log in folder.rglob("_delta_log") if log.parent.name != "counts"]
    for log in logs:
        for name in ("part-0-dead.snappy.parquet", "part-1-dead.snappy.parquet#1", ".hidden"):
            (log.parent / name).write_bytes(MARK.encode())
        (log / "_commit_dead.json.tmp").write_bytes(MARK.encode())
    (folder / "data/review/ticket_extracts.77.partial").write_text(MARK, encoding="utf-8")
    (world.recipe.release.folder / world.recipe.release.name / ".x.77.partial").mkdir()
    return world
