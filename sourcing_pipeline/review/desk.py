"""Which rows a reviewer is shown and in which order, and what an answer becomes: no screen and no files."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import pyarrow as pa

from sourcing_pipeline.review.config import Reviewers
from sourcing_pipeline.review.questions import SKIPPED, Answer, Question
from sourcing_pipeline.review.verdicts import SIMULATED, Verdict, as_table, disputed, latest
from sourcing_pipeline.rows import message_tuples
from sourcing_pipeline.sampling import uniforms

_TICK = timedelta(microseconds=1)


class Place(NamedTuple):
    """Where something is suspected: characters `start` to `end` of the message with that number."""

    entity: str
    message: int
    start: int
    end: int


class Row(NamedTuple):
    """One row that a question is asked about; `messages` are (role, content)."""

    id: str
    content_hash: str
    messages: tuple[tuple[str, str], ...]
    suspected: tuple[Place, ...] = ()


class Progress(NamedTuple):
    """How far the reviewer is: rows judged, skipped and still waiting, of those that are theirs."""

    judged: int
    skipped: int
    waiting: int

    @property
    def rows(self) -> int:
        return sum(self)


@dataclass(frozen=True)
class Seat:
    """Who is asked what, and the rules about reviewers."""

    reviewer: str
    question: Question
    reviewers: Reviewers = field(default_factory=Reviewers)


def rows_of(queue: pa.Table) -> dict[Question, list[Row]]:
    """The rows of a QUEUE table by the question that is asked about them."""
    found: dict[Question, list[Row]] = {}
    rows = queue.select(["id", "content_hash", "question", "suspected"]).to_pylist()
    messages = message_tuples(queue.column("messages").combine_chunks())
    for row, turns in zip(rows, messages, strict=True):
        places = tuple(Place(**place) for place in row["suspected"] or ())
        found.setdefault(row["question"], []).append(Row(row["id"], row["content_hash"], tuple(turns), places))
    return found


def waiting(rows: Iterable[Row], said: Iterable[Verdict], seat: Seat) -> list[Row]:
    """The rows that are to be shown, in order.

    Those that the reviewer has judged or skipped as they are now are passed over, and those that have as many votes
    of others as the recipe wants. An adjudicator is shown the disputed ones first. Otherwise the order is by a hash of
    id and reviewer: the sources are mixed, and two who work at once seldom meet.
    """
    by_id = {row.id: row for row in rows}
    holding = _holding(by_id, said, seat.question)
    own = {one.id for one in holding if one.reviewer == seat.reviewer}
    others = Counter(
        one.id for one in holding if one.reviewer not in (seat.reviewer, SIMULATED) and one.verdict != SKIPPED
    )
    first = _to_decide(holding, seat)
    left = [row_id for row_id in by_id if row_id not in own]
    left = [row_id for row_id in left if row_id in first or others[row_id] < seat.reviewers.per_row]
    place = dict(zip(left, uniforms(left, f"review/{seat.question}/{seat.reviewer}"), strict=True))
    return [by_id[row_id] for row_id in sorted(left, key=lambda row_id: (row_id not in first, place[row_id], row_id))]


def _holding(rows: Mapping[str, Row], said: Iterable[Verdict], question: Question) -> list[Verdict]:
    """Of what was said, that which is about `rows` as they are now; of each reviewer the latest."""
    asked = (one for one in said if one.question == question and one.id in rows)
    return latest(one for one in asked if one.content_hash == rows[one.id].content_hash)


def _to_decide(holding: Collection[Verdict], seat: Seat) -> frozenset[str]:
    """The disputed rows, if the reviewer is one of those who decide."""
    if seat.reviewer not in seat.reviewers.adjudicators:
        return frozenset()
    return disputed(as_table(holding), seat.question, seat.reviewers)


class Desk:
    """One reviewer's rows: the one that lies before them, those that wait, and those they have judged."""

    def __init__(self, seat: Seat, rows: Sequence[Row], said: Iterable[Verdict]) -> None:
        self.seat = seat
        self.given: dict[str, Verdict] = {}
        """The verdicts of this session by id: of each row the last, in the order in which they were given."""
        self._taken_back: str | None = None
        self.update(rows, said)

    def update(self, rows: Sequence[Row], said: Iterable[Verdict]) -> None:
        """Take `rows` and `said` for what is asked and what everybody said."""
        said = list(said)
        self._rows = {row.id: row for row in rows}
        holding = _holding(self._rows, said, self.seat.question)
        own = {one.id: one for one in holding if one.reviewer == self.seat.reviewer}
        at = {row_id: position for position, row_id in enumerate(self.given)}
        order = sorted(own.values(), key=lambda one: (at.get(one.id, -1), one.reviewed_at, one.id))
        self._own = {one.id: one for one in order}
        self._waiting = waiting(rows, said, self.seat)
        self._votes = {row_id: Counter[Answer]() for row_id in _to_decide(holding, self.seat)}
        for one in holding:
            if one.id in self._votes and one.verdict != SKIPPED:
                self._votes[one.id][one.verdict] += 1
        if self._taken_back not in self._own:
            self._taken_back = None

    @property
    def row(self) -> Row | None:
        """The row to judge: one that was taken back, else the first that waits; None when none does."""
        if self._taken_back is not None:
            return self._rows[self._taken_back]
        return self._waiting[0] if self._waiting else None

    @property
    def taken_back(self) -> Verdict | None:
        """What the reviewer said of the row before them, when it was taken back."""
        return None if self._taken_back is None else self._own[self._taken_back]

    @property
    def progress(self) -> Progress:
        skipped = sum(one.verdict == SKIPPED for one in self._own.values())
        return Progress(len(self._own) - skipped, skipped, len(self._waiting))

    @property
    def asked(self) -> int:
        """How many rows the question is asked about, whoever judges them."""
        return len(self._rows)

    def votes(self, row: Row) -> Mapping[Answer, int]:
        """How many gave which answer, for an adjudicator and a disputed row; else nothing."""
        return self._votes.get(row.id, {})

    def holds(self, row: Row) -> bool:
        """Whether `row` is still asked about, as it is."""
        return row.id in self._rows and self._rows[row.id].content_hash == row.content_hash

    def undo(self) -> bool:
        """Take the row back that was judged before the one at hand, in whichever session; False when there is none."""
        before = list(self._own)
        if self._taken_back is not None:
            before = before[: before.index(self._taken_back)]
        if not before:
            return False
        self._taken_back = before[-1]
        return True

    def keep(self) -> None:
        """Leave the row that was taken back as it was judged."""
        self._taken_back = None

    def verdict(self, row: Row, answer: Answer, reason: str | None, now: datetime) -> Verdict:
        """What the reviewer says of `row`: given `now`, or just after what they said of it earlier if a clock was
        wrong, so that the new one counts.
        """
        earlier = self._own.get(row.id)
        return Verdict(
            id=row.id,
            content_hash=row.content_hash,
            question=self.seat.question,
            verdict=answer,
            reason=reason,
            reviewer=self.seat.reviewer,
            reviewed_at=max(now, earlier.reviewed_at + _TICK) if earlier else now,
        )

    def record(self, verdict: Verdict) -> None:
        """The verdict was written down: go on to the next row that waits."""
        for kept in (self._own, self.given):
            kept.pop(verdict.id, None)
            kept[verdict.id] = verdict
        self._waiting = [row for row in self._waiting if row.id != verdict.id]
        self._taken_back = None
