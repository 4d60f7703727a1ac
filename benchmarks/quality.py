"""What the finished demonstration run did, held against what was planted (`data/demo/truth.jsonl`).

The figures are fits, not forecasts: the rules were written with this demonstration in view. Nothing is run here but
the reading of tables; `make run` makes them.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from benchmarks.table import machine, percent, show
from sourcing_pipeline.masking.canaries import Planted, readable
from sourcing_pipeline.rows import ASSESSED, LEDGER, MASKED, MIXED, RAW
from sourcing_pipeline.storage import Lake

ROOT = Path(__file__).parent.parent
TICKETS, FORUM, ANNOTATED, SYNTHETIC = "ticket_extracts", "filtered_stackexchange", "annotated_set", "synthetic_set"
SOURCES = (TICKETS, FORUM, ANNOTATED, SYNTHETIC)
DUPLICATE = ("exact_duplicate", "near_duplicate")

Row = dict[str, Any]
Line = tuple[str, str, str, str, str]


class Run(NamedTuple):
    """The tables of one finished run, and the truth about its inputs by record."""

    truth: dict[str, Row]
    raw: pa.Table
    masked: pa.Table
    assessed: dict[str, list[Row]]
    """id and off_domain of the assessed rows, by source."""
    mixed: list[Row]
    """id, source and messages of the rows of the mix."""
    refused: dict[str, str]
    """Why the mix dropped a row, by id."""


def load(root: Path = ROOT) -> Run:
    """The run under `root`. Exits with a message when there is none."""
    lake, quarantine = Lake(str(root / "data/lake")), Lake(str(root / "data/quarantine"))
    lines = root / "data/demo/truth.jsonl"
    if not lines.exists() or lake.table("hybrid_mix").version() is None:
        sys.exit("no finished run of the demonstration: start `make run` first, then the benchmarks")
    records = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    drops = lake.drops("hybrid_mix").load(LEDGER).to_pylist()
    return Run(
        truth={record["record"]: record for record in records},
        raw=quarantine.table(TICKETS).load(RAW, ["id", "messages"]),
        masked=lake.table(f"masked_{TICKETS}").load(MASKED, ["id", "messages"]),
        assessed={
            source: lake.table(f"assessed_{source}").load(ASSESSED, ["id", "off_domain"]).to_pylist()
            for source in SOURCES
        },
        mixed=lake.table("hybrid_mix").load(MIXED, ["id", "source", "messages"]).to_pylist(),
        refused={drop["id"]: drop["reason"] for drop in drops},
    )


def masking(run: Run) -> Iterator[Line]:
    """For each label the planted values that were readable in a kept ticket, and how many of them no longer are.

    A value counts once a ticket. Readable is what the pipeline's own canaries mean by it: case, spaces and
    punctuation aside, and a name already by one of its words. What the source itself left out (quotes, signatures)
    was never readable and does not count.
    """
    kept = set(run.masked.column("id").to_pylist())
    planted = {
        Planted(f"{TICKETS}:{record.partition(':')[2]}", value["label"], value["value"])
        for record, truth in run.truth.items()
        for value in truth["personal"]
        if f"{TICKETS}:{record.partition(':')[2]}" in kept and record.startswith("ticket:")
    }
    before, after = Counter[str](), Counter[str]()
    for value in planted:
        before[value.entity] += 0
    for table, found in ((run.raw, before), (run.masked, after)):
        for value in _readable(table, planted):
            found[value.entity] += 1
    for label, count in sorted(before.items(), key=lambda pair: (-pair[1], pair[0])):
        hidden = count - after[label]
        yield label, str(count), str(hidden), str(after[label]), percent(hidden, count)
    yield (
        "all",
        str(before.total()),
        str(before.total() - after.total()),
        str(after.total()),
        percent(before.total() - after.total(), before.total()),
    )


def _readable(table: pa.Table, planted: set[Planted]) -> Iterator[Planted]:
    texts = dict(zip(table.column("id").to_pylist(), table.column("messages").to_pylist(), strict=True))
    for value in planted:
        one = pa.RecordBatch.from_pylist([{"id": value.id, "messages": texts.get(value.id)}])
        if readable(one, [value]):
            yield value


def off_domain(run: Run) -> Iterator[tuple[str, ...]]:
    """For each source the planted off-topic rows that were flagged, those that were missed, and the false alarms."""
    for source in SOURCES:
        rows = run.assessed[source]
        off = [bool(_truth(run, source, row).get("off_topic")) for row in rows]
        flagged = [row["off_domain"] for row in rows]
        caught = sum(planted and flag for planted, flag in zip(off, flagged, strict=True))
        alarms = sum(flag and not planted for planted, flag in zip(off, flagged, strict=True))
        good = len(rows) - sum(off)
        yield (
            source,
            str(sum(off)),
            f"{caught} ({percent(caught, sum(off))})",
            str(sum(off) - caught),
            f"{alarms} of {good} ({percent(alarms, good)})",
        )


def duplicates(run: Run) -> Iterator[tuple[str, str]]:
    """What became of the planted pairs of tickets of which both reached the mix's candidates."""
    rows = {row["id"] for row in run.assessed[TICKETS]}
    pairs = [
        (f"{TICKETS}:{record.partition(':')[2]}", f"{TICKETS}:{truth['duplicate_of'].partition(':')[2]}")
        for record, truth in run.truth.items()
        if truth["duplicate_of"]
    ]
    whole = [pair for pair in pairs if rows.issuperset(pair)]
    reasons = [sorted(run.refused.get(one, "mixed") for one in pair) for pair in whole]
    mixed = {row["id"] for row in run.mixed}
    in_pairs = {one for pair in pairs for one in pair}
    others = Counter(why for one, why in run.refused.items() if one not in in_pairs and why in DUPLICATE)
    yield "planted pairs, both kept by the source", str(len(whole))
    yield "one of them refused as exact duplicate", str(sum("exact_duplicate" in pair for pair in reasons))
    yield "one of them refused as near duplicate", str(sum("near_duplicate" in pair for pair in reasons))
    yield "neither refused as duplicate", str(sum(not set(DUPLICATE) & set(pair) for pair in reasons))
    yield "both in the mix", str(sum(mixed.issuperset(pair) for pair in whole))
    yield "rows refused as duplicates though not planted as such", str(others.total())
    nearest = _nearest(run.mixed)
    for low, high in ((0.5, 0.65), (0.65, 0.8), (0.8, 1.01)):
        label = f"rows of the mix whose nearest other row is {low} to {min(high, 1)} alike"
        yield label, str(sum(low <= similarity < high for similarity in nearest))


def _nearest(rows: list[Row]) -> list[float]:
    """For each row the largest Jaccard similarity of word 3-grams to another row."""
    grams = []
    for row in rows:
        words = re.findall(r"\w+", "\n".join(turn["content"] for turn in row["messages"]).lower())
        grams.append({tuple(words[at : at + 3]) for at in range(max(len(words) - 2, 1))})
    nearest = [0.0] * len(rows)
    for one, other in combinations(range(len(rows)), 2):
        shared = len(grams[one] & grams[other])
        if shared:
            similarity = shared / (len(grams[one]) + len(grams[other]) - shared)
            nearest[one], nearest[other] = max(nearest[one], similarity), max(nearest[other], similarity)
    return nearest


def wrong_answers(run: Run) -> Iterator[tuple[str, ...]]:
    """For each source the rows whose answer is planted as wrong: among all, and those that remain in the mix."""
    mixed = {source: [row for row in run.mixed if row["source"] == source] for source in SOURCES}
    totals = [0, 0, 0, 0]
    for source in SOURCES:
        counts = []
        for rows in (run.assessed[source], mixed[source]):
            counts += [len(rows), sum(bool(_truth(run, source, row).get("wrong")) for row in rows)]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        yield source, *_shares(counts)
    yield "all", *_shares(totals)


def _shares(counts: list[int]) -> tuple[str, str]:
    rows, wrong, mixed, remaining = counts
    return f"{wrong} of {rows} ({percent(wrong, rows)})", f"{remaining} of {mixed} ({percent(remaining, mixed)})"


def _truth(run: Run, source: str, row: Row) -> Row:
    """The truth about a row; empty where nothing can be planted."""
    kind = {TICKETS: "ticket", FORUM: "question", ANNOTATED: "task"}.get(source, "")
    return run.truth.get(f"{kind}:{row['id'].partition(':')[2]}", {})


def main() -> None:
    """Print the measurements as Markdown."""
    run = load()
    print(f"## Quality\n\nThe demonstration run in data/lake, read on {machine()}.\n")
    columns = ("planted values", "readable before", "hidden", "still readable", "hidden share")
    show("Masking of kept tickets", columns, masking(run))
    show("Off-domain flags", ("source", "planted", "caught", "missed", "false alarms"), off_domain(run))
    show("Duplicates", ("planted duplicates of tickets", "count"), duplicates(run))
    show("Wrong answers", ("source", "among the source's rows", "in the mix"), wrong_answers(run))
