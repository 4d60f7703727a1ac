"""What tabular inputs give: batches of rows with the columns that were asked for, and where each row came from."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import pyarrow as pa


@dataclass(frozen=True)
class Part:
    """A batch of input rows.

    `rows` has exactly the wanted columns with the wanted types; a value that cannot be read is null there, and
    `problems` says of its row why (field, what was expected, which kind was found; never its text). `places` says
    where row i came from, in words a person can use: `tickets-2026-03-01.jsonl line 17`, `query row 17`. `day` is the
    day in the file's path, where the pattern has one. `first` is True where rows before it have nothing to do with
    it: it opens a read, the files of another day, or the answer to another query. `written` is when its file was
    last written; None for a query.
    """

    rows: pa.RecordBatch
    places: Callable[[int], str]
    problems: dict[int, str] = field(default_factory=dict)
    day: str | None = None
    first: bool = False
    written: datetime | None = None


Parts: TypeAlias = Generator[Part, None, None]
"""Parts as they are read; close it (`contextlib.closing`) where reading may stop before its end."""


@dataclass(frozen=True)
class Changed:
    """What changed since a cursor: the rows, the days of dated files that are gone, and the next cursor."""

    parts: Parts
    cursor: str
    days: frozenset[str] = frozenset()


def no_parts() -> Parts:
    """Nothing to read."""
    yield from ()
