"""Rampart's opinion of each word of a text: how likely it is a part of a name, of an address, of a number.

A text is read paragraph by paragraph, a long paragraph in windows of about 480 characters that overlap, since the
model finds most in those. Each window is a run of its own: dynamic quantisation takes its scale from all that is in a
run, so that in a batch the opinion of one text would depend on the others. Threads read several windows at once.
"""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import regex

from sourcing_pipeline.masking.rampart_weights import model_folder, weights

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WINDOW_CHARACTERS = 480
_LAST_CHARACTERS = 576
"""A window may be so long where another one for the rest would hold little else than what they share."""
_MARGIN_CHARACTERS = 48
"""At the sides of a window where another one overlaps it, the other's opinion counts."""
_TOKENS, _SHARED_TOKENS = 510, 64
"""The model reads so many at a time; of a window with more (Hangul is taken apart) the next run repeats some."""
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’](?!s\b)[\p{L}\p{M}]+)*")

Opinions = npt.NDArray[np.float32]
"""One row a word, one column an entity of the model (`ENTITIES`); what is missing to 1 is that it is none."""


class Word(NamedTuple):
    """A run of letters and digits, with apostrophes inside it: half-open character offsets into the paragraph."""

    start: int
    end: int


class Reading(NamedTuple):
    """A paragraph's words and the model's opinion of each."""

    text: str
    words: list[Word]
    opinions: Opinions


ENTITIES = (
    "GIVEN_NAME", "SURNAME", "EMAIL", "PHONE", "URL", "TAX_ID", "BANK_ACCOUNT", "ROUTING_NUMBER", "GOVERNMENT_ID",
    "PASSPORT", "DRIVERS_LICENSE", "BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS", "CITY", "STATE", "ZIP_CODE",
)  # fmt: skip
"""The model's entities, in the order of its labels."""
NAME, STREET, PLACE, PHONE = (
    [ENTITIES.index(entity) for entity in group]
    for group in (
        ("GIVEN_NAME", "SURNAME"), ("BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS"),
        ("CITY", "STATE", "ZIP_CODE"), ("PHONE",),
    )
)  # fmt: skip
"""The columns of what tells of a person, a street, a town or postcode, and a telephone."""
ADDRESS = [*STREET, *PLACE]


def read(texts: Sequence[str]) -> Iterator[Reading]:
    """The opinion of each paragraph, which depends on it alone; later ones are read while an earlier one is used."""
    plans = [list(_windows(text)) for text in texts]
    flat = [text[start:end] for text, plan in zip(texts, plans, strict=True) for start, end, _, _ in plan]
    found = _model().run(flat)
    for text, plan in zip(texts, plans, strict=True):
        yield _paragraph(text, plan, [next(found) for _ in plan])


def _windows(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Start and end of each window, and of the part of it whose words it decides; all at white space where there is."""
    start, begin = 0, 0
    while True:
        end = len(text) if len(text) - start <= _LAST_CHARACTERS else _gap(text, start + WINDOW_CHARACTERS)
        if end == len(text):
            yield start, end, begin, end
            return
        decided = _gap(text, end - _MARGIN_CHARACTERS)
        yield start, end, begin, decided
        begin, start = decided, max(_gap(text, decided - _MARGIN_CHARACTERS), start + 1)


def _gap(text: str, at: int) -> int:
    """The end of the last white space before `at`, if there is some not far before it; else `at`."""
    for place in range(at, max(at - _MARGIN_CHARACTERS, 0), -1):
        if text[place - 1].isspace():
            return place
    return at


def _paragraph(
    text: str, plan: list[tuple[int, int, int, int]], found: list[tuple[npt.NDArray[np.int64], Opinions]]
) -> Reading:
    words = [Word(*match.span()) for match in _WORD.finditer(text)]
    opinions = np.zeros((len(words), len(ENTITIES)), np.float32)
    starts = np.array([word.start for word in words], np.int64)
    ends = np.array([word.end for word in words], np.int64)
    for (start, _, begin, decided), (offsets, tokens) in zip(plan, found, strict=True):
        first, last = np.searchsorted(starts, (begin, decided))
        of_token = np.searchsorted(starts, offsets[:, 0] + start, side="right") - 1
        inside = (of_token >= first) & (of_token < last)
        inside[inside] &= offsets[inside, 0] + start < ends[of_token[inside]]
        np.maximum.at(opinions, of_token[inside], tokens[inside])
    return Reading(text, words, opinions)


class _Model:
    def __init__(self, session: Any, tokenizer: "Tokenizer", columns: npt.NDArray[np.int64]) -> None:
        self._session, self._tokenizer, self._columns = session, tokenizer, columns
        self._begin, self._end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="rampart")

    def run(self, windows: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], Opinions]]:
        """For each window the offsets of its tokens, and for each token and entity how likely it is one."""
        encoded = self._tokenizer.encode_batch(list(windows), add_special_tokens=False)
        runs = [
            (window, slice(at, at + _TOKENS))
            for window, one in enumerate(encoded)
            for at in range(0, max(len(one.ids) - _SHARED_TOKENS, 1), _TOKENS - _SHARED_TOKENS)
        ]
        offsets = [np.array(one.offsets, np.int64).reshape(-1, 2) for one in encoded]
        opinions = [np.zeros((len(of_window), len(ENTITIES)), np.float32) for of_window in offsets]
        read = self._threads.map(self._one, [encoded[window].ids[part] for window, part in runs])
        at = 0
        for (window, part), found in zip(runs, read, strict=True):
            yield from zip(offsets[at:window], opinions[at:window], strict=True)
            at = window
            np.maximum(opinions[window][part], found, out=opinions[window][part])
        yield from zip(offsets[at:], opinions[at:], strict=True)

    def _one(self, ids: list[int]) -> Opinions:
        tokens = np.array([[self._begin, *ids, self._end]], np.int64)
        ones = np.ones_like(tokens)
        (logits,) = self._session.run(
            None, {"input_ids": tokens, "attention_mask": ones, "token_type_ids": np.zeros_like(tokens)}
        )
        likely = np.exp(logits[0, 1:-1] - logits[0, 1:-1].max(axis=-1, keepdims=True))
        likely /= likely.sum(axis=-1, keepdims=True)
        found: Opinions = likely[:, self._columns].sum(axis=-1, dtype=np.float32)
        return found


@cache
def _model() -> _Model:
    import onnxruntime
    from tokenizers import Tokenizer

    folder = model_folder()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(weights()), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    labels = json.loads((folder / "config.json").read_text())["label2id"]
    columns = np.array([[labels[f"B-{entity}"], labels[f"I-{entity}"]] for entity in ENTITIES])
    return _Model(session, tokenizer, columns)
