"""What changed in a source's system: cursor, landed records and touched days, in one commit."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sourcing_pipeline.config import Landed
from sourcing_pipeline.errors import TryAgain
from sourcing_pipeline.storage import Table
from sourcing_pipeline.updates import Change, Updates

_COUNTER = itertools.count()


@pytest.fixture
def updates(tmp_path: Path) -> Updates:
    return Updates(Table(str(tmp_path / "updates")))


def landed(key: str, day: str, version: str = "1", **record: object) -> Landed:
    return Landed(key, day, version, record, (f"{key}@example.com",))


def test_nothing_has_landed_in_a_system_that_was_never_asked(updates: Updates) -> None:
    assert updates.cursor() is None
    assert updates.touched() == {}
    assert list(updates.landed(None)) == []


def test_what_landed_comes_back_by_day_and_key(updates: Updates) -> None:
    records = [landed("2", "2026-01-02", n=1), landed("9", "2026-01-01", n=2), landed("1", "2026-01-02", n=3)]
    updates.land(records, "here")
    assert updates.cursor() == "here"
    assert list(updates.landed(None)) == [records[1], records[2], records[0]]
    assert list(updates.landed(["2026-01-01"])) == [records[1]]
    assert list(updates.landed([])) == []


def test_a_record_that_moves_to_another_day_touches_both(updates: Updates) -> None:
    updates.land([landed("1", "2026-01-01"), landed("2", "2026-01-05")], "a")
    updates.refreshed(updates.touched())
    updates.land([landed("1", "2026-02-01", "2")], "b")
    assert set(updates.touched()) == {"2026-01-01", "2026-02-01"}
    assert [(one.key, one.day) for one in updates.landed(None)] == [("2", "2026-01-05"), ("1", "2026-02-01")]


def test_the_same_record_again_touches_nothing(updates: Updates) -> None:
    updates.land([landed("1", "2026-01-01")], "a")
    updates.refreshed(updates.touched())
    updates.land([landed("1", "2026-01-01")], "b")
    assert updates.touched() == {}
    assert updates.cursor() == "b"


def test_a_day_touched_again_while_it_was_extracted_stays_touched(updates: Updates) -> None:
    updates.land([landed("1", "2026-01-01"), landed("2", "2026-01-02")], "a")
    marks = updates.touched()
    updates.land([landed("1", "2026-01-01", "2")], "b")
    updates.refreshed(marks)
    assert set(updates.touched()) == {"2026-01-01"}


def test_a_change_touches_the_day_it_is_on_and_those_it_was_on(tmp_path: Path) -> None:
    days = {"7": "2026-01-03"}
    updates = Updates(Table(str(tmp_path / "u")), lambda keys: frozenset(days[key] for key in keys if key in days))
    updates.touch([], "start")
    assert updates.touched() == {}
    updates.touch([Change("7", "2026-03-01", "v1"), Change("8", "2026-03-02", "v1")], "next")
    assert set(updates.touched()) == {"2026-01-03", "2026-03-01", "2026-03-02"}


def test_changes_before_the_first_cursor_touch_nothing_then_or_later(updates: Updates) -> None:
    updates.touch([Change("7", "2026-03-01", "v1")], "a")
    assert updates.touched() == {}
    updates.touch([Change("7", "2026-03-01", "v1")], "b")
    assert updates.touched() == {}
    updates.touch([Change("7", "2026-03-01", "v2")], "c")
    assert set(updates.touched()) == {"2026-03-01"}


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    table = Table(str(tmp_path / "u"))
    Updates(table).land([], "start")

    def work(number: int) -> None:
        for _ in range(10):
            try:
                Updates(table).land([landed(str(number), f"2026-01-{number + 1:02d}")], str(number))
            except TryAgain:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert {one.key for one in Updates(table).landed(None)} == {str(number) for number in range(8)}
    assert len(Updates(table).touched()) == 8


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    pages=st.lists(
        st.lists(
            st.builds(
                lambda key, version: landed(key, f"2026-01-{version:02d}", f"{version:02d}"),
                st.sampled_from("abcdef"),
                st.integers(1, 9),
            ),
            max_size=5,
        ),
        max_size=5,
    ),
    order=st.randoms(use_true_random=False),
)
def test_what_has_landed_does_not_depend_on_the_order_of_pages(
    tmp_path: Path, pages: list[list[Landed]], order: object
) -> None:
    def end(pages: list[list[Landed]]) -> list[Landed]:
        updates = Updates(Table(str(tmp_path / f"u{next(_COUNTER)}")))
        for page in pages:
            updates.land(page, "c")
        return list(updates.landed(None))

    shuffled = [order.sample(page, len(page)) for page in order.sample(pages, len(pages))]  # type: ignore[attr-defined]
    assert end(pages) == end([*shuffled, *shuffled[:1]])
