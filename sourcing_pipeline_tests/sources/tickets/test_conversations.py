import contextlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.tickets import Tickets

Read = Callable[..., list[dict[str, Any]]]
NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())
DAY = 86400


def conversation(key: object = "c1", start: object = NOON, **fields: Any) -> dict[str, Any]:
    turns = [
        {"role": "customer", "text": "It fails.", "time": start},
        {"role": "agent", "text": "Reset it.", "time": start},
    ]
    return {"conversation_id": key, "domain": "bank", "completion": "Complete", "turns": turns} | fields


def source(path: Path, *lines: object, **fields: Any) -> Tickets:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return tickets(path, **fields)


def tickets(path: Path, **fields: Any) -> Tickets:
    return Tickets.model_validate({"system": {"type": "conversations", "path": path} | fields, "min_rating": None})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.jsonl"


def test_a_conversation_becomes_a_row(path: Path, read: Read) -> None:
    (row,) = read(source(path, conversation()))
    assert (row["id"], row["partition"], row["tags"]) == ("src:c1", "2026-03-01", ["bank"])
    assert [turn["content"] for turn in row["messages"]] == ["It fails.", "Reset it."]
    assert row["quality_score"] is None
    assert row["created_at"] == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_fields_and_roles_can_be_named(path: Path, read: Read) -> None:
    turns = [
        {"who": "visitor", "said": "Hi", "at": "2026-03-01T10:00:00Z"},
        {"who": "staff", "said": "Hello", "at": "2026-03-01T10:01:00"},
    ]
    names = {"id_field": "key", "completion_field": "end", "complete_value": "ok", "turns_field": "log"}
    more = {"role_field": "who", "text_field": "said", "time_field": "at", "customer_role": "visitor"}
    made = source(path, {"key": 5, "end": "ok", "log": turns}, **names, **more, agent_role="staff")
    (row,) = read(made)
    assert (row["id"], row["drop_reason"], row["tags"]) == ("src:5", None, [])


def test_drops_have_their_reasons(path: Path, read: Read) -> None:
    bot = [{"role": "customer", "text": "a", "time": NOON}, {"role": "bot", "text": "b", "time": NOON}]
    rows = read(
        source(
            path,
            conversation(1),
            conversation(2, completion="EarlyDisconnect"),
            conversation(3, turns=[]),
            conversation(4, turns=bot),
            conversation(5, turns=bot[:1]),
            conversation(6, start=NOON - 400 * DAY),
            conversation(7, completion=None),
        )
    )
    assert [row["drop_reason"] for row in rows] == [
        None,
        "abandoned",
        "empty",
        "bot_answered",
        "empty",
        "outside_window",
        "abandoned",
    ]


def test_ratings_are_asked_for_by_default(path: Path, read: Read) -> None:
    source(path, conversation())
    (row,) = read(Tickets.model_validate({"system": {"type": "conversations", "path": path}}))
    assert row["drop_reason"] == "not_rated"


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ('{"secret', "line 2: column 2: expected JSON"),
        ("[]", "line 2: expected a JSON object"),
        (conversation(None), "conversation_id: expected an integer or one line of text, got null"),
        (conversation("a\nb"), "conversation_id: expected an integer or one line"),
        (conversation(completion=3), "completion: expected text, got a number"),
        (conversation(turns="secret"), "turns: expected a list, got text"),
        (conversation(turns=["secret"]), "turns[0]: expected an object, got text"),
        (
            conversation(turns=[{"role": "secret", "text": "x"}]),
            "turns[0].role: expected customer, agent or bot",
        ),
        (conversation(turns=[{"role": "agent", "text": 5}]), "turns[0].text: expected text, got a number"),
        (conversation(start="secret"), "turns[0].time: expected ISO 8601"),
        (conversation(start=1e300), "turns[0].time: expected ISO 8601"),
        (conversation(domain=["x"]), "domain: expected text, got a list"),
    ],
)
def test_a_broken_record_is_unparsable_on_the_day_of_the_one_before(
    path: Path, read: Read, line: object, detail: str
) -> None:
    if isinstance(line, dict) and "turns" in line and line["turns"] and isinstance(line["turns"][0], dict):
        line["turns"][0].setdefault("time", NOON)
    rows = read(source(path, conversation("first"), line, conversation("last", NOON + 5 * DAY)))
    assert [row["id"] for row in rows] == ["src:first", "src:line-2", "src:last"]
    assert (rows[1]["drop_reason"], rows[1]["partition"]) == ("unparsable", "2026-03-01")
    assert rows[1]["drop_detail"].startswith("line 2: ")
    assert detail in rows[1]["drop_detail"]
    assert "secret" not in rows[1]["drop_detail"]


LINES = st.one_of(
    st.integers(0, 4).map(lambda day: conversation(start=NOON + day * DAY)),
    st.just(conversation(turns=[])),
    st.just("{broken"),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, min_size=1, max_size=8))
def test_each_line_belongs_to_exactly_one_day(path: Path, read: Read, lines: list[Any]) -> None:
    for number, line in enumerate(lines):
        lines[number] = line | {"conversation_id": f"c{number}"} if isinstance(line, dict) else line
    made = source(path, *lines)
    if not any(isinstance(line, dict) and line["turns"] for line in lines):
        with pytest.raises(InputError, match="every line: expected a time"):
            read(made)
        return
    whole = read(made)
    days = sorted({row["partition"] for row in whole})
    assert len(whole) == len(lines)
    assert sorted(map(str, whole)) == sorted(str(row) for day in days for row in read(made, (day,)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode)))
def test_no_bytes_raise_anything_but_input_error(path: Path, read: Read, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        read(tickets(path))


def test_the_rows_of_real_conversations(samples: Path, read: Read) -> None:
    rows = read(tickets(samples / "support" / "star_support_300.jsonl"), as_of=datetime(2020, 12, 1, tzinfo=UTC))
    assert Counter(row["drop_reason"] for row in rows) == {None: 267, "abandoned": 33}
    assert len(rows) == 300
