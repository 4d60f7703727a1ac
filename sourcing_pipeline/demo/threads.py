"""The messages of one ticket, from the first question to the solution."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .banks import LANGUAGES, Kind, bank, kinds, talk
from .letters import Style, from_agent, from_customer, say, with_quote
from .people import Person
from .slots import Slots
from .spans import Text

FITTING = {
    "billing": ["card", "iban", "address", "phone", "colleague"],
    "subscriptions": ["address", "phone", "colleague", "email"],
    "login": ["phone", "email", "ip"],
    "api": ["secret", "ip", "colleague"],
    "security": ["secret", "ip", "phone"],
    "hosting": ["ip", "secret", "phone"],
    "smtp": ["ip", "secret", "phone", "colleague"],
    "domains": ["address", "phone", "colleague"],
}
PROBLEMS = {"smtp", "bounces", "deliverability", "hosting", "ssl", "status", "security", "dns", "webhooks", "api"}
LONGEST = 8
TRUSTING = {"login", "billing", "subscriptions", "security"}
IDENTITY = ["dob", "dob", "idnum", "idnum", "ip", "phone"]
OTHERS = ["phone", "email", "colleague"]


@dataclass
class Message:
    """One message of a thread."""

    author: int
    text: Text
    at: datetime
    public: bool = True
    macro: str | None = None


@dataclass
class Thread:
    """A conversation between one customer and one agent, while it is written."""

    slots: Slots
    channel: str
    style: Style
    messages: list[Message] = field(default_factory=list)

    @property
    def rng(self) -> random.Random:
        """The source of chance of the thread."""
        return self.slots.rng

    def customer(self, sentences: list[Text]) -> None:
        """Let the customer write."""
        first = not self.messages
        text = from_customer(self.slots, sentences, self.channel, self.style, first)
        if self.style.lower:
            text = text.lowered()
        if not first and self.channel == "email" and self.rng.random() < 0.4:
            text = with_quote(self.slots, text, self.messages[-1].text, True, self.messages[-1].at)
        self._add(self.slots.customer, text)

    def agent(self, opening: list[Text], paragraphs: list[list[Text]], answering: bool) -> None:
        """Let the agent write, now and then with the sentences of a macro."""
        words, rng = talk(self.slots.language), self.rng
        macro, last = None, Text()
        if answering and rng.random() < 0.15:
            macro = rng.choice(sorted(words["macro_close"]))
            last = Text(words["macro_close"][macro])
        elif len(self.messages) == 1 and rng.random() < 0.18:
            macro = rng.choice(sorted(words["macro_open"]))
            opening = [Text(words["macro_open"][macro])]
        blocks = [opening + paragraphs[0], *paragraphs[1:]]
        text = from_agent(self.slots, blocks, self.channel, last)
        if self.channel == "email" and rng.random() < 0.12:
            text = with_quote(self.slots, text, self.messages[-1].text, False, self.messages[-1].at)
        self._add(self.slots.agent, text, macro)

    def note(self) -> None:
        """Add a private note of the agent."""
        self._add(self.slots.agent, say(self.slots, self.rng.choice(talk(self.slots.language)["note"])))
        self.messages[-1].public = False

    def _add(self, author: Person, text: Text, macro: str | None = None) -> None:
        moment = self.messages[-1].at if self.messages else self.slots.moment
        if self.messages:
            fast = self.channel == "chat"
            moment += timedelta(seconds=self.rng.randint(40, 600) if fast else self.rng.randint(900, 50_000))
        self.messages.append(Message(author.id, text, moment, macro=macro))


@dataclass(frozen=True)
class Story:
    """How a ticket goes: the kind, and what is wrong with it."""

    kind: Kind
    wrong_answer: str | None = None
    end: str = "solved"


def tell(story: Story, customer: Person, agent: Person, channel: str, moment: datetime, rng: random.Random) -> Thread:
    """Write the whole conversation of an ordinary ticket."""
    slots = Slots(rng, customer, agent, moment)
    if "%bigger" in str(story.kind):
        slots.limit_plan()
    thread = Thread(slots, channel, Style(rng, slots))
    words, kind = talk(slots.language), story.kind
    path = rng.choice(kind.paths)
    _question(thread, kind, path)
    if story.end == "unanswered":
        return thread
    if agent.role == "agent" and rng.random() < 0.1:
        thread.note()
    checks = kind.parts(path, "checks")
    if story.end == "abandoned" or (checks and not story.wrong_answer and rng.random() < 0.4):
        if not _check(thread, kind, path, story.end == "abandoned"):
            return thread
        opening = [say(slots, rng.choice(words["ack_back"]))]
    else:
        opening = _opening(slots, kind)
    thread.agent(opening, _answer(slots, story, path), answering=True)
    if not story.wrong_answer:
        _rest(thread, kind, path)
    return thread


def _opening(slots: Slots, kind: Kind) -> list[Text]:
    words, chance = talk(slots.language), slots.rng.random()
    if kind.topic in PROBLEMS and chance < 0.25:
        return [say(slots, slots.rng.choice(words["sorry"]))]
    return [say(slots, slots.rng.choice(words["ack"]))] if chance < 0.75 else []


def _question(thread: Thread, kind: Kind, path: dict[str, list[int]]) -> None:
    slots, rng = thread.slots, thread.rng
    words = talk(slots.language)
    sentences = [say(slots, rng.choice(words["context"]))] if rng.random() < 0.5 else []
    sentences.append(say(slots, rng.choice(kind.parts(path, "asks"))))
    details = kind.parts(path, "details")
    if details and rng.random() < 0.6:
        sentences.append(say(slots, rng.choice(details)))
    if rng.random() < (0.6 if kind.topic in TRUSTING else 0.22):
        identity = kind.topic == "login" and "roles" not in kind.id
        label = rng.choice(IDENTITY if identity else FITTING.get(kind.topic, OTHERS))
        if not slots.knows(label):
            sentences.append(say(slots, rng.choice(words["pii"][label])))
    if rng.random() < 0.5:
        sentences.append(say(slots, rng.choice(words["tail"])))
    thread.customer(sentences)


def _check(thread: Thread, kind: Kind, path: dict[str, list[int]], stop: bool) -> bool:
    slots, rng = thread.slots, thread.rng
    words = talk(slots.language)
    checks = kind.parts(path, "checks") or kind.checks
    if not checks:
        asking = [say(slots, rng.choice(words[name])) for name in ("ask_more", "any_check")]
        thread.agent([], [asking], answering=False)
        return False
    check = rng.choice(checks)
    opening = [say(slots, rng.choice(words["ack"]))] if rng.random() < 0.4 else []
    asking = [say(slots, rng.choice(words["ask_more"])), say(slots, check["ask"])]
    thread.agent(opening, [asking], answering=False)
    if stop:
        return False
    thread.customer([say(slots, check["give"])])
    return True


def _answer(slots: Slots, story: Story, path: dict[str, list[int]]) -> list[list[Text]]:
    if story.wrong_answer:
        return [[say(slots, story.wrong_answer)]]
    causes, fixes = story.kind.parts(path, "causes"), story.kind.parts(path, "fixes")
    cause = [say(slots, slots.rng.choice(causes))] if causes else []
    return [cause, [say(slots, slots.rng.choice(fixes))]]


def _rest(thread: Thread, kind: Kind, path: dict[str, list[int]]) -> None:
    slots, rng = thread.slots, thread.rng
    words = talk(slots.language)
    followups = kind.parts(path, "followups")
    if followups and rng.random() < 0.3:
        entry = rng.choice(followups)
        thread.customer([say(slots, rng.choice(words["follow"])), say(slots, entry["ask"])])
        thread.agent([], [[say(slots, entry["answer"])]], answering=False)
    if rng.random() < 0.5:
        ending = "done" if kind.topic in PROBLEMS else "thanks"
        thread.customer([say(slots, rng.choice(words[ending]))])
        if rng.random() < 0.35 and len(thread.messages) < LONGEST:
            thread.agent([], [[say(slots, rng.choice(words["close"]))]], answering=False)


def small_talk(entry: dict[str, str], customer: Person, agent: Person, moment: datetime, rng: random.Random) -> Thread:
    """A friendly ticket about something that has nothing to do with the product."""
    slots = Slots(rng, customer, agent, moment)
    thread = Thread(slots, rng.choice(("email", "web", "chat")), Style(rng, slots))
    thread.customer([say(slots, entry["ask"])])
    thread.agent([], [[say(slots, entry["answer"])]], answering=True)
    if rng.random() < 0.5:
        thread.customer([say(slots, "[How kind|That's so nice], thank you! [You made my day|I'll try it].")])
    return thread


def off_topic_entries() -> list[dict[str, str]]:
    """All off-topic conversations of the bank."""
    entries: list[dict[str, str]] = bank("offtopic")
    return entries


def all_kinds() -> dict[str, list[Kind]]:
    """The issue kinds of every language."""
    return {language: kinds(language) for language in LANGUAGES}
