from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sourcing_pipeline.erasure import people
from sourcing_pipeline.erasure.find import ids_about
from sourcing_pipeline.storage import Lake
from sourcing_pipeline.updates import UPDATES

SCHEMA = pa.schema([UPDATES.field("id"), UPDATES.field("partition"), UPDATES.field("person_keys")])


@pytest.fixture
def quarantine(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path))


def put(quarantine: Lake, name: str, **keys: list[str]) -> None:
    rows: list[dict[str, Any]] = [
        {"id": row_id.replace("_", ":", 1), "partition": "all", "person_keys": list(of)} for row_id, of in keys.items()
    ]
    quarantine.table(name).overwrite([pa.RecordBatch.from_pylist(rows, schema=SCHEMA)], SCHEMA, ["all"])


def test_rows_made_from_a_person_s_rows_elsewhere_are_found_by_the_source_s_own_key(quarantine: Lake) -> None:
    put(quarantine, "tickets", tickets_1=["7"], tickets_2=["8"])
    put(quarantine, "written", written_a=["tickets:7", "ana@example.com"], written_b=["7"])
    put(quarantine, "updates/written", a=["tickets:7"], b=["7"])
    assert ids_about(people(["tickets:7"], ["tickets", "written"]), quarantine) == {"tickets:1", "written:a"}
