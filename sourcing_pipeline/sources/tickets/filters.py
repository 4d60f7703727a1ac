"""The rules by which a ticket is kept, once, for every ticket system."""

from collections.abc import Iterator
from datetime import datetime

from sourcing_pipeline.rows import DropReason, Message, Role
from sourcing_pipeline.sources.exchanges import exchange
from sourcing_pipeline.sources.tickets.bodies import clean
from sourcing_pipeline.sources.tickets.ticket import Ticket


def reason_to_drop(
    ticket: Ticket, min_rating: float | None, oldest: datetime | None, as_of: datetime
) -> tuple[DropReason, str | None] | None:
    """Why the ticket is dropped, and by how much, or None. The first rule that applies is the reason.

    `min_rating` is on the scale 1 to 5, or None when ratings are not asked for. That a side is empty shows
    only after cleaning: see `messages_of`.
    """
    if ticket.merged:
        return DropReason.MERGED, None
    if ticket.status == "spam":
        return DropReason.SPAM, None
    if ticket.status == "abandoned":
        return DropReason.ABANDONED, None
    if ticket.status != "resolved" or ticket.resolved_at is None:
        return DropReason.NOT_RESOLVED, None
    if ticket.reopened:
        return DropReason.REOPENED, None
    if ticket.resolved_by != "human":
        return (
            DropReason.BOT_ANSWERED,
            "resolved by a bot" if ticket.resolved_by == "bot" else "no resolver named",
        )
    if min_rating is not None:
        if ticket.rating is None:
            return DropReason.NOT_RATED, None
        if ticket.rating < (min_rating - 1) / 4:
            return (
                DropReason.RATING_TOO_LOW,
                f"rating {1 + 4 * ticket.rating:g} of 5, at least {min_rating:g} wanted",
            )
    if ticket.resolved_at > as_of or (oldest is not None and ticket.resolved_at < oldest):
        return DropReason.OUTSIDE_WINDOW, f"resolved on {ticket.resolved_at.date()}"
    return None


def messages_of(ticket: Ticket) -> tuple[Message, ...]:
    """The ticket as an exchange: customer → user, human agent → assistant, bots left out; () when a side is
    empty.

    Quotes, signatures and disclaimers are stripped from each turn. The subject opens the first user message,
    unless that message holds it already.
    """
    messages = exchange(_spoken(ticket))
    subject = " ".join((ticket.subject or "").split())
    if not messages or not subject or subject.lower() in " ".join(messages[0].content.split()).lower():
        return messages
    return (Message("user", f"{subject}\n\n{messages[0].content}"), *messages[1:])


def _spoken(ticket: Ticket) -> Iterator[tuple[Role, str]]:
    earlier: list[str] = []
    for turn in ticket.turns:
        if turn.role != "bot":
            yield turn.role, clean(turn.text, "\n".join(earlier) if ">" in turn.text else "")
        earlier.append(turn.text)
