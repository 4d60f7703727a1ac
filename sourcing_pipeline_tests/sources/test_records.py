from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sources.records import UnreadableError, instant, integer, native_key, text

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.binary()
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T09:12:45Z", datetime(2026, 3, 1, 9, 12, 45, tzinfo=UTC)),
        ("2026-03-01T09:12:45", datetime(2026, 3, 1, 9, 12, 45, tzinfo=UTC)),
        ("2026-03-01T11:12:45+02:00", datetime(2026, 3, 1, 9, 12, 45, tzinfo=UTC)),
        (1772356365, datetime(2026, 3, 1, 9, 12, 45, tzinfo=UTC)),
    ],
)
def test_instants_are_read_as_utc(value: object, expected: datetime) -> None:
    assert instant(value, "time") == expected


@pytest.mark.parametrize("value", [None, True, "yesterday", "0001-01-01T00:00:00+14:00", 1e300, float("nan"), []])
def test_other_values_are_no_instant(value: object) -> None:
    with pytest.raises(UnreadableError, match="time: expected"):
        instant(value, "time")


@given(ANYTHING)
def test_no_value_breaks_the_field_readers_with_another_error(value: object) -> None:
    for reader in (instant, integer, native_key, text):
        try:
            reader(value, "field")
            message = "field: "
        except UnreadableError as error:
            message = str(error)
        assert message.startswith("field: ")
        assert not isinstance(value, str) or len(value) < 9 or value not in message


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", None, True, 1.5, ["x"]])
def test_keys_are_integers_or_one_line(value: object) -> None:
    with pytest.raises(UnreadableError):
        native_key(value, "id")


def test_keys_keep_their_text() -> None:
    assert native_key(7, "id") == "7"
    assert native_key(" star-1 ", "id") == "star-1"
