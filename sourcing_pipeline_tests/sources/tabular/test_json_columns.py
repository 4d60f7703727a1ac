"""JSON read into columns at once means what it means line by line."""

import json
from io import BytesIO
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.tabular import json_lines
from sourcing_pipeline.sources.tabular.chunk import Wish, as_part
from sourcing_pipeline.sources.tabular.columns import INSTANT_TYPE
from sourcing_pipeline.sources.tabular.json_columns import MOST_BRACKETS, read_columns

MESSAGE = pa.struct(
    [pa.field("text", pa.string(), nullable=False), pa.field("at", INSTANT_TYPE), pa.field("public", pa.bool_())]
)
WANTED = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        ("at", INSTANT_TYPE),
        ("rating", pa.string()),
        ("score", pa.float64()),
        ("wrong", pa.bool_()),
        ("tags", pa.list_(pa.string())),
        ("messages", pa.list_(MESSAGE)),
    ]
)
WISH = Wish("source", WANTED, {"rating": "poll.rating", "score": "poll.score", "messages.at": "time"})
MOST_BYTES = 1 << 20
USUAL = {
    "id": 7,
    "at": "2026-03-01T10:00:00Z",
    "poll": {"rating": 5, "score": 0.5, "by": {"name": "someone"}},
    "tags": ["a", "b"],
    "messages": [{"text": "How do I \U0001f600?", "time": "2026-03-01T09:00:00+01:00", "public": True, "macro": None}],
    "nobody": [{"wants": [1, "this", None]}],
}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.integers(0, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["yes", "", "2026-03-01", "2026-03-01T10:00:00+02:00", "1767225600", "4.5", "[1, 2]", "a, b"]),
    st.text(max_size=5),
)
VALUES = SCALARS | st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "time", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
MESSAGES = st.lists(
    st.fixed_dictionaries({"text": st.text(max_size=5)}, optional={"time": SCALARS, "public": SCALARS, "more": VALUES}),
    max_size=3,
)
POLL = st.dictionaries(st.sampled_from(["rating", "score", "more"]), SCALARS, max_size=3)
RECORDS = st.fixed_dictionaries(
    {"id": SCALARS},
    optional={
        "at": SCALARS, "wrong": SCALARS, "poll": POLL | SCALARS, "poll.rating": SCALARS, "more": VALUES,
        "tags": st.lists(st.text(max_size=3), max_size=3) | VALUES, "messages": MESSAGES | VALUES,
    },
)  # fmt: skip
ALIKE = st.fixed_dictionaries(
    {"id": st.integers(0, 9), "at": st.none() | st.just("2026-03-01"), "messages": MESSAGES.filter(bool)},
    optional={"poll": st.fixed_dictionaries({"rating": st.integers(0, 5), "score": st.floats(0, 1)}), "more": VALUES},
)
SPOILT = [
    b"", b" ", b"\r", b"[]", b"7", b'{"id": 1', b'{"id": 1}{"id": 2}', b'{"id": 1},', b'{"id": NaN}',
    b'{"more": -Inf }', b'{"more": Infinity}', b'{"id": "\\ud800"}', b'{"more": "\\udc00"}', b'{"id": "\xff"}',
    b'{"more": "\xed\xa0\x80"}', b'{"id": 1, "id": 2}', b'{"more": 1, "more": 2, "id": "x"}', b'{"id": 1e999}',
    b'{"score": 1e999}', b'{"id": 01}', b'{"poll\\u002erating": 3}', b'{"id": "\\u0000"}', b' {"id": 1}',
    b'{"id": 1} ', b'{"id": 1}\r', b'{"id": "a\x01"}', b'{"id": "\\ud83d\\ude00"}', b'{"messages": [null]}',
    b'{"messages": [{}, {"text": "NaN, Inf"}]}', b"{}", b"}{", b'{"id":1.0}', b'{"id": -0}', b'{"id": -0.0}',
    b'{"id":\n1}', b"{" * 9, b'{"more": ' + b"[" * 1100 + b"]" * 1100 + b"}",
]  # fmt: skip


def as_lines(records: list[Any]) -> bytes:
    return b"".join(
        json.dumps(record, ensure_ascii=index % 2 == 0).encode("utf-8", "surrogatepass") + b"\n"
        for index, record in enumerate(records)
    )


def read(content: bytes) -> list[Any] | str:
    try:
        with mock.patch.object(json_lines, "CHUNK_ROWS", 2):
            chunks = list(json_lines.read_json_lines(BytesIO(content), "some.jsonl", "source", WISH))
    except InputError as error:
        return str(error)
    parts = [as_part(chunk, WISH, "some.jsonl", whole=False) for chunk in chunks]
    return [
        (row, part.problems.get(index), part.places(index))
        for part in parts
        for index, row in enumerate(part.rows.to_pylist())
    ]


def line_by_line(content: bytes) -> list[Any] | str:
    with mock.patch.object(json_lines, "read_columns", return_value=None):
        return read(content)


@given(st.lists(RECORDS, max_size=6) | st.lists(ALIKE, max_size=6))
def test_objects_mean_the_same_at_once_and_line_by_line(records: list[dict[str, Any]]) -> None:
    assert read(as_lines(records)) == line_by_line(as_lines(records))


@given(st.lists(ALIKE.map(lambda record: as_lines([record])[:-1]) | st.sampled_from(SPOILT), max_size=5), st.booleans())
@example([b'{"id": "x", "more": {"a": {}', b'{"b": 1}}'], False)
def test_lines_that_are_no_objects_mean_the_same(lines: list[bytes], ended: bool) -> None:
    content = b"\n".join(lines) + b"\n" * ended
    assert read(content) == line_by_line(content)


@given(st.lists(ALIKE, min_size=1, max_size=4), st.data())
def test_spoilt_bytes_mean_the_same(records: list[dict[str, Any]], data: st.DataObject) -> None:
    content = bytearray(as_lines(records))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.binary(max_size=2) | st.sampled_from([b"{", b"}", b'"', b"[", b"]", b"\n", b"\\", b","])
        )
        if not content:
            break
    assert read(bytes(content)) == line_by_line(bytes(content))


def columns(*lines: bytes) -> pa.RecordBatch | None:
    return read_columns(b"\n".join(lines), MOST_BYTES, WISH)


def test_objects_that_are_alike_are_read_at_once() -> None:
    batch = columns(*[as_lines([USUAL]).strip()] * 3)
    assert batch is not None
    assert batch.num_rows == 3
    assert batch.schema.names == ["id", "at", "poll", "wrong", "tags", "messages"]


def test_a_field_that_only_few_have_keeps_its_type() -> None:
    many = [{"id": "x"}] * 500 + [{"id": "y", "poll": {"rating": 3}}] + [{"id": "z"}] * 500
    batch = columns(as_lines(many))
    assert batch is not None
    assert batch.column("poll").field("rating").to_pylist()[500] == 3


@pytest.mark.parametrize("line", SPOILT[4:22])
def test_what_arrow_reads_in_another_way_is_left_to_orjson(line: bytes) -> None:
    assert columns(as_lines([USUAL]).strip(), line) is None


def test_a_line_that_is_longer_than_arrow_parses_at_once_is_left_to_orjson() -> None:
    long = as_lines([USUAL, USUAL | {"more": "x" * 5_000_000}, USUAL])
    assert read_columns(long, 1 << 24, WISH) is None
    assert read(long) == line_by_line(long)


def test_depth_and_length_of_a_line_are_bounded() -> None:
    deep = b'{"id": 1, "more": ' + b"[" * MOST_BRACKETS + b"]" * MOST_BRACKETS + b"}"
    assert columns(deep) is None
    assert columns(b'{"id": 1, "more": "' + b"x" * MOST_BYTES + b'"}') is None
