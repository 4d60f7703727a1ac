"""Verdicts that were imported from a server: kept in the lake, so that nothing is lost when the server is.

They are added to and never taken away (but by `sourcing erase`): an annotation that is deleted on the server, or a
server that is started anew, takes no verdict back. Whoever changes their mind gives another one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from sourcing_pipeline.errors import TryAgain
from sourcing_pipeline.review.verdicts import VERDICTS, Unreadable, Verdict, latest
from sourcing_pipeline.storage import Table

STATE = "state"
"""The partition of what is known of servers; the others are questions."""
UNREADABLE = "unreadable"
"""The partition of annotations that are no verdicts."""

LANDED = pa.schema([*VERDICTS, pa.field("problem", pa.string())])
"""A verdict; an annotation that is none, with its `problem`, by its place; or what is known of the server `id`: in
`reviewed_at` the latest change that was seen (`reason` is `cursor`), or when it was last asked (`asked`)."""

_ATTEMPTS = 20


@dataclass(frozen=True)
class Landing:
    """The landed verdicts in `table`."""

    table: Table

    def cursor(self, server: str) -> datetime | None:
        """The latest change on `server` that was seen; None when it was never asked."""
        return self._known(server, "cursor")

    def asked(self, server: str) -> datetime | None:
        """When `server` last answered; None when it never did."""
        return self._known(server, "asked")

    def _known(self, server: str, what: str) -> datetime | None:
        rows = self.table.load(LANDED, partitions=[STATE]).to_pylist()
        return next((row["reviewed_at"] for row in rows if row["id"] == server and row["reason"] == what), None)

    def said(self) -> Iterator[Verdict | Unreadable]:
        """Everything that has landed."""
        for row in self.table.load(LANDED).to_pylist():
            if row["partition"] == UNREADABLE:
                yield Unreadable(row["id"], row["problem"])
            elif row["partition"] != STATE:
                yield Verdict.model_validate(row)

    def land(
        self, said: Mapping[str, Verdict | Unreadable], server: str, cursor: datetime | None, asked: datetime
    ) -> None:
        """Add what `server` told, by its place there, and remember how far it was read, in one commit.

        Of one reviewer, row, content and question the latest verdict stays. What was no verdict and has become one at
        the same place is forgotten. Raises TryAgain when other writers keep
        the table busy.
        """
        for last in (False,) * (_ATTEMPTS - 1) + (True,):
            try:
                return self._land(said, server, cursor, asked)
            except TryAgain:
                if last:
                    raise
        return None

    def _land(
        self, said: Mapping[str, Verdict | Unreadable], server: str, cursor: datetime | None, asked: datetime
    ) -> None:
        version = self.table.version()
        touched = {STATE, UNREADABLE, *(_partition(one) for one in said.values())}
        rows = self.table.load(LANDED, partitions=sorted(touched)).to_pylist()
        state = {(row["id"], row["reason"]): row["reviewed_at"] for row in rows if row["partition"] == STATE}
        state |= {(server, "asked"): asked, **({(server, "cursor"): cursor} if cursor else {})}
        stood: list[Verdict | Unreadable] = [
            Unreadable(row["id"], row["problem"]) if row["partition"] == UNREADABLE else Verdict.model_validate(row)
            for row in rows
            if row["partition"] != STATE and not (row["partition"] == UNREADABLE and row["id"] in said)
        ]
        lines = [
            {"id": name, "partition": STATE, "reason": what, "reviewed_at": moment}
            for (name, what), moment in sorted(state.items())
        ]
        lines += _lines([*stood, *said.values()])
        batch = pa.RecordBatch.from_pylist(lines, schema=LANDED)
        self.table.overwrite([batch], LANDED, sorted(touched), seen_version=version)


def _partition(one: Verdict | Unreadable) -> str:
    return UNREADABLE if isinstance(one, Unreadable) else one.question


def _lines(said: Iterable[Verdict | Unreadable]) -> list[dict[str, Any]]:
    everything = list(said)
    verdicts = latest(one for one in everything if isinstance(one, Verdict))
    bad = {one.place: one.problem for one in everything if isinstance(one, Unreadable)}
    return [
        *({**one.model_dump(), "partition": one.question} for one in verdicts),
        *({"id": place, "partition": UNREADABLE, "problem": said} for place, said in sorted(bad.items())),
    ]
