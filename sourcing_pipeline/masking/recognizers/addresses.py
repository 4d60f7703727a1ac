"""Street addresses, with the flat, postcode, city and country that follow.

Source: the postal unions' address templates (UPU S42) for en, de, fr, es and their neighbours: number
before the street (en, fr), after it (de, es, nordic), street types as prefix (rue, calle, via, ul.), suffix
(-straße, -vej, -gatan) or last word (Street, Road). UK postcodes are from BS 7666. A city or a country
alone is no address.
"""

from collections.abc import Iterator

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer
from sourcing_pipeline.masking.words import NOT_NAMES, word_set

_W = r"\p{Lu}[\p{L}\p{M}'’.\-]*"
_TYPES = (
    r"(?:Streets?|St|Avenue|Ave|Av|Roads?|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Courts|Ct|Place|Pl"
    r"|Square|Sq|Terrace|Ter|Way|Close|Crescent|Cres|Highway|Hwy"
    r"|Parkway|Pkwy|Circle|Cir|Trail|Trl|Alley|Row|Mews|Gardens|Grove|Walk|Broadway|Hill|Park|Pass|Mill"
    r"|Greens?|Bridge|Cliffs?|Extensions?|Loop|Path|Plaza|Quay|Rise|View|Wharf|Yard)"
)
_SUFFIX = (
    r"(?i:stra(?:ß|ss)e|str\.|gasse|weg|platz|allee|damm|ufer|chaussee|steig|stieg|brücke|graben|hof|vej"
    r"|gade|gatan|gata|vägen|veien|stræti|braut|"
    r"katu|kuja|tie|straat|laan|plein|gracht|kade|utca)"
)
_PREFIX = (
    r"(?i:rue|avenue|av\.|ave|boulevard|bd\.?|blvd|place|pl\.|chemin|allée|impasse|quai|cours|route|square"
    r"|passage|carrer|calle|c/|avenida|avda\.?|avd\.|paseo|p[ºo]\."
    r"|plaza|pza\.?|camino|carrera|ronda|travesía|via|viale|piazza|corso|largo|rua|praça|travessa|ul\."
    r"|ulica|al\.|os\.|trg)"
)
_PART = r"(?i:de|du|des|del|della|da|do|dos|di|la|le|les|los|las|el|et|y|e|sur|am|an|der|den|dem|im|zum|zur)"
_NUMBER = r"\d{1,5}(?:\s?(?:bis|ter|[A-Da-d])(?![\p{L}]))?(?:\s?[-/–]\s?\d{1,4}[a-z]?)?"
_NEXT = rf"(?:(?:[ \t]+{_PART}\b|[ \t]+[dl]['’])*[ \t]*{_W})"
_STREET = rf"""(?:
    (?:\d{{1,6}}[A-Za-z]?[ \t,]+){{1,2}}(?:[NSEW]\.?[ \t]+)?
      (?:(?:{_W}|\d{{1,3}}(?:st|nd|rd|th))[ \t]+){{1,4}}?{_TYPES}\b\.?(?:[ \t]+{_TYPES}\b)?
  | (?<![\p{{L}}\d])(?:\d{{1,6}}[ \t]+)?(?:{_W}[ \t-]+){{0,3}}[\p{{L}}-]{{2,}}{_SUFFIX}[ \t]+{_NUMBER}\.?
  | (?<![\p{{L}}\d])(?:\d{{1,6}}[ \t]+)?{_W}(?:[ \t]+{_W}){{0,2}}
      [ \t-]+(?i:stra(?:ß|ss)e|str\.|platz|allee|weg|ring|damm|ufer)[ \t]+{_NUMBER}
  | (?<![\p{{L}}\d])(?i:am|an\ der|auf\ der|im|unter\ den|zum|zur)[ \t]+{_W}(?:[ \t-]+{_W})?
      [ \t]+\d{{1,3}}[a-z]?(?=[ \t]*[,\n][ \t]*\d{{5}}[ \t])
  | (?:\d{{1,6}}[ \t]+)?{_NUMBER},?[ \t]+{_PREFIX}{_NEXT}
      (?:[ \t-]+(?:{_PART}[ \t]+)*{_W}){{0,4}}(?:[ \t]+\d{{1,4}}\b)?
  | (?<![\p{{L}}\d/])(?:\d{{1,6}}[ \t]+)?{_PREFIX}{_NEXT}(?:[ \t-]+(?:{_PART}[ \t]+)*{_W}){{0,4}}
      ,?[ \t]+(?:n[ºo°]\.?[ \t]?|núm(?:ero|\.)[ \t]?)?{_NUMBER}
  | \b\d{{1,6}}[ \t]+(?:{_W}[ \t]+){{1,5}}(?:\p{{Ll}}\.[ \t]+)?\d{{1,4}}[a-z]?\b\.?
  | \b\d{{1,6}}[ \t]+(?:(?:{_W})[ \t]+){{1,4}}(?=(?:Apt|Suite|Unit|Flat)\b)
  | \b(?:\d{{1,6}}[ \t]+)?(?:P\.?[ ]?O\.?[ \t]*Box|Postfach(?=[ \t]+[\d ]+\s*[,\n]\s*\d{{5}})|Apartado(?:\ de\ correos)?
      |Case\ postale|BP)[ \t]+\d{{1,7}}
)"""
_FLAT = r"""(?:[ \t]*,?[\s>]*(?:(?i:apt|apartment|suite|ste|unit|flat|floor|room|rm|bldg|building|appt?
      |appartement|bât|wohnung|whg|piso|puerta|escalera|étage)\.?
    [ \t]*\#?[ \t]*\d*[\p{L}]?\d*\b | \#[ \t]?\d{1,5}\b
    | \d{1,2}\.?[ºª](?:[ \t]*[A-Z]\b|[ \t]+(?i:izq|dcha|der)\w*\.?)?))"""
_UK = r"[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}"
_POSTAL = (
    rf"(?:\d{{5}}(?:-\d{{3,4}})?|\d{{3}}[ ]\d{{2,3}}|\d{{2}}-\d{{3}}|\d{{4}}(?:[ ]?[A-Z]{{2}})?"
    rf"|\d{{3}}|{_UK}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d)(?![\p{{L}}\d])"
)
_CITY = r"(?:St\.|\p{Lu}[\p{L}\p{M}'’\-]*)"
_PLACE = rf"{_CITY}(?:[ \t]+(?:(?i:am|an\ der|on|upon|sur|de|del|la)[ \t]+)?{_CITY}){{0,3}}"
_TAIL = rf"""{_FLAT}{{0,3}}(?:
    (?:[\s>]*[, \t\n>][\s>,]*(?:nan\b|{_PLACE})){{1,4}}[\s>,]*[, \t\n>][\s>,]*{_POSTAL}(?:,?[ \t]*[\s>]{_UK})?
  | [\s>]*[, \t\n>][\s>]*(?:[A-Z]{{1,2}}-)?{_POSTAL},?[ \t]+{_PLACE}
      (?:[ \t]*[,\n][ \t]*{_PLACE}(?=\s*(?:\n|$|[.,;!?])))?
  | [ \t]*,[ \t]*{_PLACE}(?:,[ \t]*{_PLACE}){{0,2}}
  | [\s>,]+(?:{_UK})
  | [ \t,]+{_PLACE}[ \t]+[A-Z]{{2}}\b
)?"""
_UNIT_FIRST = r"(?:(?i:flat|apt\.?|unit|suite|apartment)[ \t]+\d{1,4}[a-z]?,[ \t]*)?"
_FULL = regex.compile(rf"(?<![\p{{L}}\d])(?=[\p{{L}}\d]\D{{0,70}}\d){_UNIT_FIRST}{_STREET}{_TAIL}", regex.VERBOSE)
_LINES = regex.compile(
    rf"{_FLAT}?(?:\n[ >]*(?:nan|{_PLACE})(?=[ ]*(?:\n|$|[?.]))){{1,2}}(?:\n[ >]*{_POSTAL})?", regex.VERBOSE
)
_STRONG = regex.compile(
    rf"(?i:\b(?:the\ )?(?:corner\ of))[ \t]+(?:\d+[ \t]+)?.{{3,50}}?\ and[ \t]+[\p{{L}}'’.-]+(?:[ \t]+{_W}"
    rf"|[ \t]+(?i:{_TYPES})\b){{0,2}}(?:[ \t]+\d{{1,4}})?"
    rf"|(?:Unit[ ]\d+[ ]Box[ ]\d+|PSC[ ]\d+,?[ ]Box[ ]\d+"
    rf"|US[A-Z]{{1,4}}[ ]{_W}(?:[ ]{_W})?)[\s,>]+[DFA]PO[ ]A[AEP][ ]\d{{5}}"
    rf"|(?i:unit[ ]\d+[ ]box[ ]\d+|psc[ ]\d+,?[ ]box[ ]\d+)[\s,>]+(?i:[dfa]po[ ]a[aep][ ]\d{{5}})",
    regex.VERBOSE,
)
_CUED = regex.compile(
    r"(?i:\b(?:lives?|living|located|resid\w+|stay\w*|address(?:\ is)?|adresse(?:\ ist|\ est)?"
    r"|anschrift(?:\ ist)?|direcci[oó]n(?:\ es)?|domicilio|wohn\w+|habit\w+|vivo"
    r"|deliver\w*|ship\w*|sen[dt]|drops?\ you\ off|meet\ (?:me|you)|moved|taxi)\b(?:\s+(?:is|at|on|in|to"
    r"|en|à|au|a|it|unter|the\ north\ side\ of|the\ south\ side\ of))*\s*[:\s]\s*)"
    rf"(?P<value>(?:\d{{1,6}}[ \t]+)?{_W}(?:[ \t]+{_W}){{0,3}}[ \t]+\d{{1,4}}[a-z]?\b{_TAIL}"
    rf"|\d{{1,6}}[ \t]+{_W}(?:[ \t]+{_W}){{0,3}}{_TAIL})",
    regex.VERBOSE,
)
_TAILED = regex.compile(
    rf"(?<![\p{{L}}\d]){_W}(?:[ \t]+{_W}){{0,3}}[ \t]+\d{{1,4}}[a-z]?(?:[ "
    rf"\t]+{_W}){{0,2}}(?:{_FLAT}{_TAIL}|[ \t]*[,\n][ \t]*(?:[A-Z]{{1,2}}-)?\d{{4,5}}[ \t]+{_PLACE})",
    regex.VERBOSE,
)
_CODES = regex.compile(
    rf"(?<![\p{{L}}\d])(?P<uk>{_UK})(?![\p{{L}}\d])"
    rf"|(?i:\b(?:zip(?:\ ?code)?|postal\ code|post\ ?code|plz|postleitzahl|code\ postal|c[oó]digo\ postal"
    rf"|cp)\b[^\n\d]{{0,12}}?)(?P<value>{_POSTAL}(?:[ \t]+{_PLACE})?)"
    rf"|(?i:\b(?:wohne(?:n)?\ in|habite\ (?:à|au)|vivo\ en|live\ in))[ \t]+(?P<value>\d{{5}}[ \t]+{_PLACE})",
    regex.VERBOSE,
)
_LOWER = regex.compile(
    r"\b(?:\d{1,6}\s+)?[\p{Ll}-]{3,}(?:straße|strasse|vej|gade|gatan|vägen|veien|straat"
    r"|laan)\s+\d{1,4}[a-z]?\b"
    r"|\b\d{1,6}\s+(?:\p{Ll}{3,}\s+){1,3}(?:street|avenue|road|drive|lane|boulevard|court)\b(?:,?\s+(?:apt"
    r"|suite|unit|flat)\.?\s*\d+)?"
    r"|\b\d{1,6}\s+\p{Ll}{3,}(?:\s\p{Ll}{3,}){0,2}\s\d{1,4}\s(?:apt|suite|unit|flat)\.?\s\d{1,5}"
)
_STREET_WORD = regex.compile(rf"\b{_TYPES}\b|{_SUFFIX}\b|\b{_PREFIX}|^(?i:am|an der|auf der|im|unter den|zum|zur)\b")
_CLOSERS = word_set(
    """thanks thank regards best cheers sincerely yours kind warm hi hello hey dear please i we my the this
    that it phone email tel name order gruß grüße grüßen danke viele mit merci cordialement bien saludos
    gracias un tel mobile fax web website"""
)
_UNITS = word_set("may mai mayo jan feb mar apr jun jul aug sep oct nov dec") | word_set(
    """page step version chapter section figure table line port level day week year top windows python office
    error http part"""
)


def build(_config: Masking) -> "Addresses":
    """The detector of ADDRESS."""
    return Addresses("ADDRESS")


class Addresses(Recognizer):
    """Gives ADDRESS: 0.9 for military and corner forms, 0.8 for a street with its number, 0.7 and less
    where a cue decides.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if not any(map(str.isdigit, text)):
            return
        for pattern, score in ((_FULL, 0.8), (_CUED, 0.7), (_TAILED, 0.7)):
            for match in pattern.finditer(text, timeout=5):
                group = "value" if pattern is _CUED else 0
                start, end = match.span(group)
                if self._plausible(text[start:end]):
                    more = _LINES.match(text, end) if "\n" in text[start : end + 2] else None
                    if more is not None and _CLOSERS.intersection(regex.findall(r"\p{L}+", more[0].casefold())):
                        more = None
                    yield Hit(start, self._end(text, start, more.end() if more else end), "ADDRESS", score)
        for match in _STRONG.finditer(text):
            yield Hit(match.start(), match.end(), "ADDRESS", 0.9)
        for match in _LOWER.finditer(text):
            yield Hit(match.start(), match.end(), "ADDRESS", 0.6)
        for match in _CODES.finditer(text):
            start, end = match.span("value") if match["value"] else match.span("uk")
            yield Hit(start, end, "ADDRESS", 0.7)

    @staticmethod
    def _plausible(found: str) -> bool:
        words = [word.casefold() for word in regex.findall(r"\p{L}{2,}", found)]
        streets = _STREET_WORD.search(found) is not None
        if not words or any(word in _UNITS for word in words[:1]):
            return False
        return streets or not any(
            word in NOT_NAMES and word not in ("apt", "suite", "unit", "box") for word in words[:2]
        )

    @staticmethod
    def _end(text: str, start: int, end: int) -> int:
        found = text[start:end].rstrip(" \t\n,;.>")
        return start + len(found)
