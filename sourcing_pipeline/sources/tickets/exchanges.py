"""From the turns of tickets to exchanges: cleaned, joined, with the customer first and an agent last."""

from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sourcing_pipeline.rows import MESSAGES
from sourcing_pipeline.sources.tickets.bodies import clean_batch

Keep = Literal["all", "first", "last"]


class Exchanges(NamedTuple):
    """What was said in each ticket of a batch: the messages to learn from, and what tells whether they are any good."""

    messages: pa.Array
    """As `rows.MESSAGES`; an empty list when a side is empty."""
    question_characters: pa.Array
    answer_characters: pa.Array
    """How many there are of the user and of the assistant in `messages`."""
    canned: pa.Array
    """Whether every answer was made from a macro."""
    afterwards: pa.Array
    """What the customer said after the last answer; null for nothing."""


class _Runs(NamedTuple):
    """Turns of one side after one another, joined: the ticket and the side of each."""

    owners: NDArray[np.int64]
    asks: NDArray[np.bool_]
    texts: pa.Array

    def take(self, places: NDArray[np.int64]) -> "_Runs":
        return _Runs(self.owners[places], self.asks[places], self.texts.take(pa.array(places)))


def exchanges(tickets: pa.RecordBatch, keep: Keep) -> Exchanges:
    """The exchanges of TICKETS: customer → user, human agent → assistant, bots left out.

    Quotes, signatures and disclaimers are stripped from each turn. `keep` says which turns stay: all, the first
    question with its answer, or the first question with the last answer. The subject opens the first user message,
    unless that message holds it already.
    """
    count = tickets.num_rows
    turns = tickets.column("turns")
    flat = turns.flatten()
    offsets = turns.offsets.to_numpy() - turns.offsets[0].as_py()
    texts = clean_batch(flat.field("text"), offsets)
    stripped = pc.utf8_trim_whitespace(texts)
    by_people = pc.not_equal(flat.field("role"), "bot")
    spoken = np.flatnonzero(_mask(pc.and_(by_people, pc.not_equal(stripped, ""))))
    owners = np.repeat(np.arange(count), np.diff(offsets))[spoken]
    asks = _mask(pc.equal(flat.field("role"), "user"))[spoken]
    canned = _canned(owners[~asks], _mask(pc.is_valid(flat.field("macro")))[spoken][~asks], count)

    begins = np.flatnonzero(_differ(owners) | _differ(asks))
    runs = _Runs(owners[begins], asks[begins], _joined(stripped.take(pa.array(spoken)), begins, "\n\n"))
    first, last = _differ(runs.owners), _differ(runs.owners[::-1])[::-1]
    trailing = np.flatnonzero(last & runs.asks & ~first)
    afterwards = _joined(texts.take(pa.array(spoken)), begins, "\n", trailing)
    kept = _kept(runs.take(np.flatnonzero(~(first & ~runs.asks) & ~(last & runs.asks))), keep)
    kept = kept._replace(texts=_opened(tickets.column("subject"), kept))
    length = pc.utf8_length(kept.texts).to_numpy(zero_copy_only=False)
    question, answer = (np.bincount(kept.owners, length * side, count) for side in (kept.asks, ~kept.asks))
    return Exchanges(
        _messages(kept, count),
        pa.array(question.astype(np.int64)),
        pa.array(answer.astype(np.int64)),
        canned,
        _placed(afterwards, runs.owners[trailing], count),
    )


def _canned(owners: NDArray[np.int64], from_macro: NDArray[np.bool_], count: int) -> pa.Array:
    answers = np.bincount(owners, minlength=count)
    return pa.array((answers > 0) & (np.bincount(owners[from_macro], minlength=count) == answers))


def _joined(
    texts: pa.Array, begins: NDArray[np.int64], separator: str, wanted: NDArray[np.int64] | None = None
) -> pa.Array:
    """The texts from each of `begins` to the next as one; of the `wanted` ones only."""
    runs = pa.ListArray.from_arrays(pa.array(np.append(begins, len(texts)), pa.int32()), texts)
    return pc.binary_join(runs if wanted is None else runs.take(pa.array(wanted)), separator)


def _kept(runs: _Runs, keep: Keep) -> _Runs:
    if keep == "all":
        return runs
    first = _differ(runs.owners)
    other = np.insert(first[:-1], 0, False) if keep == "first" else _differ(runs.owners[::-1])[::-1]
    return runs.take(np.flatnonzero(first | other))


def _opened(subjects: pa.Array, runs: _Runs) -> pa.Array:
    """The texts of the runs, with the subject of its ticket before the first of each."""
    first = _differ(runs.owners)
    titles = subjects.take(pa.array(runs.owners[first])).to_pylist()
    texts = runs.texts.filter(pa.array(first)).to_pylist()
    opened = [_opened_by(subject, text) for subject, text in zip(titles, texts, strict=True)]
    return pc.replace_with_mask(runs.texts, pa.array(first), pa.array(opened, pa.string()))


def _opened_by(subject: str | None, text: str) -> str:
    title = " ".join((subject or "").split())
    wanted, low = title.lower(), text.lower()
    if wanted in low or (all(word in low for word in wanted.split()) and wanted in " ".join(low.split())):
        return text
    return f"{title}\n\n{text}"


def _messages(runs: _Runs, count: int) -> pa.Array:
    roles = pa.DictionaryArray.from_arrays(pa.array(runs.asks.astype(np.int8)), ["assistant", "user"])
    turns = pa.StructArray.from_arrays([roles.cast(pa.string()), runs.texts], fields=list(MESSAGES.value_type))
    offsets = np.searchsorted(runs.owners, np.arange(count + 1))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), turns, type=MESSAGES)


def _placed(values: pa.Array, owners: NDArray[np.int64], count: int) -> pa.Array:
    """`values` at the places `owners` among `count` nulls."""
    at = np.full(count, -1)
    at[owners] = np.arange(len(owners))
    return values.take(pa.array(at, mask=at < 0))


def _differ(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Whether each value differs from the one before; the first does."""
    return np.append(np.ones(min(len(values), 1), bool), values[1:] != values[:-1])


def _mask(values: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
