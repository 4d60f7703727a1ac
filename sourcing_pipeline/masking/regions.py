"""Stretches of a text that the rules treat apart: code, links, and placeholders that are already there."""

import re
from bisect import bisect_right
from collections.abc import Iterable

PLACEHOLDER = re.compile(r"\[([A-Z](?:[A-Z_]*[A-Z])?)(?:_(\d+)|:[0-9a-f]{8})?\]")
"""`[NAME]`, `[NAME_2]`, `[NAME:3f9c2a1b]`: group 1 is the entity, group 2 its number (none for the first, and
for a hash).
"""

_CODE = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|<code\b.*?</code>|<pre\b.*?</pre>|(?<!`)`[^`\n]+`(?!`)",
    re.DOTALL | re.IGNORECASE,
)
_LINK = re.compile(r"\b(?:https?|ftp|s3|gs|ssh|jdbc:\w+)://[^\s<>\"']+|\bwww\.[^\s<>\"']+", re.IGNORECASE)
_CODE_LINE = re.compile(
    r"[;{}]\s*$|^\s*[#/*}{)\]@$]|^\s*(?:def|class|import|from\s+\S+\s+import|return|const|let|var|function"
    r"|public|private|"
    r"if\s*\(|for\s*\(|while\s*\(|else\b|try:|except\b|elif\b|SELECT|INSERT|UPDATE|CREATE|ALTER|sudo|pip"
    r"|npm|docker|git)\b"
    r"|==|!=|=>|->|::|\w\(\)|\w\(\w*=|\w\[\w+\]|</?\w+[^>]*>|&&|\|\||^[+-]{1,3}\s*\w|\w\s=\s\S"
    r"|^\s*[\w.-]+\s*[:=]\s*[\[{\"'\d]"
    r"|^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b(?:DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|TRACE)\b"
    r"|^\s*at \w+[.\w$]+\(|^\s*File \""
)

Region = tuple[int, int]


def code_regions(text: str) -> list[Region]:
    """Half-open character ranges of fenced blocks, inline code, `<code>`, `<pre>` and links, sorted."""
    found: list[Region] = []
    if "`" in text or "~~~" in text or "<" in text:
        found += [match.span() for match in _CODE.finditer(text)]
    if "://" in text or "www." in text.lower():
        found += [match.span() for match in _LINK.finditer(text)]
    return merged(found)


def placeholder_regions(text: str, entities: Iterable[str]) -> list[Region]:
    """Half-open character ranges of placeholders of these entities, sorted."""
    wanted = set(entities)
    return [match.span() for match in PLACEHOLDER.finditer(text) if match[1] in wanted]


def merged(regions: Iterable[Region]) -> list[Region]:
    """The ranges sorted, with overlapping and touching ones joined."""
    joined: list[Region] = []
    for start, end in sorted(regions):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def touches(start: int, end: int, regions: list[Region]) -> bool:
    """Whether [start, end) overlaps one of the sorted, disjoint ranges."""
    index = bisect_right(regions, (start, end)) - 1
    if index >= 0 and regions[index][1] > start:
        return True
    return index + 1 < len(regions) and regions[index + 1][0] < end


def looks_like_code(line: str) -> bool:
    """Whether a line reads as source code, a shell command or a log line, where a language model sees names
    anywhere.
    """
    return _CODE_LINE.search(line) is not None
