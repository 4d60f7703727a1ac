"""Dates of birth: a date becomes personal by the words beside it, so each rule starts or ends with those words.

Source: the date orders of ISO 8601 and of en, de, fr, es, it, nl, pt usage; the cue words were collected from
forms in these languages. A year alone is no date.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hits

_MONTH = (
    r"(?:jan|feb|mar|apr|ma[yi]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|jän|mär|maa|mrt|mei|f[ée]v|avr|juin|juil|ao[uû]"
    r"|d[ée]c|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|out)[a-zéûäç]*\.?"
)
_NTH = r"(?:st|nd|rd|th|er|\.|º|°|ª)?"
_OF = r"(?:(?:of|de|del|di)\s+)?"
_DATE = (
    r"(?:\d{4}\s?[-./]\s?\d{1,2}\s?[-./]\s?\d{1,2}|\d{1,2}\s?[-./]\s?\d{1,2}\s?[-./]\s?\d{2,4}"
    r"|(?:0\d|[12]\d|3[01])\s(?:0\d|1[0-2])\s(?:19|20)\d\d|(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d"
    rf"|\d{{1,2}}{_NTH}[\s-]+{_OF}{_MONTH},?(?:[\s-]+{_OF}['’]?\d{{2,4}}(?![:.]\d))?"
    rf"|(?:19|20)\d\d[\s-]+{_MONTH}[\s-]+\d{{1,2}}"
    rf"|{_MONTH}[\s-]+(?:the\s+)?\d{{1,2}}{_NTH}(?!\d),?(?:\s+['’]?\d{{2,4}}(?![:.]\d))?)"
)
_DAY_WORD = (
    r"(?:d\.?o\.?b\.?|date\s+of\s+birth|birth\s?date|birthday|geburtsdatum|geburtstag|geb\.?-?datum"
    r"|date\s+de\s+naissance|anniversaire|fecha\s+de\s+nacimiento|cumplea[ñn]os|data\s+di\s+nascita|compleanno"
    r"|geboortedatum|verjaardag|data\s+de\s+nascimento|anivers[áa]rio)"
)
_CUE = (
    rf"(?:\bborn(?:\s+(?:on|in))?|\b{_DAY_WORD}"
    r"|\bgeboren(?:\s+(?:am|wurde|op))?|\bgeb\.|\bnée?(?:\(e\))?(?:\s+le)?|\bnaissance"
    r"|\bnac(?:ido|ida|í)(?:\s+el)?|\bnacimiento|\bnat[oa](?:\s+il)?|\bnascita|\bnascid[oa](?:\s+em)?|\bnasci(?:\s+em)?"
    r"|\bnascimento)"
)
_BORN = re.compile(
    rf"{_CUE}\b(?:(?!\b(?:order|ship|deliver|purchase|bought|gift|party|present|offer|coupon))[^\n\d]){{0,25}}?"
    rf"[:\s(,=\"']\s*(?P<value>{_DATE})(?![\d/-])",
    re.I,
)
_BORN_AFTER = re.compile(
    rf"\b(?:(?:am|le|el|il|op|em)\s+)?(?P<value>{_DATE})\s+(?:geboren|née?\b|nac[ií]|\(?(?:is|was|ist|est|es|è|é)?\s*"
    rf"(?:my|her|his|mein|ihr|sein|ma|mon|mi|la mia|mijn|a minha)?\s*{_DAY_WORD}\b)",
    re.I,
)
_DOT_CUE = re.compile(rf"(?:\bgeb\.|\bd\.o\.b\.|\bnasc\.)\s*(?:am\s*)?:?\s*(?P<value>{_DATE})(?![\d/-])", re.I)
_WORDS = re.compile(
    r"born|birth|geb|n[ée]e?\b|naiss|nac|nasc|nat[oa]|anniv|aniv|cumple|complea|verjaar|d\.?o\.?b", re.I
)


def build(_config: Masking) -> "DatesOfBirth":
    """The detector of DATE_OF_BIRTH."""
    return DatesOfBirth("DATE_OF_BIRTH")


class DatesOfBirth(Recognizer):
    """Gives DATE_OF_BIRTH with score 0.9."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if not any(map(str.isdigit, text)) or not _WORDS.search(text):
            return
        for pattern in (_BORN, _BORN_AFTER, _DOT_CUE):
            yield from hits(pattern, text, "DATE_OF_BIRTH", 0.9)
