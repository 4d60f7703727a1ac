"""`sourcing review` in a terminal of its own, with keys pressed as a person does."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sourcing_pipeline.review.desk import Seat, rows_of, waiting
from sourcing_pipeline.review.queue import QUEUE
from sourcing_pipeline_tests.review.tables import lake_with, queue

RECIPE = """\
sources: {faq: {kind: stackexchange, posts: posts.xml}}
assessment: {known_sources: [faq]}
mixing: {when_short: fill}
review: {verdicts: verdicts.jsonl}
"""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PATIENCE_SECONDS = 60


class Terminal:
    """`sourcing review` with `arguments`, in a terminal of 80 by 24."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.modes = termios.tcgetattr(slave)
        self._slave = slave
        command = [sys.executable, "-m", "sourcing_pipeline.cli", "review", *arguments]
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[2])}
        for name in ("COLUMNS", "LINES", "SOURCING_RECIPE"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        self._output = ""

    def see(self, *texts: str) -> str:
        """Wait until all of `texts` stand in what was put out since the last key."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while not all(text in self.output() for text in texts):
            assert time.monotonic() < until, f"{texts} not in {self.output()!r}"
            assert self._listen(0.1) or self.process.poll() is None, self.output()
        return self.output()

    def output(self) -> str:
        return _CONTROL.sub("", self._output)

    def press(self, keys: str) -> "Terminal":
        self._output = ""
        os.write(self._master, keys.encode())
        return self

    def end(self) -> int:
        """The exit status."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < until, self.output()
            self._listen(0.1)
        while self._listen(0.1):
            pass
        return self.process.returncode

    def modes_now(self) -> list[Any]:
        return termios.tcgetattr(self._slave)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._slave)
        os.close(self._master)

    def _listen(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        self._output += os.read(self._master, 65536).decode("utf-8", "replace")
        return True


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a recipe and a queue of five rows."""
    (tmp_path / "recipe.yaml").write_text(RECIPE, "utf-8")
    lake_with(tmp_path / "data/lake", queue("faq", {str(key): f"Question {key}?" for key in range(5)}))
    return tmp_path


@pytest.fixture
def start(project: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts a session of Ana."""
    begun: list[Terminal] = []

    def one(*arguments: str) -> Terminal:
        begun.append(Terminal(project, "--reviewer", "ana", *arguments))
        return begun[-1]

    yield one
    for terminal in begun:
        terminal.close()


def lines(project: Path) -> list[dict[str, Any]]:
    text = (project / "verdicts.jsonl").read_text("utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def order(project: Path) -> list[str]:
    rows = rows_of(lake_with(project / "data/lake").table("review_queue").load(QUEUE))["correct"]
    return [row.id for row in waiting(rows, [], Seat("ana", "correct"))]


def test_rows_are_judged_taken_back_and_gone_on_with(project: Path, start: Callable[..., Terminal]) -> None:
    first, second, third, fourth, fifth = order(project)
    terminal = start()
    terminal.see("Is the answer right?", "0 of 5 judged", first, "q quit")
    terminal.press("y").see("1 of 5 judged", second, "q quit")
    terminal.press("n").see("1 states something that is not so", "why?")
    terminal.press("2").see("2 of 5 judged", third, "q quit")
    terminal.press("s").see("2 of 5 judged, 1 skipped", fourth, "q quit")
    terminal.press("u").see("you said skipped", third, "q quit")
    terminal.press("n").see("why?")
    terminal.press("grüße\r").see("3 of 5 judged, 0 skipped", fourth, "q quit")
    ended = terminal.press("q")
    assert ended.end() == 0
    assert terminal.modes_now() == terminal.modes
    assert "left to judge" in terminal.output()
    assert [(one["id"], one["verdict"], one["reason"]) for one in lines(project)] == [
        (first, "right", None),
        (second, "wrong", "answers another question"),
        (third, "skipped", None),
        (third, "wrong", "grüße"),
    ]
    assert {one["reviewer"] for one in lines(project)} == {"ana"}
    again = start()
    again.see("3 of 5 judged", fourth, "q quit")
    again.press("\x1b[B\x1b").press("y").see("4 of 5 judged", fifth, "q quit")
    again.press("y").see("Nothing is waiting: of 5 rows of faq, 5 judged by you.", "q quit")
    again.press("u").see("you said right", fifth, "q quit")
    again.press("\x04")
    assert again.end() == 0
    assert len(lines(project)) == 6


def test_a_kill_loses_nothing_that_was_answered(project: Path, start: Callable[..., Terminal]) -> None:
    first, second, third, *_ = order(project)
    terminal = start()
    terminal.see(first, "q quit")
    terminal.press("y").see(second, "q quit")
    terminal.press("y").see(third, "q quit")
    terminal.press("n").see("why?")
    terminal.process.send_signal(signal.SIGKILL)
    terminal.end()
    assert [one["id"] for one in lines(project)] == [first, second]
    start().see("2 of 5 judged", third, "q quit")


def test_keys_pressed_before_a_row_is_shown_do_not_judge_it(project: Path, start: Callable[..., Terminal]) -> None:
    first, *_ = order(project)
    terminal = start()
    terminal.see(first, "q quit")
    terminal.press("yyyy").see("1 of 5 judged", "q quit")
    terminal.press("q")
    assert terminal.end() == 0
    assert [one["id"] for one in lines(project)] == [first]


def test_an_interrupt_ends_with_the_summary(project: Path, start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.see("0 of 5 judged", "q quit")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 0
    assert "No answer was given; 5 rows are waiting." in terminal.output()
    assert terminal.modes_now() == terminal.modes
    assert not (project / "verdicts.jsonl").exists()


def test_the_screen_is_drawn_anew_when_the_window_changes(start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.see("0 of 5 judged", "q quit")
    terminal.press("")
    fcntl.ioctl(terminal._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 60, 0, 0))
    assert "─" * 61 not in terminal.see("─" * 60, "q quit")


def test_a_pipe_is_refused_and_the_files_are_named(project: Path) -> None:
    command = [sys.executable, "-m", "sourcing_pipeline.cli", "review", "--reviewer", "ana"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=project, env=environment, input="y\n", capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs a terminal" in done.stderr
    assert str(project / "data/review/faq.jsonl") in done.stderr
    assert not (project / "verdicts.jsonl").exists()
