import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources import json_files
from sourcing_pipeline.sources.json_files import Record, read_items, read_lines

OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=5), st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text()))),
    min_size=1,
    max_size=8,
)


def items(path: Path) -> list[Record]:
    return list(read_items("src", path, "tasks"))


def lines(path: Path) -> list[Record]:
    return list(read_lines("src", path, "tasks"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("json") / "input.json"


@given(objects=OBJECTS, indent=st.sampled_from([None, 2]), chunk=st.integers(1, 64), ascii_only=st.booleans())
def test_a_list_gives_its_elements_whatever_the_chunks(
    file: Path, objects: list[dict[str, object]], indent: int | None, chunk: int, ascii_only: bool
) -> None:
    file.write_text(json.dumps(objects, indent=indent, ensure_ascii=ascii_only), "utf-8")
    before, json_files.CHUNK_BYTES = json_files.CHUNK_BYTES, chunk
    try:
        assert [record.fields for record in items(file)] == objects
    finally:
        json_files.CHUNK_BYTES = before


@settings(max_examples=80)
@given(st.one_of(st.binary(max_size=60), st.text(alphabet='[]{}",:\\u d8001e9\n', max_size=60).map(str.encode)))
def test_no_bytes_raise_anything_but_input_error(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    for reader in (items, lines):
        try:
            records = reader(file)
        except InputError as error:
            records, message = [], str(error)
        else:
            message = str(file)
        assert str(file) in message
        assert all((record.fields is None) != (record.problem is None) for record in records)


@given(objects=OBJECTS, cut=st.floats(0, 1, exclude_max=True))
def test_a_truncated_list_raises_with_its_place(file: Path, objects: list[dict[str, object]], cut: float) -> None:
    whole = json.dumps(objects).encode()
    file.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(InputError, match="line 1"):
        items(file)


def test_the_place_of_a_broken_element_is_its_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text('[\n  {"id": 1},\n  {"id": secret}\n]')
    with pytest.raises(InputError, match=r"export\.json, line 3, column 10: expected tasks") as caught:
        items(path)
    assert "secret" not in str(caught.value)


def test_one_object_is_one_element(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_bytes(b'\xef\xbb\xbf {"id": 1} \n')
    assert items(path) == [Record("position-1", {"id": 1}, None)]


def test_elements_and_lines_that_are_no_object_keep_their_place(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text('[{"a": 1}, 7, {"b": "\\ud800"}]')
    assert [(record.place, record.problem) for record in items(path)] == [
        ("position-1", None),
        ("position-2", "expected a JSON object"),
        ("position-3", "expected text that UTF-8 can hold, got a lone surrogate"),
    ]
    path.write_bytes(b'{"a": 1}\n\nnull\n{"b": \xff"}\n{"c": tru}\r\n{"d": ' + b"[" * 100_000 + b"\n{}")
    assert [(record.place, record.problem) for record in lines(path)] == [
        ("line-1", None),
        ("line-3", "expected a JSON object"),
        ("line-4", "byte 7: expected UTF-8"),
        ("line-5", "column 7: expected JSON (Expecting value)"),
        ("line-6", "expected JSON with numbers and nesting of a usual size"),
        ("line-7", None),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "no line holds a record"),
        (b"[{}]", "got a JSON list"),
        (b"SQLite format 3\0", "got binary data"),
    ],
)
def test_files_of_another_kind_are_no_json_lines(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "seeds.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"source 'src': .*seeds\.jsonl.*{message}"):
        lines(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"[]", "the list is empty"),
        (b"<posts/>", r"expected tasks: '\['"),
        (b"[{}] x", "the end of the file"),
        (b"[{} {}]", "',' or ']'"),
        (b'[{"a": "\xff"}]', "UTF-8 text"),
    ],
)
def test_files_of_another_kind_are_no_list(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"source 'src': .*export\.json, line 1.*{message}"):
        items(path)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.jsonl: expected JSON Lines, tasks, but there is no such file"):
        lines(tmp_path / "nothing.jsonl")
    with pytest.raises(InputError, match="Is a directory"):
        items(tmp_path)


def test_memory_is_bounded_on_an_endless_element(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "RECORD_BYTES", 1000)
    monkeypatch.setattr(json_files, "CHUNK_BYTES", 100)
    path = tmp_path / "export.json"
    path.write_text('[{"a": "' + "x" * 100_000)
    with pytest.raises(InputError, match="at most 1000 characters"):
        items(path)
    path.write_text('{"a": "' + "x" * 100_000)
    with pytest.raises(InputError, match="line 1: expected lines of at most 1000 bytes"):
        lines(path)
