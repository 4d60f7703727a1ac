import multiprocessing
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.errors import ContractError
from sourcing_pipeline.rows import LEDGER, conform, outcomes
from sourcing_pipeline.storage import Counts, Lake, Storage, Table

ROWS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("score", pa.float32()),
    ]
)
DAYS = ["2026-03-01", "2026-03-02", "2026-03-03"]
ANSWERS = st.lists(
    st.tuples(st.sampled_from(DAYS), st.sampled_from([None, "spam", "empty", "unparsable"])), max_size=25
)


class Broken(Exception):
    pass


def rows(*ids_and_days: tuple[str, str]) -> pa.RecordBatch:
    records = [{"id": row_id, "partition": day, "score": 0.5} for row_id, day in ids_and_days]
    return pa.RecordBatch.from_pylist(records, schema=ROWS)


def answers(said: list[tuple[str, str | None]]) -> pa.RecordBatch:
    records = [
        {"id": f"s:{number}", "partition": day, "drop_reason": reason} for number, (day, reason) in enumerate(said)
    ]
    return pa.RecordBatch.from_pylist(records, schema=outcomes(ROWS))


def ids(table: Table) -> list[str]:
    found: list[str] = table.load(ROWS, ["id"]).column("id").to_pylist()
    return found


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A table with the row `old-1` on the first day and `old-2` on the second."""
    made = Table(str(tmp_path / "rows"))
    made.overwrite([rows(("old-1", DAYS[0]), ("old-2", DAYS[1]))], ROWS, DAYS[:2])
    return made


def test_a_table_that_was_never_written_is_empty(tmp_path: Path) -> None:
    unwritten = Table(str(tmp_path / "none"))
    assert unwritten.version() is None
    assert unwritten.counts() == {}
    assert list(unwritten.read()) == []
    assert unwritten.load(ROWS) == pa.Table.from_batches([], schema=ROWS)


def test_reading_a_table_that_was_never_written_leaves_no_folder(tmp_path: Path) -> None:
    list(Table(str(tmp_path / "none")).read())
    assert not (tmp_path / "none").exists()


def test_an_overwrite_replaces_the_named_partitions_only(table: Table) -> None:
    table.overwrite([rows(("new", DAYS[0]))], ROWS, DAYS[:1])
    assert ids(table) == ["new", "old-2"]


def test_a_partition_without_new_rows_becomes_empty(table: Table) -> None:
    table.overwrite([], ROWS, DAYS[:1])
    assert ids(table) == ["old-2"]


def test_several_days_are_replaced_in_one_commit(table: Table) -> None:
    before = table.version()
    table.overwrite([rows(("a", DAYS[0])), rows(("b", DAYS[1]), ("c", DAYS[2]))], ROWS, DAYS)
    assert ids(table) == ["a", "b", "c"]
    assert before is not None
    assert table.version() == before + 1


def test_writing_the_same_again_changes_no_row(table: Table) -> None:
    before = table.load(ROWS)
    table.overwrite([rows(("old-2", DAYS[1]))], ROWS, DAYS[1:2])
    assert table.load(ROWS) == before


def test_no_partitions_and_no_rows_change_nothing(table: Table) -> None:
    table.overwrite([], ROWS, [])
    assert ids(table) == ["old-1", "old-2"]


def test_a_partition_key_with_a_quote_is_a_key_like_any_other(table: Table) -> None:
    table.overwrite([rows(("new", "it's"))], ROWS, ["it's"])
    assert ids(table) == ["new", "old-1", "old-2"]


def test_rows_outside_the_partitions_are_refused_and_the_old_rows_stay(table: Table) -> None:
    with pytest.raises(ContractError, match=r"rows of partitions \['2026-03-02'\] were not asked for"):
        table.overwrite([rows(("new", DAYS[0])), rows(("stray", DAYS[1]))], ROWS, DAYS[:1])
    assert ids(table) == ["old-1", "old-2"]


def test_rows_that_break_the_schema_are_refused_and_the_old_rows_stay(table: Table) -> None:
    with pytest.raises(ContractError, match="'score' is missing"):
        table.overwrite([rows(("new", DAYS[0])), rows(("x", DAYS[0])).drop_columns(["score"])], ROWS, DAYS[:1])
    assert ids(table) == ["old-1", "old-2"]


@pytest.mark.parametrize("batches_before", [0, 1, 7])
def test_an_error_among_the_rows_keeps_its_type_and_the_old_rows(table: Table, batches_before: int) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from (rows((f"new-{number}", DAYS[0])) for number in range(batches_before))
        raise Broken("line 7")

    before = table.version()
    with pytest.raises(Broken, match="line 7"):
        table.overwrite(broken(), ROWS, DAYS[:1])
    assert table.version() == before


def test_rows_may_be_read_from_the_table_that_they_replace(table: Table) -> None:
    table.overwrite((conform(batch, ROWS, "test") for batch in table.read()), ROWS, DAYS)
    assert ids(table) == ["old-1", "old-2"]


def test_rows_are_taken_as_a_stream(table: Table) -> None:
    ahead: list[int] = []

    def endless() -> Iterator[pa.RecordBatch]:
        for number in range(1_000):
            ahead.append(number)
            if number == 50:
                raise Broken
            yield rows((f"new-{number}", DAYS[0]))

    with pytest.raises(Broken):
        table.overwrite(endless(), ROWS, DAYS[:1])
    assert len(ahead) == 51


def test_load_sorts_by_id_and_keeps_the_types_of_the_schema(tmp_path: Path) -> None:
    table = Table(str(tmp_path / "rows"))
    table.overwrite([rows(("b", DAYS[1]), ("c", DAYS[0]), ("a", DAYS[2]))], ROWS, DAYS)
    loaded = table.load(ROWS)
    assert loaded.column("id").to_pylist() == ["a", "b", "c"]
    assert loaded.schema == ROWS


def test_load_gives_the_wanted_columns_of_the_wanted_partitions(table: Table) -> None:
    assert table.load(ROWS, ["id"], DAYS[1:]).to_pylist() == [{"id": "old-2"}]


def test_counts_are_by_partition_and_leave_out_the_empty_ones(table: Table) -> None:
    table.overwrite([rows(("a", DAYS[2]), ("b", DAYS[2]))], ROWS, DAYS[1:])
    assert table.counts() == {DAYS[0]: 1, DAYS[2]: 2}
    assert table.counts(DAYS[1:]) == {DAYS[2]: 2}


def test_tally_counts_every_value_and_null(tmp_path: Path) -> None:
    ledger = Table(str(tmp_path / "ledger"))
    lines = [("a", "spam", None), ("b", "spam", "line 2"), ("c", "empty", None)]
    records = [
        {"id": row_id, "partition": "all", "reason": reason, "detail": detail} for row_id, reason, detail in lines
    ]
    ledger.overwrite([pa.RecordBatch.from_pylist(records, schema=LEDGER)], LEDGER, ["all"])
    assert ledger.tally("reason") == {"spam": 2, "empty": 1}
    assert ledger.tally("detail") == {None: 2, "line 2": 1}


@settings(max_examples=15)
@given(ANSWERS, st.integers(1, 9))
def test_the_ledger_adds_up(said: list[tuple[str, str | None]], batch_rows: int) -> None:
    with TemporaryDirectory() as root:
        lake = Lake(root)
        batch = answers(said)
        pieces = [batch.slice(at, batch_rows) for at in range(0, len(batch), batch_rows)]
        counts = lake.write("asset", pieces, ROWS, DAYS)
        reasons = Counter(reason for _, reason in said if reason)
        assert counts == Counts(len(said), len(said) - reasons.total(), dict(sorted(reasons.items())))
        assert lake.counts("asset") == counts
        assert lake.table("asset").counts() == Counter(day for day, reason in said if not reason)
        assert lake.drops("asset").counts() == Counter(day for day, reason in said if reason)


def test_the_ledger_of_one_day_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    lake.write("asset", [answers([(DAYS[0], "spam"), (DAYS[1], "spam"), (DAYS[1], None)])], ROWS, DAYS[:2])
    lake.write("asset", [answers([(DAYS[0], None)])], ROWS, DAYS[:1])
    assert lake.counts("asset") == Counts(3, 2, {"spam": 1})
    assert lake.counts("asset", DAYS[:1]) == Counts(1, 1, {})


def test_an_error_in_a_stage_leaves_its_table_and_its_ledger(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    before = lake.write("asset", [answers([(DAYS[0], "spam"), (DAYS[0], None)])], ROWS, DAYS[:1])

    def broken() -> Iterator[pa.RecordBatch]:
        yield answers([(DAYS[0], "empty")])
        raise Broken

    with pytest.raises(Broken):
        lake.write("asset", broken(), ROWS, DAYS[:1])
    assert lake.counts("asset") == before


def test_a_dropped_row_outside_the_partitions_is_refused_and_the_old_rows_stay(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    lake.write("asset", [answers([(DAYS[0], None), (DAYS[0], None)])], ROWS, DAYS[:1])
    with pytest.raises(ContractError, match=DAYS[1]):
        lake.write("asset", [answers([(DAYS[0], None), (DAYS[1], "spam")])], ROWS, DAYS[:1])
    assert lake.table("asset").counts() == {DAYS[0]: 2}


def test_rows_may_go_into_a_table_elsewhere_while_the_ledger_stays(tmp_path: Path) -> None:
    lake, elsewhere = Lake(str(tmp_path / "lake")), Table(str(tmp_path / "quarantine"))
    lake.write("asset", [answers([(DAYS[0], None), (DAYS[0], "spam")])], ROWS, DAYS[:1], into=elsewhere)
    assert elsewhere.counts() == {DAYS[0]: 1}
    assert lake.table("asset").version() is None
    assert lake.counts("asset") == Counts(2, 1, {"spam": 1})


def test_writers_in_several_processes_lose_no_partition(table: Table) -> None:
    days = [f"2026-03-{day:02}" for day in range(11, 15)]
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=table.overwrite, args=([rows((day, day))], ROWS, [day])) for day in days]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * len(days)
    assert ids(table) == [*days, "old-1", "old-2"]


WRITER = """
import itertools, sys, time
import pyarrow as pa
from sourcing_pipeline.rows import LEDGER
from sourcing_pipeline.storage import Table

def endless():
    for number in itertools.count():
        record = {"id": f"new-{number}", "partition": "all", "reason": "x" * 10_000}
        yield pa.RecordBatch.from_pylist([record] * 100, schema=LEDGER)
        if number == 20:
            print("writing", flush=True)

Table(sys.argv[1]).overwrite(endless(), LEDGER, ["all"])
"""


def test_a_writer_that_is_killed_leaves_the_old_version_readable(tmp_path: Path) -> None:
    table = Table(str(tmp_path / "rows"))
    old = {"id": "old", "partition": "all", "reason": "spam", "detail": None}
    table.overwrite([pa.RecordBatch.from_pylist([old], schema=LEDGER)], LEDGER, ["all"])
    before = table.version()
    command = [sys.executable, "-c", WRITER, table.uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        writer.kill()
        assert writer.wait(30) == -signal.SIGKILL
    assert table.version() == before
    assert table.load(LEDGER).to_pylist() == [old]
    table.overwrite([], LEDGER, ["all"])
    assert table.counts() == {}


def test_the_lake_keeps_ledgers_apart_from_tables(tmp_path: Path) -> None:
    lake = Lake("s3://bucket/lake", {"AWS_REGION": "eu-central-1"})
    tables = [lake.table("asset"), lake.drops("asset"), lake.tallies("asset")]
    assert [table.uri.removeprefix("s3://bucket/lake/") for table in tables] == [
        "asset",
        "ledger/asset/drops",
        "ledger/asset/counts",
    ]
    assert all(table.options == {"AWS_REGION": "eu-central-1"} for table in tables)


@pytest.mark.parametrize("quarantine", ["data/lake", "data/lake/raw"])
def test_quarantine_may_not_lie_in_the_lake(quarantine: str) -> None:
    with pytest.raises(ValueError, match="quarantine"):
        Storage(lake="data/lake", quarantine=quarantine)


def test_rows_may_be_read_from_another_table_while_they_are_written_even_on_one_core(tmp_path: Path) -> None:
    code = f"""
import os
os.sched_setaffinity(0, {{0}})
import pyarrow as pa
from sourcing_pipeline.storage import Table
schema = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("partition", pa.string(), nullable=False)])
first, second = Table({str(tmp_path / "first")!r}), Table({str(tmp_path / "second")!r})
first.overwrite([pa.RecordBatch.from_pylist([{{"id": "a", "partition": "d"}}], schema=schema)], schema, ["d"])
second.overwrite((batch for _ in range(3) for batch in first.read(schema.names)), schema, ["d"])
print(second.rows())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "3", done.stderr


def test_a_column_that_a_newer_version_adds_is_null_in_older_rows(tmp_path: Path) -> None:
    table = Table(str(tmp_path / "t"))
    table.overwrite([rows(("a", DAYS[0]), ("b", DAYS[1]))], ROWS, DAYS[:2])
    wider = ROWS.append(pa.field("words", pa.list_(pa.string())))
    added = pa.RecordBatch.from_pylist([{"id": "a", "partition": DAYS[0], "words": ["x"]}], schema=wider)
    table.overwrite([added], wider, DAYS[:1])
    assert table.load(wider, ["id", "words"]).to_pylist() == [{"id": "a", "words": ["x"]}, {"id": "b", "words": None}]


def test_a_field_that_a_newer_version_adds_inside_a_column_is_null_in_older_rows(tmp_path: Path) -> None:
    def schema(*fields: pa.Field) -> pa.Schema:
        found = pa.list_(pa.struct([pa.field("entity", pa.string()), *fields]))
        return pa.schema([ROWS.field("id"), ROWS.field("partition"), pa.field("found", found)])

    before, now = schema(), schema(pa.field("score", pa.float32()))
    table = Table(str(tmp_path / "rows"))
    old = [{"id": day, "partition": day, "found": [{"entity": "NAME"}]} for day in DAYS[:2]]
    table.overwrite([pa.RecordBatch.from_pylist(old, schema=before)], before, DAYS[:2])
    assert table.load(now).column("found").to_pylist() == [[{"entity": "NAME", "score": None}]] * 2
    new = [{"id": DAYS[1], "partition": DAYS[1], "found": [{"entity": "NAME", "score": 0.5}]}]
    table.overwrite([pa.RecordBatch.from_pylist(new, schema=now)], now, DAYS[1:2])
    assert table.load(now).column("found").to_pylist() == [
        [{"entity": "NAME", "score": None}],
        [{"entity": "NAME", "score": 0.5}],
    ]
