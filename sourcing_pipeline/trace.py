"""One row followed through every stage: where it is, where it left and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.masking import masked_name
from sourcing_pipeline.errors import InputError, ReleaseError
from sourcing_pipeline.recipe import Recipe
from sourcing_pipeline.release.write import PARQUET, latest
from sourcing_pipeline.rows import DropReason
from sourcing_pipeline.storage import Lake, Table


@dataclass(frozen=True)
class Stop:
    """What one stage did with the row: `kept`, `dropped` or `not seen`, and facts about it (never its text)."""

    stage: str
    state: str
    said: str = ""


def trace(row_id: str, recipe: Recipe) -> Iterator[Stop]:
    """The stages in order, with what each did with the row `row_id` (`<source>:<native key>`).

    Raises InputError when the id names no source of the recipe.
    """
    source = row_id.partition(":")[0]
    if source not in recipe.sources:
        raise InputError(f"{row_id}: an id is <source>:<key>, and the sources are {', '.join(recipe.sources)}")
    lake = Lake(recipe.storage.lake, recipe.storage.options)
    masked, assessed = masked_name(source), assessed_name(source)
    stops = [
        _stage(source, row_id, lake, None, []),
        _stage(masked, row_id, lake, lake.table(masked), ["partition", "language", "license"]),
        _stage(
            assessed,
            row_id,
            lake,
            lake.table(assessed),
            ["domain_score", "off_domain", "cluster", "language"],
        ),
        _stage("verdicts", row_id, lake, lake.table("verdicts"), ["question", "verdict", "reason", "reviewer"]),
        _stage("hybrid_mix", row_id, lake, lake.table("hybrid_mix"), ["weight", "priority"]),
        _released(row_id, recipe),
    ]
    if stops[0].state == "not seen" and stops[1].state != "not seen":
        stops[0] = Stop(source, "kept")
    yield from stops


def _stage(stage: str, row_id: str, lake: Lake, table: Table | None, facts: list[str]) -> Stop:
    if table is not None:
        for row in _find(table, row_id, facts):
            known = (f"{name} {_short(value)}" for name, value in row.items() if value is not None)
            return Stop(stage, "kept", ", ".join(known))
    for line in _find(lake.drops(stage), row_id, ["reason", "detail"]):
        meaning = DropReason(line["reason"]).meaning
        detail = f" ({line['detail']})" if line["detail"] else ""
        return Stop(stage, "dropped", f"{line['reason']}: {meaning}{detail}")
    return Stop(stage, "not seen")


def _find(table: Table, row_id: str, columns: list[str]) -> list[dict[str, Any]]:
    return [
        {name: row[name] for name in columns}
        for batch in table.read(["id", *columns])
        for row in batch.filter(pc.equal(batch.column("id"), row_id)).to_pylist()
    ]


def _short(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _released(row_id: str, recipe: Recipe) -> Stop:
    import pyarrow.parquet as pq

    try:
        folder = latest(recipe.release)
    except ReleaseError:
        return Stop("training_release", "not seen")
    ids = pq.read_table(folder / PARQUET, columns=["id"]).column("id")
    found = pc.any(pc.equal(ids, row_id)).as_py()
    return Stop("training_release", "kept" if found else "not seen", f"version {folder.name}" if found else "")
