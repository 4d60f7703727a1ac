"""The `tickets` source: a ticket system behind one set of rules."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from sourcing_pipeline.config import Window
from sourcing_pipeline.licenses import PROPRIETARY, License
from sourcing_pipeline.rows import RAW, Strategy, content_hash, message_tuples, meta_json, outcomes
from sourcing_pipeline.sources.source import Source
from sourcing_pipeline.sources.tickets.exchanges import Keep, exchanges
from sourcing_pipeline.sources.tickets.files import TicketFiles
from sourcing_pipeline.sources.tickets.filters import Rules, refused_after_reading, refused_before_reading
from sourcing_pipeline.sources.tickets.helpdesk import Helpdesk
from sourcing_pipeline.sources.tickets.sql import TicketSql
from sourcing_pipeline.sources.tickets.ticket import LandingSystem
from sourcing_pipeline.sources.tickets.zendesk import Zendesk
from sourcing_pipeline.updates import Updates

System = Annotated[Helpdesk | TicketFiles | TicketSql | Zendesk, Field(discriminator="type")]


class Tickets(Source):
    """Support tickets that a human agent resolved to the customer's satisfaction.

    A row is one ticket; its day is the day it was solved. Tickets that never were belong to the day they last
    changed, so that they are counted and dropped with their reason. Rules, in this order: unparsable, deleted,
    merged, spam, abandoned, not_resolved, reopened, bot_answered, said_wrong, not_rated, rating_too_low,
    tags_not_wanted, language_not_wanted, outside_window; then those that need the text: empty, macro_answered,
    said_wrong, too_short.

    `quality_score` is the customer's rating in [0, 1]: 1 to 5 stars become (stars - 1) / 4, so 4 of 5 is 0.75; good
    and bad become 1 and 0; a recommendation from 0 to 10 (NPS) becomes a tenth of it.
    """

    strategy: ClassVar[Strategy] = "production_logs"
    daily: ClassVar[bool] = True

    kind: Literal["tickets"] = "tickets"
    """Which reader this is."""
    system: System
    """Where the tickets are: `type: zendesk`, `sql`, `files` or `helpdesk` (a SQLite file), and its fields."""
    statuses: tuple[Literal["resolved", "open"], ...] = Field(default=("resolved",), min_length=1)
    """The states of tickets that are kept."""
    resolved_by: Literal["human", "anyone"] = "human"
    """`human` drops what a bot or nobody resolved."""
    min_rating: float | None = Field(default=4, ge=1, le=5)
    """Lowest satisfaction rating kept, on the scale 1 to 5 (4 also means good, and NPS of 8 and more); null asks for no
    rating at all."""
    languages: tuple[str, ...] = ()
    """Languages kept, such as `en` or `pt-BR`; all when empty. Tickets whose system names none are then dropped."""
    tags: tuple[str, ...] = ()
    """Tickets with any of these tags are kept; all when empty."""
    without_tags: tuple[str, ...] = ()
    """Tickets with any of these tags are dropped."""
    wrong_tags: tuple[str, ...] = ()
    """Tags that say the answer was wrong: said_wrong. Besides, the customer's last words are read."""
    min_question_characters: int = Field(default=1, ge=1)
    """Fewest characters of all that the customer said."""
    min_answer_characters: int = Field(default=1, ge=1)
    """Fewest characters of all that the agent said."""
    turns: Keep = "all"
    """Which turns stay: `all`, the `first` question with its answer, or the first question with the `last` answer."""
    max_age_days: int | None = Field(default=365, ge=1)
    """Tickets resolved longer than this before `as_of` are dropped as outside_window; null sets no limit."""
    license: License = PROPRIETARY
    """The licence of the tickets' texts: an SPDX id or `LicenseRef-…`."""

    @property
    def pool(self) -> str | None:
        return self.system.pool if isinstance(self.system, LandingSystem) else None

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """Outcome batches, one outcome a ticket; `created_at` is when it was resolved, `partition` its day.

        `meta` holds ticket_id, channel, turns (messages after joining) and rating (as given). Raises InputError,
        or TryAgain when the fault may pass.
        """
        rules = self._rules(window)
        for tickets in self.system.tickets(name, window):
            yield from self._answered(name, tickets, window, rules)

    def update(self, name: str, window: Window, updates: Updates) -> None:
        """Days touched by tickets that were changed, rated, reopened or deleted since; see `Source.update`."""
        if isinstance(self.system, LandingSystem):
            self.system.update(name, window, updates)
        else:
            changes, cursor = self.system.changed(name, window, updates.cursor())
            updates.touch(changes, cursor)

    def _rules(self, window: Window) -> Rules:
        names = Rules.__dataclass_fields__.keys() - {"oldest", "as_of"}
        given = {name: getattr(self, name) for name in names}
        return Rules(**given, oldest=window.oldest(self.max_age_days), as_of=window.as_of)

    def _answered(self, name: str, tickets: pa.RecordBatch, window: Window, rules: Rules) -> Iterator[pa.RecordBatch]:
        days = window.days_of(tickets.column("dated_at"))
        reason, detail = refused_before_reading(tickets, rules)
        free = pc.is_null(reason)
        left = tickets.filter(free)
        made = None
        if left.num_rows:
            filled = self.system.turns(name, left) if isinstance(self.system, LandingSystem) else left
            said = exchanges(filled, self.turns)
            why, how = refused_after_reading(filled.column("problem"), said, rules)
            reason, detail = pc.replace_with_mask(reason, free, why), pc.replace_with_mask(detail, free, how)
            kept = pc.is_null(why)
            made = self._read(name, filled.filter(kept), said.messages.filter(kept), days.filter(free).filter(kept))
        refused = pc.is_valid(reason)
        if pc.any(refused).as_py():
            yield _dropped(
                name, tickets.filter(refused), days.filter(refused), reason.filter(refused), detail.filter(refused)
            )
        if made is not None and made.num_rows:
            yield made

    def _read(self, name: str, tickets: pa.RecordBatch, messages: pa.Array, days: pa.Array) -> pa.RecordBatch:
        column, count = tickets.column, tickets.num_rows
        said = message_tuples(messages)
        facts = zip(
            column("id").to_pylist(),
            column("channel").to_pylist(),
            column("rating_given").to_pylist(),
            said,
            strict=True,
        )
        metas = [
            meta_json({"channel": channel, "rating": _given(rating), "ticket_id": key, "turns": len(turns)})
            for key, channel, rating, turns in facts
        ]
        made = {
            "id": _ids(name, column("id")),
            "partition": days,
            "content_hash": pa.array([content_hash(turns) for turns in said], pa.string()),
            "source": pa.repeat(name, count),
            "strategy": pa.repeat(self.strategy, count),
            "messages": messages,
            "quality_score": column("rating").cast(pa.float32()),
            "license": pa.repeat(self.license, count),
            "language": column("language"),
            "tags": pc.fill_null(column("tags"), pa.scalar([], column("tags").type)),
            "created_at": pc.coalesce(column("resolved_at"), column("dated_at")),
            "cost_usd": pa.repeat(0.0, count),
            "meta": pa.array(metas, pa.string()),
            "person_keys": column("person_keys"),
        }
        return _batch(made, count)


def _dropped(name: str, tickets: pa.RecordBatch, days: pa.Array, reason: pa.Array, detail: pa.Array) -> pa.RecordBatch:
    made = {
        "id": _ids(name, tickets.column("id")),
        "partition": days,
        "person_keys": tickets.column("person_keys"),
        "drop_reason": reason,
        "drop_detail": detail,
    }
    return _batch(made, tickets.num_rows)


def _given(rating: str | None) -> str | int | None:
    return int(rating) if rating and rating.isdecimal() else rating


def _ids(name: str, keys: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(name, keys, ":")


def _batch(made: dict[str, pa.Array], count: int) -> pa.RecordBatch:
    schema = outcomes(RAW)
    columns = [made.get(field.name, pa.nulls(count, field.type)) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
