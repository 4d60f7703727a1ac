"""Credentials: keys with a vendor's prefix, private keys, tokens, and passwords or codes that are
announced.

Sources: the rules of detect-secrets 1.5 for vendors' keys (AWS, Azure, GitHub, GitLab, IBM, Slack, SendGrid,
Twilio, ...); beside them the prefixes that OpenAI, Anthropic, Google, GitHub (fine-grained), Stripe (test and
webhook), npm, Hugging Face, Artifactory and DigitalOcean publish, which it lacks or reads too widely; RFC 7519
for JWTs, RFC 7468 and PGP for private keys, RFC 3986 for a password in a link (`urls` takes the whole link, which is
left alone inside code); the cue words were collected in en, de, fr, es, it, nl, pt. An announced value in a sentence
must have a digit or a sign in it ("the password is wrong" is no password), and a value that is code
(`os.environ[...]`, `<password>`, `****`, a type) is none.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hits

_LONG = re.compile(r"[\w+/=-]{12,}")
_LEFT_OUT = frozenset(
    {
        "ArtifactoryDetector",  # takes every code that begins with AP and a digit
        "BasicAuthDetector",  # `urls` takes the whole link
        "IPPublicDetector",  # `ip`
        "JwtTokenDetector",  # stops before the signature
        "NpmDetector",  # takes the rest of the line
        "PrivateKeyDetector",  # finds the first line alone
    }
)
_KEYS = re.compile(
    r"(?<![\w-])(?:[a-z]{2,8}_(?:live|test|prod)_(?=\w*\d)\w{16,120}|sk-(?=[\w-]*\d)[\w-]{16,200}"
    r"|whsec_\w{16,}|github_pat_\w{22,255}|AKCp\w{10,}|AIza[\w-]{35}|ya29\.[\w-]{20,}|npm_\w{36}|hf_(?=\w*\d)\w{20,}"
    r"|dop_v1_[0-9a-f]{64}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})(?![\w-])"
)
_PEM = re.compile(
    r"-----BEGIN (?P<kind>[A-Z ]*PRIVATE KEY(?: BLOCK)?)-----.*?(?:-----END (?P=kind)-----|\Z)", re.DOTALL
)
_BEARER = re.compile(r"\b(?:bearer|basic)\s+(?P<value>(?=[\w.~+/-]*\d)[\w.~+/-]{16,}={0,2})", re.I)
_WORD = (
    r"(?:pass\s?word|passwd|pwd|pass\s?phrase|pass\s?code|passwort|kennwort|mot\s+de\s+passe|mdp"
    r"|contraseña|clave|wachtwoord|senha|palavra-passe|api[\s_-]?(?:key|token|secret)|access[\s_-]?(?:key|token)"
    r"|secret(?:[\s_-]?(?:key|access[\s_-]?key))?|client[\s_-]?secret|auth[\s_-]?token|private[\s_-]?key"
    r"|token|credentials?)"
)
_WORDS = (
    "pass",
    "pwd",
    "kennwort",
    "mdp",
    "contraseña",
    "clave",
    "senha",
    "wachtwoord",
    "key",
    "token",
    "secret",
    "cred",
)
_SEPARATED = re.compile(
    rf"(?<![A-Za-z]){_WORD}(?:\s+(?:for|für|pour|para|per|voor)\s+[\w-]+)?[\"']?(?:\s*:\s*|[ \t]*=[ \t]*)[\"'`(]?"
    r"(?P<value>(?![\"'`(<\[{$*%])[^\s\"'`<>]{4,128})",
    re.I,
)
_SAID = re.compile(
    rf"\b{_WORD}\s+(?:(?:for|für|pour|para|per|voor|to|of|on)\s+(?:\w+\s+){{1,3}})?"
    r"(?:is|was|ist|lautet|war|est|était|es|era|è|é|to|:)\s+(?:still\s+|now\s+|jetzt\s+)?"
    r"[\"'`“«„]?(?P<value>[^\s\"'`“”«»<>]{4,128})",
    re.I,
)
_IN_LINK = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s/?#@:'\"]{0,64}:(?P<value>[^\s/?#@'\"{}<>$%*]{3,128})@", re.I)
_CODE = re.compile(
    r"\b(?:pin|pincode|cvv2?|cvc2?|security\s+code|verification\s+code|otp|tan|puk|one[- ]time\s+(?:code|password)"
    r"|prüfnummer|sicherheitscode|cryptogramme|código\s+de\s+(?:seguridad|segurança)|codice\s+di\s+sicurezza"
    r"|beveiligingscode)(?:\s*(?:number|code|-?nummer))?\s*(?:is|was|ist|lautet|est|es|è|é|:|="
    r"|#)*\s*[:=]?\s*(?P<value>\d{3,8})(?![\w.,:-]\d|\w)",
    re.I,
)
_NOT_A_VALUE = re.compile(
    r"(?:my|your)[_-]|(?:str|string|int|none|null|true|false|undefined|optional|required|bool|text|varchar|char|secret"
    r"|password|passwort|token|key|self|this|args?|config|settings"
    r"|os|env|process|getenv|input|request|req|user|data|params?|options?|value|example|changeme|your|my"
    r"|the|a|an|wrong|incorrect|reset|expired|invalid|correct)\b(?!\d)",
    re.I,
)
_VARIABLE = re.compile(r"[a-z_.]*(?:token|key|secret|password|passwd|pwd|credential)[a-z_.]*", re.I)
_CALL = re.compile(r"[\w.]+[\[(]|[\w]+(?:\.[a-zA-Z_]\w*)+$|\W+$|x{4,}$|\.\.\.|https?:|/|[a-z_]+,$", re.I)


def build(_config: Masking) -> "Secrets":
    """The detector of SECRET."""
    return Secrets("SECRET")


class Secrets(Recognizer):
    """Gives SECRET: 1 for a vendor's or PEM key, 0.9 after `password:` or `=`, 0.8 in a sentence, 0.7 for a
    PIN or code.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if any(any(map(str.isdigit, run[0])) for run in _LONG.finditer(text)):
            yield from _vendors(text)
            yield from hits(_KEYS, text, "SECRET", 1.0)
            yield from hits(_BEARER, text, "SECRET", 0.9)
        if "PRIVATE KEY" in text:
            yield from hits(_PEM, text, "SECRET", 1.0)
        if any(map(str.isdigit, text)):
            yield from hits(_CODE, text, "SECRET", 0.7)
        if "://" in text and "@" in text:
            yield from (
                found for found in hits(_IN_LINK, text, "SECRET", 0.9) if not _named(text[found.start : found.end])
            )
        folded = text.casefold()
        if not any(word in folded for word in _WORDS):
            return
        for pattern, score in ((_SEPARATED, 0.9), (_SAID, 0.8)):
            for match in pattern.finditer(text):
                value = match["value"].rstrip(".,;:)]}")
                if self._secret(value, said=pattern is _SAID):
                    yield Hit(match.start("value"), match.start("value") + len(value), "SECRET", score)

    @staticmethod
    def _secret(value: str, said: bool) -> bool:
        if len(value) < 4 or _NOT_A_VALUE.match(value) or _CALL.match(value) or _VARIABLE.fullmatch(value):
            return False
        strong = any(map(str.isdigit, value)) or re.search(r"[^\w.,'’-]", value) is not None
        mixed = re.search(r"[a-z][A-Z]", value) is not None
        return strong or mixed or (not said and len(value) >= 8 and value.isascii() and not value.isalpha())


def _named(value: str) -> bool:
    """Whether a password's place in a link is taken by a word for it."""
    return _NOT_A_VALUE.match(value) is not None or _VARIABLE.fullmatch(value) is not None


def _vendors(text: str) -> Iterator[Hit]:
    """What detect-secrets finds that starts a word and has a digit, to the end of its word."""
    for pattern in _vendor_rules():
        for match in pattern.finditer(text):
            named = pattern.groups > 0 and len(match[1] or "") > 12  # shorter groups are prefixes of the key
            start, end = match.span(1 if named else 0)
            while end < len(text) and (text[end].isalnum() or text[end] in "_-"):
                end += 1
            inside = start > 0 and (text[start - 1].isalnum() or text[start - 1] in "_-")
            if not inside and any(map(str.isdigit, text[start:end])):
                yield Hit(start, end, "SECRET", 1.0)


@lru_cache(maxsize=1)
def _vendor_rules() -> tuple[re.Pattern[str], ...]:
    """The expressions of detect-secrets' plugins for vendors' keys; its entropy plugins have none."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    plugins: list[type] = sorted(get_mapping_from_secret_type_to_class().values(), key=lambda plugin: plugin.__name__)
    return tuple(
        pattern for plugin in plugins if plugin.__name__ not in _LEFT_OUT for pattern in getattr(plugin, "denylist", ())
    )
