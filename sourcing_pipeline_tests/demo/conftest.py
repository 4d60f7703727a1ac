"""The demo inputs, generated once for all tests of this folder."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sourcing_pipeline.demo import generate


@dataclass(frozen=True)
class Demo:
    """The generated folder and what its truth file says."""

    folder: Path
    db: sqlite3.Connection
    truth: dict[str, dict[str, Any]]

    def tickets(self, **wanted: object) -> list[str]:
        """Records of the tickets whose truth has the given values."""
        return [
            record
            for record, row in self.truth.items()
            if record.startswith("ticket:") and all(bool(row[key]) == value for key, value in wanted.items())
        ]

    def threads(self) -> dict[str, str]:
        """The public conversation of each ticket as one text."""
        threads: dict[str, list[str]] = defaultdict(list)
        for ticket, body in self.db.execute("SELECT ticket_id, body FROM messages WHERE is_public = 1 ORDER BY id"):
            threads[f"ticket:{ticket}"].append(body)
        return {record: "\n".join(bodies) for record, bodies in threads.items()}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo") / "inputs"
    generate(folder)
    lines = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    truth = {row["record"]: row for row in map(json.loads, lines)}
    db = sqlite3.connect(folder / "helpdesk.sqlite")
    yield Demo(folder, db, truth)
    db.close()
