"""JSON Lines as chunks: one object a line; a line that is none is a row with a problem."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
import orjson
import pyarrow as pa

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.json_files import RECORD_BYTES
from sourcing_pipeline.sources.records import kind
from sourcing_pipeline.sources.tabular.chunk import Chunk, Wish, member, nested_column
from sourcing_pipeline.sources.tabular.json_columns import read_columns

CHUNK_ROWS = 8192
BLOCK_BYTES = 1 << 23
_BOM = b"\xef\xbb\xbf"


def read_json_lines(stream: BinaryIO, where: str, mistake: str, wish: Wish) -> Iterator[Chunk]:
    """The lines of `stream` that are not blank. A line over 64 MiB, and one that is no JSON object, has a problem.

    `where` is the file as its rows' places have it; `mistake` opens the message of the InputError that is raised
    when the stream is no JSON Lines at all: a JSON list, or binary data.
    """
    number, before = 1, None
    for block in _blocks(stream):
        if number == 1:
            _refuse_other_kinds(block, mistake)
        for lines in _cut(block.removeprefix(_BOM) if number == 1 else block):
            batch = read_columns(lines, RECORD_BYTES, wish, before)
            if batch is not None:
                before = batch.schema
                yield _chunk(batch, number, where)
            elif (chunk := _line_by_line(lines, number, where)).count:
                yield chunk
            number += lines.count(b"\n")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines, some MiB of them; of a line that is too long only its beginning, which is longer than allowed."""
    pending = b""
    while data := stream.read(BLOCK_BYTES):
        if len(pending) > RECORD_BYTES:
            _, newline, after = data.partition(b"\n")
            data = newline + after
        end = data.rfind(b"\n") + 1
        if end:
            yield pending + data[:end]
            pending = data[end:]
        else:
            pending += data
    if pending:
        yield pending


def _cut(block: bytes) -> Iterator[bytes]:
    """`block` in pieces of at most CHUNK_ROWS lines."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))[CHUNK_ROWS - 1 :: CHUNK_ROWS] + 1
    begin = 0
    for end in (*ends.tolist(), len(block)):
        if end > begin:
            yield block[begin:end]
        begin = end


def _refuse_other_kinds(block: bytes, mistake: str) -> None:
    line = block.removeprefix(_BOM)[:1024].partition(b"\n")[0]
    if b"\0" in line:
        raise InputError(f"{mistake}, line 1: expected JSON Lines, got binary data; check `path` and `format`")
    if line.lstrip().startswith(b"["):
        mend = "write one object per line (jq -c '.[]')"
        raise InputError(f"{mistake}, line 1: expected JSON Lines, got a JSON list; {mend}")


def _chunk(batch: pa.RecordBatch, number: int, where: str) -> Chunk:
    column = partial(nested_column, batch)
    return Chunk(batch.num_rows, batch.schema.names, column, lambda row: f"{where} line {number + row}")


def _line_by_line(lines: bytes, number: int, where: str) -> Chunk:
    records: list[dict[str, Any] | None] = []
    numbers: list[int] = []
    problems: dict[int, str] = {}
    for at, line in enumerate(lines.split(b"\n"), start=number):
        if line and not line.isspace():
            record, problem = _parsed(line)
            if problem is not None:
                problems[len(records)] = problem
            records.append(record)
            numbers.append(at)
    names = dict.fromkeys(chain.from_iterable(record for record in records if record is not None))

    def column(name: str) -> list[Any] | None:
        if name not in names and name.partition(".")[0] not in names:
            return None
        if "." in name:
            return [member(record, name) for record in records]
        return [None if record is None else record.get(name) for record in records]

    return Chunk(len(records), tuple(names), column, lambda row: f"{where} line {numbers[row]}", problems)


def _parsed(line: bytes) -> tuple[dict[str, Any] | None, str | None]:
    """The object on a line, or why it is none."""
    if len(line) > RECORD_BYTES:
        return None, f"expected a line of at most {RECORD_BYTES} bytes"
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return None, f"column {error.colno}: expected JSON"
    if not isinstance(found, dict):
        return None, f"expected a JSON object, got {kind(found)}"
    return found, None
