"""Credentials: keys with a vendor's prefix, private keys, tokens, and passwords or codes that are
announced.

Sources: the prefixes that the vendors publish for secret scanning (GitHub, AWS, Google, Slack, Stripe,
OpenAI, Anthropic, GitLab, npm, PyPI, SendGrid, Twilio); RFC 7519 for JWTs, RFC 7468 for PEM; the cue words
were collected in en, de, fr, es. An announced value in a sentence must have a digit or a sign in it ("the
password is wrong" is no password), and a value that is code (`os.environ[...]`, `<password>`, `****`, a
type) is none.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hits

_KEYS = re.compile(
    r"(?<![\w-])(?:[a-z]{2,8}_(?:live|test|prod)_\w{16,120}|sk-(?:ant-|proj-|live-|test-)?[\w-]{16,200}|[srp]k_(?:live|test)_\w{10,120}"
    r"|whsec_\w{16,}|gh[pousr]_\w{20,255}|github_pat_\w{22,255}"
    r"|glpat-[\w-]{20,}|A(?:KIA|SIA)[0-9A-Z]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}|xox[abposr]-[\w-]{10,}"
    r"|npm_\w{36}|pypi-[\w-]{32,}|hf_\w{20,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|(?:SK|AC)[0-9a-f]{32}|dop_v1_[0-9a-f]{64}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})(?![\w-])"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_BEARER = re.compile(r"\b(?:bearer|basic)\s+(?P<value>(?=[\w.~+/-]*\d)[\w.~+/-]{16,}={0,2})", re.I)
_WORD = (
    r"(?:pass\s?word|passwd|pwd|pass\s?phrase|pass\s?code|passwort|kennwort|mot\s+de\s+passe|mdp"
    r"|contraseña|clave|api[\s_-]?(?:key|token|secret)|access[\s_-]?(?:key|token)"
    r"|secret(?:[\s_-]?(?:key|access[\s_-]?key))?|client[\s_-]?secret|auth[\s_-]?token|private[\s_-]?key"
    r"|token|credentials?)"
)
_SEPARATED = re.compile(
    rf"(?<![A-Za-z]){_WORD}(?:\s+(?:for|für|pour"
    rf"|para)\s+[\w-]+)?[\"']?\s*[:=]\s*[\"'`(]?(?P<value>(?![\"'`(<\[{{$*%])[^\s\"'`<>]{{4,128}})",
    re.I,
)
_SAID = re.compile(
    rf"\b{_WORD}\s+(?:(?:for|für|pour|para|to|of|on)\s+(?:\w+\s+){{1,3}})?(?:is|was|ist|lautet|war|est"
    rf"|était|es|era|to|:)\s+(?:still\s+|now\s+|jetzt\s+)?"
    r"[\"'`“«„]?(?P<value>[^\s\"'`“”«»<>]{4,128})",
    re.I,
)
_CODE = re.compile(
    r"\b(?:pin|cvv2?|cvc2?|security\s+code|verification\s+code|otp|tan|puk|one[- ]time\s+(?:code|password)"
    r"|prüfnummer|sicherheitscode|cryptogramme|código\s+de\s+seguridad)"
    r"(?:\s*(?:number|code|-?nummer))?\s*(?:is|was|ist|lautet|est|es|:|="
    r"|#)*\s*[:=]?\s*(?P<value>\d{3,8})(?![\w.,:-]\d|\w)",
    re.I,
)
_NOT_A_VALUE = re.compile(
    r"(?:str|string|int|none|null|true|false|undefined|optional|required|bool|text|varchar|char|secret"
    r"|password|passwort|token|key|self|this|args?|config|settings"
    r"|os|env|process|getenv|input|request|req|user|data|params?|options?|value|example|changeme|your|my"
    r"|the|a|an|wrong|incorrect|reset|expired|invalid|correct)\b(?!\d)",
    re.I,
)
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
        for pattern, score in ((_KEYS, 1.0), (_PEM, 1.0), (_BEARER, 0.9), (_CODE, 0.7)):
            yield from hits(pattern, text, "SECRET", score)
        for pattern, score in ((_SEPARATED, 0.9), (_SAID, 0.8)):
            for match in pattern.finditer(text):
                value = match["value"].rstrip(".,;:)]}")
                if self._secret(value, said=pattern is _SAID):
                    yield Hit(match.start("value"), match.start("value") + len(value), "SECRET", score)

    @staticmethod
    def _secret(value: str, said: bool) -> bool:
        if len(value) < 4 or _NOT_A_VALUE.match(value) or _CALL.match(value):
            return False
        strong = any(map(str.isdigit, value)) or re.search(r"[^\w.,'’-]", value) is not None
        mixed = re.search(r"[a-z][A-Z]", value) is not None
        return strong or mixed or (not said and len(value) >= 8 and value.isascii() and not value.isalpha())
