"""How fast and in how much memory tickets are extracted, beside the plain read of the same rows and a pandas script.

Every measurement is a process of its own (`benchmarks.ticket_work`), and the works that are compared take turns, so
that a busy moment of the machine meets all of them; the median of the rounds is told. The documentation's numbers are
of `--tickets 1000000`, and those beside pandas of `--tickets 100000 --rounds 7`. PostgreSQL is started here, where it
is installed, and asked through the loopback. pandas is no dependency: `pip install --no-deps --target /tmp/pandas/site
pandas python-dateutil`, then `PYTHONPATH=/tmp/pandas/site python -m benchmarks tickets`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.made_tickets import DAYS, MESSAGES, fill_postgres, write_json_lines, write_parquet
from benchmarks.table import machine, show
from sourcing_pipeline_tests.postgres import missing, running

ROOT = Path(__file__).parent.parent
COMPARED_TICKETS = 100_000
"""The pandas script holds all in memory; its rows per second do not grow with more."""
SPANS = (1, 30, DAYS)
LIMIT_MB = 600
FORMATS = {"parquet": "Parquet", "flat": "PostgreSQL, a row a message", "nested": "PostgreSQL, messages as JSON"}


def main(tickets: int, rounds: int) -> None:
    """Print the measurements as Markdown."""
    print("## Tickets\n")
    load = os.getloadavg()[0]
    print(f"{tickets:,} tickets of {MESSAGES} messages over {DAYS} days; {machine()}; load {load:.1f} at the start.\n")
    with TemporaryDirectory(prefix="tickets-") as folder:
        parquet = Path(folder) / "tickets.parquet"
        write_parquet(parquet, tickets)
        with _database(tickets) as url:
            places = {"parquet": str(parquet)} | ({"flat": url, "nested": url} if url else {})
            _extraction(places, tickets, rounds)
            _memory(places)
        if find_spec("pandas"):
            _against_pandas(Path(folder), min(tickets, COMPARED_TICKETS), rounds)
        else:
            print("pandas is not installed: its script is left out.\n")


@contextmanager
def _database(tickets: int) -> Iterator[str | None]:
    why = missing()
    if why is not None:
        print(f"{why}: left out.\n")
        yield None
        return
    with running() as server:
        url = server.database("helpdesk")
        fill_postgres(url, tickets)
        yield url


def _extraction(places: dict[str, str], tickets: int, rounds: int) -> None:
    works = [(work, format_, place, 0) for format_, place in places.items() for work in ("plain", "system", "source")]
    found = _rounds(works, rounds)
    rows = []
    for format_, place in places.items():
        speeds = {work: tickets / _median(found[work, format_, place, 0]) for work in ("plain", "system", "source")}
        rows.append(
            (
                FORMATS[format_],
                *(f"{speed:,.0f}" for speed in speeds.values()),
                *(f"{speeds['plain'] / speeds[work]:.1f}×" for work in ("system", "source")),
            )
        )
    note = (
        "Plain: a pyarrow dataset scan of the file, or `COPY (the same SELECT) TO STDOUT` drained by psycopg. To "
        "tickets: `TicketFiles.tickets` and `TicketSql.tickets`. To outcomes: `Tickets.read` through `extract`, with "
        f"all filters and the cleaning of bodies. Rounds: {rounds}."
    )
    columns = ("input", "plain read", "to tickets", "to outcomes", "plain over tickets", "plain over outcomes")
    show("Tickets per second", columns, rows, note)


def _memory(places: dict[str, str]) -> None:
    rows = []
    for format_, place in places.items():
        taken = [_worked("source", format_, place, days) for days in SPANS]
        rows.append((FORMATS[format_], *(f"{one['mb']:,.0f} ({one['tickets']:,})" for one in taken)))
    note = f"Over the imports, MB, to outcomes; in brackets the tickets of the window. At most {LIMIT_MB} are wanted."
    show("Peak memory by window", ("input", *(f"{days} days" for days in SPANS)), rows, note)


def _against_pandas(folder: Path, tickets: int, rounds: int) -> None:
    places = {"jsonl": folder / "compared.jsonl", "parquet": folder / "compared.parquet"}
    write_json_lines(places["jsonl"], tickets)
    write_parquet(places["parquet"], tickets)
    works = [(work, format_, str(place), 0) for format_, place in places.items() for work in ("ours", "pandas")]
    found = _rounds(works, rounds)
    rows = []
    for format_, label in (("jsonl", "JSON Lines"), ("parquet", "Parquet")):
        ours, pandas = ([*found[work, format_, str(places[format_]), 0]] for work in ("ours", "pandas"))
        if len({(one["kept"], one["digest"]) for one in (*ours, *pandas)}) != 1:
            sys.exit(f"{label}: the two do not give the same rows")
        ratios = [theirs["seconds"] / mine["seconds"] for mine, theirs in zip(ours, pandas, strict=True)]
        rows.append(
            (
                label,
                f"{tickets / _median(ours):,.0f}",
                f"{tickets / _median(pandas):,.0f}",
                f"{median(ratios):.2f}×",
                f"{min(ratios):.2f}–{max(ratios):.2f}×",
                f"{_median(pandas, 'cpu') / _median(ours, 'cpu'):.2f}×",
                f"{_median(ours, 'mb'):,.0f}",
                f"{_median(pandas, 'mb'):,.0f}",
            )
        )
    kept = found["ours", "jsonl", str(places["jsonl"]), 0][0]["kept"]
    note = (
        f"{tickets:,} tickets, of which both keep the same {kept:,} with the same messages, score, day, language and "
        "tags (checked by hash). The script is `benchmarks/pandas_tickets.py`; ours also types every field, gives "
        "every dropped ticket its reason, and finds whom it is about. Ratios: above 1 ours is faster; of the rounds "
        "median, then least and greatest; of CPU seconds."
    )
    columns = (
        "input",
        "ours, tickets/s",
        "pandas, tickets/s",
        "ratio",
        "from–to",
        "CPU ratio",
        "ours, MB",
        "pandas, MB",
    )
    show("Beside a pandas script", columns, rows, note)


def _rounds(
    works: Sequence[tuple[str, str, str, int]], rounds: int
) -> dict[tuple[str, str, str, int], list[dict[str, Any]]]:
    """Each of the works `rounds` times, in turns."""
    found: dict[tuple[str, str, str, int], list[dict[str, Any]]] = {work: [] for work in works}
    for _ in range(rounds):
        for work in works:
            found[work].append(_worked(*work))
    return found


def _worked(work: str, format_: str, place: str, days: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.ticket_work", work, format_, place, str(days)]
    done = subprocess.run(  # noqa: S603 - our own module
        command, capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.returncode:
        sys.exit(f"{work} of {format_} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    print(f"{time.strftime('%H:%M:%S')} {work} {format_} {days}: {found['seconds']:.1f} s", file=sys.stderr)
    return found


def _median(runs: Sequence[dict[str, Any]], what: str = "seconds") -> float:
    return float(median(run[what] for run in runs))
