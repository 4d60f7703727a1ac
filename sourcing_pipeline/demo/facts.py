"""The product of the demo firm: plans, prices and the calendar of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .banks import bank

BERLIN = ZoneInfo("Europe/Berlin")
AS_OF = datetime(2026, 10, 31, 23, 59, 59, tzinfo=BERLIN).astimezone(UTC)
WINDOW_START = AS_OF - timedelta(days=365)
FIRST_DAY = datetime(2025, 9, 1, tzinfo=UTC)
SERVER_IP = "203.0.113.10"

WEEKDAYS: dict[str, list[str]] = bank("calendar")["weekdays"]
MONTHS: dict[str, list[str]] = bank("calendar")["months"]


@dataclass(frozen=True)
class Plan:
    """One plan of Postrider with its limits."""

    name: str
    price: int
    mailboxes: int
    storage: int
    daily: int
    rate: int
    logdays: int
    webhooks: int


PLANS = (
    Plan("Starter", 9, 5, 5, 2_000, 5, 7, 1),
    Plan("Team", 29, 25, 10, 10_000, 10, 30, 5),
    Plan("Business", 79, 100, 25, 50_000, 25, 60, 10),
    Plan("Scale", 249, 500, 50, 250_000, 100, 90, 20),
)


def number(value: int, language: str) -> str:
    """A whole number as people of the language write it."""
    return f"{value:,}".replace(",", {"en": ",", "de": ".", "es": ".", "fr": " "}[language])


def money(cents: int, language: str) -> str:
    """An amount in euros as people of the language write it."""
    text = f"{cents / 100:.2f}"
    return "€" + text if language == "en" else text.replace(".", ",") + " €"


def gross(net_euros: int) -> int:
    """The price in cents with 19 % VAT."""
    return round(net_euros * 119)


def storage(gigabytes: int, language: str) -> str:
    """A size in the unit of the language."""
    return f"{gigabytes} {'Go' if language == 'fr' else 'GB'}"


def stamp(moment: datetime) -> str:
    """A moment as the help desk stores it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
