from pathlib import Path

import pyarrow as pa
import pytest

from sourcing_pipeline.sources.search_log import spool as module
from sourcing_pipeline.sources.search_log.spool import Spool

SCHEMA = pa.schema([("text", pa.string())])


def batch(*texts: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{"text": text} for text in texts], schema=SCHEMA)


@pytest.mark.parametrize("rows_in_memory", [0, 2, 100])
def test_rows_come_back_by_day_in_the_order_they_went_in(rows_in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_IN_MEMORY", rows_in_memory)
    with Spool(SCHEMA) as spool:
        spool.add("2026-03-02", batch("a"))
        spool.add("2026-03-01", batch("b", "c"))
        spool.add("2026-03-02", batch("d"))
        assert spool.days() == ["2026-03-01", "2026-03-02"]
        assert spool.day("2026-03-02").column("text").to_pylist() == ["a", "d"]
        assert spool.day("2026-03-03").num_rows == 0
        assert spool.take("2026-03-02").num_rows == 2
        assert spool.days() == ["2026-03-01"]
        assert spool.day("2026-03-01").column("text").to_pylist() == ["b", "c"]


def test_its_file_has_no_name_so_that_nothing_stays_when_the_process_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS_IN_MEMORY", 0)
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    with Spool(SCHEMA) as spool:
        spool.add("2026-03-01", batch("a"))
        assert list(tmp_path.iterdir()) == []
