"""Made-up personal data as a language writes it, with the shapes and check digits of real ones; everything comes from
the generator given.

Names are Faker's, of the language's countries or, one time in four, of another's; the rest is drawn from the shapes in
`canary_texts/<language>.yaml`, where # is a digit, % one from 1 to 9 and ? a capital consonant.
"""

import random
import string
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module, resources
from typing import NamedTuple

import yaml
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from sourcing_pipeline.masking.languages import LANGUAGES
from sourcing_pipeline.masking.surrogates.locales import seeded

_CONSONANTS = "BCDFGHJKLMNPRSTVWXYZ"
_HANDED_IN = {"#": string.digits, "%": string.digits[1:], "?": _CONSONANTS}
_ABROAD = ("en_IN", "pl_PL", "ro_RO", "sv_SE", "tr_TR")
"""Faker's locales beside those of the languages, for people from elsewhere."""

_HANDLE_WORDS = (
    "amber",
    "cargo",
    "comet",
    "ember",
    "falcon",
    "heron",
    "maple",
    "nova",
    "orbit",
    "pixel",
    "tundra",
    "zephyr",
)
_NATIONAL = {
    "ssn": ("us.ssn", "###-##-####"),
    "nino": ("", "AB ## ## ## C"),
    "nhs": ("gb.nhs", "%## ### ####"),
    "idnr": ("de.idnr", "%# ### ### ###"),
    "nir": ("fr.nir", "2 8# 0% 75 1## 0## ##"),
    "dni": ("es.dni", "%#######?"),
    "nie": ("es.nie", "X#######?"),
    "codice_fiscale": ("it.codicefiscale", "??????%#A0%H###?"),
    "bsn": ("nl.bsn", "%########"),
    "nif": ("pt.nif", "2########"),
    "cc": ("pt.cc", "%####### # ZZ#"),
    "cpf": ("br.cpf", "###.###.###-##"),
}
"""The module of python-stdnum that knows the rule of a state's number, and its shape."""


class Bank(NamedTuple):
    """What the canaries of a language are made of: the keys of `canary_texts/<language>.yaml`.

    Pairs are a woman's and a man's. `towns` gives each town the shape of its postcodes.
    """

    locales: list[str]
    titles: list[str]
    hosts: list[str]
    months: list[str]
    births: list[str]
    phones: list[str]
    plates: list[str]
    ibans: list[str]
    passports: list[str]
    streets: list[str]
    addresses: list[str]
    towns: dict[str, str]
    rows: list[dict[str, str]]
    identity_cards: Sequence[str] = ("%########",)


class Person(NamedTuple):
    """A made-up person."""

    first: str
    last: str
    woman: bool

    @property
    def name(self) -> str:
        """Given name and surname."""
        return f"{self.first} {self.last}"

    @property
    def mailbox(self) -> str:
        """`first.last` in the letters of a mailbox."""
        plain = unicodedata.normalize("NFKD", f"{self.first}.{self.last.split()[-1]}").encode("ascii", "ignore")
        return "".join(character for character in plain.decode().lower() if character.isalnum() or character in ".-")


class Draw(NamedTuple):
    """What a value is drawn from; `agent` is another person than `person`."""

    person: Person
    agent: Person
    bank: Bank
    maker: random.Random


@cache
def bank(language: str) -> Bank:
    """The bank of one of LANGUAGES."""
    place = resources.files(__package__).joinpath("canary_texts", f"{language}.yaml")
    return Bank(**yaml.safe_load(place.read_text(encoding="utf-8")))


def person(maker: random.Random, language: str = "en") -> Person:
    """A woman or a man with a name of the language's countries, or now and then of another's."""
    elsewhere = sorted({*_ABROAD, *(locale for other in LANGUAGES for locale in bank(other).locales)})
    locale = maker.choice(elsewhere if maker.random() < 0.25 else bank(language).locales)
    faker = seeded(locale, maker.randbytes(8))
    woman = maker.random() < 0.5
    first = faker.first_name_female() if woman else faker.first_name_male()
    return Person(" ".join(first.split()), faker.last_name(), woman)


def values(
    person: Person, maker: random.Random, language: str = "en", fields: Iterable[str] | None = None
) -> dict[str, tuple[str, str]]:
    """A value for each of `fields` (of FIELDS; None for all) about one person: field → (placeholder, value)."""
    draw = Draw(person, _other(person, maker, language), bank(language), maker)
    wanted = FIELDS if fields is None else fields
    return {field: (FIELDS[field][0], FIELDS[field][1](draw)) for field in sorted(wanted)}


def filled(shape: str, maker: random.Random) -> str:
    """A shape with its #, % and ? drawn."""
    return "".join(maker.choice(_HANDED_IN[sign]) if sign in _HANDED_IN else sign for sign in shape)


def card(maker: random.Random) -> str:
    """A card number with Luhn's check digit (ISO/IEC 7812-1), bare or in groups of four."""
    head = filled(maker.choice(("4539", "5412", "5105", "4916")) + "#" * 11, maker)
    return _grouped(f"{head}{luhn.calc_check_digit(head)}", maker)


def iban(maker: random.Random, shapes: Iterable[str] = ("DE ##################", "ES ####################")) -> str:
    """An IBAN with ISO 7064 MOD 97-10 check digits, bare or in groups of four; a shape is a country and the rest."""
    country, account = filled(maker.choice(list(shapes)), maker).split()
    return _grouped(f"{country}{mod_97_10.calc_check_digits(account + country)}{account}", maker)


def national(kind: str, maker: random.Random) -> str:
    """A number of a state, one of `_NATIONAL`: drawn until the state's rule holds."""
    module, shape = _NATIONAL[kind]
    holds: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid if module else bool
    while not holds(drawn := filled(shape, maker)):
        pass
    return drawn


def _other(one: Person, maker: random.Random, language: str) -> Person:
    """Another person of the same language, without a word of the name in common."""
    while set(one.name.split()) & set((other := person(maker, language)).name.split()):
        pass
    return other


def _grouped(number: str, maker: random.Random) -> str:
    return number if maker.random() < 0.5 else " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _any_of(key: str) -> Callable[[Draw], str]:
    return lambda draw: filled(draw.maker.choice(getattr(draw.bank, key)), draw.maker)


def _national(kind: str) -> Callable[[Draw], str]:
    return lambda draw: national(kind, draw.maker)


def _title(draw: Draw) -> str:
    last = draw.person.last
    return draw.bank.titles[not draw.person.woman].format(last=last, Last=last[0].upper() + last[1:])


def _address(draw: Draw) -> str:
    town, code = draw.maker.choice(list(draw.bank.towns.items()))
    return draw.maker.choice(draw.bank.addresses).format(
        n=draw.maker.randint(2, 240), m=draw.maker.randint(2, 9), street=draw.maker.choice(draw.bank.streets),
        town=town, code=filled(code, draw.maker),
    )  # fmt: skip


def _birth(draw: Draw) -> str:
    month = draw.maker.randint(1, 12)
    return draw.maker.choice(draw.bank.births).format(
        y=draw.maker.randint(1940, 2005), m=month, d=draw.maker.randint(2, 28), month=draw.bank.months[month - 1]
    )


def _town(draw: Draw) -> str:
    return draw.maker.choice(list(draw.bank.towns))


def _token(draw: Draw, length: int) -> str:
    """Letters and digits with a digit among the first two, as keys have somewhere."""
    signs = draw.maker.choices(string.ascii_letters + string.digits, k=length)
    return "".join([signs[0], draw.maker.choice(string.digits), *signs[2:]])


def _username(draw: Draw) -> str:
    """Of a name, or of two words that are none."""
    words = draw.person.mailbox.split(".") if draw.maker.random() < 0.5 else draw.maker.sample(_HANDLE_WORDS, 2)
    return f"{'_'.join(words)}{draw.maker.randint(1, 99)}"


def _url(draw: Draw) -> str:
    """A link that logs somebody in, or somebody's page."""
    if draw.maker.random() < 0.5:
        return f"https://app.example.com/login?user={draw.maker.randint(10_000, 99_999)}&token={_token(draw, 20)}"
    return f"https://app.example.com/users/{'_'.join(draw.maker.sample(_HANDLE_WORDS, 2))}{draw.maker.randint(1, 99)}"


FIELDS: Mapping[str, tuple[str, Callable[[Draw], str]]] = {
    "name": ("NAME", lambda draw: draw.person.name),
    "first": ("NAME", lambda draw: draw.person.first),
    "last": ("NAME", lambda draw: draw.person.last),
    "lower": ("NAME", lambda draw: f"{draw.person.first} {draw.person.last.split()[-1]}".lower()),
    "title": ("NAME", _title),
    "agent": ("NAME", lambda draw: draw.agent.name),
    "email": (
        "EMAIL",
        lambda draw: f"{draw.person.mailbox}{draw.maker.randint(1, 99)}@{draw.maker.choice(draw.bank.hosts)}",
    ),
    "phone": ("PHONE", _any_of("phones")),
    "card": ("PAYMENT", lambda draw: card(draw.maker)),
    "iban": ("PAYMENT", lambda draw: iban(draw.maker, draw.bank.ibans)),
    "wallet": ("PAYMENT", lambda draw: f"0x{''.join(draw.maker.choices('0123456789abcdef', k=34))}aBcDeF"),
    "address": ("ADDRESS", _address),
    "town": ("LOCATION", _town),
    "other_town": ("LOCATION", _town),
    "ip": ("IP", lambda draw: ".".join(str(draw.maker.randint(130, 199)) for _ in range(4))),
    "birth": ("DATE_OF_BIRTH", _birth),
    "passport": ("ID_NUMBER", _any_of("passports")),
    "identity_card": ("ID_NUMBER", _any_of("identity_cards")),
    **{kind: ("ID_NUMBER", _national(kind)) for kind in _NATIONAL},
    "username": ("USERNAME", _username),
    "plate": ("LICENCE_PLATE", _any_of("plates")),
    "key": ("SECRET", lambda draw: draw.maker.choice(("sk-", "ghp_", "glpat-")) + _token(draw, 40)),
    "password": ("SECRET", lambda draw: f"{_token(draw, 6)}!{draw.maker.randint(10, 99)}{_token(draw, 3)}"),
    "url": ("URL", _url),
}
"""What a text may name in braces: the placeholder that it must become, and how it is drawn."""
