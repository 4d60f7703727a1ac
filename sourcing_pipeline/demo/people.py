"""Customers, agents and their firms. All of them are invented."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from . import identifiers
from .banks import bank
from .facts import AS_OF, FIRST_DAY, stamp

COUNTS = {"en": 1180, "de": 120, "fr": 110, "es": 100}
FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "'": None, " ": "-"})


@dataclass(frozen=True)
class Person:
    """A user of the help desk."""

    id: int
    role: str
    first: str
    last: str
    email: str
    phone: str | None
    locale: str
    created_at: str
    company: str
    domain: str
    job: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}".strip()


def folded(name: str) -> str:
    """A name as it stands in an e-mail address."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(FOLDED))
    return "".join(char for char in plain if char.isascii())


def make_agents() -> list[Person]:
    """The support team, and the bot as the last one."""
    start = stamp(FIRST_DAY - timedelta(days=400))
    team = [
        Person(number, "agent", first, last, f"{folded(first)}@postrider.example", None, locale, start, "", "", "")
        for number, (first, last, locale) in enumerate(bank("names")["agents"], 1)
    ]
    bot = Person(len(team) + 1, "bot", "Posty", "", "posty@postrider.example", None, "en", start, "", "", "")
    return [*team, bot]


def make_customers(rng: random.Random, first_id: int) -> dict[str, list[Person]]:
    """The customers of each language."""
    customers: dict[str, list[Person]] = {}
    next_id = first_id
    taken: set[str] = set()
    for language, count in COUNTS.items():
        group = customers.setdefault(language, [])
        while len(group) < count:
            person = make_customer(rng, next_id, language)
            if person.email in taken:
                continue
            taken.add(person.email)
            group.append(person)
            next_id += 1
    return customers


def make_customer(rng: random.Random, number: int, language: str) -> Person:
    """One customer with a firm."""
    first, last = make_name(rng, language)
    names = bank("names")["company"]
    stem, trade = rng.choice(names["stem"]), rng.choice(names["trade"])
    company = f"{stem.title()} {trade.title()} {rng.choice(names['suffix'][language])}"
    domain = f"{stem}-{trade}.example" if rng.random() < 0.7 else f"{stem}{trade}.example"
    local = rng.choice((f"{folded(first)}.{folded(last)}", folded(first), f"{folded(first)[0]}.{folded(last)}"))
    host = domain if rng.random() < 0.8 else rng.choice(("example.com", "example.org", "example.net"))
    created = FIRST_DAY - timedelta(days=rng.randint(5, 1500), seconds=rng.randrange(86_400))
    return Person(
        id=number,
        role="customer",
        first=first,
        last=last,
        email=f"{local}@{host}",
        phone=identifiers.phone(rng, language) if rng.random() < 0.6 else None,
        locale=language,
        created_at=stamp(min(created, AS_OF)),
        company=company,
        domain=domain,
        job=rng.choice(bank("talk")[language]["role"]),
    )


def make_name(rng: random.Random, language: str) -> tuple[str, str]:
    """A first and a last name of the language."""
    names = bank("names")[language]
    return rng.choice(names["first"]), rng.choice(names["last"])
