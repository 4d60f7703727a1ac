"""Small queues and verdicts for the tests of the screen."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from sourcing_pipeline.review.questions import CORRECT, Answer, Question
from sourcing_pipeline.review.queue import QUEUE, SUSPECTED, partition_of, queued
from sourcing_pipeline.review.verdicts import Verdict
from sourcing_pipeline.rows import MESSAGES
from sourcing_pipeline.storage import Lake

NOON = datetime(2026, 10, 30, 12, tzinfo=UTC)


def queue(
    source: str,
    texts: dict[str, str],
    question: Question = CORRECT,
    suspected: Sequence[list[dict[str, object]] | None] | None = None,
) -> pa.RecordBatch:
    """QUEUE rows of `source` by native key: each asks its text and is answered `Just so.`."""
    turns = [
        [{"role": "user", "content": text}, {"role": "assistant", "content": "Just so."}] for text in texts.values()
    ]
    columns = {
        "id": pa.array([f"{source}:{key}" for key in texts], pa.string()),
        "content_hash": pa.array([f"hash of {text}" for text in texts.values()], pa.string()),
        "messages": pa.array(turns, MESSAGES),
        "suspected": pa.array(suspected or [None] * len(texts), SUSPECTED),
    }
    return queued(pa.table(columns), source, question)


def lake_with(folder: Path, *batches: pa.RecordBatch) -> Lake:
    """A lake whose review_queue is `batches`."""
    lake = Lake(str(folder))
    partitions = [batch.column("partition")[0].as_py() for batch in batches]
    lake.table("review_queue").overwrite(batches, QUEUE, partitions or [partition_of("none", CORRECT)])
    return lake


def verdict(
    row_id: str, content_hash: str, answer: Answer = "right", reviewer: str = "ana", minute: int = 0, **more: object
) -> Verdict:
    """One verdict, given some minutes after noon."""
    fields = {"id": row_id, "content_hash": content_hash, "verdict": answer, "reviewer": reviewer, **more}
    return Verdict.model_validate({"reviewed_at": NOON + timedelta(minutes=minute), **fields})
