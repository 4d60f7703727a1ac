"""Finds in a text: settling overlaps, replacing them by placeholders, and carrying offsets back to the
original.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sourcing_pipeline.masking.regions import Region, touches


class Span(NamedTuple):
    """A find that was replaced: half-open character offsets into the original text, placeholder, score in
    [0, 1], detector.
    """

    start: int
    end: int
    entity: str
    score: float
    recognizer: str


class MaskedText(NamedTuple):
    """A text with its placeholders, and the finds they stand for, by their place in the original."""

    text: str
    spans: tuple[Span, ...]


def settle(spans: Iterable[Span], taken: Sequence[Region], order: Mapping[str, int]) -> list[Span]:
    """The finds that stand, sorted by place: of two that overlap, the longer; then the surer; then the one
    whose entity comes first in `order`; then the earlier. Nothing that overlaps `taken` (sorted, disjoint)
    stands.
    """
    ranked = sorted(
        set(spans),
        key=lambda span: (
            span.start - span.end,
            -span.score,
            order.get(span.entity, len(order)),
            span.start,
            span.recognizer,
        ),
    )
    standing: list[Span] = []
    regions = list(taken)
    for span in ranked:
        if span.end > span.start and not touches(span.start, span.end, regions):
            standing.append(span)
            regions.insert(bisect_right(regions, (span.start, span.end)), (span.start, span.end))
    return sorted(standing)


class Rendering:
    """A text with its finds replaced, which can say where in the original a part of it stood."""

    def __init__(self, original: str, spans: Sequence[Span], labels: Sequence[str]) -> None:
        parts: list[str] = []
        self._starts: list[int] = []
        self._pieces: list[tuple[int, int, int]] = []
        at = length = 0
        for span, label in zip(spans, labels, strict=True):
            length = self._keep(parts, original, at, span.start, length)
            parts.append(label)
            length += len(label)
            at = span.end
        self._keep(parts, original, at, len(original), length)
        self.text = "".join(parts)

    def _keep(self, parts: list[str], original: str, start: int, end: int, length: int) -> int:
        if end > start:
            parts.append(original[start:end])
            self._starts.append(length)
            self._pieces.append((length, start, end - start))
        return length + end - start

    def origin(self, start: int, end: int) -> Region | None:
        """The original's [start, end) for a range of the rendering; None when it overlaps a placeholder."""
        index = bisect_right(self._starts, start) - 1
        if index < 0:
            return None
        rendered, original, length = self._pieces[index]
        if end > rendered + length:
            return None
        return original + start - rendered, original + end - rendered
