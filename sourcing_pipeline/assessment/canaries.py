"""Planted rows that are off the subject: each must be flagged, every run, or the domain score cannot be trusted."""

from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa

from sourcing_pipeline.assessment.domain import general_examples
from sourcing_pipeline.findings import Finding
from sourcing_pipeline.rows import CANARY, MASKED, content_hash
from sourcing_pipeline.sampling import sample


def canaries(source: str, key: str, count: int = 3) -> pa.RecordBatch:
    """`count` MASKED rows with ids `<source>:canary-off-domain-<n>`, drawn by `key` from texts on other subjects.

    The texts are not among those that taught the domain: each is a small story made of two of them.
    """
    texts = [line for line in general_examples() if line.isascii()]
    drawn = [texts[position] for position in sample(texts, 2 * count, key)]
    rows = []
    for number, (first, second) in enumerate(zip(drawn[::2], drawn[1::2], strict=True), start=1):
        messages = [("user", f"{first} And one more thing. {second}"), ("assistant", "Here is what I would do.")]
        rows.append(
            {
                "id": f"{source}:{CANARY}off-domain-{number}",
                "partition": "canary",
                "content_hash": content_hash(messages),
                "source": source,
                "strategy": "public",
                "messages": [{"role": role, "content": content} for role, content in messages],
                "license": "CC0-1.0",
                "created_at": datetime(2000, 1, 1, tzinfo=UTC),
                "cost_usd": 0.0,
            }
        )
    return pa.RecordBatch.from_pylist(rows, schema=MASKED)


def flagged(assess: Callable[[pa.RecordBatch], pa.RecordBatch], source: str, key: str) -> Finding:
    """Whether `assess` flags every planted row as off-domain."""
    assessed = assess(canaries(source, key))
    flags = zip(assessed.column("id").to_pylist(), assessed.column("off_domain").to_pylist(), strict=True)
    missed = [row_id for row_id, off_domain in flags if not off_domain]
    facts = {"planted": assessed.num_rows, "missed": len(missed)}
    if not missed:
        return Finding(True, f"all {assessed.num_rows} planted rows were flagged as off-domain", facts=facts)
    return Finding(
        False,
        f"{source}: planted rows on other subjects were not flagged: {', '.join(missed)}. The known examples do not "
        "set the domain apart; give more of them, or raise assessment.false_alarm_fraction",
        facts=facts,
    )
