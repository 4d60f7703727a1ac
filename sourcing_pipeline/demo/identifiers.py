"""Invented identifiers that look real: phone numbers, cards, bank accounts, addresses and the like."""

from __future__ import annotations

import random
import string
from datetime import date

from .banks import bank

CARD_PREFIXES = ("424242", "400000", "555555", "520082", "411111")


def digits(rng: random.Random, count: int) -> str:
    """A string of random digits."""
    return "".join(rng.choice(string.digits) for _ in range(count))


def phone(rng: random.Random, language: str) -> str:
    """A phone number from the ranges kept for fiction where a country has them."""
    if language == "de":
        number = rng.choice(["30 23125", "69 90009", "40 66969", "89 99998", "221 4710"])
        area, local = number.split()
        end = f"{rng.randrange(1000):03d}"
        mobile = f"+49 176 040690{digits(rng, 2)}"
        return rng.choice((f"+49 {area} {local}{end}", f"0{area}/{local}{end}", f"0{area} {local} {end}", mobile))
    if language == "fr":
        start = rng.choice(["1 99 00", "2 61 91", "3 53 01", "4 65 71", "5 36 49"])
        rest = f"{start} {digits(rng, 2)} {digits(rng, 2)}"
        return rng.choice(("+33 ", "0", "0")) + rest
    if language == "es":
        a, b = digits(rng, 2), digits(rng, 2)
        return rng.choice((f"+34 911 23 {a} {b}", f"911 23 {a} {b}", f"612 34 {a} {b}", f"+34 93122{a}{b}"))
    last = digits(rng, 2)
    if rng.random() < 0.5:
        area = rng.choice(["212", "503", "415", "617", "303", "512"])
        local = f"555-01{last}"
        forms = (f"({area}) {local}", f"+1 {area}-{local}", f"{area}-{local}", f"+1 ({area}) {local}")
        return rng.choice(forms)
    local = f"0{last}" + digits(rng, 1)
    return rng.choice((f"020 7946 {local}", f"+44 20 7946 {local}", f"0117 496 {local}", f"+44 161 496 {local}"))


def luhn_digit(number: str) -> str:
    """The check digit that makes a card number Luhn-valid."""
    total = 0
    for index, char in enumerate(reversed(number)):
        value = int(char) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def card(rng: random.Random) -> str:
    """A Luhn-valid card number from the prefixes of test cards."""
    body = rng.choice(CARD_PREFIXES) + digits(rng, 9)
    number = body + luhn_digit(body)
    separator = rng.choice((" ", " ", "-", ""))
    return separator.join(number[index : index + 4] for index in range(0, 16, 4))


def iban(rng: random.Random, language: str) -> str:
    """An IBAN of DE, FR, ES or GB whose check digits are right."""
    country = {"de": "DE", "fr": "FR", "es": "ES"}.get(language) or rng.choice(("GB", "GB", "DE"))
    if country == "DE":
        account = "1" + digits(rng, 17)
    elif country == "FR":
        bank_code, branch, number = digits(rng, 5), digits(rng, 5), digits(rng, 11)
        key = 97 - (89 * int(bank_code) + 15 * int(branch) + 3 * int(number)) % 97
        account = f"{bank_code}{branch}{number}{key:02d}"
    elif country == "ES":
        head, number = digits(rng, 8), digits(rng, 10)
        account = head + _spanish_digit("00" + head) + _spanish_digit(number) + number
    else:
        account = rng.choice(("NWBK", "BARC", "LOYD", "MIDL")) + digits(rng, 14)
    check = 98 - int("".join(str(int(char, 36)) for char in account + country + "00")) % 97
    plain = f"{country}{check:02d}{account}"
    if rng.random() < 0.3:
        return plain
    return " ".join(plain[index : index + 4] for index in range(0, len(plain), 4))


def _spanish_digit(number: str) -> str:
    weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
    value = 11 - sum(int(char) * weight for char, weight in zip(number, weights, strict=True)) % 11
    return {10: "1", 11: "0"}.get(value, str(value))


def address(rng: random.Random, language: str) -> str:
    """A street address with postcode and city on one line."""
    templates = rng.choice(bank("names")["address"][language])
    text: str = rng.choice(templates)
    return text.replace("%no%", str(rng.randint(2, 180))).replace("%d%", str(rng.randint(1, 9)))


def ip(rng: random.Random) -> str:
    """An IPv4 address from the documentation ranges, now and then IPv6."""
    if rng.random() < 0.12:
        return f"2001:db8:{rng.randrange(4096):x}:{rng.randrange(1, 4096):x}::{rng.randrange(1, 255):x}"
    return rng.choice(("198.51.100.", "203.0.113.", "192.0.2.")) + str(rng.randint(11, 254))


def birth_date(rng: random.Random, language: str) -> str:
    """A date of birth in the notation of the language."""
    day = date(rng.randint(1952, 2002), rng.randint(1, 12), rng.randint(1, 28))
    if language == "de":
        return day.strftime("%d.%m.%Y")
    if language in {"fr", "es"}:
        return day.strftime("%d/%m/%Y")
    month = ("January", "March", "April", "May", "July", "August", "October", "December")[day.month % 8]
    return rng.choice((day.strftime("%d/%m/%Y"), f"{day.day} {month} {day.year}", day.isoformat()))


def id_number(rng: random.Random) -> tuple[str, str]:
    """A kind of identity number and the number: US social security, UK insurance or passport."""
    kind = rng.choice(("social security number", "National Insurance number", "passport number"))
    if kind == "social security number":
        return kind, f"{rng.randint(101, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"
    if kind == "National Insurance number":
        letters = rng.choice("ABCEHJKL") + rng.choice("ABCEHJKLMPRSTWXY")
        separator = rng.choice((" ", ""))
        return kind, separator.join([letters, digits(rng, 2), digits(rng, 2), digits(rng, 2), rng.choice("ABCD")])
    return kind, passport(rng)


def passport(rng: random.Random) -> str:
    """A passport number in the German style."""
    return rng.choice("CFGHJK") + "".join(rng.choice("0123456789CFGHJKLMNPRTVWXYZ") for _ in range(8))


def secret(rng: random.Random) -> str:
    """An API key that is clearly not a real one."""
    tail = "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(20))
    return rng.choice(("pr_live_FAKE", "pr_test_FAKE", "whsec_FAKE")) + tail


def password(rng: random.Random) -> str:
    """A password as people make them up."""
    word = rng.choice(("Sommer", "Lighthouse", "Blue-Bike", "Tulip", "Kaffee", "Harbour", "Dragonfly", "Muffin"))
    return word + digits(rng, rng.randint(2, 4)) + rng.choice("!?#$")
