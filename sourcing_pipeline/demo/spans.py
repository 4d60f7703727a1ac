"""Text that knows where its personal data is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """One piece of personal data: ``text[start:end]`` is the value."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Text:
    """A string with the spans of the personal data inside it."""

    value: str = ""
    spans: tuple[Span, ...] = ()

    def __add__(self, other: Text | str) -> Text:
        if isinstance(other, str):
            return Text(self.value + other, self.spans)
        return Text(self.value + other.value, self.spans + shifted(other.spans, len(self.value)))

    def __bool__(self) -> bool:
        return bool(self.value)

    def labelled(self) -> list[tuple[Span, str]]:
        """Every span together with its value."""
        return [(span, self.value[span.start : span.end]) for span in self.spans]

    def capitalised(self) -> Text:
        """Upper-case the first letter, unless the text begins with an address, a host or an amount."""
        first = self.value.split(" ", 1)[0]
        if any(sign in first.rstrip(".,:;!?") for sign in ".@/=_"):
            return self
        for index, char in enumerate(self.value):
            if char.isalpha():
                return Text(self.value[:index] + char.upper() + self.value[index + 1 :], self.spans)
            if char not in "¿¡«\"'(":
                break
        return self

    def uncapitalised(self) -> Text:
        """Lower-case the first letter of an ordinary word."""
        for index, char in enumerate(self.value[:-1]):
            if char.isalpha():
                if char.isupper() and self.value[index + 1].isupper():
                    return self
                return Text(self.value[:index] + char.lower() + self.value[index + 1 :], self.spans)
        return self

    def lowered(self) -> Text:
        """All letters in lower case except inside spans other than names."""
        chars = list(self.value.lower())
        if len(chars) != len(self.value):
            return self
        for span in self.spans:
            if span.label != "NAME":
                chars[span.start : span.end] = self.value[span.start : span.end]
        return Text("".join(chars), self.spans)

    def quoted(self) -> Text:
        """The text as an e-mail quotation, each line behind '> '."""
        result = Text()
        for number, (start, line) in enumerate(_lines(self.value)):
            inside = tuple(
                Span(span.start - start, span.end - start, span.label)
                for span in self.spans
                if span.start >= start and span.end <= start + len(line)
            )
            result = result + ("\n> " if number else "> ") + Text(line, inside)
        return result

    def head(self, limit: int) -> Text:
        """The beginning of the text, cut at a space and never inside a span."""
        if len(self.value) <= limit:
            return self
        end = self.value.rfind(" ", 0, limit)
        while end > 0 and any(span.start < end < span.end for span in self.spans):
            end = self.value.rfind(" ", 0, end)
        end = max(end, 0)
        return Text(self.value[:end], tuple(span for span in self.spans if span.end <= end)) + " ..."


def shifted(spans: Iterable[Span], by: int) -> tuple[Span, ...]:
    """The same spans, moved to the right."""
    return tuple(Span(span.start + by, span.end + by, span.label) for span in spans)


def marked(value: str, label: str) -> Text:
    """A text that is personal data from end to end."""
    return Text(value, (Span(0, len(value), label),))


def join(separator: str, parts: Iterable[Text | str]) -> Text:
    """Join the non-empty parts."""
    result = Text()
    for part in parts:
        if not part:
            continue
        piece = Text(part) if isinstance(part, str) else part
        result = result + separator + piece if result else piece
    return result


def _lines(value: str) -> list[tuple[int, str]]:
    lines, start = [], 0
    for line in value.split("\n"):
        lines.append((start, line))
        start += len(line) + 1
    return lines
