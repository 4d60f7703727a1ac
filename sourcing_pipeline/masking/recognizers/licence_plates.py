"""Licence plates of vehicles.

Source: the current and the last series of each country: DVLA's INF104 (UK), FZV (DE), the SIV (FR), Real Decreto
2822/1998 (ES), DPR 474/2001 (IT), RDW's sidecodes (NL), AAMVA's state series (US), the Central Motor Vehicles
Rules (IN). presidio has three of these countries, whose patterns count on its context enhancer. All of them look
like part numbers, so a plate needs its word near it; "registration" or a vehicle alone, which companies, products
and prices have near them too, are enough for the shapes of a whole series only.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hit

_SERIES = (
    r"[A-Z]{2}\d{2}[ -]?[A-Z]{3}|[A-Z]{2}-\d{3}-[A-Z]{2}|[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?"
    r"|\d{4}[ -]?[BCDFGHJ-NPR-TV-Z]{3}|[A-Z]{2}[ -]?\d{2}[ -]?[A-Z]{1,2}[ -]?\d{4}"
)
_OTHERS = (
    r"[A-Z]\d{1,3}[ -]?[A-Z]{3}|[A-Z]{3}[ -]?\d{1,3}[A-Z]"  # UK until 2001, SE
    r"|[A-ZÄÖÜ]{1,3} [A-Z]{1,2} ?\d{1,4}[EH]?"  # DE without its hyphen
    r"|[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}|\d{2,4} ?[A-Z]{2,3} ?(?:\d{2}|2[AB])"  # FR, IT
    r"|[A-Z]{1,2}-\d{4}-[A-Z]{1,2}"  # ES until 2000
    r"|(?:\d{1,3}|[A-Z]{1,3})-(?:\d{2,3}|[A-Z]{2,3})-(?:\d{1,2}|[A-Z]{1,2})"  # NL, PT
    r"|[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}|\d{2} ?BH ?\d{4} ?[A-Z]{1,2}"  # IN
    r"|[A-Z]{2,3}[ -]?\d{3,5}|\d{3,4}[ -]?[A-Z]{2,3}|\d[A-Z]{3}\d{3}|[A-Z]{1,2}[ -]\d{3,6}[A-Z]?"  # US, AT, CH
    r"|[A-Z]{3}\d[A-Z]\d{2}|\d-[A-Z]{3}-\d{3}"  # BR, BE
)
_SHAPE = re.compile(rf"(?<![\w/.-])(?:(?P<series>{_SERIES})|{_OTHERS})(?![\w-]|\.\w)")
_PLATE = (
    r"\b(?:(?:licen[cs]e|number|registration|reg|car|vehicle)\s*plates?(?:\s*(?:number|no\.?|#))?"
    r"|plate\s*(?:number|no\.?|#)|vehicle\s+registration(?:\s+(?:mark|number|no\.?))?|vr[mn]"
    r"|(?:kfz-?|auto)?kennzeichen|nummernschild"
    r"|(?:(?:plaque|num[ée]ro)\s+d['’])?immatriculation|plaque(?:\s+min[ée]ralogique|(?!\s+d[eu]\b))"
    r"|matr[íi]cula|targa|kenteken(?:nummer)?|nummerplaat|placa(?!\s+(?:de|da|base|m))\b)(?!\w)"
)
_PLATES = re.compile(_PLATE, re.I)
_VEHICLE = re.compile(
    r"\b(?:car|vehicle|van|truck|lorry|motor(?:cycle|bike)|scooter|taxi|trailer|parked|dvla|reg(?:istration)?"
    r"|auto|wagen|fahrzeug|pkw|lkw|voiture|v[ée]hicule|moto|coche|veh[íi]culo|macchina|veicolo|voertuig|carro)\b",
    re.I,
)
_SAID = re.compile(
    rf"{_PLATE}(?:\s*\([^)\n]{{0,15}}\))?(?:\s?(?:is|was|ist|lautet|est|es|è|é|:|=|#|-)(?!\w))+\s*[\"'“„«]?"
    r"(?P<value>(?-i:(?=[A-Z -]*\d)(?=[\d -]*[A-Z])[A-Z\d]{1,8}(?:[ -][A-Z\d]{1,5}){0,2})"
    rf"|(?:{_SERIES}|{_OTHERS}))(?![\w-])",
    re.I,
)
_BESIDE = re.compile(rf"{_PLATE}\s*[\"'“„«]?(?P<value>{_SERIES})(?![\w-])", re.I)
_WHOLE = re.compile(r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?|[A-Z]{1,2}-\d{2,3}-[A-Z]{1,2}|[A-Z]{2} ?\d{3} ?[A-Z]{2}")
"""Plates of DE, FR, NL, PT and IT, believed after their word even if they begin with a make or a paper size."""

_NO_PLATE = re.compile(
    r"(?:JAN|FEB|MAR|APR|MAY|JUNE?|JULY?|AUG|SEPT?|OCT|NOV|DEC|USD|EUR|GBP|INR|PIN|ID|ISO|DIN|EN|BMW|VW|KIA|MG|RAL"
    r"|ZIP|PLZ|A|I)\b.*|.*(?<!-)\b(?:[AP]M|MM|CM|KM|KG|ML|MPH|EUR|USD|GBP)",
    re.I,
)


def build(_config: Masking) -> "LicencePlates":
    """The detector of LICENCE_PLATE."""
    return LicencePlates("LICENCE_PLATE")


class LicencePlates(Recognizer):
    """Gives LICENCE_PLATE: 0.85 where the word announces it, 0.75 near the word, 0.7 for a whole series near a
    vehicle.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if not any(map(str.isdigit, text)):
            return
        plates = [match.span() for match in _PLATES.finditer(text)]
        if plates:
            yield from (
                hit(match, "LICENCE_PLATE", 0.85)
                for pattern in (_SAID, _BESIDE)
                for match in pattern.finditer(text)
                if _WHOLE.fullmatch(match["value"]) or not _NO_PLATE.fullmatch(match["value"])
            )
        near = plates or [match.span() for match in _VEHICLE.finditer(text)]
        if not near:
            return
        for match in _SHAPE.finditer(text):
            believed = plates or match["series"]
            mixed = any(map(str.isalpha, match[0])) and any(map(str.isdigit, match[0]))
            if believed and mixed and not _NO_PLATE.fullmatch(match[0]) and _beside(match.span(), near):
                yield hit(match, "LICENCE_PLATE", 0.75 if plates else 0.7)


def _beside(place: tuple[int, int], words: list[tuple[int, int]]) -> bool:
    """Whether one of these words ends at most 40 characters before a place, or starts at most 30 after it."""
    return any(0 <= place[0] - end <= 40 or 0 <= start - place[1] <= 30 for start, end in words)
