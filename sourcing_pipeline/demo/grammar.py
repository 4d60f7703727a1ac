"""The small template language of the text banks: [a|b] picks one, %slot% is filled in."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from .spans import Text

SLOT = re.compile(r"%([a-z_][a-z0-9_]*)%")
Resolver = Callable[[str], Text]


def choose(template: str, rng: random.Random) -> str:
    """Replace each [a|b|c] by one of its alternatives; brackets without a bar stay as they are."""
    out: list[str] = []
    index = 0
    while index < len(template):
        if template[index] == "[":
            end = _closing(template, index)
            options = _options(template[index + 1 : end]) if end else []
            if len(options) > 1:
                out.append(choose(rng.choice(options), rng))
                index = end + 1
                continue
        out.append(template[index])
        index += 1
    return "".join(out)


def fill(template: str, resolve: Resolver) -> Text:
    """Replace each %slot% by the text that the resolver gives for it."""
    result, last = Text(), 0
    for match in SLOT.finditer(template):
        result = result + template[last : match.start()] + resolve(match[1])
        last = match.end()
    return result + template[last:]


def expand(template: str, rng: random.Random, resolve: Resolver) -> Text:
    """Choose the alternatives, then fill the slots."""
    return fill(choose(template, rng), resolve)


def _closing(template: str, start: int) -> int:
    depth = 0
    for index in range(start, len(template)):
        depth += {"[": 1, "]": -1}.get(template[index], 0)
        if depth == 0:
            return index
    return 0


def _options(inner: str) -> list[str]:
    options, depth = [""], 0
    for char in inner:
        depth += {"[": 1, "]": -1}.get(char, 0)
        if char == "|" and depth == 0:
            options.append("")
        else:
            options[-1] += char
    return options
