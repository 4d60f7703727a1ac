"""Made-up telephone numbers in the shape of real ones, from the ranges that a country keeps for fiction.

Sources: NANPA (555-0100 to 555-0199 in each area); Ofcom, "Telephone numbers for use in TV and radio drama
programmes"; Bundesnetzagentur, Mitteilung 148/2021; ARCEP, decision 2018-0881; ComReg (020 91); PTS (numbers
for books and films); ACMA (numbers for use in radio, film and television). Other countries, and lengths for
which a country keeps none, get any digits.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sourcing_pipeline.masking.surrogates.shapes import digits_of, shaped, with_digits, with_other_digits

if TYPE_CHECKING:
    from faker import Faker

_AREAS = "202 206 212 213 215 303 305 312 313 314 404 415 503 512 602 612 617 702 713 801"
_FICTION = {
    "1": tuple(f"{area}55501xx" for area in _AREAS.split()),
    "33": ("19900xxxx", "26191xxxx", "35301xxxx", "46571xxxx", "53649xxxx", "63998xxxx"),
    "353": ("2091xxxxx",),
    "44": (
        "1134960xxx", "1144960xxx", "1154960xxx", "1164960xxx", "1174960xxx", "1184960xxx", "1214960xxx",
        "1314960xxx", "1414960xxx", "1514960xxx", "1614960xxx", "1632960xxx", "2079460xxx", "2896496xxx",
        "2920180xxx", "7700900xxx", "8081570xxx",
    ),
    "46": ("8465004xx", "3139006xx", "4062804xx", "7017406xx"),
    "49": ("3023125xxx", "6990009xxx", "4066969xxx", "2214710xxx", "8999998xxx", "17139200xx"),
    "61": ("25550xxxx", "35550xxxx", "75550xxxx", "85550xxxx", "27010xxxx", "37010xxxx", "77010xxxx", "87010xxxx"),
}  # fmt: skip
"""Country code → national numbers without the trunk's 0; each x is any digit."""

_CODES = {"US": "1", "CA": "1", "FR": "33", "IE": "353", "GB": "44", "SE": "46", "DE": "49", "AU": "61"}
_EXTENSION = re.compile(r"\s?(?:x|ext\.?|extension|durchwahl|poste)\s?\d{1,6}$", re.I)
_MIN_NATIONAL = 4


def country_of(values: Iterable[str], locale: str) -> str:
    """The country code of a number that is written in these ways; "" where none says it.

    A way with + or 00 does; else the locale's region, for a number that begins as that region's do.
    """
    codes = [code for value in values if (code := _international(value))]
    if codes:
        return codes[0]
    code = _CODES.get(locale.partition("_")[2], "")
    trunk = {digits_of(value)[:1] == "0" for value in values}
    if code == "1":
        lengths = {len(digits_of(value)) for value in values}
        return "1" if trunk == {False} else "44" if lengths == {11} else ""
    return code if trunk == {True} else ""


def phone(value: str, fake: "Faker", country: str) -> str:
    """A number of the country in the shape of `value`: country code, trunk's 0 and punctuation stay, and the
    first digit after them, which tells mobile numbers where one is kept for fiction or none at all.

    The same generator gives the ways of writing one number the same digits.
    """
    if any(map(str.isalpha, value)) and not _EXTENSION.search(value):
        return shaped(value, fake)
    extension = _EXTENSION.search(value)
    main = value[: extension.start()] if extension else value
    digits = digits_of(main)
    lead = _lead(main, digits, country)
    national = digits[lead:]
    fitting = [number for number in _FICTION.get(country, ()) if len(number) == len(national)]
    alike = [number for number in fitting if number[0] == national[0]]
    form = fake.random.choice(alike or fitting or [national[:1]]).ljust(len(national), "x")
    backwards = (str(fake.random.randint(0, 9)) if digit == "x" else digit for digit in reversed(form))
    made = with_digits(main, digits[:lead] + "".join(backwards)[::-1])
    return made + (with_other_digits(extension[0], fake) if extension else "")


def _lead(value: str, digits: str, country: str) -> int:
    """How many digits at the beginning stay: country code and trunk's 0."""
    code = _international(value)
    if code:
        lead = digits.index(code, 0 if "+" in value else 2) + len(code)
        lead += digits[lead : lead + 1] == "0"
    elif country == "1":
        lead = int(len(digits) == 11 and digits[0] == "1")
    else:
        lead = int(digits[:1] == "0")
    return lead if len(digits) - lead >= _MIN_NATIONAL else 0


def _international(value: str) -> str:
    """The country code of a number that is written with + or 00; "" for another, and for a code that nobody
    has.
    """
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    opening = value.lstrip(" (")
    if not opening.startswith(("+", "00")):
        return ""
    digits = digits_of(opening.removeprefix("00"))
    prefixes = (digits[:length] for length in (1, 2, 3))
    return next((code for code in prefixes if code and int(code) in COUNTRY_CODE_TO_REGION_CODE), "")
