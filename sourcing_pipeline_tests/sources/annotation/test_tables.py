import csv
import logging
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as clock
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.sources.annotation import workbooks
from sourcing_pipeline.sources.annotation.tables import Column, Row, append_table, read_table, write_table

FORMATS = ("csv", "jsonl", "xlsx")
SECRET = "maria@example.com"
COLUMNS = [Column("key", 14, given=True), Column("text", 60), Column("tone", choices=("met", "not_met"), prompt="Tone")]
DANGEROUS = ("=1+1", "+49 151", "-5", "@SUM(1)", "\tx", "\rx", "\nx", " =1", "＝1", "'=1", "''-1")
HOSTILE = (*DANGEROUS, "_x0041_", "_x000D_", "_x005F_", "#N/A", "TRUE", "1e5", "2026-01-01", "\x01\x1f\ufffe", "a\r\nb")
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=60)


def rows_of(path: Path, **options: Any) -> list[Row]:
    return list(read_table("faq", path, **options))


def fields_of(path: Path, **options: Any) -> list[dict[str, str] | None]:
    return [row.fields for row in rows_of(path, **options)]


def error_of(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        rows_of(path, **options)
    message = str(caught.value)
    assert str(path) in message
    assert SECRET not in message
    return message


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(folder: Path, *rows: list[Any], name: str = "t.xlsx") -> Path:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    made.save(folder / name)
    return folder / name


def repacked(path: Path, parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """The workbook at `path` with some parts replaced or added."""
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in (kept | parts).items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("suffix", FORMATS)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
@example(rows=[(text, text) for text in HOSTILE])
def test_what_is_written_is_read_again_letter_for_letter(suffix: str, rows: list[tuple[str, str]]) -> None:
    wanted = [{"key": f"k{number}", "text": one, "tone": two} for number, (one, two) in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t.{suffix}"
        write_table(path, COLUMNS, wanted or [{"key": "k"}])
        assert fields_of(path, needed=["key"]) == (wanted or [{"key": "k", "text": "", "tone": ""}])


@pytest.mark.parametrize("suffix", FORMATS)
@given(first=st.lists(TEXTS, min_size=1, max_size=4), later=st.lists(TEXTS, max_size=4))
@example(first=list(HOSTILE), later=list(HOSTILE))
def test_what_is_appended_stands_below_what_was_there(suffix: str, first: list[str], later: list[str]) -> None:
    rows = [{"key": f"k{number}", "text": one, "tone": ""} for number, one in enumerate([*first, *later])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t.{suffix}"
        write_table(path, COLUMNS, rows[: len(first)])
        append_table("faq", path, COLUMNS, rows[len(first) :])
        assert fields_of(path) == rows


def test_csv_shows_another_character_for_nul(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", COLUMNS, [{"key": "a\0b"}])
    assert fields_of(tmp_path / "t.csv")[0] == {"key": "a\ufffdb", "text": "", "tone": ""}


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_in_csv_begins_like_a_formula(tmp_path: Path, text: str) -> None:
    write_table(tmp_path / "t.csv", COLUMNS, [{"key": "k", "text": text}])
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert list(csv.reader(handle))[1][1] == f"'{text}"


@pytest.mark.parametrize("appended", [False, True])
def test_no_text_in_a_workbook_is_a_formula_also_after_it_is_edited(tmp_path: Path, appended: bool) -> None:
    path = tmp_path / "t.xlsx"
    rows = [{"key": "k", "text": text} for text in (*HOSTILE, "plain")]
    write_table(path, COLUMNS, [{"key": "k"}] if appended else rows)
    if appended:
        append_table("faq", path, COLUMNS, rows)
    cells = [cell for cell in load_workbook(path).active["B"] if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells[1 : len(DANGEROUS) + 1])
    assert not cells[-1].quotePrefix


def test_a_workbook_has_choices_a_frozen_header_and_grey_cells_where_nothing_is_to_be_written(tmp_path: Path) -> None:
    write_table(tmp_path / "t.xlsx", COLUMNS, [{"key": "k", "text": "long " * 50}])
    sheet = load_workbook(tmp_path / "t.xlsx").active
    (choice,) = sheet.data_validations.dataValidation
    assert (choice.formula1, choice.prompt, choice.type) == ('"met,not_met"', "Tone", "list")
    assert "C2" in choice.sqref
    assert "C900000" in choice.sqref
    assert sheet.freeze_panes == "A2"
    assert sheet["B2"].alignment.wrap_text
    assert sheet.column_dimensions["B"].width == 60
    assert sheet.row_dimensions[2].height == 75
    assert [sheet[at].fill.fill_type for at in ("A2", "B2")] == ["solid", None]


def test_a_text_that_no_cell_holds_is_told_and_never_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for text in (SECRET + "x" * 32_768, "😀" * 16_384):
        with pytest.raises(InputError, match=r"row 2, column text: the text is longer than the 32,767") as caught:
            write_table(tmp_path / "t.xlsx", COLUMNS, [{"text": text}])
        assert SECRET not in str(caught.value)
    assert not list(tmp_path.iterdir())
    write_table(tmp_path / "t.xlsx", COLUMNS, [{"text": "x" * 32_767}])
    assert fields_of(tmp_path / "t.xlsx")[0] == {"key": "", "text": "x" * 32_767, "tone": ""}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_is_read_as_excel_writes_it_in_different_countries(tmp_path: Path, delimiter: str, encoding: str) -> None:
    lines = f'key{delimiter}text\r\nk1{delimiter}"Größe; a, b\tc ""x""\nzweite"\r\n\r\n{delimiter}\r\nk2{delimiter}\r\n'
    path = written(tmp_path, "t.csv", lines.encode(encoding))
    assert rows_of(path) == [
        Row("line 2", {"key": "k1", "text": 'Größe; a, b\tc "x"\nzweite'}, None),
        Row("line 6", {"key": "k2", "text": ""}, None),
    ]


def test_windows_1252_is_warned_of_and_broken_utf_8_is_not_taken_for_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        rows_of(written(tmp_path, "t.csv", "text\nGröße".encode("cp1252")))
    assert "t.csv: it is not UTF-8 and was read as Windows-1252" in caplog.text
    assert "line 3: expected UTF-8 text" in error_of(written(tmp_path, "u.csv", "text\nä\nä".encode()[:-1]))
    assert "line 2: expected UTF-8 text" in error_of(written(tmp_path, "v.csv", b"text\n\x81"))
    assert "encoding" in error_of(written(tmp_path, "w.csv", "text\nä".encode("utf-16")[:-1]))


def test_columns_are_known_whatever_their_spelling(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", " KEY ,Submitted at,Bob's column,\nk,now,b,c\n")
    expected = [{"key": "k", "submitted_at": "now", "Bob's column": "b", "column 4": "c"}]
    assert fields_of(path, needed=["key"], optional=["submitted_at"]) == expected
    path = written(tmp_path, "t.jsonl", '{"Key": "k", "submitted-at": "now", "Mine": 1}')
    assert fields_of(path, needed=["key"], optional=["submitted_at"]) == [
        {"key": "k", "submitted_at": "now", "Mine": "1"}
    ]


def test_a_header_without_a_needed_column_or_with_one_twice_is_refused_without_its_text(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", f"\n{SECRET},text\na,b\n")
    assert "line 2: expected a header with the columns key, text; missing: key" in error_of(
        path, needed=["key", "text"]
    )
    path = written(tmp_path, "u.csv", f"{SECRET},b,{SECRET}\na,b,c\n")
    assert "line 1: expected a header that names each column once, but column 3 repeats" in error_of(path)
    assert "missing: key" in error_of(workbook(tmp_path, ["text"], ["a"]), needed=["key"])
    assert "missing: key" in error_of(workbook(tmp_path, name="empty.xlsx"), needed=["key"])


def test_a_row_with_more_cells_than_the_header_has_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", f"key,text\nk1,a\nk2,one, {SECRET}\nk3\nk4,b,,\n")
    rows = rows_of(path)
    assert rows[1] == Row("line 3", None, "expected 2 cells, got 3; are the texts in quotes?")
    assert [row.fields for row in rows if row.fields] == [
        {"key": "k1", "text": "a"},
        {"key": "k3", "text": ""},
        {"key": "k4", "text": "b"},
    ]


@pytest.mark.parametrize("end", ['k2,"never closed\nk3,a\n', 'k2,"a" b\n'])
def test_a_quote_that_swallows_rows_is_told_with_its_line(tmp_path: Path, end: str) -> None:
    assert "from line 3 on: expected CSV; a quote" in error_of(written(tmp_path, "t.csv", f"key,text\nk1,a\n{end}"))


def test_json_lines_give_texts_and_tell_of_broken_lines(tmp_path: Path) -> None:
    lines = (
        '{"key": "k", "n": 3.0, "yes": true, "none": null, "list": ["ä"]}',
        '{"key": ["a"]}',
        '{"text": "no key"}',
        "{",
        '{"Key": "a", "KEY": "b"}',
        "{}",
    )
    rows = rows_of(written(tmp_path, "t.jsonl", "\n".join(lines)), needed=["key"])
    assert rows[0].fields == {"key": "k", "n": "3", "yes": "true", "none": "", "list": '["ä"]'}
    assert [(row.place, row.problem) for row in rows[1:]] == [
        ("line 2", "key: expected text, got a list"),
        ("line 3", "key: expected text, got nothing"),
        ("line 4", "column 2: expected JSON (Expecting property name enclosed in double quotes)"),
        ("line 5", "expected each key once, got two spellings of one"),
        ("line 6", "key: expected text, got nothing"),
    ]


def test_a_text_file_has_a_value_a_line(tmp_path: Path) -> None:
    path = written(tmp_path, "t.TXT", "\ufeffone, two\r\n\r\n  =three \r\n")
    assert rows_of(path, text_field="instruction") == [
        Row("line 1", {"instruction": "one, two"}, None),
        Row("line 3", {"instruction": "=three"}, None),
    ]


def test_the_cells_of_a_workbook_are_read_as_text(tmp_path: Path) -> None:
    values = [1, 2.5, 3.0, True, None, datetime(2026, 3, 1), datetime(2026, 3, 1, 9, 30), clock(9, 30), "#N/A", "=1+1"]
    path = workbook(
        tmp_path, [f"c{n}" for n in range(11)], [], [*values, timedelta(minutes=2)], ["x", *[None] * 11, "y"]
    )
    first, second = rows_of(path)
    texts = ["1", "2.5", "3", "true", "", "2026-03-01", "2026-03-01T09:30:00", "09:30:00", "#N/A", "", "120"]
    assert (first.place, first.fields) == ("row 3", dict(zip([f"c{n}" for n in range(11)], texts, strict=True)))
    assert second.fields
    assert (second.fields["c0"], second.fields["column 13"]) == ("x", "y")


def test_only_the_first_sheet_is_read_whatever_size_it_says_it_has(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["key"], ["a"], ["b"])
    book = load_workbook(path)
    book.create_sheet("Later").append(["c"])
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b'ref="A1:A3"' in sheet
    repacked(path, {"xl/worksheets/sheet1.xml": sheet.replace(b'ref="A1:A3"', b'ref="A1"')})
    assert fields_of(path) == [{"key": "a"}, {"key": "b"}]


def test_files_of_other_kinds_are_refused_by_name(tmp_path: Path) -> None:
    book = workbook(tmp_path, ["key"], [SECRET]).read_bytes()
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert "no such file" in error_of(tmp_path / "none.csv")
    assert "no such file" in error_of(tmp_path / "none.xlsx")
    assert "the file is empty" in error_of(written(tmp_path, "empty.csv", ""))
    assert "binary data" in error_of(written(tmp_path, "book.csv", book))
    assert "binary data" in error_of(written(tmp_path, "book.txt", book))
    assert "binary data" in error_of(written(tmp_path, "book.jsonl", book))
    assert "a JSON list" in error_of(written(tmp_path, "list.jsonl", "[1]"))
    assert "one with a password, or an old .xls" in error_of(written(tmp_path, "secret.xlsx", ole))
    assert "cannot be read (BadZipFile)" in error_of(written(tmp_path, "text.xlsx", "key\na"))
    assert "cannot be read" in error_of(written(tmp_path, "half.xlsx", book[: len(book) // 2]))
    assert "expected a file of the kinds .csv" in error_of(written(tmp_path, "t.ods", book))
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("a.txt", SECRET)
    assert "cannot be read (KeyError)" in error_of(tmp_path / "zip.xlsx")
    with pytest.raises(InputError, match=r"expected a file of the kinds .csv, .jsonl, .xlsx"):
        write_table(tmp_path / "t.ods", COLUMNS, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"]
)
def test_a_workbook_with_entities_is_refused_before_it_is_read(tmp_path: Path, part: str, encoding: str) -> None:
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "{SECRET}">]><x>&a;</x>'
    path = repacked(workbook(tmp_path, ["key"], ["a"]), {part: bomb.encode(encoding)})
    assert "got XML with a document type" in error_of(path)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "UNPACKED_BYTES", 1 << 20)
    path = repacked(workbook(tmp_path, ["key"], ["a"]), {"xl/worksheets/sheet1.xml": b" " * (1 << 21)})
    assert "unpacks to at most 1 MiB" in error_of(path)


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = repacked(workbook(tmp_path, ["key"], ["a"]), {"xl/workbook.xml": b" " * (1 << 24)})
    content = path.read_bytes()
    size = (1 << 24).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (500).to_bytes(4, "little")))
    assert "cannot be read (BadZipFile)" in error_of(path)


def test_a_workbook_packed_in_an_unbounded_way_or_with_too_many_parts_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repacked(workbook(tmp_path, ["key"], ["a"]), {}, zipfile.ZIP_BZIP2)
    assert "cannot be read (BadZipFile)" in error_of(path)
    monkeypatch.setattr(workbooks, "MEMBERS", 3)
    assert "of at most 3 parts" in error_of(workbook(tmp_path, ["key"], ["a"]))


def test_a_sheet_that_claims_endless_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path, ["key"], ["a"])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b'<row r="2">', b'<row r="99999999999">').replace(b'r="A2"', b"")
    assert far != sheet
    monkeypatch.setattr(workbooks, "SHEET_ROWS", 10_000)
    assert "a sheet of at most 10,000 rows" in error_of(repacked(path, {"xl/worksheets/sheet1.xml": far}))


def test_appending_leaves_all_that_people_wrote_in_csv_byte_for_byte(tmp_path: Path) -> None:
    edited = 'Key;text;"Bob\'s column"\nk1;"=kept; as it is";\'x\nk2;ä;"two\nlines"'
    path = written(tmp_path, "t.csv", edited)
    os.utime(path, (1e9, 1e9))
    append_table("faq", path, COLUMNS, [{"key": "k3", "text": "-new;", "tone": "met"}])
    assert path.read_bytes() == b"\xef\xbb\xbf" + edited.encode() + b'\nk3;"\'-new;";\r\n'
    assert path.stat().st_mtime == 1e9


def test_appending_to_windows_1252_makes_it_utf_8_and_to_utf_16_leaves_it(tmp_path: Path) -> None:
    for encoding, after in (("cp1252", "utf-8-sig"), ("utf-16", "utf-16")):
        path = written(tmp_path, f"{encoding}.csv", "key\ttext\nk1\tGröße\n".encode(encoding))
        append_table("faq", path, COLUMNS, [{"key": "k2", "text": "😀"}])
        assert path.read_bytes() == "key\ttext\nk1\tGröße\nk2\t😀\r\n".encode(after)


def test_appending_leaves_json_lines_that_nobody_could_read(tmp_path: Path) -> None:
    path = written(tmp_path, "t.jsonl", b'{"key": "k1", "mine": {"a": [1]}}\n{ \xff')
    append_table("faq", path, [Column("key")], [{"key": "k2"}])
    assert path.read_bytes() == b'{"key": "k1", "mine": {"a": [1]}}\n{ \xff\n{"key": "k2"}\n'


def test_appending_keeps_the_formulas_styles_notes_and_sheets_of_a_workbook(tmp_path: Path) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    path = tmp_path / "t.xlsx"
    write_table(path, COLUMNS, [{"key": "k1", "text": "a"}, {"key": "k2", "text": "b"}])
    book = load_workbook(path)
    sheet = book.active
    sheet["D1"], sheet["D2"], sheet["B3"] = "Mine", "=1+1", "changed"
    sheet["C2"].comment = Comment("see below", "anna")
    sheet["C2"].font = Font(color="FF0000")
    sheet["C50"].font = Font(color="FF0000")
    sheet.row_dimensions[3].height = 99
    book.create_sheet("Notes").append(["kept"])
    book.save(path)
    append_table("faq", path, COLUMNS, [{"key": "k3", "text": "=c"}])
    book = load_workbook(path)
    sheet = book.worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(max_row=4)] == [
        ["key", "text", "tone", "Mine"],
        ["k1", "a", None, "=1+1"],
        ["k2", "changed", None, None],
        ["k3", "=c", None, None],
    ]
    assert (sheet["C2"].comment.text, sheet["C2"].font.color.rgb) == ("see below", "00FF0000")
    assert (sheet["B4"].data_type, sheet["A4"].fill.fill_type) == ("s", "solid")
    assert sheet.row_dimensions[3].height == 99
    assert book["Notes"]["A1"].value == "kept"
    assert len(sheet.data_validations.dataValidation) == 1
    with zipfile.ZipFile(path) as archive:
        assert b"customHeight" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("lock", ["~$t.{}", ".~lock.t.{}#"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_that_is_open_in_a_spreadsheet_is_not_touched(tmp_path: Path, suffix: str, lock: str) -> None:
    path = tmp_path / f"t.{suffix}"
    write_table(path, COLUMNS, [{"key": "k1"}])
    before = path.read_bytes()
    (tmp_path / lock.format(suffix)).touch()
    with pytest.raises(TryAgain, match="is open in a spreadsheet program; close it there"):
        append_table("faq", path, COLUMNS, [{"key": "k2"}])
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_that_is_saved_while_rows_are_appended_is_not_overwritten(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t.{suffix}"
    write_table(path, COLUMNS, [{"key": "k1"}])

    def saved_meanwhile() -> Iterator[dict[str, str]]:
        yield {"key": "k2"}
        path.write_bytes(b"what anna wrote")

    with pytest.raises(TryAgain, match="somebody saved it meanwhile"):
        append_table("faq", path, COLUMNS, saved_meanwhile())
    assert path.read_bytes() == b"what anna wrote"
    assert list(tmp_path.iterdir()) == [path]


KILLED = """
import os, sys
from pathlib import Path
from sourcing_pipeline.sources.annotation.tables import Column, append_table, write_table

def rows():
    for number in range(2000):
        yield {"key": str(number), "text": "x" * 100}
    os.kill(os.getpid(), 9)

path, columns = Path(sys.argv[1]), [Column("key"), Column("text")]
write_table(path, columns, rows()) if sys.argv[2] == "write" else append_table("faq", path, columns, rows())
"""


@pytest.mark.parametrize("call", ["write", "append"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_process_that_is_killed_halfway_leaves_the_file_as_it_was(tmp_path: Path, suffix: str, call: str) -> None:
    path = tmp_path / f"t.{suffix}"
    write_table(path, COLUMNS, [{"key": "k1"}])
    before = path.read_bytes()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), call], env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    assert killed.returncode == -9
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path, suffix: str) -> None:
    written(tmp_path, "file", "")
    with pytest.raises(InputError, match="it cannot be written"):
        write_table(tmp_path / "file" / f"t.{suffix}", COLUMNS, [{"key": "k1"}])


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "txt"])
def test_text_is_read_as_it_is_asked_for(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, f"t.{suffix}", '"text"\n' if suffix == "csv" else "")
    with path.open("a") as handle:
        handle.writelines(f'{{"text": "{number}"}}\n' for number in range(20_000))
    if suffix == "csv":
        path.write_text(path.read_text().replace('{"text": "', '"').replace('"}', '"'))
    assert len(list(islice(read_table("faq", path), 3))) == 3
    assert len(rows_of(path)) == 20_000
