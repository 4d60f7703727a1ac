"""Rampart's opinion of each word of a text: how likely it is a part of a name, of an address, of a number.

A text is read paragraph by paragraph, a long paragraph in windows of about 480 characters that overlap, since the
model finds most in those. No window is read in a batch with others: dynamic quantisation takes its scale from all that
is in a batch, so that the opinion of one text would depend on the others.
"""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import pairwise
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
_WINDOWS = 16
"""So many are read in one call, which takes some 40 ms; after it a thread may wait 5 for the interpreter's lock."""
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
    """The opinion of each paragraph, which depends on it alone; from this call on other threads read ahead."""
    plans = [list(_windows(text)) for text in texts]
    flat = [text[start:end] for text, plan in zip(texts, plans, strict=True) for start, end, _, _ in plan]
    found = _model().run(flat)
    return (_paragraph(text, plan, [next(found) for _ in plan]) for text, plan in zip(texts, plans, strict=True))


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


class _Call(NamedTuple):
    """Windows' tokens that are read together, and what is found in each."""

    tokens: list[list[int]]
    found: "Future[list[Opinions]]"


class _Model:
    def __init__(self, session: Any, tokenizer: "Tokenizer", columns: npt.NDArray[np.int64]) -> None:
        self._session, self._tokenizer, self._columns = session, tokenizer, columns
        self._begin, self._end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
        self._threads = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="rampart")

    def run(self, windows: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], Opinions]]:
        """For each window the offsets of its tokens, and for each token and entity how likely it is one."""
        encoded = self._tokenizer.encode_batch(list(windows), add_special_tokens=False)
        runs = [
            (window, slice(at, at + _TOKENS))
            for window, one in enumerate(encoded)
            for at in range(0, max(len(one.ids) - _SHARED_TOKENS, 1), _TOKENS - _SHARED_TOKENS)
        ]
        tokens = [encoded[window].ids[part] for window, part in runs]
        calls = [tokens[at : at + _WINDOWS] for at in range(0, len(tokens), _WINDOWS)]
        reading = [_Call(some, self._threads.submit(self._read, some)) for some in calls]
        return self._merged([np.array(one.offsets, np.int64).reshape(-1, 2) for one in encoded], runs, reading)

    def _merged(
        self,
        offsets: list[npt.NDArray[np.int64]],
        runs: list[tuple[int, slice]],
        reading: list[_Call],
    ) -> Iterator[tuple[npt.NDArray[np.int64], Opinions]]:
        opinions = [np.zeros((len(of_window), len(ENTITIES)), np.float32) for of_window in offsets]
        at = 0
        try:
            for (window, part), found in zip(runs, self._in_order(reading), strict=True):
                yield from zip(offsets[at:window], opinions[at:window], strict=True)
                at = window
                np.maximum(opinions[window][part], found, out=opinions[window][part])
            yield from zip(offsets[at:], opinions[at:], strict=True)
        finally:
            for call in reading:
                call.found.cancel()

    def _in_order(self, reading: list[_Call]) -> Iterator[Opinions]:
        """The opinions. While a call runs elsewhere, this thread makes the next one that nobody has begun: as many
        threads work as there are cores.
        """
        own: dict[int, list[Opinions]] = {}
        ahead = 0
        for at, call in enumerate(reading):
            while not call.found.done() and ahead < len(reading):
                if reading[ahead].found.cancel():
                    own[ahead] = self._read(reading[ahead].tokens)
                ahead += 1
            yield from own.pop(at) if at in own else call.found.result()

    def _read(self, runs: list[list[int]]) -> list[Opinions]:
        tokens = [token for ids in runs for token in (self._begin, *ids, self._end)]
        ends = np.cumsum([0, *(len(ids) + 2 for ids in runs)])
        (logits,) = self._session.run(None, {"tokens": np.array(tokens, np.int64), "ends": ends})
        likely = np.exp(logits - logits.max(axis=-1, keepdims=True))
        likely /= likely.sum(axis=-1, keepdims=True)
        found = likely[:, self._columns].sum(axis=-1, dtype=np.float32)
        return [found[start + 1 : end - 1] for start, end in pairwise(ends.tolist())]


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
