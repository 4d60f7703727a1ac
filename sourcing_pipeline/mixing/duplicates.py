"""Exact and near duplicates among the candidates, whatever source they come from."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_SHINGLE_WORDS = 3
_PERMUTATIONS = 128
_MANY_BANDS_BELOW = 0.7


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a text to compare it with others; about 1 KB, none of it readable."""

    words: bytes
    """Digest of the words in their order: equal for exact duplicates."""
    grams: NDArray[np.uint32]
    """Sorted CRC-32 of the word 3-grams."""
    sketch: Any
    """MinHash of the word 3-grams."""


def fingerprint(text: str) -> Fingerprint:
    """The fingerprint of `text`, lower-cased; punctuation and white space do not count."""
    from rensa import RMinHash

    words = _WORD.findall(text.lower()) or [text.strip()]
    last = max(len(words) - _SHINGLE_WORDS, 0)
    grams = [" ".join(words[at : at + _SHINGLE_WORDS]) for at in range(last + 1)]
    sketch = RMinHash(num_perm=_PERMUTATIONS, seed=1)
    sketch.update(grams)
    return Fingerprint(
        words=hashlib.blake2b(" ".join(words).encode(), digest_size=16).digest(),
        grams=np.unique(np.array([crc32(gram.encode()) for gram in grams], np.uint32)),
        sketch=sketch,
    )


def jaccard(one: Fingerprint, other: Fingerprint) -> float:
    """Similarity of two texts: the share of their word 3-grams that both have, |A ∩ B| / |A ∪ B|."""
    shared = np.intersect1d(one.grams, other.grams, assume_unique=True).size
    return float(shared / (one.grams.size + other.grams.size - shared))


class Seen:
    """The texts kept so far; tells whether a new one repeats one of them.

    Exact means the same words in the same order. Near means a Jaccard similarity of word 3-grams of at least
    `threshold`: found by MinHash with 128 permutations in 32 bands of 4, or below 0.7 in 64 bands of 2 (Broder,
    1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4), which meets a pair at the threshold with a
    probability above 0.9998, then counted exactly.
    """

    def __init__(self, threshold: float) -> None:
        from rensa import RMinHashLSH

        self._threshold = threshold
        self._exact: set[bytes] = set()
        self._kept: list[Fingerprint] = []
        bands = 64 if threshold < _MANY_BANDS_BELOW else 32
        self._index = RMinHashLSH(threshold, _PERMUTATIONS, bands)

    def repeats(self, text: Fingerprint) -> Literal["exact", "near"] | None:
        """How `text` repeats a kept one; None when it does not, and then it is kept itself."""
        if text.words in self._exact:
            return "exact"
        if any(jaccard(text, self._kept[number]) >= self._threshold for number in self._index.query(text.sketch)):
            return "near"
        self._index.insert(len(self._kept), text.sketch)
        self._exact.add(text.words)
        self._kept.append(text)
        return None
