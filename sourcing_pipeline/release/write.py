"""An immutable version of the dataset: JSON lines, Parquet, attribution, a data card and a manifest with hashes.

A version is written beside its place and moved there in one step; what stands there is never changed. Its name
says the day of `as_of` and the first digits of a hash over the rows and the recipe, so the same rows by the same
recipe are the same version.
"""

import csv
import hashlib
import io
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sourcing_pipeline.errors import ReleaseError
from sourcing_pipeline.release.config import Release
from sourcing_pipeline.rows import MIXED, instruction_and_response
from sourcing_pipeline.sampling import uniforms

_KEPT = (
    "source",
    "quality_score",
    "id",
    "strategy",
    "messages",
    "license",
    "attribution",
    "origin_uri",
    "language",
    "tags",
    "created_at",
    "content_hash",
)
RELEASED = pa.schema(
    [
        pa.field("instruction", pa.string(), nullable=False),
        pa.field("response", pa.string(), nullable=False),
        *(MIXED.field(name) for name in _KEPT),
    ]
)
"""The columns of the Parquet file; the JSON lines have those that the recipe names."""

DATA, PARQUET, ATTRIBUTION, CARD, MANIFEST = (
    "dataset.jsonl",
    "dataset.parquet",
    "ATTRIBUTION.csv",
    "README.md",
    "manifest.json",
)

_STALE_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Written:
    """A version that stands on disk; `new` is False when it stood there before."""

    version: str
    folder: Path
    rows: int
    rows_by_source: dict[str, int]
    new: bool


@dataclass(frozen=True)
class Provenance:
    """What a manifest says beyond the rows."""

    as_of: datetime
    recipe: Mapping[str, Any]
    inputs: Mapping[str, int | None]
    """Delta version of every table that was read, by name."""
    pipeline_version: str


def released(mixed: pa.Table) -> pa.Table:
    """RELEASED rows for MIXED ones, shuffled: in the order of a hash of their ids, the same every time."""
    exchanges = [
        instruction_and_response([(turn["role"], turn["content"]) for turn in row])
        for row in mixed.column("messages").to_pylist()
    ]
    added = {
        "instruction": pa.array([instruction for instruction, _ in exchanges], pa.string()),
        "response": pa.array([response for _, response in exchanges], pa.string()),
    }
    columns = [added[name] if name in added else mixed.column(name) for name in RELEASED.names]
    table = pa.Table.from_arrays(columns, schema=RELEASED)
    return table.take(uniforms(mixed.column("id").to_pylist(), "release").argsort(kind="stable"))


def write_release(rows: pa.Table, card: str, config: Release, origin: Provenance) -> Written:
    """Write `rows` (RELEASED) as a version under `config.folder/config.name/`, or find it there already.

    Raises ReleaseError when there are no rows, or when a version that stands there does not match its manifest.
    """
    if not rows.num_rows:
        raise ReleaseError(f"release {config.name}: the mix has no rows; nothing was released")
    data = "".join(_lines(rows, config.columns)).encode()
    recipe_hash = _sha256(json.dumps(origin.recipe, sort_keys=True, default=str).encode())
    content = "".join(_lines(rows, RELEASED.names)).encode()
    version = f"{origin.as_of.date().isoformat()}-{_sha256(recipe_hash.encode() + content)[:10]}"
    folder = config.folder / config.name / version
    by_source = dict(sorted(Counter(rows.column("source").to_pylist()).items()))
    if folder.exists():
        _verify(folder)
        _point_to(folder)
        return Written(version, folder, rows.num_rows, by_source, new=False)

    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{version}.{os.getpid()}.partial")
    _sweep(folder.parent)
    partial.mkdir()
    try:
        (partial / DATA).write_bytes(data)
        pq.write_table(rows, partial / PARQUET, compression="zstd")
        (partial / ATTRIBUTION).write_text(_attribution(rows), encoding="utf-8", newline="")
        (partial / CARD).write_text(card, encoding="utf-8")
        manifest = {
            "name": config.name,
            "version": version,
            "as_of": origin.as_of.isoformat(),
            "pipeline_version": origin.pipeline_version,
            "rows": rows.num_rows,
            "rows_by_source": by_source,
            "files": {name: _described(partial / name) for name in (DATA, PARQUET, ATTRIBUTION, CARD)},
            "inputs": dict(sorted(origin.inputs.items())),
            "recipe_sha256": recipe_hash,
            "recipe": origin.recipe,
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False, default=str) + "\n"
        (partial / MANIFEST).write_text(text, encoding="utf-8")
        new = _move(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    if not new:
        _verify(folder)
    _point_to(folder)
    return Written(version, folder, rows.num_rows, by_source, new)


def latest(config: Release) -> Path:
    """The folder of the version that was written or confirmed last. Raises ReleaseError when there is none."""
    root = config.folder / config.name
    try:
        return root / (root / "LATEST").read_text("utf-8").strip()
    except OSError as error:
        raise ReleaseError(f"{root}: nothing was released yet; materialize training_release") from error


def _lines(rows: pa.Table, columns: Sequence[str]) -> list[str]:
    return [
        json.dumps({name: _plain(row[name]) for name in columns}, ensure_ascii=False) + "\n"
        for row in rows.select(list(columns)).to_pylist()
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    return value.isoformat() if isinstance(value, datetime | date) else value


def _attribution(rows: pa.Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    names = ["id", "license", "attribution", "origin_uri"]
    writer.writerow(names)
    for row in rows.select(names).sort_by("id").to_pylist():
        if row["attribution"] or row["origin_uri"]:
            writer.writerow([row[name] or "" for name in names])
    return out.getvalue()


def _described(path: Path) -> dict[str, Any]:
    return {"sha256": _sha256(path.read_bytes()), "bytes": path.stat().st_size}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _move(partial: Path, folder: Path) -> bool:
    """Move the finished version into its place; False when another process had put the same one there."""
    for path in partial.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    try:
        partial.rename(folder)
    except OSError:
        if folder.exists():
            return False
        raise
    return True


def _sweep(root: Path) -> None:
    """Remove what killed runs left half-written more than a day ago."""
    for left in root.glob(".*.partial"):
        if left.stat().st_mtime < time.time() - _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _verify(folder: Path) -> None:
    try:
        files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
        changed = [name for name, said in files.items() if _described(folder / name) != said]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError(
            f"{folder}: this version stands there, but its manifest or a file is missing; move it away and run again"
        ) from error
    if changed:
        raise ReleaseError(f"{folder}: {', '.join(changed)} was changed after release; move it away and run again")


def _point_to(folder: Path) -> None:
    """Write the version's name into the file LATEST beside it."""
    partial = folder.with_name(f".LATEST.{os.getpid()}.partial")
    partial.write_text(folder.name + "\n", encoding="utf-8")
    partial.replace(folder.with_name("LATEST"))
