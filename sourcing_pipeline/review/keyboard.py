"""The keys that a reviewer presses in a terminal, one by one."""

import codecs
import os
import re
import select
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from sourcing_pipeline.errors import InputError

RESIZED = "resized"
_NAMES = {
    **dict.fromkeys(("\r", "\n"), "enter"),
    **dict.fromkeys(("\x7f", "\x08"), "backspace"),
    **dict.fromkeys(("\x1b[A", "\x1bOA"), "up"),
    **dict.fromkeys(("\x1b[B", "\x1bOB"), "down"),
    **dict.fromkeys(("\x1b[H", "\x1bOH", "\x1b[1~"), "home"),
    **dict.fromkeys(("\x1b[F", "\x1bOF", "\x1b[4~"), "end"),
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\x1b": "escape",
    "\x15": "clear",
}
_KEY = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[@-~])|.", re.DOTALL)
_HANG_UP = "\x04"
_LOOK_SECONDS = 0.25
_SEQUENCE_SECONDS = 0.05


class Keyboard:
    """Called, it gives the next key pressed in the terminal `fd`: a letter as itself, others by name, such as `enter`;
    and RESIZED when the window has another size.

    While it is open nothing that is typed shows, and the process is not put into the background. A call raises EOFError
    when the terminal is gone or Ctrl-D is pressed, KeyboardInterrupt on Ctrl-C.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._pressed: deque[str] = deque()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def __enter__(self) -> Self:
        import termios
        import tty

        try:
            self._before: list[Any] = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd)
            mode = termios.tcgetattr(self._fd)
            mode[6][termios.VSUSP] = b"\0"
            termios.tcsetattr(self._fd, termios.TCSANOW, mode)
        except termios.error as error:
            raise InputError(f"the terminal cannot be read key by key ({error.args[-1]}); use another one") from error
        self._size = os.get_terminal_size(self._fd)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        import termios

        with suppress(termios.error):
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def __call__(self) -> str:
        while not self._pressed:
            if self._ready(_LOOK_SECONDS):
                self._pressed.extend(_KEY.findall(self._decoder.decode(self._read())))
            elif self._resized():
                return RESIZED
        key = self._pressed.popleft()
        if key == _HANG_UP:
            raise EOFError
        return _NAMES.get(key, key)

    def forget(self) -> None:
        """Let go of what was pressed up to now."""
        import termios

        with suppress(termios.error):
            termios.tcflush(self._fd, termios.TCIFLUSH)
        self._pressed.clear()

    def _ready(self, seconds: float) -> bool:
        return bool(select.select([self._fd], [], [], seconds)[0])

    def _read(self) -> bytes:
        try:
            data = os.read(self._fd, 1024)
            if data.endswith(b"\x1b") and self._ready(_SEQUENCE_SECONDS):
                data += os.read(self._fd, 1024)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        return data

    def _resized(self) -> bool:
        with suppress(OSError):
            before, self._size = self._size, os.get_terminal_size(self._fd)
            return before != self._size
        return False
