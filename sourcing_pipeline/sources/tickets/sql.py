"""Tickets from a SQL database: `type: sql`."""

from collections.abc import Iterator
from typing import Literal

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import Window
from sourcing_pipeline.sources.tabular.sql import SqlQuery, changed_rows, read_query
from sourcing_pipeline.sources.tickets.mapping import Layout, TicketFields, TicketMapping, wanted
from sourcing_pipeline.sources.tickets.records_to_tickets import changes_of, tickets_of
from sourcing_pipeline.updates import Change


class TicketSql(SqlQuery, TicketMapping):
    """Tickets from a SQL database, by one query.

    Its columns are the ticket's fields as in `type: files`; by default a row is one message (role, text, sent_at,
    macro, author, author_email, public) with its ticket's fields beside it, so order the query by the ticket's id, then
    by the message's time.

    The query may bind `:start` and `:end`, the first instant of the wanted days and the first one after them (UTC), and
    then runs once for each run of adjoining days; without them it is read whole for any window. Compare them with what
    gives a ticket its day, `coalesce(resolved_at, updated_at, created_at)`; in SQLite, where times are text, with
    `datetime(…)` of it. PostgreSQL and SQLite are kept from writing; for another database give an account that may only
    read.

    Late changes are found by `updated_at`, with an hour's overlap; without that column they are not seen.
    """

    type: Literal["sql"]
    """Which ticket system this is."""
    fields: TicketFields = Field(default_factory=dict)
    """What the query calls a field, where it is not the same name. Null: the field is not read."""
    layout: Layout = "flat"
    """`flat`: a row is a message; `nested`: a row is a ticket, with its messages as a list or as JSON."""

    def tickets(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """See `TicketSystem`."""
        parts = read_query(self, name, window, wanted(self, self.fields))
        return tickets_of(name, parts, self, self.fields, window)

    def changed(self, name: str, window: Window, cursor: str | None) -> tuple[Iterator[Change], str]:
        """The tickets that were updated since `cursor` (none without one), and the next cursor.

        Raises InputError, or TryAgain when the fault may pass.
        """
        changed = changed_rows(self, name, window, wanted(self, self.fields), cursor)
        return changes_of(name, changed, self, window), changed.cursor
