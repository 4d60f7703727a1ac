"""Payment cards.

Source: ISO/IEC 7812-1 (12 to 19 digits, the last by Luhn's formula) and the issuers' published ranges.
Without the word "card" near it, a number must be in a range with the length that goes with it: one in ten
order numbers passes Luhn. A number that runs on into an expiry date or a code is cut where the card ends.
"""

import re
from collections.abc import Iterator

from stdnum import luhn as stdnum_luhn

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, before

_BETWEEN = r"[ \-.\u00a0\u2009\u202f\u2010\u2011]"
_DIGITS = re.compile(rf"(?<![\w./-])(?<!\b\d,)\d(?:{_BETWEEN}?\d){{11,18}}(?![\w-]|\.\d)")
_GROUP = re.compile(r"\d+")
_RANGE = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-59]|6\d|[89]\d)\d{11}|220[0-4]\d{12}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}(?:\d{3})?|35(?:2[89]|[3-8]\d)\d{12}|(?:2131|1800)\d{11}|62\d{14,17}"
)
_CARD = re.compile(
    r"\b(?:card|cards|visa|master ?card|amex|american express|diners|maestro|discover|jcb|unionpay|rupay|cc|carte"
    r"|tarjeta|carta|cart[aã]o|betaalkaart|creditcard|pan|kk)\b|karte"
)
_OTHER = re.compile(
    r"\b(?:gift card|order|invoice|ticket|tracking|serial|sim|imei|iccid|bestell\w*|commande|pedido|ordine|encomenda)\b"
)


def luhn(number: str) -> bool:
    """Whether the digits of `number`, of any script, satisfy Luhn's formula (ISO/IEC 7812-1, annex B)."""
    return bool(stdnum_luhn.is_valid("".join(str(int(digit)) for digit in number)))


def build(_config: Masking) -> "Cards":
    """The detector of PAYMENT for card numbers."""
    return Cards("PAYMENT")


class Cards(Recognizer):
    """Gives PAYMENT: score 1 with a valid check digit, 0.6 for a mistyped number just after the word
    "card".
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for match in _DIGITS.finditer(text):
            number = re.sub(r"\D", "", match[0])
            context = before(text, match.start(), 60)
            named = _CARD.search(context) is not None
            if len(set(number)) < 2:
                continue
            if luhn(number) and (named or _RANGE.fullmatch(number)):
                yield Hit(match.start(), match.end(), "PAYMENT", 1.0)
            elif (part := _part(match[0])) is not None:
                yield Hit(match.start() + part[0], match.start() + part[1], "PAYMENT", 1.0)
            elif named and len(number) >= 13 and not _OTHER.search(context):
                yield Hit(match.start(), match.end(), "PAYMENT", 0.6)


def _part(run: str) -> tuple[int, int] | None:
    """Where in a run of at most six groups of digits a card of a known range stands between spaces, or None."""
    groups = [group.span() for group in _GROUP.finditer(run)]
    if not 2 <= len(groups) <= 6:
        return None
    for count in range(len(groups) - 1, 0, -1):
        for first in range(len(groups) - count + 1):
            start, end = groups[first][0], groups[first + count - 1][1]
            number = re.sub(r"\D", "", run[start:end])
            apart = not run[max(0, start - 1) : start].strip() and not run[end : end + 1].strip()
            if apart and _RANGE.fullmatch(number) and luhn(number):
                return start, end
    return None
