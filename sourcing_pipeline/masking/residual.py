"""What the second look at masked rows says: where leaks are suspected, in how many rows, whether that is too many.

Three looks find them (`second_look`): `models` and `patterns`, and `elsewhere`, values that were masked in other rows
of the run. The models read a stable sample of a run's rows, the others are cheap and read them all. A suspicion is no
leak: most are false alarms, and people judge them (question `leak`). What is bounded is the share of the sampled rows
with any suspicion. On ordinary text it is about one in a hundred, and it rises when names, e-mail addresses or streets
are not found any more. The loss of a detector for something rare (cards, plates) hardly moves it: canaries show that.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa

from sourcing_pipeline.findings import Finding
from sourcing_pipeline.intervals import exact
from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.sampling import sample

COLUMNS = ("id", "partition", "messages")
"""What of the masked rows is read."""

SUSPECTED_LEAKS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("content_hash", pa.string(), nullable=False),
        pa.field("sampled", pa.bool_(), nullable=False),
        pa.field("entity", pa.string(), nullable=False),
        pa.field("message", pa.int32(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
        pa.field("look", pa.string(), nullable=False),
    ]
)
"""One suspected leak: a place, never text. `content_hash` is that of the masked messages, in which `start` and `end`
count characters of message number `message`; `sampled` says that the models read the row; `look` is models, patterns
or elsewhere.
"""

SECOND_LOOKS = pa.schema(
    [
        pa.field("partition", pa.string(), nullable=False),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("sampled", pa.int64(), nullable=False),
        pa.field("suspected", pa.int64(), nullable=False),
        pa.field("suspected_unsampled", pa.int64(), nullable=False),
    ]
)
"""How many rows were looked at, by every look (`sampled`) or by patterns and memory alone, and in how many of them a
leak is suspected.
"""

_ROWS_NAMED = 5


class Looked(NamedTuple):
    """What was looked at: rows, those of them that the models read, and those of them with a suspected leak;
    `suspected_unsampled` are rows that the models did not read, suspected by the other looks.
    """

    rows: int
    sampled: int
    suspected: int
    suspected_unsampled: int


def drawn(ids: Sequence[str], size: int) -> frozenset[str]:
    """The ids that the models read: a simple random sample, the same whenever these rows are looked at."""
    return frozenset(ids[position] for position in sample(ids, size, "masking/residual"))


def counted(
    ids: Sequence[tuple[str, str]],
    sampled: Collection[str],
    suspects: Iterable[pa.RecordBatch],
    partitions: Sequence[str],
) -> pa.RecordBatch:
    """SECOND_LOOKS of `partitions`: `ids` are id and partition of every row looked at."""
    rows = Counter(partition for _, partition in ids)
    read = Counter(partition for row_id, partition in ids if row_id in sampled)
    told = {
        one
        for batch in suspects
        for one in zip(*(batch.column(name).to_pylist() for name in ("id", "partition", "sampled")), strict=True)
    }
    by_kind = Counter((partition, was_sampled) for _, partition, was_sampled in told)
    lines = [
        {"partition": one, "rows": rows[one], "sampled": read[one], "suspected": by_kind[one, True]}
        | {"suspected_unsampled": by_kind[one, False]}
        for one in sorted(set(partitions))
    ]
    return pa.RecordBatch.from_pylist(lines, schema=SECOND_LOOKS)


def looked(counts: Iterable[pa.RecordBatch]) -> Looked:
    """SECOND_LOOKS batches summed up."""
    total = Counter[str]()
    for batch in counts:
        for name in Looked._fields:
            total[name] += sum(batch.column(name).to_pylist())
    return Looked(*(total[name] for name in Looked._fields))


def bounded(source: str, seen: Looked, suspects: pa.Table, config: Masking, where: str) -> Finding:
    """Whether the share of sampled rows with a suspected leak is within `masking.residual.max_rate`.

    It fails when even the lower end of the share's exact 95 % interval lies above, so that the false alarms of a day
    with a few rows stop nobody, while a detector that finds nothing any more is seen on a handful of rows. `suspects`
    are SUSPECTED_LEAKS (entity, id); `where` says where a person finds the rows.
    """
    most = config.residual.max_rate
    if config.mode == "surrogate":
        return Finding(True, "not looked for: made-up values cannot be told from real ones", facts={"sampled": 0})
    low, high = exact(seen.suspected, seen.sampled)
    rate = seen.suspected / seen.sampled if seen.sampled else 0.0
    facts: dict[str, str | int | float | bool] = {
        **seen._asdict(), "suspected_rate": rate, "interval_low": low, "interval_high": high, "allowed": most,
    }  # fmt: skip
    said = (
        f"{source}: the second look suspects a leak in {seen.suspected} of {seen.sampled} rows, {rate:.1%} "
        f"(95% interval {low:.1%} to {high:.1%}), and in {seen.suspected_unsampled} of the other "
        f"{seen.rows - seen.sampled:,}"
    )
    if low <= most:
        return Finding(True, said, facts=facts)
    entities = Counter(suspects.column("entity").to_pylist()).most_common(3)
    ids = list(dict.fromkeys(suspects.column("id").to_pylist()))[:_ROWS_NAMED]
    return Finding(
        False,
        f"{said}; {most:.0%} are allowed. Commonest: {', '.join(f'{name} ({count})' for name, count in entities)}. "
        f"Rows: {', '.join(ids)}. {where}. Where they are leaks, mend the masker (masking.entities, masking.min_score, "
        f"masking.allow and sources.{source}.masking first); where they are not, name what is no person in "
        "masking.allow, or raise masking.residual.max_rate",
        facts=facts,
    )
