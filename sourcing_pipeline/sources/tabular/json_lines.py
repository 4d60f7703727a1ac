"""JSON Lines as chunks: one object a line; a line that is none is a row with a problem."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

import orjson

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.json_files import RECORD_BYTES
from sourcing_pipeline.sources.records import kind
from sourcing_pipeline.sources.tabular.chunk import Chunk, cut, member

CHUNK_ROWS = 2048
CHUNK_BYTES = 1 << 24
_BOM = b"\xef\xbb\xbf"


class _Line(NamedTuple):
    number: int
    record: dict[str, Any] | None
    problem: str | None


def read_json_lines(stream: BinaryIO, where: str, mistake: str) -> Iterator[Chunk]:
    """The lines of `stream` that are not blank. A line over 64 MiB, and one that is no JSON object, has a problem.

    `where` is the file as its rows' places have it; `mistake` opens the message of the InputError that is raised
    when the stream is no JSON Lines at all: a JSON list, or binary data.
    """
    for lines in cut(_lines(stream, mistake), CHUNK_ROWS, CHUNK_BYTES):
        yield _chunk(lines, where)


def _lines(stream: BinaryIO, mistake: str) -> Iterator[tuple[int, _Line]]:
    for number, raw in enumerate(_bounded(stream), start=1):
        line = raw.removeprefix(_BOM) if number == 1 else raw
        if number == 1:
            _refuse_other_kinds(line, mistake)
        if len(raw) > RECORD_BYTES:
            yield 0, _Line(number, None, f"expected a line of at most {RECORD_BYTES} bytes")
        elif not line.isspace() and line:
            yield len(line), _parsed(number, line)


def _bounded(stream: BinaryIO) -> Iterator[bytes]:
    """The lines; of one that is too long only its beginning, which is longer than allowed."""
    while line := stream.readline(RECORD_BYTES + 1):
        yield line
        ended = line.endswith(b"\n")
        while not ended and (rest := stream.readline(RECORD_BYTES)):
            ended = rest.endswith(b"\n")


def _refuse_other_kinds(line: bytes, mistake: str) -> None:
    if b"\0" in line[:1024]:
        raise InputError(f"{mistake}, line 1: expected JSON Lines, got binary data; check `path` and `format`")
    if line.lstrip().startswith(b"["):
        mend = "write one object per line (jq -c '.[]')"
        raise InputError(f"{mistake}, line 1: expected JSON Lines, got a JSON list; {mend}")


def _parsed(number: int, line: bytes) -> _Line:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _Line(number, None, f"column {error.colno}: expected JSON")
    if not isinstance(found, dict):
        return _Line(number, None, f"expected a JSON object, got {kind(found)}")
    return _Line(number, found, None)


def _chunk(lines: Sequence[_Line], where: str) -> Chunk:
    records = [line.record for line in lines]
    names = dict.fromkeys(chain.from_iterable(record for record in records if record is not None))

    def column(name: str) -> list[Any] | None:
        if name not in names and name.partition(".")[0] not in names:
            return None
        if "." in name:
            return [member(record, name) for record in records]
        return [None if record is None else record.get(name) for record in records]

    return Chunk(
        count=len(lines),
        names=tuple(names),
        column=column,
        places=lambda row: f"{where} line {lines[row].number}",
        problems={index: line.problem for index, line in enumerate(lines) if line.problem is not None},
    )
