"""One reviewer at work: the rows from the lake's queue, the screen, and the verdicts file."""

import getpass
import io
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.locks import shared
from sourcing_pipeline.review.config import LabelStudioBackend, Review
from sourcing_pipeline.review.desk import Desk, Row, Seat, rows_of, waiting
from sourcing_pipeline.review.keyboard import Keyboard
from sourcing_pipeline.review.questions import QUESTIONS, Answer, Question
from sourcing_pipeline.review.queue import QUEUE, partition_of
from sourcing_pipeline.review.screen import Screen
from sourcing_pipeline.review.verdict_file import VerdictFile
from sourcing_pipeline.review.verdicts import SIMULATED
from sourcing_pipeline.storage import Lake


def seat(question: Question, reviewer: str | None, review: Review) -> Seat:
    """The seat of `reviewer`, by default of who is logged in. Raises InputError when the name will not do."""
    try:
        name = (getpass.getuser() if reviewer is None else reviewer).strip()
    except (OSError, KeyError, ImportError):
        name = ""
    if not name or not name.isprintable():
        raise InputError("nobody knows who judges; give your name with --reviewer")
    if name == SIMULATED:
        raise InputError("the name simulated stands for the demonstration's verdicts; give another one with --reviewer")
    return Seat(name, question, review.reviewers)


def chosen(source: str | None, enabled: Sequence[str]) -> list[str]:
    """The sources whose rows are shown. Raises InputError when `source` is none of those `enabled`."""
    if source is not None and source not in enabled:
        raise InputError(f"--source {source}: no such source is enabled; choose from {', '.join(enabled)}")
    return list(enabled) if source is None else [source]


def review(review: Review, lake: Lake, sources: Sequence[str], seat: Seat, out: Console, err: Console) -> None:
    """Let the reviewer judge rows of `sources` in the terminal, and print what came of it.

    Raises InputError when there is no terminal, or when the verdicts file cannot be read or written; what was answered
    before stands in it then.
    """
    if not sys.stdin.isatty() or not out.is_terminal or out.is_dumb_terminal:
        raise InputError(_without_terminal(review, sources, seat.question))
    if isinstance(out.file, io.TextIOWrapper):
        out.file.reconfigure(errors="replace")
    if isinstance(review.backend, LabelStudioBackend):
        err.print(f"note: these rows are also judged at {escape(review.backend.url)}", soft_wrap=True)
    rubric = QUESTIONS[seat.question].rubric(review.rubrics.get(seat.question))
    with err.status("reading the queue and the verdicts"):
        sitting = Sitting(lake, sources, review.verdicts, seat, err.print)
    if any(sitting.desk.progress):
        with Keyboard(sys.stdin.fileno()) as keys:
            Screen(out, sitting.desk, sitting.judge, keys, rubric, sitting.nothing_left).run()
    sitting.summarize(out)


def _without_terminal(review: Review, sources: Sequence[str], question: Question) -> str:
    files = ", ".join(str(review.queue / f"{partition_of(source, question)}.jsonl") for source in sources)
    return (
        "`sourcing review` needs a terminal for its screen and its keys. Without one, fill in verdict, reason, "
        f"reviewer and reviewed_at in {files}, and add those lines to {review.verdicts}"
    )


class Sitting:
    """The desk of one reviewer, kept in step with the queue and with what others say meanwhile."""

    def __init__(
        self, lake: Lake, sources: Sequence[str], verdicts: Path, seat: Seat, say: Callable[[str], None]
    ) -> None:
        self._lake, self._sources, self._seat = lake, sources, seat
        self._file = VerdictFile(verdicts)
        self._version: int | None = None
        self._rows: dict[Question, list[Row]] = {}
        with shared(lake.root, say):
            self._reload()
        self.desk = Desk(seat, self._rows.get(seat.question, []), self._file.read())

    def _reload(self) -> None:
        """Read the queue, where it was written anew."""
        table = self._lake.table("review_queue")
        version = table.version()
        if version != self._version:
            partitions = [partition_of(source, question) for source in self._sources for question in QUESTIONS]
            self._rows = rows_of(table.load(QUEUE, partitions=partitions))
            self._version = version

    def judge(self, row: Row, answer: Answer, reason: str | None, say: Callable[[str], None]) -> str:
        """Write the answer down and go on to the next row.

        An erasure is waited for, and nothing is written about a row that has left the queue or changed: what is given
        says so.
        """
        with shared(self._lake.root, say):
            self._reload()
            self.desk.update(self._rows.get(self._seat.question, []), self._file.read())
            if not self.desk.holds(row):
                return "the queue was made anew, and the last row is no longer in it: your answer was not kept"
            verdict = self.desk.verdict(row, answer, reason, datetime.now(UTC))
            self._file.append(verdict)
        self.desk.record(verdict)
        return ""

    def nothing_left(self) -> str:
        """Why no row waits."""
        where = f" of {self._sources[0]}" if len(self._sources) == 1 else ""
        if self._version is None:
            return "Nothing is waiting: the queue was never made. Materialize review_queue first (`sourcing run`)."
        if not self.desk.asked:
            return f"Nothing is waiting: no row{where} is in the queue for the question {self._seat.question}."
        done = self.desk.progress
        others = self.desk.asked - done.judged - done.skipped
        by = [f"{done.judged:,} judged by you"] if done.judged else []
        by += [f"{done.skipped:,} skipped by you"] if done.skipped else []
        by += [f"{others:,} judged by others"] if others else []
        return f"Nothing is waiting: of {self.desk.asked:,} rows{where}, {', '.join(by)}."

    def summarize(self, out: Console) -> None:
        """Print what was answered in this session, what is left, and how the answers come to count."""
        left = self.desk.progress.waiting
        if self.desk.given:
            said = Counter(one.verdict for one in self.desk.given.values())
            out.print(QUESTIONS[self._seat.question].title, style="italic")
            table = Table()
            table.add_column("you said")
            table.add_column("rows", justify="right")
            for answer in QUESTIONS[self._seat.question].answers:
                table.add_row(answer, f"{said[answer]:,}")
            table.add_section()
            table.add_row("left to judge", f"{left:,}")
            out.print(table)
            out.print(f"verdicts {escape(str(self._file.path))}", soft_wrap=True)
            out.print("They count once `sourcing run` is called or the asset verdicts is materialized.", soft_wrap=True)
        elif left:
            out.print(f"No answer was given; {left:,} rows are waiting.")
        if not left:
            out.print(escape(self.nothing_left()), soft_wrap=True)
        others = self._others()
        if others:
            counts = ", ".join(f"{count:,} {question}" for question, count in others.items())
            out.print(f"also waiting: {counts} (`sourcing review --question {next(iter(others))}`)")

    def _others(self) -> dict[Question, int]:
        """How many rows wait for an answer to another question."""
        said = self._file.read()
        counts = {
            question: len(waiting(rows, said, Seat(self._seat.reviewer, question, self._seat.reviewers)))
            for question, rows in self._rows.items()
            if question != self._seat.question
        }
        return {question: counts[question] for question in QUESTIONS if counts.get(question)}
