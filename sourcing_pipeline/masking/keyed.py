"""The keyed hash that replacements are drawn from: without the key, nobody can try values until one fits."""

import hmac


def keyed(key: bytes, purpose: str, entity: str, value: str) -> bytes:
    """The 32 bytes of HMAC-SHA256 (RFC 2104) for a normalised value; each purpose has bytes of its own.

    Neither `purpose` nor `entity` may hold a NUL, which parts them.
    """
    return hmac.digest(key, f"{purpose}\0{entity}\0{value}".encode("utf-8", "surrogatepass"), "sha256")
