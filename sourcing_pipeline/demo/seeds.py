"""The fifty hand-written seed examples."""

from __future__ import annotations

import json
from pathlib import Path

from .banks import bank


def write_seeds(path: Path) -> None:
    """Write seeds.jsonl."""
    rows = [{"id": f"seed-{number:02d}", **entry} for number, entry in enumerate(bank("seeds"), 1)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
