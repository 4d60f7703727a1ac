"""Which ids came before, in little memory."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


class KnownIds:
    """The ids that were asked about: 8 bytes of their hashes, in sorted arrays of growing size.

    That two of a hundred million ids share a hash, so that one is taken for the other, has a chance of 1 in 3,700.
    """

    def __init__(self) -> None:
        self._levels: list[NDArray[np.uint64]] = []

    def again(self, ids: Sequence[str]) -> NDArray[np.bool_]:
        """Which of `ids` came before, here or in an earlier call."""
        digests = b"".join([blake2b(one.encode(), digest_size=8).digest() for one in ids])
        fresh, first = np.unique(np.frombuffer(digests, np.uint64), return_index=True)
        new = np.ones(len(fresh), dtype=bool)
        for level in self._levels:
            new &= level[np.minimum(np.searchsorted(level, fresh), len(level) - 1)] != fresh
        again = np.ones(len(ids), dtype=bool)
        again[first[new]] = False
        self._keep(fresh[new])
        return again

    def _keep(self, fresh: NDArray[np.uint64]) -> None:
        while self._levels and len(self._levels[-1]) <= 2 * len(fresh):
            fresh = np.sort(np.concatenate((self._levels.pop(), fresh)))
        if len(fresh):
            self._levels.append(fresh)
