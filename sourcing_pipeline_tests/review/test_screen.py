import io
import re
import unicodedata
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from sourcing_pipeline.review.desk import Desk, Place, Row, Seat, waiting
from sourcing_pipeline.review.keyboard import RESIZED
from sourcing_pipeline.review.questions import QUESTIONS, SKIPPED, Answer, Question
from sourcing_pipeline.review.screen import Screen, exchange, marked, visible
from sourcing_pipeline.review.verdicts import Verdict
from sourcing_pipeline_tests.review.tables import NOON, verdict

HOSTILE = "\x1b[2J\x1b]0;title\x07 [bold]x[/bold] [NAME] \r over \x9b31m \u202e rtl \u2028 \ud7ff\x00\x7f :smile:"
ROWS = [Row(f"s:{key}", f"h{key}", (("user", f"Question {key}?"), ("assistant", "Just so."))) for key in range(3)]
LONG = Row("s:9", "h9", (("user", "\n".join(f"line {at}" for at in range(60))), ("assistant", "The end.")))
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Keys:
    """Presses the keys of a script, and Ctrl-D at its end."""

    def __init__(self, script: Iterable[str]) -> None:
        self._script = iter(script)

    def __call__(self) -> str:
        for key in self._script:
            return key
        raise EOFError

    def forget(self) -> None:
        pass


class Shown:
    """A screen of 80 by 24 whose frames are kept as plain lines."""

    def __init__(self, rows: list[Row], said: Iterable[Verdict] = (), question: Question = "correct") -> None:
        self.desk = Desk(Seat("ana", question), rows, said)
        self.given: list[Verdict] = []
        self._file = io.StringIO()
        self.console = Console(file=self._file, force_terminal=True, width=80, height=24, _environ={})

    def press(self, *keys: str) -> list[list[str]]:
        """The frames that were drawn, the first one before any key."""
        Screen(self.console, self.desk, self._judge, Keys(keys), "# How\n\nBe fair.", lambda: "Nothing is left.").run()
        self.raw = self._file.getvalue()
        frames = self.raw.split("\x1b[H")[2:]
        return [[line.rstrip() for line in CONTROL.sub("", frame).splitlines()] for frame in frames]

    def _judge(self, row: Row, answer: Answer, reason: str | None, say: Callable[[str], None]) -> str:
        self.given.append(self.desk.verdict(row, answer, reason, NOON))
        self.desk.record(self.given[-1])
        return ""


def test_text_can_not_steer_the_terminal() -> None:
    shown = Shown([Row("s:\x1b1", "h", (("user\x1b", HOSTILE), ("assistant", HOSTILE)))])
    (frame,) = shown.press()
    text = "\n".join(frame)
    assert "␛[2J␛]0;title␇ [bold]x[/bold] [NAME] ␍ over <U+009B>31m <U+202E> rtl <U+2028>" in text
    assert ":smile:" in text
    assert not set(text) & set("\x1b\x07\x9b\x00\x7f\u202e\u2028")
    assert all(sequence.endswith(("m", "h", "l", "H")) for sequence in CONTROL.findall(shown.raw))


@given(st.text(st.characters()))
def test_nothing_that_is_shown_controls_anything(text: str) -> None:
    shown = visible(text)
    strange = {letter for letter in shown if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert strange <= set("\n\u200c\u200d")
    assert visible(shown) == shown


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(-3, 33), st.integers(-3, 33))))
def test_marks_change_no_text(content: str, at: list[tuple[int, int]]) -> None:
    places = [Place("NAME", 0, begin, end) for begin, end in at]
    if "\r\n" not in content:
        assert marked(content, places).plain == visible(content)


def test_suspected_places_are_marked() -> None:
    text = marked("Hi Ada Byron, hi [NAME]", [Place("NAME", 0, 3, 6), Place("NAME", 0, 5, 12)])
    marks = [text.plain[span.start : span.end] for span in text.spans if "underline" in str(span.style)]
    assert "".join(marks) == "Ada Byron"
    shown = Shown([Row("s:1", "h", (("user", "Hi Ada"),), (Place("NAME", 0, 3, 6),))], question="leak")
    (frame,) = shown.press()
    assert "\x1b[1;4;31mAda" in shown.raw
    assert " suspected, and marked: 1 NAME" in frame


def test_a_row_is_shown_whole_with_the_keys_that_answer() -> None:
    (frame,) = Shown(ROWS).press()
    assert len(frame) == 24
    assert frame[0].startswith(" Is the answer right?")
    assert frame[0].endswith("reviewer ana")
    assert frame[1].startswith(" 0 of 3 judged, 0 skipped")
    assert frame[3:8] == [
        " user",
        f" Question {waiting(ROWS, [], Seat('ana', 'correct'))[0].id[2:]}?",
        "",
        " assistant",
        " Just so.",
    ]
    assert frame[-2:] == [
        " y right and helpful   n wrong, or does not help",
        " s skip   u undo   r how to judge   q quit",
    ]


def test_each_answer_is_given_by_its_key_in_either_case() -> None:
    shown = Shown(ROWS)
    *_, last = shown.press("Y", "n", "4", "s")
    assert [(one.verdict, one.reason) for one in shown.given] == [
        ("right", None),
        ("wrong", "out of date"),
        (SKIPPED, None),
    ]
    assert " Nothing is left." in last
    assert last[1] == " 2 of 3 judged, 1 skipped; the one before: skipped"


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_choice_of_every_question_has_its_key(question: Question) -> None:
    for choice in QUESTIONS[question].choices:
        shown = Shown(ROWS, question=question)
        shown.press(choice.key, *(["enter"] if choice.answer in QUESTIONS[question].explained else []), "q")
        assert [(one.question, one.verdict, one.reason) for one in shown.given] == [(question, choice.answer, None)]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (["1"], "states something that is not so"),
        (["enter"], None),
        ([*"unclear", "enter"], "unclear"),
        ([*"  7 bis", "enter"], "7 bis"),
        ([*"7 bis", "enter"], "7 bis"),
        ([*"[bold]ab", "backspace", *"é", "up", "\x01", "enter"], "[bold]aé"),
        ([*"rude", "clear", *"x y", "enter"], "x y"),
        ([" ", "enter"], None),
    ],
)
def test_a_reason_is_picked_or_typed(keys: list[str], reason: str | None) -> None:
    shown = Shown(ROWS)
    shown.press("n", *keys)
    assert [(one.verdict, one.reason) for one in shown.given] == [("wrong", reason)]


@pytest.mark.parametrize("keys", [["escape"], ["backspace"], ["u", "enter"], [*"rude", "escape"]])
def test_one_can_go_back_from_the_reason_without_answering(keys: list[str]) -> None:
    shown = Shown(ROWS)
    *_, last = shown.press("n", *keys)
    assert shown.given == []
    assert last[-1].startswith(" s skip")


def test_a_row_taken_back_shows_what_was_said_and_can_be_left_so() -> None:
    row = ROWS[0]
    shown = Shown(ROWS, [verdict(row.id, row.content_hash, "wrong", reason="out of [bold]date")])
    _, taken_back, again, kept = shown.press("u", "u", "enter")
    assert taken_back[2] == " you said wrong (out of [bold]date): answer anew, or press enter to leave it so"
    assert again[3] == " you have judged no row before this one"
    assert kept[1].startswith(" 1 of 3 judged")
    assert shown.given == []
    shown.press("u", "s")
    assert [(one.id, one.verdict) for one in shown.given] == [(row.id, SKIPPED)]


def test_the_last_answer_can_be_taken_back_too() -> None:
    shown = Shown(ROWS[:1])
    shown.press("y", "y", "enter", "escape", "m", "u", "n", "enter", "q")
    assert [one.verdict for one in shown.given] == ["right", "wrong"]


def test_a_long_row_is_read_by_scrolling() -> None:
    frames = Shown([LONG]).press(
        " ", " ", " ", " ", "b", "home", "down", "up", "page down", "end", "page up", "n", "end"
    )
    seen = {line for frame in frames for line in frame}
    assert {f" line {at}" for at in range(60)} <= seen
    assert " 46 more lines: space ──" in frames[0][-3]
    assert " The end." in frames[3]
    assert frames[3] == frames[4]
    assert "the end, b goes back" in frames[4][-3]
    assert frames[6] == frames[0] == frames[8]
    assert frames[7][3:] != frames[0][3:]
    assert " The end." in frames[-1], "also while a reason is asked for"


def test_a_mark_that_is_out_of_sight_is_gone_to() -> None:
    at = LONG.messages[0][1].index("line 50")
    shown = Shown([LONG._replace(suspected=(Place("NAME", 0, at, at + 7),))], question="leak")
    first, second, third = shown.press("m", "m")
    assert " line 50" not in first
    assert " line 50" in second
    assert second == third


def test_the_rubric_is_shown_and_left_again() -> None:
    shown = Shown([LONG])
    *_, rubric, back = shown.press(" ", "r", "q")
    assert " Be fair." in [f" {line.strip()}" for line in rubric]
    assert rubric[-1] == " r back to the row"
    assert " line 20" in back


def test_a_window_of_any_size_will_do() -> None:
    for width, height in ((20, 3), (40, 12), (200, 60)):
        shown = Shown([LONG])
        shown.console.size = (width, height)  # type: ignore[assignment]
        for frame in shown.press(RESIZED, "r", "r", "n", "escape"):
            assert len(frame) == height
            assert max(map(len, frame)) <= width


def test_wide_letters_stay_within_the_line() -> None:
    shown = Shown(ROWS)
    row = Row("s:1", "h", (("user", "漢字" * 300 + "👩‍🔧" * 50 + "é" * 200 + "x" * 300),))
    assert max(line.cell_len for line in exchange(row, shown.console, 80)) <= 80


KEYS = st.sampled_from([*"ynosurq1x mb", "enter", "escape", "backspace", "up", "clear", RESIZED])


@given(st.lists(KEYS, max_size=40), st.sampled_from(list(QUESTIONS)))
def test_no_key_makes_the_screen_fall(keys: list[str], question: Question) -> None:
    shown = Shown([*ROWS, LONG], question=question)
    for frame in shown.press(*keys):
        assert len(frame) == 24
