"""Values of the same shape: digits for digits, letters for letters, everything else where it stood."""

import re
import string
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faker import Faker

_HEX = "abcdef"
_ORDINALS = "ºª"
_BLOCK = 32
_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}", re.I)


def shaped(value: str, fake: "Faker") -> str:
    """`value` with other digits and letters, each letter of the same case and script; a group of digits starts
    with 0 where it did.
    """
    hexadecimal = _MAC.fullmatch(value) is not None
    made = list(with_other_digits(value, fake))
    for place, character in enumerate(made):
        if _is_letter(character):
            letters = _HEX if hexadecimal else _letters_like(character)
            made[place] = cased(fake.random.choice(letters), character)
    return "".join(made)


def with_other_digits(value: str, fake: "Faker") -> str:
    """`value` with other digits; a group of digits starts with 0 where it did."""
    made: list[str] = []
    in_number = False
    for character in value:
        if character.isdecimal():
            old = unicodedata.decimal(character)
            new = 0 if old == 0 and not in_number else fake.random.randint(0 if in_number else 1, 9)
            made.append(chr(ord(character) - old + new))
        else:
            made.append(character)
        in_number = character.isdecimal()
    return "".join(made)


def with_digits(value: str, digits: str) -> str:
    """`value` with these digits in the places of its own; there must be as many."""
    new = iter(digits)
    return "".join(next(new) if character.isdecimal() else character for character in value)


def digits_of(value: str) -> str:
    """The decimal digits of `value`, in ASCII."""
    return "".join(str(unicodedata.decimal(character)) for character in value if character.isdecimal())


def cased(word: str, like: str) -> str:
    """`word` small where `like` is, and in capitals where `like` is; a lone capital tells nothing of words."""
    if like.islower():
        return word.lower()
    if like.isupper() and (len(word) == 1 or sum(map(str.isalpha, like)) > 1):
        return word.upper()
    return word


def _is_letter(character: str) -> bool:
    return character.isalpha() and character not in _ORDINALS


@lru_cache(maxsize=4096)
def _letters_like(letter: str) -> str:
    """The letters of the same case: of ASCII for one of these, else its neighbours of the same script."""
    if letter.isascii():
        return string.ascii_uppercase if letter.isupper() else string.ascii_lowercase
    script = unicodedata.name(letter, "").partition(" ")[0]
    start = ord(letter) - ord(letter) % _BLOCK
    return "".join(
        other
        for other in map(chr, range(start, start + _BLOCK))
        if _is_letter(other)
        and (other.isupper(), other.islower()) == (letter.isupper(), letter.islower())
        and unicodedata.name(other, "").partition(" ")[0] == script
    )
