"""Numbers that a state gives a person: social security, tax, identity card, passport, driving licence.

Sources: US SSA rules for SSNs (no area 000, 666; no group 00; no serial 0000); HMRC's NIM39110 for the UK
NINO; the check letter of the Spanish DNI/NIE (BOE-A-1990-8135, number modulo 23); the key of the French NIR
(97 minus number modulo 97); ICAO 9303 for passports (up to nine letters and digits). What has no check of
its own needs its name before it.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, before, hit, hits

_SSN = re.compile(r"(?<![\w.-])(?!000|666)\d{3}(?P<mark>[- ])(?!00)\d{2}(?P=mark)(?!0000)\d{4}(?![\w-])")
_NINO = re.compile(
    r"(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?P<mark> "
    r"?)\d{2}(?P=mark)\d{2}(?P=mark)\d{2} ?[A-D](?!\w)",
    re.I,
)
_DNI = re.compile(
    r"(?<!\w)(?P<lead>[XYZ])?[- ]?(?P<number>\d{7,8}"
    r"|\d{1,2}\.\d{3}\.\d{3})[- ]?(?P<letter>[A-HJ-NP-TV-Z])(?!\w)",
    re.I,
)
_NIR = re.compile(r"(?<!\w)(?P<number>[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}) ?(?P<key>\d{2})(?!\w)")
_SSN_WORD = re.compile(r"\b(?:ssn|social|security)\b")
_OF = r"(?:\s*(?:number|num|no\.?|nr\.?|nº|n°|numéro|número|id))?"
_IS = r"\s*(?:\([^)\n]{0,20}\)\s*)?(?:\s?(?:is|was|ist|lautet|est|es|:|=|#|-|,|le|el|la|die)\b|[:=#,-])*\s*[:#]?\s*"
_LETTERED = re.compile(
    r"\b(?:passport|passeport|pasaporte|reisepass\w*|pass(?:nummer|-?nr\.?)|(?:personal)?ausweis\w*|carte\s+d'identité|identity\s+card"
    rf"|id|identity|numéro\s+d'identité|número\s+de\s+identidad){_OF}{_IS}(?P<value>(?-i:[A-Z0-9]{{7,10}}))(?!\w)",
    re.I,
)
_ANNOUNCED = re.compile(
    r"(?:\b(?:social\s+security|ssn|social\s+insurance|national\s+insurance|nino|national\s+id"
    r"|identity\s+card|id\s+card|tax\s+id|tin|passport"
    r"|driver'?s?\s+licen[cs]e|driving\s+licen[cs]e|dl|medicare|nhs|personalausweis\w*|ausweis\w*"
    r"|reisepass\w*|pass(?:nummer|-?nr\.?)|führerschein\w*"
    r"|steuer-?(?:id|identifikationsnummer|nummer)|sozialversicherungs\w*|rentenversicherungs\w*|passeport"
    r"|carte\s+d'identité|permis\s+de\s+conduire|sécurité\s+sociale"
    r"|pasaporte|dni|nie|nif|seguridad\s+social|carnet\s+de\s+conducir|aadhaar|pesel|cpf|bsn))"
    rf"{_OF}{_IS}(?P<value>(?=[A-Z0-9]{{0,8}}(?:[ ./-]?[A-Z]?\d){{4}})"
    rf"[A-Z]{{0,4}}\d[A-Z0-9]{{0,10}}(?:[ ./-][A-Z]?\d[A-Z0-9]{{0,10}}){{0,5}})(?!\w)",
    re.I,
)
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def build(_config: Masking) -> "IdNumbers":
    """The detector of ID_NUMBER for persons."""
    return IdNumbers("ID_NUMBER")


class IdNumbers(Recognizer):
    """Gives ID_NUMBER: 1 where a check digit holds, 0.85 for the shapes of SSN and NINO, 0.8 for announced
    numbers.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for match in _SSN.finditer(text):
            if match["mark"] == "-" or _SSN_WORD.search(before(text, match.start())):
                yield hit(match, "ID_NUMBER", 0.85)
        yield from hits(_NINO, text, "ID_NUMBER", 0.85)
        for match in _DNI.finditer(text):
            lead = (match["lead"] or "").upper()
            number = match["number"].replace(".", "")
            if (
                len(number) + len(lead) == 8
                and _LETTERS[int(f"{'XYZ'.find(lead) if lead else ''}{number}") % 23] == match["letter"].upper()
            ):
                yield hit(match, "ID_NUMBER", 1.0)
        for match in _NIR.finditer(text):
            number = match["number"].replace(" ", "").replace("2A", "19").replace("2B", "18")
            if 97 - int(number) % 97 == int(match["key"]):
                yield hit(match, "ID_NUMBER", 1.0)
        for pattern in (_ANNOUNCED, _LETTERED):
            yield from hits(pattern, text, "ID_NUMBER", 0.8)
