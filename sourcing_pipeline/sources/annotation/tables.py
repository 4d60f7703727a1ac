"""Small tables that people edit: CSV, JSON Lines, Excel workbooks and plain text, told apart by the file's suffix."""

import codecs
import csv
import io
import json
import logging
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, TextIO

from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.sources.annotation.workbooks import (
    DANGEROUS,
    Column,
    append_workbook,
    as_text,
    read_workbook,
    write_workbook,
)
from sourcing_pipeline.sources.json_files import RECORD_BYTES, read_lines
from sourcing_pipeline.sources.records import broken, kind, opened

__all__ = ["SUFFIXES", "Column", "Row", "append_table", "read_table", "replacing", "write_table"]

SUFFIXES = (".csv", ".tsv", ".jsonl", ".xlsx", ".txt")
"""The files that `read_table` reads."""

_log = logging.getLogger(__name__)
_DELIMITERS = ",;\t"
_HEADER_CHARACTERS = 1 << 16
_APART = re.compile(r"[\s_-]+")


class Row(NamedTuple):
    """One row: its place (`line 17`, `row 3`) and its cells as text by column, or why there are none."""

    place: str
    fields: dict[str, str] | None
    problem: str | None


class _Csv(NamedTuple):
    """How a CSV file is written."""

    encoding: str
    delimiter: str


class _Columns:
    """The columns that a caller knows: those that it needs, and those that may be there."""

    def __init__(self, name: str, path: Path, needed: Collection[str], optional: Collection[str]) -> None:
        self._name, self._path, self.needed = name, path, tuple(needed)
        self._known = {_plain(column): column for column in (*optional, *needed)}

    def spelled(self, column: str) -> str:
        """A known column as the caller spells it; another without white space around it."""
        return self._known.get(_plain(column), column.strip())

    def named(self, place: str, header: Sequence[str]) -> list[str]:
        """The names of a header's cells; a blank one is called by its number. Raises InputError."""
        names = [self.spelled(cell) or f"column {number}" for number, cell in enumerate(header, start=1)]
        if missing := [column for column in self.needed if column not in names]:
            expected = f"a header with the columns {', '.join(self.needed)}; missing: {', '.join(missing)}"
            raise broken(self._name, self._path, place, expected, "add what is missing to the header")
        if len(set(names)) < len(names):
            number = next(at for at, column in enumerate(names, start=1) if column in names[: at - 1])
            expected = f"a header that names each column once, but column {number} repeats another"
            raise broken(self._name, self._path, place, expected, "rename one of the two")
        return names


def read_table(
    name: str, path: Path, *, needed: Collection[str] = (), optional: Collection[str] = (), text_field: str = "text"
) -> Iterator[Row]:
    """The rows of the file at `path` that are not blank; `name` is the source's, for messages.

    - `.csv`, `.tsv`: a header, then rows; delimited by commas, semicolons or tabs, whichever parts the header best;
      UTF-8, UTF-16 (as Excel's Unicode text) or, when it is neither, Windows-1252, with a warning.
    - `.jsonl`: an object a line. Numbers become text; a list or an object becomes JSON, or where it is needed a
      problem.
    - `.xlsx`: the first sheet, see `read_workbook`.
    - `.txt`: a value a line, called `text_field`.

    A column is one of `needed` or `optional` whatever its case, and with spaces or hyphens for `_`; others keep their
    name. A blank cell is an empty text, and so is one that is missing at the end of a row. A row with more cells than
    the header, or without a needed key (JSON Lines), has a problem. Of CSV, an apostrophe is taken off where
    `write_table` puts one.

    Streams. Raises InputError when the file is missing, empty, of another kind, broken, or lacks a needed column.
    """
    columns = _Columns(name, path, needed, optional)
    match path.suffix.lower():
        case ".csv" | ".tsv":
            return _headed(columns, _csv_rows(name, path, _csv(name, path, columns)), shifts=True)
        case ".xlsx":
            return _headed(columns, read_workbook(name, path), shifts=False)
        case ".jsonl":
            return _json_rows(name, path, columns)
        case ".txt":
            return _text_rows(name, path, text_field)
    raise broken(name, path, "", f"a file of the kinds {', '.join(SUFFIXES)}", "save it as one of them")


def write_table(path: Path, columns: Sequence[Column], rows: Iterable[Mapping[str, str]]) -> None:
    """Write `rows` (texts by column; one that is left out is blank) as `.csv`, `.jsonl` or `.xlsx`; `read_table` gives
    the same texts.

    The file is replaced whole, or stays as it was. No text is a formula in a spreadsheet: in a workbook all cells are
    strings; in CSV (UTF-8 with its mark, commas) a text that begins with = + - @, a tab or a line break gets an
    apostrophe before it. That holds where the program takes the comma for the delimiter; people whose Excel does not
    are better served with a workbook. CSV cannot hold the character NUL: U+FFFD stands for it.

    Raises InputError for a text that does not fit a cell, and for a file that cannot be written.
    """
    with replacing(path) as made:
        match path.suffix.lower():
            case ".xlsx":
                write_workbook(made, columns, rows)
            case ".jsonl":
                with made.open("w", encoding="utf-8", newline="") as text:
                    text.writelines(_json_line([column.name for column in columns], row) for row in rows)
            case ".csv":
                with made.open("w", encoding="utf-8-sig", newline="") as text:
                    names = [column.name for column in columns]
                    _write_csv(text, ",", names, [{column: column for column in names}])
                    _write_csv(text, ",", names, rows)
            case _:
                raise InputError(f"{path}: expected a file of the kinds .csv, .jsonl, .xlsx; name another")


def append_table(name: str, path: Path, columns: Sequence[Column], rows: Iterable[Mapping[str, str]]) -> None:
    """Write `rows` after those of the file at `path`, which was written by `write_table` and edited by people since.

    What stands in it stays as it is, columns of their own too, and so do its delimiter and modification time. The file
    is replaced whole, or stays as it was. Raises what `read_table` and `write_table` do; TryAgain when it is open in a
    spreadsheet program, or when somebody saved it meanwhile.
    """
    if lock := next((one for one in _locks(path) if one.exists()), None):
        raise TryAgain(
            f"source {name!r}: {path} is open in a spreadsheet program; close it there (or delete {lock.name} when "
            "nobody has it open) and run again"
        )
    known = _Columns(name, path, (), [column.name for column in columns])
    with replacing(path) as made:
        before = path.stat()
        match path.suffix.lower():
            case ".xlsx":
                append_workbook(name, path, made, known.named, rows)
            case ".jsonl":
                with made.open("w", encoding="utf-8", errors="surrogateescape", newline="") as text:
                    _copy(path, "utf-8", text)
                    text.writelines(_json_line([column.name for column in columns], row) for row in rows)
            case ".csv" | ".tsv":
                form = _csv(name, path, known)
                names = known.named(*next(_csv_rows(name, path, form)))
                encoding = "utf-8-sig" if form.encoding == "cp1252" else form.encoding
                with made.open("w", encoding=encoding, newline="") as text:
                    _copy(path, form.encoding, text)
                    _write_csv(text, form.delimiter, names, rows)
            case _:
                raise InputError(f"{path}: expected a file of the kinds .csv, .jsonl, .xlsx; name another")
        shutil.copystat(path, made)
        now = path.stat()
        if (now.st_mtime_ns, now.st_size, now.st_ino) != (before.st_mtime_ns, before.st_size, before.st_ino):
            raise TryAgain(f"source {name!r}: {path}: somebody saved it meanwhile; run again")


def _headed(columns: _Columns, rows: Iterator[tuple[str, list[str]]], shifts: bool) -> Iterator[Row]:
    """The rows after the header. With `shifts`, cells beyond it mean that a row is out of joint."""
    names: list[str] = []
    for place, cells in rows:
        if not names:
            while cells and not shifts and not cells[-1].strip():
                cells.pop()
            names = columns.named(place, cells)
            continue
        if not any(cell and not cell.isspace() for cell in cells):
            continue
        if shifts and any(cell.strip() for cell in cells[len(names) :]):
            yield Row(place, None, f"expected {len(names)} cells, got {len(cells)}; are the texts in quotes?")
            continue
        fields = dict.fromkeys(names, "")
        for number, cell in enumerate(cells):
            if number < len(names) or cell:
                fields[names[number] if number < len(names) else f"column {number + 1}"] = cell
        yield Row(place, fields, None)
    if not names:
        columns.named("", ())


def _json_rows(name: str, path: Path, columns: _Columns) -> Iterator[Row]:
    for record in read_lines(name, path, "a table"):
        if record.fields is None:
            yield Row(record.where(), None, record.problem)
            continue
        fields = {columns.spelled(column): _json_text(value) for column, value in record.fields.items()}
        given = {columns.spelled(column): value for column, value in record.fields.items()}
        wrong = [column for column in columns.needed if isinstance(given.get(column, []), list | dict)]
        if len(fields) < len(record.fields):
            yield Row(record.where(), None, "expected each key once, got two spellings of one")
        elif wrong:
            found = kind(given[wrong[0]]) if wrong[0] in given else "nothing"
            yield Row(record.where(), None, f"{wrong[0]}: expected text, got {found}")
        elif any(value.strip() for value in fields.values()):
            yield Row(record.where(), fields, None)


def _text_rows(name: str, path: Path, text_field: str) -> Iterator[Row]:
    encoding = _encoding(name, path)
    with path.open(encoding=encoding) as lines:
        for number, line in enumerate(_decoded(name, path, lines), start=1):
            if value := line.strip():
                yield Row(f"line {number}", {text_field: value}, None)


def _csv(name: str, path: Path, columns: _Columns) -> _Csv:
    """How the file is written, as far as its beginning tells."""
    encoding = _encoding(name, path)
    with path.open(encoding=encoding, newline="") as text:
        head = next(_decoded(name, path, iter(partial(text.read, _HEADER_CHARACTERS), "")), "")

    def parts(delimiter: str) -> tuple[int, int]:
        header = next(filter(any, csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)), [])
        return len({columns.spelled(cell) for cell in header} & {*columns.needed}), len(header)

    return _Csv(encoding, max(_DELIMITERS, key=parts))


def _csv_rows(name: str, path: Path, form: _Csv) -> Iterator[tuple[str, list[str]]]:
    csv.field_size_limit(RECORD_BYTES)
    with path.open(encoding=form.encoding, newline="") as text:
        reader = csv.reader(text, delimiter=form.delimiter, strict=True)
        line = 1
        while True:
            try:
                cells = next(reader, None)
            except (csv.Error, UnicodeDecodeError):
                expected = "CSV; a quote is not closed, not doubled, or follows other text of its cell"
                raise broken(name, path, f"from line {line} on", expected, "mend the quotes there") from None
            if cells is None:
                return
            if any(cells):
                yield f"line {line}", [_unguarded(cell) for cell in cells]
            line = reader.line_num + 1


def _encoding(name: str, path: Path) -> str:
    """The encoding of a text file: Windows-1252 when it is not UTF-8 and no line of it has letters of UTF-8."""
    broken_line, unicode, western = 0, False, True
    with opened(name, path, "a table in text") as handle:
        if handle.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        handle.seek(0)
        for number, line in enumerate(iter(partial(handle.readline, RECORD_BYTES), b""), start=1):
            if b"\0" in line:
                raise broken(name, path, f"line {number}", "a table in text, got binary data", "name the right file")
            if _decodes(line, "utf-8"):
                unicode = unicode or not line.isascii()
            else:
                broken_line = broken_line or number
                western = western and _decodes(line, "cp1252")
    if not broken_line:
        return "utf-8-sig"
    if unicode or not western:
        raise broken(name, path, f"line {broken_line}", "UTF-8 text", "save it as UTF-8")
    _log.warning("source %r: %s: it is not UTF-8 and was read as Windows-1252; better save it as UTF-8", name, path)
    return "cp1252"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(name: str, path: Path, pieces: Iterator[str]) -> Iterator[str]:
    try:
        yield from pieces
    except UnicodeDecodeError:
        raise broken(name, path, "", "text in the encoding that its first bytes tell", "save it as UTF-8") from None


def _json_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else as_text(value)


def _json_line(names: Sequence[str], row: Mapping[str, str]) -> str:
    return json.dumps({column: row.get(column, "") for column in names}, ensure_ascii=False) + "\n"


def _write_csv(text: TextIO, delimiter: str, names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([_guarded(row.get(column, "")) for column in names] for row in rows)


def _guarded(text: str) -> str:
    text = text.replace("\0", "\ufffd")
    return f"'{text}" if DANGEROUS.match(text.lstrip("'")) else text


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and DANGEROUS.match(cell.lstrip("'")) else cell


def _copy(path: Path, encoding: str, target: TextIO) -> None:
    """Copy a text file, and end its last line where it has no end."""
    last = ""
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as text:
        while piece := text.read(_HEADER_CHARACTERS):
            target.write(piece)
            last = piece[-1]
    if last not in ("", "\n", "\r"):
        target.write("\n")


def _plain(column: str) -> str:
    return _APART.sub("_", column.strip().casefold())


def _locks(path: Path) -> tuple[Path, ...]:
    """The files by which Excel and LibreOffice tell others that they have `path` open."""
    return path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write, which then takes the place of `path`; nothing is left of it when that fails.

    Raises InputError when the system says no.
    """
    made = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield made
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        made.replace(path)
    except OSError as error:
        raise InputError(f"{path}: it cannot be written ({error.strerror}); mend that and run again") from error
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)
