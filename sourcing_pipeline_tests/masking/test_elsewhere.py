import gc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.engine import Engine, map_batches
from sourcing_pipeline.masking.elsewhere import Elsewhere, replaced
from sourcing_pipeline.rows import MESSAGES
from sourcing_pipeline.storage import Table

BETWEEN = st.text("abc ,.\n", min_size=1, max_size=12)
VALUES = st.text("XYZ0123456789@", min_size=1, max_size=20)
ENTITIES = st.sampled_from(["NAME", "EMAIL", "PHONE"])


def batch(*texts: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {"messages": pa.array([[{"role": "user", "content": text}] for text in texts], MESSAGES)}
    )


def learned(raw: str, masked: str, most: int = 100) -> Elsewhere:
    elsewhere = Elsewhere(most)
    assert elsewhere.learning(lambda _: batch(masked))(batch(raw)) == batch(masked)
    return elsewhere


def found(elsewhere: Elsewhere, text: str) -> list[tuple[str, str]]:
    return [(hit.entity, text[hit.start : hit.end]) for hit in elsewhere.find(text)]


@given(BETWEEN, st.lists(st.tuples(ENTITIES, VALUES, BETWEEN), max_size=6))
def test_the_values_behind_placeholders_are_read_off_the_two_texts(
    first: str, parts: list[tuple[str, str, str]]
) -> None:
    raw = first + "".join(value + after for _, value, after in parts)
    masked = first + "".join(f"[{entity}]{after}" for entity, _, after in parts)
    assert list(replaced(raw, masked)) == [(entity, value) for entity, value, _ in parts]


@pytest.mark.parametrize("label", ["[NAME]", "[NAME_2]", "[NAME:0a1b2c3d]"])
def test_every_kind_of_placeholder_is_read(label: str) -> None:
    assert list(replaced("Hi Maria Lopez!", f"Hi {label}!")) == [("NAME", "Maria Lopez")]


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("Hi Maria", "Hi Terri"),
        ("Hi [NAME], hello", "Hi [NAME], hello"),
        ("Maria Lopezmaria@example.com", "[NAME][EMAIL]"),
        ("another text", "Hi [NAME]"),
        ("Hi", "Hi [NAME]"),
    ],
)
def test_nothing_is_guessed_where_the_texts_do_not_tell(raw: str, masked: str) -> None:
    assert list(replaced(raw, masked)) == []


@pytest.mark.parametrize(
    ("raw", "masked", "text", "expected"),
    [
        ("I am Ilona Kovacs.", "I am [NAME].", "so ilona kovacs wrote", [("NAME", "ilona kovacs")]),
        ("I am Ilona Kovacs.", "I am [NAME].", "Ilona  KOVACS-", [("NAME", "Ilona  KOVACS")]),
        ("Call 030 23125100 now", "Call [PHONE] now", "at +49 (30) 23125100", [("PHONE", "+49 (30) 23125100")]),
        ("Mail ik@example.com now", "Mail [EMAIL] now", "<IK@example.com>", [("EMAIL", "IK@example.com")]),
        ("id AB123456C.", "id [ID_NUMBER].", "was ab-123456-c", [("ID_NUMBER", "ab-123456-c")]),
    ],
)
def test_a_value_masked_in_one_row_is_found_in_another_however_it_is_written(
    raw: str, masked: str, text: str, expected: list[tuple[str, str]]
) -> None:
    assert found(learned(raw, masked), text) == expected


@pytest.mark.parametrize(
    ("raw", "masked", "text"),
    [
        ("I am Ilona.", "I am [NAME].", "Ilona wrote"),
        ("I am Ilona Kovacs.", "I am [NAME].", "Ilona, Kovacs: two people"),
        ("I am Ilona Kovacs.", "I am [NAME].", "Ilona Kovacsova"),
        ("So Best Regards.", "So [NAME].", "Best Regards"),
        ("Order 12345.", "Order [ID_NUMBER].", "12345"),
        ("See Elm Street 5.", "See [ADDRESS].", "Elm Street 5"),
    ],
)
def test_a_part_of_a_name_and_a_short_number_are_no_find(raw: str, masked: str, text: str) -> None:
    assert found(learned(raw, masked), text) == []


def test_what_is_remembered_is_no_text() -> None:
    elsewhere = learned("I am Ilona Kovacs, ik@example.com.", "I am [NAME], [EMAIL].")
    assert len(elsewhere) == 2
    held: list[Any] = [*vars(elsewhere).values(), *elsewhere._known, *elsewhere._firsts]
    assert not [one for one in held if isinstance(one, str)]
    gc.collect()
    assert "kovacs" not in repr(held).casefold()


def test_two_runs_remember_the_same_value_by_different_hashes() -> None:
    one, other = (learned("I am Ilona Kovacs.", "I am [NAME].") for _ in range(2))
    assert set(one._known).isdisjoint(other._known)


def test_no_more_is_remembered_than_said() -> None:
    names = [f"Ilona Kovac{letter}" for letter in "abcdefgh"]
    raw = "".join(f"by {name}. " for name in names)
    assert len(learned(raw, raw if not names else "by [NAME]. " * len(names), most=3)) == 3


def test_rows_that_were_dropped_are_passed_over() -> None:
    raw = batch("I am Ilona Kovacs.")
    gone = pa.RecordBatch.from_pydict({"messages": pa.array([None], MESSAGES)})
    elsewhere = Elsewhere()
    assert elsewhere.learning(lambda _: gone)(raw) == gone
    assert len(elsewhere) == 0


def test_what_a_stage_learns_while_the_engine_drives_it_is_known_afterwards(tmp_path: Path) -> None:
    keys = [pa.field(name, pa.string(), nullable=False) for name in ("id", "partition")]
    schema = pa.schema([*keys, pa.field("messages", MESSAGES)])
    raw = batch("I am Ilona Kovacs.", "I am Ilona Kovacs.")
    table = Table(str(tmp_path / "raw"))
    named = {"id": ["s:1", "s:2"], "partition": ["all", "all"], "messages": raw.column("messages")}
    table.overwrite([pa.RecordBatch.from_pydict(named, schema=schema)], schema, ["all"])

    def mask(rows: pa.RecordBatch) -> pa.RecordBatch:
        return rows.set_column(2, schema.field(2), batch(*["I am [NAME]."] * rows.num_rows).column("messages"))

    elsewhere = Elsewhere()
    list(map_batches(table, ["all"], elsewhere.learning(mask), schema, schema, Engine(batch_rows=1)))
    assert found(elsewhere, "Ilona Kovacs") == [("NAME", "Ilona Kovacs")]
