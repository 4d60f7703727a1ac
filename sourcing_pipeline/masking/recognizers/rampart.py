"""Names, addresses and telephone numbers in running text, by the token classifier Rampart and spaCy's small model.

Source: Rampart by National Design Studio (CC BY 4.0; labels in its config.json), and spaCy's English pipeline, of
which only `ner` is loaded. Whether a word is a part of a name is judged by `evidence`; spaCy reads only the parts of
English sentences in which its word could decide. A street is an address with what stands beside it, a town or a
postcode without one a location. A telephone number has seven digits or more and is not announced as something else.
Lines of code and logs are left to the other detectors, since the models see names anywhere in them. A find depends on
its paragraph alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt
import regex

from sourcing_pipeline.masking import evidence, rampart, spacy_labels
from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer
from sourcing_pipeline.masking.recognizers.names import inner_capital
from sourcing_pipeline.masking.recognizers.phone import counts_something_else
from sourcing_pipeline.masking.regions import looks_like_code
from sourcing_pipeline.masking.words import NOT_NAMES, PARTICLES

NAME_LIKELIHOOD = 0.03
"""From here on a word is masked. A missed name costs more than a masked word; what each value costs is in docs."""
_AROUND = 6
"""spaCy sees four tokens on each side of a word: its encoder has four layers, each as wide as a word's neighbours."""
_READ_AT_ONCE = 32
"""Paragraphs that are judged while the next ones are read."""
_ALONE_LIKELIHOOD = 0.3
_SURE_LIKELIHOOD = 0.5
_LEAST, _SUREST = 0.4, 0.85
_SURE_OF_CAPITALS = 0.9
_ADDRESS_LIKELIHOOD = 0.5
_PHONE_LIKELIHOOD = 0.5
_HONORIFICS = frozenset({"mr", "mrs", "ms", "mx", "dr", "prof", "herr", "herrn", "frau", "mme", "mlle"})
_CONTRACTED = regex.compile(r"['’](?:m|re|ve|ll|d|t)$")
_COMMON = 3.5
"""Zipf frequency of a word that occurs three times in a million."""
PHONE_DIGITS = 7
_INSIDE_NAMES = PARTICLES - {"y", "e", "of", "and"} | {"los", "las", "ul", "ud", "bint"}
_SENTENCE_END = regex.compile(r"[.!?:]\s+|\n")
_BETWEEN_NAMES = regex.compile(r"[ \t]{1,2}|[ \t]?[-'’][ \t]?|(?<=\b\p{L}{1,3})\.[ \t]?")
_BETWEEN_PARTS = regex.compile(r"[\s,.#/–-]{1,4}")
_BETWEEN_DIGITS = regex.compile(r"[\s().+/–-]{1,3}")

Chosen = npt.NDArray[np.bool_]


def build(config: Masking) -> "Rampart":
    """The detector of NAME, ADDRESS, PHONE and LOCATION by models; it gives nothing when `language_model` is null."""
    return Rampart(config.language_model)


class Rampart(Recognizer):
    """Gives NAME with its likelihood, the others with the model's opinion; from 0.4 to 0.85."""

    by_rules = False

    def __init__(self, language_model: str | None) -> None:
        super().__init__(*(["NAME", "ADDRESS", "PHONE", "LOCATION"] if language_model else []))
        self._language_model = spacy_labels.installed(language_model) if language_model else ""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        yield from next(iter(self.analyze_batch([text])))

    def analyze_batch(self, texts: Sequence[str]) -> Iterable[list[Hit]]:
        """The finds of each paragraph; from this call on another thread reads ahead."""
        if not self._language_model:
            return [[] for _ in texts]
        read = rampart.read(texts)
        return (hits for some in iter(lambda: list(islice(read, _READ_AT_ONCE)), []) for hits in self._judged(some))

    def _judged(self, read: list[rampart.Reading]) -> list[list[Hit]]:
        signs = [name_signs(paragraph) for paragraph in read]
        asked = {
            index: list(_surroundings(paragraph, evidence.undecided(found, NAME_LIKELIHOOD)))
            for index, (paragraph, found) in enumerate(zip(read, signs, strict=True))
        }
        extracts = list(dict.fromkeys(extract for found in asked.values() for _, extract in found))
        labels = dict(zip(extracts, spacy_labels.read(extracts, self._language_model), strict=True))
        entities = [
            [(at + start, at + end, label) for at, extract in asked[index] for start, end, label in labels[extract]]
            for index in range(len(read))
        ]
        return [list(_hits(*one)) for one in zip(read, signs, entities, strict=True)]


def _surroundings(paragraph: rampart.Reading, undecided: Chosen) -> Iterator[tuple[int, str]]:
    """Start and text of what stands around the undecided words of each sentence, _AROUND words on each side of them."""
    text, words = paragraph.text, paragraph.words
    if not undecided.any() or evidence.language_of([text[word.start : word.end] for word in words]) != "en":
        return
    begins, sentence = _by_sentence(paragraph)
    ends = [*begins[1:], len(text)]
    for at in np.unique(sentence[undecided]).tolist():
        inside = np.flatnonzero(sentence == at)
        asked = np.flatnonzero((sentence == at) & undecided)
        first, last = int(asked[0]) - _AROUND, int(asked[-1]) + _AROUND
        start = begins[at] if first <= inside[0] else words[first].start
        yield start, text[start : ends[at] if last >= inside[-1] else words[last].end]


def _by_sentence(paragraph: rampart.Reading) -> tuple[list[int], npt.NDArray[np.int64]]:
    """Where the sentences begin, and in which of them each word stands."""
    begins = [0, *(match.end() for match in _SENTENCE_END.finditer(paragraph.text))]
    starts = np.array([word.start for word in paragraph.words], np.int64)
    return begins, np.searchsorted(begins, starts, side="right") - 1


def name_signs(paragraph: rampart.Reading) -> evidence.Signs:
    """The signs of each word of a paragraph, without those of spaCy."""
    text = paragraph.text
    words = [text[word.start : word.end] for word in paragraph.words]
    _, sentence = _by_sentence(paragraph)
    inside = [False, *(sentence[1:] == sentence[:-1])][: len(words)]
    return evidence.signs(words, paragraph.opinions[:, rampart.NAME].sum(axis=1), inside)


def _hits(paragraph: rampart.Reading, signs: evidence.Signs, entities: list[tuple[int, int, str]]) -> Iterator[Hit]:
    text, words = paragraph.text, paragraph.words
    if not words:
        return
    of_spacy = evidence.spacy_signs([label_of(text, word, entities) for word in words]) if entities else None
    likely = evidence.likelihood(signs, of_spacy)
    names = _with_small_words(paragraph, (likely >= NAME_LIKELIHOOD) & _written_as_names(paragraph))
    parts = paragraph.opinions[:, rampart.ADDRESS].sum(axis=1) >= _ADDRESS_LIKELIHOOD
    dialled = paragraph.opinions[:, rampart.PHONE].max(axis=1)
    phones = dialled >= _PHONE_LIKELIHOOD
    if not (names | parts | phones).any():
        return
    prose = _in_prose(text, words)
    language = evidence.language_of([text[word.start : word.end] for word in words])
    for first, last in runs(text, words, names & prose, _BETWEEN_NAMES):
        first, last = _trimmed(text, words, likely, language, first, last)
        if any(word.end - word.start > 1 for word in words[first : last + 1]):
            yield Hit(words[first].start, words[last].end, "NAME", _score(likely[first : last + 1]))
    street = paragraph.opinions[:, rampart.STREET].sum(axis=1)
    place = paragraph.opinions[:, rampart.PLACE].sum(axis=1)
    for first, last in runs(text, words, parts & prose, _BETWEEN_PARTS):
        start, end = words[first].start, words[last].end
        lettered = any(map(str.isalpha, text[start:end]))
        if lettered and last > first and street[first : last + 1].max() >= _ADDRESS_LIKELIHOOD:
            yield Hit(start, end, "ADDRESS", _score(street[first : last + 1]))
        elif place[first : last + 1].max() >= _ADDRESS_LIKELIHOOD:
            yield Hit(start, end, "LOCATION", _score(place[first : last + 1]))
    for first, last in runs(text, words, phones & prose, _BETWEEN_DIGITS):
        start, end = words[first].start, words[last].end
        if sum(map(str.isdigit, text[start:end])) >= PHONE_DIGITS and not counts_something_else(text, start):
            yield Hit(start, end, "PHONE", _score(dialled[first : last + 1]))


def _score(likely: npt.NDArray[np.floating]) -> float:
    """What is masked at all is worth 0.4; no opinion of a model is as sure as a checksum or a clear cue."""
    return float(np.clip(likely.max(), _LEAST, _SUREST))


def _trimmed(
    text: str,
    words: Sequence[rampart.Word],
    likely: npt.NDArray[np.float64],
    language: str,
    first: int,
    last: int,
) -> tuple[int, int]:
    """The run without words at its ends that name nobody: titles, greetings unless likely enough by themselves, and
    beside a capitalised name the common words that are written small ("Rangel flew"). Empty when none is left.
    """
    run = [text[word.start : word.end] for word in words[first : last + 1]]
    capitalised = any(word[0].isupper() for word in run)

    def loose(at: int) -> bool:
        word = text[words[at].start : words[at].end]
        low = word.lower()
        if low in _HONORIFICS or _CONTRACTED.search(low):
            return True
        hyphened = text.endswith("-", 0, words[at].start)
        if capitalised and word[0].islower() and low not in PARTICLES and not hyphened:
            return bool(likely[at] < _SURE_LIKELIHOOD) and evidence.commonness(low, language) >= _COMMON
        return low in NOT_NAMES and bool(likely[at] < _ALONE_LIKELIHOOD)

    while first <= last and loose(first):
        first += 1
    while first < last and loose(last):
        last -= 1
    return first, last


def label_of(text: str, word: rampart.Word, entities: list[tuple[int, int, str]]) -> str | None:
    """The label of the entity (start, end, label) in which a word begins; FULL_NAME for a person of several words."""
    for start, end, label in entities:
        if start <= word.start < end:
            words = text[start:end].split()
            full = label == "PERSON" and len(words) > 1 and all(word[0].isupper() for word in words)
            return evidence.FULL_NAME if full else label
    return None


def _written_as_names(paragraph: rampart.Reading) -> Chosen:
    """Which words begin with a letter and have no capital inside, as names of things have; Rampart may be sure of one
    that has ("MaryAnn").
    """
    words = [paragraph.text[word.start : word.end] for word in paragraph.words]
    sure = paragraph.opinions[:, rampart.NAME].sum(axis=1) >= _SURE_OF_CAPITALS
    return np.array(
        [word[0].isalpha() and (one or not inner_capital(word)) for word, one in zip(words, sure, strict=True)]
    )


def _with_small_words(paragraph: rampart.Reading, names: Chosen) -> Chosen:
    """The words of names with one or two particles between them ("bin Laden", "de los Ángeles"), and with the small
    word after a hyphen that the model takes for a part of one ("Yat-sen", unlike "Merkel-led").
    """
    text, words = paragraph.text, paragraph.words
    found = names.copy()
    opinions = paragraph.opinions[:, rampart.NAME].sum(axis=1)
    for at in np.flatnonzero(names).tolist():
        after = [text[word.start : word.end] for word in words[at + 1 : at + 3]]
        hyphened = bool(after) and text[words[at].end : words[at + 1].start] == "-" and after[0].islower()
        if hyphened and opinions[at + 1] >= NAME_LIKELIHOOD and text[words[at].start].isupper():
            found[at + 1] = True
        particles = next((number for number, word in enumerate(after) if word not in _INSIDE_NAMES), len(after))
        if particles and names[at + 1 + particles : at + 2 + particles].any():
            found[at + 1 : at + 1 + particles] = True
    return found


def _in_prose(text: str, words: Sequence[rampart.Word]) -> Chosen:
    """Which words stand in a line that is no code."""
    ends = [match.start() for match in regex.finditer(r"\n|\Z", text)]
    begins = [0, *(end + 1 for end in ends[:-1])]
    code = np.array([looks_like_code(text[begin:end]) for begin, end in zip(begins, ends, strict=True)])
    return ~code[np.searchsorted(begins, [word.start for word in words], side="right") - 1]


def runs(
    text: str, words: Sequence[rampart.Word], chosen: Chosen, between: regex.Pattern[str]
) -> Iterator[tuple[int, int]]:
    """First and last word of each run of chosen words with nothing but `between` between them."""
    first = None
    for at in np.flatnonzero(chosen).tolist():
        if first is None:
            first = last = at
        elif at == last + 1 and between.fullmatch(text, words[last].end, words[at].start):
            last = at
        else:
            yield first, last
            first = last = at
    if first is not None:
        yield first, last
