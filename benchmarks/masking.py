"""How fast and in how much memory texts are masked, beside presidio's loop over the same texts.

Every measurement is a process of its own (`benchmarks.masking_work`) with a cache folder of its own, and the works take
turns, so that a busy moment of the machine meets both; the median of the rounds is told. Texts are of the
demonstration's helpdesk: `unique` are texts of about 80 words in which no paragraph comes twice; `threads` its
tickets as mail programs write them, every message with the whole of the one before it quoted below. Presidio's
anonymizer is in the extra `bench`.
"""

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import cycle, groupby, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.table import machine, show
from sourcing_pipeline.masking.rampart_weights import weights

ROOT = Path(__file__).parent.parent
UNIQUE, THREADS, WORDS = 400, 400, 79
LIMIT_MB = 1536

Examples = list[list[str]]


def main(rounds: int, rows: int) -> None:
    """Print the measurements as Markdown; with `rows` also the memory of a masking of that many."""
    print("## Masking\n")
    print(f"{machine()}; load {os.getloadavg()[0]:.1f} at the start; {rounds} rounds in turns.\n")
    messages = _messages()
    sets = {"unique": unique(messages), "threads": threads(messages)[:THREADS]}
    with TemporaryDirectory(prefix="masking-") as folder:
        _beside_presidio(Path(folder), sets, rounds)
        _profile(Path(folder), sets["unique"])
        if rows:
            _memory(Path(folder), messages, rows)


def unique(messages: Iterable[tuple[int, str]]) -> Examples:
    """UNIQUE texts of WORDS words or a little more, made of paragraphs that come once in all of them."""
    parts = list(dict.fromkeys(part for _, body in messages for part in re.split(r"\n\s*\n", body.strip())))
    random.Random(0).shuffle(parts)  # noqa: S311 - no secret
    found: Examples = []
    text: list[str] = []
    for part in parts:
        text.append(part)
        if sum(len(one.split()) for one in text) >= WORDS:
            found.append(["\n\n".join(text)])
            text = []
    return found[:UNIQUE]


def threads(messages: Iterable[tuple[int, str]]) -> Examples:
    """The messages of each ticket, each with the message before it quoted, and so on."""
    found: Examples = []
    for _, of_ticket in groupby(messages, lambda message: message[0]):
        thread: list[str] = []
        for _, body in of_ticket:
            quoted = "\n".join(f"> {line}" for line in thread[-1].split("\n")) if thread else ""
            thread.append(f"{body}\n\nOn Tue, 3 Mar 2026 at 10:02 wrote:\n{quoted}" if thread else body)
        found.append(thread)
    return found


def _messages() -> list[tuple[int, str]]:
    with sqlite3.connect(ROOT / "data/demo/helpdesk.sqlite") as database:
        return database.execute("SELECT ticket_id, body FROM messages ORDER BY ticket_id, id").fetchall()


def _beside_presidio(folder: Path, sets: dict[str, Examples], rounds: int) -> None:
    works = ("ours", "presidio", "again")
    rows, startups = [], {work: [] for work in works}
    for name, examples in sets.items():
        path = _written(folder / f"{name}.jsonl", examples)
        runs: dict[str, list[dict[str, Any]]] = {work: [] for work in works}
        for at in range(rounds):
            for work in works:
                runs[work].append(_worked(work, path, folder / f"cache-{name}-{at}"))
        for work in works:
            startups[work] += [run["startup"] for run in runs[work]]
        speed = {work: median(run["texts"] / run["seconds"] for run in runs[work]) for work in works}
        ratios = [
            theirs["seconds"] / mine["seconds"] for mine, theirs in zip(runs["ours"], runs["presidio"], strict=True)
        ]
        rows.append(
            (
                name,
                f"{runs['ours'][0]['texts']:,}",
                *(f"{speed[work]:,.0f}" for work in works),
                f"{median(ratios):.1f}×",
                f"{min(ratios):.1f}–{max(ratios):.1f}×",
                f"{median(run['cpu'] for run in runs['presidio']) / median(run['cpu'] for run in runs['ours']):.1f}×",
                f"{median(run['mb'] for run in runs['ours']):,.0f}",
                f"{median(run['mb'] for run in runs['presidio']):,.0f}",
            )
        )
    said = ", ".join(f"{work} {median(times):.1f} s" for work, times in startups.items())
    note = (
        "Texts per second after start-up; `again` is a second run, when all paragraphs are in the cache of finds. "
        "Ratios are ours, with an empty cache, over presidio's: of the rounds median, then least and greatest; of CPU "
        f"seconds. Start-up, with the first text: {said}."
    )
    columns = (
        "texts",
        "number",
        "ours",
        "presidio",
        "again",
        "ratio",
        "from–to",
        "CPU ratio",
        "ours, MB",
        "presidio, MB",
    )
    show("Beside presidio's loop", columns, rows, note)


def _profile(folder: Path, examples: Examples) -> None:
    """Where the time goes: the detectors one after the other over the same texts, each alone."""
    path = _written(folder / "profiled.jsonl", examples)
    found = _worked("profile", path, folder / "cache-profile")
    whole = sum(found["parts"].values())
    rows = [
        (part, f"{1000 * seconds / found['texts']:.2f}", f"{100 * seconds / whole:.0f} %")
        for part, seconds in found["parts"].items()
    ]
    note = (
        f"CPU milliseconds a text, each part alone. Rampart's matrices take {found['operations'] / 1e9:.2f} billion "
        f"operations a text; at the {found['peak'] / 1e9:.0f} billion a second that one core reaches on 8-bit matrices "
        f"of this size that is {1000 * found['operations'] / found['peak']:.1f} ms."
    )
    show("Where the time goes, unique texts", ("part", "ms a text", "share"), rows, note)


def _memory(folder: Path, messages: Sequence[tuple[int, str]], rows: int) -> None:
    made = ([f"{body}\n\nReference {number}."] for number, (_, body) in enumerate(islice(cycle(messages), rows)))
    done = _worked("ours", _written(folder / "many.jsonl", made), folder / "cache-many")
    print(f"{done['texts']:,} messages in {done['seconds'] / 60:.1f} min, peak memory {done['mb']:,.0f} MB ", end="")
    print(f"(at most {LIMIT_MB:,} are wanted).\n")


def _written(path: Path, examples: Iterable[list[str]]) -> Path:
    with path.open("w", encoding="utf-8") as lines:
        for texts in examples:
            lines.write(json.dumps(texts) + "\n")
    return path


def _worked(work: str, path: Path, cache: Path) -> dict[str, Any]:
    """What `masking_work` says; its cache folder has the model's weights, which are made once per machine."""
    known = weights()
    place = cache / known.parent.name
    place.mkdir(parents=True, exist_ok=True)
    if not (place / known.name).exists():
        (place / known.name).symlink_to(known)
    if work == "again":
        work = "ours"
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.masking_work", work, str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
    )
    if done.returncode:
        sys.exit(f"{work} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    print(f"{time.strftime('%H:%M:%S')} {work} {path.stem}: {found.get('seconds', 0):.1f} s", file=sys.stderr)
    return found
