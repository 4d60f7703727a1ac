"""Capitalised words that are frequent given names, with the capitalised words that follow them.

Source: `words.GIVEN_NAMES`. It carries the languages for which no model is loaded, and short turns ("Maria
here") that give a model nothing to go by. Names that are also words ("Mark", "Rose") are left to the cues
and the model.
"""

from collections.abc import Iterator

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer
from sourcing_pipeline.masking.recognizers.names import FULL, given, trim
from sourcing_pipeline.masking.regions import PLACEHOLDER
from sourcing_pipeline.masking.words import NOT_NAMES, word_set

_FULL = regex.compile(rf"(?<![\p{{L}}\d@_.\-/'’]){FULL}(?![\d_@(])")
_SMALL_WORDS = word_set(
    """pilar dolores gloria mercedes regina bella angel dana alba ming min mel tess salvador rosario florence orlando
    mia uma"""
)
_SMALL_VERBS = word_set("will may hope said says read mark wrote writes from again calling saying")
_SENTENCE = regex.compile(r"[^.!?\n]{4,}(?:\.(?=\w)[^.!?\n]*)*")
_LOWER = regex.compile(
    r"(?<![\p{L}\d@_.\-/'’])(?P<first>\p{Ll}{3,}(?:-\p{Ll}+)?)(?![\p{L}\d_@(/-]|\.\w)"
    r"(?:(?=[ ](?P<last>(?:(?:van|von|de|der|den|di|da|dos|del)[ ]){0,2}\p{Ll}[\p{Ll}'’-]+)(?![\p{L}\d_@])))?"
)
_PLACE_BEFORE = regex.compile(r"(?:\b(?:San|Santa|St|Saint|Port|Fort|Lake|Mount|Mt|New|Sankt|Saint)\.?\s|-)$")
_PLACE_AFTER = word_set(
    """street st road rd avenue ave lane drive square university college school airport station institute
    hospital inc llc ltd gmbh corp"""
)


def build(_config: Masking) -> "GivenNames":
    """The detector of NAME by a list of given names."""
    return GivenNames("NAME")


class GivenNames(Recognizer):
    """Gives NAME: 0.7 for a given name with a surname, 0.5 for a given name alone."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for match in _FULL.finditer(text):
            words = match[0].split()
            first = next((index for index, word in enumerate(words) if given(word.casefold().strip(".'’"))), None)
            if first is None or _PLACE_BEFORE.search(text[: text.index(words[first], match.start())][-8:]):
                continue
            if words[-1].casefold().strip(".") in _PLACE_AFTER:
                continue
            start = match.start() + sum(len(word) + 1 for word in words[:first])
            span = trim(text, (start, match.end()))
            if span is not None:
                yield Hit(*span, "NAME", 0.7 if " " in text[slice(*span)] else 0.5)
        for sentence in _SENTENCE.finditer(text):
            if not any(map(str.isupper, PLACEHOLDER.sub("", sentence[0]))):
                yield from _small(text, sentence.start(), sentence.end())


def _small(text: str, start: int, end: int) -> Iterator[Hit]:
    """Given names with the word that follows them, in a sentence that is written without any capitals."""
    for match in _LOWER.finditer(text, start, end):
        verb = text.endswith("ik ben", 0, match.end("first"))
        if given(match["first"]) and match["first"] not in _SMALL_WORDS and not verb:
            last = (match["last"] or "").split(" ")[-1]
            alone = not last or last in _SMALL_VERBS or last in NOT_NAMES
            end = match.end("first" if alone else "last")
            yield Hit(match.start(), end, "NAME", 0.5)
