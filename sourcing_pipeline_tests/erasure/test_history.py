import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest

from sourcing_pipeline.erasure.history import forget_history, read_unlisted, unlisted
from sourcing_pipeline.erasure.tables import Ids, columns, tables, without
from sourcing_pipeline.rows import LEDGER
from sourcing_pipeline.storage import Lake, Table

ODD = ["it's", "a b", "ä%20", "x/y", "p=q#1", "c:d", "2026-03-01"]


def lines(*ids: str, partition: str = "all", detail: str = "") -> pa.RecordBatch:
    records = [{"id": row_id, "partition": partition, "reason": "spam", "detail": detail} for row_id in ids]
    return pa.RecordBatch.from_pylist(records, schema=LEDGER)


def content(table: Table) -> bytes:
    files = [path for path in Path(table.uri).rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Two versions; `gone` is in the first alone."""
    made = Table(str(tmp_path / "rows"))
    made.overwrite([lines("gone", "kept", detail="gone-text")], LEDGER, ["all"])
    made.overwrite([lines("kept")], LEDGER, ["all"])
    return made


def test_delta_s_log_holds_no_values_of_rows(table: Table) -> None:
    for path in Path(table.uri).rglob("*.parquet"):
        path.unlink()
    assert content(table)
    assert b"gone-text" not in content(table)


def test_what_older_versions_hold_is_gone_and_the_current_rows_are_not(table: Table) -> None:
    before = table.load(LEDGER)
    assert forget_history(table) == 1
    assert b"gone" not in content(table)
    assert table.load(LEDGER) == before
    assert unlisted(table) == []


def test_a_second_time_changes_no_byte(table: Table) -> None:
    forget_history(table)
    before = content(table)
    assert forget_history(table) == 0
    assert content(table) == before


def test_a_table_goes_on_after_its_history_was_removed(table: Table) -> None:
    forget_history(table)
    for number in range(3):
        table.overwrite([lines(f"new-{number}")], LEDGER, ["all"])
        forget_history(table)
    assert table.load(LEDGER).column("id").to_pylist() == ["new-2"]


def test_daft_reads_what_is_left(table: Table) -> None:
    import daft

    without(table, Ids(frozenset(["other"])), ["all"])
    forget_history(table)
    assert daft.read_deltalake(table.uri).to_pydict()["id"] == ["kept"]


def test_partitions_with_odd_names_keep_their_rows(tmp_path: Path) -> None:
    table = Table(str(tmp_path / "rows"))
    for _ in range(2):
        table.overwrite([lines(f"{name}-row", "gone", partition=name) for name in ODD], LEDGER, ODD)
    without(table, Ids(frozenset(["gone"])), ODD)
    assert forget_history(table) == 2 * len(ODD)
    assert table.counts() == dict.fromkeys(ODD, 1)
    assert b"gone" not in content(table)


def test_files_of_killed_writers_go_too(table: Table) -> None:
    folder = Path(table.uri)
    for name in ("part-9.parquet", "part-9.parquet#1", ".tmp", "_delta_log/_commit_x.json.tmp"):
        (folder / name).write_bytes(b"dead writer")
    forget_history(table)
    assert b"dead writer" not in content(table)
    assert table.counts() == {"all": 1}


def test_old_rows_can_be_read_and_unfinished_files_are_passed_over(table: Table) -> None:
    (Path(table.uri) / "part-9.parquet").write_bytes(b"PAR1 half")
    rows = [row for batch in read_unlisted(table, ["id"]) for row in batch.to_pylist()]
    assert rows == [{"id": "gone"}, {"id": "kept"}]


def test_a_table_that_was_never_written_has_no_history(tmp_path: Path) -> None:
    unwritten = Table(str(tmp_path / "none"))
    assert forget_history(unwritten) == 0
    assert list(read_unlisted(unwritten, ["id"])) == []
    assert columns(unwritten) == []
    without(unwritten, Ids(frozenset(["x"])), ["all"])
    assert list(tmp_path.iterdir()) == []


def test_rows_leave_in_one_commit_and_other_partitions_are_not_written(tmp_path: Path) -> None:
    table = Table(str(tmp_path / "rows"))
    table.overwrite([lines("a", "x", partition="1"), lines("b", partition="2")], LEDGER, ["1", "2"])
    opened, ids = table.open(), Ids(frozenset(["x"]))
    assert opened is not None
    assert ids.rows(table) == {"1": 1}
    without(table, ids, ids.rows(table))
    after = table.open()
    assert after is not None
    assert after.version() == opened.version() + 1
    assert len(set(after.file_uris()) & set(opened.file_uris())) == 1
    assert table.load(LEDGER).column("id").to_pylist() == ["a", "b"]
    assert after.schema() == opened.schema()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """delta-rs options for a bucket named `lake` of an S3 server on this machine.

    The server is a process of its own: delta-rs lists files without letting other threads of this one run.
    """
    import boto3

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    for name, value in (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(name, value)
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(300):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)
            boto3.client("s3", endpoint_url=url, region_name="us-east-1").create_bucket(Bucket="lake")
            yield {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": url, "AWS_ALLOW_HTTP": "true"}
        finally:
            server.kill()


@pytest.mark.slow
def test_on_object_storage_it_is_the_same(bucket: dict[str, str]) -> None:
    lake = Lake("s3://lake/tables", bucket)
    names = ["ledger/a/drops", "masked_a"]
    for name in names:
        for number in range(2):
            lake.table(name).overwrite([lines("kept", f"gone-{number}", partition="a b")], LEDGER, ["a b"])
    assert list(tables(lake)) == names
    table = lake.table("masked_a")
    assert {row["id"] for batch in read_unlisted(table, ["id"]) for row in batch.to_pylist()} == {"kept", "gone-0"}
    without(table, Ids(frozenset(["gone-1"])), ["a b"])
    assert forget_history(table) == 2
    assert forget_history(table) == 0
    assert table.load(LEDGER).column("id").to_pylist() == ["kept"]

    import boto3

    client = boto3.client("s3", endpoint_url=bucket["AWS_ENDPOINT_URL"], region_name="us-east-1")
    listed = client.list_objects_v2(Bucket="lake", Prefix="tables/masked_a/")["Contents"]
    bodies = [client.get_object(Bucket="lake", Key=one["Key"])["Body"].read() for one in listed]
    assert len(bodies) == 4
    assert not [body for body in bodies if b"gone" in body]
