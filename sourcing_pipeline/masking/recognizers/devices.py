"""Device identifiers: MAC addresses and IMEIs.

Source: IEEE 802 notations (colons, hyphens, Cisco's dots); 3GPP TS 23.003 for the IMEI's 15 digits with
Luhn's check digit.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hit
from sourcing_pipeline.masking.recognizers.cards import luhn

_MAC = re.compile(
    r"(?<![\w:.-])(?:[0-9a-f]{2}(?P<mark>[:-])(?:[0-9a-f]{2}(?P=mark)){4}[0-9a-f]{2}"
    r"|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w:-])",
    re.I,
)
_IMEI = re.compile(r"\bimei\b.{0,20}?(?P<value>\d{2}[ -]?\d{6}[ -]?\d{6}[ -]?\d)\b", re.I)


def build(_config: Masking) -> "Devices":
    """The detector of ID_NUMBER for devices."""
    return Devices("ID_NUMBER")


class Devices(Recognizer):
    """Gives ID_NUMBER: 0.8 for a MAC address, 1 for an announced IMEI whose check digit holds."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for match in _MAC.finditer(text):
            if len(set(re.sub(r"\W", "", match[0]).casefold())) > 2 and any(map(str.isdigit, match[0])):
                yield hit(match, "ID_NUMBER", 0.8)
        for match in _IMEI.finditer(text):
            if luhn(re.sub(r"\D", "", match["value"])):
                yield hit(match, "ID_NUMBER", 1.0)
