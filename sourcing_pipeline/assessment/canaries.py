"""Planted rows that are off the subject: each must be flagged, every run, or the domain score cannot be trusted."""

from datetime import UTC, datetime
from functools import cache

import pyarrow as pa

from sourcing_pipeline.assessment.assess import Assess
from sourcing_pipeline.assessment.domain import Vectors, general_examples
from sourcing_pipeline.assessment.embedding import embed
from sourcing_pipeline.findings import Finding
from sourcing_pipeline.rows import CANARY, MASKED, content_hash


def canaries(source: str, assess: Assess, count: int = 3) -> pa.RecordBatch:
    """`count` MASKED rows with ids `<source>:canary-off-domain-<n>` on other subjects.

    Each is made of two general examples; of all such pairs those are taken that are least like the domain, since
    what is general talk to one firm is the business of another. They prove that the rule works, not how well.
    """
    texts = _stories()
    _, similarity = assess.profile.nearest(_vectors(assess.config.model, assess.config.max_tokens))
    drawn = [texts[position] for position in similarity.argsort(kind="stable")[:count]]
    rows = []
    for number, text in enumerate(drawn, start=1):
        messages = [("user", text), ("assistant", "Here is what I would do.")]
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


def _stories() -> list[str]:
    lines = [line for line in general_examples() if line.isascii()]
    return [f"{first} And one more thing. {second}" for first, second in zip(lines[::2], lines[1::2], strict=False)]


@cache
def _vectors(model: str, max_tokens: int) -> Vectors:
    return embed(_stories(), model, max_tokens)


def flagged(assess: Assess, source: str) -> Finding:
    """Whether `assess` flags every planted row as off-domain."""
    assessed = assess(canaries(source, assess))
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
