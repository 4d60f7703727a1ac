"""What stands in the slots of the text banks: the details of one ticket, question or task."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from . import identifiers
from .banks import bank
from .facts import MONTHS, PLANS, SERVER_IP, WEEKDAYS, Plan, gross, money, number, storage
from .people import Person, folded, make_name
from .spans import Text, marked


class Slots:
    """Details of one ticket; each is drawn once and then stays the same for the whole thread."""

    def __init__(self, rng: random.Random, customer: Person, agent: Person, moment: datetime) -> None:
        self.rng = rng
        self.customer = customer
        self.agent = agent
        self.moment = moment
        self.language = customer.locale
        self.plan: Plan = rng.choices(PLANS, (4, 6, 4, 1))[0]
        self._known: dict[str, Text] = {}

    def limit_plan(self) -> None:
        """Take a plan that has a bigger one above it."""
        if self.plan is PLANS[-1]:
            self.plan = PLANS[1]

    def knows(self, name: str) -> bool:
        """Whether the detail was told already."""
        return name in self._known

    def __call__(self, name: str) -> Text:
        if name not in self._known:
            self._known[name] = self._draw(name)
        return self._known[name]

    def _draw(self, name: str) -> Text:
        for source in (self._personal, self._product, self._words):
            value = source(name)
            if value is not None:
                return value if isinstance(value, Text) else Text(value)
        raise KeyError(f"unknown slot {name}")

    def _personal(self, name: str) -> Text | None:
        rng, language = self.rng, self.language
        match name:
            case "first":
                return marked(self.customer.first, "NAME")
            case "name":
                return marked(self.customer.name, "NAME")
            case "agent":
                return Text(self.agent.first) if self.agent.role == "bot" else marked(self.agent.first, "NAME")
            case "email":
                return marked(self.customer.email, "EMAIL")
            case "colleague":
                return marked(" ".join(self._colleague()), "NAME")
            case "colleague_email":
                return marked(f"{folded(self._colleague()[0])}@{self.customer.domain}", "EMAIL")
            case "mailbox":
                return marked(f"{rng.choice(bank('names')['slots']['localpart'])}@{self.customer.domain}", "EMAIL")
            case "rcpt":
                first, last = make_name(rng, language)
                host = rng.choice(("example.com", "example.org", "example.net", "kundenpost.example"))
                return marked(f"{folded(first)}.{folded(last)}@{host}", "EMAIL")
            case "phone":
                return marked(self.customer.phone or identifiers.phone(rng, language), "PHONE")
            case "card":
                return marked(identifiers.card(rng), "PAYMENT")
            case "iban":
                return marked(identifiers.iban(rng, language), "IBAN")
            case "address":
                return marked(identifiers.address(rng, language), "ADDRESS")
            case "ip":
                return marked(identifiers.ip(rng), "IP")
            case "server_ip":
                return marked(SERVER_IP, "IP")
            case "dob":
                return marked(identifiers.birth_date(rng, language), "DATE_OF_BIRTH")
            case "idnum" | "idkind":
                kind, value = identifiers.id_number(rng)
                self._known["idkind"], self._known["idnum"] = Text(kind), marked(value, "ID_NUMBER")
                return self._known[name]
            case "passport":
                return marked(identifiers.passport(rng), "ID_NUMBER")
            case "secret":
                return marked(identifiers.secret(rng), "SECRET")
            case "password":
                return marked(identifiers.password(rng), "SECRET")
        return None

    def _product(self, name: str) -> str | None:
        language, plan = self.language, self.plan
        bigger = PLANS[min(PLANS.index(plan) + 1, len(PLANS) - 1)]
        match name:
            case "plan":
                return plan.name
            case "price":
                return money(plan.price * 100, language)
            case "mailboxes":
                return str(plan.mailboxes)
            case "storage":
                return storage(plan.storage, language)
            case "daily":
                return number(plan.daily, language)
            case "rate":
                return str(plan.rate)
            case "logdays":
                return str(plan.logdays)
            case "webhooks":
                return "one webhook endpoint" if plan.webhooks == 1 else f"{plan.webhooks} webhook endpoints"
            case "bigger":
                return bigger.name
            case "bigger_price":
                return money(bigger.price * 100, language)
            case "bigger_mailboxes":
                return str(bigger.mailboxes)
            case "bigger_storage":
                return storage(bigger.storage, language)
            case "bigger_daily":
                return number(bigger.daily, language)
            case "amount":
                months = self.rng.choice((1, 1, 1, 10))
                return money(gross(plan.price) * months, language)
        return None

    def _words(self, name: str) -> str | None:
        rng, language = self.rng, self.language
        words = bank("names")["slots"]
        earlier = self.moment - timedelta(days=30)
        match name:
            case "domain" | "company":
                return str(getattr(self.customer, name))
            case "invoice":
                return f"PR-{self.moment.year}-{rng.randint(1200, 9800):05d}"
            case "month":
                return MONTHS[language][earlier.month - 1]
            case "mm":
                return f"{self.moment.month:02d}"
            case "day":
                return WEEKDAYS[language][rng.randrange(5)]
            case "n":
                return str(rng.randint(3, 9))
            case "count":
                return number(rng.choice((800, 1_500, 3_000, 4_500, 6_000, 12_000, 18_000)), language)
            case "year":
                return str(rng.randint(2017, 2025))
            case "hour":
                return f"{rng.randint(7, 16)}:{rng.choice((0, 10, 20, 30, 45)):02d}"
            case "business":
                return str(rng.choice(bank("names")["business"][language]))
            case "client" if language != "en":
                return str(rng.choice(words["client_local"]))
            case "request_id":
                return "req_" + "".join(rng.choice("0123456789abcdef") for _ in range(12))
        return str(rng.choice(words[name])) if name in words else None

    def _colleague(self) -> tuple[str, str]:
        if "_colleague" not in self._known:
            first, last = make_name(self.rng, self.language)
            self._known["_colleague"] = Text(f"{first}|{last}")
        first, last = self._known["_colleague"].value.split("|")
        return first, last
