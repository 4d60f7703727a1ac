"""The `zendesk` ticket system: Zendesk Support's REST API."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from sourcing_pipeline.config import Config, VariableName, Window
from sourcing_pipeline.sources.http import Api, secret
from sourcing_pipeline.sources.tickets.ticket import TICKETS, TURNS, ticket_batches
from sourcing_pipeline.sources.tickets.zendesk.comments import Conversation, conversation
from sourcing_pipeline.sources.tickets.zendesk.export import pages, position
from sourcing_pipeline.sources.tickets.zendesk.records import landed, parties, ticket_of
from sourcing_pipeline.updates import Updates

THREADS = 4
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Zendesk(Config):
    """Tickets of a Zendesk Support account, read by its API.

    Zendesk cannot be asked for the tickets of a day, only for what changed: every run first takes the tickets that
    changed since the last one (the incremental export, by cursor) into quarantine, page by page, so that a run that
    was killed goes on at its last page; days are then read from there. Comments are fetched only for tickets that
    every rule without text would keep. Needed is an account that may use the incremental export: an admin.

    The rating is the one on the ticket: good is 1, bad is 0; its comment is not read. (`/satisfaction_ratings` adds
    earlier ratings and reasons, and is for Zendesk's older survey only.) A ticket is resolved when it is solved or
    closed, at its `metric_set.solved_at`, else when it last changed; reopened when `metric_set.reopens` is over 0;
    merged when it has the tag `closed_by_merge`; deleted, or spam when its requester is suspended too. The language
    is the requester's locale. Zendesk assigns tickets to agents only: whoever it is assigned to resolved it, a human
    unless among `bots`. Comments by triggers, automations, merges, answer bots, voice calls and chat transcripts
    count as a bot's; private comments are not read. The export is a mirror of the account as it is now: it does not
    stop at `as_of`, and the rules drop what was solved later.
    """

    pool: ClassVar[str] = "zendesk"

    type: Literal["zendesk"]
    """Which ticket system this is."""
    url: str
    """The account's address, `https://NAME.zendesk.com`."""
    email: str | None = Field(default=None, pattern=r"^[^@\s:]+@[^@\s:]+$")
    """The address of the account that the API token belongs to; set it or `oauth_variable`."""
    token_variable: VariableName = "ZENDESK_API_TOKEN"  # noqa: S105
    """Name of the environment variable with the API token; used together with `email`."""
    oauth_variable: VariableName | None = None
    """Name of the environment variable with an OAuth access token; set it or `email`."""
    history_days: int = Field(default=730, ge=1)
    """How many days before `as_of` the first export starts; tickets that did not change since are never seen."""
    bots: tuple[int | str, ...] = ()
    """User ids or e-mail addresses of accounts that are no people: integrations, AI agents."""
    macros: bool = True
    """Whether to find out which answers were made from macros; it takes one more request for each ticket kept."""

    @field_validator("url")
    @classmethod
    def an_account(cls, value: str) -> str:
        split = urlsplit(value)
        zendesk = split.scheme == "https" and re.fullmatch(r"[a-z0-9-]+\.zendesk\.com", split.netloc.lower())
        loopback = split.scheme == "http" and split.hostname in _LOOPBACK and not split.username
        if not (zendesk or loopback) or split.path.strip("/") or split.query or split.fragment:
            raise ValueError("expected https://NAME.zendesk.com, without a path")
        return value.rstrip("/")

    @model_validator(mode="after")
    def one_way_in(self) -> "Zendesk":
        if (self.email is None) == (self.oauth_variable is None):
            raise ValueError("set either email (with the API token in token_variable) or oauth_variable")
        return self

    def update(self, name: str, window: Window, updates: Updates) -> None:
        """Land the tickets that changed since the last time, one commit a page.

        A page is a thousand tickets, and ten a minute are allowed, so there is nothing to gain from larger commits.
        Tickets about people who asked to be forgotten do not land. Raises InputError and TryAgain.
        """
        start = position(updates.cursor(), window.as_of - timedelta(days=self.history_days))
        with self._api(name) as api:
            for page in pages(api, name, start):
                records = [landed(ticket, page, window) for ticket in page.tickets]
                updates.land([one for one in records if not window.erased(one.person_keys)], page.after.text())

    def tickets(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """See `TicketSystem`; what has landed of the wanted days, in their order. The turns are null: see `turns`."""
        bots = self._bots()
        for batch in ticket_batches(ticket_of(found, bots) for found in window.landed()):
            yield _with(batch, turns=pa.nulls(batch.num_rows, TURNS))

    def turns(self, name: str, batch: pa.RecordBatch) -> pa.RecordBatch:
        """`batch` (of `tickets`) with the turns of the rows whose turns are null, and the authors' person keys.

        A row whose comments cannot be read gets a `problem`; one whose ticket has gone meanwhile gets no turns.
        Raises InputError and TryAgain.
        """
        rows = batch.select(["id", "problem", "resolved_by", "person_keys", "turns"]).to_pylist()
        wanted = [row for row in rows if row["turns"] is None and row["problem"] is None]
        if not wanted:
            return batch
        bots = self._bots()
        with self._api(name) as api:

            def ask(row: dict[str, Any]) -> Conversation:
                requester, assignee = parties(row["person_keys"], row["resolved_by"] is not None)
                return conversation(api, name, row["id"], requester, assignee, bots, self.macros)

            pool = ThreadPoolExecutor(THREADS)
            try:
                answers = list(pool.map(ask, wanted))
            finally:
                pool.shutdown(cancel_futures=True)
        for row, found in zip(wanted, answers, strict=True):
            row["turns"] = None if found.problem else [vars(turn) for turn in found.turns]
            row["problem"] = found.problem
            row["person_keys"] += [key for key in found.person_keys if key not in row["person_keys"]]
        names = ("problem", "person_keys", "turns")
        return _with(batch, **{key: pa.array([row[key] for row in rows], TICKETS.field(key).type) for key in names})

    def _api(self, name: str) -> Api:
        """Raises InputError when the variable that the recipe names is not set."""
        if self.oauth_variable is not None:
            token = secret(name, self.oauth_variable, "system.oauth_variable")
            return Api(name, self.url, headers={"Authorization": f"Bearer {token}"})
        token = secret(name, self.token_variable, "system.token_variable")
        return Api(name, self.url, auth=(f"{self.email}/token", token))

    def _bots(self) -> frozenset[str]:
        return frozenset(str(bot).strip().lower() for bot in self.bots)


def _with(batch: pa.RecordBatch, **columns: pa.Array) -> pa.RecordBatch:
    """`batch` with some of its columns replaced."""
    for name, column in columns.items():
        batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), column)
    return batch
