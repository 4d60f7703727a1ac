"""Made-up dates of birth in the format of real ones: another day and month, up to six years earlier.

Years never go forward, as a date of birth in the future would be none, and stay near, so that what a text
says of someone's age still fits. Days are of 1 to 28. Months are named in en, de, fr and es, the languages of
the detector.
"""

import re
from typing import TYPE_CHECKING

from sourcing_pipeline.masking.surrogates.shapes import cased, shaped

if TYPE_CHECKING:
    from faker import Faker

_MONTHS = {
    "en": (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "jan feb mar apr may jun jul aug sept oct nov dec",
    ),
    "de": (
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jänner februar märz april mai juni juli august september oktober november dezember",
        "jan feb mär apr mai jun jul aug sep okt nov dez",
    ),
    "fr": (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv févr mars avr mai juin juil août sept oct nov déc",
        "jan fév mar avr mai jun jul aoû sep oct nov déc",
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sep oct nov dic",
    ),
}
_PARTS = re.compile(r"(?P<number>\d+)(?P<ordinal>st|nd|rd|th)?(?![^\W_])|(?P<word>[^\W\d_]{3,})", re.I)
_YEARS_BACK = 6


def date_of_birth(value: str, fake: "Faker", locale: str) -> str:
    """Another date in the format of `value`; where the order of day and month is open, one valid in both."""
    parts = list(_PARTS.finditer(value))
    named = any(part["word"] and _months(part["word"], locale) for part in parts)
    numbers = [part["number"] for part in parts if part["number"]]
    shorts = [number for number in numbers if len(number) <= 2]
    if not numbers or (not named and len(numbers) < 2):
        return shaped(value, fake)
    year = _year_of(numbers, named)
    days = {place for place, number in enumerate(numbers) if place != year and int(number) > 12}
    padded = not named and all(len(number) == 2 for number in shorts)
    month = fake.random.randint(1, 12)
    made: list[str] = []
    at = count = 0
    for part in parts:
        made.append(value[at : part.start()])
        at = part.end()
        if part["word"]:
            made.append(_month(part["word"], month, locale))
            continue
        old = part["number"]
        if count == year:
            new = f"{(int(old) - fake.random.randint(0, _YEARS_BACK)) % 10 ** len(old):0{len(old)}}"
        else:
            day = named or count in days
            new = _short(old, 28 if day else 12, padded, fake)
        count += 1
        made.append(new + (cased(_ordinal(int(new)), part["ordinal"]) if part["ordinal"] else ""))
    return "".join([*made, value[at:]])


def _year_of(numbers: list[str], named: bool) -> int:
    """Which of the numbers is the year: the long one, else the last; -1 when none is."""
    long = next((place for place, number in enumerate(numbers) if len(number) > 2), None)
    if long is not None:
        return long
    return len(numbers) - 1 if len(numbers) > (1 if named else 2) else -1


def _short(old: str, most: int, padded: bool, fake: "Faker") -> str:
    """A day or month as wide as the old one, with a leading 0 only where the format has them."""
    if len(old) == 1:
        return str(fake.random.randint(1, 9))
    return f"{fake.random.randint(1 if padded or old[0] == '0' else 10, most):02}"


def _months(word: str, locale: str) -> list[str]:
    """The names of the twelve months in the language and form of `word`, none when it names no month."""
    language = locale[:2]
    for spoken in sorted(_MONTHS, key=lambda spoken: spoken != language):
        for names in _MONTHS[spoken]:
            if word.casefold() in names.split():
                return names.split()
    return []


def _month(word: str, month: int, locale: str) -> str:
    names = _months(word, locale)
    if not names:
        return word
    name = names[month - 1]
    return cased(name if word[0].islower() else name.capitalize(), word)


def _ordinal(day: int) -> str:
    if day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
