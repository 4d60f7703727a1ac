import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings

from sourcing_pipeline.config import Window
from sourcing_pipeline.rows import RAW, outcomes
from sourcing_pipeline.sources.source import Source

Rows = list[dict[str, Any]]
Read = Callable[..., Rows]

settings.register_profile("sources", deadline=None, max_examples=30)
settings.load_profile("sources")

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def samples() -> Path:
    folder = os.environ.get("SOURCING_SAMPLES")
    if not folder:
        pytest.skip("SOURCING_SAMPLES does not name the folder of sample files")
    return Path(folder)


@pytest.fixture(scope="session")
def read() -> Read:
    """Reads a source named `src` and gives its outcome rows, each checked against the RAW schema."""

    def rows_of(
        source: Source, days: tuple[str, ...] | None = None, zone: str = "UTC", as_of: datetime = AS_OF
    ) -> Rows:
        rows: Rows = []
        for batch in source.read("src", Window(as_of, ZoneInfo(zone), days)):
            assert batch.schema == outcomes(RAW)
            rows += batch.to_pylist()
        for row in rows:
            assert row["id"].startswith("src:")
            if row["drop_reason"] is None:
                assert row["messages"][-1]["role"] == "assistant"
                assert all(turn["content"].strip() for turn in row["messages"])
        assert len({row["id"] for row in rows}) == len(rows)
        return rows

    return rows_of
