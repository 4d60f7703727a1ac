"""E-mail addresses, also spelled out ("maria (at) example (dot) com").

Source: RFC 5322 dot-atoms with RFC 5321's 64 characters before the @, domains of RFC 1035 labels with an
alphabetic last one. Unlike presidio's recognizer no public-suffix list is asked (it would be fetched from
the network), so addresses at internal hosts with a dot are found too. `git@host:path` is a protocol, not a
mailbox.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hit

_LOCAL = r"(?<![\w.%+'-])[\w!#$%&'*+/=?^{|}~-](?:[\w.!#$%&'*+/=?^{|}~-]{0,62}[\w!#$%&'*+/=?^{|}~-])?"
_ADDRESS = re.compile(
    _LOCAL + r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})(?![\w@])", re.I
)
_QUOTED = re.compile(r"\"[^\"\s@]{1,62}\"@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b", re.I)
_SPELLED = re.compile(
    r"(?<![\w.])[\w.+-]{1,64}(?:\s?[\[({]\s?(?:at|@)\s?[\])}]\s?|\sat\s(?!the\b|a\b|an\b|this\b|that\b"
    r"|each\b|every\b))"
    r"[\w-]{1,63}(?:(?:\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?|\sdot\s)[\w-]{1,63}){1,4}\b",
    re.I,
)
_SPELLED_DOMAIN = re.compile(
    r"(?<![\w.])[\w.+-]{1,64}\s?[\[({]\s?(?:at|@)\s?[\])}]\s?(?:[\w-]{1,63}\.){1,4}[a-z]{2,24}\b", re.I
)


def build(_config: Masking) -> "Email":
    """The detector of EMAIL."""
    return Email("EMAIL")


class Email(Recognizer):
    """Gives EMAIL: score 1 for an address, 0.8 for a spelled-out one."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if "@" in text:
            for match in _ADDRESS.finditer(text):
                if not (match[0].startswith("git@") and text[match.end() : match.end() + 1] in (":", "/")):
                    yield from self._without_prefix(match)
            yield from (hit(match, "EMAIL", 1.0) for match in _QUOTED.finditer(text))
        folded = text.casefold()
        if "dot" in folded or "(at" in folded or "[at" in folded or "(@" in folded or "[@" in folded:
            for pattern in (_SPELLED, _SPELLED_DOMAIN):
                yield from (hit(match, "EMAIL", 0.8) for match in pattern.finditer(text))

    @staticmethod
    def _without_prefix(match: re.Match[str]) -> Iterator[Hit]:
        lead = re.match(r"(?:'+|[/=|#?&]+|(?:[\w.-]*[=/|])+)", match[0])
        local = match[0].split("@")[0]
        offset = len(lead[0]) if lead and len(lead[0]) < len(local) else 0
        yield Hit(match.start() + offset, match.end(), "EMAIL", 1.0)
