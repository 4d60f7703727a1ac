"""Postcodes and towns that stand alone; with a street they are an ADDRESS. Wanted only where the recipe says so.

Source: the postcodes' shapes as the Universal Postal Union's country sheets tell them (those of GB, CA and IE are
believed by their shape, others after their word or before a town); towns from libphonenumber's geocoding data, which
names the places that telephone prefixes belong to. A town is believed after words that say where somebody lives, comes
from or was born; the words were collected in en, de, fr, es, it, nl, pt. Towns elsewhere in a sentence are left to the
model.
"""

from collections.abc import Iterator
from functools import cache

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hit
from sourcing_pipeline.masking.recognizers.names import given

_SHAPE = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d|[A-Z]\d[\dW][ ]?[A-Z\d]{4}|\d{4}[ ]?[A-Z]{2}\b"
    r"|\d{5}-\d{3,4}|\d{4}-\d{3}|\d{2}-\d{3}|\d{3}[ ]\d{2,3}|(?:[A-Z]{1,2}-)?\d{4,6})(?![\w-])"
)
_CUED = regex.compile(
    r"\b(?:post[ -]?code|postal[ ]code|zip(?:[ -]?code)?|plz|postleitzahl|code[ ]postal|c[oó]d(?:igo|\.)[ ]postal"
    r"|c\.p\.|cap|codice(?:[ ]di)?[ ](?:avviamento[ ])?postale|cep|pin[ ]?code|eircode)"
    rf"(?:[ ](?:is|was|ist|lautet|est|es|è|é|now|jetzt))*[ ]?[:=#]?[ ]?\"?(?P<value>{_SHAPE})",
    regex.I,
)
_BY_SHAPE = regex.compile(
    r"(?<![\w-])(?:(?:[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]?|GIR)[ ]\d[ABD-HJLNP-UW-Z]{2}"
    r"|[ABCEGHJ-NPRSTVXY]\d[A-Z][ ]\d[A-Z]\d"
    r"|[AC-FHKNPRTV-Y]\d[\dW][ ](?=\w{0,3}\d)(?=\w{0,3}[A-Z])[AC-FHKNPRTV-Y\d]{4})(?![\w-])"
)
_UNIT = regex.compile(r"\d(?:[GTP]B|[AP]M|HP|KW|PS)$")
_WORD = r"\p{Lu}[\p{L}'’.]*"
_SMALL = r"(?:am|an|der|die|im|in|bei|ob|de|del|della|la|le|les|sur|sous|el|do|da|dos|upon|of)"
_TOWN = rf"{_WORD}(?:[ -](?:{_SMALL}[ -]){{0,2}}{_WORD}){{0,3}}"
_BEFORE_TOWN = regex.compile(
    r"(?<![\w.,€$£#/-])(?P<code>(?:(?:D|A|CH|F|B|L|NL|I|E|P|PL|DE|FR|IT|ES|AT|BE)-)?"
    r"(?:\d{5}(?:-\d{3})?|\d{4}[ ]?[A-Z]{2}|\d{4}(?:-\d{3})?|\d{2}-\d{3}|\d{3}[ ]\d{2}))"
    rf"[ ]{{1,2}}(?P<town>{_TOWN})"
)
_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT"
    r"|V[AT]|W[AIVY])"
)
_AMERICAN = regex.compile(
    rf"(?<!\p{{L}})(?P<town>{_TOWN})(?:,?[ ]{_STATE},?(?P<code>[ ]{{1,2}}\d{{5}}(?:-\d{{4}})?)|,[ ]{_STATE})(?![\w-])"
)
_LIVING = regex.compile(
    r"(?:\b(?i:liv(?:e|es|ing)[ ](?:in|near)|based[ ]in|born[ ]in|i['’]?m[ ]from|(?:am|comes?)[ ]from"
    r"|moved?[ ](?:to|from)|resid(?:e|es|ing)[ ]in|(?:home|my)[ ]?town(?:[ ]is|:)|city(?:[ ]is|:)|town:"
    r"|wohn(?:e|t|en|haft)(?:[ ]\w+){0,2}[ ](?:in|bei)|komme[ ]aus|lebe[ ]in|geboren[ ]in|umgezogen[ ]nach|wohnort:?"
    r"|stadt:|ort:|habit(?:e|ons)(?:[ ]maintenant)?[ ]à|vis[ ]à|viens[ ]de|née?[ ]à|ville[ ]?:|viv(?:o|imos)[ ]en"
    r"|soy[ ]de|nac[ií][ ](?:en|a)|ciudad:|abito[ ]a|vivo[ ]a|sono[ ]di|nat[oa][ ]a|città:|woon(?:[ ]nu)?[ ]in"
    r"|kom[ ]uit|geboren[ ]te|woonplaats:?|plaats:|stad:|(?:moro|vivo|vive)[ ]em|sou[ ]de|nasci[ ]em|cidade:)[ ]"
    rf"|\b(?:[Ii]n|[Aa]us)[ ](?={_TOWN}[ ](?:wohne|lebe|geboren|aufgewachsen)\b))(?P<value>{_TOWN})"
)


def build(_config: Masking) -> "Locations":
    """The detector of LOCATION."""
    return Locations("LOCATION")


class Locations(Recognizer):
    """Gives LOCATION: 0.9 after a word for postcodes, 0.8 for a postcode or a state beside its town, 0.6 for others."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for match in _CUED.finditer(text):
            yield hit(match, "LOCATION", 0.9)
        for match in _BY_SHAPE.finditer(text):
            if not _UNIT.search(match[0]):
                yield hit(match, "LOCATION", 0.6)
        for match in _BEFORE_TOWN.finditer(text):
            if town := _known(match["town"]):
                yield Hit(match.start(), match.start("town") + len(town), "LOCATION", 0.8)
        for match in _AMERICAN.finditer(text):
            town = _known(match["town"])
            if match["code"] or (town == match["town"] and not given(town.casefold())):
                yield hit(match, "LOCATION", 0.8)
        for match in _LIVING.finditer(text):
            if town := _known(match["value"]):
                start = match.start("value")
                yield Hit(start, start + len(town), "LOCATION", 0.6)


def _known(words: str) -> str:
    """All of these words, or two or more of the first, that are a town; empty when they are none."""
    parts = words.rstrip(".").split(" ")
    shorter = [" ".join(parts[:count]) for count in range(len(parts) - 1, 1, -1)]
    return next((town for town in (" ".join(parts), *shorter) if town.casefold() in _towns()), "")


@cache
def _towns() -> frozenset[str]:
    """Names of towns, case-folded."""
    from phonenumbers.geodata import GEOCODE_DATA

    names = {name for found in GEOCODE_DATA.values() for name in found.values()}
    parts = {part.strip().casefold() for name in names for part in regex.split(r"/|, | - ", name)}
    return frozenset(part for part in parts if len(part) > 2 and not part.isdigit())
