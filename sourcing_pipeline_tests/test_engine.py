import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sourcing_pipeline.engine import Engine, map_batches
from sourcing_pipeline.errors import MaskingError
from sourcing_pipeline.rows import MASKED, RAW, Example, Message, batches, conform, outcomes
from sourcing_pipeline.storage import Table

BEFORE = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("number", pa.int64())])
AFTER = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("square", pa.int64())])
STORED = pa.schema([*BEFORE, pa.field("partition", pa.string(), nullable=False)])
DAYS = ["2026-03-01", "2026-03-02", "2026-03-03"]


def squares(batch: pa.RecordBatch) -> pa.RecordBatch:
    number = batch.column("number")
    return pa.RecordBatch.from_arrays([batch.column("id"), pc.multiply(number, number)], schema=AFTER)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """Sixty rows over three days."""
    table = Table(str(tmp_path_factory.mktemp("engine") / "numbers"))
    rows = [{"id": f"n:{n:02}", "number": n, "partition": DAYS[n % 3]} for n in range(60)]
    table.overwrite([pa.RecordBatch.from_pylist(rows, schema=STORED)], STORED, DAYS)
    return table


def results(table: Table, days: list[str], batch_rows: int) -> dict[str, int]:
    engine = Engine(batch_rows=batch_rows)
    made = [row for batch in map_batches(table, days, squares, BEFORE, AFTER, engine) for row in batch.to_pylist()]
    assert len({row["id"] for row in made}) == len(made)
    return {row["id"]: row["square"] for row in made}


@pytest.mark.parametrize("batch_rows", [1, 7, 1000])
def test_the_batch_size_does_not_change_the_result(numbers: Table, batch_rows: int) -> None:
    assert results(numbers, DAYS, batch_rows) == {f"n:{n:02}": n * n for n in range(60)}


def test_a_stage_gets_no_more_rows_than_it_asked_for(numbers: Table) -> None:
    sizes: list[int] = []

    def measure(batch: pa.RecordBatch) -> pa.RecordBatch:
        sizes.append(batch.num_rows)
        return squares(batch)

    list(map_batches(numbers, DAYS, measure, BEFORE, AFTER, Engine(batch_rows=7)))
    assert max(sizes) <= 7
    assert sum(sizes) == 60


def test_only_the_named_partitions_are_read(numbers: Table) -> None:
    assert set(results(numbers, DAYS[1:2], 256)) == {f"n:{n:02}" for n in range(1, 60, 3)}


def test_no_partitions_yield_no_rows(numbers: Table) -> None:
    assert results(numbers, [], 256) == {}


def test_a_stage_gets_the_exact_schema_and_gives_the_exact_schema(numbers: Table) -> None:
    def check(batch: pa.RecordBatch) -> pa.RecordBatch:
        assert batch.schema == BEFORE
        return squares(batch)

    assert {batch.schema for batch in map_batches(numbers, DAYS, check, BEFORE, AFTER, Engine())} == {AFTER}


def test_an_error_in_a_stage_keeps_its_type_and_message(numbers: Table) -> None:
    def broken(batch: pa.RecordBatch) -> pa.RecordBatch:
        raise MaskingError("canary 3 came out readable")

    with pytest.raises(MaskingError, match="canary 3 came out readable"):
        list(map_batches(numbers, DAYS, broken, BEFORE, AFTER, Engine()))


def test_a_stage_that_loses_rows_is_an_error(numbers: Table) -> None:
    def loses(batch: pa.RecordBatch) -> pa.RecordBatch:
        return squares(batch).slice(1)

    with pytest.raises(Exception, match=r"(?i)length|rows"):
        list(map_batches(numbers, DAYS, loses, BEFORE, AFTER, Engine()))


def test_a_table_that_was_never_written_yields_nothing(tmp_path: Path) -> None:
    missing = Table(str(tmp_path / "missing"))
    assert list(map_batches(missing, DAYS, squares, BEFORE, AFTER, Engine())) == []


def test_an_empty_table_yields_no_rows(tmp_path: Path) -> None:
    empty = Table(str(tmp_path / "empty"))
    empty.overwrite([], STORED, DAYS)
    assert results(empty, DAYS, 256) == {}


def test_the_result_may_be_written_while_it_is_made(numbers: Table, tmp_path: Path) -> None:
    copy = Table(str(tmp_path / "copy"))
    made = map_batches(numbers, DAYS, lambda batch: batch, STORED, STORED, Engine(batch_rows=7))
    copy.overwrite(made, STORED, DAYS)
    assert copy.load(STORED) == numbers.load(STORED)


def test_stages_stay_in_this_process(numbers: Table) -> None:
    here: set[int] = set()

    def note(batch: pa.RecordBatch) -> pa.RecordBatch:
        here.add(os.getpid())
        return squares(batch)

    list(map_batches(numbers, DAYS, note, BEFORE, AFTER, Engine()))
    assert here == {os.getpid()}


def test_nested_columns_times_and_nulls_pass_through_unchanged(tmp_path: Path) -> None:
    records = [
        Example(
            id=f"s:{n}",
            source="s",
            strategy="public",
            messages=(Message("user", "ü" * n), Message("assistant", "ok")),
            quality_score=None if n % 2 else 0.25,
            license="MIT",
            tags=("a",) * (n % 3),
            created_at=datetime(2026, 3, 1, 12, 0, 0, n, UTC),
        )
        for n in range(20)
    ]
    table = Table(str(tmp_path / "raw"))
    table.overwrite([conform(batch, RAW, "test") for batch in batches(records)], RAW, ["all"])

    def widen(batch: pa.RecordBatch) -> pa.RecordBatch:
        schema = outcomes(MASKED)
        nulls = {name: pa.nulls(batch.num_rows, schema.field(name).type) for name in schema.names}
        columns = [batch.column(name) if name in RAW.names else nulls[name] for name in schema.names]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    made = list(map_batches(table, ["all"], widen, RAW, outcomes(MASKED), Engine(batch_rows=3)))
    kept = [name for name in RAW.names if name in MASKED.names]
    rows = pa.Table.from_batches(made).sort_by("id").select(kept)
    assert rows.to_pylist() == table.load(RAW, kept).to_pylist()


@pytest.mark.parametrize("remade", [[], ["2026-03-02"], ["2026-03-01", "2026-03-02"]], ids=["none", "one day", "all"])
def test_rows_that_an_earlier_version_masked_are_read_beside_those_of_now(tmp_path: Path, remade: list[str]) -> None:
    days = ["2026-03-01", "2026-03-02"]
    at = MASKED.get_field_index("masked_entities")
    unscored = pa.list_(pa.struct([pa.field("entity", pa.string()), pa.field("count", pa.int32())]))
    before = MASKED.set(at, pa.field("masked_entities", unscored))

    def rows(day: str, schema: pa.Schema, **told: float) -> pa.RecordBatch:
        row = {"id": f"s:{day}", "partition": day, "source": "s", "strategy": "public"}
        found = [{"entity": "NAME", "count": 1, **told}]
        return pa.RecordBatch.from_pylist([{**row, "masked_entities": found}], schema=schema)

    table = Table(str(tmp_path / "masked"))
    table.overwrite([rows(day, before) for day in days], before, days)
    if remade:
        table.overwrite([rows(day, MASKED, score=0.5) for day in remade], MASKED, remade)
    read = pa.Table.from_batches(map_batches(table, days, lambda batch: batch, MASKED, MASKED, Engine()), MASKED)
    assert read.sort_by("id").equals(table.load(MASKED))
    scores = [row[0]["score"] for row in read.sort_by("id").column("masked_entities").to_pylist()]
    assert scores == [0.5 if day in remade else None for day in days]
