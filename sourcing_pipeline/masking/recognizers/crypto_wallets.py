"""Addresses of crypto wallets, payment accounts that anyone can look into, and their private keys.

Sources: Bitcoin's base58check, which Litecoin, Dogecoin, Dash and Tron write too, and BIP 173/350 (bech32,
bech32m); python-stdnum decodes the one, presidio's CryptoRecognizer checks the other. A base58check value
longer than an address is a private key (WIF) or an account's key (BIP 32). EIP-55 for Ethereum: only an
address mixes capitals and small letters after 0x, so a mixed one is believed as it stands (its checksum needs
Keccak-256, which Python lacks), any other needs its word before it. Monero's 95 letters stand alone, Solana's
32 bytes in base58 need the word.
"""

import re
from collections.abc import Iterator
from hashlib import sha256

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, before

_LONG = re.compile(
    r"(?<!\w)(?:(?P<hex>0x[0-9a-fA-F]{40})"
    r"|(?P<bech32>(?:bc|tb|ltc|bnb|cosmos)1[a-z0-9]{38,87}|(?:BC|TB|LTC|BNB|COSMOS)1[A-Z0-9]{38,87})"
    r"|(?P<base58>[1-9A-HJ-NP-Za-km-z]{26,111}))(?!\w)"
)
_WORD = re.compile(
    r"\b(?:wallets?|crypto\w*|ethereum|eth|ether|erc-?20|usd[tc]|metamask|bitcoin|btc|solana|sol|phantom|deposit|withdraw\w*"
    r"|coinbase|binance|kraken|brieftasche|portefeuille|monedero|cartera|portafoglio|portemonnee|carteira)\b"
)
_ADDRESS_BYTES = 25
_KEY_BYTES = (37, 38, 82)


def build(_config: Masking) -> "CryptoWallets":
    """The detector of PAYMENT for wallets, and of SECRET for their keys."""
    return CryptoWallets("PAYMENT", "SECRET")


class CryptoWallets(Recognizer):
    """Gives PAYMENT: 1 where a checksum holds, 0.9 for the shapes of Ethereum's mixed case and Monero, 0.8 for a
    shape after its word, 0.6 for a mistyped one; SECRET: 1 for a key.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for match in _LONG.finditer(text):
            named = _WORD.search(before(text, match.start(), 60)) is not None
            found = _FORMS[match.lastgroup or ""](match[0], named)
            if found is not None:
                yield Hit(match.start(), match.end(), *found)


Found = tuple[str, float] | None


def _hex(value: str, named: bool) -> Found:
    if value[2:] not in (value[2:].lower(), value[2:].upper()):
        return "PAYMENT", 0.9
    return ("PAYMENT", 0.8) if named else None


def _bech32(value: str, named: bool) -> Found:
    from presidio_analyzer.predefined_recognizers import CryptoRecognizer

    if CryptoRecognizer.validate_bech32_address(value)[0]:  # type: ignore[no-untyped-call]
        return "PAYMENT", 1.0
    return ("PAYMENT", 0.6) if named else None


def _base58(value: str, named: bool) -> Found:
    from stdnum.bitcoin import b58decode

    decoded = b58decode(value)
    if sha256(sha256(decoded[:-4]).digest()).digest()[:4] == decoded[-4:]:
        if len(decoded) in _KEY_BYTES:
            return "SECRET", 1.0
        return ("PAYMENT", 1.0) if len(decoded) == _ADDRESS_BYTES else None
    if len(value) == 95 and value[0] in "48":
        return "PAYMENT", 0.9
    if not named:
        return None
    if len(decoded) == 32:
        return "PAYMENT", 0.8
    return ("PAYMENT", 0.6) if value[0] in "13" and len(decoded) == _ADDRESS_BYTES else None


_FORMS = {"hex": _hex, "bech32": _bech32, "base58": _base58}
