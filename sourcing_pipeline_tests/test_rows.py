from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.errors import ContractError
from sourcing_pipeline.rows import (
    ASSESSED,
    LEDGER,
    MASKED,
    MIXED,
    RAW,
    Drop,
    DropReason,
    Example,
    Message,
    batches,
    conform,
    content_hash,
    dropped,
    instruction_and_response,
    is_canary,
    kept,
    message_tuples,
    opening,
    outcomes,
)

TURN = st.builds(Message, st.sampled_from(["system", "user", "assistant"]), st.text())
EXAMPLE = st.builds(
    Example,
    id=st.from_regex(r"\A[a-z]{1,5}:[a-z0-9#/]{1,9}\Z"),
    partition=st.sampled_from(["all", "2026-03-01"]),
    source=st.sampled_from(["tickets", "posts"]),
    strategy=st.sampled_from(["production_logs", "public", "annotated", "synthetic"]),
    messages=st.lists(TURN, min_size=2, max_size=5).map(tuple),
    quality_score=st.none() | st.floats(0, 1, width=32),
    license=st.sampled_from(["MIT", "LicenseRef-Proprietary"]),
    attribution=st.none() | st.text(max_size=9),
    origin_uri=st.none() | st.text(max_size=9),
    language=st.none() | st.just("de"),
    tags=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    created_at=st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.timezones()),
    cost_usd=st.floats(0, 100),
    meta=st.dictionaries(st.text(max_size=5), st.none() | st.integers(-9, 9) | st.text(max_size=5), max_size=3),
)


def example(**changes: Any) -> Example:
    given_fields: dict[str, Any] = {
        "id": "posts:1",
        "source": "posts",
        "strategy": "public",
        "messages": [("user", "How?"), ("assistant", "Like this.")],
        "license": "MIT",
        "created_at": datetime(2026, 3, 1, tzinfo=UTC),
    }
    return Example.model_validate(given_fields | changes)


def only(records: list[Example | Drop]) -> pa.RecordBatch:
    (batch,) = batches(records)
    return batch


@given(st.lists(EXAMPLE, min_size=1, max_size=5))
def test_examples_come_back_unchanged_from_their_batch(examples: list[Example]) -> None:
    batch = conform(only([*examples]), outcomes(RAW), "test")
    assert batch.to_pylist() == [one.record() for one in examples]


@given(st.lists(EXAMPLE, min_size=1, max_size=5))
def test_examples_satisfy_the_raw_schema(examples: list[Example]) -> None:
    assert conform(only([*examples]), RAW, "test").schema == RAW


@given(st.lists(EXAMPLE | st.builds(Drop, st.just("s:1"), st.sampled_from(DropReason)), max_size=20), st.integers(1, 7))
def test_every_record_is_either_kept_or_in_the_ledger(records: list[Example | Drop], batch_rows: int) -> None:
    made = list(batches(records, batch_rows))
    assert sum(kept(batch).num_rows for batch in made) == sum(isinstance(one, Example) for one in records)
    assert sum(dropped(batch).num_rows for batch in made) == sum(isinstance(one, Drop) for one in records)


@given(st.lists(EXAMPLE, max_size=20), st.integers(1, 7))
def test_batches_keep_the_order_and_the_limit(examples: list[Example], batch_rows: int) -> None:
    made = list(batches(examples, batch_rows))
    assert [row_id for batch in made for row_id in batch.column("id").to_pylist()] == [one.id for one in examples]
    assert all(0 < batch.num_rows <= batch_rows for batch in made)


def test_dropped_rows_have_the_ledger_schema() -> None:
    lines = dropped(only([Drop("posts:9", DropReason.SPAM, "line 3", "2026-03-01"), example()]))
    assert lines.schema == LEDGER
    assert lines.to_pylist() == [
        {"id": "posts:9", "partition": "2026-03-01", "reason": "spam", "detail": "line 3"},
    ]


@pytest.mark.parametrize("column", RAW.names)
def test_a_missing_column_is_named_with_its_place(column: str) -> None:
    with pytest.raises(ContractError, match=f"^asset_x: column '{column}' is missing"):
        conform(only([example()]).drop_columns([column]), RAW, "asset_x")


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("quality_score", pa.array(["high"])),
        ("created_at", pa.array(["yesterday-ish"])),
        ("tags", pa.array([1])),
        ("cost_usd", pa.array([[1.0]])),
        ("messages", pa.array(["How?"])),
    ],
)
def test_a_wrong_type_is_named_with_its_place_and_not_with_its_value(column: str, wrong: pa.Array) -> None:
    batch = only([example()])
    broken = batch.set_column(batch.schema.get_field_index(column), column, wrong)
    with pytest.raises(ContractError) as caught:
        conform(broken, RAW, "asset_x")
    assert str(caught.value).startswith(f"asset_x: column {column!r} should be ")
    assert not any(value in str(caught.value) for value in ("high", "yesterday", "How?"))


@pytest.mark.parametrize("column", [field.name for field in RAW if not field.nullable])
def test_a_null_where_none_may_be_is_named_with_its_place(column: str) -> None:
    batch = only([example()])
    nulls = pa.nulls(1, pa.string())
    with pytest.raises(ContractError, match=f"^asset_x: column '{column}' has 1 nulls"):
        conform(batch.set_column(batch.schema.get_field_index(column), column, nulls), RAW, "asset_x")


def test_conform_puts_columns_in_the_order_of_the_schema_and_leaves_out_others() -> None:
    batch = only([example()]).select(list(reversed(outcomes(RAW).names)))
    assert conform(batch, RAW, "test").schema.names == RAW.names


def test_large_and_view_types_become_those_of_the_contract() -> None:
    batch = pa.record_batch(
        {
            "id": pa.array(["a:1"], pa.large_string()),
            "partition": pa.array(["all"], pa.string_view()),
            "reason": pa.array(["spam"], pa.large_string()),
            "detail": pa.array([None], pa.string_view()),
        }
    )
    assert conform(batch, LEDGER, "test").schema == LEDGER


@given(st.lists(TURN, min_size=2, max_size=4, unique=True))
def test_content_hash_depends_on_the_order_of_messages(messages: list[Message]) -> None:
    assert content_hash(messages) != content_hash(messages[::-1])


@given(st.text())
def test_content_hash_depends_on_roles(text: str) -> None:
    assert content_hash([("user", text)]) != content_hash([("assistant", text)])


def test_content_hash_is_the_same_in_every_release_of_this_package() -> None:
    assert content_hash([("user", "Grüße"), ("assistant", "ok")]) == "15f3b95bf08e569e30cff16e71fec79d"


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(alphabet='",[]ab')), max_size=4))
def test_content_hash_tells_message_borders_apart(messages: list[tuple[str, str]]) -> None:
    joined = [("user", "".join(content for _, content in messages))]
    assert (content_hash(messages) == content_hash(joined)) == (messages == joined)


def test_one_user_turn_is_the_bare_instruction() -> None:
    assert instruction_and_response([("user", "How?"), ("assistant", "So.")]) == ("How?", "So.")


def test_several_turns_stand_in_the_instruction_under_their_roles() -> None:
    turns = [("system", "Be kind."), ("user", "How?"), ("assistant", "What?"), ("user", "That."), ("assistant", "So.")]
    assert instruction_and_response(turns) == (
        "System: Be kind.\n\nUser: How?\n\nAssistant: What?\n\nUser: That.",
        "So.",
    )


@given(st.lists(st.none() | st.lists(TURN, max_size=3), max_size=4))
def test_message_tuples_are_one_list_a_row(rows: list[list[Message] | None]) -> None:
    stored = [None if row is None else [turn._asdict() for turn in row] for row in rows]
    column = pa.array(stored, RAW.field("messages").type)
    assert message_tuples(column) == [[tuple(turn) for turn in row or ()] for row in rows]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "no-colon"},
        {"id": "sp ace:1"},
        {"id": "posts:"},
        {"quality_score": 1.01},
        {"quality_score": float("nan")},
        {"cost_usd": -1},
        {"messages": [("user", "secret words")]},
        {"messages": [("user", "secret words"), ("robot", "x")]},
        {"created_at": datetime(2026, 3, 1)},
        {"strategy": "bought"},
        {"colour": "secret words"},
    ],
)
def test_a_malformed_example_is_refused_without_its_text(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        example(**changes)
    assert "secret words" not in str(caught.value)


def test_the_opening_is_the_first_user_turn() -> None:
    assert opening([("system", "Be kind."), ("user", "How?"), ("assistant", "So."), ("user", "Thanks")]) == "How?"


def test_an_exchange_without_a_user_turn_has_no_opening() -> None:
    assert opening([("system", "Be kind."), ("assistant", "So.")]) == ""


def test_created_at_is_kept_in_utc() -> None:
    ahead = datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert example(created_at=ahead).record()["created_at"] == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_each_boundary_adds_columns_and_renames_none() -> None:
    assert MASKED.names[: len(RAW) - 1] == RAW.names[:-1]
    assert RAW.names[-1] == "person_keys"
    assert ASSESSED.names[: len(MASKED)] == MASKED.names
    assert set(ASSESSED.names) - {"embedding"} < set(MIXED.names)


def test_outcomes_can_be_applied_twice() -> None:
    assert outcomes(outcomes(RAW)) == outcomes(RAW)


@pytest.mark.parametrize("reason", DropReason)
def test_every_drop_reason_has_a_meaning(reason: DropReason) -> None:
    assert reason.meaning


@pytest.mark.parametrize(
    ("row_id", "planted"),
    [
        ("posts:canary-exact", True),
        ("posts:1", False),
        ("canary-posts:1", False),
        ("posts:x:canary-1", False),
        ("canary-", False),
    ],
)
def test_a_canary_is_told_by_its_native_key(row_id: str, planted: bool) -> None:
    assert is_canary(row_id) is planted
