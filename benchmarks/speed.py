"""How fast single parts are, each beside a named peer in the same process, one after the other, best of a few runs.

Ratios travel between machines better than seconds do, so both are printed. The peers are what one would write without
this package; where they do less (or more) than the part, the note under the table says so.
"""

import gc
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.table import machine, show
from sourcing_pipeline.config import Window
from sourcing_pipeline.mixing.duplicates import Seen, fingerprint
from sourcing_pipeline.rows import RAW, message_tuples
from sourcing_pipeline.sampling import sample
from sourcing_pipeline.sources.stackexchange import StackExchange
from sourcing_pipeline.storage import Lake

ROOT = Path(__file__).parent.parent
IDS, DRAWN, COPIES, ROWS = 200_000, 10_000, 20, 400


class Pair(NamedTuple):
    """One part and its peer over the same `amount` of work."""

    part: str
    peer: str
    amount: float
    unit: str
    seconds: float
    peer_seconds: float

    def line(self) -> tuple[str, ...]:
        ours, theirs = self.amount / self.seconds, self.amount / self.peer_seconds
        return self.part, f"{ours:,.1f} {self.unit}", self.peer, f"{theirs:,.1f} {self.unit}", f"{ours / theirs:.2f}×"


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """The shortest of `runs` runs of `work`."""
    best = float("inf")
    for _ in range(runs):
        gc.collect()
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def sampler() -> Pair:
    """A weighted sample without replacement of 10,000 of 200,000 ids."""
    ids = [f"ticket_extracts:{number}" for number in range(IDS)]
    weights = np.random.default_rng(0).uniform(0.1, 1.0, IDS)

    def peer() -> object:
        return np.random.default_rng(0).choice(IDS, DRAWN, replace=False, p=weights / weights.sum())

    ours = seconds(lambda: sample(ids, DRAWN, "benchmark", weights))
    return Pair("`sampling.sample`", "`numpy.random.Generator.choice`", IDS / 1000, "k ids/s", ours, seconds(peer))


def reader() -> list[Pair]:
    """The demonstration's Posts.xml, twenty times over under new ids, read by the source and merely parsed.

    Once with the score of the recipe and all tags, where most questions become rows; and once with a score that no
    question has, as in a real dump nearly none does.
    """
    with TemporaryDirectory() as folder:
        posts = Path(folder) / "Posts.xml"
        _repeat(ROOT / "data/demo/stackexchange/Posts.xml", posts)
        window = Window(as_of=datetime(2026, 10, 31, tzinfo=UTC), timezone=ZoneInfo("UTC"))

        def ours(min_score: int) -> None:
            for _ in StackExchange(posts=posts, min_score=min_score).read("forum", window):
                pass

        def peer() -> None:
            for _, element in ElementTree.iterparse(posts):  # noqa: S314 - our own file
                element.clear()

        size, bare, name = posts.stat().st_size / 1e6, seconds(peer, 2), "bare `ElementTree.iterparse`"
        return [
            Pair(f"`StackExchange.read`, {kept}", name, size, "MB/s", seconds(partial(ours, score), 1), bare)
            for kept, score in (("most kept", 10), ("none kept", 10**6))
        ]


def _repeat(original: Path, copy: Path) -> None:
    """Write `original` to `copy` COPIES times over; posts of a copy have ids, parents and accepted answers of it."""
    root = ElementTree.parse(original).getroot()  # noqa: S314 - our own file
    with copy.open("wb") as out:
        out.write(b'<?xml version="1.0" encoding="utf-8"?>\n<posts>\n')
        for number in range(COPIES):
            for row in root:
                moved = ElementTree.Element("row", dict(row.attrib))
                for name in ("Id", "ParentId", "AcceptedAnswerId"):
                    if name in row.attrib:
                        moved.set(name, str(int(row.attrib[name]) + number * 1_000_000))
                out.write(ElementTree.tostring(moved) + b"\n")
        out.write(b"</posts>\n")


def near_duplicates(texts: Sequence[str]) -> Pair:
    """Rows told apart from those before them, and every pair compared by its sets of word 3-grams."""

    def ours() -> None:
        seen = Seen(0.8)
        for text in texts:
            seen.repeats(fingerprint(text))

    def peer() -> None:
        kept: list[set[tuple[str, ...]]] = []
        for text in texts:
            words = text.lower().split()
            grams = {tuple(words[at : at + 3]) for at in range(max(len(words) - 2, 1))}
            if all(len(grams & other) < 0.8 * len(grams | other) for other in kept):
                kept.append(grams)

    return Pair("`duplicates.Seen`", "pairwise Jaccard of sets", len(texts), "rows/s", seconds(ours), seconds(peer))


def exchanges(root: Path = ROOT) -> list[list[str]]:
    """The messages of the demonstration's tickets as extracted. Exits with a message when there are none."""
    table = Lake(str(root / "data/quarantine")).table("ticket_extracts")
    if table.version() is None:
        sys.exit("no finished run of the demonstration: start `make run` first, then the benchmarks")
    rows = table.load(RAW, ["id", "messages"]).column("messages").combine_chunks()
    return [[content for _, content in messages] for messages in message_tuples(rows)]


def main() -> None:
    """Print the measurements as Markdown. Exits with a message when no run of the demonstration is there."""
    tickets = exchanges()
    rows = ["\n".join(messages) for messages in tickets[:ROWS]]
    pairs = (sampler(), *reader(), near_duplicates(rows))
    print("## Speed\n")
    show(
        f"Parts beside their peers ({machine()})",
        ("part", "speed", "peer", "its speed", "ratio"),
        [pair.line() for pair in pairs],
        "A ratio above 1 says that the part is faster than its peer.",
    )
