"""The shape of a message: greeting, signature, quoted reply, disclaimer."""

from __future__ import annotations

import random
from datetime import datetime

from .banks import talk
from .facts import BERLIN, MONTHS, WEEKDAYS
from .grammar import expand
from .slots import Slots
from .spans import Text, join, marked

SUPPORT = "support@postrider.example"


def say(slots: Slots, template: str) -> Text:
    """Expand one template with the details of the ticket."""
    return expand(template, slots.rng, slots)


def paragraph(sentences: list[Text], after_greeting: bool, language: str) -> Text:
    """Put sentences into one paragraph, with capitals as the language wants them."""
    parts: list[Text] = []
    for sentence in filter(None, sentences):
        if not parts and after_greeting and language == "de":
            small = sentence.value.split()[0].rstrip(",:") in talk("de")["small"]
            parts.append(sentence.uncapitalised() if small else sentence)
        elif parts and language in {"fr", "es"} and parts[-1].value.endswith(":"):
            parts.append(sentence.uncapitalised())
        else:
            parts.append(sentence.capitalised())
    return join(" ", parts)


def from_customer(slots: Slots, sentences: list[Text], channel: str, style: Style, first: bool) -> Text:
    """A message of the customer without any quotation."""
    words = talk(slots.language)
    rng = slots.rng
    greet = Text()
    wanted = rng.random() < (1.0 if channel == "email" else 0.4)
    if wanted and (first or (channel == "email" and rng.random() < 0.6)):
        greet = say(slots, rng.choice(words["greet" if first else "greet_named"]))
    body = paragraph(sentences, greet.value.endswith(","), slots.language)
    if channel == "chat":
        return join("\n", [greet, body])
    if channel == "web":
        return join("\n\n", [greet, body])
    closing = Text()
    if rng.random() < 0.75:
        name = slots("name") if first and not style.signature else slots("first")
        closing = join("\n", [rng.choice(words["sign_user"]), name])
    return join("\n\n", [greet, body, closing, style.footer(slots, first)])


class Style:
    """How one customer writes e-mails: with a signature, from the phone, in lower case."""

    def __init__(self, rng: random.Random, slots: Slots) -> None:
        self.signature = rng.random() < 0.3
        self.mobile = not self.signature and rng.random() < 0.14
        self.disclaimer = rng.random() < 0.05
        self.lower = rng.random() < 0.07
        self._mobile_text: str = rng.choice(talk(slots.language)["mobile"])
        self._with_phone = rng.random() < 0.7
        self._with_address = rng.random() < 0.2

    def footer(self, slots: Slots, first: bool) -> Text:
        """What stands under a message of this customer."""
        words = talk(slots.language)
        parts: list[Text | str] = []
        if self.signature and first:
            lines: list[Text | str] = ["-- ", slots("name"), f"{slots.customer.job}, {slots.customer.company}"]
            if self._with_address:
                lines.append(slots("address"))
            if self._with_phone:
                lines.append(slots("phone"))
            parts.append(join("\n", lines))
        if self.mobile:
            parts.append(self._mobile_text)
        if self.disclaimer and first:
            parts.append(slots.rng.choice(words["disclaimer"]))
        return join("\n\n", parts)


def from_agent(slots: Slots, paragraphs: list[list[Text]], channel: str, last: Text) -> Text:
    """A message of the agent; the first sentence follows the greeting."""
    words = talk(slots.language)
    rng = slots.rng
    greet = Text()
    if channel != "chat" or rng.random() < 0.3:
        greet = say(slots, rng.choice(words["greet_agent"]))
    filled = [sentences for sentences in paragraphs if any(sentences)]
    blocks = [paragraph(sentences, bool(greet) and not index, slots.language) for index, sentences in enumerate(filled)]
    if channel == "chat":
        return join("\n", [greet, join(" ", [*blocks, last])])
    signature = slots("agent")
    if slots.agent.last and rng.random() < 0.4:
        signature = marked(slots.agent.name, "NAME")
    closing = join("\n", [rng.choice(words["sign_agent"]), signature, "Postrider Support"])
    return join("\n\n", [greet, *blocks, last, closing])


def with_quote(slots: Slots, message: Text, earlier: Text, author_is_agent: bool, when: datetime) -> Text:
    """The message with the beginning of the earlier one quoted below."""
    language = slots.language
    local = when.astimezone(BERLIN)
    month = MONTHS[language][local.month - 1]
    date = {
        "en": f"{local.day} {month[:3]} {local.year}",
        "de": f"{local:%d.%m.%Y}",
        "fr": f"{WEEKDAYS['fr'][local.weekday()][:3]}. {local.day} {month} {local.year}",
        "es": f"{WEEKDAYS['es'][local.weekday()][:3]}, {local.day} {month[:3]} {local.year}",
    }[language]
    person = slots.agent if author_is_agent else slots.customer
    known = {
        "qday": Text(local.strftime("%a")),
        "qdate": Text(date),
        "qtime": Text(local.strftime("%H:%M")),
        "qname": marked(person.name, "NAME") if person.last else Text(person.name),
        "qmail": marked(SUPPORT if author_is_agent else person.email, "EMAIL"),
    }
    header = expand(talk(language)["quote"], slots.rng, lambda name: known[name])
    lines = earlier.head(slots.rng.randint(90, 220))
    return join("\n\n", [message, join("\n", [header, lines.quoted()])])
