"""Telephone numbers.

Source: E.164 and the national plans as Google's libphonenumber holds them (`phonenumbers`, the library
behind presidio's recognizer). One pass of our own expression proposes candidates, the library validates
them for each region of the recipe; its matcher is not run once per region, which costs twenty times as much
and takes order numbers for phones. A candidate without a + must be written in groups or have a telephone
word near it, and no order or date word.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, before

_CANDIDATE = re.compile(
    r"(?<![\w.,:/=#\-])(?:\+|00)?\(?\d(?:[ \u00a0]?[-.()/–\u2011][ \u00a0]?|[ \u00a0]?)"
    r"(?:\(?\d\)?(?:[ \u00a0]?[-.()/–\u2011][ \u00a0]?|[ \u00a0]?)){5,15}\d"
    r"(?:\s?(?:x|ext\.?|extension|durchwahl|poste)\s?\d{1,6})?(?![\w/=]|[.,:]\d|-\d)",
    re.I,
)
_PHONE = re.compile(
    r"\b(?:phone|phones|tel|telephone|mobile|cell|cellphone|call|calls|called|calling|ring|dial|reach|sms"
    r"|text(?:ed)?|fax|whatsapp|signal"
    r"|contact|number is|number:|landline|handy|mobil|anrufen?|rufen|rückruf|r[üu]f|durchwahl|erreichen"
    r"|erreichbar|nummer|"
    r"t[ée]l[ée]phone|t[ée]l|portable|appel(?:er|ez|le)|joindre|num[ée]ro|tel[ée]fono|m[óo]vil|llam\w+"
    r"|celular|n[úu]mero|messages to|telefono|telefoon)\b"
    r"|telefon|rufnummer"
)
_OTHER = re.compile(
    r"\b(?:order|ticket|invoice|case|ref(?:erence)?|id|ids|issue|bug|tracking|serial|version|build|commit"
    r"|rfc|port|sku|part|model|amount|total"
    r"|transaction|receipt|booking|confirmation|policy|claim|account|iban|card|zip|isbn|doi|pmid"
    r"|bestell\w*|rechnung\w*|kunden\w*|vorgang\w*"
    r"|auftrag\w*|commande|facture|dossier|pedido|factura|caso|expediente|line|error|code|timestamp|epoch"
    r"|bytes|ssn|passport)\b[^.\n]{0,14}$"
)
_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ]\d\d?[-./ ]\d\d?(?:[ T].*)?|\d\d?[-./]\d\d?[-./](?:19|20)?\d\d(?: \d.*)?"
    r"|(?:\d{1,3}\.){3}\d{1,3}"
    r"|(?:19|20)\d\d ?[-–] ?(?:19|20)\d\d|\d{1,3}(?:[ .,]\d{3})+|\d+\.\d+|(?:\d{1,4} ){4,}\d{1,4}"
)


def build(config: Masking) -> "Phone":
    """The detector of PHONE for the recipe's regions."""
    return Phone(config.phone_regions)


class Phone(Recognizer):
    """Gives PHONE: 0.95 with a +, 0.8 with a telephone word, 0.6 for a valid number that is written in
    groups.
    """

    def __init__(self, regions: tuple[str, ...]) -> None:
        super().__init__("PHONE")
        self._regions = regions

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for match in _CANDIDATE.finditer(text):
            value = match[0].rstrip(" (-./")
            score = self._score(value, before(text, match.start()), text[match.end() : match.end() + 2])
            if score:
                yield Hit(match.start(), match.start() + len(value), "PHONE", score)

    def _score(self, value: str, context: str, after: str) -> float:
        digits = sum(map(str.isdigit, value))
        international = value.startswith("+") or value.startswith("00")
        near = context.rpartition("\n\n")[2]
        named = _PHONE.search(near) is not None
        if digits < 7 or digits > 17 or after.strip().startswith(("%", "€", "$", "£")):
            return 0.0
        if international and (_valid(value, self._regions) or (named and digits >= 9)):
            return 0.95
        if _DATE.fullmatch(value):
            dialled = named and value.startswith(("0", "("))
            grouped = value.count(" ") >= 2 and value.startswith(("0", "6", "7", "9"))
            if not ((dialled or grouped) and _valid(value, self._regions)):
                return 0.0
        if _OTHER.search(near) and not named:
            return 0.0
        if named and not _OTHER.search(near[-16:]):
            return 0.8 if digits >= 8 or re.search(r"\D", value) else 0.0
        grouped = re.search(r"\d[ \-.()/–\u2011\u00a0]+\d", value) is not None
        return 0.6 if grouped and digits >= 9 and _valid(value, self._regions) else 0.0


@lru_cache(maxsize=4096)
def _valid(value: str, regions: tuple[str, ...]) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse

    for region in regions:
        try:
            if is_valid_number(parse(re.sub(r"^00", "+", value), region)):
                return True
        except NumberParseException:
            continue
    return False
