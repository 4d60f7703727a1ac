from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from sourcing_pipeline.config import Window
from sourcing_pipeline.sources.search_log.events import EVENTS, KINDS, LOG, UNREADABLE, Read, read_part
from sourcing_pipeline.sources.tabular import Part

WINDOW = Window(datetime(2026, 6, 1, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
AT = datetime(2026, 3, 10, 9, tzinfo=UTC)
WORDS: Any = {"Search": "search", "pick": "click", "ping": "ignore"}


def part(*rows: dict[str, Any], **fields: Any) -> Part:
    schema = pa.schema([field.with_nullable(True) for field in LOG])
    full = [{"at": AT, "user": "ann", "event": "search", "query": "boots", **row} for row in rows]
    return Part(pa.RecordBatch.from_pylist(full, schema=schema), lambda row: f"log line {row + 1}", **fields)


def read(*rows: dict[str, Any], **fields: Any) -> Read:
    return read_part(part(*rows, **fields), WORDS, WINDOW, "2026-01-01")


def only(batches: dict[str, pa.RecordBatch]) -> list[dict[str, Any]]:
    return [row for batch in batches.values() for row in batch.to_pylist()]


def test_events_have_the_canonical_columns_and_one_line_texts() -> None:
    found = read({"query": " red\t boots\u00a0\n", "item_text": "  ", "locale": "de_DE", "dwell_seconds": 3.0})
    batch = found.events["2026-03-10"]
    assert batch.schema == EVENTS
    row = batch.to_pylist()[0]
    assert (row["query"], row["item_text"], row["locale"], row["dwell_seconds"]) == ("red boots", None, "de_DE", 3.0)


def test_the_recipe_s_words_name_the_events_in_any_case() -> None:
    found = read({"event": "SEARCH"}, {"event": " pick "}, {"event": "ping"})
    assert [KINDS[row["kind"]] for row in only(found.events)] == ["search", "click"]
    assert only(found.unreadable) == []


@pytest.mark.parametrize(
    ("given", "spelled"), [(" Ann@Example.COM ", "ann@example.com"), ("Ann", "Ann"), ("4711", "4711")]
)
def test_people_have_one_spelling(given: str, spelled: str) -> None:
    assert only(read({"user": given}).events)[0]["user"] == spelled


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"at": None}, "at: expected when it happened, got null"),
        ({"user": " "}, "user: expected who did it, since the floor counts people; got null"),
        ({"event": "glance"}, "event: expected one of the words in the recipe's events"),
        ({"event": None}, "event: expected one of the words in the recipe's events"),
    ],
)
def test_an_event_without_time_person_or_known_kind_is_unreadable(row: dict[str, Any], problem: str) -> None:
    found = read({}, row, written=AT)
    assert [(bad["place"], bad["problem"]) for bad in only(found.unreadable)] == [("log line 2", problem)]
    assert len(only(found.events)) == 1


def test_what_the_file_s_reader_could_not_read_is_unreadable_and_keeps_its_person() -> None:
    found = read({"dwell_seconds": None}, problems={0: "dwell_seconds: expected a finite number"})
    expected = {"place": "log line 1", "problem": "dwell_seconds: expected a finite number", "user": "ann"}
    assert found.unreadable["2026-03-10"].schema == UNREADABLE
    assert only(found.unreadable) == [expected]
    assert only(found.events) == []


def test_events_belong_to_their_day_in_the_recipe_s_time_zone() -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    assert set(read({}, {"at": late}).events) == {"2026-03-10", "2026-03-11"}


def test_the_date_in_a_path_is_the_day_of_all_its_events() -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    found = read({"at": late}, {"at": None}, day="2026-03-10", written=AT)
    assert set(found.events) == set(found.unreadable) == {"2026-03-10"}


def test_an_event_of_a_file_without_a_time_belongs_to_the_day_the_file_was_written() -> None:
    assert set(read({}, {"at": None}, written=datetime(2026, 4, 1, tzinfo=UTC)).unreadable) == {"2026-04-01"}


def test_an_event_of_a_query_without_a_time_belongs_to_the_day_of_the_one_before() -> None:
    found = read({"at": None}, {}, {"at": None})
    assert {day: batch.num_rows for day, batch in found.unreadable.items()} == {"2026-01-01": 1, "2026-03-10": 1}
    assert found.last_day == "2026-03-10"


def test_a_part_without_rows_has_no_events() -> None:
    assert read() == Read({}, {}, "2026-01-01")
