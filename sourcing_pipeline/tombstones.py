"""Who asked to be forgotten: salted hashes of their keys, so that their rows don't come back.

A tombstone is BLAKE2b of the key, keyed (RFC 7693) with a salt of 32 random bytes that the project draws at its first
erasure. It has to be fast, since every person of every row of every extraction is held against it: a slow hash
(scrypt, argon2) would cost tens of milliseconds for each, HMAC-SHA-256 costs three times as much as this one. A slow
hash defends against guessing where salt and hash leak together; here the salt is a secret key that never leaves
quarantine, and whoever can read quarantine reads the rows themselves.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import Config, RecipePath
from sourcing_pipeline.errors import ContractError
from sourcing_pipeline.rows import WHOLE
from sourcing_pipeline.storage import Table

EVERYWHERE = "*"
"""The scope of a key that names the same person in every source: an e-mail address."""

TOMBSTONES = pa.schema(
    [
        pa.field("partition", pa.string(), nullable=False),
        pa.field("salt", pa.binary(), nullable=False),
        pa.field("digest", pa.binary(), nullable=False),
        pa.field("scope", pa.string(), nullable=False),
        pa.field("erased_at", pa.timestamp("us", "UTC"), nullable=False),
    ]
)
"""One key of one person; `scope` is a source's name or `*`. The salt is the same in all rows."""

_SALT_BYTES = 32
_DIGEST_BYTES = 16


class Erasure(Config):
    """What is kept of the requests to forget a person."""

    receipts: RecipePath = Field(default=Path("data/erasures"), validate_default=True)
    """Folder of the receipts: one JSON file for each erasure, readable by its owner alone."""


class Person(NamedTuple):
    """One key of a person: `scope` is the source whose own key it is, or `*` for an e-mail address."""

    scope: str
    key: str


def normal(key: str) -> str:
    """`key` as it is compared: e-mail addresses in lower case, every other key as it is."""
    return key.lower() if "@" in key else key


@dataclass(frozen=True)
class Tombstones:
    """The tombstones of a project, in memory: some hundred bytes each."""

    salt: bytes
    digests: dict[str, frozenset[bytes]]
    """By scope."""

    def __bool__(self) -> bool:
        return bool(self.digests)

    def covers(self, source: str, keys: Iterable[str]) -> bool:
        """Whether any of `keys`, of people that a row of `source` is about, is one of a forgotten person."""
        if not self.digests:
            return False
        here, everywhere = self.digests.get(source, frozenset()), self.digests.get(EVERYWHERE, frozenset())
        for key in keys:
            digest = self.digest(key)
            if digest in everywhere or digest in here:
                return True
        return False

    def digest(self, key: str) -> bytes:
        """The keyed hash of `key`."""
        return blake2b(normal(key).encode(), key=self.salt, digest_size=_DIGEST_BYTES).digest()


def read_tombstones(table: Table) -> Tombstones:
    """The tombstones in `table`; they cover nobody when it was never written.

    Raises ContractError when its rows do not have the same salt.
    """
    rows = _rows(table)
    salts = {row["salt"] for row in rows}
    if len(salts) > 1:
        raise ContractError(f"{table.uri}: tombstones of several projects lie here; the salt must be the same in all")
    digests: dict[str, set[bytes]] = defaultdict(set)
    for row in rows:
        digests[row["scope"]].add(row["digest"])
    return Tombstones(next(iter(salts), b""), {scope: frozenset(found) for scope, found in digests.items()})


def write_tombstones(table: Table, people: Sequence[Person], at: datetime) -> list[str]:
    """Add tombstones for those of `people` that have none yet, in one commit; the first draws the salt.

    Gives the ids of their tombstones, new and old, sorted: the first 16 hex digits of scope's and key's hash.
    """
    known = read_tombstones(table)
    tombstones = Tombstones(known.salt or secrets.token_bytes(_SALT_BYTES), known.digests)
    wanted = {(person.scope, tombstones.digest(person.key)) for person in people}
    new = sorted(one for one in wanted if one[1] not in known.digests.get(one[0], frozenset()))
    if new:
        added = [
            {"partition": WHOLE, "salt": tombstones.salt, "digest": digest, "scope": scope, "erased_at": at}
            for scope, digest in new
        ]
        rows = pa.RecordBatch.from_pylist([*_rows(table), *added], schema=TOMBSTONES)
        table.overwrite([rows], TOMBSTONES, [WHOLE])
    return sorted(f"{scope}:{digest.hex()[:16]}" for scope, digest in wanted)


def _rows(table: Table) -> list[dict[str, Any]]:
    return [row for batch in table.read(TOMBSTONES.names) for row in batch.to_pylist()]
