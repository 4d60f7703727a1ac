"""Excel workbooks: the rows of the first sheet as text; written so that a stranger's text is never a formula.

A workbook is not trusted: it is unpacked within bounds, and one with a document type (entities) is refused, before
openpyxl sees it.
"""

import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple
from xml.parsers import expat

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.records import broken, opened

UNPACKED_BYTES = 1 << 28
"""No workbook may be larger than 256 MiB once it is unpacked."""
MEMBERS = 10_000
SHEET_ROWS = 1 << 20
CELL_CHARACTERS = 32_767
"""What a cell of Excel holds, in units of UTF-16."""
DANGEROUS = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
"""How a text begins that a spreadsheet may take for a formula."""

_EXPECTED = "a workbook (.xlsx)"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK_BYTES = 1 << 16
_BATCH_ROWS = 500
_GREY = "E7E6E6"
_PROMPT_CHARACTERS = 255
_LINE_POINTS = 15
_MAX_HEIGHT_POINTS = 409
_ESCAPED = re.compile("_x(00[01][0-9A-Fa-f]|005[Ff]|[Ff]{3}[EeFf])_")
_TO_ESCAPE = re.compile("[\0-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

Named = Callable[[str, Sequence[str]], Sequence[str]]
"""The names of a table's columns, from the place and the cells of its header."""


class Column(NamedTuple):
    """A column of a table that people fill in.

    What follows the name is for workbooks: the width in characters, the words to pick from (none: any text), what is
    told of the column while one of its cells is filled in, and whether its cells are given, hence grey.
    """

    name: str
    width: int = 20
    choices: tuple[str, ...] = ()
    prompt: str = ""
    given: bool = False


def read_workbook(name: str, path: Path) -> Iterator[tuple[str, list[str]]]:
    """The rows of the first sheet that are not blank, as text, with their places (`row 3`); the header is the first.

    A date is ISO 8601, a whole number has no point, a duration is in seconds, a boolean is `true` or `false`. Formulas
    are not evaluated: the value counts that was saved with them, and a formula without one is blank. Control
    characters are read from Excel's escapes (`_x000D_`), as which they are written. Raises InputError when the file is
    missing, encrypted, too large or no workbook.
    """
    with _opened(name, path, read_only=True, data_only=True) as workbook:
        sheet = _first_sheet(name, path, workbook)
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True)
        number = 0
        while batch := _batch(name, path, rows):
            for row in batch:
                number += 1
                cells = [as_text(value) for value in row]
                if any(cell and not cell.isspace() for cell in cells):
                    yield f"row {number}", cells
            if number > SHEET_ROWS:
                raise broken(name, path, "", f"a sheet of at most {SHEET_ROWS:,} rows", "take out the others")


def write_workbook(path: Path, columns: Sequence[Column], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a workbook with one sheet to `path`. Raises InputError for a text that is too long for a cell."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Table")
    _lay_out(sheet, columns)
    wrapped, grey = Alignment(wrap_text=True, vertical="top"), PatternFill("solid", _GREY)
    bold = Font(name="Calibri", size=11, bold=True)

    def cell(column: Column, text: str, place: str) -> Any:
        made = WriteOnlyCell(sheet)
        _fill(made, text, f"{path}, {place}, column {column.name}")
        made.alignment = wrapped
        if column.given:
            made.fill = grey
        return made

    header = [cell(column, column.name, "header") for column in columns]
    for one in header:
        one.font = bold
    sheet.append(header)
    try:
        for number, row in enumerate(rows, start=2):
            sheet.row_dimensions[number] = _height((row.get(column.name, ""), column.width) for column in columns)
            sheet.append([cell(column, row.get(column.name, ""), f"row {number}") for column in columns])
        sheet.close()
        workbook.save(path)
    except BaseException:
        if not sheet.closed:
            sheet.close()
        with suppress(OSError):
            sheet._writer.cleanup()
        raise


def append_workbook(name: str, path: Path, target: Path, named: Named, rows: Iterable[Mapping[str, str]]) -> None:
    """Write the workbook at `path` with `rows` after the last one of its first sheet to `target`.

    Cells, formulas, styles, notes and other sheets stay; pictures, charts and styles of single words do not.
    Raises what `read_workbook` and `write_workbook` do.
    """
    from openpyxl.utils import get_column_letter

    with _opened(name, path) as workbook:
        sheet = _first_sheet(name, path, workbook)
        used = [number for number, row in enumerate(sheet.iter_rows(values_only=True), 1) if any(map(as_text, row))]
        header, last = (used[0], used[-1]) if used else (1, 1)
        names = named(f"row {header}", [as_text(cell.value) for cell in sheet[header]])
        for number, known in list(sheet.row_dimensions.items()):
            sheet.row_dimensions[number] = {key: value for key, value in known if key != "customHeight"}
        widths = [sheet.column_dimensions[get_column_letter(at)].width for at in range(1, len(names) + 1)]
        for number, row in enumerate(rows, start=last + 1):
            for at, column in enumerate(names, start=1):
                made = sheet.cell(number, at)
                if last > header:
                    made._style = copy(sheet.cell(last, at)._style)
                _fill(made, row.get(column, ""), f"{path}, row {number}, column {column}")
            texts = (row.get(column, "") for column in names)
            sheet.row_dimensions[number] = _height(zip(texts, widths, strict=True))
        workbook.save(target)


def as_text(value: object) -> str:
    """A cell's value as text; see `read_workbook`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return as_text(value.total_seconds())
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    text = str(value)
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _fill(cell: Any, text: str, where: str) -> None:
    """Put `text` into a cell as a string, whatever it looks like, with control characters written as Excel does."""
    written = _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    if len(written) > CELL_CHARACTERS // 2 and len(written.encode("utf-16-le")) // 2 > CELL_CHARACTERS:
        mend = "use the format csv or jsonl"
        raise InputError(f"{where}: the text is longer than the {CELL_CHARACTERS:,} characters of a cell; {mend}")
    if written:
        cell.value = written
        cell.data_type = "s"
    cell.quotePrefix = text.startswith("'") or DANGEROUS.match(text) is not None


def _height(cells: Iterable[tuple[str, float]]) -> dict[str, str]:
    """A row's height for texts in columns so wide, in characters, as an attribute of its XML; programs that don't fit
    it to what is in the row begin with it. openpyxl's own would hold it fast while the row is filled in.
    """
    lines = max(sum(1 + int(len(line) // width) for line in text.split("\n")) for text, width in cells)
    return {"ht": str(min(_LINE_POINTS * lines, _MAX_HEIGHT_POINTS))}


def _lay_out(sheet: Any, columns: Sequence[Column]) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for number, column in enumerate(columns, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        if column.choices:
            choice = DataValidation("list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
            choice.error, choice.showErrorMessage = "Pick one of the list.", True
            if column.prompt:
                choice.prompt, choice.showInputMessage = column.prompt[:_PROMPT_CHARACTERS], True
            choice.add(f"{letter}2:{letter}{SHEET_ROWS}")
            sheet.data_validations.append(choice)


def _batch(name: str, path: Path, rows: Iterator[Any]) -> list[Any]:
    """The next rows, none at the end; openpyxl's warnings about what it does not know are silenced."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(islice(rows, _BATCH_ROWS))
    except Exception as error:
        raise _unreadable(name, path, error) from None


def _first_sheet(name: str, path: Path, workbook: Any) -> Any:
    if not workbook.worksheets:
        raise broken(name, path, "", "a sheet with cells", "save the table as the first sheet")
    return workbook.worksheets[0]


@contextmanager
def _opened(name: str, path: Path, **options: bool) -> Iterator[Any]:
    """The workbook as openpyxl has it, closed afterwards."""
    from openpyxl import load_workbook

    with SpooledTemporaryFile(max_size=1 << 25) as copied:
        _unpack(name, path, copied)
        copied.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                workbook = load_workbook(copied, **options)
        except Exception as error:
            raise _unreadable(name, path, error) from None
        try:
            yield workbook
        finally:
            workbook.close()


def _unpack(name: str, path: Path, target: IO[bytes]) -> None:
    """Copy the archive without compression, so that its members are as large as they say.

    Raises InputError when it is none, is too large, or has XML with a document type.
    """
    with opened(name, path, _EXPECTED) as handle:
        if handle.read(len(_OLE)) == _OLE:
            mend = "save it as .xlsx without a password"
            raise broken(name, path, "", f"{_EXPECTED}, got one with a password, or an old .xls", mend)
        try:
            with zipfile.ZipFile(handle) as archive, zipfile.ZipFile(target, "w") as copied:
                members = {one.filename: one for one in archive.infolist() if not one.is_dir()}
                if len(members) > MEMBERS:
                    raise broken(name, path, "", f"{_EXPECTED} of at most {MEMBERS:,} parts", "save it anew")
                left = UNPACKED_BYTES
                for one in members.values():
                    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                        raise zipfile.BadZipFile
                    with archive.open(one) as part, copied.open(one.filename, "w") as written:
                        left = _copy_part(name, path, part, written, left)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise _unreadable(name, path, error) from None


def _copy_part(name: str, path: Path, part: IO[bytes], written: IO[bytes], left: int) -> int:
    """Copy one part of the archive; how many of the `left` bytes are left."""
    kinds: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda kind, *_: kinds.append(kind)
    is_xml = True
    while chunk := part.read(_CHUNK_BYTES):
        left -= len(chunk)
        if left < 0:
            limit = f"{UNPACKED_BYTES >> 20:,} MiB"
            raise broken(name, path, "", f"{_EXPECTED} that unpacks to at most {limit}", "split the table")
        try:
            if is_xml:
                parser.Parse(chunk)
        except (expat.ExpatError, ValueError, LookupError):
            is_xml = False
        if kinds:
            mend = "save it anew with a spreadsheet program"
            raise broken(name, path, "", f"{_EXPECTED}, got XML with a document type", mend)
        written.write(chunk)
    return left


def _unreadable(name: str, path: Path, error: Exception) -> InputError:
    mend = "open it in a spreadsheet program and save it as .xlsx"
    return broken(name, path, "", f"{_EXPECTED}, got one that cannot be read ({type(error).__name__})", mend)
