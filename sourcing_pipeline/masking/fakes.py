"""Made-up personal data with the shapes and check digits of real ones; everything comes from the generator
given.
"""

import random
import string
import unicodedata
from typing import NamedTuple

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

_FIRST = [
    "Maria",
    "Hans",
    "Sofia",
    "Lukas",
    "Priya",
    "Aisha",
    "Wei",
    "Fatima",
    "Jean-Luc",
    "Siobhán",
    "Łukasz",
    "Zoë",
    "Yusuf",
    "Ingrid",
    "Matteo",
    "Chloé",
    "Björn",
    "Anjali",
    "Diego",
    "Kwame",
    "Olga",
    "Hiroshi",
    "Nadia",
    "Connor",
    "Mark",
    "Grace",
    "Renée",
    "Tomás",
    "Leila",
    "Svetlana",
]
_LAST = [
    "Lopez",
    "Müller",
    "Rossi",
    "Schneider",
    "Raghunathan",
    "Benali",
    "Zhang",
    "Haddad",
    "Dubois",
    "O'Brien",
    "Wójcik",
    "van der Berg",
    "Demir",
    "Lindqvist",
    "Bianchi",
    "Lefèvre",
    "Sørensen",
    "Chatterjee",
    "Fernández",
    "Mensah",
    "Petrova",
    "Tanaka",
    "Kowalska",
    "Murphy",
    "Rose",
    "Hopper",
    "Girard",
    "Novák",
    "Rahimi",
    "Ivanenko",
]
_STREETS = (
    "{n} Maple Street, Springfield, IL 6270{d}",
    "{n} Old Mill Road, Apt. {d}, Portland, OR 9720{d}",
    "{n} Baker Street, London NW1 6XE",
    "Hauptstraße {n}, 1011{d} Berlin",
    "Goethestr. {n}a, 8033{d} München",
    "Am Alten Markt {d}, 5066{d} Köln",
    "{n} rue de la République, 6900{d} Lyon",
    "{n} bis, avenue Victor Hugo, 7511{d} Paris",
    "Calle de Alcalá {n}, 2801{d} Madrid",
    "Avenida Diagonal {n}, 3º B, 0801{d} Barcelona",
)
_PHONES = (
    "+49 30 2312{d4}", "030 2312{d4}", "+1 415-26{d}-{d4}", "(212) 26{d}-{d4}", "020 7946 0{d3}",
    "+44 20 7946 0{d3}",
    "+33 6 12 3{d} {d2} {d2}", "01 42 68 5{d} {d2}", "+34 612 34{d} {d3}", "0171 23{d5}",
    "+41 44 668 1{d} {d2}",
)  # fmt: skip
_PLATES = ("{l2}{d2} {l3}", "B-{l2} {d4}", "{l2}-{d3}-{l2}", "{d4} {l3}", "7{l3}{d3}", "MH 12 {l2} {d4}")
_HOSTS = ("example.com", "mail.example.org", "example.co.uk", "firma-beispiel.de")
_DATES = ("{y}-{m:02}-{d:02}", "{d:02}.{m:02}.{y}", "{m}/{d}/{y}", "{d} {month} {y}")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


class Person(NamedTuple):
    """A made-up person."""

    first: str
    last: str


PERSONS: tuple[Person, ...] = tuple(map(Person, _FIRST, _LAST))
"""The pool: one person for each given name."""


def person(maker: random.Random) -> Person:
    """One of the pool's given names with one of its surnames."""
    return Person(maker.choice(_FIRST), maker.choice(_LAST))


def values(person: Person, maker: random.Random) -> dict[str, tuple[str, str]]:
    """A value of every kind for one person: field of a template → (placeholder, value)."""
    name = f"{person.first} {person.last}"
    lowered = person.first.lower() + " " + person.last.lower().split()[-1]
    ascii_name = (
        unicodedata.normalize("NFKD", f"{person.first}.{person.last.split()[-1]}").encode("ascii", "ignore").decode()
    )
    mailbox = "".join(character for character in ascii_name.lower() if character.isalnum() or character in ".-")
    email = f"{mailbox}{maker.randint(1, 99)}@{maker.choice(_HOSTS)}"
    token = "".join(maker.choices(string.ascii_letters + string.digits, k=40))
    birth = maker.choice(_DATES)
    month = maker.randint(1, 12)
    return {
        "name": ("NAME", name),
        "first": ("NAME", person.first),
        "last": ("NAME", person.last),
        "lower": ("NAME", lowered),
        "title": ("NAME", f"{maker.choice(('Ms', 'Mr', 'Dr.', 'Mrs.'))} {person.last}"),
        "email": ("EMAIL", email),
        "phone": ("PHONE", _digits(maker.choice(_PHONES), maker)),
        "card": ("PAYMENT", card(maker)),
        "iban": ("PAYMENT", iban(maker)),
        "address": ("ADDRESS", maker.choice(_STREETS).format(n=maker.randint(2, 240), d=maker.randint(1, 9))),
        "ip": (
            "IP",
            ".".join(map(str, (maker.randint(80, 99), *(maker.randint(1, 254) for _ in range(3))))),
        ),
        "birth": (
            "DATE_OF_BIRTH",
            birth.format(y=maker.randint(1940, 2005), m=month, d=maker.randint(1, 28), month=_MONTHS[month - 1]),
        ),
        "ssn": (
            "ID_NUMBER",
            f"{maker.randint(100, 600)}-{maker.randint(10, 99)}-{maker.randint(1000, 9999)}",
        ),
        "nino": (
            "ID_NUMBER",
            f"AB {maker.randint(10, 99)} {maker.randint(10, 99)} {maker.randint(10, 99)} C",
        ),
        "dni": ("ID_NUMBER", dni(maker)),
        "passport": ("ID_NUMBER", f"C{maker.randint(10_000_000, 99_999_999)}"),
        "username": ("USERNAME", f"{mailbox.replace('.', '_')}{maker.randint(1, 99)}"),
        "plate": ("LICENCE_PLATE", _digits(maker.choice(_PLATES), maker)),
        "wallet": ("PAYMENT", f"0x{''.join(maker.choices('0123456789abcdef', k=34))}aBcDeF"),
        "key": ("SECRET", maker.choice(("sk-", "ghp_", "glpat-")) + token),
        "password": ("SECRET", f"{token[:6]}!{maker.randint(10, 99)}{token[6:9]}"),
        "url": ("URL", f"https://app.example.com/login?user={mailbox}&token={token[:20]}"),
    }


def card(maker: random.Random) -> str:
    """A card number with Luhn's check digit (ISO/IEC 7812-1), bare or in groups of four."""
    head = maker.choice(("4539", "5412", "5105", "4916")) + "".join(maker.choices(string.digits, k=11))
    number = f"{head}{luhn.calc_check_digit(head)}"
    return number if maker.random() < 0.5 else " ".join(number[at : at + 4] for at in range(0, 16, 4))


def iban(maker: random.Random) -> str:
    """An IBAN with ISO 7064 MOD 97-10 check digits, bare or in groups of four."""
    country, body = maker.choice((("DE", 18), ("FR", 23), ("ES", 20), ("AT", 16)))
    account = "".join(maker.choices(string.digits, k=body))
    number = f"{country}{mod_97_10.calc_check_digits(account + country)}{account}"
    return number if maker.random() < 0.5 else " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def dni(maker: random.Random) -> str:
    """A Spanish identity number with its check letter."""
    number = maker.randint(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def _digits(shape: str, maker: random.Random) -> str:
    fill = {f"d{size}": "".join(maker.choices("23456789", k=size)) for size in range(2, 6)}
    letters = {f"l{size}": "".join(maker.choices("BCDFGHJKLMNPRSTVWXYZ", k=size)) for size in (2, 3)}
    return shape.format(d=maker.randint(2, 9), **fill, **letters)
