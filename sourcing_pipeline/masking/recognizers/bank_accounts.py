"""IBANs, and account numbers that are announced as such.

Source: ISO 13616 with the lengths of the SWIFT IBAN registry, checked by ISO 7064 MOD 97-10. National
numbers (US routing and account, UK sort code, German Kontonummer, Indian IFSC) have no usable shape of
their own, so need context.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, before, hits

_LENGTHS = {
    15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU YE",
    31: "MT SC", 33: "RU", 32: "LC",
}  # fmt: skip
_LENGTH = {country: length for length, countries in _LENGTHS.items() for country in countries.split()}
_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ \-\u00a0]?[A-Za-z0-9]{4})")
_PIECE = re.compile(r"[ \-\u00a0]?([A-Za-z0-9])")
_IBAN = re.compile(r"\biban\b")
_ANNOUNCED = re.compile(
    r"\b(?:bank\s+account|account(?=[\s#:]*\d{8})|account\s+(?:number|no\.?|nr\.?)|acct\.?(?:\s+(?:number|no\.?))?"
    r"|routing(?:\s+(?:number|no\.?))?|aba(?:\s+number)?"
    r"|sort\s*code|kontonummer|konto-?nr\.?|kto\.?(?:-?nr\.?)?|blz|bankleitzahl"
    r"|num[ée]ro\s+de\s+compte(?:\s+bancaire)?"
    r"|n[úu]mero\s+de\s+cuenta|cuenta\s+bancaria)(?:\s+(?:number|no\.?|nr\.?))?"
    r"\s*(?:is|was|ist|lautet|est|es|number|:|=|#|-|,)*\s*#?(?P<value>\d(?:[ -]?\d){5,17})(?!\d|\.\d)",
    re.I,
)
_SORT_CODE = re.compile(r"\bsort\s*code\b.{0,12}?(?P<value>\d{2}[- ]?\d{2}[- ]?\d{2})\b", re.I)
_IFSC = re.compile(r"\bifsc\b.{0,12}?(?P<value>[A-Z]{4}0[A-Z0-9]{6})\b", re.I)


def checksum_holds(iban: str) -> bool:
    """Whether an IBAN without separators satisfies ISO 7064 MOD 97-10."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1


def _named(text: str, start: int) -> bool:
    return _IBAN.search(before(text, start, 25)) is not None


def build(_config: Masking) -> "BankAccounts":
    """The detector of PAYMENT for accounts."""
    return BankAccounts("PAYMENT")


class BankAccounts(Recognizer):
    """Gives PAYMENT: score 1 for a valid IBAN, 0.6 for a mistyped one after the word, 0.7 for announced
    numbers.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for match in _START.finditer(text):
            length = _LENGTH.get(match[0][:2].upper())
            end, value = self._read(text, match.start(), length or 34)
            whole = len(value) == length and not text[end : end + 1].isalnum()
            if whole and checksum_holds(value):
                yield Hit(match.start(), end, "PAYMENT", 1.0)
            elif len(value) >= 15 and sum(map(str.isdigit, value)) >= 8 and _named(text, match.start()):
                yield Hit(match.start(), end, "PAYMENT", 0.6)
        for pattern in (_ANNOUNCED, _SORT_CODE, _IFSC):
            yield from hits(pattern, text, "PAYMENT", 0.7)

    @staticmethod
    def _read(text: str, start: int, length: int) -> tuple[int, str]:
        end, value = start, ""
        while len(value) < length and (piece := _PIECE.match(text, end)):
            end, value = piece.end(), value + piece[1]
        return end, value
