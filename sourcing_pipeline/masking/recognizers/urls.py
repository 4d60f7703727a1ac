"""Links that carry a person: credentials, an e-mail address or a token in them, or a profile page.

Source: RFC 3986 (userinfo before the @); the parameter names were collected from unsubscribe, reset and
invitation links; profile paths as the named networks publish them. Other links are content and stay.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer

_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s<>\"'`\])}]+", re.I)
_USERINFO = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+:[^/?#@\s]+@", re.I)
_PARAMETER = re.compile(
    r"[?&#;](?:e-?mail|mail|user(?:name|_?id)?|login|token|access_token|auth|api_?key|key|secret"
    r"|sig(?:nature)?|code|session(?:id)?|sid|password|pwd"
    r"|phone|name|first_?name|last_?name|customer(?:_?id)?|invite|reset)=[^&#\s]{3,}|%40|@[\w-]+\.\w{2,}",
    re.I,
)
_PROFILE = re.compile(
    r"://(?:[\w-]+\.)*(?:linkedin\.com/in|facebook\.com/(?:profile\.php\?id=|people/)|xing\.com/profile"
    r"|instagram\.com|twitter\.com|x\.com"
    r"|tiktok\.com|t\.me|wa\.me|calendly\.com|orcid\.org|stackoverflow\.com/users|[\w.-]+/(?:users?"
    r"|profiles?|people|members?|u|(?=~)))(?:/|(?<=[=/])(?=[\w~]))[\w@.%~+-]{3,}/?[\w.%-]*/?$",
    re.I,
)


def build(_config: Masking) -> "Urls":
    """The detector of URL."""
    return Urls("URL")


class Urls(Recognizer):
    """Gives URL: 1 with credentials in it, 0.8 with personal parameters, 0.7 for a profile page."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if "://" not in text:
            return
        for match in _URL.finditer(text):
            url = match[0].rstrip(".,;:!?")
            end = match.start() + len(url)
            if _USERINFO.match(url):
                yield Hit(match.start(), end, "URL", 1.0)
            elif _PARAMETER.search(url):
                yield Hit(match.start(), end, "URL", 0.8)
            elif _PROFILE.search(url):
                yield Hit(match.start(), end, "URL", 0.7)
