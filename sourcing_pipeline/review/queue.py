"""Which rows people are asked to judge: a stable sample of each source, written as JSON lines they can edit."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.review.questions import CORRECT, KEEP, Question
from sourcing_pipeline.rows import MESSAGES, instruction_and_response
from sourcing_pipeline.sampling import sample

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

`stratum` is the part of the source that the row was drawn from at random and `stratum_rows` how many rows are in it, of
the questions `leak` and `domain`; both are null for a row that is asked about for another reason: a leak is `suspected`
in it (places in `messages`), or the classifier is unsure of it. Of the question `leak`, `content_hash` is that of the
masked messages, since that is what is judged.
"""


class Drawn(NamedTuple):
    """The stratum that a row was drawn from, and how many rows of the source are in it."""

    stratum: str
    rows: int


DRAWS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("rank", pa.int64(), nullable=False),
    ]
)
"""Which rows of a source (`partition`) were drawn for the question *correct?*, in which order; the first
`sample_size` of them are its sample."""


def draw(ids: list[str], size: int) -> list[str]:
    """The `size` ids to be judged, first to last: a simple random sample that stays the same as other rows come and go.

    The first k are what a draw of k gives.
    """
    return [ids[position] for position in sample(ids, size, f"review/{CORRECT}")]


def draws(ids: list[str], source: str) -> pa.RecordBatch:
    """DRAWS rows of one source for the `ids` that were drawn, in their order."""
    rows = [{"id": row_id, "partition": source, "rank": rank} for rank, row_id in enumerate(ids)]
    return pa.RecordBatch.from_pylist(rows, schema=DRAWS)


def draw_kept(ids: list[str], size: int | None) -> list[str]:
    """The synthetic rows of which it is asked whether to keep them: every one, or a stable random sample."""
    return ids if size is None else [ids[position] for position in sample(ids, size, f"review/{KEEP}")]


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
            **({"suspected": list(told_suspicions(messages, row["suspected"]))} if row["suspected"] else {}),
            "verdict": None,
            "reason": None,
            "reviewer": None,
            "reviewed_at": None,
        }
        yield json.dumps(line, ensure_ascii=False) + "\n"


def told_suspicions(messages: list[tuple[str, str]], suspected: list[dict[str, Any]]) -> Iterator[str]:
    """Each suspicion as its entity and the words of the masked text."""
    for one in suspected:
        yield f"{one['entity']}: {messages[one['message']][1][one['start'] : one['end']]}"
