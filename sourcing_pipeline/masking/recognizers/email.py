"""E-mail addresses, also spelled out ("maria (at) example (dot) com").

Source: RFC 5322 dot-atoms with RFC 5321's 64 characters before the @, RFC 6531's letters of any script,
domains of RFC 1035 labels with an alphabetic last one, RFC 5321's address literals ([192.0.2.1]). Unlike
presidio's recognizer no public-suffix list is asked (it would be fetched from the network), so addresses at
internal hosts with a dot are found too. `git@host:path` is a protocol, not a mailbox. The spoken words for @
and the dot were collected in en, de, fr, es, it, nl, pt.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hits

_W = r"\w\u0300-\u036f"
_SIGNS = r"!#$%&'*+/=?^{|}~-"
_LOCAL = rf"(?<![{_W}.%+'-])[\w{_SIGNS}](?:[{_W}.{_SIGNS}]{{0,62}}[{_W}{_SIGNS}])?"
_ADDRESS = re.compile(
    rf"{_LOCAL}[@＠](?:(?:[^\W_][{_W}-]{{0,62}}\.){{1,8}}(?:xn--[a-z0-9-]{{2,59}}|[^\W\d_]{{2,24}})(?![\w@])"
    r"|\[(?:IPv6:)?[0-9a-f.:]{4,45}\])",
    re.I,
)
_QUOTED = re.compile(r"\"[^\"\s@]{1,62}\"@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b", re.I)
_PROVIDER = (
    r"(?:gmail|googlemail|hotmail|outlook|live|yahoo|icloud|aol|proton(?:mail)?|gmx|web|t-online|orange|free|wanadoo"
    r"|libero|ziggo|uol|bol|sapo|yandex)"
)
_TOP = (
    r"(?:com|net|org|edu|gov|info|biz|io|co|ai|app|dev|eu|me|tv|de|fr|es|it|nl|pt|uk|ie|in|at|ch|be|lu|us|ca|au|nz|br"
    r"|pl|se|dk|no|fi|cz|hu|ro|gr|tr|ru|jp|cn|kr|sg|mx|ar|cl)"
)
_DOMAIN = r"(?:[\w-]{1,63}\.){1,4}[^\W\d_]{2,24}"
_SPACED = re.compile(
    rf"(?<![\w.])(?:[\w.+-]{{2,64}}\s?@\s?(?={_PROVIDER}\.[a-z])"
    rf"|(?=\w{{0,40}}[\d._+-])[^\W\d][\w.+-]{{1,63}}(?:\s@\s?|@\s|\sat\s))"
    rf"(?:[\w-]{{1,63}}\.){{1,4}}{_TOP}\b(?![\w@(/]|\.\w)",
    re.I,
)
_BRACKETED = re.compile(
    rf"(?<![\w.])[\w.+-]{{1,64}}\s?[\[({{]\s?(?:at|ät|@|arobase|arroba|chiocciola)\s?[\])}}]\s?(?:{_DOMAIN}\b"
    r"|[\w-]{1,63}(?:(?:\s?[\[({]\s?(?:dot|\.|punkt|point|punto|punt|ponto)\s?[\])}]\s?"
    r"|\s(?:dot|punkt|point|punto|punt|ponto)\s)[\w-]{1,63}){1,4}\b)",
    re.I,
)


def _spoken(at: str, dot: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w.])[\w.+-]{{1,64}}(?:@|\s{at}\s(?!(?:the|a|an|this|that|each|every)\b))"
        rf"[\w-]{{1,63}}(?:\s{dot}\s[\w-]{{1,63}}){{0,3}}\s{dot}\s{_TOP}\b",
        re.I,
    )


_SPELLED = (
    (" dot ", _spoken("at", "dot")),
    (" point ", _spoken("arobase", "point")),
    (" punto ", _spoken("(?:arroba|chiocciola)", "punto")),
    (" ponto ", _spoken("arroba", "ponto")),
    (" punt ", _spoken("apenstaartje", "punt")),
)


def build(_config: Masking) -> "Email":
    """The detector of EMAIL."""
    return Email("EMAIL")


class Email(Recognizer):
    """Gives EMAIL: score 1 for an address, 0.8 for a spelled-out one, 0.7 for one with spaces around its @."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if "@" in text or "＠" in text:
            for match in _ADDRESS.finditer(text):
                if not (match[0].startswith("git@") and text[match.end() : match.end() + 1] in (":", "/")):
                    yield from self._without_prefix(match)
            yield from hits(_QUOTED, text, "EMAIL", 1.0)
        if "@" in text or (" at " in text and "." in text):
            yield from hits(_SPACED, text, "EMAIL", 0.7)
        if "(" in text or "[" in text or "{" in text:
            yield from hits(_BRACKETED, text, "EMAIL", 0.8)
        folded = text.casefold()
        for dot, pattern in _SPELLED:
            if dot in folded:
                yield from hits(pattern, text, "EMAIL", 0.8)

    @staticmethod
    def _without_prefix(match: re.Match[str]) -> Iterator[Hit]:
        lead = re.match(r"(?:'+|[/=|#?&]+|(?:[\w.-]*[=/|])+)", match[0])
        local = re.split("[@＠]", match[0])[0]
        offset = len(lead[0]) if lead and len(lead[0]) < len(local) else 0
        yield Hit(match.start() + offset, match.end(), "EMAIL", 1.0)
