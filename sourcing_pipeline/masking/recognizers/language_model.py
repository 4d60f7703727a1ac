"""Names in running English text, by a spaCy model's PERSON entities.

Source: spaCy's small English pipeline (OntoNotes 5 labels), of which only `tok2vec` and `ner` are loaded:
no tagger, parser or lemmas. It reads sentence by sentence, so a find depends on its sentence alone and a
sentence that occurs twice is read once. What it takes for a person is believed when it has the shape of a
name and stands in no code or log line; in a sentence that is not English, where it takes any capitalised
noun for one, only when a given name is part of it. Another model is another module like this one: give it
`build` and `analyze_batch`.
"""

import threading
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import regex

from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer
from sourcing_pipeline.masking.recognizers.names import FULL, given, trim
from sourcing_pipeline.masking.regions import looks_like_code
from sourcing_pipeline.masking.words import GIVEN_NAMES, NOT_NAMES, word_set

if TYPE_CHECKING:
    from spacy.language import Language

_BATCH_SENTENCES = 128
_MAX_CHARACTERS = 600
_LOCK = threading.Lock()
_SENTENCE = regex.compile(
    r"[^\n]+?(?:(?<=\p{L}{2}[.!?][\"'”)]?)(?<!\b(?:Mr|Mrs|Ms|Dr|St|Prof|Sr|Jr|No|vs|Inc|Nr"
    r"|Str))\s+(?=[\p{Lu}\"“¿¡])|\n|\Z|$)",
    regex.M,
)
_CAPITAL = regex.compile(r"(?<![\p{L}\d_])\p{Lu}[\p{L}'’-]+")
_FOREIGN = word_set(
    """hat unser unsere unseren meine mein wird werden oder auch aus wie was weiß noch sind war nach
    der die das und ist nicht ich sie wir mit für auf ein eine bei von zu den dem im bitte habe haben kann
    le la les des est une un et je vous nous pour dans avec sur pas mon ma votre que qui el los las es
    un una y por para con en no mi su del se lo che il di"""
)
_LABELS = frozenset({"PERSON", "ORG", "GPE", "NORP", "WORK_OF_ART", "PRODUCT", "LOC", "FAC"})
_AFTER = regex.compile(
    r"(?:,?[ ](?:says?|said|told|tells|wrote|writes|asked|asks|lives?|lived|works|worked|spent|gave|thinks"
    r"|thought|wants|wanted|likes|married|retired|flew|spoke|speaks?"
    r"|replied|answered|mentioned|explained|promised|confirmed|helped|joined|assisted|emailed|phoned"
    r"|listed|himself|herself|just\shas|had\sgiven|has\sbeen\svery|will\sbe\s(?:talking|speaking)"
    r"|(?:is|was)\s(?:an?\s)?(?:very|nice|kind|helpful|reliable|away|out\sof\soffice|on\s(?:vacation|leave"
    r"|holiday)|my|our|his|her|their|from|responsible|handling))\b"
    r"|,\s(?:can|could|would|will|please|do|did|have|you|I|what|how|when|lately|thank"
    r"|thanks)\b(?!\s+(?:not|the)\b))"
)
_BEFORE = regex.compile(
    r"\b(?:with|told|asked|by|from|to|early|called|heard|see|under|said|says|including|Mr|Mrs|Ms|Dr)\.?\s$"
)
_COMPANY = word_set(
    """inc inc. llc ltd ltd. plc gmbh corp corp. co co. ag sa group services bank holdings technologies systems"""
)
_FOREIGN_SURNAME = regex.compile(
    r"^\p{Lu}[\p{L}'’-]*(?:[ ]\p{Lu}\.?)?[ ]\p{Lu}\p{L}*(?:sson|ssen|nsen|rsen|ström|berg|strand|d[óo]ttir"
    r"|[sc]k[iay]|wicz|czyk|[iv]ić|ov[áa]?|enko|yan|poulos|escu|nen|oğlu|[aeo]z|íková|ini|elli|etti)$"
)
_NAME_WORD = r"\p{Lu}[\p{L}\p{M}'’-]+(?:[ ]\p{Lu}[\p{L}'’-]+)?"
_COORDINATED = regex.compile(
    rf"(?<![\p{{L}}\d.])(?P<value>{_NAME_WORD}(?:,[ ]{_NAME_WORD}){{0,8}},?[ ](?:and"
    rf"|&)[ ]{_NAME_WORD})(?![\p{{L}}\d])"
)
_THING_BEFORE = regex.compile(
    r"\b(?i:the|an?|our|your|my|his|her|their|this|that|each|every|press|click|tap|hit|under|select|open|uses?"
    r"|using|via|see|run|into|inside|in|at|e\.g\.|on)\s$|>\s$"
)
_THING_AFTER = regex.compile(r"\s*[<>=@]")
_LISTED = regex.compile(FULL)
_PART = regex.compile(r"[^\s,].*?(?=,|\s+(?:and|of|&)\s|[’']s\s|$)")
_ACTOR = regex.compile(
    rf"(?:^|(?<=[\"“]\s?)|(?<=,[\"”]?\s))(?:(?P<value>{_NAME_WORD})[ ](?:says|said|lives\son|lives\sat"
    rf"|lives\sin|is\s(?:a\s)?very\s\w+\.)\b)|[\"”,!?][ ](?:said|says|asked)[ ](?P<value>{_NAME_WORD})"
)
_ACCENTED = regex.compile(
    r"(?<![\p{L}\d])(?P<value>(?=[^.,;:!?\n]{0,40}?[À-ɏ])\p{Lu}[\p{L}\p{M}'’-]+(?:[ ]\p{Lu}\.?)?[ "
    r"](?=\p{L}*[À-ɏ])\p{Lu}[\p{L}\p{M}'’-]+)(?![\p{L}\d]|\s\d)"
)
_ENGLISH = word_set(
    """the and is i you we to of it that for on with my your this have not are be was can in please at from he
    she they"""
)


def build(config: Masking) -> "LanguageModel":
    """The detector of NAME by the recipe's `language_model`; it gives nothing when that is null."""
    return LanguageModel(config.language_model)


@cache
def _loaded(name: str) -> "Language":
    import spacy

    try:
        return spacy.load(name, exclude=["tagger", "parser", "senter", "lemmatizer", "attribute_ruler"])
    except OSError as error:
        raise RecipeError(
            f"masking.language_model: {name!r} is not installed here; install that package, or set it to null"
        ) from error


class LanguageModel(Recognizer):
    """Gives NAME: 0.65 for a find of several words, 0.5 for a single one."""

    def __init__(self, name: str | None) -> None:
        super().__init__(*(["NAME"] if name else []))
        self._name = name
        self._read: dict[str, list[Hit]] = {}
        if name is not None:
            with _LOCK:
                _loaded(name)

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        yield from self.analyze_batch([text])[0]

    def analyze_batch(self, texts: Sequence[str]) -> list[list[Hit]]:
        """The finds of each text; equal sentences, and those of the call before, are read once."""
        if self._name is None:
            return [[] for _ in texts]
        sentences = [list(_sentences(text)) for text in texts]
        unique = dict.fromkeys(sentence for pairs in sentences for _, sentence in pairs)
        with _LOCK:
            read = {sentence: self._read[sentence] for sentence in unique if sentence in self._read}
            for doc in _loaded(self._name).pipe([s for s in unique if s not in read], batch_size=_BATCH_SENTENCES):
                entities = [
                    (entity.start_char, entity.end_char, entity.label_)
                    for entity in doc.ents
                    if entity.label_ in _LABELS
                ]
                read[doc.text] = list(_believed(doc.text, entities))
            self._read = read
        return [
            [
                Hit(at + hit.start, at + hit.end, hit.entity, hit.score)
                for at, sentence in pairs
                for hit in read[sentence]
            ]
            for pairs in sentences
        ]


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """Start and text of the sentences that may hold a name: with a capitalised word that is not in the list
    of non-names.
    """
    for match in _SENTENCE.finditer(text):
        sentence = match[0].strip()
        if not sentence or looks_like_code(sentence):
            continue
        if any(word[0].casefold().strip("'’-") not in NOT_NAMES for word in _CAPITAL.finditer(sentence)):
            at = match.start() + len(match[0]) - len(match[0].lstrip())
            for cut in range(0, len(sentence), _MAX_CHARACTERS):
                yield at + cut, sentence[cut : cut + _MAX_CHARACTERS]


def _believed(sentence: str, entities: list[tuple[int, int, str]]) -> Iterator[Hit]:
    words = [word.casefold() for word in regex.findall(r"\p{L}+", sentence)]
    foreign = sum(word in _FOREIGN for word in words) > sum(word in _ENGLISH for word in words)
    persons: set[str] = set()
    for start, end, label in entities:
        for part in _parts(sentence, start, end, label):
            span = trim(sentence, part)
            if span is not None and _is_person(sentence, span, label, foreign, len(words)):
                name = sentence[slice(*span)]
                persons.add(name)
                yield Hit(*span, "NAME", 0.65 if " " in name else 0.5)
    if not foreign:
        yield from _around(sentence, persons)


def _parts(sentence: str, start: int, end: int, label: str) -> Iterator[tuple[int, int]]:
    """A person as it is; of other labels each name in it, as the model takes "X and Y of Z" for one organisation."""
    if label == "PERSON":
        yield start, end
    else:
        for match in _PART.finditer(sentence[start:end]):
            yield start + match.start(), start + match.end()


def _is_person(sentence: str, span: tuple[int, int], label: str, foreign: bool, words: int) -> bool:
    name = sentence[slice(*span)]
    parts = [part.casefold() for part in name.split()]
    known = any(given(part.strip(".")) for part in parts)
    if foreign:
        return any(part in GIVEN_NAMES for part in parts)
    several = len(parts) > 1 and label == "ORG" and parts[-1] not in _COMPANY
    if label != "PERSON" and not (known or _acts(sentence, *span, several=several) or _FOREIGN_SURNAME.search(name)):
        return False
    if len(parts) == 1:
        if known:
            return True
        thing = _THING_BEFORE.search(sentence[: span[0]]) or _THING_AFTER.match(sentence, span[1])
        return thing is None and not name.isupper() and words >= 3 and len(name) >= 3
    return not name.isupper() or words >= 4


def _around(sentence: str, persons: set[str]) -> Iterator[Hit]:
    """Names that the model passed over: listed with a person's, before "says" and its like, or with foreign letters."""
    spans = []
    for match in _COORDINATED.finditer(sentence):
        listed = _CAPITAL.findall(match["value"])
        if any(word in persons or given(word.casefold()) for word in listed):
            at = match.start("value")
            spans += [(at + word.start(), at + word.end()) for word in _LISTED.finditer(match["value"])]
    for pattern in (_ACTOR, _ACCENTED):
        spans += [match.span("value") for match in pattern.finditer(sentence)]
    for span in spans:
        trimmed = trim(sentence, span)
        if trimmed is not None:
            yield Hit(*trimmed, "NAME", 0.5)


def _acts(sentence: str, start: int, end: int, several: bool) -> bool:
    """Whether the words around a find are those around a person: "X says", "X, can I", "said X", "with X"."""
    return _AFTER.match(sentence, end) is not None or (
        several and _BEFORE.search(sentence[max(0, start - 20) : start]) is not None
    )
