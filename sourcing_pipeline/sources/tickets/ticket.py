"""The neutral ticket: what the filter rules see, whichever system it came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sourcing_pipeline.config import Window
from sourcing_pipeline.rows import Drop

Speaker = Literal["user", "assistant", "bot"]
Status = Literal["open", "resolved", "abandoned", "spam"]


@dataclass(frozen=True)
class Turn:
    """One public message. `macro` names the canned answer it was made from, if any."""

    role: Speaker
    text: str
    macro: str | None = None


@dataclass(frozen=True)
class Ticket:
    """One case between a customer and the support team.

    `id` is the system's own key. `dated_at` gives the ticket its day: when it was resolved, else when it last
    changed. `resolved_by` is None when nobody is named. `rating` is in [0, 1], higher is better;
    `rating_given` is what the customer gave, on the system's own scale. `language` is BCP-47. `turns` are in
    the order of writing.
    """

    id: str
    status: Status
    dated_at: datetime
    turns: tuple[Turn, ...]
    subject: str | None = None
    resolved_at: datetime | None = None
    resolved_by: Literal["human", "bot"] | None = None
    rating: float | None = None
    rating_given: int | str | None = None
    reopened: bool = False
    merged: bool = False
    channel: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None


class TicketSystem(Protocol):
    """One way to get tickets: a config model with a `type`, in a module of its own."""

    def tickets(self, name: str, window: Window) -> Iterator[Ticket | Drop]:
        """The tickets whose day is wanted (all, when `window.days` is None), each once, in a stable order.

        A record that cannot be read is an `unparsable` Drop on a day of its own: each record of the system
        belongs to exactly one day, whatever was asked for. `name` is the source's, for ids and messages.
        Raises InputError.
        """
        ...


def day_of(window: Window, instant: datetime) -> str | None:
    """The partition key of `instant`, or None when that day is not wanted."""
    day = window.day(instant)
    return day if window.days is None or day in window.days else None
