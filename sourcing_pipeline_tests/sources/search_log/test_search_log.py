import csv
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.rows import RAW, outcomes
from sourcing_pipeline.sources.search_log import SearchLog, spool
from sourcing_pipeline.sources.search_log.sessions import normalised
from sourcing_pipeline.updates import Change, Updates

Make = Callable[..., SearchLog]
Rows = list[dict[str, Any]]
Read = Callable[..., Rows]

DAY = "2026-03-10"
GUIDE = "How to reset your password"


def at(day: str = DAY, minutes: float = 0) -> str:
    return (datetime.fromisoformat(f"{day}T09:00:00+00:00") + timedelta(minutes=minutes)).isoformat()


def visit(user: str, query: str, *items: str, day: str = DAY, minutes: float = 0, **more: Any) -> Rows:
    """A search, and a click on each item that held the person for a minute."""
    events: Rows = [{"at": at(day, minutes), "user": user, "event": "search", "query": query, **more}]
    for place, item in enumerate(items, 1):
        events.append({"at": at(day, minutes + place), "user": user, "event": "click", "item_text": item, **more})
    return events


def crowd(query: str, *items: str, people: int = 5, day: str = DAY) -> Rows:
    return [event for number in range(people) for event in visit(f"u{number}", query, *items, day=day)]


def write(path: Path, events: Iterable[dict[str, Any]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    rows = list(events)
    names = ["at", "user", "event", "query", "item_text", *sorted({name for row in rows for name in row})]
    full = [{name: row.get(name) for name in dict.fromkeys(names)} for row in rows]
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(full), path)
    elif path.suffix == ".csv":
        with path.open("w", newline="") as handle:
            writer = csv.DictWriter(handle, list(full[0]))
            writer.writeheader()
            writer.writerows(full)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in full))
    return path


def kept(rows: Rows) -> Rows:
    return [row for row in rows if row["drop_reason"] is None]


def said(row: dict[str, Any]) -> tuple[str, str]:
    return row["messages"][0]["content"], row["messages"][1]["content"]


def reasons(rows: Rows) -> list[tuple[str, str]]:
    return [(row["drop_reason"], row["drop_detail"]) for row in rows if row["drop_reason"] is not None]


@pytest.mark.parametrize("name", ["log.jsonl", "log.csv", "log.parquet"])
def test_a_row_is_a_query_of_a_day_with_the_items_selected_for_it(
    name: str, tmp_path: Path, source: Make, read: Read
) -> None:
    log = [
        *crowd("Reset  password", GUIDE, people=3),
        *visit("u3", "reset password", GUIDE, "Contact us"),
        *visit("u4", "reset password", "Contact us"),
        *visit("u5", "Reset Password"),
    ]
    (row,) = read(source(write(tmp_path / name, log), min_users=3), (DAY,))
    assert said(row) == ("Reset password", f"{GUIDE}\nContact us")
    assert row["id"] == "src:2026-03-10-f211ada82d44621e2a4c"
    assert row["partition"] == DAY
    assert row["strategy"] == "production_logs"
    assert row["quality_score"] == pytest.approx(5 / 6)
    assert row["license"] == "LicenseRef-Proprietary"
    assert row["created_at"] == datetime(2026, 3, 10, tzinfo=UTC)
    assert sorted(row["person_keys"]) == ["u0", "u1", "u2", "u3", "u4", "u5"]
    assert json.loads(row["meta"]) == {"users": 6, "sessions": 6, "selections": 6, "items": 2}


def test_fields_and_events_map_the_log_s_own_words(tmp_path: Path, read: Read) -> None:
    names = {"at": "ts", "user": "visitor", "event": "action", "query": "q", "item_text": "title"}
    log = [{names.get(key, key): value for key, value in event.items()} for event in crowd("boots", "Red boots")]
    for event in log:
        event["action"] = {"search": "SERP", "click": "pick"}[event["action"]]
    path = write(tmp_path / "log.jsonl", log)
    source = SearchLog.model_validate(
        {
            "log": {"type": "files", "path": str(path), "fields": names},
            "events": {"serp": "search", "pick": "click"},
        }
    )
    assert [said(row) for row in read(source, (DAY,))] == [("boots", "Red boots")]


def test_the_most_selected_items_come_first_and_no_more_than_asked_for(
    tmp_path: Path, source: Make, read: Read
) -> None:
    log = [*crowd("boots", "B", people=5), *visit("v1", "boots", "C", "A"), *visit("v2", "boots", "A", "C")]
    log += visit("v3", "boots", "A")
    path = write(tmp_path / "log.jsonl", log)
    assert said(read(source(path), (DAY,))[0])[1] == "B\nA\nC"
    assert said(read(source(path, max_items=2), (DAY,))[0])[1] == "B\nA"


def test_people_are_counted_over_the_look_back(tmp_path: Path, source: Make, read: Read) -> None:
    log = [event for n in range(5) for event in visit(f"u{n}", "boots", "Red", day=f"2026-03-{10 + n}")]
    path = write(tmp_path / "log.jsonl", log)
    assert [said(row) for row in kept(read(source(path, k_days=5), ("2026-03-14",)))] == [("boots", "Red")]
    (row,) = read(source(path, k_days=4), ("2026-03-14",))
    assert (row["drop_reason"], row["id"], row["drop_detail"]) == (
        "too_few_users", "src:2026-03-14-rare-1", "fewer than min_users = 5 people in k_days",
    )  # fmt: skip
    assert row["person_keys"] == ["u4"]


def test_a_person_who_types_a_query_often_is_one_person(tmp_path: Path, source: Make, read: Read) -> None:
    log = [event for n in range(9) for event in visit("Ann@Example.com", "boots", "Red", minutes=60 * n)]
    log += visit("ann@example.com ", "boots", "Red")
    (row,) = read(source(write(tmp_path / "log.jsonl", log), min_users=2), (DAY,))
    assert row["drop_reason"] == "too_few_users"


def test_a_spelling_that_too_few_typed_is_not_shown(tmp_path: Path, source: Make, read: Read) -> None:
    log = [*visit("a", "iPhone case", "Case"), *visit("b", "IPHONE case", "Case"), *visit("c", "iphone CASE", "Case")]
    path = write(tmp_path / "log.jsonl", log)
    assert said(read(source(path, min_users=3), (DAY,))[0])[0] == "iphone case"


def test_an_item_that_one_person_selected_is_not_listed(tmp_path: Path, source: Make, read: Read) -> None:
    log = [*crowd("payslip", people=4), *visit("u9", "payslip", "Payslip of Ann")]
    path = write(tmp_path / "log.jsonl", log)
    assert reasons(read(source(path), (DAY,))) == [
        ("too_few_users", "no item was selected by min_item_users = 2 people in k_days")
    ]
    assert said(read(source(path, min_item_users=1), (DAY,))[0]) == ("payslip", "Payslip of Ann")


def test_drops_say_why(tmp_path: Path, source: Make, read: Read) -> None:
    bot = [event for n in range(30) for event in visit("bot", f"q{n}", minutes=n / 60)]
    untitled = [
        event
        for n in range(5)
        for event in [
            *visit(f"u{n}", "untitled", minutes=300),
            {"at": at(minutes=301), "user": f"u{n}", "event": "purchase", "item": "7"},
        ]
    ]
    for event in untitled:
        event["item"] = event.get("item")
    log = [*crowd("ab", "Red"), *bot, *untitled]
    log += [{**event, "at": at(minutes=600)} for event in crowd("forsaken")]
    rows = read(source(write(tmp_path / "log.jsonl", log)), (DAY,))
    assert reasons(rows) == [
        ("bot_session", "more than 20 searches within a minute"),
        ("too_short", "2 characters, fewer than 3"),
        ("no_answer", "what was selected has no item_text"),
        ("abandoned", "5 sessions without a selection"),
    ]
    assert rows[0]["id"] == "src:2026-03-10-program-1"
    assert rows[0]["person_keys"] == ["bot"]
    assert all(row["partition"] == DAY for row in rows)


def test_a_bot_s_searches_lift_no_query_over_the_floor(tmp_path: Path, source: Make, read: Read) -> None:
    bot = [event for n in range(30) for event in visit("bot", "boots", minutes=n / 60)]
    rows = read(source(write(tmp_path / "log.jsonl", [*crowd("boots", "Red", people=4), *bot])), (DAY,))
    assert kept(rows) == []


def test_the_language_is_that_of_most_visits(tmp_path: Path, source: Make, read: Read) -> None:
    log = [*visit("a", "boots", "Red", locale="de"), *visit("b", "boots", "Red", locale="pt_BR.UTF-8")]
    log += [*visit("c", "boots", "Red", locale="pt-br"), *visit("d", "boots", "Red", locale="?")]
    assert read(source(write(tmp_path / "log.jsonl", log), min_users=2), (DAY,))[0]["language"] == "pt-BR"


def test_unreadable_events_are_told_with_their_place_on_their_day_only(
    tmp_path: Path, source: Make, read: Read
) -> None:
    log = [{**event, "locale": "en"} for event in crowd("boots", "Red", people=20)]
    log += [{**log[0], "event": "glance", "user": "Eve@Example.com"}, {**log[0], "at": at("2026-03-09"), "user": None}]
    path = write(tmp_path / "log.jsonl", log)
    rows = [row for row in read(source(path), (DAY,)) if row["drop_reason"] == "unparsable"]
    assert [(row["id"], row["person_keys"]) for row in rows] == [("src:2026-03-10-unreadable-1", ["eve@example.com"])]
    assert rows[0]["drop_detail"] == "log.jsonl line 41: event: expected one of the words in the recipe's events"


def test_too_many_unreadable_events_fail_before_any_row(tmp_path: Path, source: Make) -> None:
    log = [*crowd("boots", "Red"), {**crowd("boots")[0], "event": "secret glance"}]
    reading = source(write(tmp_path / "log.jsonl", log)).read("src", Window(datetime.now(UTC), ZoneInfo("UTC"), (DAY,)))
    with pytest.raises(InputError, match=r"1 of 11 events cannot be read.*first: log.jsonl line 11: event") as caught:
        next(reading)
    assert "glance" not in str(caught.value)


def test_the_date_in_a_path_is_the_day_of_its_events(tmp_path: Path, source: Make, read: Read) -> None:
    early = [{**event, "at": "2026-03-10T23:59:00Z"} for event in crowd("boots", "Red")]
    for day, log in {"2026-03-10": crowd("shoes", "Blue"), "2026-03-11": early}.items():
        write(tmp_path / f"{day}.parquet", log)
    path = source(tmp_path / "{%Y-%m-%d}.parquet", min_dwell_seconds=0)
    assert [said(row) for row in read(path, ("2026-03-10",))] == [("shoes", "Blue")]
    assert [said(row) for row in read(path, ("2026-03-11",))] == [("boots", "Red")]


def test_sessions_end_at_midnight_in_the_recipe_s_zone(tmp_path: Path, source: Make, read: Read) -> None:
    log: Rows = []
    for n in range(5):
        log.append({"at": "2026-03-10T22:59:50Z", "user": f"u{n}", "event": "search", "query": "boots"})
        log.append({"at": "2026-03-10T23:00:10Z", "user": f"u{n}", "event": "click", "item_text": "Red"})
    path = write(tmp_path / "log.jsonl", log)
    (utc,) = read(source(path), (DAY,))
    (berlin,) = read(source(path), (DAY,), zone="Europe/Berlin")
    assert (utc["drop_reason"], berlin["drop_reason"]) == (None, "abandoned")


def test_a_floor_of_one_is_refused(source: Make) -> None:
    with pytest.raises(ValidationError, match="min_users"):
        source(min_users=1)


class Remembered(Updates):
    def __init__(self, cursor: str | None) -> None:
        self.at, self.touched = cursor, list[Change]()

    def cursor(self) -> str | None:
        return self.at

    def touch(self, changes: Iterable[Change], cursor: str) -> None:
        self.touched += changes
        self.at = cursor


def test_days_with_new_events_are_touched(tmp_path: Path, source: Make) -> None:
    window = Window(datetime(2026, 6, 1, tzinfo=UTC), ZoneInfo("UTC"))
    logs = source(tmp_path / "{%Y-%m-%d}.jsonl")
    for day in ("2026-03-10", "2026-03-11", "2026-03-12"):
        write(tmp_path / f"{day}.jsonl", crowd("boots", "Red", day=day))
    updates = Remembered(None)
    logs.update("src", window, updates)
    assert updates.touched == []
    write(tmp_path / "2026-03-11.jsonl", crowd("boots", "Red", people=6, day="2026-03-11"))
    (tmp_path / "2026-03-12.jsonl").unlink()
    logs.update("src", window, updates)
    assert [(change.key, change.day) for change in updates.touched] == [
        ("day-2026-03-11", "2026-03-11"),
        ("day-2026-03-12", "2026-03-12"),
    ]
    updates.touched.clear()
    logs.update("src", window, updates)
    assert updates.touched == []


def database(path: Path, events: Rows) -> SearchLog:
    """The events in a table of a SQLite file, which is made or added to, and the source that asks for them."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS log (at, user, event, query, item_text, updated_at)")
        names = ("at", "user", "event", "query", "item_text", "updated_at")
        rows = [tuple(event.get(name) for name in names) for event in events]
        connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", rows)
    query = "SELECT * FROM log WHERE datetime(at) >= :start AND datetime(at) < :end ORDER BY at"
    return SearchLog.model_validate({"log": {"type": "sql", "url": f"sqlite:///{path}", "query": query}})


def test_a_database_is_asked_for_the_day_and_its_look_back(tmp_path: Path, read: Read) -> None:
    log = [event for n in range(5) for event in visit(f"u{n}", "boots", "Red", day=f"2026-03-{10 + n}")]
    rows = read(database(tmp_path / "log.sqlite", log), ("2026-03-14",))
    assert [(said(row), row["partition"]) for row in rows] == [(("boots", "Red"), "2026-03-14")]


def test_days_with_late_events_of_a_database_are_touched(tmp_path: Path) -> None:
    window = Window(datetime(2026, 6, 1, tzinfo=UTC), ZoneInfo("UTC"))
    path = tmp_path / "log.sqlite"
    updates = Remembered(None)
    database(path, [{**event, "updated_at": event["at"]} for event in crowd("boots", "Red")]).update(
        "src", window, updates
    )
    late = [{**event, "updated_at": "2026-06-02T00:00:00Z"} for event in visit("eve", "boots", day="2026-04-02")]
    database(path, late).update("src", window, updates)
    assert Change("day-2026-04-02", "2026-04-02", "2026-06-02T00:00:00+00:00") in updates.touched
    assert updates.cursor() == window.as_of.isoformat()


DAYS = [(date(2026, 3, 10) + timedelta(days=number)).isoformat() for number in range(4)]
QUERIES = ["red boots", "Red Boots", "my name is ann", "MY NAME IS ANN", "sore knee", "xy"]
EVENT = st.fixed_dictionaries(
    {
        "at": st.builds(at, st.sampled_from(DAYS), st.integers(0, 100)),
        "user": st.sampled_from(["ann@example.com", "bob", "cid", "dee"]),
        "event": st.sampled_from(["search", "search", "click", "purchase", "glance"]),
        "query": st.sampled_from([*QUERIES, None]),
        "item_text": st.sampled_from(["Wellingtons", "Letter to Ann", "Knees", None]),
    }
)
LOGS = st.lists(EVENT, min_size=1, max_size=40)
RUNS = st.lists(st.sampled_from([0, 1]), min_size=len(DAYS) - 1, max_size=len(DAYS) - 1)
SETTINGS: dict[str, Any] = {"min_users": 2, "k_days": 2, "max_unparsable_fraction": 1, "min_query_chars": 4}


def batches_of(source: SearchLog, days: Iterable[str], **window: Any) -> list[pa.RecordBatch]:
    asked = Window(datetime(2026, 6, 1, tzinfo=UTC), ZoneInfo("UTC"), tuple(days), **window)
    return list(source.read("src", asked))


def rows_of(source: SearchLog, days: Iterable[str], **window: Any) -> list[str]:
    batches = batches_of(source, days, **window)
    assert all(batch.schema == outcomes(RAW) for batch in batches)
    return sorted(json.dumps(row, default=str) for batch in batches for row in batch.to_pylist())


@given(log=LOGS, cuts=RUNS)
def test_any_grouping_of_days_into_runs_gives_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, source: Make, log: Rows, cuts: list[int]
) -> None:
    path = write(tmp_path_factory.mktemp("log") / "log.jsonl", log)
    runs = [[DAYS[0]]]
    for day, cut in zip(DAYS[1:], cuts, strict=True):
        runs.append([day]) if cut else runs[-1].append(day)
    reader = source(path, **SETTINGS)
    assert sorted(row for run in runs for row in rows_of(reader, run)) == rows_of(reader, DAYS)


@given(log=LOGS, seed=st.randoms(use_true_random=False))
def test_the_order_of_events_in_the_file_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, source: Make, log: Rows, seed: Any
) -> None:
    folder = tmp_path_factory.mktemp("log")
    readable = [event for event in log if event["event"] != "glance"] or [*visit("ann", "boots")]
    shuffled = list(readable)
    seed.shuffle(shuffled)
    one, other = write(folder / "a.jsonl", readable), write(folder / "b.jsonl", shuffled)
    assert rows_of(source(one, **SETTINGS), DAYS) == rows_of(source(other, **SETTINGS), DAYS)


@given(log=LOGS)
def test_no_query_or_item_below_the_floor_leaves_the_reader(
    tmp_path_factory: pytest.TempPathFactory, source: Make, log: Rows
) -> None:
    path = write(tmp_path_factory.mktemp("log") / "log.jsonl", log)
    for day in DAYS:
        around = {day, (date.fromisoformat(day) - timedelta(days=1)).isoformat()}
        told = [event for event in log if event["at"][:10] in around]
        content = b"".join(batch.serialize().to_pybytes() for batch in batches_of(source(path, **SETTINGS), [day]))
        for query in QUERIES:
            if len({event["user"] for event in told if event["query"] == query}) < 2:
                assert query.encode() not in content or normalised(query) == query
            if len({event["user"] for event in told if normalised(event["query"] or "") == normalised(query)}) < 2:
                assert normalised(query).encode() not in content.lower()
        for item in ("Wellingtons", "Letter to Ann", "Knees"):
            if len({event["user"] for event in told if event["item_text"] == item}) < 2:
                assert item.encode() not in content


@given(log=st.lists(EVENT, min_size=1, max_size=40, unique_by=lambda event: (event["at"], event["user"])))
def test_the_drops_of_rare_queries_would_be_the_same_whatever_their_text(
    tmp_path_factory: pytest.TempPathFactory, source: Make, log: Rows
) -> None:
    folder = tmp_path_factory.mktemp("log")
    other = [{**event, "query": event["query"] and f"zz {normalised(event['query'])[::-1]}"} for event in log]
    fields = {"min_users": 9, "max_unparsable_fraction": 1}
    one = rows_of(source(write(folder / "a" / "log.jsonl", log), **fields), DAYS)
    assert one == rows_of(source(write(folder / "b" / "log.jsonl", other), **fields), DAYS)


@given(log=LOGS)
def test_erased_people_are_never_counted(tmp_path_factory: pytest.TempPathFactory, source: Make, log: Rows) -> None:
    folder = tmp_path_factory.mktemp("log")
    readable = [event for event in log if event["event"] != "glance"] or [*visit("bob", "boots")]
    without = [event for event in readable if event["user"] not in ("ann@example.com", "bob")]
    gone = frozenset({"ann@example.com", "bob"})
    reader = source(write(folder / "a.jsonl", readable), **SETTINGS)
    rows = rows_of(reader, DAYS, erased=lambda keys: not gone.isdisjoint(keys))
    if without:
        assert rows == rows_of(source(write(folder / "b.jsonl", without), **SETTINGS), DAYS)
    else:
        assert rows == []


def test_what_is_put_aside_on_disk_is_read_back(tmp_path: Path, source: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    log = [event for day in DAYS for event in crowd("boots", "Red", day=day)]
    reader = source(write(tmp_path / "log.jsonl", log))
    expected = rows_of(reader, DAYS)
    monkeypatch.setattr(spool, "ROWS_IN_MEMORY", 0)
    assert rows_of(reader, DAYS) == expected
    assert len(expected) == len(DAYS)
