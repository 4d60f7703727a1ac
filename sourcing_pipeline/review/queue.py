"""Which rows people are asked to judge: a stable sample of each source, written as JSON lines they can edit."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from sourcing_pipeline.rows import MESSAGES, instruction_and_response
from sourcing_pipeline.sampling import sample

QUESTION = "correct"
"""The question asked of each row: is the answer right?"""

QUEUE = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("content_hash", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("question", pa.string(), nullable=False),
        pa.field("messages", MESSAGES),
    ]
)
"""One row to be judged; `partition` is the name of its source."""


def draw(ids: list[str], size: int) -> list[str]:
    """The `size` ids to be judged: a simple random sample that stays the same as other rows come and go."""
    return [ids[position] for position in sample(ids, size, f"review/{QUESTION}")]


def queued(rows: pa.Table, source: str) -> pa.RecordBatch:
    """QUEUE rows for `rows` (columns id, content_hash, messages) of one source."""
    count = rows.num_rows
    columns = {
        "id": rows.column("id").combine_chunks(),
        "partition": pa.array([source] * count, pa.string()),
        "content_hash": rows.column("content_hash").combine_chunks(),
        "source": pa.array([source] * count, pa.string()),
        "question": pa.array([QUESTION] * count, pa.string()),
        "messages": rows.column("messages").combine_chunks(),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in QUEUE.names], schema=QUEUE)


def write_queue(queue: pa.Table, folder: Path) -> dict[str, Path]:
    """One JSONL file per source under `folder`, to read and judge; gives the files by source.

    A line has id, content_hash, question, instruction, response, and an empty verdict, reason, reviewer and
    reviewed_at: filled in, it is a line of the verdicts file. A file is replaced whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for source in sorted(set(queue.column("source").to_pylist())):
        path = folder / f"{source}.jsonl"
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text("".join(_lines(queue, source)), encoding="utf-8")
        partial.replace(path)
        written[source] = path
    return written


def _lines(queue: pa.Table, source: str) -> Iterator[str]:
    for row in queue.sort_by("id").to_pylist():
        if row["source"] == source:
            messages = [(turn["role"], turn["content"]) for turn in row["messages"]]
            instruction, response = instruction_and_response(messages)
            line = {
                "id": row["id"],
                "content_hash": row["content_hash"],
                "question": row["question"],
                "instruction": instruction,
                "response": response,
                "verdict": None,
                "reason": None,
                "reviewer": None,
                "reviewed_at": None,
            }
            yield json.dumps(line, ensure_ascii=False) + "\n"
