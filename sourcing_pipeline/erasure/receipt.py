"""What was removed where: the proof of an erasure, which names nobody."""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_ID_DIGITS = 12


class Removed(BaseModel):
    """Rows that left one table."""

    partitions: list[str] = Field(default_factory=list)
    rows: int = 0
    ledger_lines: int = 0
    """Lines of the ledger that lost their id or went with the row."""
    old_files: int = 0
    """Data files of older versions and of killed writers."""


class Receipt(BaseModel):
    """One erasure; `finished_at` is empty until nothing was left to do. No key and no id stands in it."""

    model_config = ConfigDict(extra="ignore")

    erasure: str
    """Follows from the tombstones: the same request has the same."""
    tombstones: list[str]
    started_at: datetime
    finished_at: datetime | None = None
    tables: dict[str, Removed] = Field(default_factory=dict)
    """By table, with the root it lies in: `lake/…` or `quarantine/…`."""
    review_lines: dict[str, int] = Field(default_factory=dict)
    """Lines taken out of the files of reviewers, by file."""
    leftovers: int = 0
    """Half-written files and folders of killed runs."""
    events: int = 0
    """Entries of Dagster's event log that named a row."""
    logs: int = 0
    """Log files of steps that named a row."""
    releases_to_withdraw: dict[str, int] = Field(default_factory=dict)
    """Released versions with rows of the person, and how many. They are as they were: withdrawing is the owner's."""
    releases_unreadable: list[str] = Field(default_factory=list)
    """Released versions that could not be searched."""

    def of(self, table: str) -> Removed:
        """What is said of `table`, to be added to."""
        return self.tables.setdefault(table, Removed())

    def save(self, folder: Path) -> Path:
        """Write it into `folder`, readable by its owner alone, in one step; gives the file."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{self.started_at:%Y%m%dT%H%M%S}-{self.erasure}.json"
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(self.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        return path


def begun(tombstones: Sequence[str], folder: Path) -> Receipt:
    """The receipt in `folder` of the same request that was not finished, or a new one."""
    erasure = hashlib.sha256("\n".join(sorted(tombstones)).encode()).hexdigest()[:_ID_DIGITS]
    for path in sorted(folder.glob(f"*-{erasure}.json")):
        try:
            earlier = Receipt.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
        if earlier.finished_at is None:
            return earlier
    return Receipt(erasure=erasure, tombstones=list(tombstones), started_at=datetime.now(UTC).replace(microsecond=0))
