from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.config import CODE, MaskingProfile
from sourcing_pipeline.masking.config import Masking, Residual
from sourcing_pipeline.masking.elsewhere import Elsewhere
from sourcing_pipeline.masking.residual import (
    SECOND_LOOKS,
    SUSPECTED_LEAKS,
    Looked,
    bounded,
    counted,
    drawn,
    looked,
)
from sourcing_pipeline.masking.second_look import SecondLook
from sourcing_pipeline.rows import MESSAGES, content_hash

RULES = Masking(language_model=None)
EVERYTHING = MaskingProfile()
LEAK = "Hi [NAME], write to maria@example.com"
IDS = st.lists(st.integers(0, 500).map("s:{}".format), unique=True, max_size=60)


def batch(*rows: tuple[str, ...], partition: str = "all") -> pa.RecordBatch:
    """MASKED rows s:0, s:1 …, each of the messages given."""
    messages = [[{"role": "user", "content": text} for text in texts] for texts in rows]
    return pa.RecordBatch.from_pydict(
        {
            "id": [f"s:{number}" for number in range(len(rows))],
            "partition": [partition] * len(rows),
            "messages": pa.array(messages, MESSAGES),
        }
    )


def suspects(
    rows: pa.RecordBatch,
    config: Masking = RULES,
    profile: MaskingProfile = EVERYTHING,
    sampled: frozenset[str] = frozenset(),
    elsewhere: Elsewhere | None = None,
) -> list[dict[str, Any]]:
    found = SecondLook(config, profile, elsewhere or Elsewhere()).suspects(rows, sampled)
    assert found.schema == SUSPECTED_LEAKS
    return found.to_pylist()


def seen(sampled: int, suspected: int) -> Looked:
    return Looked(2 * sampled, sampled, suspected, 1)


def told(*leaks: tuple[str, str]) -> pa.Table:
    return pa.table({"id": [row_id for row_id, _ in leaks], "entity": [entity for _, entity in leaks]})


def test_a_suspicion_is_a_place_in_a_message_and_no_text() -> None:
    (row,) = suspects(batch(("Hello [NAME]", LEAK), ("Nothing here",)), sampled=frozenset({"s:0"}))
    assert LEAK[row["start"] : row["end"]] == "maria@example.com"
    assert row == {
        "id": "s:0",
        "partition": "all",
        "content_hash": content_hash([("user", "Hello [NAME]"), ("user", LEAK)]),
        "sampled": True,
        "entity": "EMAIL",
        "message": 1,
        "start": 20,
        "end": 37,
        "score": 0.5,
        "look": "patterns",
    }


def test_the_models_read_the_sampled_rows_and_the_other_looks_every_row() -> None:
    text = "My colleague Margaret Whitfield will call you. Write to maria@example.com"
    found = suspects(batch((text,), (text,)), Masking(), sampled=frozenset({"s:1"}))
    assert {(row["id"], row["look"], row["entity"]) for row in found} == {
        ("s:0", "patterns", "EMAIL"),
        ("s:1", "models", "NAME"),
        ("s:1", "patterns", "EMAIL"),
    }


def test_a_value_that_was_masked_in_another_row_is_suspected_where_it_still_stands() -> None:
    elsewhere, raw, masked = Elsewhere(), batch(("I am Ilona Kovacs.",)), batch(("I am [NAME].",))
    elsewhere.learning(lambda _: masked)(raw)
    (row,) = suspects(batch(("It was ilona kovacs who wrote",)), elsewhere=elsewhere)
    assert (row["look"], row["entity"], row["start"], row["end"]) == ("elsewhere", "NAME", 7, 19)


@pytest.mark.parametrize(
    ("config", "profile"),
    [
        (Masking(language_model=None, entities=("NAME",)), EVERYTHING),
        (RULES, MaskingProfile(entities=("NAME", "PHONE"))),
        (Masking(language_model=None, allow=("Maria@example.com",)), EVERYTHING),
    ],
)
def test_what_the_recipe_does_not_want_masked_is_not_suspected(config: Masking, profile: MaskingProfile) -> None:
    assert suspects(batch((LEAK,)), config, profile) == []


@pytest.mark.parametrize(
    ("text", "profile", "entities"),
    [
        ("`mail('maria@example.com')`", EVERYTHING, ["EMAIL"]),
        ("`mail('maria@example.com')`", CODE, ["EMAIL"]),
        ("`mail('maria@example.com')`", MaskingProfile(in_code=("SECRET",)), []),
        ("`ssh root@web1`", EVERYTHING, []),
        ("`call(030 231 25 100)`", EVERYTHING, []),
    ],
)
def test_in_code_full_addresses_count_where_the_profile_wants_them(
    text: str, profile: MaskingProfile, entities: list[str]
) -> None:
    assert [row["entity"] for row in suspects(batch((text,)), profile=profile)] == entities


def test_a_placeholder_is_never_suspected() -> None:
    config = Masking(language_model=None, patterns={"ORDER_NUMBER": r"PR-\d{6}"})
    assert suspects(batch(("[NAME]@[ORDER_NUMBER] and [EMAIL]@[PHONE]",)), config) == []


def test_one_place_is_suspected_once() -> None:
    elsewhere, text = Elsewhere(), "write to maria@example.com"
    elsewhere.learning(lambda _: batch(("write to [EMAIL]",)))(batch((text,)))
    assert len(suspects(batch((text,)), elsewhere=elsewhere)) == 1


@given(st.permutations(range(6)), st.integers(1, 6))
def test_what_is_suspected_in_a_row_does_not_depend_on_its_batch(order: list[int], size: int) -> None:
    rows = batch(*((f"{number} {LEAK}",) for number in range(6)))
    shuffled = rows.take(pa.array(order))
    parts = [row for at in range(0, 6, size) for row in suspects(shuffled.slice(at, size))]
    assert sorted(parts, key=lambda row: row["id"]) == suspects(rows)


@given(IDS, IDS, st.integers(0, 20))
def test_the_sample_stays_as_rows_come(old: list[str], new: list[str], size: int) -> None:
    before, after = drawn(old, size), drawn(sorted({*old, *new}), size)
    assert len(after) == min(size, len({*old, *new}))
    assert after - before <= set(new) - set(old) or len(before) < size


def test_rows_are_counted_by_partition_and_once_however_much_is_suspected_in_them() -> None:
    both = f"{LEAK} or hans@example.com"
    ids = [("s:0", "a"), ("s:1", "a"), ("s:2", "a"), ("x:0", "b")]
    sampled = frozenset({"s:0", "s:2", "x:0"})
    look = SecondLook(RULES, EVERYTHING, Elsewhere())
    found = [look.suspects(batch((both,), (LEAK,), ("fine",), partition="a"), sampled)]
    counts = counted(ids, sampled, found, ["a", "b", "empty"])
    assert counts.schema == SECOND_LOOKS
    assert [tuple(row.values()) for row in counts.to_pylist()] == [
        ("a", 3, 2, 1, 1),
        ("b", 1, 1, 0, 0),
        ("empty", 0, 0, 0, 0),
    ]
    assert looked([counts, counts]) == Looked(8, 6, 2, 2)


@pytest.mark.parametrize(
    ("sampled", "suspected", "passed"),
    [(200, 3, True), (200, 9, False), (4, 1, True), (4, 2, False), (0, 0, True), (200, 200, False)],
)
def test_a_false_alarm_on_a_small_day_passes_and_a_broken_detector_does_not(
    sampled: int, suspected: int, passed: bool
) -> None:
    assert bounded("tickets", seen(sampled, suspected), told(), RULES, "Look").passed == passed


def test_the_message_says_how_many_what_and_where_to_look() -> None:
    leaks = told(("t:1", "PHONE"), ("t:2", "NAME"), ("t:2", "NAME"))
    found = bounded("tickets", seen(100, 10), leaks, RULES, "Read data/review/tickets.leak.jsonl")
    assert found.blocking
    assert found.message.startswith(
        "tickets: the second look suspects a leak in 10 of 100 rows, 10.0% (95% interval 4.9% to 17.6%), and in 1 of "
        "the other 100; 2% are allowed. Commonest: NAME (2), PHONE (1). Rows: t:1, t:2. "
        "Read data/review/tickets.leak.jsonl. "
    )
    assert found.facts["suspected_rate"] == pytest.approx(0.1)


def test_the_bound_is_the_recipe_s() -> None:
    config = Masking(residual=Residual(max_rate=0.2))
    assert bounded("tickets", seen(100, 10), told(), config, "").passed


def test_among_made_up_values_no_leak_can_be_seen_and_the_check_says_so() -> None:
    found = bounded("tickets", seen(100, 100), told(), Masking(mode="surrogate"), "")
    assert found.passed
    assert "not looked for" in found.message


def test_how_the_rows_are_looked_at_again_changes_nothing_of_how_they_are_masked() -> None:
    assert Masking(residual=Residual(sample_size=1)).model_dump_json() == Masking().model_dump_json()
