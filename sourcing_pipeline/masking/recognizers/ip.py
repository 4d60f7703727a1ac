"""IPv4 and IPv6 addresses.

Source: RFC 791 and RFC 4291 (zones of RFC 4007 included), validated by Python's `ipaddress`. Loopback,
unspecified and broadcast addresses, netmasks, networks written with a prefix (10.0.0.0/8) and the well-known
public resolvers are nobody's; versions are no addresses, be they announced ("firmware 1.2.3.4") or written
as a product's (`Chrome/120.0.0.0`, RFC 9110).
"""

import ipaddress
import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, before

_V4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?P<prefix>/\d{1,2})?(?![\w-]|\.\d)")
_V6 = re.compile(
    r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{1,4})?"
    r"(?:%[\w.~-]{1,15}\b)?(?P<prefix>/\d{1,3})?(?![\w:])",
    re.I,
)
_VERSION = re.compile(
    r"(?:\bv|\b(?:version|release|build|update|upgrade|ver|rev|revision|firmware|driver|kernel|patch|hotfix|sdk|plugin"
    r"|software|section|chapter|clause|paragraph|article|ios|ipados|macos|android|windows|chrome|firefox|java|jdk|php"
    r"|ruby|python|oid)\b\.?:?|§|==|>=|<=|~=|\b(?!ip[46]?/|tcp/|udp/)[a-z][\w.+-]*/)\s?$"
)
_RESOLVERS = frozenset({"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "208.67.222.222", "208.67.220.220"})


def build(_config: Masking) -> "Ip":
    """The detector of IP."""
    return Ip("IP")


class Ip(Recognizer):
    """Gives IP with score 0.9."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if text.count(".") >= 3:
            for match in _V4.finditer(text):
                if not _VERSION.search(before(text, match.start(), 16)) and self._somebody(match):
                    yield Hit(match.start(), match.end(), "IP", 0.9)
        if text.count(":") >= 2:
            for match in _V6.finditer(text):
                if len(match[0]) >= 6 and any(map(str.isdigit, match[0])) and self._somebody(match):
                    yield Hit(match.start(), match.end(), "IP", 0.9)

    @staticmethod
    def _somebody(match: re.Match[str]) -> bool:
        prefix = match["prefix"] or ""
        value = match[0].removesuffix(prefix)
        if ":" not in value:
            value = ".".join(part.lstrip("0") or "0" for part in value.split("."))
        try:
            address = ipaddress.ip_address(value)
            if prefix and ipaddress.ip_interface(f"{value}{prefix}").network.network_address == address:
                return False
        except ValueError:
            return False
        if value in _RESOLVERS or value.startswith(("255.", "0.")):
            return False
        return not (address.is_loopback or address.is_unspecified or address.is_multicast)
