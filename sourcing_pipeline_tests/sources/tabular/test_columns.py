import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sources.records import UnreadableError
from sourcing_pipeline.sources.tabular import values
from sourcing_pipeline.sources.tabular.columns import INSTANT_TYPE, MissingFieldError, read_column

TEXT, NUMBER, TRUTH = pa.string(), pa.float64(), pa.bool_()
TEXTS = pa.list_(TEXT)
TURNS = pa.list_(pa.struct([pa.field("role", TEXT, nullable=False), pa.field("at", INSTANT_TYPE)]))
SCALARS = {TEXT: values.as_text, NUMBER: values.as_number, TRUTH: values.as_truth, INSTANT_TYPE: values.as_instant}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(column: Any, wanted: pa.DataType) -> tuple[list[Any], dict[int, str]]:
    found = read_column(column, wanted)
    assert found.array.type == wanted
    found.array.validate(full=True)
    return found.array.to_pylist(), found.problems


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("a", "a"),
        ("", ""),
        (4711, "4711"),
        (4711.0, "4711"),
        (2.5, "2.5"),
        (float("nan"), None),
        (True, "true"),
        (None, None),
        (Decimal("4711"), "4711"),
        (Decimal("2.50"), "2.5"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (date(2026, 3, 1), "2026-03-01"),
        (b"caf\xc3\xa9", "café"),
    ],
)
def test_text_is_read_from(given: object, text: str | None) -> None:
    assert read([given], TEXT) == ([text], {})
    assert read(["other", given], TEXT) == (["other", text], {})


@pytest.mark.parametrize(
    ("given", "number"),
    [(4, 4.0), ("4.5", 4.5), (" 4 ", 4.0), (Decimal("0.1"), 0.1), (float("nan"), None), ("nan", None), (None, None)],
)
def test_a_number_is_read_from(given: object, number: float | None) -> None:
    assert read([given], NUMBER) == ([number], {})


@pytest.mark.parametrize(
    ("given", "truth"),
    [(True, True), (1, True), (0, False), (1.0, True), ("TRUE", True), ("yes", True), ("f", False), ("", False)],
)
def test_truth_is_read_from(given: object, truth: bool) -> None:
    assert read([given], TRUTH) == ([truth], {})


@pytest.mark.parametrize(
    "given",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00",
        "2026-03-01 13:00:00+01",
        "2026-03-01 12:00:00.000000000",
        " 2026-03-01T12:00 ",
        "20260301T120000Z",
        int(NOON.timestamp()),
        NOON.timestamp(),
        str(int(NOON.timestamp())),
        NOON,
        NOON.replace(tzinfo=None),
    ],
)
def test_an_instant_is_read_from(given: object) -> None:
    assert read([given], INSTANT_TYPE) == ([NOON], {})


def test_a_date_is_its_first_instant_in_utc() -> None:
    assert read([date(2026, 3, 1), None], INSTANT_TYPE) == ([datetime(2026, 3, 1, tzinfo=UTC), None], {})


def test_a_date_among_instants_takes_none_of_their_hours() -> None:
    found, _ = read([date(2026, 3, 1), NOON], INSTANT_TYPE)
    assert found == [datetime(2026, 3, 1, tzinfo=UTC), NOON]


@pytest.mark.parametrize(
    "unit",
    [pa.timestamp("ns"), pa.timestamp("ms", "Europe/Berlin"), pa.timestamp("s"), pa.timestamp("us", "UTC")],
)
def test_native_timestamps_are_instants(unit: pa.DataType) -> None:
    zoned = NOON if unit.tz else NOON.replace(tzinfo=None)
    assert read(pa.array([zoned, None], unit), INSTANT_TYPE) == ([NOON, None], {})


@pytest.mark.parametrize(
    ("given", "wanted", "problem"),
    [
        ({"secret": 1}, TEXT, "expected text, got an object"),
        (float("inf"), TEXT, "too large to be exact"),
        (1e300, TEXT, "too large to be exact"),
        (b"\xff", TEXT, "expected text in UTF-8"),
        ("\ud800", TEXT, "lone surrogate"),
        ("secret", NUMBER, "expected a finite number"),
        (True, NUMBER, "expected a finite number"),
        ("1e999", NUMBER, "expected a finite number"),
        ("secret", TRUTH, "expected true or false"),
        (2, TRUTH, "expected true or false"),
        ("secret", INSTANT_TYPE, "expected ISO 8601 text or epoch seconds, 1900 to 2199"),
        ("1899-12-31", INSTANT_TYPE, "1900 to 2199"),
        (datetime(2200, 1, 1, tzinfo=UTC), INSTANT_TYPE, "1900 to 2199"),
        (1e300, INSTANT_TYPE, "1900 to 2199"),
        (True, INSTANT_TYPE, "expected ISO 8601"),
        ({"secret": 1}, TEXTS, "expected a list, got an object"),
        ("{secret", TEXTS, "expected a list as JSON or as a PostgreSQL array"),
        ("[secret", TEXTS, "expected a list, or a list as JSON text"),
        ([{"secret": 1}], TEXTS, "[0]: expected text, got an object"),
        ("secret", TURNS, "expected a list, or a list as JSON text"),
        (["secret"], TURNS, "[0]: expected an object, got text"),
        ([{"role": {}}], TURNS, "[0].role: expected text, got an object"),
        ([{"role": "a"}, {"role": "a", "at": "secret"}], TURNS, "[1].at: expected ISO 8601"),
    ],
)
def test_what_cannot_be_read_is_null_and_has_a_problem(given: object, wanted: pa.DataType, problem: str) -> None:
    found, problems = read([None, given], wanted)
    assert list(problems) == [1]
    assert problem in problems[1]
    assert "secret" not in problems[1]
    if wanted != TURNS:
        assert found[0] is None
        assert found[1] in (None, [], [None])


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        (["a", 1, None], ["a", "1"]),
        ('["a", "b"]', ["a", "b"]),
        ("a, b ,", ["a", "b"]),
        ('{a,"b c",NULL,"d\\"e"}', ["a", "b c", 'd"e']),
        ("{}", []),
        ("[]", []),
        ("", []),
        (None, None),
    ],
)
def test_a_list_of_texts_is_read_from(given: object, texts: list[str] | None) -> None:
    assert read([given, given], TEXTS) == ([texts, texts], {})


def test_structs_are_read_from_objects_json_and_arrow_alike() -> None:
    turns = [[{"role": "a", "at": NOON.isoformat()}, {"role": "b", "at": None}], [], None]
    expected = [[{"role": "a", "at": NOON}, {"role": "b", "at": None}], [], None]
    assert read(turns, TURNS)[0] == expected
    assert read([None if one is None else json.dumps(one) for one in turns], TURNS)[0] == expected
    assert read(pa.array(turns), TURNS)[0] == expected
    assert read(pa.chunked_array([pa.array([[], *turns])]).combine_chunks().slice(1), TURNS)[0] == expected


def test_fields_of_structs_can_be_named() -> None:
    wanted, names = TURNS, {"turns.role": "who"}
    for column in ([[{"who": "a"}]], pa.array([[{"who": "a", "at": "2026-03-01"}]])):
        assert read_column(column, wanted, "turns", names).array.to_pylist()[0][0]["role"] == "a"


def test_an_arrow_struct_without_a_needed_field_says_which_there_are() -> None:
    with pytest.raises(MissingFieldError) as caught:
        read_column(pa.array([[{"who": "a"}]]), TURNS, "turns", {})
    assert (caught.value.field, caught.value.names) == ("turns.role", ["who"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "at", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
DIGITS = st.text("0123456789-T:Z+. ", max_size=27)
TIMES = st.datetimes(datetime(1890, 1, 1), datetime(2210, 1, 1))
VALUES = st.one_of(
    JSON, st.binary(max_size=6), DIGITS, TIMES, TIMES.map(str), TIMES.map(lambda at: f"{at.isoformat()}+02:00"),
    st.decimals(allow_nan=False, allow_infinity=False), st.dates(), st.sampled_from(["yes", "0", "1e5", "nan", " 7 "]),
)  # fmt: skip


@given(column=st.lists(VALUES, max_size=5), wanted=st.sampled_from([*SCALARS, TEXTS, TURNS]))
def test_no_value_raises_and_a_column_is_read_as_each_of_its_values_alone(
    column: list[Any], wanted: pa.DataType
) -> None:
    found, problems = read(column, wanted)
    alone = [read([value], wanted) for value in column]
    assert found == [value for (value,), _ in alone]
    assert problems == {row: problem[0] for row, (_, problem) in enumerate(alone) if problem}


@given(
    kind=st.sampled_from([st.integers(), st.floats(), st.booleans(), DIGITS, TIMES, st.text(max_size=5)]),
    data=st.data(),
)
def test_whole_columns_mean_what_single_values_mean(kind: st.SearchStrategy[object], data: st.DataObject) -> None:
    column = data.draw(st.lists(kind | st.none(), min_size=1, max_size=5))
    for wanted, parse in SCALARS.items():
        expected = []
        for value in column:
            try:
                expected.append(parse(value))
            except UnreadableError:
                expected.append(None)
        assert read(column, wanted)[0] == expected
