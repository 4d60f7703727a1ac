"""Where a reviewer finds the rows of a source: a list in Label Studio, or a file and a command."""

from collections.abc import Iterable

import pyarrow as pa

from sourcing_pipeline.review.config import Review
from sourcing_pipeline.review.questions import CORRECT, Question
from sourcing_pipeline.review.queue import partition_of
from sourcing_pipeline.rows import WHOLE

LINKS = pa.schema(
    [
        pa.field("question", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("address", pa.string()),
    ]
)
"""The address of the list of a question's tasks of a source."""


def links(found: Iterable[tuple[Question, str, str]]) -> pa.RecordBatch:
    """LINKS rows for questions, sources and addresses."""
    rows = [
        {"question": question, "source": source, "partition": WHOLE, "address": address}
        for question, source, address in found
    ]
    return pa.RecordBatch.from_pylist(rows, schema=LINKS)


def where(source: str, question: Question, stored: pa.Table, config: Review) -> str:
    """Where the rows are, in words that stand in a message: from LINKS rows, else the file and the command."""
    for row in stored.to_pylist():
        if (row["question"], row["source"]) == (question, source):
            return str(row["address"])
    asked = "" if question == CORRECT else f" --question {question}"
    file = config.queue / f"{partition_of(source, question)}.jsonl"
    return f"`sourcing review --source {source}{asked}`, or {file} by hand (verdicts go to {config.verdicts})"
