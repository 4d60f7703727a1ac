"""The verdicts file while people are at work: a line is added whole or not at all, whoever else writes."""

import errno
import os
from pathlib import Path
from typing import BinaryIO

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.review.verdicts import Verdict, as_line, read_file

_Stamp = tuple[int, int, int, int]


class VerdictFile:
    """The JSONL file at `path`; it need not exist yet.

    Whoever adds a line holds an advisory lock on the file (`flock`). `sourcing erase` puts another file in its place:
    the line is then added to that one. Should the file be replaced at that very moment, the line may stand there twice,
    which counts once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._said: list[Verdict] = []
        self._stamp: _Stamp | None = None

    def read(self) -> list[Verdict]:
        """Every verdict in the file; lines that are none are passed over. The file is read again only when somebody
        else has written to it.

        Raises InputError when it cannot be read, or has lines and none of them is a verdict.
        """
        try:
            stamp = _stamp(self.path.stat()) if self.path.exists() else None
            if stamp != self._stamp:
                self._said = [one for one in read_file(self.path) if isinstance(one, Verdict)]
                self._stamp = stamp
        except OSError as error:
            raise InputError(f"{self.path}: the verdicts cannot be read ({error.strerror}); mend that") from error
        return list(self._said)

    def append(self, verdict: Verdict) -> None:
        """Add `verdict` as a line of its own, also after a line that was cut off; it is on disk afterwards.

        Raises InputError when that cannot be done; nothing was added then.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            while not self._added(verdict):
                pass
        except OSError as error:
            raise InputError(
                f"{self.path}: your last answer could not be written down ({error.strerror}); mend that and call "
                "`sourcing review` again, the answers before it are kept"
            ) from error

    def _added(self, verdict: Verdict) -> bool:
        """Whether the line was added, and to the file that is now at the path."""
        import fcntl

        with self.path.open("ab+", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not self._is(file):
                return False
            now = os.fstat(file.fileno())
            known = _stamp(now) == self._stamp or (self._stamp is None and now.st_size == 0)
            _write(file, as_line(verdict).encode())
            if not self._is(file):
                return False
            if known:
                self._said.append(verdict)
                self._stamp = _stamp(os.fstat(file.fileno()))
            return True

    def _is(self, file: BinaryIO) -> bool:
        """Whether `file` is the one at the path."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self.path.stat())
        except FileNotFoundError:
            return False


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _write(file: BinaryIO, line: bytes) -> None:
    """Write `line` at the end of `file`, and a line end before it where the last line has none; in one piece."""
    size = file.seek(0, os.SEEK_END)
    if size:
        file.seek(size - 1)
        line = line if file.read(1) == b"\n" else b"\n" + line
    try:
        if file.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())
    except OSError:
        file.truncate(size)
        raise
