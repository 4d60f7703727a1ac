"""The screen on which a reviewer judges rows: one row at a time, drawn whole, and a key for each answer."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Protocol

from rich.console import Console, Group
from rich.control import Control
from rich.markdown import Markdown
from rich.text import Text

from sourcing_pipeline.review.desk import Desk, Place, Row
from sourcing_pipeline.review.keyboard import RESIZED
from sourcing_pipeline.review.questions import QUESTIONS, SKIPPED, Answer, Choice

_WIDEST = 100
_MARK = "bold underline red"
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]*\]")
_JOINERS = "\u200c\u200d"


class Keys(Protocol):
    """Gives the next key, and forgets those that were pressed before."""

    def __call__(self) -> str: ...

    def forget(self) -> None: ...


Judge = Callable[[Row, Answer, str | None, Callable[[str], None]], str]
"""Writes an answer and its reason down; it tells the function what it waits for. Gives what there is to say of it."""


def visible(text: str) -> str:
    """`text` with what could steer the terminal or hide in it written out: escape as ␛, others as <U+202E>."""
    plain = text.replace("\r\n", "\n").replace("\t", "    ")
    return plain if plain.isprintable() else "".join(map(_written_out, plain))


@lru_cache(maxsize=4096)
def _written_out(letter: str) -> str:
    if letter.isprintable() or letter == "\n" or letter in _JOINERS:
        return letter
    if unicodedata.category(letter) == "Zs":
        return " "
    code = ord(letter)
    return chr(0x2400 + code) if code < 0x20 else f"<U+{code:04X}>"


def marked(content: str, places: Iterable[Place]) -> Text:
    """One message as it is shown, with the `places` in it marked."""
    text, at = Text(), 0
    for place in sorted(places, key=lambda one: one.start):
        begin, end = max(place.start, at), min(place.end, len(content))
        if begin < end:
            text.append(visible(content[at:begin]))
            text.append(visible(content[begin:end]), _MARK)
            at = end
    text.append(visible(content[at:]))
    text.highlight_regex(_PLACEHOLDER, "cyan")
    return text


def exchange(row: Row, console: Console, width: int) -> list[Text]:
    """All turns of `row`, in lines of at most `width` cells."""
    lines: list[Text] = []
    for number, (role, content) in enumerate(row.messages):
        lines.append(Text(f" {visible(role)} ", "bold reverse"))
        text = marked(content, (place for place in row.suspected if place.message == number))
        for line in text.wrap(console, width - 3):
            line.pad_left(1)
            lines.append(line)
        lines.append(Text())
    return lines[:-1]


@dataclass
class Page:
    """What is on the screen: `body` is scrolled between `head` and `foot`."""

    head: list[Text]
    body: list[Text]
    foot: list[Text] = field(default_factory=list)

    def marks(self) -> list[int]:
        """The lines of the body in which something is marked."""
        return [at for at, line in enumerate(self.body) if any(span.style == _MARK for span in line.spans)]


class Screen:
    """Shows the rows of a `desk` until the reviewer quits, and gives each answer to `judge`.

    Keys that were pressed before a row is shown are forgotten: who judges a row has it before them.
    """

    def __init__(
        self, console: Console, desk: Desk, judge: Judge, keys: Keys, rubric: str, why_none: Callable[[], str]
    ) -> None:
        self._console, self._desk, self._judge, self._keys = console, desk, judge, keys
        self._rubric, self._why_none = rubric, why_none
        self._asked = QUESTIONS[desk.seat.question]
        self._note = ""
        self._top = self._room = self._mark = 0
        self._laid_out: tuple[object, list[Text]] | None = None

    def run(self) -> None:
        """Show rows until q, Ctrl-C or Ctrl-D is pressed or the terminal is gone."""
        with self._console.screen(hide_cursor=True) as self._display, suppress(EOFError, KeyboardInterrupt):
            while self._step():
                pass

    def _step(self) -> bool:
        """One row, until something is done with it; False when the reviewer quits."""
        row = self._desk.row
        choices = {choice.key: choice for choice in self._asked.choices} if row else {}
        self._turn_to_top()
        self._keys.forget()
        while (key := self._key(lambda: self._row_page(row) if row else self._last_page()).lower()) != "q":
            self._note = ""
            if key == "u" and self._desk.undo():
                return True
            elif key == "u":
                self._note = "you have judged no row before this one"
            elif key == "r":
                self._read_rubric()
            elif key in ("enter", "escape") and self._desk.taken_back:
                self._desk.keep()
                return True
            elif key == "s" and row:
                return self._judged(row, SKIPPED, None)
            elif key in choices and row and self._answered(row, choices[key]):
                return True
        return False

    def _answered(self, row: Row, choice: Choice) -> bool:
        """Whether the answer was given, and not taken back when a reason was asked for."""
        reason = self._reason(row, choice) if choice.answer in self._asked.explained else ""
        return reason is not None and self._judged(row, choice.answer, reason or None)

    def _judged(self, row: Row, answer: Answer, reason: str | None) -> bool:
        self._note = self._judge(row, answer, reason, lambda message: self._say(row, message))
        return True

    def _say(self, row: Row, message: str) -> None:
        self._note = message
        self._draw(self._row_page(row))

    def _reason(self, row: Row, choice: Choice) -> str | None:
        """The reason for an answer, empty for none; or None to go back to the row."""
        typed = ""
        while (key := self._key(partial(self._reason_page, row, choice, typed), typing=True)) != "escape":
            if key == "enter":
                return None if typed.strip().lower() == "u" else typed.strip()
            elif key == "backspace" and not typed:
                return None
            elif key == "backspace":
                typed = typed[:-1]
            elif key == "clear":
                typed = ""
            elif not typed and key in [str(number) for number in range(1, len(self._asked.reasons) + 1)]:
                return self._asked.reasons[int(key) - 1]
            elif len(key) == 1 and key.isprintable():
                typed += key
        return None

    def _read_rubric(self) -> None:
        before = self._top
        self._turn_to_top()
        while self._key(self._rubric_page).lower() not in ("r", "q", "escape", "enter"):
            pass
        self._top = before

    # The pages

    def _row_page(self, row: Row) -> Page:
        keys = "s skip   u undo   r how to judge   q quit"
        if row.suspected:
            keys += "   m next mark"
        if self._desk.taken_back:
            keys += "   enter keep"
        return Page(self._head(row), self._body(row), [*self._choices(), Text(f" {keys}", "dim")])

    def _reason_page(self, row: Row, choice: Choice, typed: str) -> Page:
        offered = [Text(f" {number} {reason}") for number, reason in enumerate(self._asked.reasons, start=1)]
        width = self._console.width - len(" why?  ")
        line = Text.assemble((" why? ", "bold"), typed[-width + 1 :], ("▏", "blink"))
        how = Text(" a number, or your own words and enter; enter alone: no reason; escape: back", "dim")
        return Page(self._head(row), self._body(row), [Text(f" {choice.meaning}", "bold"), *offered, how, line])

    def _rubric_page(self) -> Page:
        def lay_out() -> list[Text]:
            options = self._console.options.update(width=self._width(), height=None)
            lines = self._console.render_lines(Markdown(visible(self._rubric), hyperlinks=False), options)
            return [Text.assemble(*((part.text, part.style or "") for part in line)) for line in lines]

        body = self._laid_out_once((self._width(), "rubric"), lay_out)
        return Page(self._head(None), body, [Text(" r back to the row", "dim")])

    def _last_page(self) -> Page:
        keys = Text(" u undo   r how to judge   q quit", "dim")
        return Page(self._head(None), list(Text(f" {self._why_none()}").wrap(self._console, self._width())), [keys])

    def _head(self, row: Row | None) -> list[Text]:
        seat, done = self._desk.seat, self._desk.progress
        progress = f" {done.judged:,} of {done.rows:,} judged, {done.skipped:,} skipped"
        if self._desk.given:
            progress += f"; the one before: {next(reversed(self._desk.given.values())).verdict}"
        head = [
            self._ends(Text(f" {self._asked.title}", "bold"), Text(f"reviewer {visible(seat.reviewer)} ", "dim")),
            self._ends(Text(progress), Text(f"{visible(row.id)} " if row else "", "dim")),
        ]
        return [*head, *(Text(f" {note}", "yellow") for note in self._notes(row))]

    def _notes(self, row: Row | None) -> Iterable[str]:
        if row and (votes := self._desk.votes(row)):
            said = ", ".join(f"{count} {answer}" for answer, count in sorted(votes.items()))
            yield f"reviewers disagree ({said}): your word decides"
        if row and (before := self._desk.taken_back):
            why = f" ({visible(before.reason)})" if before.reason else ""
            yield f"you said {before.verdict}{why}: answer anew, or press enter to leave it so"
        if row and row.suspected:
            found = Counter(place.entity for place in row.suspected)
            yield "suspected, and marked: " + ", ".join(f"{count} {entity}" for entity, count in sorted(found.items()))
        if self._note:
            yield self._note

    def _choices(self) -> list[Text]:
        parts = [Text.assemble((f" {choice.key} ", "bold"), choice.meaning) for choice in self._asked.choices]
        together = Text("  ").join(parts)
        return [together] if together.cell_len < self._console.width else parts

    def _body(self, row: Row) -> list[Text]:
        width = self._width()
        return self._laid_out_once((width, row.id, row.content_hash), lambda: exchange(row, self._console, width))

    def _laid_out_once(self, key: object, lay_out: Callable[[], list[Text]]) -> list[Text]:
        if self._laid_out is None or self._laid_out[0] != key:
            self._laid_out = key, lay_out()
        return self._laid_out[1]

    def _width(self) -> int:
        return min(self._console.width, _WIDEST)

    def _ends(self, left: Text, right: Text) -> Text:
        """`left` and `right` at the two ends of a line."""
        width = self._console.width
        right.truncate(width // 2, overflow="ellipsis")
        left.truncate(width - right.cell_len - 1, overflow="ellipsis", pad=True)
        return Text.assemble(left, " ", right)

    # Drawing and scrolling

    def _key(self, page: Callable[[], Page], typing: bool = False) -> str:
        """The next key that does not only scroll."""
        while True:
            now = page()
            self._draw(now)
            key = self._keys()
            if not self._scrolled(key, now, typing):
                return key

    def _draw(self, page: Page) -> None:
        width, height = self._console.size
        self._room = max(height - len(page.head) - len(page.foot) - 2, 1)
        self._top = max(min(self._top, len(page.body) - self._room), 0)
        shown = page.body[self._top : self._top + self._room]
        below = len(page.body) - self._top - len(shown)
        where = f" {below} more lines: space " if below else " the end, b goes back " if self._top else ""
        lines = [
            *page.head,
            Text("─" * width, "dim"),
            *shown,
            *(Text() for _ in range(self._room - len(shown))),
            Text.assemble(("─" * (width - len(where) - 2), "dim"), (where, "bold"), ("─" * 2, "dim")),
            *page.foot,
        ]
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        self._console.control(Control.home())
        self._display.update(Group(*lines))

    def _scrolled(self, key: str, page: Page, typing: bool) -> bool:
        steps = {"up": -1, "down": 1, "page up": -self._room, "page down": self._room, "home": -self._top}
        steps |= {"end": len(page.body), RESIZED: 0}
        if not typing:
            steps |= {" ": self._room, "b": -self._room}
        if key == "m" and not typing and (marks := page.marks()):
            self._top = max(marks[self._mark % len(marks)] - self._room // 2, 0)
            self._mark += 1
            return True
        self._top += steps.get(key, 0)
        return key in steps

    def _turn_to_top(self) -> None:
        self._top = self._mark = 0
