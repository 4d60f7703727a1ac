"""How a table of cases is run: in the text, what stands between ⟦ and ⟧ must be found, and nothing else."""

import re

from presidio_analyzer import EntityRecognizer


def check(recognizer: EntityRecognizer, marked: str) -> None:
    """Fail unless the recognizer's finds, overlaps joined, are exactly the marked spans."""
    text, expected = unmark(marked)
    found: list[tuple[int, int]] = []
    for result in sorted((r.start, r.end) for r in recognizer.analyze(text, [], None)):  # type: ignore[arg-type]
        if found and result[0] < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], result[1]))
        else:
            found.append(result)
    assert [text[start:end] for start, end in found] == [text[start:end] for start, end in expected]
    assert found == expected


def unmark(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without marks, and the half-open character spans that were marked."""
    text, spans = "", []
    for piece in re.split(r"(⟦.*?⟧)", marked, flags=re.DOTALL):
        if piece.startswith("⟦"):
            spans.append((len(text), len(text) + len(piece) - 2))
            piece = piece[1:-1]
        text += piece
    return text, spans
