from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.findings import rows_accounted

COUNT = st.integers(0, 10**9)


@given(COUNT, COUNT)
def test_rows_are_accounted_when_they_add_up(rows_out: int, dropped: int) -> None:
    assert rows_accounted("mask", rows_out + dropped, rows_out, dropped).passed


@given(COUNT, COUNT, COUNT)
def test_rows_are_not_accounted_when_they_do_not_add_up(rows_in: int, rows_out: int, dropped: int) -> None:
    assert rows_accounted("mask", rows_in, rows_out, dropped).passed == (rows_in == rows_out + dropped)


def test_missing_rows_are_counted_in_the_message() -> None:
    found = rows_accounted("masked_tickets", 1_000, 900, 40)
    assert found.message.startswith("masked_tickets: 1,000 in, but 900 out + 40 dropped: 60 rows are missing.")
    assert found.blocking
    assert found.facts == {"rows_in": 1_000, "rows_out": 900, "dropped": 40}


def test_rows_too_many_are_counted_in_the_message() -> None:
    assert "3 rows are too many" in rows_accounted("mask", 10, 10, 3).message
