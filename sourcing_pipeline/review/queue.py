"""Which rows people are asked to judge: a stable sample of each source, written as JSON lines they can edit."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.rows import MESSAGES, instruction_and_response
from sourcing_pipeline.sampling import sample

Question = Literal["correct", "leak"]
CORRECT: Question = "correct"
LEAK: Question = "leak"
"""The questions asked of a row: is the answer right? can personal data still be read?"""

SUSPECTED = pa.list_(
    pa.struct(
        [
            pa.field("entity", pa.string()),
            pa.field("message", pa.int32()),
            pa.field("start", pa.int32()),
            pa.field("end", pa.int32()),
        ]
    )
)

QUEUE = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("content_hash", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("question", pa.string(), nullable=False),
        pa.field("messages", MESSAGES),
        pa.field("stratum", pa.string()),
        pa.field("stratum_rows", pa.int64()),
        pa.field("suspected", SUSPECTED),
    ]
)
"""One row and question; `partition` is `<source>` for the question `correct`, else `<source>.<question>`.

Of the question `leak`: `stratum` and how many rows of the source are in it, null when the row is asked about only for
what is `suspected` in it (places in `messages`); and `content_hash` is that of the masked messages, since that is what
is judged.
"""


def draw(ids: list[str], size: int) -> list[str]:
    """The `size` ids to be judged: a simple random sample that stays the same as other rows come and go."""
    return [ids[position] for position in sample(ids, size, f"review/{CORRECT}")]


def partition_of(source: str, question: Question) -> str:
    """The partition of QUEUE, and the name of the file, with the rows of a source that a question is asked about."""
    return source if question == CORRECT else f"{source}.{question}"


def queued(rows: pa.Table, source: str, question: Question = CORRECT) -> pa.RecordBatch:
    """QUEUE rows of one source for `rows`: id, content_hash, messages, and other columns of QUEUE where they apply."""
    count = rows.num_rows
    given = {
        "partition": pa.array([partition_of(source, question)] * count, pa.string()),
        "source": pa.array([source] * count, pa.string()),
        "question": pa.array([question] * count, pa.string()),
        **{name: rows.column(name).combine_chunks() for name in rows.column_names},
    }
    columns = [given[field.name] if field.name in given else pa.nulls(count, field.type) for field in QUEUE]
    return pa.RecordBatch.from_arrays(columns, schema=QUEUE)


def write_queue(queue: pa.Table, folder: Path) -> dict[str, Path]:
    """One JSONL file per source and question under `folder`, to read and judge; gives the files by partition.

    A line has id, content_hash, question, instruction, response, and an empty verdict, reason, reviewer and
    reviewed_at: filled in, it is a line of the verdicts file. What is suspected in a row is told by its words. A file
    is replaced whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for partition in sorted(set(queue.column("partition").to_pylist())):
        path = folder / f"{partition}.jsonl"
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text("".join(_lines(queue, partition)), encoding="utf-8")
        partial.replace(path)
        written[partition] = path
    return written


def _lines(queue: pa.Table, partition: str) -> Iterator[str]:
    for row in queue.filter(pc.equal(queue.column("partition"), partition)).sort_by("id").to_pylist():
        messages = [(turn["role"], turn["content"]) for turn in row["messages"]]
        instruction, response = instruction_and_response(messages)
        line = {
            "id": row["id"],
            "content_hash": row["content_hash"],
            "question": row["question"],
            "instruction": instruction,
            "response": response,
            **({"suspected": list(_told(messages, row["suspected"]))} if row["suspected"] else {}),
            "verdict": None,
            "reason": None,
            "reviewer": None,
            "reviewed_at": None,
        }
        yield json.dumps(line, ensure_ascii=False) + "\n"


def _told(messages: list[tuple[str, str]], suspected: list[dict[str, Any]]) -> Iterator[str]:
    """Each suspicion as its entity and the words of the masked text."""
    for one in suspected:
        yield f"{one['entity']}: {messages[one['message']][1][one['start'] : one['end']]}"
