"""Who tickets are about: the keys of people from several columns, once each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Indices = npt.NDArray[np.int64]


def person_keys(count: int, columns: Sequence[tuple[Indices, pa.Array]]) -> pa.Array:
    """For each of `count` tickets the distinct keys of people, sorted; e-mail addresses in lower case.

    Each of `columns` is texts, and the index of the ticket that each belongs to. Null and blank texts are nobody.
    """
    owners = np.concatenate([owner for owner, _ in columns]) if columns else np.zeros(0, np.int64)
    texts = pa.chunked_array([keys for _, keys in columns], pa.string()).combine_chunks()
    trimmed = pc.utf8_trim_whitespace(texts)
    keys = pc.if_else(pc.match_substring(trimmed, "@"), pc.utf8_lower(trimmed), trimmed)
    named = pc.fill_null(pc.not_equal(keys, ""), False)
    owners, encoded = owners[_numpy(named)], keys.filter(named).dictionary_encode()
    order = _numpy(pc.sort_indices(encoded.dictionary))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    pairs = np.unique(owners * max(len(order), 1) + rank[_numpy(encoded.indices)])
    owners, ranks = pairs // max(len(order), 1), pairs % max(len(order), 1)
    offsets = np.searchsorted(owners, np.arange(count + 1))
    found = encoded.dictionary.take(pa.array(order[ranks]))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), found)


def _numpy(array: pa.Array) -> Any:
    return array.to_numpy(zero_copy_only=False)
