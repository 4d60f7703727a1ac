"""How many different people did a thing within the look-back: the count behind the k-anonymity floor."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sourcing_pipeline.sources.search_log.spool import Spool

Ints = npt.NDArray[np.int64]

PAIRS = pa.schema([pa.field("key", pa.int64()), pa.field("person", pa.int64())])
"""Who did what on a day, both as hashes: a pair is there once."""


def look_back(day: str, days: int) -> list[str]:
    """The `days` calendar days that end with `day`, the latest first."""
    last = date.fromisoformat(day)
    return [(last - timedelta(days=back)).isoformat() for back in range(days)]


def hashes(texts: Sequence[str]) -> Ints:
    """A 64-bit number for each text: Python's own keyed hash (SipHash), which differs from process to process.

    Two of ten million texts share a number with a probability of about 3 in a million.
    """
    return np.fromiter(map(hash, texts), np.int64, len(texts))


class Crowd:
    """Counts the different people behind a key over `days` days, as far as `people`.

    Of a key and a day no more than `people` people are kept: so many on one day are enough, fewer are all kept, and
    thus a count below `people` is exact. Days are added in order; pairs lie on disk.
    """

    def __init__(self, spool: Spool, people: int, days: int) -> None:
        self._spool = spool
        self._people = people
        self._days = days

    def add(self, day: str, keys: Ints, persons: Ints) -> None:
        """Tell that on `day` these people did these things (pairs, in any order, repeated ones count once)."""
        order = np.lexsort((persons, keys))
        keys, persons = keys[order], persons[order]
        new_key = _changes(keys)
        keep = new_key | _changes(persons)
        keys, persons, new_key = keys[keep], persons[keep], new_key[keep]
        place = np.arange(len(keys)) - np.maximum.accumulate(np.where(new_key, np.arange(len(keys)), 0))
        few = place < self._people
        arrays = [pa.array(keys[few]), pa.array(persons[few])]
        self._spool.add(day, pa.RecordBatch.from_arrays(arrays, schema=PAIRS))

    def count(self, day: str, keys: Ints) -> Ints:
        """For each key the number of people in the look-back that ends with `day`, at most `people`.

        Reads backwards from `day` and stops caring for a key once it has enough.
        """
        wanted, places = np.unique(keys, return_inverse=True)
        counts = np.zeros(len(wanted), np.int64)
        shift = np.uint64(63 - len(wanted).bit_length())
        pairs = np.empty(0, np.uint64)
        for earlier in look_back(day, self._days):
            open_keys = np.flatnonzero(counts < self._people)
            if not len(open_keys):
                break
            pairs = np.unique(np.concatenate([pairs, self._pairs(earlier, wanted, open_keys, shift)]))
            owners = (pairs >> shift).astype(np.int64)
            found = np.bincount(owners, minlength=len(wanted))
            counts = np.maximum(counts, np.minimum(found, self._people))
            pairs = pairs[counts[owners] < self._people]
        return counts[places]

    def _pairs(self, day: str, wanted: Ints, open_keys: Ints, shift: np.uint64) -> npt.NDArray[np.uint64]:
        """The pairs of `day` whose key is open, each as one number: the key's place in `wanted`, then the person.

        A person's hash loses some bits here. Two people who then look like one are counted too low, never too high.
        """
        table = self._spool.day(day)
        keys, persons = (table.column(name).to_numpy() for name in PAIRS.names)
        places = np.searchsorted(wanted[open_keys], keys)
        places[places == len(open_keys)] = 0
        hits = wanted[open_keys][places] == keys
        owners = open_keys[places[hits]].astype(np.uint64)
        pairs: npt.NDArray[np.uint64] = (owners << shift) | (
            persons[hits].astype(np.uint64) & ((np.uint64(1) << shift) - np.uint64(1))
        )
        return pairs


def _changes(values: Ints) -> npt.NDArray[np.bool_]:
    """Where a value differs from the one before it; True for the first."""
    return np.concatenate([np.ones(min(1, len(values)), np.bool_), values[1:] != values[:-1]])
