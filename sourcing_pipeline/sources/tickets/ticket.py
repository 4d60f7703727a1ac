"""The neutral ticket: the one table that the filter rules see, whichever system it came from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol, runtime_checkable

import pyarrow as pa

from sourcing_pipeline.config import Window
from sourcing_pipeline.updates import Updates

Speaker = Literal["user", "assistant", "bot"]
Status = Literal["open", "resolved", "abandoned", "spam", "deleted"]
BATCH_TICKETS = 1024

TURNS = pa.list_(
    pa.struct([pa.field("role", pa.string()), pa.field("text", pa.string()), pa.field("macro", pa.string())])
)
TICKETS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("dated_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("problem", pa.string()),
        pa.field("status", pa.string()),
        pa.field("resolved_at", pa.timestamp("us", "UTC")),
        pa.field("resolved_by", pa.string()),
        pa.field("rating", pa.float64()),
        pa.field("rating_given", pa.string()),
        pa.field("reopened", pa.bool_()),
        pa.field("merged", pa.bool_()),
        pa.field("said_wrong", pa.bool_()),
        pa.field("subject", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("language", pa.string()),
        pa.field("person_keys", pa.list_(pa.string())),
        pa.field("turns", TURNS),
    ]
)
"""One case between a customer and the support team.

`id` is the system's own key, without the source's name. `dated_at` gives the ticket its day: when it was resolved,
else when it last changed. `problem` says why the record cannot be read (which field, what was expected, never its
text); then `id` is its key or place (`line-17`) and everything else may be null. `status` is one of `Status`.
`resolved_by` is `human` or `bot`, null when nobody is named. `rating` is in [0, 1], higher is better;
`rating_given` is what the customer gave, on the system's own scale, as text. `language` is BCP-47. `turns` are the
public messages in the order of writing; `role` is one of `Speaker`, `macro` names the canned answer that the message
is, when it is nothing else.
`person_keys`: see `rows.RAW`.
"""


@dataclass(frozen=True)
class Turn:
    """One public message, for systems that read record by record; `macro` names the canned answer that it is."""

    role: Speaker
    text: str
    macro: str | None = None


@dataclass(frozen=True)
class Ticket:
    """One row of TICKETS, for systems that read record by record; the fields are its columns."""

    id: str
    dated_at: datetime
    problem: str | None = None
    status: Status | None = None
    resolved_at: datetime | None = None
    resolved_by: Literal["human", "bot"] | None = None
    rating: float | None = None
    rating_given: str | None = None
    reopened: bool = False
    merged: bool = False
    said_wrong: bool = False
    subject: str | None = None
    channel: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    person_keys: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()


class TicketSystem(Protocol):
    """One way to get tickets: a config model with a `type`, in a module of its own."""

    def tickets(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """Batches of TICKETS: the tickets whose day is wanted (all, when `window.days` is None), each once.

        A record that cannot be read has a `problem`, on a day of its own: each record of the system belongs to
        exactly one day, whatever was asked for. `name` is the source's, for messages. Memory does not grow with
        the number of tickets. Raises InputError, or TryAgain when the fault may pass.
        """
        ...


@runtime_checkable
class LandingSystem(TicketSystem, Protocol):
    """A system whose API has no query by day: what changed is landed, and the messages are fetched for few tickets."""

    pool: ClassVar[str]
    """The Dagster concurrency pool of what asks it."""

    def update(self, name: str, window: Window, updates: Updates) -> None:
        """See `Source.update`; `tickets` gives what has landed, with `turns` null."""
        ...

    def turns(self, name: str, batch: pa.RecordBatch) -> pa.RecordBatch:
        """`batch` (of `tickets`) with its turns: called for those alone that every rule without text would keep."""
        ...


def ticket_batches(tickets: Iterable[Ticket], batch_tickets: int = BATCH_TICKETS) -> Iterator[pa.RecordBatch]:
    """`tickets` as batches of TICKETS, in their order."""
    pending: list[dict[str, object]] = []
    for ticket in tickets:
        pending.append(vars(ticket) | {"turns": [vars(turn) for turn in ticket.turns]})
        if len(pending) >= batch_tickets:
            yield pa.RecordBatch.from_pylist(pending, schema=TICKETS)
            pending = []
    if pending:
        yield pa.RecordBatch.from_pylist(pending, schema=TICKETS)


def day_of(window: Window, instant: datetime) -> str | None:
    """The partition key of `instant`, or None when that day is not wanted."""
    day = window.day(instant)
    return day if window.days is None or day in window.days else None
