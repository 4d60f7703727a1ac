"""What spaCy's named entity recogniser takes parts of a text for."""

import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sourcing_pipeline.errors import RecipeError

if TYPE_CHECKING:
    from spacy.language import Language

_BATCH_TEXTS = 128
_LOCK = threading.Lock()


def installed(model: str) -> str:
    """`model`. Raises RecipeError when that spaCy package is not installed."""
    if find_spec(model) is None:
        raise RecipeError(
            f"masking.language_model: {model!r} is not installed here; install that package, or set it to null"
        )
    return model


def read(texts: Sequence[str], model: str) -> list[list[tuple[int, int, str]]]:
    """Start, end and label of the entities in each text, by the spaCy package `model`."""
    if not texts:
        return []
    with _LOCK:
        return [
            [(entity.start_char, entity.end_char, entity.label_) for entity in doc.ents]
            for doc in _loaded(model).pipe(texts, batch_size=_BATCH_TEXTS)
        ]


@cache
def _loaded(model: str) -> "Language":
    import spacy

    # The recogniser has a tok2vec of its own; the shared one is for the tagger and the parser.
    return spacy.load(model, exclude=["tok2vec", "tagger", "parser", "senter", "lemmatizer", "attribute_ruler"])
