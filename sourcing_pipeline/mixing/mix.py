"""The mix: quotas by strategy, within a strategy a weighted sample by quality."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from sourcing_pipeline.mixing.candidates import Candidate
from sourcing_pipeline.mixing.config import Mixing
from sourcing_pipeline.mixing.quotas import Quota, quotas
from sourcing_pipeline.rows import MIXED, STRATEGIES, WHOLE, DropReason, is_canary, outcomes
from sourcing_pipeline.sampling import highest, priorities


@dataclass(frozen=True)
class Decision:
    """What became of one candidate: refused for `reason`, or chosen."""

    weight: float
    priority: float | None = None
    reason: DropReason | None = None
    partition: str = WHOLE
    """Where the row stands that was decided about; the same id elsewhere is an older copy."""


@dataclass(frozen=True)
class Mix:
    """Who is in, who is not and why, and how the strategies came out."""

    decisions: dict[str, Decision]
    quotas: list[Quota]


def mix(found: Iterable[Candidate], config: Mixing) -> Mix:
    """Draw the mix among the candidates that no rule refused.

    The same candidates give the same mix in whatever order they come. Rows of weight 0 are never drawn.
    """
    pool: dict[str, list[Candidate]] = {name: [] for name in STRATEGIES}
    decisions = {}
    for candidate in found:
        reason = candidate.reason or DropReason.NOT_SAMPLED
        decisions[candidate.id] = Decision(candidate.weight, reason=reason, partition=candidate.partition)
        if candidate.reason is None and candidate.weight > 0 and not is_canary(candidate.id):
            pool[candidate.strategy].append(candidate)
    parts = quotas(
        config.size,
        config.shares.by_strategy(),
        {name: len(pool[name]) for name in STRATEGIES},
        config.when_short,
        config.max_synthetic_fraction,
    )
    for part in parts:
        ids = [candidate.id for candidate in pool[part.strategy]]
        weights = [candidate.weight for candidate in pool[part.strategy]]
        ranked = priorities(ids, weights, config.key)
        for position in highest(ids, ranked, part.achieved):
            chosen = decisions[ids[position]]
            decisions[ids[position]] = replace(chosen, priority=float(ranked[position]), reason=None)
    return Mix(decisions, parts)


def answered(rows: Iterable[pa.RecordBatch], decisions: Mapping[str, Decision]) -> Iterator[pa.RecordBatch]:
    """Outcome batches (`outcomes(MIXED)`) of assessed `rows` (all their columns but `embedding`).

    A row whose id was decided about in another partition is an older copy: duplicate_id.
    """
    schema = outcomes(MIXED)
    older = Decision(0.0, reason=DropReason.DUPLICATE_ID)
    for batch in rows:
        places = zip(batch.column("id").to_pylist(), batch.column("partition").to_pylist(), strict=True)
        said = [
            decision if decision.partition == partition else older
            for row_id, partition in places
            for decision in (decisions[row_id],)
        ]
        added = {
            "partition": pa.array([WHOLE] * batch.num_rows, pa.string()),
            "weight": pa.array([one.weight for one in said], pa.float64()),
            "priority": pa.array([one.priority for one in said], pa.float64()),
            "drop_reason": pa.array([one.reason for one in said], pa.string()),
            "drop_detail": pa.nulls(batch.num_rows, pa.string()),
        }
        columns = [added[name] if name in added else batch.column(name) for name in schema.names]
        yield pa.RecordBatch.from_arrays(
            [column.cast(field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
        )
