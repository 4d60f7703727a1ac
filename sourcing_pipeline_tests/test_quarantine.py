import stat
from pathlib import Path

import pyarrow as pa
import pytest

from sourcing_pipeline.quarantine import open_quarantine
from sourcing_pipeline.rows import LEDGER
from sourcing_pipeline.storage import Storage


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_quarantine_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "quarantine"
    open_quarantine(Storage(quarantine=str(folder)))
    assert mode(folder) == 0o700


def test_a_folder_that_stood_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "quarantine"
    folder.mkdir(mode=0o755)
    open_quarantine(Storage(quarantine=str(folder)))
    assert mode(folder) == 0o700


def test_writing_tables_leaves_it_closed(tmp_path: Path) -> None:
    lake = open_quarantine(Storage(quarantine=str(tmp_path / "quarantine")))
    line = {"id": "a:1", "partition": "all", "reason": "spam"}
    lake.table("raw").overwrite([pa.RecordBatch.from_pylist([line], schema=LEDGER)], LEDGER, ["all"])
    assert lake.table("raw").counts() == {"all": 1}
    assert mode(tmp_path / "quarantine") == 0o700


def test_a_local_folder_named_by_a_url_is_closed_or_refused(tmp_path: Path) -> None:
    folder = tmp_path / "quarantine"
    folder.mkdir(mode=0o755)
    try:
        open_quarantine(Storage(quarantine=folder.as_uri()))
    except ValueError:
        return
    assert mode(folder) == 0o700


def test_a_bucket_makes_no_local_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lake = open_quarantine(Storage(quarantine="s3://own-bucket/quarantine"))
    assert lake.root == "s3://own-bucket/quarantine"
    assert list(tmp_path.iterdir()) == []
