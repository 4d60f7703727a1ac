"""The light markup of the question bank, turned into the HTML of a Stack Exchange post."""

from __future__ import annotations

import re
from html import escape

BLOCK = re.compile(r"(\{\{\{.*?\}\}\}(?!\}))|(<<.*?>>)", re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
STRONG = re.compile(r"(?<![\w*])\*([^*\n`]+?)\*(?![\w*])")


def html_of(text: str) -> str:
    """Paragraphs, code blocks and lists of one text."""
    parts = []
    for piece in BLOCK.split(text):
        if not piece or not piece.strip():
            continue
        if piece.startswith("{{{"):
            parts.append(f"<pre><code>{escape(piece[3:-3], quote=False)}\n</code></pre>\n")
        elif piece.startswith("<<"):
            items = "".join(f"<li>{inline(item.strip())}</li>\n" for item in piece[2:-2].split(" ;; "))
            parts.append(f"<ul>\n{items}</ul>\n")
        else:
            parts.append(f"<p>{inline(piece.strip())}</p>\n")
    return "\n".join(parts)


def inline(text: str) -> str:
    """Inline code and emphasis."""
    out = []
    for index, piece in enumerate(CODE.split(text)):
        plain = escape(piece, quote=False)
        out.append(f"<code>{plain}</code>" if index % 2 else STRONG.sub(r"<em>\1</em>", plain))
    return "".join(out)


def listing(title: str, items: list[str]) -> str:
    """A sentence with a bullet list below."""
    lines = "".join(f"<li>{inline(item)}</li>\n" for item in items)
    return f"<p>{title}</p>\n\n<ul>\n{lines}</ul>\n"
