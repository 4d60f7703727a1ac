"""Verdicts for the demonstration, simulated from the planted truth; every line says so."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from sourcing_pipeline.recipe import Recipe
from sourcing_pipeline.review.queue import draw
from sourcing_pipeline.review.verdicts import SIMULATED, Verdict, as_line
from sourcing_pipeline.rows import kept
from sourcing_pipeline.sources import Source
from sourcing_pipeline.sources.extract import extract

_RECORDS = {"tickets": "ticket", "stackexchange": "question", "label_studio": "task"}
"""What the truth calls the records of each kind of source."""


def simulate(recipe: Recipe, folder: Path) -> None:
    """Write `folder`/verdicts.jsonl: a verdict for each row that may be drawn for review, from `folder`/truth.jsonl.

    Twice the sample is judged, so that it holds also where rows leave the sample later. The content hashes are those
    of the rows as the recipe's sources extract them.
    """
    wrong = _wrong(folder / "truth.jsonl")
    lines = [
        as_line(verdict) for name, source in recipe.enabled().items() for verdict in _judge(name, source, recipe, wrong)
    ]
    partial = folder / f".verdicts.{os.getpid()}.partial"
    partial.write_text("".join(lines), encoding="utf-8")
    partial.replace(folder / "verdicts.jsonl")


def _wrong(truth: Path) -> dict[str, str]:
    """The reason why a record's answer is wrong, by record."""
    with truth.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return {record["record"]: record["wrong"] for record in records if record["wrong"]}


def _judge(name: str, source: Source, recipe: Recipe, wrong: Mapping[str, str]) -> Iterator[Verdict]:
    window = recipe.window(recipe.days() if source.daily else None)
    hashes: dict[str, str] = {}
    for batch in extract(name, source, window, frozenset(recipe.licenses)):
        rows = kept(batch)
        hashes.update(zip(rows.column("id").to_pylist(), rows.column("content_hash").to_pylist(), strict=True))
    record = _RECORDS.get(source.kind, source.kind)
    for row_id in sorted(draw(sorted(hashes), 2 * recipe.review.sample_size)):
        reason = wrong.get(f"{record}:{row_id.partition(':')[2]}")
        yield Verdict(
            id=row_id,
            content_hash=hashes[row_id],
            verdict="wrong" if reason else "right",
            reason=reason,
            reviewer=SIMULATED,
            reviewed_at=recipe.now() - timedelta(hours=12),
        )
