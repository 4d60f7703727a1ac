"""What Dagster keeps of rows: previews in its event log, ids in messages, and the logs of steps.

The one module of this package that knows Dagster. Its event log (1.13) is the table `event_logs`, one SQLite database
for each run and one named `index` that has the asset events of all runs again, beside the latest event of each asset
and check; or one database for all of it. The public interface only adds events, so they are rewritten in the tables.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from sourcing_pipeline.erasure.names import Names

_ROWS = 200
_ACTIVE = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_LOGS = (".out", ".err", ".partial")


def runs_in_progress(instance: dg.DagsterInstance) -> list[str]:
    """The ids of the runs that Dagster holds to be running."""
    return [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=_ACTIVE))]


@dataclass(frozen=True)
class _Shard:
    """One database of the event log; `file` is where it lies, when it is one of SQLite's."""

    connect: AbstractContextManager[Any]
    file: Path | None
    index: bool


def forget_events(instance: dg.DagsterInstance, names: Names, dry_run: bool = False) -> int:
    """Take the ids of `names` out of the event log: previews that show one are emptied, elsewhere the id is replaced.

    Gives the number of entries that had one. SQLite's files are rewritten, so that their free pages hold nothing
    either; PostgreSQL's dead rows go with its next vacuum.
    """
    changed = 0
    for shard in _shards(instance) if names.heads else ():
        with shard.connect as connection:
            found = _rewrite(connection, names, shard.index, dry_run)
        changed += found
        if not dry_run and shard.file is not None and (found or shard.index or _freed(shard.file, names)):
            _compact(shard.file)
    return changed


def _shards(instance: dg.DagsterInstance) -> Iterator[_Shard]:
    """The databases of the event log, the index last: it tells of what has to be done again."""
    from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage

    storage = instance.event_log_storage
    if isinstance(storage, SqliteEventLogStorage):
        folder = Path(storage.path_for_shard(INDEX_SHARD_NAME)).parent
        for file in sorted(folder.glob("*.db")) + sorted(folder.glob(".db")):
            run_id = file.name.removesuffix(".db")
            if run_id != INDEX_SHARD_NAME:
                yield _Shard(storage.run_connection(run_id), file, index=False)
        yield _Shard(storage.index_connection(), Path(storage.path_for_shard(INDEX_SHARD_NAME)), index=True)
    elif isinstance(storage, SqlEventLogStorage):
        yield _Shard(storage.index_connection(), None, index=True)


def _rewrite(connection: Any, names: Names, index: bool, dry_run: bool) -> int:
    from dagster._core.storage.event_log.schema import (
        AssetCheckExecutionsTable,
        AssetKeyTable,
        SqlEventLogStorageTable,
    )

    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    changed = _column(connection, SqlEventLogStorageTable, "event", names, dry_run)
    if index:
        changed += _column(connection, AssetKeyTable, "last_materialization", names, dry_run)
        changed += _column(connection, AssetCheckExecutionsTable, "evaluation_event", names, dry_run)
    return changed


def _column(connection: Any, table: Any, column: str, names: Names, dry_run: bool) -> int:
    """Rewrite one column of serialized events, a few rows at a time; gives how many had an id."""
    import sqlalchemy as db

    text = table.c[column]
    mentions = db.or_(*(text.contains(head, autoescape=True) for head in names.heads))
    changed = last = 0
    while True:
        query = db.select(table.c.id, text).where(mentions, table.c.id > last).order_by(table.c.id).limit(_ROWS)
        rows = connection.execute(query).fetchall()
        if not rows:
            return changed
        last = rows[-1][0]
        for row_id, stored in rows:
            event = json.loads(stored)
            scrubbed = names.scrubbed(event)
            if scrubbed != event:
                changed += 1
                if not dry_run:
                    connection.execute(
                        table.update().where(table.c.id == row_id).values({column: json.dumps(scrubbed)})
                    )


def _freed(file: Path, names: Names) -> bool:
    """Whether the pages of a database still show an id: of deleted runs, or of an erasure that was killed."""
    return any(
        names.named_in(part.read_bytes().decode("utf-8", "replace"))
        for part in (file, file.with_name(f"{file.name}-wal"))
        if part.exists()
    )


def _compact(file: Path) -> None:
    """Write a SQLite database anew without its free pages, and empty its write-ahead log."""
    with closing(sqlite3.connect(file, timeout=60)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def forget_logs(instance: dg.DagsterInstance, names: Names, dry_run: bool = False) -> int:
    """Replace the ids of `names` in what steps printed, where Dagster keeps that in local files.

    Gives the number of files that had one.
    """
    from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

    manager = instance.compute_log_manager
    if not isinstance(manager, LocalComputeLogManager) or not names.heads:
        return 0
    changed = 0
    folder = Path(manager.get_captured_local_path(["any"], "err")).parent
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _LOGS and path.is_file()):
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        if names.named_in(text):
            changed += 1
            if not dry_run:
                partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
                partial.write_bytes(names.replaced(text).encode("utf-8", "surrogateescape"))
                shutil.copymode(path, partial)
                partial.replace(path)
    return changed
