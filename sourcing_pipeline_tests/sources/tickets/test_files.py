import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
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
from sourcing_pipeline.sources.tickets import Tickets, dating
from sourcing_pipeline.sources.tickets.files import TicketFiles
from sourcing_pipeline.sources.tickets.ticket import TICKETS

Read = Callable[..., list[dict[str, Any]]]
Record = dict[str, Any]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
CHUNKED = ("json_lines", "csv_rows", "parquet_rows")
STAR: Record = {
    "fields": {
        "id": "conversation_id",
        "status": "completion",
        "tags": "domain",
        "messages": "turns",
        "messages.at": "time",
    },
    "statuses": {"Complete": "resolved"},
    "other_status": "abandoned",
    "channel": "chat",
}


def window(*days: str, zone: str = "UTC") -> Window:
    return Window(AS_OF, ZoneInfo(zone), days or None)


def tickets(path: Path | str, **fields: Any) -> TicketFiles:
    return TicketFiles.model_validate({"type": "files", "path": str(path)} | fields)


def told(system: Any, asked: Window | None = None) -> list[Record]:
    rows: list[Record] = []
    for batch in system.tickets("src", asked or window()):
        assert batch.schema == TICKETS
        batch.validate(full=True)
        assert batch.num_rows
        assert not batch.column("id").null_count + batch.column("dated_at").null_count
        rows += batch.to_pylist()
    return rows


def written(path: Path, *records: object) -> Path:
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in records))
    return path


def ticket(key: object = 1, **fields: Any) -> Record:
    messages = [
        {"role": "customer", "text": "It fails.", "at": (NOON - timedelta(hours=2)).isoformat(), "author": 7},
        {"role": "agent", "text": "Reset it.", "at": (NOON - timedelta(hours=1)).isoformat(), "author": "Ann@X.org"},
    ]
    return {"id": key, "status": "solved", "resolved_at": NOON.isoformat(), "messages": messages} | fields


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tickets.jsonl"


def test_a_record_becomes_a_ticket(path: Path) -> None:
    more = {
        "created_at": "2026-02-28",
        "rating": 4,
        "reopened": 0,
        "merged": None,
        "wrong": False,
        "subject": "Router",
        "channel": "mail",
        "tags": ["a", "b"],
        "language": "pt_BR.UTF-8",
        "requester": 4711,
        "requester_email": " Maria@Example.COM ",
        "agent": "ann",
    }
    (row,) = told(tickets(written(path, ticket(17, **more))))
    assert row == {
        "id": "17",
        "dated_at": NOON,
        "problem": None,
        "status": "resolved",
        "resolved_at": NOON,
        "resolved_by": "human",
        "rating": 0.75,
        "rating_given": "4",
        "reopened": False,
        "merged": False,
        "said_wrong": False,
        "subject": "Router",
        "channel": "mail",
        "tags": ["a", "b"],
        "language": "pt-BR",
        "person_keys": ["4711", "7", "ann", "ann@x.org", "maria@example.com"],
        "turns": [
            {"role": "user", "text": "It fails.", "macro": None},
            {"role": "assistant", "text": "Reset it.", "macro": None},
        ],
    }


def test_a_record_needs_only_an_id_and_messages(path: Path) -> None:
    (row,) = told(tickets(written(path, {"id": "a", "messages": [{"role": "user", "text": "x", "at": 1772366400}]})))
    assert (row["status"], row["dated_at"], row["resolved_at"]) == ("open", NOON, None)
    assert (row["tags"], row["person_keys"]) == ([], [])


@pytest.mark.parametrize(
    ("scale", "given", "rating"),
    [
        ("stars", 1, 0.0),
        ("stars", "5", 1.0),
        ("stars", 3.5, 0.625),
        ("good_bad", "good", 1.0),
        ("good_bad", "Bad", 0.0),
        ("good_bad", "unoffered", None),
        ("nps", 9, 0.9),
        ("nps", "0", 0.0),
        ("unit", 0.25, 0.25),
        ("stars", "", None),
        ("stars", None, None),
    ],
)
def test_ratings_are_mapped_to_the_unit_interval(scale: str, given: object, rating: float | None, path: Path) -> None:
    (row,) = told(tickets(written(path, ticket(rating=given)), rating_scale=scale))
    assert (row["rating"], row["problem"]) == (rating, None)
    assert row["rating_given"] == (None if given in (None, "") else str(given))


@pytest.mark.parametrize(("scale", "given"), [("stars", 0), ("stars", 6), ("nps", 11), ("unit", 1.1), ("good_bad", 4)])
def test_a_rating_off_the_scale_is_a_problem(scale: str, given: object, path: Path) -> None:
    (row,) = told(tickets(written(path, ticket(rating=given)), rating_scale=scale))
    assert row["problem"].startswith("tickets.jsonl line 1: rating: expected ")


@pytest.mark.parametrize(
    ("word", "status"),
    [("Solved", "resolved"), ("closed", "resolved"), ("pending", "open"), ("spam", "spam"), ("deleted", "deleted")],
)
def test_common_words_for_a_status_are_known(word: str, status: str, path: Path) -> None:
    assert told(tickets(written(path, ticket(status=word))))[0]["status"] == status


def test_words_can_be_mapped_and_the_others_be_one(path: Path) -> None:
    written(path, ticket(1, status="4"), ticket(2, status=9), ticket(3, status=None))
    rows = told(tickets(path, statuses={"4": "resolved"}, other_status="abandoned"))
    assert [row["status"] for row in rows] == ["resolved", "abandoned", "abandoned"]


@pytest.mark.parametrize(
    ("field", "given", "found"),
    [
        ("reopened", 2, True),
        ("reopened", "0", False),
        ("reopened", True, True),
        ("merged", 4711, True),
        ("merged", "[]", False),
        ("merged", False, False),
        ("wrong", "yes", True),
    ],
)
def test_truth_may_be_told_by_counts_and_ids(field: str, given: object, found: bool, path: Path) -> None:
    (row,) = told(tickets(written(path, ticket(**{field: given}))))
    assert row["said_wrong" if field == "wrong" else field] is found


@pytest.mark.parametrize(
    ("said", "roles", "resolver"),
    [
        ("agent", ["customer", "bot"], "human"),
        ("bot", ["customer", "agent"], "bot"),
        (None, ["customer", "bot", "agent", "customer"], "human"),
        (None, ["customer", "agent", "bot"], "bot"),
        (None, ["customer"], None),
        (None, [], None),
    ],
)
def test_the_last_answer_tells_who_resolved_where_the_record_does_not(
    said: str | None, roles: list[str], resolver: str | None, path: Path
) -> None:
    messages = [{"role": role, "text": "x"} for role in roles]
    assert told(tickets(written(path, ticket(resolved_by=said, messages=messages))))[0]["resolved_by"] == resolver


def test_private_messages_are_left_out_but_not_their_authors(path: Path) -> None:
    note = {"role": "whoever", "text": "secret", "public": False, "author": "ben"}
    messages = ticket()["messages"]
    (row,) = told(tickets(written(path, ticket(messages=[messages[0], note, messages[1]]))))
    assert [turn["text"] for turn in row["turns"]] == ["It fails.", "Reset it."]
    assert (row["problem"], "ben" in row["person_keys"]) == (None, True)


def test_messages_stand_in_the_order_of_their_times(path: Path) -> None:
    late, early = ticket()["messages"][::-1]
    written(path, ticket(1, messages=[late, early]), ticket(2, messages=[late, early | {"at": None}]))
    texts = [[turn["text"] for turn in row["turns"]] for row in told(tickets(path))]
    assert texts == [["It fails.", "Reset it."], ["Reset it.", "It fails."]]


def test_a_macro_is_kept(path: Path) -> None:
    messages = [{"role": "agent", "text": "x", "macro": "close"}]
    assert told(tickets(written(path, ticket(messages=messages))))[0]["turns"][0]["macro"] == "close"


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ('{"secret', "column 9: expected JSON"),
        (ticket(None), "id: expected an id of one line of text, got none"),
        (ticket("a\nb"), "id: expected an id of one line of text, got none"),
        (ticket([1]), "id: expected text, got a list"),
        (ticket(status="secret"), "status: expected one of new, open"),
        (ticket(resolved_by="secret"), "resolved_by: expected one of human, agent"),
        (ticket(reopened="secret"), "reopened: expected true, false or a count"),
        (ticket(resolved_at="secret"), "resolved_at: expected ISO 8601"),
        (ticket(messages="secret"), "messages: expected a list, or a list as JSON text"),
        (ticket(messages=["secret"]), "messages[0]: expected an object, got text"),
        (ticket(messages=[{"role": "secret", "text": "x"}]), "message 1: role: expected one of customer, end-user"),
        (ticket(messages=[{"text": "x"}]), "message 1: role: expected one of customer, end-user"),
        (ticket(messages=[{"role": "agent", "text": {}}]), "messages[0].text: expected text, got an object"),
        (ticket(messages=[{"role": "agent", "at": "secret"}]), "messages[0].at: expected ISO 8601"),
    ],
)
def test_what_cannot_be_read_is_a_problem_of_its_record(record: object, problem: str, path: Path) -> None:
    first, broken, last = told(tickets(written(path, ticket("first"), record, ticket("last"))))
    assert (first["problem"], last["problem"]) == (None, None)
    assert broken["problem"].startswith("tickets.jsonl line 2: ")
    assert problem in broken["problem"]
    assert "secret" not in broken["problem"]
    assert broken["id"] in ("1", "tickets.jsonl-line-2")


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"resolved_at": "2026-03-04", "updated_at": "2026-03-05", "created_at": "2026-03-01"}, "2026-03-04"),
        ({"resolved_at": None, "updated_at": "2026-03-05", "created_at": "2026-03-01"}, "2026-03-05"),
        ({"resolved_at": None, "created_at": "2026-03-03"}, "2026-03-03"),
        ({"resolved_at": None}, "2026-03-01"),
    ],
)
def test_a_ticket_has_the_day_of_its_best_time(fields: Record, day: str, path: Path) -> None:
    written(path, ticket(**fields))
    assert len(told(tickets(path), window(day))) == 1
    assert told(tickets(path), window("2026-03-06")) == []


def test_a_record_without_a_time_has_the_day_of_the_one_before(path: Path) -> None:
    timeless = {"id": "x", "messages": []}
    later = ticket("b", resolved_at="2026-03-05T00:00:00Z")
    written(path, timeless, "{broken", ticket("a"), timeless | {"id": "y"}, later, timeless | {"id": "z"})
    days = [(row["id"], row["dated_at"].date().isoformat()) for row in told(tickets(path))]
    assert days == [
        ("x", "2026-03-01"),
        ("tickets.jsonl-line-2", "2026-03-01"),
        ("a", "2026-03-01"),
        ("y", "2026-03-01"),
        ("b", "2026-03-05"),
        ("z", "2026-03-05"),
    ]


def test_records_without_any_time_are_one_clear_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(path, *[{"id": number, "messages": []} for number in range(5)])
    with pytest.raises(InputError, match="no record has a time, so that no day is known; say in `fields`"):
        told(tickets(path))
    monkeypatch.setattr(dating, "HELD_TICKETS", 3)
    with pytest.raises(InputError, match="none of the first 3 records has a time"):
        told(tickets(path))


@pytest.mark.parametrize("layout", ["nested", "flat"])
def test_the_day_in_the_path_is_the_tickets_day(layout: str, tmp_path: Path) -> None:
    for day in ("2026-03-01", "2026-03-02"):
        flat = {"role": "agent", "text": "x", "sent_at": None}
        records = [
            ticket(f"{day}-{number}", resolved_at=at) | flat for number, at in enumerate(["2026-03-01T12:00Z", None])
        ]
        for record in records:
            record["messages"] = []
        written(tmp_path / f"{day}.jsonl", *records, *(["{broken"] if layout == "nested" else []))
    made = tickets(tmp_path / "{%Y-%m-%d}.jsonl", layout=layout)
    begin = datetime(2026, 3, 1, 23, tzinfo=UTC)
    rows = told(made, window("2026-03-02", zone="Europe/Berlin"))
    assert {row["dated_at"] for row in rows} == {begin}
    first = told(made, window("2026-03-01", zone="Europe/Berlin"))
    assert [row["dated_at"] for row in first][:2] == [NOON, begin - timedelta(days=1)]
    assert len(rows) + len(first) == len(told(made, window(zone="Europe/Berlin")))


FLAT = "id,status,resolved_at,rating,role,text,sent_at,author,public\n"


def test_rows_of_one_id_are_one_ticket(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        f"{FLAT}1,solved,2026-03-01,5,customer,Hi,2026-03-01,c1,TRUE\n1,solved,2026-03-01,5,agent,Yes,2026-03-02,a1,TRUE\n"
        "1,solved,2026-03-01,5,agent,Note,2026-03-02,a2,FALSE\n2,open,2026-03-03,,,,,,\n3,open,2026-03-04,,bot,x,,,\n"
    )
    rows = told(tickets(tmp_path / "a.csv", layout="flat"))
    assert [(row["id"], [turn["text"] for turn in row["turns"]]) for row in rows] == [
        ("1", ["Hi", "Yes"]),
        ("2", []),
        ("3", ["x"]),
    ]
    assert (rows[0]["rating"], rows[0]["person_keys"]) == (1.0, ["a1", "a2", "c1"])


def test_an_id_that_comes_back_is_one_clear_error(tmp_path: Path) -> None:
    row = "solved,2026-03-01,5,agent,secret,,,\n"
    (tmp_path / "a.csv").write_text(f"{FLAT}1,{row}2,{row}3,{row}1,{row}")
    with pytest.raises(InputError, match=r"a.csv line 5: the rows of a ticket do not stand together") as caught:
        told(tickets(tmp_path / "a.csv", layout="flat"))
    assert "secret" not in str(caught.value)


def test_flat_rows_without_an_id_are_problems_of_their_own(tmp_path: Path) -> None:
    row = "solved,2026-03-01,5,agent,x,,,\n"
    (tmp_path / "a.csv").write_text(f"{FLAT},{row},{row}1,{row}1,solved,2026-03-01,5,agent,x,secret,,\n")
    rows = told(tickets(tmp_path / "a.csv", layout="flat"))
    assert [row["id"] for row in rows] == ["a.csv-line-2", "a.csv-line-3", "1"]
    assert rows[2]["problem"] == "a.csv line 5: sent_at: expected ISO 8601 text or epoch seconds, 1900 to 2199"


def test_a_missing_layout_is_explained_by_the_missing_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{FLAT}1,solved,2026-03-01,5,agent,x,,,\n")
    with pytest.raises(InputError, match="there is no column `messages`"):
        told(tickets(tmp_path / "a.csv"))


def test_an_unknown_field_is_refused_with_the_recipe() -> None:
    with pytest.raises(ValidationError, match="there is no ticket field 'satus'; there are agent, author"):
        tickets("a.csv", fields={"satus": "state"})


def test_columns_can_be_tags_and_a_channel_can_be_given(path: Path) -> None:
    written(path, ticket(1, domain="bank", tags=["a"]), ticket(2, channel="mail", tags="a, bank", domain="bank"))
    rows = told(tickets(path, tag_fields=["domain", "task"], channel="chat"))
    assert [(row["tags"], row["channel"]) for row in rows] == [(["a", "bank"], "chat"), (["a", "bank"], "mail")]


def changes(made: TicketFiles, cursor: str | None) -> tuple[list[tuple[str, str, str]], str]:
    found, following = made.changed("src", window(), cursor)
    return [tuple(change) for change in found], following


@pytest.mark.parametrize("layout", ["nested", "flat"])
def test_tickets_of_files_that_differ_have_changed(layout: str, tmp_path: Path) -> None:
    flat = {"role": "agent", "text": "x"}
    one = ticket(1, updated_at="2026-03-02T10:00:00Z") | flat
    written(tmp_path / "a.jsonl", one)
    written(tmp_path / "b.jsonl", ticket(2) | flat)
    made = tickets(tmp_path / "*.jsonl", layout=layout)
    found, cursor = changes(made, None)
    assert found == []
    written(
        tmp_path / "a.jsonl", one, one if layout == "flat" else "", ticket(3, updated_at="2026-04-01T00:00Z") | flat
    )
    found, following = changes(made, cursor)
    assert found == [
        ("1", "2026-03-01", "2026-03-02T10:00:00.000000+00:00"),
        ("3", "2026-03-01", "2026-04-01T00:00:00.000000+00:00"),
    ]
    assert changes(made, following)[0] == []


def test_a_ticket_without_updated_at_changes_with_its_file(path: Path) -> None:
    made = tickets(written(path, ticket(1)))
    _, cursor = changes(made, None)
    written(path, ticket(1, rating=1), "")
    ((key, day, version),) = changes(made, cursor)[0]
    assert (key, day) == ("1", "2026-03-01")
    assert version == datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="microseconds")


def test_a_changed_file_without_any_time_changes_no_day(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", ticket(1))
    made = tickets(tmp_path / "*.jsonl")
    _, cursor = changes(made, None)
    written(tmp_path / "b.jsonl", "{broken")
    assert changes(made, cursor)[0] == []
    assert len(told(made)) == 2


def test_the_day_of_a_file_that_is_gone_has_changed(tmp_path: Path) -> None:
    written(tmp_path / "2026-03-01.jsonl", ticket(1))
    made = tickets(tmp_path / "{%Y-%m-%d}.jsonl")
    _, cursor = changes(made, None)
    (tmp_path / "2026-03-01.jsonl").unlink()
    assert [change[:2] for change in changes(made, cursor)[0]] == [("files-of-2026-03-01", "2026-03-01")]


TIMES = st.none() | st.integers(0, 3).map(lambda day: (NOON + timedelta(days=day)).isoformat())
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["customer", "agent", "bot", "Agent", "stranger"]),
            "text": st.sampled_from(["Hi", "line\nline", "ü", " "]),
            "at": TIMES | st.just("yesterday"),
            "author": st.sampled_from([None, "7", "Ann@x.org"]),
            "public": st.sampled_from([None, True, False]),
        }
    ),
    max_size=4,
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from([None, "solved", "Open", "stranger"]),
            "resolved_at": TIMES,
            "created_at": TIMES | st.just("yesterday"),
            "rating": st.sampled_from([None, "1", "5", "6"]),
            "requester": st.sampled_from([None, "7", "9"]),
            "tags": st.sampled_from([None, ["a"], ["b", "a"], []]),
            "messages": MESSAGES,
        }
    ),
    min_size=1,
    max_size=8,
).map(lambda records: [{"id": f"t{number}"} | record for number, record in enumerate(records)])
FLAT_MESSAGE = {"role": None, "text": None, "sent_at": None, "author": None, "public": None}


def flat_rows(records: list[Record]) -> Iterator[Record]:
    for record in records:
        own = {name: value for name, value in record.items() if name != "messages"}
        for message in record["messages"] or [{}]:
            yield own | FLAT_MESSAGE | {"sent_at" if name == "at" else name: cell for name, cell in message.items()}


def as_csv(rows: list[Record]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: json.dumps(cell) if isinstance(cell, list) else cell for name, cell in row.items()})
    return text.getvalue()


def in_every_way(folder: Path, records: list[Record]) -> Iterator[TicketFiles]:
    for layout, rows in (("nested", records), ("flat", list(flat_rows(records)))):
        written(folder / f"{layout}.jsonl", *rows)
        (folder / f"{layout}.csv").write_text(as_csv(rows), newline="")
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{layout}.parquet", row_group_size=3)
        for suffix in ("jsonl", "csv", "parquet"):
            yield tickets(folder / f"{layout}.{suffix}", layout=layout)


def alike(rows: list[Record]) -> list[Record]:
    return [row | {"problem": row["problem"] is not None} for row in rows]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=RECORDS, chunk=st.integers(1, 4))
def test_the_tickets_do_not_depend_on_layout_format_or_batch(records: list[Record], chunk: int, tmp_path: Path) -> None:
    records[0]["resolved_at"] = NOON.isoformat()
    expected = alike(told(next(in_every_way(tmp_path, records))))
    assert [row["id"] for row in expected] == [record["id"] for record in records]
    with pytest.MonkeyPatch.context() as patch:
        for module in CHUNKED:
            patch.setattr(f"sourcing_pipeline.sources.tabular.{module}.CHUNK_ROWS", chunk)
        for made in in_every_way(tmp_path, records):
            assert alike(told(made)) == expected


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=RECORDS,
    chunk=st.integers(1, 4),
    zone=st.sampled_from(["UTC", "Pacific/Auckland"]),
    way=st.integers(0, 5),
)
def test_each_record_belongs_to_exactly_one_day(
    records: list[Record], chunk: int, zone: str, way: int, tmp_path: Path
) -> None:
    records[-1]["resolved_at"] = NOON.isoformat()
    made = list(in_every_way(tmp_path, records))[way]
    with pytest.MonkeyPatch.context() as patch:
        for module in CHUNKED:
            patch.setattr(f"sourcing_pipeline.sources.tabular.{module}.CHUNK_ROWS", chunk)
        whole = told(made, window(zone=zone))
        assert len(whole) == len(records)
        days = [(NOON + timedelta(days=day)).date().isoformat() for day in range(-1, 6)]
        by_day = [row for day in days for row in told(made, window(day, zone=zone))]
        assert sorted(by_day, key=lambda row: row["id"]) == sorted(whole, key=lambda row: row["id"])
        some = [row for row in whole if window(zone=zone).day(row["dated_at"]) in days[::2]]
        assert told(made, window(*days[::2], zone=zone)) == some


def test_many_ids_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in CHUNKED:
        monkeypatch.setattr(f"sourcing_pipeline.sources.tabular.{module}.CHUNK_ROWS", 7)
    ids = [str(number) for number in range(300)]
    table = pa.table({"id": ids, "role": ["user"] * 300, "text": ["x"] * 300, "created_at": [NOON] * 300})
    pq.write_table(table, tmp_path / "a.parquet")
    assert len(told(tickets(tmp_path / "a.parquet", layout="flat"))) == 300
    again = pa.concat_tables([table, table.slice(150, 1)])
    pq.write_table(again, tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"a\.parquet row 301"):
        told(tickets(tmp_path / "a.parquet", layout="flat"))


def test_the_rows_of_real_conversations(samples: Path, read: Read) -> None:
    system = STAR | {"type": "files", "path": str(samples / "support" / "star_support_300.jsonl")}
    source = Tickets.model_validate({"system": system, "min_rating": None})
    rows = read(source, as_of=datetime(2020, 12, 1, tzinfo=UTC))
    assert Counter(row["drop_reason"] for row in rows)["abandoned"] == 33
    assert "unparsable" not in {row["drop_reason"] for row in rows}
    assert len(rows) == 300
    assert {row["partition"] for row in rows} <= {f"2020-05-{day:02}" for day in range(1, 32)}
    assert next(row["tags"] for row in rows if row["drop_reason"] is None) == ["doctor"]


def test_real_warehouse_tickets_are_read(samples: Path) -> None:
    fields = {
        "messages": None,
        "channel": "via_channel",
        "requester": "requester_id",
        "agent": "assignee_id",
        "merged": None,
    }
    rows = told(tickets(samples / "zendesk/warehouse/ticket_data.csv", fields=fields))
    assert Counter(row["status"] for row in rows) == {"resolved": 8, "deleted": 2}
    assert all(row["problem"] is None and row["person_keys"] for row in rows)


def test_real_warehouse_comments_are_read_as_messages(samples: Path, tmp_path: Path) -> None:
    with (samples / "zendesk/warehouse/ticket_comment_data.csv").open(newline="") as handle:
        lines = sorted(csv.DictReader(handle), key=lambda line: (line["ticket_id"], line["created"]))
    (tmp_path / "a.csv").write_text(as_csv([line | {"role": "agent"} for line in lines]), newline="")
    fields = {"id": "ticket_id", "text": "body", "sent_at": "created", "author": "user_id", "created_at": None}
    rows = told(tickets(tmp_path / "a.csv", layout="flat", fields=fields))
    assert sum(len(row["turns"]) for row in rows) == len(lines)
    assert len(rows) == len({line["ticket_id"] for line in lines})
