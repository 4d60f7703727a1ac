"""Made-up people: each name of a person is replaced by that part of the made-up name which it is of the real
one.

    Maria Lopez → Terri Singh     Maria → Terri     Ms Lopez → Ms Singh     M. LOPEZ → T. SINGH
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import regex

from sourcing_pipeline.masking.recognizers.names import given
from sourcing_pipeline.masking.surrogates.locales import given_names
from sourcing_pipeline.masking.surrogates.shapes import cased, with_other_digits
from sourcing_pipeline.masking.words import GIVEN_NAMES, PARTICLES, TITLES, word_set

if TYPE_CHECKING:
    from faker import Faker

DEGREES = word_set("md dds dvm phd ph.d esq jr sr ii iii iv")
"""What may follow a name and is none, case-folded."""

_WORD = regex.compile(r"\p{L}(?:[\p{L}\p{M}]|['’.\-](?=\p{L}))*")
_POSSESSIVE = re.compile(r"(?<=.)['’]s$", re.I)
_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")
_BEFORE = re.compile(r"([^\W\d_]+)\.?[ \t]$")
_OF_WOMEN = word_set("mrs ms miss madam madame mme mlle frau fr señora senora sra srta doña dona dame lady")
_OF_MEN = word_set("mr sir monsieur herr señor senor sr don lord")
_BEFORE_GIVEN_NAMES = word_set("don doña dona sir dame")

Role = Literal["kept", "dropped", "initials", "given", "surname"]


class Find(NamedTuple):
    """A value as it was found, and the title just before it in the text, case-folded ("" for none)."""

    value: str
    title: str


class Word(NamedTuple):
    """A word of a name: half-open character offsets and what it is."""

    start: int
    end: int
    role: Role


class Person(NamedTuple):
    """What an example says of a person: each name word, case-folded, with its role and its place among those
    of that role; how many given names and surnames there are; and whether it is a woman or a man, where that
    shows.
    """

    words: Mapping[str, tuple[Role, int]]
    givens: int
    surnames: int
    gender: Literal["female", "male"] | None


class Standin(NamedTuple):
    """A made-up person with the given names and surnames that stand for those of a real one, in order."""

    person: Person
    givens: tuple[str, ...]
    surnames: tuple[str, ...]


def title_before(text: str, start: int) -> str:
    """The title just before `start`, case-folded; "" when there is none."""
    match = _BEFORE.search(text[max(0, start - 16) : start])
    return match[1].casefold() if match is not None and match[1].casefold() in TITLES else ""


def words_of(find: Find) -> list[Word]:
    """The words of a name with their roles.

    The last word is the surname, and so is what follows a particle and what is no given name; words before a
    comma are surnames. A lone word is a surname when a title announces it, else a given name.
    """
    name = find.value
    spans = [(match.start(), _end(match)) for match in _WORD.finditer(name)]
    folded = [name[start:end].casefold() for start, end in spans]
    first, last = 0, len(spans)
    while first < last - 1 and folded[first] in TITLES:
        first += 1
    while last > first + 1 and folded[last - 1] in DEGREES:
        last -= 1
    title = folded[first - 1] if first else find.title
    comma = next((n for n in range(first, last - 1) if "," in name[spans[n][1] : spans[n + 1][0]]), None)
    roles: list[Role] = ["kept"] * len(spans)
    surname = False
    for place in range(first, last):
        word, ends = folded[place], place in (last - 1, comma)
        if word in PARTICLES and not ends and not (place == first and word in GIVEN_NAMES):
            roles[place], surname = "dropped", True
            continue
        named_before = any(role in ("given", "initials", "surname") for role in roles[first:place])
        alone = ends and not named_before and comma is None
        if _INITIALS.fullmatch(word) and word != word.upper():
            roles[place] = "initials"
        elif comma is not None:
            roles[place] = "surname" if place <= comma else "given"
        elif alone:
            announced = surname or (title != "" and title not in _BEFORE_GIVEN_NAMES)
            roles[place] = "surname" if announced else "given"
        else:
            surname = surname or ends or (named_before and not given(word))
            roles[place] = "surname" if surname else "given"
    return [Word(start, end, role) for (start, end), role in zip(spans, roles, strict=True)]


def person_of(finds: Sequence[Find], locale: str) -> Person:
    """The person that all these finds name; the fullest find says what each word is."""
    words: dict[str, tuple[Role, int]] = {}
    count = {"given": 0, "surname": 0}
    initials = 0
    for find in sorted(finds, key=lambda find: -sum(word.role in count for word in words_of(find))):
        place = 0
        for word in words_of(find):
            spelled = find.value[word.start : word.end].casefold()
            if word.role in count and spelled not in words:
                words[spelled] = (word.role, count[word.role])
                count[word.role] += 1
            place += _givens_in(word, spelled)
        initials = max(initials, place)
    return Person(words, max(1, count["given"], initials), max(1, count["surname"]), _gender(finds, words, locale))


def standin(person: Person, fake: "Faker", taken: Collection[str]) -> Standin | None:
    """A made-up person of the generator's locale; None when one of the names is among `taken`, case-folded,
    or comes twice.
    """
    gender = f"_{person.gender}" if person.gender else ""
    givens = tuple(getattr(fake, f"first_name{gender}")() for _ in range(person.givens))
    surnames = tuple(getattr(fake, f"last_name{gender}")() for _ in range(person.surnames))
    made = [word for name in givens + surnames for word in name_words(name)]
    if len(set(made)) < len(made) or not set(made).isdisjoint(taken):
        return None
    return Standin(person, givens, surnames)


def rendered(find: Find, made: Standin, fake: "Faker") -> str:
    """The made-up person's name in the form of the find: the same words of it, titles and degrees kept,
    particles left out, small or in capitals where the find is.
    """
    parts: list[str] = []
    at = place = 0
    skip_gap = False
    for word in words_of(find):
        original = find.value[word.start : word.end]
        if not skip_gap:
            parts.append(with_other_digits(find.value[at : word.start], fake))
        skip_gap, at = word.role == "dropped", word.end
        if word.role == "kept":
            parts.append(original)
        elif word.role == "initials":
            parts.append(_initials(original, made.givens[place:], made.givens[-1]))
        elif word.role != "dropped":
            role, index = made.person.words[original.casefold()]
            parts.append(cased((made.givens if role == "given" else made.surnames)[index], original))
        place += _givens_in(word, original)
    parts.append(with_other_digits(find.value[at:], fake))
    return "".join(parts)


def name_words(name: str) -> set[str]:
    """The words of a name, also the parts of a hyphenated one, case-folded, without titles, particles, degrees
    and initials.
    """
    found: set[str] = set()
    for match in _WORD.finditer(name):
        word = name[match.start() : _end(match)].casefold()
        found.update((word, *re.split(r"\W", word)))
    words = found - TITLES - PARTICLES - DEGREES - {""}
    return {word for word in words if len(word) > 1 or word == word.upper()}


def _end(match: regex.Match[str]) -> int:
    end: int = match.end()
    return end - len("'s") if _POSSESSIVE.search(match[0]) else end


def _givens_in(word: Word, spelled: str) -> int:
    if word.role == "initials":
        return len(spelled.split("."))
    return int(word.role == "given")


def _initials(original: str, givens: Sequence[str], last: str) -> str:
    letters = iter([name[0] for name in givens] + [last[0]] * len(original))
    return "".join(cased(next(letters), character) if character.isalpha() else character for character in original)


def _gender(
    finds: Sequence[Find], words: Mapping[str, tuple[Role, int]], locale: str
) -> Literal["female", "male"] | None:
    """By the titles, else by the given names that Faker's lists have for one side alone."""
    titles = {word for find in finds for word in (find.title, *re.findall(r"\w+", find.value.casefold()))}
    women, men = given_names(locale)
    givens = {word for word, (role, _) in words.items() if role == "given"}
    for female, male in ((titles & _OF_WOMEN, titles & _OF_MEN), (givens & women, givens & men)):
        if bool(female) != bool(male):
            return "female" if female else "male"
    return None
