"""Tickets from files: `type: files`."""

from collections.abc import Iterator
from typing import Literal

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import Window
from sourcing_pipeline.sources.tabular.files import Files, changed_files, read_files
from sourcing_pipeline.sources.tickets.mapping import DATED, TicketFields, TicketMapping, wanted
from sourcing_pipeline.sources.tickets.records_to_tickets import changes_of, tickets_of
from sourcing_pipeline.updates import Change


class TicketFiles(Files, TicketMapping):
    """Tickets from JSON Lines, CSV or Parquet files, local or on S3.

    A record has the ticket's fields, of which only `id` is needed: id, status, created_at, updated_at, resolved_at,
    resolved_by, rating, reopened (true, or how often), merged (true, or into which one), wrong (the customer said so),
    subject, channel, tags, language, requester, requester_email, agent. `fields` says what the files call them. Its
    messages are a list of objects in `messages` (role, text, at, macro, author, author_email, public; `fields` has them
    as `messages.at`), or, in the flat layout, each record is one message (role, text, sent_at, macro, author,
    author_email, public), and the records of one ticket stand together.

    A ticket's day is that of resolved_at, else updated_at, else created_at, else its last message; with a date in the
    path it is the path's day. A record without a time belongs to the day of the record before it.

    Late changes are found by the files that are new or differ; a ticket in them has changed when its updated_at is
    another one, without updated_at always.
    """

    type: Literal["files"]
    """Which ticket system this is."""
    fields: TicketFields = Field(default_factory=dict)
    """What the files call a field, where it is not the same name; dots lead into nested objects
    (`rating: satisfaction.score`). Null: the field is not read."""

    def tickets(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """See `TicketSystem`."""
        parts = read_files(self, name, window, wanted(self, self.fields), DATED)
        return tickets_of(name, parts, self, self.fields, window)

    def changed(self, name: str, window: Window, cursor: str | None) -> tuple[Iterator[Change], str]:
        """The tickets in files that are new or differ since `cursor` (none without one), and the next cursor.

        Raises InputError, or TryAgain when the fault may pass.
        """
        changed = changed_files(self, name, window, wanted(self, self.fields), cursor)
        return changes_of(name, changed, self, window), changed.cursor
