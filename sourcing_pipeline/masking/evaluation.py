"""How well the masker does on texts that people labelled: what it misses, and what it masks without need.

    rows = list(read_labelled(path))
    evaluate(rows, in_batches(masker, rows)).as_json()["labels"]["PERSON"]["share"]

Letters and digits are counted (`str.isalnum`), since nobody is told by a space or a bracket. A label's value that has
none counts by all its characters. No value stands in the result: what is shown of a miss is blurred.
"""

import re
import unicodedata
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.masking.masker import Masker
from sourcing_pipeline.masking.spans import MaskedText, Span

MISSED = "missed"
"""Stands for a placeholder where there is none."""

ROWS_PER_BATCH = 256
CONTEXT_LETTERS = 30
_BLUR = "•"
_EXPECTED = 'expected {"text": "…", "spans": [{"start": 0, "end": 5, "label": "PERSON"}]}'
_BOM = b"\xef\xbb\xbf"
_WORD = re.compile(r"[^\W_]+")
_Key = TypeVar("_Key", str, tuple[str, str])


class Gold(BaseModel):
    """A value that should be masked: half-open character offsets into its text, and what people call it."""

    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)

    start: int = Field(ge=0)
    end: int
    label: str = Field(min_length=1)


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)

    text: str
    spans: list[Gold]


class Labelled(NamedTuple):
    """A labelled text, and the line of its file."""

    text: str
    spans: tuple[Gold, ...]
    line: int


@dataclass(frozen=True)
class Score:
    """What became of the values of one label: all letters and digits masked, some, none.

    `share` is that of the fully masked; `low` and `high` are its 95 % interval (Wilson, 1927), all in [0, 1].
    """

    count: int
    fully: int
    partly: int
    missed: int
    share: float
    low: float
    high: float


class Miss(NamedTuple):
    """A value of which `readable` of `letters` letters and digits can be read, blurred in what stands around it."""

    label: str
    line: int
    letters: int
    readable: int
    before: str
    value: str
    after: str


@dataclass(frozen=True)
class Evaluation:
    """What the masker made of labelled texts. Labels and placeholders are sorted by count, then by name."""

    rows: int
    scores: dict[str, Score]
    """By label."""
    masked_letters: int
    """Letters and digits that were masked, in all rows."""
    labelled_letters: int
    """Those of them that lie in a label."""
    unlabelled_rows: int
    """Rows without any label."""
    unlabelled_characters: int
    """Characters of these rows."""
    touched_characters: int
    """Those of them that were masked."""
    confusion: dict[str, dict[str, int]]
    """By label and placeholder: the one that covers most of a value's letters and digits, or MISSED."""
    needless: dict[tuple[str, str], int]
    """Finds that touch no label, by placeholder and detector."""
    misses: tuple[Miss, ...]
    """The worst first: of each label the value with most letters readable, then the next of each."""

    @property
    def precision(self) -> float | None:
        """Share of the masked letters and digits that lie in a label; None when nothing was masked."""
        return self.labelled_letters / self.masked_letters if self.masked_letters else None

    @property
    def touched_share(self) -> float | None:
        """Share of the characters masked in rows without a label; None when there is no such row."""
        return self.touched_characters / self.unlabelled_characters if self.unlabelled_characters else None

    def as_json(self) -> dict[str, Any]:
        """The same for machines. The keys stay:

        - `rows`
        - `labels`: by label `count`, `fully`, `partly`, `missed`, `share`, `low`, `high`, as in Score
        - `precision`: `masked_letters`, `labelled_letters`, `share` (null when nothing was masked)
        - `unlabelled`: `rows`, `characters`, `touched`, `share` (null when there is no such row)
        - `confusion`: by label and placeholder (or `missed`) the number of values
        - `needless`: list of `placeholder`, `recognizer`, `count`
        - `misses`: list of `label`, `line`, `letters`, `readable`, `before`, `value`, `after`, as in Miss
        """
        return {
            "rows": self.rows,
            "labels": {label: asdict(score) for label, score in self.scores.items()},
            "precision": {
                "masked_letters": self.masked_letters,
                "labelled_letters": self.labelled_letters,
                "share": self.precision,
            },
            "unlabelled": {
                "rows": self.unlabelled_rows,
                "characters": self.unlabelled_characters,
                "touched": self.touched_characters,
                "share": self.touched_share,
            },
            "confusion": self.confusion,
            "needless": [
                {"placeholder": placeholder, "recognizer": recognizer, "count": count}
                for (placeholder, recognizer), count in self.needless.items()
            ],
            "misses": [miss._asdict() for miss in self.misses],
        }


def read_labelled(path: Path) -> Iterator[Labelled]:
    """The lines of a JSON Lines file that are not blank. More keys than `text` and `spans` are allowed.

    Raises InputError naming file and line when a line is not as expected, and when there is none.
    """
    empty = True
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                line = line.removeprefix(_BOM) if number == 1 else line
                if line.strip():
                    empty = False
                    yield _labelled(line, number, path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a JSON Lines file with labelled texts") from error
    if empty:
        raise InputError(f"{path}: no line has a text; {_EXPECTED}")


def _labelled(line: bytes, number: int, path: Path) -> Labelled:
    try:
        found = _Line.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = f"{f'{place}: ' if place else ''}{first['type'].replace('_', ' ')}"
        raise InputError(f"{path}, line {number}: {problem}; {_EXPECTED}") from None
    for at, span in enumerate(found.spans):
        if not span.start < span.end <= len(found.text):
            raise InputError(
                f"{path}, line {number}: spans.{at}: expected start < end <= {len(found.text)} (characters of the "
                f"text, counted from 0), got {span.start} and {span.end}"
            )
    return Labelled(found.text, tuple(found.spans), number)


def in_batches(
    masker: Masker, rows: Sequence[Labelled], on_rows: Callable[[int, int], None] = lambda _done, _total: None
) -> Iterator[MaskedText]:
    """Each text masked as an example of its own, in order. `on_rows` is told how many of how many are done."""
    for start in range(0, len(rows), ROWS_PER_BATCH):
        batch = rows[start : start + ROWS_PER_BATCH]
        yield from masker.mask([row.text for row in batch])
        on_rows(start + len(batch), len(rows))


def evaluate(rows: Iterable[Labelled], masked: Iterable[MaskedText], misses: int = 20) -> Evaluation:
    """What became of the labelled values of `rows` in `masked`, the same texts in the same order.

    At most `misses` misses are kept. Raises ValueError when one of the two has more texts than the other.
    """
    tally = _Tally(misses)
    for row, found in zip_longest(rows, masked):
        if row is None or found is None:
            raise ValueError("expected one masked text for each labelled text, in the same order")
        tally.add(row, found.spans)
    return tally.evaluation()


class _Tally:
    def __init__(self, misses: int) -> None:
        self._most = misses
        self._rows = self._masked = self._labelled = 0
        self._bare_rows = self._bare = self._touched = 0
        self._became: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._placeholders: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._needless: Counter[tuple[str, str]] = Counter()
        self._worst: defaultdict[str, list[Miss]] = defaultdict(list)

    def add(self, row: Labelled, found: Sequence[Span]) -> None:
        text = row.text
        cover = {at: span.entity for span in found for at in range(span.start, span.end)}
        gold = {at for span in row.spans for at in range(span.start, span.end)}
        masked = [at for at in cover if text[at].isalnum()]
        self._rows += 1
        self._masked += len(masked)
        self._labelled += sum(at in gold for at in masked)
        if not row.spans:
            self._bare_rows += 1
            self._bare += len(text)
            self._touched += len(cover)
        self._needless.update(
            (span.entity, span.recognizer) for span in found if gold.isdisjoint(range(span.start, span.end))
        )
        shown = ""
        for span in row.spans:
            letters = _letters(text, span)
            placeholders = Counter(cover[at] for at in letters if at in cover)
            readable = len(letters) - placeholders.total()
            fate = "fully" if not readable else "partly" if placeholders else MISSED
            self._became[span.label][fate] += 1
            self._placeholders[span.label][next(iter(_ranked(placeholders)), MISSED)] += 1
            if readable:
                shown = shown or _blurred(text, gold | cover.keys(), row.spans)
                self._keep(_miss(span, row.line, len(letters), readable, shown))

    def _keep(self, miss: Miss) -> None:
        worst = self._worst[miss.label]
        insort(worst, miss, key=lambda other: (-other.readable, other.line))
        del worst[self._most :]

    def evaluation(self) -> Evaluation:
        labels = sorted(self._became, key=lambda label: (-self._became[label].total(), label))
        turns = [(turn, -miss.readable, miss) for kept in self._worst.values() for turn, miss in enumerate(kept)]
        return Evaluation(
            rows=self._rows,
            scores={label: _score(self._became[label]) for label in labels},
            masked_letters=self._masked,
            labelled_letters=self._labelled,
            unlabelled_rows=self._bare_rows,
            unlabelled_characters=self._bare,
            touched_characters=self._touched,
            confusion={label: _ranked(self._placeholders[label]) for label in labels},
            needless=_ranked(self._needless),
            misses=tuple(miss for _, _, miss in sorted(turns)[: self._most]),
        )


def _letters(text: str, span: Gold) -> list[int]:
    places = range(span.start, span.end)
    return [at for at in places if text[at].isalnum()] or list(places)


def _ranked(counts: "Counter[_Key]") -> "dict[_Key, int]":
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _score(became: Counter[str]) -> Score:
    from scipy.stats import binomtest

    count, fully = became.total(), became["fully"]
    interval = binomtest(fully, count).proportion_ci(0.95, method="wilson")
    return Score(
        count, fully, became["partly"], became[MISSED], fully / count, float(interval.low), float(interval.high)
    )


def _miss(span: Gold, line: int, letters: int, readable: int, shown: str) -> Miss:
    before = shown[max(0, span.start - CONTEXT_LETTERS) : span.start]
    after = shown[span.end : span.end + CONTEXT_LETTERS]
    return Miss(span.label, line, letters, readable, before, shown[span.start : span.end], after)


def _blurred(text: str, places: set[int], spans: Sequence[Gold]) -> str:
    """The text with these places blurred, and wherever else a word of a label's value stands; as long as it was."""
    values = {word.casefold() for span in spans for word in _WORD.findall(text[span.start : span.end])}
    hidden = set(places)
    for word in _WORD.finditer(text):
        if word[0].casefold() in values:
            hidden.update(range(*word.span()))
    return "".join(_sign(sign, at in hidden) for at, sign in enumerate(text))


def _sign(sign: str, hidden: bool) -> str:
    if not sign.isprintable():
        return " "
    plain = unicodedata.category(sign)[0] in "PZ" or (sign.isascii() and not sign.isalnum())
    return _BLUR if hidden and not plain else sign
