import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sourcing_pipeline.locks import exclusive, shared

HOLDER = """
import sys, time
from sourcing_pipeline import locks
with getattr(locks, sys.argv[1])(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def held(kind: str, root: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock until it is told or killed."""
    command = [sys.executable, "-c", HOLDER, kind, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_those_who_share_do_not_wait_for_each_other(tmp_path: Path) -> None:
    said: list[str] = []
    with held("shared", tmp_path), shared(str(tmp_path), said.append), shared(str(tmp_path), said.append):
        pass
    assert said == []


@pytest.mark.parametrize(("other", "mine"), [("exclusive", shared), ("shared", exclusive), ("exclusive", exclusive)])
def test_one_waits_for_the_other_and_says_for_what_after_two_seconds(tmp_path: Path, other: str, mine) -> None:  # type: ignore[no-untyped-def]
    said: list[str] = []
    with held(other, tmp_path) as process:

        def let_go(message: str) -> None:
            said.append(message)
            process.kill()

        begun = time.monotonic()
        with mine(str(tmp_path), let_go):
            assert time.monotonic() - begun >= 2
    (message,) = said
    assert str(tmp_path) in message
    assert "waiting for" in message


def test_a_short_wait_is_not_told(tmp_path: Path) -> None:
    said: list[str] = []
    with held("exclusive", tmp_path) as process:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        with shared(str(tmp_path), said.append):
            pass
    assert said == []


def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    with held("exclusive", tmp_path) as process:
        process.kill()
        process.wait()
        with exclusive(str(tmp_path), pytest.fail):
            pass


def test_an_error_inside_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(str(tmp_path)):
        raise ZeroDivisionError
    with exclusive(str(tmp_path), pytest.fail):
        pass


def test_object_storage_has_no_lock_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with exclusive("s3://bucket/lake", pytest.fail), exclusive("s3://bucket/lake", pytest.fail):
        pass
    assert list(tmp_path.iterdir()) == []


TURN = """
import sys, time
from sourcing_pipeline.locks import turn
root, asset, days = sys.argv[1], sys.argv[2], sys.argv[3:]
with turn(root, asset, days):
    print("in", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize(
    ("asset", "days", "waits"),
    [
        ("a", ["2026-03-02"], True),
        ("a", ["2026-03-01", "2026-03-05"], True),
        ("a", ["2026-03-04"], False),
        ("b", ["2026-03-02"], False),
    ],
)
def test_runs_that_make_the_same_days_of_an_asset_take_turns(
    tmp_path: Path, asset: str, days: list[str], waits: bool
) -> None:
    def begin(asset: str, days: list[str]) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", TURN, str(tmp_path), asset, *days]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    first = begin("a", ["2026-03-01", "2026-03-02", "2026-03-03"])
    assert first.stdout is not None
    assert first.stdout.readline() == "in\n"
    second = begin(asset, days)
    assert second.stdout is not None
    ready, _, _ = select.select([second.stdout], [], [], 3 if waits else 60)
    assert bool(ready) is not waits
    first.kill()
    assert second.stdout.readline() == "in\n"
    second.communicate("\n")
    first.communicate()
