"""A text's paragraphs, each to be read once however often it is quoted: quoted lines lose their `>` first.

What stands between blank lines is a paragraph, unless one side needs the other to be understood: a line that ends with
a colon, a closing and the name under it (two short lines), and an indented line belong to what stands above them.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import regex

_QUOTED = regex.compile(r"[ \t]*(?:>[ \t]?)+")
_ANY_QUOTED = regex.compile(rf"^{_QUOTED.pattern}", regex.M)
_BLANK_LINES = regex.compile(r"\n(?:[^\S\n]*\n)+")
_CLOSING_WORDS, _SIGNATURE_WORDS = 5, 4
_SHORT_CHARACTERS = 60


class Paragraph(NamedTuple):
    """A paragraph's text without quotation marks, and where the runs of its characters begin in it and in the whole."""

    text: str
    begins: tuple[int, ...]
    places: tuple[int, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The whole text's half-open range for the range of this paragraph that holds a character or more."""
        return self._place(start), self._place(end - 1) + 1

    def _place(self, at: int) -> int:
        run = bisect_right(self.begins, at) - 1
        return self.places[run] + at - self.begins[run]


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a text in order: all of it but white space around them and marks of quotation."""
    for part, begins, places in _unquoted(text) if _ANY_QUOTED.search(text) else [(text, (0,), (0,))]:
        start = 0
        for match in _BLANK_LINES.finditer(part):
            if not _belong_together(part, *match.span()):
                yield from _stripped(part, start, match.start(), begins, places)
                start = match.end()
        yield from _stripped(part, start, len(part), begins, places)


def _unquoted(text: str) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """The runs of lines that are quoted alike, without the marks."""
    lines: list[str] = []
    begins: list[int] = []
    places: list[int] = []
    depth, at, length = 0, 0, 0
    for line in text.splitlines(keepends=True):
        mark = _QUOTED.match(line)
        quoted = mark.group().count(">") if mark else 0
        cut = mark.end() if mark else 0
        if quoted != depth and lines:
            yield "".join(lines), tuple(begins), tuple(places)
            lines, begins, places, length = [], [], [], 0
        depth = quoted
        if cut < len(line):
            lines.append(line[cut:])
            begins.append(length)
            places.append(at + cut)
            length += len(line) - cut
        at += len(line)
    if lines:
        yield "".join(lines), tuple(begins), tuple(places)


def _belong_together(text: str, start: int, end: int) -> bool:
    """Whether the lines before and after the blank lines [start, end) are of one paragraph."""
    above = text[max(text.rfind("\n", 0, start) + 1, start - _SHORT_CHARACTERS) : start].strip()
    if text[end : end + 1].isspace() or above.endswith(":"):
        return True
    if len(above) >= _SHORT_CHARACTERS or len(above.split()) > _CLOSING_WORDS:
        return False
    newline = text.find("\n", end)
    below = text[end : len(text) if newline < 0 else newline][:_SHORT_CHARACTERS]
    return len(below) < _SHORT_CHARACTERS and len(below.split()) <= _SIGNATURE_WORDS


def _stripped(text: str, start: int, end: int, begins: tuple[int, ...], places: tuple[int, ...]) -> Iterator[Paragraph]:
    inside = text[start:end].strip()
    if not inside:
        return
    start = text.index(inside[0], start)
    first = bisect_right(begins, start) - 1
    last = bisect_right(begins, start + len(inside) - 1)
    yield Paragraph(
        inside,
        (0, *(begin - start for begin in begins[first + 1 : last])),
        (places[first] + start - begins[first], *places[first + 1 : last]),
    )
