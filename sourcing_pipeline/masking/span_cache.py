"""What the models found in a paragraph, so that no paragraph is read twice on this machine.

Signatures, macros and quoted replies come again and again, and a day that is made anew has the same tickets. A file of
SQLite in the user's cache folder holds, for a salted hash of paragraph and version of the models, the places that were
found: never text, and nothing from which text could be made. Its salt is drawn at random and lies in the same file,
which only its owner may read. It is an aid and no more: when it cannot be read or written, the paragraph is read again.
"""

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson

KEPT_DAYS = 400
_SECONDS_A_DAY = 24 * 3600
_KEY_BYTES = 16
_ASKED = 500
_WAIT_SECONDS = 20.0
_TABLES = """
CREATE TABLE IF NOT EXISTS salt (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), salt BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS spans (key BLOB PRIMARY KEY, found BLOB NOT NULL, day INTEGER NOT NULL) WITHOUT ROWID;
"""


Find = TypeVar("Find", bound=tuple[Any, ...])


class SpanCache(Generic[Find]):
    """Finds by paragraph for one `version` of what finds them; safe to share between threads and processes.

    `kind` is the named tuple of numbers and short words that a find is.
    """

    def __init__(self, place: Path, version: str, kind: type[Find]) -> None:
        self._place, self._version, self._kind = place, version.encode(), kind
        self._salt: bytes | None = None

    def through(self, texts: Sequence[str], read: Callable[[list[str]], Iterable[list[Find]]]) -> dict[str, list[Find]]:
        """The finds of each of `texts`, those that are not known by `read`, and known from now on."""
        found: dict[str, list[Find]] = {}
        with suppress(sqlite3.Error, OSError):
            found = self._known(texts)
        unread = [text for text in dict.fromkeys(texts) if text not in found]
        new = dict(zip(unread, read(unread), strict=True)) if unread else {}
        if new:
            with suppress(sqlite3.Error, OSError):
                self._keep(new)
        return found | new

    def _known(self, texts: Sequence[str]) -> dict[str, list[Find]]:
        with closing(self._open()) as database:
            of_key = {self._key(text): text for text in texts}
            keys, found = list(of_key), {}
            for at in range(0, len(keys), _ASKED):
                some = keys[at : at + _ASKED]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, found FROM spans WHERE key IN ({marks})"  # noqa: S608 - marks alone
                for key, hits in database.execute(query, some):
                    found[of_key[key]] = [self._kind(*hit) for hit in orjson.loads(hits)]
            return found

    def _keep(self, new: Mapping[str, Sequence[Find]]) -> None:
        day = int(time.time()) // _SECONDS_A_DAY
        rows = [(self._key(text), orjson.dumps([list(hit) for hit in hits]), day) for text, hits in new.items()]
        with closing(self._open()) as database, database:
            database.executemany("INSERT OR REPLACE INTO spans VALUES (?, ?, ?)", rows)

    def _key(self, text: str) -> bytes:
        hashed = blake2b(self._version, digest_size=_KEY_BYTES, key=self._salt or b"")
        hashed.update(b"\0" + text.encode("utf-8", "surrogatepass"))
        return hashed.digest()

    def _open(self) -> sqlite3.Connection:
        if self._salt is None:
            self._place.parent.mkdir(parents=True, exist_ok=True)
            self._place.touch(mode=0o600)
        database = sqlite3.connect(self._place, timeout=_WAIT_SECONDS)
        if self._salt is None:
            database.execute("PRAGMA journal_mode=WAL")
            database.executescript(_TABLES)
            with database:
                database.execute("INSERT OR IGNORE INTO salt VALUES (1, ?)", (secrets.token_bytes(32),))
                oldest = int(time.time()) // _SECONDS_A_DAY - KEPT_DAYS
                database.execute("DELETE FROM spans WHERE day < ?", (oldest,))
            (self._salt,) = database.execute("SELECT salt FROM salt").fetchone()
        database.execute("PRAGMA synchronous=NORMAL")
        return database
