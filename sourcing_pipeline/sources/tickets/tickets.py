"""The `tickets` source: a ticket system behind one set of rules."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import Window
from sourcing_pipeline.licenses import PROPRIETARY, License
from sourcing_pipeline.rows import Drop, DropReason, Example, Strategy, batches
from sourcing_pipeline.sources.source import Source
from sourcing_pipeline.sources.tickets.conversations import Conversations
from sourcing_pipeline.sources.tickets.filters import messages_of, reason_to_drop
from sourcing_pipeline.sources.tickets.helpdesk import Helpdesk
from sourcing_pipeline.sources.tickets.ticket import Ticket

System = Annotated[Helpdesk | Conversations, Field(discriminator="type")]


class Tickets(Source):
    """Support tickets that a human agent resolved to the customer's satisfaction.

    A row is one ticket; its day is the day it was solved. Tickets that never were belong to the day they last
    changed, so that they are counted and dropped with their reason. Rules, in this order: merged, spam,
    abandoned, not_resolved, reopened, bot_answered, not_rated, rating_too_low, outside_window, empty.
    `quality_score` is the customer's rating: (rating - 1) / 4, so 4 of 5 is 0.75.
    """

    strategy: ClassVar[Strategy] = "production_logs"
    daily: ClassVar[bool] = True

    kind: Literal["tickets"] = "tickets"
    """Which reader this is."""
    system: System
    """Where the tickets are: `type: helpdesk` (SQLite file) or `type: conversations` (JSON Lines), and its
    fields."""
    min_rating: float | None = Field(default=4, ge=1, le=5)
    """Lowest satisfaction rating kept, on the scale 1 to 5; null asks for no rating at all."""
    max_age_days: int | None = Field(default=365, ge=1)
    """Tickets resolved longer than this before `as_of` are dropped as outside_window; null sets no limit."""
    license: License = PROPRIETARY
    """The licence of the tickets' texts: an SPDX id or `LicenseRef-…`."""

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """Outcome batches, one outcome a ticket; `created_at` is when it was resolved, `partition` its day.

        `meta` holds ticket_id, channel, turns (messages after joining) and rating (as given). Raises
        InputError.
        """
        return batches(self._outcome(name, found, window) for found in self.system.tickets(name, window))

    def _outcome(self, name: str, found: Ticket | Drop, window: Window) -> Example | Drop:
        if isinstance(found, Drop):
            return found
        row_id, day = f"{name}:{found.id}", window.day(found.dated_at)
        reason = reason_to_drop(found, self.min_rating, window.oldest(self.max_age_days), window.as_of)
        if reason is not None:
            return Drop(row_id, *reason, day)
        messages = messages_of(found)
        if not messages:
            return Drop(row_id, DropReason.EMPTY, "no customer turn with an agent's answer after it", day)
        return Example(
            id=row_id,
            partition=day,
            source=name,
            strategy=self.strategy,
            messages=messages,
            quality_score=found.rating,
            license=self.license,
            language=found.language,
            tags=found.tags,
            created_at=found.resolved_at or found.dated_at,
            meta={
                "ticket_id": found.id,
                "channel": found.channel,
                "turns": len(messages),
                "rating": found.rating_given,
            },
        )
