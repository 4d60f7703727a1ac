"""The plan of all tickets: how many of which sort, when, and who writes them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .banks import Kind, bank, talk
from .facts import AS_OF, FIRST_DAY, WINDOW_START
from .letters import Style, say
from .people import Person
from .slots import Slots
from .spans import Text
from .threads import Message, Story, Thread, all_kinds, off_topic_entries, small_talk, tell

TICKETS = 2400
SHARE = {"en": 0.82, "de": 0.07, "fr": 0.06, "es": 0.05}
FATES = {
    "solved": 0.735,
    "bot": 0.065,
    "abandoned": 0.05,
    "reopened": 0.05,
    "merged": 0.025,
    "spam": 0.03,
    "open": 0.035,
    "empty": 0.01,
}
OFF_TOPIC = 50
EXACT_COPIES, NEAR_COPIES = 15, 25
COMMENTS = (
    "Great support!", "Fast and friendly.", "Solved at once, thank you.", "Very clear answer.", "Top!",
    "Helpful, as always.", "Good, but it took a while.", "Danke!", "Merci", "Perfect.",
)  # fmt: skip
COMPLAINTS = ("Too slow.", "Did not solve my problem.", "I had to ask twice.", "Standard text, not helpful.")


@dataclass
class Ticket:
    """One ticket of the help desk with its messages and what is planted in it."""

    subject: str
    status: str
    channel: str
    priority: str
    requester: Person
    assignee: Person
    messages: list[Message]
    tags: list[str]
    created_at: datetime
    id: int = 0
    resolved_by: Person | None = None
    resolved_at: datetime | None = None
    reopened: int = 0
    merged_into: Ticket | None = None
    rating: tuple[int, str | None, datetime] | None = None
    off_topic: bool = False
    wrong: str | None = None
    duplicate_of: Ticket | None = None
    message_ids: list[int] = field(default_factory=list)

    @property
    def eligible(self) -> bool:
        """Whether a strict filter for good, human, recent answers should let the ticket pass."""
        return (
            self.status == "resolved"
            and self.resolved_by is not None
            and self.resolved_by.role == "agent"
            and self.resolved_at is not None
            and WINDOW_START <= self.resolved_at <= AS_OF
            and self.reopened == 0
            and self.merged_into is None
            and self.rating is not None
            and self.rating[0] >= 4
            and self._has_text("customer")
            and self._has_text("agent")
        )

    def _has_text(self, role: str) -> bool:
        customer = role == "customer"
        return any(
            message.public and message.text.value.strip() and (message.author == self.requester.id) == customer
            for message in self.messages
        )


def make_tickets(rng: random.Random, agents: list[Person], customers: dict[str, list[Person]]) -> list[Ticket]:
    """All tickets in the order of their creation, numbered."""
    maker = _Maker(rng, agents, customers)
    tickets = [maker.ticket(fate) for fate in maker.fates()]
    tickets += [maker.off_topic(number) for number in range(OFF_TOPIC)]
    maker.merge(tickets)
    maker.plant_wrong(tickets)
    tickets += maker.copies(tickets)
    tickets.sort(key=lambda ticket: ticket.created_at)
    message_id = 50_000
    for number, ticket in enumerate(tickets, 10_001):
        ticket.id = number
        ticket.message_ids = list(range(message_id, message_id + len(ticket.messages)))
        message_id += len(ticket.messages)
    return tickets


class _Maker:
    def __init__(self, rng: random.Random, agents: list[Person], customers: dict[str, list[Person]]) -> None:
        self.rng = rng
        self.humans, self.bot = agents[:-1], agents[-1]
        self.customers = customers
        self.kinds = all_kinds()
        self.decks: dict[str, list[Kind]] = {}

    def fates(self) -> list[str]:
        """One fate for each ticket, shuffled."""
        fates = [fate for fate, share in FATES.items() for _ in range(round(TICKETS * share))]
        self.rng.shuffle(fates)
        return fates

    def ticket(self, fate: str, wrong: bool = False, like: Ticket | None = None) -> Ticket:
        """Write one ticket; a wrong one takes the circumstances of the ticket it is written instead of."""
        rng = self.rng
        language = rng.choices(list(SHARE), list(SHARE.values()))[0]
        customer = like.requester if like else rng.choice(self.customers[language])
        kind = self._kind(customer.locale)
        agent = like.assignee if like else self._agent(customer.locale)
        moment = like.created_at if like else self._moment()
        channel = like.channel if like else rng.choices(("email", "web", "chat"), (55, 25, 20))[0]
        if fate == "spam":
            return self._spam(customer, agent, moment)
        end = {"abandoned": "abandoned", "open": rng.choice(("unanswered", "abandoned"))}.get(fate, "solved")
        answer, reason = self._wrong(kind, customer.locale) if wrong else (None, None)
        author = self.bot if fate == "bot" else agent
        thread = tell(Story(kind, answer, end), customer, author, channel, moment, rng)
        ticket = self._wrap(thread, kind, agent)
        ticket.wrong = reason
        self._finish(ticket, fate)
        return ticket

    def off_topic(self, number: int) -> Ticket:
        """A ticket that was answered well but has nothing to do with the product."""
        entries = off_topic_entries()
        entry = entries[number % len(entries)]
        customer, agent = self.rng.choice(self.customers["en"]), self._agent("en")
        thread = small_talk(entry, customer, agent, self._moment(), self.rng)
        ticket = self._wrap(thread, None, agent)
        ticket.subject = say(thread.slots, entry["subject"]).value
        ticket.off_topic = True
        self._resolve(ticket)
        ticket.rating = self._rated(ticket, self.rng.choice((4, 5, 5)))
        return ticket

    def merge(self, tickets: list[Ticket]) -> None:
        """Point each merged ticket to another one of the same time."""
        solved = [ticket for ticket in tickets if ticket.status == "resolved" and not ticket.off_topic]
        for ticket in tickets:
            if "merged" in ticket.tags:
                earlier = [other for other in solved if other.created_at < ticket.created_at]
                ticket.merged_into = self.rng.choice(earlier[-40:] or solved)

    def plant_wrong(self, tickets: list[Ticket]) -> None:
        """Write about six of a hundred eligible tickets anew, with a wrong answer."""
        places = [
            index for index, ticket in enumerate(tickets)
            if ticket.eligible and not ticket.off_topic and not self._is_target(ticket, tickets)
        ]  # fmt: skip
        for index in self.rng.sample(places, round(0.062 * len(places))):
            old = tickets[index]
            new = self.ticket("solved", wrong=True, like=old)
            self._resolve(new)
            new.rating = self._rated(new, old.rating[0] if old.rating else 5)
            tickets[index] = new

    def copies(self, tickets: list[Ticket]) -> list[Ticket]:
        """Tickets that a customer sent twice, word by word or nearly so."""
        good = [
            ticket for ticket in tickets
            if ticket.eligible and not ticket.off_topic and not ticket.wrong
            and sum(len(message.text.value.split()) for message in ticket.messages) > 75
        ]  # fmt: skip
        chosen = self.rng.sample(good, EXACT_COPIES + NEAR_COPIES)
        return [self._copy(ticket, exact=number < EXACT_COPIES) for number, ticket in enumerate(chosen)]

    def _copy(self, original: Ticket, exact: bool) -> Ticket:
        later = timedelta(minutes=self.rng.randint(4, 90))
        messages = [
            Message(message.author, message.text, message.at + later, message.public, message.macro)
            for message in original.messages
        ]
        if not exact:
            extra = self.rng.choice(
                ("PS: I send this again.", "(Second try, the form showed an error.)", "Sent twice, sorry.")
            )
            messages[0].text = messages[0].text + "\n\n" + extra
        ticket = Ticket(
            original.subject, "resolved", original.channel, original.priority, original.requester,
            original.assignee, messages, list(original.tags), original.created_at + later,
        )  # fmt: skip
        ticket.duplicate_of = original
        self._resolve(ticket)
        ticket.rating = self._rated(ticket, 5)
        return ticket

    def _is_target(self, ticket: Ticket, tickets: list[Ticket]) -> bool:
        return any(other.merged_into is ticket for other in tickets if other.merged_into)

    def _kind(self, language: str) -> Kind:
        deck = self.decks.setdefault(language, [])
        if not deck:
            deck.extend(self.kinds[language])
            self.rng.shuffle(deck)
        return deck.pop()

    def _agent(self, language: str) -> Person:
        fitting = [agent for agent in self.humans if agent.locale == language]
        return self.rng.choice(fitting if language != "en" or self.rng.random() < 0.8 else self.humans)

    def _moment(self) -> datetime:
        rng = self.rng
        while True:
            day = min(rng.triangular(0, 426, 400), 423.0)
            if rng.random() > 0.4 + day / 420:
                continue
            moment = FIRST_DAY + timedelta(days=int(day))
            if moment.weekday() >= 5 and rng.random() < 0.75:
                continue
            return moment + timedelta(seconds=int(rng.triangular(5 * 3600, 20 * 3600, 9 * 3600)))

    def _wrong(self, kind: Kind, language: str) -> tuple[str, str]:
        if self.rng.random() < 0.7:
            entry = self.rng.choice(kind.wrong)
            return entry["answer"], entry["reason"]
        other = self.rng.choice([one for one in self.kinds[language] if one.topic != kind.topic])
        return self.rng.choice(other.fixes), f"answers another question ({other.id} in place of {kind.id})"

    def _wrap(self, thread: Thread, kind: Kind | None, assignee: Person) -> Ticket:
        slots = thread.slots
        subject = say(slots, self.rng.choice(kind.subjects)).capitalised().value if kind else ""
        tags = [kind.topic, kind.id] if kind else ["general"]
        if slots.language != "en":
            tags.append(slots.language)
        priority = self.rng.choices(("normal", "low", "high", "urgent"), (70, 14, 12, 4))[0]
        return Ticket(
            subject, "resolved", thread.channel, priority, slots.customer, assignee,
            thread.messages, tags, thread.messages[0].at,
        )  # fmt: skip

    def _spam(self, customer: Person, agent: Person, moment: datetime) -> Ticket:
        slots = Slots(self.rng, customer, agent, moment)
        slots.language = "en"
        entry = self.rng.choice(bank("spam"))
        message = Message(customer.id, say(slots, entry["body"]), moment)
        thread = Thread(slots, "email", Style(self.rng, slots), [message])
        ticket = self._wrap(thread, None, agent)
        ticket.subject, ticket.status, ticket.tags = say(slots, entry["subject"]).value, "spam", ["spam"]
        return ticket

    def _finish(self, ticket: Ticket, fate: str) -> None:
        rng = self.rng
        if fate == "open":
            ticket.status = "new" if len(ticket.messages) == 1 else rng.choice(("open", "pending"))
        elif fate == "abandoned":
            ticket.status = "abandoned"
        elif fate == "merged":
            ticket.status = "closed"
            ticket.tags.append("merged")
            del ticket.messages[1:]
            note = talk(ticket.requester.locale)["merged"]
            ticket.messages.append(Message(ticket.assignee.id, Text(note), ticket.created_at + timedelta(hours=1)))
        else:
            if fate == "reopened":
                ticket.reopened = rng.randint(1, 2)
                self._again(ticket)
            elif fate == "empty":
                self._blank(ticket)
            self._resolve(ticket, self.bot if fate == "bot" else None)
            self._rate(ticket, fate)

    def _again(self, ticket: Ticket) -> None:
        words = talk(ticket.requester.locale)["again"]
        del ticket.messages[6:]
        moment = ticket.messages[-1].at
        days = timedelta(hours=self.rng.randint(8, 60))
        ticket.messages.append(Message(ticket.requester.id, Text(words[0]), moment + days))
        ticket.messages.append(Message(ticket.assignee.id, Text(words[1]), moment + days + timedelta(hours=2)))

    def _blank(self, ticket: Ticket) -> None:
        customer = self.rng.random() < 0.5
        for message in ticket.messages:
            if (message.author == ticket.requester.id) == customer and message.public:
                message.text = Text("" if self.rng.random() < 0.7 else "  \n")

    def _resolve(self, ticket: Ticket, by: Person | None = None) -> None:
        latest = AS_OF - timedelta(minutes=15)
        start, end = ticket.created_at, ticket.messages[-1].at
        if end > latest:
            scale = (latest - start) / (end - start)
            for message in ticket.messages:
                message.at = start + timedelta(seconds=int((message.at - start).total_seconds() * scale))
        ticket.resolved_by = by or ticket.assignee
        ticket.resolved_at = ticket.messages[-1].at + timedelta(minutes=self.rng.randint(0, 9))

    def _rate(self, ticket: Ticket, fate: str) -> None:
        rng = self.rng
        if fate == "bot":
            score = rng.choice((None, None, 1, 2, 3, 4, 5))
        elif fate == "reopened":
            score = rng.choice((None, 2, 3, 4, 5))
        else:
            score = rng.choices((5, 4, 3, 2, 1, None), (50, 27, 5, 3, 3, 12))[0]
        if score:
            ticket.rating = self._rated(ticket, score)

    def _rated(self, ticket: Ticket, score: int) -> tuple[int, str | None, datetime]:
        assert ticket.resolved_at is not None
        comment = None
        if self.rng.random() < 0.2:
            comment = self.rng.choice(COMMENTS if score >= 4 else COMPLAINTS)
        moment = min(ticket.resolved_at + timedelta(minutes=self.rng.randint(3, 900)), AS_OF - timedelta(minutes=1))
        return score, comment, moment
