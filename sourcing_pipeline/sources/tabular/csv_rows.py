"""CSV as chunks: a header line, quoted fields that may hold line breaks; an empty field is null."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.json_files import RECORD_BYTES
from sourcing_pipeline.sources.tabular.chunk import Chunk, cut

CHUNK_ROWS = 4096
CHUNK_BYTES = 1 << 24


class _Row(NamedTuple):
    line: int
    cells: list[str]


def read_csv(stream: BinaryIO, where: str, mistake: str, delimiter: str) -> Iterator[Chunk]:
    """The rows of `stream` after its header; one with another number of fields than the header has a problem.

    `where` is the file as its rows' places have it; `mistake` opens the message of the InputError that is raised
    when the stream is no CSV: binary data, or a field over 64 MiB (a quote that is never closed).
    """
    csv.field_size_limit(RECORD_BYTES)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        rows = _rows(text, mistake, delimiter)
        header = next(rows, None)
        if header is None:
            return
        if any("\0" in name for name in header.cells):
            raise InputError(f"{mistake}, line 1: expected CSV, got binary data; check `path` and `format`")
        names = [name.strip() for name in header.cells]
        for found in cut(((sum(map(len, row.cells)), row) for row in rows), CHUNK_ROWS, CHUNK_BYTES):
            yield _chunk(found, names, where)
    finally:
        text.detach()


def _rows(text: io.TextIOWrapper, mistake: str, delimiter: str) -> Iterator[_Row]:
    reader = csv.reader(text, delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield _Row(line, cells)
            line = reader.line_num + 1
    except csv.Error:
        expected = f"expected CSV with fields of at most {RECORD_BYTES} bytes; is a quote not closed?"
        raise InputError(f"{mistake}, from line {line} on: {expected}") from None


def _chunk(rows: Sequence[_Row], names: Sequence[str], where: str) -> Chunk:
    width = len(names)
    problems = {
        index: f"expected {width} fields, got {len(row.cells)}"
        for index, row in enumerate(rows)
        if len(row.cells) != width
    }
    blank: list[str] = [""] * width
    columns = list(zip(*(blank if index in problems else row.cells for index, row in enumerate(rows)), strict=True))

    def column(name: str) -> list[object] | None:
        if name not in names:
            return None
        return [_cell(value) for value in columns[names.index(name)]]

    return Chunk(len(rows), names, column, lambda row: f"{where} line {rows[row].line}", problems)


def _cell(value: str) -> str | bytes | None:
    """A field's text, null when it is empty, or its bytes when they are not UTF-8."""
    if not value:
        return None
    if value.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in value):
        return value
    return value.encode("utf-8", "surrogateescape")
