"""What was masked in other rows of a run, remembered as hashes, and looked for in rows where it still stands.

A name that a signature gave away in one row may stand unmasked in another. The values are found by laying the masked
text over the original: what stands between two placeholders stands in both. Kept are hashes by a salt that is drawn
for each run and lies in memory alone; with the run they are gone.
"""

import secrets
from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import pairwise

import pyarrow as pa
import regex

from sourcing_pipeline.masking import evidence
from sourcing_pipeline.masking.recognizers.base import Hit
from sourcing_pipeline.masking.recognizers.names import ordinary
from sourcing_pipeline.masking.regions import PLACEHOLDER
from sourcing_pipeline.masking.words import GIVEN_NAMES
from sourcing_pipeline.rows import message_tuples

MOST_VALUES = 1_000_000
"""So many are remembered, in about 110 MB; what comes later in a run is not looked for."""
NAME_WORDS = (2, 4)
"""A name of one word is too often a word; one of more is rarely whole."""
_VALUES = frozenset({"EMAIL", "PHONE", "PAYMENT", "ID_NUMBER", "SECRET"})
_LEAST_CHARACTERS = 7
_COMMON = 3.5
_PHONE_DIGITS = 9
_SCORE = 0.9
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*")
_BETWEEN = regex.compile(r"[ \t]{1,2}|\.?[ \t]|\n")
_VALUE = regex.compile(r"\+?\d(?:[ ()./–-]{0,2}\d){6,}(?!\w)|[^\s\"'<>()\[\]{},;]*[\d@][^\s\"'<>()\[\]{},;]*")

Stage = Callable[[pa.RecordBatch], pa.RecordBatch]


class Elsewhere:
    """The values that were masked in this run."""

    def __init__(self, most: int = MOST_VALUES) -> None:
        self._salt = secrets.token_bytes(32)
        self._most = most
        self._firsts: set[int] = set()
        self._known: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._known)

    def learning(self, mask: Stage) -> Stage:
        """`mask`, a stage of the masker, which tells what it replaces while it does."""

        def masking(batch: pa.RecordBatch) -> pa.RecordBatch:
            masked = mask(batch)
            rows = (message_tuples(one.column("messages")) for one in (batch, masked))
            for before, after in zip(*rows, strict=False):
                for (_, raw), (_, new) in zip(before, after, strict=False):
                    self._learn(raw or "", new or "")
            return masked

        return masking

    def find(self, text: str) -> Iterator[Hit]:
        """Where a remembered value stands in a text, in any case: whole names, addresses and numbers."""
        if not self._known:
            return
        words = list(_WORD.finditer(text))
        hashes = [self._hash(word[0].casefold()) for word in words]
        for at, first in enumerate(hashes):
            if first in self._firsts:
                for length in range(NAME_WORDS[1], NAME_WORDS[0] - 1, -1):
                    run = words[at : at + length]
                    if (
                        len(run) == length
                        and hash(tuple(hashes[at : at + length])) in self._known
                        and _joined(text, run)
                    ):
                        yield Hit(run[0].start(), run[-1].end(), "NAME", _SCORE)
                        break
        for match in _VALUE.finditer(text):
            for form in _forms(match[0]):
                if entity := self._known.get(self._hash(form)):
                    yield Hit(match.start(), match.end(), entity, _SCORE)
                    break

    def _learn(self, raw: str, masked: str) -> None:
        for entity, value in replaced(raw, masked):
            if len(self._known) >= self._most:
                return
            if entity == "NAME":
                words = [word.casefold() for word in _WORD.findall(value)]
                if NAME_WORDS[0] <= len(words) <= NAME_WORDS[1] and _telling(words):
                    hashes = tuple(map(self._hash, words))
                    self._firsts.add(hashes[0])
                    self._known[hash(hashes)] = entity
            elif entity in _VALUES:
                for form in _forms(value):
                    self._known[self._hash(form)] = entity

    def _hash(self, value: str) -> int:
        return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8, key=self._salt).digest())


def replaced(raw: str, masked: str) -> Iterator[tuple[str, str]]:
    """Entity and value of the placeholders of `masked`, as far as the text between them tells their ends in `raw`.

    Nothing where two placeholders touch, and nothing of a text whose finds were replaced by made-up values.
    """
    places = list(PLACEHOLDER.finditer(masked))
    if not places or not raw.startswith(masked[: places[0].start()]):
        return
    at = places[0].start()
    for place, after in zip(places, [*places[1:], None], strict=True):
        between = masked[place.end() : after.start() if after else len(masked)]
        if after is None:
            end = len(raw) - len(between) if raw.endswith(between) else -1
        else:
            end = raw.find(between, at + 1) if between else -1
        if end <= at:
            return
        if raw[at:end] != place[0]:
            yield place[1], raw[at:end]
        at = end + len(between)


def _forms(value: str) -> Iterator[str]:
    """A value with nothing but letters and digits, case aside; a number also by its last digits."""
    core = "".join(filter(str.isalnum, value.casefold()))
    if len(core) >= _LEAST_CHARACTERS:
        yield core
        if core.isdigit() and len(core) > _PHONE_DIGITS:
            yield core[-_PHONE_DIGITS:]


def _telling(words: list[str]) -> bool:
    """Whether words that were masked as a name are hardly anything else, since they are looked for everywhere."""
    language = evidence.language_of(words)
    rare = (word in GIVEN_NAMES or evidence.commonness(word, language) < _COMMON for word in words)
    return any(rare) and not any(map(ordinary, words))


def _joined(text: str, run: "list[regex.Match[str]]") -> bool:
    return all(_BETWEEN.fullmatch(text, one.end(), other.start()) is not None for one, other in pairwise(run))
