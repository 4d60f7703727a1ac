"""Conversations as JSON Lines: one conversation a line, with its turns inside."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from pydantic import Field

from sourcing_pipeline.config import Config, RecipePath, Window
from sourcing_pipeline.rows import Drop
from sourcing_pipeline.sources.json_files import Record, read_lines
from sourcing_pipeline.sources.records import UnreadableError, broken, instant, kind, native_key, text
from sourcing_pipeline.sources.tickets.ticket import Speaker, Ticket, Turn, day_of


class Conversations(Config):
    """A JSON Lines file, one conversation a line.

    Resolved means `completion_field` equals `complete_value`; anything else is abandoned. A conversation is
    solved at the time of its last turn, and by a human when the last answer came from an agent. There are no
    ratings: set `min_rating: null`. A record without a time (no turns, a broken line) belongs to the day of
    the record before it; at the start of the file, to the day of the first that has one.
    """

    type: Literal["conversations"]
    """Which ticket system this is."""
    path: RecipePath
    """The JSON Lines file."""
    id_field: str = "conversation_id"
    """Key of the conversation's own id."""
    completion_field: str = "completion"
    """Key that says how the conversation ended."""
    complete_value: str = "Complete"
    """The value of `completion_field` that means resolved."""
    tag_fields: tuple[str, ...] = ("domain",)
    """Keys whose texts become tags; missing and null ones are left out."""
    turns_field: str = "turns"
    """Key of the list of turns."""
    role_field: str = "role"
    """Key of a turn's role."""
    text_field: str = "text"
    """Key of a turn's text."""
    time_field: str = "time"
    """Key of a turn's time: epoch seconds, or ISO 8601 (without zone: UTC)."""
    customer_role: str = "customer"
    """The role that becomes `user`."""
    agent_role: str = "agent"
    """The role that becomes `assistant`."""
    bot_role: str = "bot"
    """The role of automatic answers: left out, and a conversation that ends with one is bot_answered."""
    channel: str | None = Field(default="chat")
    """What `meta.channel` says of all of them."""

    def tickets(self, name: str, window: Window) -> Iterator[Ticket | Drop]:
        """See `TicketSystem`. Reads the whole file for any window; memory holds one line."""
        previous: datetime | None = None
        for dated_at, record in self._dated(name):
            previous = dated_at or previous
            if previous is None or (day := day_of(window, previous)) is None:
                continue
            try:
                yield self._ticket(record, previous)
            except UnreadableError as error:
                yield error.drop(f"{name}:{record.place}", record.where(), day)

    def _dated(self, name: str) -> Iterator[tuple[datetime | None, Record]]:
        """Each record with its own time, or None; the first ones without take the first time there is."""
        lines = read_lines(name, self.path, "one conversation a line")
        first: datetime | None = None
        for record in read_lines(name, self.path, "one conversation a line"):
            first = self._last_time(record)
            if first is not None:
                break
        if first is None:
            mend = "mend turns_field and time_field in the recipe"
            raise broken(name, self.path, "every line", f"a time in `{self.time_field}` of some turn", mend)
        for number, record in enumerate(lines):
            found = self._last_time(record)
            yield (first if number == 0 and found is None else found), record

    def _last_time(self, record: Record) -> datetime | None:
        turns = (record.fields or {}).get(self.turns_field)
        times: list[datetime] = []
        for turn in turns if isinstance(turns, list) else []:
            try:
                times.append(instant(turn.get(self.time_field) if isinstance(turn, dict) else None, ""))
            except UnreadableError:
                continue
        return max(times, default=None)

    def _ticket(self, record: Record, dated_at: datetime) -> Ticket:
        if record.fields is None:
            raise UnreadableError(record.problem)
        key = native_key(record.fields.get(self.id_field), self.id_field)
        completion = record.fields.get(self.completion_field)
        if completion is not None and not isinstance(completion, str):
            raise UnreadableError(f"{self.completion_field}: expected text, got {kind(completion)}")
        turns = tuple(self._turns(record.fields.get(self.turns_field)))
        resolved = completion == self.complete_value
        answers = [turn.role for turn in turns if turn.role != "user"]
        return Ticket(
            id=key,
            status="resolved" if resolved else "abandoned",
            dated_at=dated_at,
            turns=turns,
            resolved_at=dated_at if resolved else None,
            resolved_by="bot" if answers[-1:] == ["bot"] else "human",
            channel=self.channel,
            tags=tuple(text(record.fields[key], key) for key in self.tag_fields if record.fields.get(key) is not None),
        )

    def _turns(self, turns: object) -> Iterator[Turn]:
        if not isinstance(turns, list):
            raise UnreadableError(f"{self.turns_field}: expected a list, got {kind(turns)}")
        roles: dict[object, Speaker] = {
            self.bot_role: "bot",
            self.agent_role: "assistant",
            self.customer_role: "user",
        }
        for number, turn in enumerate(turns):
            where = f"{self.turns_field}[{number}]"
            if not isinstance(turn, dict):
                raise UnreadableError(f"{where}: expected an object, got {kind(turn)}")
            role = turn.get(self.role_field)
            if not isinstance(role, str) or role not in roles:
                wanted = f"{self.customer_role}, {self.agent_role} or {self.bot_role}"
                raise UnreadableError(f"{where}.{self.role_field}: expected {wanted}")
            if self.time_field in turn:
                instant(turn[self.time_field], f"{where}.{self.time_field}")
            yield Turn(roles[role], text(turn.get(self.text_field), f"{where}.{self.text_field}"))
