"""Each source on the method's matrix: relevance, diversity, quality, size and cost."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.review.statistics import ErrorRate
from sourcing_pipeline.rows import WHOLE

SCORECARD = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("strategy", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("relevance", pa.float64()),
        pa.field("diversity", pa.float64()),
        pa.field("quality", pa.float64()),
        pa.field("cost_usd", pa.float64()),
        pa.field("reviewed", pa.int64()),
        pa.field("wrong", pa.int64()),
        pa.field("error_rate_low", pa.float64()),
        pa.field("error_rate_high", pa.float64()),
        pa.field("first", pa.timestamp("us", "UTC")),
        pa.field("last", pa.timestamp("us", "UTC")),
    ]
)
"""One row a source; relevance, diversity and quality in [0, 1], quality null where nothing is known of it."""

COLUMNS = ("off_domain", "cluster", "quality_score", "cost_usd", "created_at")
"""What of the assessed rows the scorecard reads."""


@dataclass(frozen=True)
class Score:
    """One row of the scorecard."""

    source: str
    strategy: str
    size: int
    relevance: float
    diversity: float
    quality: float | None
    cost_usd: float
    errors: ErrorRate
    first: datetime | None
    last: datetime | None

    @classmethod
    def from_record(cls, row: Mapping[str, Any]) -> "Score":
        """The score in a stored SCORECARD row."""
        reviewed, wrong = row["reviewed"], row["wrong"]
        rate = wrong / reviewed if reviewed else 0.0
        same = ("source", "strategy", "size", "relevance", "diversity", "quality", "cost_usd", "first", "last")
        errors = ErrorRate(reviewed, wrong, rate, row["error_rate_low"], row["error_rate_high"])
        return cls(**{name: row[name] for name in same}, errors=errors)

    def record(self) -> dict[str, object]:
        return {
            "source": self.source,
            "partition": WHOLE,
            "strategy": self.strategy,
            "size": self.size,
            "relevance": self.relevance,
            "diversity": self.diversity,
            "quality": self.quality,
            "cost_usd": self.cost_usd,
            "reviewed": self.errors.reviewed,
            "wrong": self.errors.wrong,
            "error_rate_low": self.errors.low,
            "error_rate_high": self.errors.high,
            "first": self.first,
            "last": self.last,
        }


def score(source: str, strategy: str, rows: Iterable[pa.RecordBatch], clusters: int, errors: ErrorRate) -> Score:
    """The matrix row of one source from its assessed `rows` (the columns `COLUMNS`), read as a stream.

    Relevance is the share of rows inside the domain. Diversity is the effective number of topics (the exponential
    of Shannon's entropy over the clusters of the in-domain rows) out of `clusters`. Quality is the share of right
    rows among those reviewed, else the mean of the source's own scores, else None.
    """
    size = inside = scored = 0
    cost = total = 0.0
    topics: Counter[int] = Counter()
    moments: list[datetime] = []
    for batch in rows:
        size += batch.num_rows
        within = batch.filter(pc.invert(batch.column("off_domain")))
        inside += within.num_rows
        topics.update(within.column("cluster").to_pylist())
        cost += pc.sum(batch.column("cost_usd"), min_count=0).as_py()
        scores = batch.column("quality_score")
        scored += len(scores) - scores.null_count
        total += pc.sum(scores, min_count=0).as_py()
        spread = pc.min_max(batch.column("created_at")).as_py()
        moments += [moment for moment in spread.values() if moment is not None]
    own = total / scored if scored else None
    return Score(
        source=source,
        strategy=strategy,
        size=size,
        relevance=inside / size if size else 0.0,
        diversity=_effective(topics) / clusters,
        quality=1 - errors.rate if errors.reviewed else own,
        cost_usd=cost,
        errors=errors,
        first=min(moments, default=None),
        last=max(moments, default=None),
    )


def _effective(topics: Counter[int]) -> float:
    total = topics.total()
    if not total:
        return 0.0
    return math.exp(-sum(count / total * math.log(count / total) for count in topics.values()))


def stars(fraction: float | None) -> str:
    """A fraction in [0, 1] as the method writes it: from 1/5 to 5/5, or a dash when unknown."""
    return "–" if fraction is None else f"{int(1.5 + 4 * fraction)}/5"


def markdown(scores: Iterable[Score]) -> str:
    """The quality score matrix as a Markdown table."""
    head = (
        "| source | relevance | diversity | quality | size | cost | wrong of reviewed (interval) |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    lines = []
    for row in scores:
        judged = (
            f"{row.errors.wrong} of {row.errors.reviewed} ({row.errors.low:.1%} to {row.errors.high:.1%})"
            if row.errors.reviewed
            else "not reviewed"
        )
        lines.append(
            f"| {row.source} | {stars(row.relevance)} | {stars(row.diversity)} | {stars(row.quality)} "
            f"| {row.size:,} | ${row.cost_usd:,.2f} | {judged} |\n"
        )
    return head + "".join(lines)
