"""Dates of birth: a date becomes personal by the words before it, so each rule starts with those words.

Source: the date orders of ISO 8601 and of en, de, fr, es usage; the cue words were collected from forms in
these languages.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hits

_MONTH = (
    r"(?:jan|feb|mar|apr|ma[yi]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|jän|mär|f[ée]v|avr|juin|juil|ao[uû]"
    r"|d[ée]c|ene|abr|ago|dic)[a-zéûä]*\.?"
)
_DATE = (
    r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}\s?[-./]\s?\d{1,2}\s?[-./]\s?\d{2,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.)?\s+(?:of\s+|de\s+)?{_MONTH},?(?:\s+(?:de\s+|del\s+)?\d{{2,4}})?"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s+\d{{4}})?)"
)
_CUE = (
    r"(?:\bborn(?:\s+(?:on|in))?|\bd\.?o\.?b\.?|\bdate\s+of\s+birth|\bbirth\s?date|\bbirthday"
    r"|\bgeboren(?:\s+(?:am|wurde))?|\bgeb\."
    r"|\bgeburtsdatum|\bgeburtstag|\bgeb\.?-?datum|\bnée?(?:\(e\))?(?:\s+le)?|\bdate\s+de\s+naissance"
    r"|\bnaissance"
    r"|\bnac(?:ido|ida|í)(?:\s+el)?|\bfecha\s+de\s+nacimiento|\bnacimiento|\bcumplea[ñn]os)"
)
_BORN = re.compile(rf"{_CUE}\b[^\n\d]{{0,25}}?[:\s(,]\s*(?P<value>{_DATE})(?![\d/-])", re.I)
_BORN_AFTER = re.compile(rf"\b(?:am|le|el)\s+(?P<value>{_DATE})\s+(?:geboren|née?\b|nac[ií])", re.I)
_DOT_CUE = re.compile(rf"(?:\bgeb\.|\bd\.o\.b\.)\s*(?:am\s*)?:?\s*(?P<value>{_DATE})(?![\d/-])", re.I)


def build(_config: Masking) -> "DatesOfBirth":
    """The detector of DATE_OF_BIRTH."""
    return DatesOfBirth("DATE_OF_BIRTH")


class DatesOfBirth(Recognizer):
    """Gives DATE_OF_BIRTH with score 0.9."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for pattern in (_BORN, _BORN_AFTER, _DOT_CUE):
            yield from hits(pattern, text, "DATE_OF_BIRTH", 0.9)
