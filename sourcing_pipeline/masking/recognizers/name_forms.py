"""Names by the order and form of their words: the family name first ("Lopez, Maria"), initials before it ("A. Lopez").

Source: the styles of address books and bibliographies. With the family name first, what follows the comma must be a
frequent given name or an initial, and both must fill a line or a field; after initials the word must not be common in
English.
"""

from collections.abc import Iterator

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.evidence import commonness
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hit
from sourcing_pipeline.masking.recognizers.names import CAPITAL, given, trim
from sourcing_pipeline.masking.words import NOT_NAMES

_REVERSED = regex.compile(
    rf"(?:^|(?<=\n)|(?<=[:;>\"][ \"]?))[ \t\"]*(?P<value>(?P<last>{CAPITAL}(?:-{CAPITAL})?),[ ]"
    rf"(?P<first>{CAPITAL}(?:[ ]{CAPITAL})?))(?=[ \t\"]*(?:[\n;<(\[]|$))"
)
_INITIALS = regex.compile(
    r"(?<![\p{L}\d.])(?!U\.[ ]?[SKN]\.|D\.C\.|P\.S\.|N\.B\.|A\.[ ]?M\.|P\.[ ]?M\.)(?P<value>(?:\p{Lu}\.[ -]?){1,3}"
    r"(?P<last>(?:(?:van|von|de|der|den|da|di|del)[ ]){0,2}\p{Lu}(?:['’]\p{Lu})?\p{Ll}+(?:-\p{Lu}\p{Ll}+)?))(?![\w(])"
)
_COMMON = 4.0


def build(_config: Masking) -> "NameForms":
    """The detector of NAME by how it is written."""
    return NameForms("NAME")


class NameForms(Recognizer):
    """Gives NAME: 0.7 with the family name first, 0.5 for initials before a rare word."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if "," in text:
            for match in _REVERSED.finditer(text):
                first = match["first"].casefold()
                if given(first.split()[0]) or first.endswith("."):
                    yield hit(match, "NAME", 0.7)
        if "." in text:
            for match in _INITIALS.finditer(text):
                last = match["last"].split()[-1].casefold()
                if last not in NOT_NAMES and commonness(last, "en") < _COMMON and trim(text, match.span("last")):
                    yield hit(match, "NAME", 0.5)
