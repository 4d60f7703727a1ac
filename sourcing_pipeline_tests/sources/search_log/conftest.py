from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from sourcing_pipeline.sources.search_log import SearchLog
from sourcing_pipeline.sources.search_log.events import EVENTS, KINDS

Events = Callable[..., pa.Table]
START = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def source() -> Callable[..., SearchLog]:
    """The source over a file of no importance, with the recipe's fields given."""

    def made(path: object = "log.jsonl", **fields: Any) -> SearchLog:
        return SearchLog.model_validate({"log": {"type": "files", "path": str(path)}, **fields})

    return made


@pytest.fixture(scope="session")
def events() -> Events:
    """EVENTS from tuples (seconds after nine, user, kind, other columns)."""

    def table(*rows: tuple[float, str, str, dict[str, Any]]) -> pa.Table:
        records = [
            {"at": START.timestamp() + seconds, "user": user, "kind": KINDS.index(kind), **more}  # type: ignore[arg-type]
            for seconds, user, kind, more in rows
        ]
        for record in records:
            record["at"] = datetime.fromtimestamp(record["at"], UTC)
        return pa.Table.from_pylist(records, schema=EVENTS)

    return table
