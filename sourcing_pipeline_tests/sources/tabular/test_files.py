import contextlib
import csv
import gzip
import io
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources import json_files
from sourcing_pipeline.sources.tabular import FileRows, json_lines

Told = Callable[..., list[dict[str, Any]]]
AT = pa.timestamp("us", "UTC")
WANTED = pa.schema(
    [pa.field("id", pa.string(), nullable=False), pa.field("at", AT), pa.field("tags", pa.list_(pa.string()))]
)
ZONE = ZoneInfo("UTC")
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
WINDOW = Window(AS_OF, ZONE)
MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "at": "2026-03-01T12:00:00Z", "tags": ["a", "b"]},
    {"id": "two\nlines", "at": "2026-03-02 12:00:00", "tags": None},
    {"id": "3", "at": None, "tags": []},
]


def as_jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0])
    cells = [[row[name] for name in rows[0]] for row in rows]
    writer.writerows([json.dumps(cell) if isinstance(cell, list) else cell for cell in row] for row in cells)
    return text.getvalue().encode("utf-8-sig")


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    made = io.BytesIO()
    texts = [{key: str(cell) if isinstance(cell, int) else cell for key, cell in row.items()} for row in rows]
    pq.write_table(pa.Table.from_pylist(texts), made, row_group_size=2)
    return made.getvalue()


FORMATS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "jsonl": as_jsonl,
    "ndjson": as_jsonl,
    "jsonl.gz": lambda rows: gzip.compress(as_jsonl(rows)),
    "csv": as_csv,
    "csv.gz": lambda rows: gzip.compress(as_csv(rows)),
    "tsv": lambda rows: as_csv([{"id": 1, "at": "2026-03-01T12:00:00Z"}, *rows[1:]]).replace(b",", b"\t"),
    "parquet": as_parquet,
}


def files(path: Path | str, **fields: Any) -> FileRows:
    return FileRows(type="files", path=str(path), **fields)


def day(*days: str) -> Window:
    return Window(AS_OF, ZONE, days)


@pytest.mark.parametrize("suffix", [suffix for suffix in FORMATS if suffix != "tsv"])
def test_every_format_gives_the_same_rows(suffix: str, tmp_path: Path, told: Told) -> None:
    path = tmp_path / f"rows.{suffix}"
    path.write_bytes(FORMATS[suffix](ROWS))
    rows = told(files(path).read("src", WINDOW, WANTED, ("at",)))
    assert [(row["id"], row["at"], row["tags"]) for row in rows] == [
        ("1", MARCH, ["a", "b"]),
        ("two\nlines", MARCH + timedelta(days=1), None),
        ("3", None, []),
    ]
    assert [row["problem"] for row in rows] == [None] * 3
    assert [row["first"] for row in rows] == [True, False, False]


@pytest.mark.parametrize(("suffix", "places"), [("jsonl", "line 1"), ("csv", "line 2"), ("parquet", "row 1")])
def test_a_row_says_where_it_is(suffix: str, places: str, tmp_path: Path, told: Told) -> None:
    path = tmp_path / f"rows.{suffix}"
    path.write_bytes(FORMATS[suffix](ROWS))
    rows = told(files(path).read("src", WINDOW, WANTED, ()))
    assert rows[0]["place"] == f"rows.{suffix} {places}"
    number = int(places.split()[1])
    after = number + (3 if suffix == "csv" else 2)
    assert rows[2]["place"] == f"rows.{suffix} {places.split()[0]} {after}"


def test_a_tab_separates_tsv_and_a_delimiter_can_be_named(tmp_path: Path, told: Told) -> None:
    (tmp_path / "a.tsv").write_text("id\tat\n1\t2026-03-01\n")
    (tmp_path / "b.csv").write_text("id;at\n1;2026-03-01\n")
    for rows in (files(tmp_path / "a.tsv"), files(tmp_path / "b.csv", delimiter=";")):
        (row,) = told(rows.read("src", WINDOW, WANTED, ()))
        assert (row["id"], row["at"]) == ("1", datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_columns_can_be_named_and_left_out(suffix: str, tmp_path: Path, told: Told) -> None:
    path = tmp_path / f"rows.{suffix}"
    path.write_bytes(FORMATS[suffix]([{"key": "k", "at": "2026-03-01", "tags": "x"}]))
    rows = files(path, fields={"id": "key", "tags": None})
    assert [(row["id"], row["tags"]) for row in told(rows.read("src", WINDOW, WANTED, ()))] == [("k", None)]


def test_dots_lead_into_nested_objects(tmp_path: Path, told: Told) -> None:
    record = {"ticket": {"id": 7, "via": {"tags": ["x"]}}}
    (tmp_path / "a.jsonl").write_bytes(as_jsonl([record]))
    pq.write_table(pa.Table.from_pylist([record]), tmp_path / "a.parquet")
    for path in tmp_path.iterdir():
        rows = files(path, fields={"id": "ticket.id", "tags": "ticket.via.tags"})
        (row,) = told(rows.read("src", WINDOW, WANTED, ()))
        assert (row["id"], row["tags"]) == ("7", ["x"])


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_a_missing_column_that_is_needed_is_named_with_those_there_are(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"rows.{suffix}"
    path.write_bytes(FORMATS[suffix]([{"key": "secret", "at": "2026-03-01", "id": "x"}]))
    with pytest.raises(
        InputError, match=r"there is no column `clef`; there are: at, id, key\. Say in `fields`"
    ) as caught:
        list(files(path, fields={"id": "clef"}).read("src", WINDOW, WANTED, ()))
    assert "source 'src'" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_record_may_lack_a_key_that_others_have(tmp_path: Path, told: Told) -> None:
    (tmp_path / "a.jsonl").write_bytes(as_jsonl([{"id": 1}, {"at": "2026-03-01"}]))
    assert [row["id"] for row in told(files(tmp_path / "a.jsonl").read("src", WINDOW, WANTED, ()))] == ["1", None]


@pytest.mark.parametrize(
    ("suffix", "content", "place", "problem"),
    [
        ("jsonl", b'{"id": 1}\n\n{"secret\n', "line 3", ": expected JSON"),
        ("jsonl", b'{"id": 1}\n["secret"]\n', "line 2", "expected a JSON object, got a list"),
        ("jsonl", b'{"id": 1}\n{"id": "\xff"}\n', "line 2", "expected JSON"),
        ("jsonl", b'{"id": 1}\n{"id": {"secret": 1}}\n', "line 2", "id: expected text, got an object"),
        ("jsonl", b'{"id": 1}\n{"id": "a", "at": "secret"}\n', "line 2", "at: expected ISO 8601"),
        ("csv", b"id,at\n1,\n2\n", "line 3", "expected 2 fields, got 1"),
        ("csv", b"id,at\n1,\n\n2,3,4\n", "line 4", "expected 2 fields, got 3"),
        ("csv", b"id,at\n1,\n\xffsecret,\n", "line 3", "id: expected text in UTF-8"),
    ],
)
def test_a_row_that_cannot_be_read_has_its_place_and_problem(
    suffix: str, content: bytes, place: str, problem: str, tmp_path: Path, told: Told
) -> None:
    path = tmp_path / f"rows.{suffix}"
    path.write_bytes(content)
    good, bad = told(files(path).read("src", WINDOW, WANTED, ()))
    assert good["problem"] is None
    assert bad["place"] == f"rows.{suffix} {place}"
    assert problem in bad["problem"]
    assert "secret" not in bad["problem"]


def test_a_line_that_is_too_long_is_a_problem_of_that_line(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "RECORD_BYTES", 100)
    path = tmp_path / "a.jsonl"
    path.write_bytes(as_jsonl([{"id": 1}, {"id": "x" * 1000}, {"id": 3}]))
    rows = told(files(path).read("src", WINDOW, WANTED, ()))
    assert [row["id"] for row in rows] == ["1", None, "3"]
    assert [row["place"] for row in rows][1:] == ["a.jsonl line 2", "a.jsonl line 3"]
    assert rows[1]["problem"] == "expected a line of at most 100 bytes"
    assert json_files.RECORD_BYTES == 1 << 26


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'[{"secret": 1}]', "line 1: expected JSON Lines, got a JSON list"),
        ("a.jsonl", b"PAR1\0\0", "line 1: expected JSON Lines, got binary data"),
        ("a.csv", b"PAR1\0\0", "line 1: expected CSV, got binary data"),
        ("a.parquet", b"secret", "expected a Parquet file that is whole"),
        ("a.parquet", as_parquet(ROWS)[:-9], "expected a Parquet file that is whole"),
        ("a.parquet", b"PAR1" + bytes(200) + as_parquet(ROWS)[200:], "expected a Parquet file that is whole"),
        ("a.jsonl.gz", b"secret", "expected a gzip file that is whole"),
        ("a.jsonl.gz", gzip.compress(as_jsonl(ROWS))[:-9], "expected a gzip file that is whole"),
        ("a.txt", b"", "the suffix does not say the format; set `format`"),
    ],
)
def test_a_file_of_another_kind_is_one_clear_error(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        list(files(tmp_path / name).read("src", WINDOW, WANTED, ()))
    assert str(tmp_path / name) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_endless_quote_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sourcing_pipeline.sources.tabular import csv_rows

    monkeypatch.setattr(csv_rows, "RECORD_BYTES", 1000)
    (tmp_path / "a.csv").write_text('id,at\n1,\n2,"' + "secret\n" * 1000)
    with pytest.raises(InputError, match=r"from line 3 on: expected CSV .* is a quote not closed") as caught:
        list(files(tmp_path / "a.csv").read("src", WINDOW, WANTED, ()))
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "a.csv").chmod(0)
    with pytest.raises(InputError, match="Permission denied"):
        list(files(tmp_path / "a.csv").read("src", WINDOW, WANTED, ()))


@pytest.mark.parametrize("window", [WINDOW, day("2026-03-01")])
def test_no_file_at_all_is_an_error(window: Window, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file; mend `path`"):
        list(files(tmp_path / "t-{%Y-%m-%d}.csv").read("src", window, WANTED, ()))


def test_days_without_a_file_are_empty(tmp_path: Path) -> None:
    (tmp_path / "t-2026-03-01.csv").write_text("id\n1\n")
    assert list(files(tmp_path / "t-{%Y-%m-%d}.csv").read("src", day("2026-03-05"), WANTED, ())) == []


def test_only_the_files_of_the_wanted_days_are_opened(tmp_path: Path, told: Told) -> None:
    for number in range(1, 5):
        folder = tmp_path / f"2026/03/{number:02}"
        folder.mkdir(parents=True)
        (folder / "t-b.jsonl").write_bytes(as_jsonl([{"id": f"b{number}"}]) if number != 4 else b"[broken")
        (folder / "t-a.jsonl").write_bytes(as_jsonl([{"id": f"a{number}"}]))
    made = files(tmp_path / "{%Y/%m/%d}/t-*.jsonl")
    rows = told(made.read("src", day("2026-03-03", "2026-03-01"), WANTED, ()))
    assert [(row["id"], row["day"], row["first"]) for row in rows] == [
        ("a1", "2026-03-01", True),
        ("b1", "2026-03-01", False),
        ("a3", "2026-03-03", True),
        ("b3", "2026-03-03", False),
    ]
    assert rows[0]["place"] == "2026/03/01/t-a.jsonl line 1"


def test_a_file_whose_name_tells_two_days_has_one(tmp_path: Path, told: Told) -> None:
    (tmp_path / "2026-03-01-to-2026-03-02.csv").write_text("id\n1\n")
    made = files(tmp_path / "{%Y-%m-%d}*.csv")
    assert [row["day"] for row in told(made.read("src", WINDOW, WANTED, ()))] == ["2026-03-01"]
    assert told(made.read("src", day("2026-03-02"), WANTED, ())) == []


def test_parquet_row_groups_of_other_days_are_not_read(tmp_path: Path, told: Told) -> None:
    stamps = [MARCH + timedelta(days=number // 2) for number in range(8)]
    table = pa.table({"id": [str(number) for number in range(8)], "at": pa.array(stamps, AT)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    rows = told(files(tmp_path / "a.parquet").read("src", day("2026-03-02", "2026-03-04"), WANTED, ("at",)))
    assert [row["id"] for row in rows] == ["2", "3", "6", "7"]
    assert rows[-1]["place"] == "a.parquet row 8"


@pytest.mark.parametrize("stamps", [[None, MARCH], ["2026-03-01", "2026-03-02"]])
def test_parquet_is_read_whole_where_a_row_may_have_no_instant_of_its_own(
    stamps: list[Any], tmp_path: Path, told: Told
) -> None:
    pq.write_table(pa.table({"id": ["1", "2"], "at": stamps}), tmp_path / "a.parquet", row_group_size=1)
    assert len(told(files(tmp_path / "a.parquet").read("src", day("2025-01-01"), WANTED, ("at",)))) == 2


def test_of_parquet_only_the_wanted_columns_are_read(tmp_path: Path, told: Told) -> None:
    turns = [[{"role": "a", "body": "x" * 100}]]
    pq.write_table(pa.table({"id": ["1"], "turns": turns, "more": ["y"]}), tmp_path / "a.parquet")
    wanted = pa.schema([WANTED.field("id"), pa.field("turns", pa.list_(pa.struct([("role", pa.string())])))])
    (row,) = told(files(tmp_path / "a.parquet").read("src", WINDOW, wanted, ()))
    assert row["turns"] == [{"role": "a"}]


def test_only_files_that_differ_have_changed(tmp_path: Path, told: Told) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text(f"id\n{name}\n")
    made = files(tmp_path / "*.csv")
    before = made.changed("src", WINDOW, WANTED, None)
    assert told(before.parts) == []
    assert told(made.changed("src", WINDOW, WANTED, before.cursor).parts) == []
    (tmp_path / "b.csv").write_text("id\nother\n")
    (tmp_path / "d.csv").write_text("id\nd\n")
    after = made.changed("src", WINDOW, WANTED, before.cursor)
    assert [row["id"] for row in told(after.parts)] == ["other", "d"]
    assert told(made.changed("src", WINDOW, WANTED, after.cursor).parts) == []


def test_a_dated_file_that_is_gone_has_changed_its_day(tmp_path: Path) -> None:
    for name in ("2026-03-01", "2026-03-02"):
        (tmp_path / f"{name}.csv").write_text("id\n1\n")
    made = files(tmp_path / "{%Y-%m-%d}.csv")
    before = made.changed("src", WINDOW, WANTED, None)
    (tmp_path / "2026-03-02.csv").unlink()
    after = made.changed("src", WINDOW, WANTED, before.cursor)
    assert (list(after.parts), after.days) == ([], {"2026-03-02"})


def test_another_systems_cursor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="its update cursor is not one of files"):
        files(tmp_path / "*.csv").changed("src", WINDOW, WANTED, "2026-03-01T00:00:00+00:00")


def test_a_path_is_relative_to_the_recipe(tmp_path: Path) -> None:
    made = FileRows.model_validate({"type": "files", "path": "logs/*.csv"}, context={"root": tmp_path})
    assert made.path == str(tmp_path / "logs/*.csv")


@pytest.mark.parametrize(
    ("path", "words"), [("logs/{%Y-%m}.csv", "must name a whole day"), ("https://x.org/a.csv", "from local folders or")]
)
def test_a_wrong_path_is_refused_with_the_recipe(path: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        files(path)


def test_a_field_that_nobody_wants_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    with pytest.raises(InputError, match="`fields` names `ids`, which is not read here; there are: id, at, tags"):
        files(tmp_path / "a.csv", fields={"ids": "id"}).read("src", WINDOW, WANTED, ())


def test_a_key_with_a_dot_is_found_in_each_record_either_way(tmp_path: Path, told: Told) -> None:
    (tmp_path / "a.jsonl").write_bytes(as_jsonl([{"a.b": 1}, {"a": {"b": 2}}, {"a": 3}]))
    rows = told(files(tmp_path / "a.jsonl", fields={"id": "a.b"}).read("src", WINDOW, WANTED, ()))
    assert [row["id"] for row in rows] == ["1", "2", None]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from(["jsonl", "csv", "parquet", "jsonl.gz", "csv.gz"]), content=st.binary(max_size=120))
def test_no_bytes_raise_anything_but_input_error(suffix: str, content: bytes, tmp_path: Path, told: Told) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        told(files(path).read("src", WINDOW, WANTED, ("at",)))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.fixed_dictionaries({"id": CELLS, "at": CELLS, "tags": st.lists(CELLS, max_size=2)}), min_size=1)
)
def test_the_rows_do_not_depend_on_format_or_batch(rows: list[dict[str, Any]], tmp_path: Path, told: Told) -> None:
    found = []
    for suffix in ("jsonl", "csv", "parquet", "csv.gz"):
        path = tmp_path / f"rows.{suffix}"
        path.write_bytes(FORMATS[suffix](rows))
        with pytest.MonkeyPatch.context() as patch:
            for module in ("json_lines", "csv_rows", "parquet_rows"):
                patch.setattr(f"sourcing_pipeline.sources.tabular.{module}.CHUNK_ROWS", 2)
            read = told(files(path).read("src", WINDOW, WANTED, ()))
        found.append([(row["id"], row["at"], row["tags"], row["problem"]) for row in read])
    assert found[0] == found[1] == found[2] == found[3]


@pytest.mark.parametrize("name", ["zendesk/warehouse/*.csv", "intercom/warehouse/*.csv"])
def test_real_warehouse_tables_are_read(name: str, samples: Path, told: Told) -> None:
    for path in sorted(samples.glob(name)):
        with path.open(newline="", encoding="utf-8") as handle:
            header, *lines = [line for line in csv.reader(handle) if line]
        wanted = pa.schema([pa.field(column, pa.string(), nullable=False) for column in dict.fromkeys(header)])
        rows = told(files(path).read("src", WINDOW, wanted, ()))
        assert [row["problem"] for row in rows] == [None] * len(lines)
        assert [[row[column] or "" for column in header] for row in rows] == lines


def test_real_truth_values_and_times_without_zone_are_read(samples: Path, told: Told) -> None:
    wanted = pa.schema([("id", pa.string()), ("created", AT), ("public", pa.bool_())])
    rows = told(files(samples / "zendesk/warehouse/ticket_comment_data.csv").read("src", WINDOW, wanted, ()))
    assert len(rows) == 20
    assert all(row["public"] is True and row["created"].year == 2020 for row in rows)
