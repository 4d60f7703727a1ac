"""Made-up mailboxes on the domains that RFC 2606 keeps for examples.

An address that holds a name of a person of the example gets that person's made-up name in the same form:
`m.lopez72@…` becomes `t.singh35@example.org`.
"""

import random
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from sourcing_pipeline.masking.surrogates.locales import DEFAULT, given_names
from sourcing_pipeline.masking.surrogates.names import Standin
from sourcing_pipeline.masking.surrogates.shapes import cased, shaped, with_other_digits

if TYPE_CHECKING:
    from faker import Faker

_DOMAINS = ("example.com", "example.org", "example.net")
_AT = re.compile(r"\s*[\[({]\s*(?:at|@)\s*[\])}]\s*|\s+at\s+|@", re.I)
_DOT = re.compile(r"\s*[\[({]\s*(?:dot|\.)\s*[\])}]\s*|\s+dot\s+|\.", re.I)
_LETTERS = re.compile(r"[^\W\d_]+")
_WITHOUT_MARKS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_MIN_NAME = 3


def email(value: str, fake: "Faker", people: Sequence[Standin]) -> str:
    """A mailbox in the form of `value`, spelled-out dots and all, of one of the people when it names one."""
    at = _AT.search(value)
    if at is None:
        return shaped(value, fake)
    local, host = value[: at.start()], value[at.end() :]
    dot = _DOT.search(host)
    domain = fake.random.choice(_DOMAINS).replace(".", dot[0] if dot else ".")
    return f"{_local(local, fake, people)}{at[0]}{cased(domain, host)}"


def _local(local: str, fake: "Faker", people: Sequence[Standin]) -> str:
    pieces = [_plain(piece) for piece in _LETTERS.findall(local)]
    owners = [owner for owner in map(_Owner, people) if owner.named(pieces)]
    owner = max(owners, key=lambda owner: owner.named(pieces)) if owners else None
    known = [owner.rewritten(piece) if owner else None for piece in pieces]
    names = owner.names if owner else (fake.first_name(), fake.last_name())
    spare = [name for name in map(_latin, names) if name not in known]
    made: list[str] = []
    at = 0
    for match, new in zip(_LETTERS.finditer(local), known, strict=True):
        if new is None and len(match[0]) == 1:
            new = fake.random_lowercase_letter()
        elif new is None:
            new = spare.pop(0) if spare else _latin(fake.last_name())
        made += [with_other_digits(local[at : match.start()], fake), cased(new, match[0])]
        at = match.end()
    return "".join([*made, with_other_digits(local[at:], fake)])


class _Owner:
    """A person whose mailbox it may be: how their names are written in mailboxes, and what stands for them."""

    def __init__(self, made: Standin) -> None:
        self.names = (made.givens[0], made.surnames[0])
        self._new: dict[str, tuple[str, str]] = {}
        """A name → what stands for it, and the initial that stands for the name beside it."""
        first, last = map(_latin, self.names)
        for word, (role, index) in made.person.words.items():
            of_role, beside = (made.givens, last) if role == "given" else (made.surnames, first)
            for written in _ways(word):
                self._new.setdefault(written, (_latin(of_role[index]), beside[0]))

    def named(self, pieces: Sequence[str]) -> int:
        """How many letters of a mailbox are this person's names."""
        return sum(len(piece) for piece in pieces if len(piece) >= _MIN_NAME and self.rewritten(piece) is not None)

    def rewritten(self, piece: str) -> str | None:
        """What stands for a name, an initial, or two of them written together; None for another word."""
        if piece in self._new:
            return self._new[piece][0]
        if len(piece) == 1:
            return next((new[0] for word, (new, _) in self._new.items() if word.startswith(piece)), None)
        for word, (new, beside) in self._new.items():
            if len(word) < _MIN_NAME:
                continue
            if piece.startswith(word) and (rest := self._beside(piece.removeprefix(word), beside)):
                return new + rest
            if piece.endswith(word) and (rest := self._beside(piece.removesuffix(word), beside)):
                return rest + new
        return None

    def _beside(self, rest: str, initial: str) -> str | None:
        return initial if len(rest) == 1 else self._new.get(rest, (None,))[0]


def _plain(word: str) -> str:
    """A word as mailboxes have it: small, without marks."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().translate(_WITHOUT_MARKS))
    return "".join(character for character in decomposed if character.isalpha())


def _ways(word: str) -> list[str]:
    return sorted({_plain(word), _plain(word.casefold().translate(_WRITTEN_OUT))} - {""})


def _latin(name: str) -> str:
    """A name in the letters of mailboxes; for one in another script a Latin given name, always the same."""
    plain = "".join(character for character in _plain(name) if character.isascii())
    return plain or random.Random(name).choice(_pool())  # noqa: S311 - the name is made up already


@lru_cache(maxsize=1)
def _pool() -> list[str]:
    return sorted(set().union(*given_names(DEFAULT)))
