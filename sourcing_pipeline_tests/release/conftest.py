from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sourcing_pipeline.release.config import Release
from sourcing_pipeline.release.write import Provenance, released
from sourcing_pipeline.rows import MIXED, content_hash

Rows = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def rows() -> Rows:
    """RELEASED rows, as many as asked for; keyword arguments change every one of them."""

    def made(count: int = 5, **changes: Any) -> pa.Table:
        return released(pa.Table.from_pylist([mixed(number) | changes for number in range(count)], schema=MIXED))

    return made


def mixed(number: int) -> dict[str, Any]:
    messages = [("user", f"How, «{number}»?\nPlease."), ("assistant", f"So {number}.")]
    return {
        "id": f"{'ab'[number % 2]}:{number}",
        "partition": "all",
        "content_hash": content_hash(messages),
        "source": "ab"[number % 2],
        "strategy": "public",
        "messages": [{"role": role, "content": content} for role, content in messages],
        "quality_score": None if number == 3 else 0.1 * (number % 10),
        "license": "CC-BY-SA-4.0",
        "attribution": f"author {number}" if number else None,
        "origin_uri": f"https://example.org/{number}" if number else None,
        "language": "en",
        "tags": ["mail", "dns"],
        "created_at": datetime(2026, 3, 1, tzinfo=UTC),
        "off_domain": False,
        "weight": 1.0,
        "priority": -0.5,
    }


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(name="support", folder=tmp_path / "releases")


@pytest.fixture
def origin() -> Provenance:
    return Provenance(
        as_of=datetime(2026, 10, 31, 12, tzinfo=UTC),
        recipe={"mixing": {"size": 5}},
        inputs={"hybrid_mix": 3, "assessed_a": None},
        pipeline_version="0.1.0",
    )
