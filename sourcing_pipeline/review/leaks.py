"""The review of masked rows: which are looked through for leaks, and what people's answers say of all rows.

A simple sample would hardly hold a row in which masking was unsure. So the rows are parted by their least sure find, by
entity and score, rows in which nothing was masked being a part of their own, and each part is sampled by itself.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sourcing_pipeline.review.config import Reviewers
from sourcing_pipeline.review.questions import LEAK
from sourcing_pipeline.review.queue import SUSPECTED, Drawn
from sourcing_pipeline.review.statistics import StratifiedRate, Stratum, stratified_rate
from sourcing_pipeline.review.verdicts import judged
from sourcing_pipeline.rows import MESSAGES, content_hash, message_tuples
from sourcing_pipeline.sampling import sample

NOTHING = "nothing masked"
BANDS = ((0.6, "below 0.6"), (0.85, "0.6 to 0.85"), (float("inf"), "0.85 and more"))
"""Scores below 0.6 are opinions, those of 0.85 and more are check digits and clear cues."""
_LEAST_ROWS = 2

ASKED = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("content_hash", pa.string()),
        pa.field("messages", MESSAGES),
        pa.field("stratum", pa.string()),
        pa.field("stratum_rows", pa.int64()),
        pa.field("suspected", SUSPECTED),
    ]
)
"""The columns of QUEUE that are made here."""


def strata(masked_entities: pa.Array) -> list[str]:
    """The stratum of each row by its `masked_entities`: entity and band of the least sure find, such as
    `NAME below 0.6`.
    """
    return [_stratum(found or ()) for found in masked_entities.to_pylist()]


def _stratum(found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return NOTHING
    score, entity = min((one.get("score") or 0.0, one["entity"]) for one in found)
    return f"{entity} {next(name for below, name in BANDS if score < below)}"


def draw_strata(stratum_of: Mapping[str, str], size: int) -> dict[str, Drawn]:
    """The ids to be looked through, by the stratum of each id: of each stratum its share of `size`, at least two.

    Within a stratum it is a simple random sample. It stays the same as other rows come and go, but for newcomers that
    take a place, and where a stratum's share of the rows changes so much that it has a place more or less.
    """
    if not size:
        return {}
    members: dict[str, list[str]] = {}
    for row_id, stratum in stratum_of.items():
        members.setdefault(stratum, []).append(row_id)
    return {
        ids[position]: Drawn(stratum, len(ids))
        for stratum, ids in members.items()
        for position in sample(ids, max(_LEAST_ROWS, round(size * len(ids) / len(stratum_of))), f"review/{LEAK}")
    }


def draw_suspected(suspects: pa.Table, most: int) -> dict[str, list[dict[str, Any]]]:
    """What is suspected (columns id, content_hash, entity, message, start, end) in each of `most` rows, by id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in suspects.to_pylist():
        found.setdefault(row["id"], []).append(row)
    ids = sorted(found)
    return {ids[position]: found[ids[position]] for position in sample(ids, most, f"review/{LEAK}/suspected")}


def asked(
    batches: Iterable[pa.RecordBatch], sampled: Mapping[str, Drawn], suspected: Mapping[str, list[dict[str, Any]]]
) -> pa.Table:
    """ASKED rows, by id, for the MASKED rows (columns id, messages) that are sampled or suspected.

    A suspicion of other messages than the row has now is left out.
    """
    rows = []
    for batch in batches:
        for row_id, messages in zip(
            batch.column("id").to_pylist(), message_tuples(batch.column("messages")), strict=True
        ):
            if row_id in sampled or row_id in suspected:
                masked_hash = content_hash(messages)
                places = [one for one in suspected.get(row_id, ()) if one["content_hash"] == masked_hash]
                if row_id in sampled or places:
                    rows.append(_asked(row_id, masked_hash, messages, sampled.get(row_id), places))
    return pa.Table.from_pylist(rows, schema=ASKED).sort_by("id")


def _asked(
    row_id: str, masked_hash: str, messages: list[tuple[str, str]], drawn: Drawn | None, places: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": row_id,
        "content_hash": masked_hash,
        "messages": [{"role": role, "content": content} for role, content in messages],
        "stratum": drawn.stratum if drawn else None,
        "stratum_rows": drawn.rows if drawn else None,
        "suspected": [{name: one[name] for name in ("entity", "message", "start", "end")} for one in places] or None,
    }


@dataclass(frozen=True)
class LeakReview:
    """What people found in the masked rows of one source: the shares of rows with a leak and of rows with too much
    masked, estimated from the sample; and of the rows with a suspected leak, how many were reviewed and have one.
    """

    source: str
    leaks: StratifiedRate
    over_masked: StratifiedRate
    suspected_reviewed: int
    suspected_leaks: int


def leak_review(
    source: str,
    queue: pa.Table,
    verdicts: pa.Table,
    confidence: float,
    reviewers: Reviewers = Reviewers(),
) -> LeakReview:
    """`queue` are the QUEUE rows of the source for the question `leak`, `verdicts` VERDICTS of any rows and questions.

    Rows that are in the queue only because a leak is suspected in them are no part of the estimates.
    """
    leaky, over = (judged(verdicts, LEAK, answer, reviewers) for answer in ("leak", "over_masked"))
    rows = queue.select(["id", "stratum", "stratum_rows", "suspected"]).to_pylist()
    suspected = [leaky[row["id"]] for row in rows if row["suspected"] and row["id"] in leaky]
    return LeakReview(
        source,
        stratified_rate(_counted(rows, leaky), confidence),
        stratified_rate(_counted(rows, over), confidence),
        len(suspected),
        sum(suspected),
    )


def _counted(rows: Sequence[Mapping[str, Any]], said: Mapping[str, bool]) -> Iterator[Stratum]:
    sizes = {row["stratum"]: row["stratum_rows"] for row in rows if row["stratum"] is not None}
    reviewed = Counter(row["stratum"] for row in rows if row["id"] in said)
    found = Counter(row["stratum"] for row in rows if said.get(row["id"]))
    return (Stratum(size, reviewed[name], found[name]) for name, size in sorted(sizes.items()))


def told(rate: StratifiedRate) -> str:
    """The rate with its interval in percent, how many rows it rests on, and how much of the rows it is about."""
    if not rate.reviewed:
        return "not yet reviewed by people"
    partly = "" if rate.covered > 0.995 else f", about {rate.covered:.0%} of the rows"
    return f"{rate.rate:.1%} ({rate.low:.1%} to {rate.high:.1%}; {rate.found} of {rate.reviewed} reviewed{partly})"
