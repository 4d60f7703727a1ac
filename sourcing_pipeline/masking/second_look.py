"""A second look at text that is masked already: two models, a few wide patterns, and what was masked elsewhere.

The models are those of the masker, asked in another way: Rampart reads windows half as long that begin elsewhere and
cross paragraphs, spaCy reads whole texts in every language, and both see the placeholders. So a value that the masker
lost at the edge of a window, in a sentence it did not ask about, or by a fault of its own is seen here. What the
models are blind to stays unseen in both. Their finds count where they are sure; code is left out, where they see names
anywhere. The patterns are wider than any detector's and know no context, no country and no check digit.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import regex

from sourcing_pipeline.config import MaskingProfile
from sourcing_pipeline.masking import evidence, rampart, spacy_labels
from sourcing_pipeline.masking.config import ENTITIES, Masking
from sourcing_pipeline.masking.elsewhere import Elsewhere
from sourcing_pipeline.masking.recognizers.base import Hit
from sourcing_pipeline.masking.recognizers.names import inner_capital, ordinary
from sourcing_pipeline.masking.recognizers.rampart import PHONE_DIGITS, label_of, name_signs, runs
from sourcing_pipeline.masking.regions import Region, code_parts, placeholder_regions, touches
from sourcing_pipeline.masking.residual import SUSPECTED_LEAKS
from sourcing_pipeline.masking.words import NOT_NAMES
from sourcing_pipeline.rows import content_hash, message_tuples

STRIDE_CHARACTERS = 160
_FIRST_CHARACTERS = 100
_MARGIN_CHARACTERS = 40
"""A window decides about `STRIDE_CHARACTERS` and reads the margin on both sides too: 240 in all."""
SURE = 0.5
"""From here on a word is suspected of being a part of a name; the masker takes much less."""
_SURE_PLACE = 0.8
_SCORE = 0.5
_NUMBERED = regex.compile(r"\d.*\p{L}{3}|\p{L}{3}.*\d", regex.DOTALL)
"""A street that tells where somebody lives has a number; results of matches and famous streets have not both."""
_SPACE = regex.compile(r"\s+")
_BETWEEN = regex.compile(r"[ \t,.#/()+'’–-]{1,4}")

_MAIL = regex.compile(
    r"(?<![^\s<>()\[\]{},;:\"'|=`/])(?!git@)[^\s@<>()\[\]{},;:\"'|=`/]+@(?!\d)[^\s@<>()\[\]{},;:\"'|=`/]+"
)
_TOP = regex.compile(r"\.\p{L}{2,}$")
_DIGITS = regex.compile(r"(?<![\w.,:/#-])\+?\d(?:[ ./()–-]{0,2}\d){8,}(?!\w)")
_ACCOUNT = regex.compile(r"\b\p{L}{2}\d{2}(?:[ -]?[\p{L}\d]{4}){3,7}(?:[ -]?[\p{L}\d]{1,3})?\b")
_TIME = regex.compile(r"(?:19|20)\d\d[-./ ]?[01]\d[-./ ]?[0-3]\d.*|[0-3]?\d[-./][01]?\d[-./](?:19|20)\d\d.*")


class SecondLook:
    """The looks by a recipe and the profile of a source: only what they want masked is suspected."""

    def __init__(self, config: Masking, profile: MaskingProfile, elsewhere: Elsewhere) -> None:
        self._wanted = frozenset(profile.applying(config.entities))
        self._in_code = self._wanted if profile.in_code is None else self._wanted.intersection(profile.in_code)
        self._placeholders = (*ENTITIES, *config.patterns, *config.words)
        self._allowed = frozenset(value.casefold() for value in config.allow)
        self._allowed_words = frozenset(word for value in self._allowed for word in value.split())
        self._model = config.language_model
        self._elsewhere = elsewhere

    def suspects(self, batch: pa.RecordBatch, sampled: Collection[str]) -> pa.RecordBatch:
        """SUSPECTED_LEAKS of MASKED rows (the columns COLUMNS); those whose id is in `sampled` are read by the models
        too. What is suspected in a row depends on the row, on what was masked elsewhere and on being sampled.
        """
        rows = message_tuples(batch.column("messages"))
        ids, partitions = batch.column("id").to_pylist(), batch.column("partition").to_pylist()
        wanted = [content for row_id, row in zip(ids, rows, strict=True) if row_id in sampled for _, content in row]
        texts = list(dict.fromkeys(wanted)) if self._model else []
        read = dict(zip(texts, by_models(texts, self._model or ""), strict=True))
        found: list[dict[str, object]] = []
        for row_id, partition, row in zip(ids, partitions, rows, strict=True):
            told = [
                {"message": number, "start": hit.start, "end": hit.end, "entity": hit.entity, "score": hit.score}
                | {"look": look}
                for number, (_, content) in enumerate(row)
                for look, hit in self._standing(content, read[content] if row_id in sampled and self._model else ())
            ]
            if told:
                same = {"id": row_id, "partition": partition, "content_hash": content_hash(row)}
                found += [{**same, "sampled": row_id in sampled, **one} for one in told]
        return pa.RecordBatch.from_pylist(found, schema=SUSPECTED_LEAKS)

    def _standing(self, text: str, by_model: Iterable[Hit]) -> Iterator[tuple[str, Hit]]:
        """Each look's finds that may be a leak; of two that overlap, the longer, then that of the earlier look."""
        looks = (("models", by_model), ("patterns", by_patterns(text)), ("elsewhere", self._elsewhere.find(text)))
        found = [(look, hit) for look, hits in looks for hit in hits if self._may_leak(text, hit)]
        if not found:
            return
        code, taken = code_parts(text), placeholder_regions(text, self._placeholders)
        for look, hit in sorted(found, key=lambda one: one[1].start - one[1].end):
            if not touches(hit.start, hit.end, taken) and self._believed(text, hit, code):
                yield look, hit
                taken = sorted([*taken, (hit.start, hit.end)])

    def _may_leak(self, text: str, hit: Hit) -> bool:
        value = text[hit.start : hit.end].casefold()
        allowed = value in self._allowed or self._allowed_words.issuperset(value.split())
        return hit.entity in self._wanted and not allowed

    def _believed(self, text: str, hit: Hit, code: list[Region]) -> bool:
        """Code is full of what looks like names and numbers: there, full addresses and secrets seen elsewhere count."""
        if not touches(hit.start, hit.end, code):
            return True
        sure = hit.entity == "SECRET" or (hit.entity == "EMAIL" and full_address(text[hit.start : hit.end]))
        return hit.entity in self._in_code and sure


def by_models(texts: Sequence[str], language_model: str) -> list[list[Hit]]:
    """NAME, ADDRESS and PHONE that the models are sure of in each text, by the spaCy package `language_model`."""
    plans = [list(windows(text)) for text in texts]
    read = iter(
        rampart.read([text[window[0] : window[1]] for text, plan in zip(texts, plans, strict=True) for window in plan])
    )
    labels = spacy_labels.read(texts, language_model)
    return [
        [hit for window in plan for hit in _sure(text, window, next(read), entities)]
        for text, plan, entities in zip(texts, plans, labels, strict=True)
    ]


def windows(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Start and end of each window, and of the part of it that it decides; the parts follow one another."""
    gaps = [gap.start() for gap in _SPACE.finditer(text)]
    begin = 0
    while begin < len(text):
        end = begin + (STRIDE_CHARACTERS if begin else _FIRST_CHARACTERS)
        before = gaps[int(np.searchsorted(gaps, end, side="right")) - 1] if gaps else 0
        end = len(text) if end >= len(text) else before if before > end - _MARGIN_CHARACTERS else end
        yield max(0, begin - _MARGIN_CHARACTERS), min(len(text), end + _MARGIN_CHARACTERS), begin, end
        begin = end


def _sure(
    text: str, window: tuple[int, int, int, int], read: rampart.Reading, entities: list[tuple[int, int, str]]
) -> Iterator[Hit]:
    """What is sure in the part of `text` that the window decides."""
    offset, _, begin, end = window
    words = [rampart.Word(word.start + offset, word.end + offset) for word in read.words]
    if not words:
        return
    labels = [label_of(text, word, entities) for word in words]
    strong = [None if label == "PERSON" else label for label in labels]
    likely = evidence.likelihood(name_signs(read), evidence.spacy_signs(strong))
    mine = np.array([begin <= word.start < end for word in words])
    for first, last in runs(text, words, mine & (likely >= SURE), _BETWEEN):
        if not all(_names_nobody(text[word.start : word.end]) for word in words[first : last + 1]):
            yield Hit(words[first].start, words[last].end, "NAME", float(likely[first : last + 1].max()))
    street = read.opinions[:, rampart.STREET].sum(axis=1)
    for first, last in runs(text, words, mine & (read.opinions[:, rampart.ADDRESS].sum(axis=1) >= SURE), _BETWEEN):
        value = text[words[first].start : words[last].end]
        if _NUMBERED.search(value) and street[first : last + 1].max() >= _SURE_PLACE:
            yield Hit(words[first].start, words[last].end, "ADDRESS", float(street[first : last + 1].max()))
    dialled = read.opinions[:, rampart.PHONE].max(axis=1)
    for first, last in runs(text, words, mine & (dialled >= _SURE_PLACE), _BETWEEN):
        start, stop = words[first].start, words[last].end
        if sum(map(str.isdigit, text[start:stop])) >= PHONE_DIGITS:
            yield Hit(start, stop, "PHONE", float(dialled[first : last + 1].max()))


def _names_nobody(word: str) -> bool:
    small = word.casefold()
    return len(word) < 2 or small in NOT_NAMES or ordinary(small) or inner_capital(word)


def by_patterns(text: str) -> Iterator[Hit]:
    """Whatever has an @ inside, nine digits or more with signs between them, and what is written like an IBAN."""
    if "@" in text:
        for match in _MAIL.finditer(text):
            yield Hit(match.start(), match.start() + len(match[0].rstrip(".!?")), "EMAIL", _SCORE)
    for match in _DIGITS.finditer(text):
        if not match[0].isdigit() and not _TIME.fullmatch(match[0]):
            yield Hit(match.start(), match.end(), "PHONE", _SCORE)
    for match in _ACCOUNT.finditer(text):
        yield Hit(match.start(), match.end(), "PAYMENT", _SCORE)


def full_address(value: str) -> bool:
    """Whether something with an @ ends in a top-level domain; `user@host` is a login, not a person's address."""
    return _TOP.search(value) is not None
