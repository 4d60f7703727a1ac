import json
import multiprocessing
import os
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.review.verdict_file import VerdictFile
from sourcing_pipeline.review.verdicts import Unreadable, Verdict, as_line, read_file
from sourcing_pipeline_tests.review.tables import verdict

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def said(row: int, reviewer: str = "ana") -> Verdict:
    return verdict(f"s:{row}", "h", reviewer=reviewer, minute=row)


@given(st.lists(TEXTS), st.binary())
def test_a_line_is_whole_whatever_stands_before_it(reasons: list[str], before: bytes) -> None:
    given = [verdict("s:1", "h", minute=at, reason=reason) for at, reason in enumerate(reasons)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "verdicts.jsonl"
        path.write_bytes(before)
        for one in given:
            VerdictFile(path).append(one)
        written = path.read_bytes()
        assert written.startswith(before)
        lines = written[len(before) :].decode().split("\n")
        assert [Verdict.model_validate_json(line) for line in lines if line] == given
        if given:
            assert read_file_tolerantly(path)[-len(given) :] == given


def read_file_tolerantly(path: Path) -> list[Verdict]:
    return [one for one in read_file(path) if isinstance(one, Verdict)]


def test_a_line_that_was_cut_off_stays_and_is_followed_by_whole_ones(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text(as_line(said(1)) + as_line(said(2))[:40], "utf-8")
    file = VerdictFile(path)
    assert file.read() == [said(1)]
    file.append(said(3))
    first, torn, last = read_file(path)
    assert (first, last) == (said(1), said(3))
    assert isinstance(torn, Unreadable)
    assert file.read() == [said(1), said(3)]


def test_the_file_and_its_folder_are_made_when_the_first_answer_is_given(tmp_path: Path) -> None:
    file = VerdictFile(tmp_path / "data/review/verdicts.jsonl")
    assert file.read() == []
    assert not file.path.parent.exists()
    file.append(said(1))
    assert file.path.read_text("utf-8") == as_line(said(1))


def test_the_file_is_read_again_only_when_others_have_written_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "verdicts.jsonl"
    mine, theirs = VerdictFile(path), VerdictFile(path)
    times: list[Path] = []

    def counted(path: Path) -> object:
        times.append(path)
        return read_file(path)

    monkeypatch.setattr("sourcing_pipeline.review.verdict_file.read_file", counted)
    for row in range(3):
        mine.append(said(row))
        assert mine.read() == [said(one) for one in range(row + 1)]
    assert times == []
    theirs.append(said(9, "ben"))
    mine.append(said(3))
    assert mine.read() == theirs.read() == [said(0), said(1), said(2), said(9, "ben"), said(3)]
    assert len(times) == 2


def write_many(path: Path, reviewer: str) -> None:
    file = VerdictFile(path)
    for row in range(100):
        file.append(said(row, reviewer))


def test_those_who_write_at_once_tear_no_line_and_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    processes = multiprocessing.get_context("spawn")
    writers = [processes.Process(target=write_many, args=(path, reviewer)) for reviewer in ("ana", "ben", "eva")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    lines = path.read_text("utf-8").splitlines()
    assert sorted(lines) == sorted(
        as_line(said(row, reviewer)).rstrip("\n") for row in range(100) for reviewer in ("ana", "ben", "eva")
    )


def test_a_file_that_is_replaced_while_one_waits_for_it_is_written_to_anew(tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / "verdicts.jsonl"
    path.write_text(as_line(said(1)) + as_line(said(2)), "utf-8")
    with path.open("a") as old:
        fcntl.flock(old, fcntl.LOCK_EX)
        writer = threading.Thread(target=VerdictFile(path).append, args=(said(3),))
        writer.start()
        time.sleep(0.2)
        other = tmp_path / "other"
        other.write_text(as_line(said(2)), "utf-8")
        other.replace(path)
    writer.join(10)
    assert path.read_text("utf-8") == as_line(said(2)) + as_line(said(3))


def test_a_file_that_is_replaced_in_mid_write_still_gets_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text(as_line(said(1)), "utf-8")
    fsync, replaced = os.fsync, []

    def replace_once(descriptor: int) -> None:
        fsync(descriptor)
        if not replaced:
            replaced.append(True)
            other = tmp_path / "other"
            other.write_text(as_line(said(2)), "utf-8")
            other.replace(path)

    monkeypatch.setattr(os, "fsync", replace_once)
    file = VerdictFile(path)
    file.append(said(3))
    assert path.read_text("utf-8") == as_line(said(2)) + as_line(said(3))
    assert file.read() == [said(2), said(3)]


def test_a_full_disk_leaves_no_part_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "verdicts.jsonl"
    file = VerdictFile(path)
    file.append(said(1))
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(InputError, match=r"verdicts\.jsonl: your last answer .*No space left on device.*are kept"):
        file.append(verdict("s:2", "h", reason="a secret of Ada's"))
    assert path.read_text("utf-8") == as_line(said(1))
    monkeypatch.undo()
    file.append(said(3))
    assert file.read() == [said(1), said(3)]


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "verdicts.jsonl").mkdir()
    with pytest.raises(InputError, match=r"verdicts\.jsonl: the verdicts cannot be read"):
        VerdictFile(tmp_path / "verdicts.jsonl").read()
    with pytest.raises(InputError, match=r"verdicts\.jsonl: your last answer could not be written down"):
        VerdictFile(tmp_path / "verdicts.jsonl").append(said(1))


def test_a_file_without_any_verdict_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text(json.dumps({"id": "s:1"}) + "\n", "utf-8")
    with pytest.raises(InputError, match="no line is a verdict"):
        VerdictFile(path).read()
