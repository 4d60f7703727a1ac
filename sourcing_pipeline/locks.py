"""Who may touch the tables: assets share the lake, an erasure has it alone.

An advisory lock (`flock`) on the file `.lock` in a local lake's root. The system gives it up when its process ends,
however it ends. A lake on object storage has no such lock: there both functions do nothing, and whoever erases has to
stop schedules and runs first. On a network file system it holds only among machines whose `flock` the server knows.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

_PATIENCE_SECONDS = 2.0
_POLL_SECONDS = 0.05
_log = logging.getLogger(__name__)


@contextmanager
def shared(root: str, say: Callable[[str], None] = _log.warning) -> Iterator[None]:
    """Hold the lake at `root` together with others, while it is read or written.

    Waits for an erasure to end; when that takes more than 2 s, `say` is told what is waited for.
    """
    with _held(root, exclusive=False, waiting_for="an erasure (sourcing erase) to end", say=say):
        yield


@contextmanager
def exclusive(root: str, say: Callable[[str], None] = _log.warning) -> Iterator[None]:
    """Hold the lake at `root` alone. Waits for everyone who shares it, and tells `say` like `shared`."""
    with _held(root, exclusive=True, waiting_for="assets that are being made, or another erasure, to end", say=say):
        yield


@contextmanager
def turn(root: str, asset: str, days: Sequence[str], say: Callable[[str], None] = _log.warning) -> Iterator[None]:
    """Make `asset` of the lake at `root` for `days` (ISO dates; none for an asset without days) while nobody else does.

    Runs that make the same days at once take turns, so that they don't undo each other's work; other days go on. The
    lock is on a byte for each day, of one file for each asset, and held for the process, not for a thread.
    """
    if "://" in root:
        yield
        return
    import fcntl

    ordinals = [date.fromisoformat(day).toordinal() for day in days] or [0]
    first, length = min(ordinals), max(ordinals) - min(ordinals) + 1
    path = Path(root) / ".locks" / asset
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        _wait(
            lambda: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, first),
            f"{path}: waiting for another run to make {asset}",
            say,
        )
        yield


@contextmanager
def _held(root: str, exclusive: bool, waiting_for: str, say: Callable[[str], None]) -> Iterator[None]:
    if "://" in root:
        yield
        return
    import fcntl

    path = Path(root) / ".lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    with path.open("a") as file:
        _wait(lambda: fcntl.flock(file, kind | fcntl.LOCK_NB), f"{path}: waiting for {waiting_for}", say)
        yield


def _wait(lock: Callable[[], None], waiting: str, say: Callable[[str], None]) -> None:
    """Try `lock` until it is held; after 2 s, `say` what is waited for."""
    tell_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return lock()
        except (BlockingIOError, PermissionError):
            if time.monotonic() > tell_at:
                say(waiting)
                tell_at = float("inf")
            time.sleep(_POLL_SECONDS)
