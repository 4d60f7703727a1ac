"""SPDX licence ids: which exist, and what a source's own wording means."""

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

if TYPE_CHECKING:
    from license_expression import Licensing

PROPRIETARY = "LicenseRef-Proprietary"


@cache
def _spdx() -> "Licensing":
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def spdx_id(text: str) -> str | None:
    """The SPDX id or `LicenseRef-…` that `text` names (case and spaces forgiven), or None when it names none.

    `CC BY-SA 4.0` → `CC-BY-SA-4.0`, `mit` → `MIT`. Names that could mean several licences (`GPL`) give None:
    a licence is never guessed.
    """
    cleaned = re.sub(r"\s+", "-", text.strip())
    if re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", cleaned):
        return cleaned
    return _known().get(cleaned.lower())


@cache
def _known() -> dict[str, str]:
    """Every SPDX licence id by its lower-case spelling."""
    symbols = _spdx().known_symbols.items()
    return {key.lower(): key for key, symbol in symbols if not getattr(symbol, "is_exception", False)}


def _checked(text: str) -> str:
    found = spdx_id(text)
    if found is None:
        raise ValueError(f"{text!r} is no SPDX licence id; see https://spdx.org/licenses, or use LicenseRef-<name>")
    return found


License = Annotated[str, AfterValidator(_checked)]
"""A recipe field that holds one SPDX id or `LicenseRef-…`."""
