"""Examples written with their finds marked: `Hi ⟦NAME|Maria⟧`."""

import re
from collections.abc import Sequence

from sourcing_pipeline.masking.replacement import Mode, replacements
from sourcing_pipeline.masking.spans import Rendering, Span

_MARK = re.compile(r"⟦([A-Z_]+)\|(.*?)⟧", re.S)

KEY = b"a key for tests"


def parsed(marked: str) -> tuple[str, list[Span]]:
    """A text without its marks, and the finds that they enclose."""
    text, spans, at = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        spans.append(Span(len(text), len(text) + len(match[2]), match[1], 1.0, "test"))
        text += match[2]
        at = match.end()
    return text + marked[at:], spans


def replaced(
    marked: Sequence[str], mode: Mode = "surrogate", key: bytes = KEY, language: str | None = None
) -> list[list[str]]:
    """What replaces each find of an example, per text."""
    texts, spans = zip(*map(parsed, marked), strict=True)
    return replacements(texts, spans, mode, key, language)


def rewritten(
    marked: Sequence[str], mode: Mode = "surrogate", key: bytes = KEY, language: str | None = None
) -> list[str]:
    """The texts of an example with its finds replaced."""
    new = replaced(marked, mode, key, language)
    return [Rendering(*parsed(text), row).text for text, row in zip(marked, new, strict=True)]
