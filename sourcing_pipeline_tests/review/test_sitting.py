"""A reviewer at work on a lake and a verdicts file, without a terminal."""

import io
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.locks import exclusive
from sourcing_pipeline.review.config import LabelStudioBackend, Review, Reviewers
from sourcing_pipeline.review.desk import Seat, waiting
from sourcing_pipeline.review.questions import KEEP, LEAK, QUESTIONS
from sourcing_pipeline.review.queue import QUEUE
from sourcing_pipeline.review.screen import Screen
from sourcing_pipeline.review.sitting import Sitting, chosen, review, seat
from sourcing_pipeline.review.verdict_file import VerdictFile
from sourcing_pipeline.review.verdicts import Verdict, latest, read_file
from sourcing_pipeline.storage import Lake
from sourcing_pipeline_tests.review.tables import lake_with, queue, verdict
from sourcing_pipeline_tests.review.test_screen import Keys

ANA = Seat("ana", "correct")
TEXTS = {"1": "One?", "2": "Two?", "3": "Three?"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Three rows of a, two of b, and rows for two other questions."""
    batches = [queue("a", TEXTS), queue("b", {"4": "Four?", "5": "Five?"}), queue("a", TEXTS, LEAK)]
    return lake_with(tmp_path_factory.mktemp("lake"), *batches, queue("b", {"4": "Four?"}, KEEP))


def sitting(lake: Lake, file: Path, who: Seat = ANA, sources: str = "ab") -> Sitting:
    return Sitting(lake, list(sources), file, who, lambda _: None)


def told(summarize: Callable[[Console], None]) -> str:
    out = io.StringIO()
    summarize(Console(file=out, width=120, _environ={}))
    return out.getvalue()


def sit(one: Sitting, *keys: str) -> Sitting:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=24, _environ={})
    Screen(console, one.desk, one.judge, Keys(keys), "", one.nothing_left).run()
    return one


@dataclass
class Model:
    """What a session is thought to do: rows by id in the order they wait, and what was last said of each."""

    waiting: list[str]
    said: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    taken_back: str | None = None
    typed: str | None = None
    rubric: bool = False

    def press(self, keys: list[str]) -> None:
        self.taken_back, self.typed, self.rubric = None, None, False
        for key in keys:
            if self.rubric:
                self.rubric = key not in ("r", "q", "escape", "enter")
            elif self.typed is not None:
                self._type(key)
            elif key == "q":
                return
            elif key == "r":
                self.rubric = True
            else:
                self._act(key)

    def _act(self, key: str) -> None:
        row = self.taken_back or next(iter(self.waiting), None)
        if key == "u":
            before = list(self.said)
            before = before[: before.index(self.taken_back)] if self.taken_back else before
            self.taken_back = before[-1] if before else self.taken_back
        elif key in ("enter", "escape"):
            self.taken_back = None
        elif row and key in "ys":
            self._answer({"y": "right", "s": "skipped"}[key], None)
        elif row and key == "n":
            self.typed = ""

    def _type(self, key: str) -> None:
        assert self.typed is not None
        if key == "escape" or (key == "backspace" and not self.typed) or (key == "enter" and self.typed.strip() == "u"):
            self.typed = None
        elif key == "enter":
            self._answer("wrong", self.typed.strip() or None)
        elif key == "1" and not self.typed:
            self._answer("wrong", "states something that is not so")
        elif key == "backspace":
            self.typed = self.typed[:-1]
        else:
            self.typed += key

    def _answer(self, answer: str, reason: str | None) -> None:
        row = self.taken_back or self.waiting[0]
        self.waiting = [one for one in self.waiting if one != row]
        self.said.pop(row, None)
        self.said[row] = (answer, reason)
        self.taken_back = self.typed = None


KEYS = st.lists(st.sampled_from([*"yynssuuurq1x", "enter", "escape", "backspace"]), max_size=25)


@settings(max_examples=40)
@given(st.lists(KEYS, min_size=1, max_size=3), st.binary(max_size=20))
def test_the_file_says_what_was_answered_whatever_is_pressed(
    lake: Lake, sessions: list[list[str]], junk: bytes
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "verdicts.jsonl"
        path.write_bytes((verdict("a:1", "another", reviewer="ana").model_dump_json() + "\n").encode() + junk)
        before = path.read_bytes()
        rows = sitting(lake, path)._rows["correct"]
        model = Model([row.id for row in waiting(rows, [], ANA)])
        for keys in sessions:
            one = sit(sitting(lake, path), *keys)
            model.press(keys)
            assert one.desk.progress.waiting == len(model.waiting)
        written = path.read_bytes()
        assert written.startswith(before)
        added = [Verdict.model_validate_json(line) for line in written[len(before) :].split(b"\n") if line]
        assert not written[len(before) :] or written.endswith(b"\n")
        assert {each.id: (each.verdict, each.reason) for each in latest(added)} == model.said
        assert {each.reviewer for each in added} <= {"ana"}


def test_a_second_session_goes_on_where_the_first_ended(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    first = sit(sitting(lake, file), "y", "s", "q")
    assert first.desk.row
    second = sitting(lake, file)
    assert second.desk.row == first.desk.row
    assert second.desk.progress == first.desk.progress
    assert second.desk.undo()


def test_only_rows_of_the_chosen_source_are_shown(lake: Lake, tmp_path: Path) -> None:
    assert sitting(lake, tmp_path / "v.jsonl", sources="b").desk.progress.waiting == 2


def test_what_a_session_did_is_told_at_its_end(lake: Lake, tmp_path: Path) -> None:
    one = sit(sitting(lake, tmp_path / "verdicts.jsonl"), "y", "y", "u", "s", "n", "1")
    text = told(one.summarize)
    counts = dict(line.strip("│ \n").split("│") for line in text.splitlines() if line.startswith("│"))
    assert {name.strip(): int(count) for name, count in counts.items()} == {
        "right": 1,
        "wrong": 1,
        "skipped": 1,
        "left to judge": 2,
    }
    assert f"verdicts {tmp_path}/verdicts.jsonl" in text
    assert "once `sourcing run` is called" in text
    assert "also waiting: 3 leak, 1 keep (`sourcing review --question leak`)" in text


def test_a_session_without_answers_says_what_waits(lake: Lake, tmp_path: Path) -> None:
    text = told(sit(sitting(lake, tmp_path / "verdicts.jsonl"), "q").summarize)
    assert text.startswith("No answer was given; 5 rows are waiting.")


def test_why_nothing_waits_is_told(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    never = told(sitting(Lake(str(tmp_path / "lake")), file).summarize)
    assert "the queue was never made. Materialize review_queue first (`sourcing run`)" in never
    none = told(sitting(lake, file, Seat("ana", "domain"), "a").summarize)
    assert "no row of a is in the queue for the question domain" in none
    VerdictFile(file).append(verdict("a:1", "hash of One?", reviewer="ben"))
    done = told(sit(sitting(lake, file), "y", "y", "y", "s").summarize)
    assert "of 5 rows, 3 judged by you, 1 skipped by you, 1 judged by others." in done


def test_a_row_that_left_the_queue_meanwhile_is_not_written_about(tmp_path: Path) -> None:
    lake, file = lake_with(tmp_path / "lake", queue("a", TEXTS)), tmp_path / "verdicts.jsonl"
    one = sitting(lake, file)
    row = one.desk.row
    assert row
    gone = row.id.removeprefix("a:")
    lake.table("review_queue").overwrite([queue("a", {k: t for k, t in TEXTS.items() if k != gone})], QUEUE, ["a"])
    assert "your answer was not kept" in one.judge(row, "right", None, lambda _: None)
    assert not file.exists()
    assert one.desk.progress.rows == 2
    assert one.desk.row != row


def test_an_erasure_is_waited_for(lake: Lake, tmp_path: Path) -> None:
    one, said = sitting(lake, tmp_path / "verdicts.jsonl"), list[str]()
    row = one.desk.row
    assert row
    with exclusive(lake.root):
        judging = threading.Thread(target=one.judge, args=(row, "right", None, said.append))
        judging.start()
        time.sleep(2.5)
        assert not (tmp_path / "verdicts.jsonl").exists()
    judging.join(10)
    assert [each.id for each in read_file(tmp_path / "verdicts.jsonl") if isinstance(each, Verdict)] == [row.id]
    (message,) = said
    assert "waiting for an erasure" in message


def test_what_others_say_meanwhile_counts(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    one = sitting(lake, file)
    order = waiting(one._rows["correct"], [], ANA)
    ben = VerdictFile(file)
    ben.append(verdict(order[0].id, order[0].content_hash, reviewer="ben"))
    ben.append(verdict(order[1].id, order[1].content_hash, reviewer="ben"))
    sit(one, "y")
    assert one.desk.row == order[2], "the row at hand is answered, the one that Ben has judged is passed over"
    assert one.desk.progress == (1, 0, 3)


def test_the_name_of_the_reviewer(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Review(reviewers=Reviewers(per_row=2))
    monkeypatch.setattr("getpass.getuser", lambda: "ida")
    assert seat(LEAK, None, rules) == Seat("ida", LEAK, Reviewers(per_row=2))
    assert seat(LEAK, " ben ", rules).reviewer == "ben"
    for strange in ("", "  ", "a\x1bb"):
        with pytest.raises(InputError, match="--reviewer"):
            seat(LEAK, strange, rules)
    with pytest.raises(InputError, match="demonstration"):
        seat(LEAK, "simulated", rules)

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    with pytest.raises(InputError, match="--reviewer"):
        seat(LEAK, None, rules)


def test_a_source_is_one_of_the_enabled_ones() -> None:
    assert chosen(None, ["a", "b"]) == ["a", "b"]
    assert chosen("b", ["a", "b"]) == ["b"]
    with pytest.raises(InputError, match="--source c: no such source is enabled; choose from a, b"):
        chosen("c", ["a", "b"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_without_a_terminal_the_files_are_named(lake: Lake, tmp_path: Path, question: str) -> None:
    settings = Review(queue=tmp_path / "review", verdicts=tmp_path / "verdicts.jsonl", backend=LabelStudioBackend())
    console = Console(file=io.StringIO(), force_terminal=True)
    end = "" if question == "correct" else f".{question}"
    with pytest.raises(InputError) as refused:
        review(settings, lake, ["a", "b"], seat(question, "ana", settings), console, console)  # type: ignore[arg-type]
    for name in (f"review/a{end}.jsonl", f"review/b{end}.jsonl", "verdicts.jsonl"):
        assert str(tmp_path / name) in str(refused.value)
