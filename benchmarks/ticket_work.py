"""One piece of work over made tickets in a process of its own, so that its time and memory are its own.

`python -m benchmarks.ticket_work WORK FORMAT PLACE DAYS` prints one JSON object. WORK is `plain` (the same rows merely
read), `system` (to TICKETS batches), `source` (to outcome batches), or, with the result kept and told by its hash,
`ours` and `pandas`. FORMAT is `parquet`, `jsonl`, `flat` or `nested`; PLACE a file or a database's URL; DAYS the last
that many days, 0 for all.
"""

import hashlib
import json
import re
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401 - likewise

from benchmarks import pandas_tickets
from benchmarks.made_tickets import AS_OF, DAYS, FLAT, NESTED
from sourcing_pipeline.config import Window
from sourcing_pipeline.licenses import PROPRIETARY
from sourcing_pipeline.rows import kept
from sourcing_pipeline.sources.extract import extract
from sourcing_pipeline.sources.tabular import files, sql  # noqa: F401 - likewise
from sourcing_pipeline.sources.tickets import Tickets

NAME = "tickets"
COMPARED = ["id", "messages", "quality_score", "created_at", "language", "tags"]


def window(days: int) -> Window:
    """The last `days` days of the tickets; no choice of days for 0."""
    wanted = tuple((AS_OF - timedelta(days=back)).date().isoformat() for back in range(days, 0, -1))
    return Window(AS_OF, ZoneInfo("UTC"), wanted or None)


def source(format_: str, place: str) -> Tickets:
    """The source as a recipe would have it."""
    system: dict[str, Any] = {"type": "files", "path": place}
    if format_ in ("flat", "nested"):
        system = {"type": "sql", "url": place, "query": FLAT if format_ == "flat" else NESTED, "layout": format_}
    return Tickets.model_validate({"kind": "tickets", "system": system})


def plain(format_: str, place: str, days: int) -> None:
    """The rows themselves: a scan of the Parquet file, the lines of the JSON file, or the answer to COPY."""
    begin = AS_OF - timedelta(days=days or DAYS)
    if format_ == "parquet":
        resolved = pa.compute.field("updated_at") >= begin
        for _ in ds.dataset(place).to_batches(filter=resolved if days else None):
            pass
    elif format_ == "jsonl":
        with Path(place).open("rb") as lines:
            for _ in lines:
                pass
    else:
        query = re.sub(r":(start|end)\b", r"%(\1)s", FLAT if format_ == "flat" else NESTED)
        with (
            psycopg.connect(place) as connection,
            connection.cursor() as cursor,
            cursor.copy(f"COPY ({query}) TO STDOUT", {"start": begin, "end": AS_OF}) as answer,
        ):
            for _ in answer:
                pass


def outcomes(format_: str, place: str, days: int) -> Iterator[pa.RecordBatch]:
    """What the source asset writes down."""
    return extract(NAME, source(format_, place), window(days), frozenset([PROPRIETARY]))


def drained(batches: Iterator[pa.RecordBatch]) -> int:
    """How many rows there were."""
    return sum(batch.num_rows for batch in batches)


def our_rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """What is compared of outcome batches."""
    for row in table.to_pylist():
        messages = [(turn["role"], turn["content"]) for turn in row["messages"]]
        moment = row["created_at"].astimezone(UTC)
        yield int(row["id"].partition(":")[2]), messages, row["quality_score"], moment, row["language"], row["tags"]


def pandas_rows(frame: Any) -> Iterator[tuple[Any, ...]]:
    """What is compared of the pandas script's frame."""
    for row in frame.itertuples(index=False):
        moment = row.created_at.to_pydatetime().astimezone(UTC)
        yield int(row.id), list(row.messages), float(row.quality_score), moment, row.language, list(row.tags)


def told(rows: Iterator[tuple[Any, ...]]) -> dict[str, Any]:
    """How many rows, and a hash that is the same for the same rows in any order."""
    digest = hashlib.sha256()
    count = 0
    for row in sorted(rows, key=lambda row: row[0]):
        digest.update(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        count += 1
    return {"kept": count, "digest": digest.hexdigest()}


def main(work: str, format_: str, place: str, days: int) -> dict[str, Any]:
    """Do it; gives seconds, CPU seconds, and the MB that it took over the imports."""
    if work == "pandas":
        import pandas  # noqa: F401 - not part of the time
    before, cpu, began = peak(), time.process_time(), time.perf_counter()
    found: dict[str, Any] = {}
    rows: Iterator[tuple[Any, ...]] | None = None
    if work == "plain":
        plain(format_, place, days)
    elif work == "system":
        found["tickets"] = drained(source(format_, place).system.tickets(NAME, window(days)))
    elif work == "source":
        found["tickets"] = drained(outcomes(format_, place, days))
    elif work == "ours":
        rows = our_rows(pa.Table.from_batches([kept(one).select(COMPARED) for one in outcomes(format_, place, days)]))
    elif work == "pandas":
        rows = pandas_rows(pandas_tickets.exchanges(Path(place)))
    found |= {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "mb": peak() - before}
    return found | (told(rows) if rows is not None else {})


def peak() -> float:
    """The most memory that this process has held, in MB.

    Linux counts the peak of the parent before `exec` into ru_maxrss, so /proc is asked where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    _, wanted, kind, where, last_days = sys.argv
    print(json.dumps(main(wanted, kind, where, int(last_days))))
