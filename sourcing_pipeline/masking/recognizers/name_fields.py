"""Names in the fields of JSON, XML, logs and tables.

Source: schema.org's, vCard's (RFC 6350) and common CRMs' names of fields. A value is believed when a word of it is a
frequent given name, or it has two words and none is common in English; after a field that can only hold a person's
name, one word that is not common is enough.
"""

from collections.abc import Iterator

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.evidence import commonness
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hit
from sourcing_pipeline.masking.recognizers.names import given
from sourcing_pipeline.masking.words import GIVEN_NAMES, GROUPS, NOT_NAMES, PARTICLES

_PERSONAL = (
    r"(?i:(?:first|last|given|family|full|middle|maiden|sur|nick|fore|display|real|customer|client|contact|patient"
    r"|employee|member|guest|passenger|recipient|sender|owner|holder|(?:account|card)[ _-]?(?:holder|owner)|billing"
    r"|shipping|payer|beneficiary|author|assignee|reporter|requester|agent|manager)[ _-]?name|surname"
    r"|vor-?(?:und[ _-]?nach)?name|nachname|prenom|prénom|nombre|apellidos?|nome|cognome|voornaam|achternaam|sobrenome"
    r"|apelido|customer|requester|assignee|reporter|submitter|recipient|sender)"
)
_KEY = rf"(?P<key>{_PERSONAL}|(?i:name))"
_VALUE = r"(?P<value>\p{L}[\p{L}\p{M}'’., -]{1,40}?[\p{L}\p{M}.])"
_PATTERNS = (
    regex.compile(rf"(?<![\p{{L}}\d])\\?[\"']?{_KEY}\\?[\"']?[ ]?(?:=>|[:=])\s?(?P<mark>\\?[\"']){_VALUE}(?P=mark)"),
    regex.compile(rf"<(?:\w+:)?{_KEY}>\s*{_VALUE}\s*</"),
    regex.compile(
        rf"(?<![\p{{L}}\d]){_KEY}=(?P<value>\p{{Lu}}[\p{{L}}'’-]+(?:[ ]\p{{Lu}}[\p{{L}}'’-]+)?)"
        r"(?=[ ]?(?:[;,|&\n)]|$|\w+=))"
    ),
)
_COMMON = 4.0


def build(_config: Masking) -> "NameFields":
    """The detector of NAME in named fields."""
    return NameFields("NAME")


class NameFields(Recognizer):
    """Gives NAME with score 0.8."""

    announced_in_code = True

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if not any(mark in text for mark in "\"'<="):
            return
        for pattern in _PATTERNS:
            for match in pattern.finditer(text):
                if _believed(match["value"], alone=match["key"].casefold() != "name"):
                    yield hit(match, "NAME", 0.8)


def _believed(value: str, alone: bool) -> bool:
    """Whether the value of a field is a person's name; `alone`, that one word is enough."""
    words = [word.casefold().strip(".,") for word in value.split()]
    telling = [word for word in words if word not in PARTICLES and len(word) > 1]
    refused = GROUPS | (NOT_NAMES - GIVEN_NAMES)
    if not telling or len(words) > 5 or not refused.isdisjoint(telling) or any("." in word for word in telling):
        return False
    written = value[0].isupper()
    if any(map(given, telling)) or (len(telling) > 1 and telling[0] in GIVEN_NAMES):
        return written or alone or len(telling) > 1
    enough = written and not value.isupper() and (alone or len(telling) > 1)
    return enough and all(commonness(word, "en") < _COMMON for word in telling)
