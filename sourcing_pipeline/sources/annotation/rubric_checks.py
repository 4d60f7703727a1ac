"""What of the rubric a program can see: the number of words, the language, whether a source is named."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from pydantic import Field

from sourcing_pipeline.config import Config
from sourcing_pipeline.language import language

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}][^\s{_CJK}]*")
_CITED = re.compile(
    r"https?://\S+|\bwww\.\S+|\b(?:[\w-]{1,63}\.){1,8}[a-z]{2,63}/\S|\[URL\]"
    r"|\[\d+\]|\bdoi:\s?10\.\d{4,}|\bRFC\s?\d{3,5}\b|§\s?\d+"
    r"|\((?:[^()\s]+ ){0,6}(?:19|20)\d\d\)",
    re.IGNORECASE,
)


class _Language(NamedTuple):
    """How a source is asked for in one language, as patterns: verbs, sources, links, and "with" (of sources)."""

    verb: str
    source: str
    link: str
    along: str
    verb_last: bool = False


_LANGUAGES = {
    "en": _Language(
        "give|name|provide|include|add|send|share|list|state|need|want", "sources?|references?", "links?", "with"
    ),
    "de": _Language(
        r"nenn\w*|gib|geb\w*|schick\w*|brauche", "quellen?|belegen?|nachweisen?|beleg|nachweis", "links?", "mit", True
    ),
    "fr": _Language(r"donne\w*|indique\w*|envoye\w*|fourni\w*", "sources?|références?", "liens?", "avec"),
    "es": _Language(r"dame|deme|dar|indi\w*|envi\w*|envíe\w*|necesito", "fuentes?|referencias?", "enlaces?", "con"),
    "it": _Language(r"dammi|dai|dare|indic\w*|invi\w*|forni\w*", "fonti|fonte|riferimenti|riferimento", "link", "con"),
    "nl": _Language(
        r"geef|geven|noem\w*|stuur|sturen|vermeld\w*", "bron|bronnen|verwijzing(?:en)?", "links?", "met", True
    ),
    "pt": _Language(r"dê|dar|indi\w*|envi\w*|forne\w*", "fontes?|referências?", "links?", "com"),
    "pl": _Language(r"poda\w*|wska\w*|prześl\w*|wyśl\w*", r"źródł\w*|odnośnik\w*", r"link\w*", "z|ze"),
}


def _asking(words: _Language) -> str:
    named = rf"(?:{words.source}|{words.link})\b(?! (?:code|file|tree|number)\b)"
    between = r"\W+(?:(?!(?:to|zu|open|page)\b)\w+\W+){0,4}?"
    ways = [
        rf"\b(?:{words.verb}){between}{named}",
        rf"\b(?:{words.along})\W+(?:\w+\W+)?(?:{words.source})\b",
        rf"(?:^|[.!?]\s+){named}\s*\?",
    ]
    return "|".join([*ways, rf"\b{named}{between}(?:{words.verb})\b"] if words.verb_last else ways)


_CITE = (
    r"\b(?:cite|citing|citations|zitier\w*|verlink\w*|citez|citer|citar|cita|citare|citeer\w*|cytuj\w*|zacytuj\w*)\b"
)
_ASKED = re.compile("|".join([_CITE, *map(_asking, _LANGUAGES.values())]), re.IGNORECASE)


class Words(Config):
    """The response is short enough."""

    point: str = "concise"
    """The point of the rubric that fails with it."""
    under: int = Field(default=200, ge=2)
    """The response has fewer words than this. A Chinese or Japanese character counts as a word, as word processors
    count.
    """


class SameLanguage(Config):
    """The response is in the instruction's language, where both can be told."""

    point: str = "tone"
    """The point of the rubric that fails with it."""


class HasSource(Config):
    """The response names a source: a link, a numbered reference, a standard, a paragraph of a law, a work with its
    year."""

    point: str = "sources"
    """The point of the rubric that fails with it."""
    when: Literal["asked", "always"] = "asked"
    """`asked`: only of instructions that ask for a source, a reference or a link, in eight languages."""


class Checks(Config):
    """The automatic checks of a campaign; null turns one off."""

    words: Words | None = Words()
    """How long a response may be."""
    language: SameLanguage | None = SameLanguage()
    """Whether the languages are the same."""
    source: HasSource | None = HasSource()
    """Whether a source is named."""

    def points(self) -> tuple[str, ...]:
        """The points of the rubric that some check can fail."""
        return tuple(one.point for one in (self.words, self.language, self.source) if one is not None)


def failed_points(instruction: str, response: str, checks: Checks) -> Iterator[tuple[str, str]]:
    """The points that `response` fails, each with what was seen, in words without any of the text."""
    if checks.words and (count := len(_WORD.findall(response))) >= checks.words.under:
        yield checks.words.point, f"{count:,} words, and fewer than {checks.words.under:,} are asked for"
    if checks.language:
        asked, answered = _language(instruction), _language(response)
        if asked and answered and asked != answered:
            yield checks.language.point, f"asked in {asked}, answered in {answered}"
    wanted = checks.source and (checks.source.when == "always" or _ASKED.search(instruction))
    if checks.source and wanted and not _CITED.search(response):
        yield checks.source.point, "no link, reference or standard is named"


@lru_cache(maxsize=1 << 16)
def _language(text: str) -> str | None:
    """`language`, which is asked about the same texts by the pilot, of the annotators and for the rows."""
    return language(text)
