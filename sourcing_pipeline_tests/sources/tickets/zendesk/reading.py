"""What the tests of the zendesk system share: one way to make it, and what it lands and reads as rows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from sourcing_pipeline.config import Landed, Window
from sourcing_pipeline.sources.tickets.ticket import TICKETS
from sourcing_pipeline.sources.tickets.zendesk import Zendesk
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.api_server import ApiServer
from sourcing_pipeline_tests.sources.tickets.zendesk.account import Account, Fields

SECRET = "tok-77ab03-never-shown"
AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
EXPORT = r"/api/v2/incremental/tickets/cursor\.json"
Row = dict[str, Any]


def system(server: ApiServer, **fields: Any) -> Zendesk:
    return Zendesk.model_validate({"type": "zendesk", "url": server.url, "email": "amy@example.com"} | fields)


def window(landed: Sequence[Landed] = (), zone: str = "UTC") -> Window:
    return Window(AS_OF, ZoneInfo(zone), landed=lambda: iter(landed))


def rows_of(server: ApiServer, updates: Updates, **fields: Any) -> list[Row]:
    """What landed, as rows, before their turns are fetched."""
    batches = list(system(server, **fields).tickets("src", window(list(updates.landed(None)))))
    for batch in batches:
        assert batch.schema == TICKETS
        assert batch.column("turns").null_count == batch.num_rows
    return [row for batch in batches for row in batch.to_pylist()]


def row_of(server: ApiServer, updates: Updates, found: Fields, users: Sequence[Fields] = (), **fields: Any) -> Row:
    """The row of one ticket, of an account that has `users` besides requester 1 and agent 2."""
    account = Account([[found]])
    account.users |= {one["id"]: one for one in users}
    server.serve(account.routes())
    system(server).update("src", window(), updates)
    (row,) = rows_of(server, updates, **fields)
    return row


def turns_of(server: ApiServer, account: Account, fields: Fields | None = None, **options: Any) -> list[Row]:
    """The turns of ticket 1 of `account`."""
    turns: list[Row] = talked(server, account, fields, **options)["turns"]
    return turns


def talked(server: ApiServer, account: Account, fields: Fields | None = None, **options: Any) -> Row:
    """The row of ticket 1 of `account` after its turns were fetched."""
    one = {"id": "1", "dated_at": AS_OF, "resolved_by": "human", "person_keys": ["1", "2"], **(fields or {})}
    batch = pa.RecordBatch.from_pylist([one], schema=TICKETS)
    server.serve(account.routes())
    filled = system(server, **options).turns("src", batch)
    assert filled.schema == TICKETS
    row: Row = filled.to_pylist()[0]
    return row
