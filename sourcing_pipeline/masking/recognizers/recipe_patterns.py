"""The placeholders that the recipe adds: `masking.patterns`, regular expressions, and `masking.words`, lists of words.

A word of a list is found whole, in any case, with any white space between the parts of a phrase. Lists are looked up by
their first part, so that a long one costs no more than a short one.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from unicodedata import normalize

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hits

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Scripts that write words without space between them: each character is a part."""
_PART = regex.compile(rf"[{_UNSPACED}]\p{{M}}*|[[\w\p{{M}}]--[{_UNSPACED}]]+|[^\w\s]", regex.V1)


def build(config: Masking) -> "RecipePatterns":
    """The detector of the recipe's own placeholders; it gives nothing when there are none."""
    return RecipePatterns(config.patterns, config.words)


class RecipePatterns(Recognizer):
    """Gives each label of the recipe for the matches of its expression and for its words, with score 1."""

    by_paragraph = False
    announced_in_code = True

    def __init__(self, patterns: Mapping[str, str], words: Mapping[str, Iterable[str]]) -> None:
        super().__init__(*dict.fromkeys((*patterns, *words)))
        self._patterns = [(label, re.compile(expression)) for label, expression in patterns.items()]
        self._lists = [(label, _by_first_part(listed)) for label, listed in words.items()]

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule; empty matches are left out."""
        for label, pattern in self._patterns:
            yield from (found for found in hits(pattern, text, label, 1.0) if found.end > found.start)
        if self._lists:
            yield from self._listed(text)

    def _listed(self, text: str) -> Iterator[Hit]:
        matches = list(_PART.finditer(text))
        parts = _parts(text)
        for label, phrases in self._lists:
            for at, part in enumerate(parts):
                for rest in phrases.get(part.removeprefix(" "), ()):
                    if tuple(parts[at + 1 : at + 1 + len(rest)]) == rest:
                        yield Hit(matches[at].start(), matches[at + len(rest)].end(), label, 1.0)
                        break


def _by_first_part(words: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    """What may follow the first part of a word or phrase, the longest first."""
    rests: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for word in words:
        first, *rest = _parts(word.strip())
        rests[first].add(tuple(rest))
    return {first: sorted(found, key=lambda rest: (-len(rest), rest)) for first, found in rests.items()}


def _parts(text: str) -> list[str]:
    """The parts of a text, normalised; one with white space before it begins with a space."""
    folded = []
    for match in _PART.finditer(text):
        apart = match.start() > 0 and text[match.start() - 1].isspace()
        folded.append(" " * apart + normalize("NFKC", match[0]).casefold().replace("’", "'"))
    return folded
