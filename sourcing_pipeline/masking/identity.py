"""Who is who within one example: which finds are the same person or value.

Two names are one person when the words of one are among the words of the other, case and titles aside:
"Maria", "Ms Lopez" and "Maria Lopez" are one. Other values are the same when their letters and digits are
(a telephone number: its last nine digits). What was found once is masked wherever it stands in the example, but for a
common word that only a model took for a name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from sourcing_pipeline.masking.evidence import commonness
from sourcing_pipeline.masking.recognizers.names import given, ordinary, tokens_of
from sourcing_pipeline.masking.spans import Span
from sourcing_pipeline.masking.words import GIVEN_NAMES, WORDS_AND_NAMES

Identity = frozenset[str] | str
"""A person by their name words, case-folded; another value by what is left of it when normalised."""

_AS_WRITTEN = frozenset({"EMAIL", "SECRET", "ADDRESS", "IP", "DATE_OF_BIRTH", "USERNAME"})
_REPEATED = _AS_WRITTEN | {"PHONE", "PAYMENT", "ID_NUMBER", "LICENCE_PLATE"}
_MIN_CHARACTERS = 6
_SURE = 0.5
"""The score from which a model is believed elsewhere too, about a word that is not written as a name."""
_COMMON = 4.5
"""The Zipf frequency from which a word that only a model took for a name is masked only where the model says so."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
"""Kana, Han and Hangul, in which other words stand beside a name without a space."""
_LETTERS = re.compile(r"[^\W\d_]+")
_USED = re.compile(
    r"(?:\bimport |\binstall |[`._]|::)([^\W\d_]+)\b|\bfrom ([^\W\d_]+) import\b|\b([^\W\d_]+)(?:[`_(\[=]|\.\w|::)"
)
_AFTER = re.compile(r" ([^\W\d_]{2,}(?:['’-][^\W\d_]+)*)(?![\w@(])")
_BEFORE = re.compile(r"(?<![\w'’.-])([^\W\d_]{2,}(?:-[^\W\d_]+)?) $")


def identities(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[list[Identity]]:
    """Who or what each find of an example is, per text: two finds of an entity that are equal here are the
    same.
    """
    persons = _persons(texts, spans)
    return [
        [_key(span, text[span.start : span.end], persons) for span in found]
        for text, found in zip(texts, spans, strict=True)
    ]


def spelled(who: Identity) -> str:
    """The normalised value as one string: a person's name words in the order of the alphabet."""
    return who if isinstance(who, str) else " ".join(sorted(who))


def repeats(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> Iterator[tuple[int, Span]]:
    """Index of the text and span of every other place where a value found in one text of the example
    stands.
    """
    words, values = _found(texts, spans)
    left = "\n".join(_without(text, found) for text, found in zip(texts, spans, strict=True)).casefold()
    standing = set(_LETTERS.findall(left))
    words = {word: cue for word, cue in words.items() if _stands(word, left, standing)}
    small = {word for word, cue in words.items() if cue or given(word)}
    common = {word for word in words.keys() - small if commonness(word, "en") >= _COMMON}
    if words:
        ordered = sorted(words, key=lambda word: (-len(word), word))
        joined = "|".join(re.escape(word).replace("'", "['’]") for word in ordered)
        anywhere = "|".join([rf"(?:{word})" for word in ordered if _UNSPACED.fullmatch(word)] or [r"\Z\A"])
        pattern = re.compile(rf"(?<![^\W\d_])(?:{joined})(?:[ \t]+(?:{joined}))*(?![^\W\d_])|{anywhere}", re.IGNORECASE)
        for index, text in enumerate(texts):
            for match in pattern.finditer(text):
                if not _ordinary_here(match[0], small) and match[0].casefold() not in common:
                    yield index, Span(*_whole(text, match.start(), match.end()), "NAME", 0.5, "repeated")
    characters = "".join(filter(str.isalnum, left))
    for (entity, value), score in values.items():
        if value.casefold() not in (left if entity in _AS_WRITTEN else characters):
            continue
        if entity not in _AS_WRITTEN:
            between = r"[\s.()/\-]{0,2}"
            pattern = re.compile(rf"(?<![^\W_]){between.join(map(re.escape, value))}(?![^\W_])", re.IGNORECASE)
        else:
            pattern = re.compile(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", re.IGNORECASE)
        for index, text in enumerate(texts):
            for match in pattern.finditer(text):
                yield index, Span(match.start(), match.end(), entity, score, "repeated")


def _stands(word: str, text: str, words: set[str]) -> bool:
    """Whether a word of a name can stand in a text of these words."""
    return word in text if _UNSPACED.fullmatch(word) else words.issuperset(_LETTERS.findall(word))


def _without(text: str, found: Sequence[Span]) -> str:
    """What of a text is in no find, with a line's end in place of each."""
    begins = [0, *(span.end for span in found)]
    ends = [*(span.start for span in found), len(text)]
    return "\n".join(text[begin:end] for begin, end in zip(begins, ends, strict=True))


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The place of a name's words with a surname just after them and a given name just before them."""
    if not text[start].isupper():
        return start, end
    after = _AFTER.match(text, end)
    if after is not None and after[1][0].isupper() and not after[1].isupper() and not ordinary(after[1].casefold()):
        end = after.end()
    lead = _BEFORE.search(text[max(0, start - 20) : start])
    if lead is not None and lead[1][0].isupper() and lead[1].casefold() in GIVEN_NAMES | WORDS_AND_NAMES:
        start -= len(lead[0])
    return start, end


def _found(
    texts: Sequence[str], spans: Sequence[Sequence[Span]]
) -> tuple[dict[str, bool], dict[tuple[str, str], float]]:
    words: dict[str, bool] = {}
    values: dict[tuple[str, str], float] = {}
    used = cache(lambda: _identifiers(texts))
    for text, found in zip(texts, spans, strict=True):
        for span in found:
            value = text[span.start : span.end]
            if span.entity == "NAME":
                by_model = span.recognizer == "Rampart"
                if by_model and span.score < _SURE and used().intersection(value.casefold().split()):
                    continue
                announced = not by_model or (value.islower() and commonness(value, "en") < _COMMON)
                words.update({part: words.get(part, False) or announced for part in _parts(value)})
                continue
            if span.entity == "EMAIL":
                local = [part for part in re.split(r"[^\w]|_|\d", value.split("@")[0].casefold()) if len(part) >= 3]
                if any(given(part) for part in local):
                    words.update({part: True for part in local if not ordinary(part)})
            if span.entity in _REPEATED:
                core = value if span.entity in _AS_WRITTEN else "".join(filter(str.isalnum, value))
                if len(core) >= _MIN_CHARACTERS and (span.entity != "ADDRESS" or any(map(str.isdigit, core))):
                    key = (span.entity, core)
                    values[key] = max(values.get(key, 0.0), span.score)
    return words, values


def _identifiers(texts: Iterable[str]) -> set[str]:
    """The words, case-folded, that are a part of an identifier somewhere, or are called or imported."""
    return {word.casefold() for text in texts for match in _USED.finditer(text) for word in match.groups() if word}


def _parts(name: str) -> set[str]:
    tokens = tokens_of(name)
    parts = {part for token in tokens for part in {token, *token.split("-")}}
    return {part for part in parts if len(part) >= 3 or _UNSPACED.fullmatch(part)}


def _ordinary_here(found: str, small: set[str]) -> bool:
    """Whether all words found are written small, and are ordinary words ("mark") or names that only a model
    saw.
    """
    return all(
        word[0].islower() and (ordinary(word.casefold()) or not small.intersection(_parts(word)))
        for word in found.split()
    )


def _persons(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> dict[frozenset[str], frozenset[str]]:
    """Each set of name words with the largest set that holds it, the earliest of the example when there are
    several.
    """
    names = dict.fromkeys(
        tokens_of(text[span.start : span.end])
        for text, found in zip(texts, spans, strict=True)
        for span in found
        if span.entity == "NAME"
    )
    whole = [name for name in names if not any(name < other for other in names)]
    return {name: next(person for person in whole if name <= person) for name in names}


def _key(span: Span, value: str, persons: dict[frozenset[str], frozenset[str]]) -> Identity:
    if span.entity == "NAME":
        tokens = tokens_of(value)
        return persons[tokens] if tokens else value.casefold()
    if span.entity == "SECRET":
        return value
    core = "".join(filter(str.isalnum, value.casefold()))
    return core[-9:] if span.entity == "PHONE" else core
