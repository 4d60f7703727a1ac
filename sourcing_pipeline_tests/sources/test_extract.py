from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import PrivateAttr

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import ContractError, InputError
from sourcing_pipeline.rows import RAW, Drop, DropReason, Example, Strategy, batches, outcomes
from sourcing_pipeline.sources.extract import extract
from sourcing_pipeline.sources.source import Source

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALLOWED = frozenset({"MIT", "CC-BY-4.0"})


class InMemory(Source):
    """A source whose records are given to it."""

    strategy: ClassVar[Strategy] = "public"
    kind: Literal["in_memory"] = "in_memory"
    """Which reader this is."""
    _batches: Sequence[pa.RecordBatch] = PrivateAttr(default=())

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        yield from self._batches


def source(records: Sequence[Example | Drop] | Sequence[pa.RecordBatch], **config: Any) -> InMemory:
    made = InMemory(**config)
    given = list(records)
    ready = given if given and isinstance(given[0], pa.RecordBatch) else list(batches(given, 3))
    made._batches = ready
    return made


def example(number: int, **changes: Any) -> Example:
    fields: dict[str, Any] = {
        "id": f"src:{number}",
        "source": "src",
        "strategy": "public",
        "messages": [("user", "How?"), ("assistant", "So.")],
        "license": "MIT",
        "created_at": AS_OF - timedelta(days=10),
    }
    return Example.model_validate(fields | changes)


def unreadable(number: int) -> Drop:
    return Drop(f"src:line-{number}", DropReason.UNPARSABLE, f"line {number}: expected JSON")


def extracted(made: InMemory, days: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    window = Window(AS_OF, ZoneInfo("UTC"), days)
    return [row for batch in extract("src", made, window, ALLOWED) for row in batch.to_pylist()]


def reasons(*records: Example | Drop, **config: Any) -> list[str | None]:
    return [row["drop_reason"] for row in extracted(source(records, **config))]


def without(batch: pa.RecordBatch, column: str) -> pa.RecordBatch:
    """`batch` with nulls in `column`."""
    index = batch.schema.get_field_index(column)
    return batch.set_column(
        index, batch.schema.field(column), pa.nulls(batch.num_rows, batch.schema.field(column).type)
    )


def test_good_rows_pass_through_unchanged() -> None:
    records = [example(number) for number in range(5)]
    assert extracted(source(records)) == [record.record() for record in records]


def test_batches_keep_the_raw_schema() -> None:
    made = list(
        extract(
            "src",
            source([example(1), unreadable(2)], max_unparsable_fraction=1),
            Window(AS_OF, ZoneInfo("UTC")),
            ALLOWED,
        )
    )
    assert {batch.schema for batch in made} == {outcomes(RAW)}


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(days=30), None),
        (timedelta(days=30, microseconds=1), "outside_window"),
        (timedelta(0), None),
        (timedelta(microseconds=-1), "outside_window"),
    ],
)
def test_rows_too_old_or_from_the_future_are_dropped(age: timedelta, reason: str | None) -> None:
    assert reasons(example(1, created_at=AS_OF - age), max_age_days=30) == [reason]


def test_without_max_age_days_no_row_is_too_old() -> None:
    assert reasons(example(1, created_at=datetime(1995, 1, 1, tzinfo=UTC))) == [None]


@pytest.mark.parametrize(
    "messages",
    [
        [("user", " \n"), ("assistant", "So.")],
        [("user", "How?"), ("assistant", "\t")],
        [("system", "Be kind."), ("assistant", "So.")],
        [("assistant", "So."), ("user", "How?")],
        [("user", "How?"), ("assistant", "So."), ("assistant", "")],
    ],
)
def test_rows_with_an_empty_side_are_dropped(messages: list[tuple[str, str]]) -> None:
    assert reasons(example(1, messages=messages)) == ["empty"]


def test_a_row_without_messages_is_empty() -> None:
    (batch,) = batches([example(1)])
    assert extracted(source([without(batch, "messages")]))[0]["drop_reason"] == "empty"


def test_a_row_with_a_null_text_is_empty() -> None:
    (batch,) = batches([example(1)])
    index = batch.schema.get_field_index("messages")
    turns = [[{"role": "user", "content": "How?"}, {"role": "assistant", "content": None}]]
    holed = batch.set_column(index, "messages", pa.array(turns, RAW.field("messages").type))
    assert extracted(source([holed]))[0]["drop_reason"] == "empty"


def test_a_licence_that_is_not_allowed_is_dropped_and_named() -> None:
    (row,) = extracted(source([example(1, license="GPL-3.0-only")]))
    assert (row["drop_reason"], row["drop_detail"]) == ("licence_not_allowed", "GPL-3.0-only")


def test_a_row_that_says_no_licence_is_dropped() -> None:
    (batch,) = batches([example(1)])
    assert extracted(source([without(batch, "license")]))[0]["drop_reason"] == "licence_unknown"


def test_the_second_row_with_an_id_is_dropped_even_in_another_batch() -> None:
    records = [example(1), example(2), example(3), example(4), example(1)]
    assert reasons(*records) == [None, None, None, None, "duplicate_id"]


@given(st.lists(st.integers(0, 30), max_size=60))
def test_of_rows_with_one_id_the_first_stays_wherever_they_are(numbers: list[int]) -> None:
    first = [number not in numbers[:at] for at, number in enumerate(numbers)]
    found = [row["drop_reason"] for row in extracted(source([example(one) for one in numbers]), ("2026-05-22",))]
    assert found == [None if is_first else "duplicate_id" for is_first in first]


def test_what_the_reader_dropped_keeps_its_reason() -> None:
    spam = Drop("src:9", DropReason.SPAM, "marked by an agent")
    (row,) = extracted(source([spam]))
    assert (row["drop_reason"], row["drop_detail"]) == ("spam", "marked by an agent")


def test_every_row_has_one_reason_the_first_that_holds() -> None:
    future = example(1, created_at=AS_OF + timedelta(days=1), license="GPL-3.0-only")
    assert reasons(future) == ["outside_window"]


@pytest.mark.parametrize(
    ("bad", "total", "fraction"), [(1, 100, 0.01), (29, 100, 0.29), (0, 3, 0), (3, 3, 1), (7, 100, 0.07)]
)
def test_as_many_unreadable_records_as_allowed_pass(bad: int, total: int, fraction: float) -> None:
    records = [unreadable(number) if number < bad else example(number) for number in range(total)]
    assert len(extracted(source(records, max_unparsable_fraction=fraction))) == total


@pytest.mark.parametrize(("bad", "total", "fraction"), [(2, 100, 0.01), (30, 100, 0.29), (1, 3, 0), (1, 1, 0.99)])
def test_more_unreadable_records_than_allowed_fail(bad: int, total: int, fraction: float) -> None:
    records = [unreadable(number) if number < bad else example(number) for number in range(total)]
    with pytest.raises(InputError, match=rf"source src: {bad} of {total} records cannot be read") as caught:
        extracted(source(records, max_unparsable_fraction=fraction))
    assert "line 0: expected JSON" in str(caught.value)
    assert "sources.src.max_unparsable_fraction" in str(caught.value)


def test_the_first_three_unreadable_records_are_named() -> None:
    with pytest.raises(InputError) as caught:
        extracted(source([unreadable(number) for number in range(1, 9)]))
    assert "first: line 1: expected JSON; line 2: expected JSON; line 3: expected JSON. " in str(caught.value)


def test_a_source_without_any_record_fails() -> None:
    with pytest.raises(
        InputError, match=r"source src: no record was found; check what the recipe's sources\.src points"
    ):
        extracted(source([]))


def test_a_day_without_any_record_is_no_failure() -> None:
    assert extracted(source([]), days=("2026-05-01",)) == []


@pytest.mark.parametrize("row_id", ["other:1", "srcs:1", "canary:src:1"])
def test_rows_of_another_source_are_refused(row_id: str) -> None:
    with pytest.raises(ContractError, match=r"source src: every id must begin with 'src:'"):
        extracted(source([example(1, id=row_id)]))


def test_a_reader_that_breaks_the_schema_is_refused() -> None:
    (batch,) = batches([example(1)])
    with pytest.raises(ContractError, match=r"source src: column 'license' is missing"):
        extracted(source([batch.drop_columns(["license"])]))


def test_rows_arrive_before_the_source_is_read_to_its_end() -> None:
    made = extract("src", source([example(n) for n in range(9)]), Window(AS_OF, ZoneInfo("UTC")), ALLOWED)
    assert next(made).num_rows == 3
