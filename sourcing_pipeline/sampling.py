"""The one sampler: weighted, without replacement, the same every night.

A row's priority is `u ** (1 / w)`, with `u` in (0, 1) from a keyed hash of its id; the k highest priorities are a
weighted sample without replacement (Efraimidis and Spirakis, 2006, "Weighted random sampling with a reservoir").
It depends on the row's id, its weight and the key alone, never on order, shard or worker. Review samples, the mix
and plots all draw with it.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BITS = 52


def uniforms(ids: Sequence[str], key: str) -> NDArray[np.float64]:
    """One number in the open interval (0, 1) for each id: BLAKE2b of the id, keyed by `key`."""
    secret = hashlib.blake2b(key.encode(), digest_size=32).digest()
    words = (
        int.from_bytes(hashlib.blake2b(row_id.encode(), digest_size=8, key=secret).digest(), "big") >> (64 - _BITS)
        for row_id in ids
    )
    return (np.fromiter(words, dtype=np.float64, count=len(ids)) + 0.5) / 2.0**_BITS


def priorities(ids: Sequence[str], weights: ArrayLike, key: str) -> NDArray[np.float64]:
    """log(u) / w for each id: the logarithm of the priority, which ranks the same and does not underflow.

    `weights` are non-negative, one for each id; weight 0 gives -inf and is never drawn.
    Raises ValueError when a weight is negative or not finite, or when the lengths differ.
    """
    weight = np.asarray(weights, dtype=np.float64)
    if weight.shape != (len(ids),):
        raise ValueError(f"{len(ids)} ids but weights of shape {weight.shape}")
    if not np.all(np.isfinite(weight)) or np.any(weight < 0):
        raise ValueError("weights must be finite and not negative")
    with np.errstate(divide="ignore", over="ignore"):
        return np.where(weight > 0, np.log(uniforms(ids, key)) / weight, -np.inf)


def highest(ids: Sequence[str], priority: NDArray[np.float64], k: int) -> NDArray[np.intp]:
    """Positions of the `k` highest priorities, best first; ties go to the smaller id, -inf is never taken."""
    order = np.lexsort((np.asarray(ids, dtype=object).astype(str), -priority))
    taken: NDArray[np.intp] = order[np.isfinite(priority[order])][: max(k, 0)]
    return taken


def sample(ids: Sequence[str], k: int, key: str, weights: ArrayLike | None = None) -> NDArray[np.intp]:
    """Positions of a weighted sample of at most `k` ids without replacement; equal weights when none are given."""
    weight = np.ones(len(ids)) if weights is None else weights
    return highest(ids, priorities(ids, weight, key), k)
