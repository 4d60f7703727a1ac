"""Made-up values for the finds of an example, natural where they stand: one file for each kind of value.

A value's surrogate is drawn by a keyed hash from its entity and the value as `identity` normalises it (for
a name or its person's mailbox, from the person). It is drawn again when it would be, hold or name something
that stands in the example, or is taken by another value there; when nothing is left to draw, the
placeholder stands. So the result depends on the example, the key and the language alone.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sourcing_pipeline.masking.identity import Identity, identities, spelled
from sourcing_pipeline.masking.keyed import keyed
from sourcing_pipeline.masking.spans import Span
from sourcing_pipeline.masking.surrogates.addresses import address
from sourcing_pipeline.masking.surrogates.dates import date_of_birth
from sourcing_pipeline.masking.surrogates.emails import email
from sourcing_pipeline.masking.surrogates.locales import DEFAULT, in_script_of, locale_of, seeded
from sourcing_pipeline.masking.surrogates.names import (
    Find,
    Standin,
    name_words,
    person_of,
    rendered,
    standin,
    title_before,
)
from sourcing_pipeline.masking.surrogates.network import ip, url
from sourcing_pipeline.masking.surrogates.payments import payment
from sourcing_pipeline.masking.surrogates.phones import country_of, phone
from sourcing_pipeline.masking.surrogates.shapes import shaped

if TYPE_CHECKING:
    from faker import Faker

_DRAWS = 64
_OF_LOCALE = 48
"""After so many draws, people are drawn from the longer lists of the default locale: some have few names."""

_MIN_HELD = 6
"""Letters and digits of an original value that must not be readable within a surrogate."""

_MAKERS: "Mapping[str, Callable[[str, Faker], str]]" = {"ADDRESS": address, "IP": ip, "PAYMENT": payment, "URL": url}
"""What is in no list here or below keeps its shape."""


def surrogates(
    texts: Sequence[str], spans: Sequence[Sequence[Span]], key: bytes, language: str | None
) -> list[list[str]]:
    """A made-up value for each find of an example, per text; `[SECRET]` for a secret, as a made-up one helps
    nobody.

    `key` is of one byte or more; `language` is a BCP-47 tag, or None for English.
    """
    whose = identities(texts, spans)
    finds = [
        [Find(text[span.start : span.end], title_before(text, span.start)) for span in found]
        for text, found in zip(texts, spans, strict=True)
    ]
    groups: dict[tuple[str, Identity], dict[Find, None]] = {}
    for rows in zip(spans, whose, finds, strict=True):
        for span, who, find in zip(*rows, strict=True):
            groups.setdefault((span.entity, who), {})[find] = None
    example = _Example(groups, key, locale_of(language))
    # People first: mailboxes are theirs.
    chosen = {
        (entity, who): example.choose(entity, who, tuple(finds))
        for (entity, who), finds in sorted(groups.items(), key=lambda group: group[0][0] != "NAME")
    }
    return [
        [chosen[span.entity, who].get(find, f"[{span.entity}]") for span, who, find in zip(*rows, strict=True)]
        for rows in zip(spans, whose, finds, strict=True)
    ]


class _Example:
    """What must not stand in an example again, and the people who were made up for it."""

    def __init__(self, groups: Mapping[tuple[str, Identity], Iterable[Find]], key: bytes, locale: str) -> None:
        values = [(entity, find.value) for (entity, _), finds in groups.items() for find in finds]
        self._key = key
        self._locale = locale
        self._taken = {_core(value) for _, value in values}
        self._held = [core for core in self._taken if len(core) >= _MIN_HELD]
        self._names = {word for entity, value in values if entity == "NAME" for word in name_words(value)}
        self._made_names: set[str] = set()
        self._people: list[Standin] = []

    def choose(self, entity: str, who: Identity, finds: Sequence[Find]) -> Mapping[Find, str]:
        """What stands for each way in which a value or a person is written; nothing when no draw will do."""
        if entity == "SECRET":
            return {}
        values = [find.value for find in finds]
        locale = in_script_of(max(values, key=len), self._locale)
        person = person_of(finds, locale) if entity == "NAME" else None
        make = self._maker(entity, values, locale)
        for draw in range(_DRAWS):
            seed = keyed(self._key, f"surrogate {draw}", entity, spelled(who))
            names_of = locale if draw < _OF_LOCALE else DEFAULT
            if person is None:
                made = {find: make(find.value, seeded(locale, seed)) for find in finds}
                if self._admits(made.values()):
                    self._taken.update(map(_core, made.values()))
                    return made
            elif other := standin(person, seeded(names_of, seed), self._names | self._made_names):
                made = {find: rendered(find, other, seeded(locale, seed)) for find in finds}
                if self._admits(made.values()):
                    self._made_names.update(*map(name_words, other.givens + other.surnames))
                    self._people.append(other)
                    return made
        return {}

    def _maker(self, entity: str, values: Sequence[str], locale: str) -> "Callable[[str, Faker], str]":
        if entity == "EMAIL":
            return partial(email, people=self._people)
        if entity == "PHONE":
            return partial(phone, country=country_of(values, locale))
        if entity == "DATE_OF_BIRTH":
            return partial(date_of_birth, locale=locale)
        return _MAKERS.get(entity, shaped)

    def _admits(self, made: Collection[str]) -> bool:
        cores = set(map(_core, made))
        return (
            cores.isdisjoint(self._taken)
            and not any(held in core for core in cores for held in self._held)
            and self._names.isdisjoint(word for value in made for word in name_words(value))
        )


def _core(value: str) -> str:
    return "".join(filter(str.isalnum, value.casefold()))
