import json
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sourcing_pipeline.erasure import files
from sourcing_pipeline.erasure.files import forget_lines, leftovers, lines_about, released, remove, review_files
from sourcing_pipeline.erasure.names import Names
from sourcing_pipeline.erasure.tables import Ids
from sourcing_pipeline.errors import TryAgain

IDS = Ids(frozenset(["t:1"]))
NAMES = Names(IDS.known)
OTHERS = b'{"id":  "t:10", "reason": "fine \xc3\xa4"}\r\n\nno JSON\n{"id": "t:2"'


def test_lines_of_erased_rows_go_and_the_others_stay_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_bytes(b'{"id": "t:1", "verdict": "right"}\n{"id": "t:1", broken\n' + OTHERS)
    path.chmod(0o640)
    assert lines_about(path, IDS, NAMES) == 2
    forget_lines(path, IDS, NAMES)
    assert path.read_bytes() == OTHERS
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["verdicts.jsonl"]


def test_a_verdict_about_another_row_stays_without_the_mention(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text(json.dumps({"id": "t:2", "reason": "as t:1, not t:10"}) + "\n", encoding="utf-8")
    forget_lines(path, IDS, NAMES)
    assert json.loads(path.read_text("utf-8")) == {"id": "t:2", "reason": "as t:erased, not t:10"}


def test_a_line_that_is_written_meanwhile_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_bytes(b'{"id": "t:1"}\n{"id": "t:2"}\n')
    once, copymode = ['{"id": "t:3"}\n'], files.shutil.copymode

    def written(source: Path, target: Path) -> None:
        copymode(source, target)
        while once:
            with path.open("a", encoding="utf-8") as lines:
                lines.write(once.pop())

    monkeypatch.setattr(files.shutil, "copymode", written)
    forget_lines(path, IDS, NAMES)
    assert path.read_bytes() == b'{"id": "t:2"}\n{"id": "t:3"}\n'


def test_a_file_that_never_comes_to_rest_is_left_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_bytes(b'{"id": "t:1"}\n')

    def written(source: Path, target: Path) -> None:
        with path.open("a", encoding="utf-8") as lines:
            lines.write("\n")

    monkeypatch.setattr(files.shutil, "copymode", written)
    with pytest.raises(TryAgain, match=r"verdicts\.jsonl"):
        forget_lines(path, IDS, NAMES)
    assert path.read_bytes().startswith(b'{"id": "t:1"}\n')


def test_the_verdicts_may_lie_elsewhere_and_be_a_link(tmp_path: Path) -> None:
    queue, shared = tmp_path / "review", tmp_path / "shared"
    queue.mkdir()
    shared.mkdir()
    (queue / "a.jsonl").touch()
    (shared / "v.jsonl").touch()
    (tmp_path / "link.jsonl").symlink_to(shared / "v.jsonl")
    found = review_files(queue, tmp_path / "link.jsonl")
    assert [path.name for path in found] == ["a.jsonl", "v.jsonl"]
    assert review_files(tmp_path / "none", tmp_path / "none.jsonl") == []


def test_half_written_files_and_versions_are_found_and_removed(tmp_path: Path) -> None:
    queue, releases = tmp_path / "review", tmp_path / "releases"
    (releases / "set" / ".2026.7.partial").mkdir(parents=True)
    (releases / "set" / "2026").mkdir()
    queue.mkdir()
    for name in ("a.7.partial", ".v.jsonl.7.partial", "v.jsonl", "a.jsonl"):
        (queue / name).touch()
    found = leftovers(queue, queue / "v.jsonl", releases)
    assert [path.name for path in found] == [".2026.7.partial", ".v.jsonl.7.partial", "a.7.partial"]
    for path in found:
        remove(path)
    assert leftovers(queue, queue / "v.jsonl", releases) == []
    assert (releases / "set" / "2026").exists()


def test_releases_with_the_rows_are_counted_and_those_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    for version, ids in (("1", ["t:1", "t:2", "t:1"]), ("2", ["t:10"]), (".3.7.partial", ["t:1"])):
        folder = tmp_path / "set" / version
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"id": ids}), folder / "dataset.parquet")
    (tmp_path / "set" / "4").mkdir()
    (tmp_path / "set" / "4" / "dataset.parquet").write_bytes(b"no parquet")
    assert released(tmp_path, IDS) == ({"set/1": 2}, ["set/4"])
