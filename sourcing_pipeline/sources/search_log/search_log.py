"""The `search_log` source: a log of searches, clicks and purchases behind one set of rules."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from sourcing_pipeline.config import Window, instants
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.licenses import PROPRIETARY, License
from sourcing_pipeline.rows import Drop, DropReason, Example, Strategy, batches
from sourcing_pipeline.sources.search_log.crowd import PAIRS, Crowd, look_back
from sourcing_pipeline.sources.search_log.events import EVENTS, LOG, UNREADABLE, EventKind, read_part
from sourcing_pipeline.sources.search_log.selections import STRATEGY, Day, outcomes
from sourcing_pipeline.sources.search_log.sessions import read_sessions
from sourcing_pipeline.sources.search_log.spool import Spool
from sourcing_pipeline.sources.source import Source
from sourcing_pipeline.sources.tabular import FileRows, SqlRows
from sourcing_pipeline.sources.tabular.pattern import Pattern
from sourcing_pipeline.updates import Change, Updates

Rows = Annotated[FileRows | SqlRows, Field(discriminator="type")]


class SearchLog(Source):
    """What people typed into a search box, answered by the items they chose.

    A row is one query on one day: the user's turn is the query as most people typed it, the assistant's turn the titles
    of the items they selected for it, one a line, the most selected first. Two ways to type a query are the same query
    when they differ only in case, width and spaces (Unicode NFKC, case folded).

    **The log.** One event a row: `at`, `user` (anyone's id: an account, a cookie), `event`, `query` (on searches; on
    other events where the log has it), `item_text` (the title to answer with), and if there are any `item` (its id),
    `session`, `dwell_seconds`, `locale`, `user_agent`. Events told twice count once.

    **Sessions.** Where the log names none, a session is one person's events without a gap of more than
    `session_gap_minutes`. A session ends at midnight in the recipe's time zone, so that each day stands for itself. A
    click or a purchase belongs to the query its event names; a purchase else to the query of the session's last click
    on that item; both else to the last search before it, if that is not older than `attribution_minutes`.

    **Selections.** A purchase is one, and a click with a dwell of at least `min_dwell_seconds`. Where the log has no
    dwell it is the time to the session's next event. The last click of a session has none and counts as a selection:
    nothing drew the person away (so did the relevance labels of Yandex's Personalized Web Search Challenge, 2013).
    `quality_score` is the share of the query's sessions that ended in a selection.

    **Programs.** Sessions that search, click or go on faster or longer than a person are left out before anything is
    counted, and dropped as bot_session: see `max_searches_per_minute`, `max_session_events`, `max_instant_clicks`,
    and user agents that name a crawler, a browser without a window or an HTTP library. The features are those by
    which search logs are usually cleaned (Buehrer, Stokes and Chellapilla, 2008); the limits are this project's.

    **The floor.** Queries leak people: they type names, addresses and illnesses. A query stays only when at least
    `min_users` different people typed it in the `k_days` days that end with the row's day, else it is dropped as
    too_few_users: its text leaves the reader nowhere, and its id is a number. The way to type it that is shown was
    itself typed by that many, else the query is shown in lower case. An item is listed only when `min_item_users`
    people selected it for this query in those days. The row tells no hour: `created_at` is when its day began.

    Drops, the first that applies: bot_session (one a session), too_few_users, too_short, abandoned (no selection),
    no_answer (what was selected has no title), too_few_users (no item has enough people); unparsable, one an event.
    The outcome of a day depends on the log and the recipe alone, so the look-back is read with every window.
    """

    strategy: ClassVar[Strategy] = STRATEGY
    daily: ClassVar[bool] = True
    counts_unreadable: ClassVar[bool] = True

    kind: Literal["search_log"] = "search_log"
    """Which reader this is."""
    log: Rows
    """Where the events are: `type: files` or `type: sql`; its `fields` say what the log calls the columns."""
    events: dict[str, EventKind] = Field(
        default={"search": "search", "click": "click", "purchase": "purchase"}, min_length=1
    )
    """What the log's words in `event` mean: search, click, purchase, other (only shows that the person is still there,
    and so ends a dwell) or ignore. A word that is not here makes its event unparsable."""
    max_unparsable_fraction: float = Field(default=0.05, ge=0, le=1)
    """Largest share of the wanted days' events that may be unreadable; above it the asset fails and nothing is
    replaced."""
    session_gap_minutes: float = Field(default=30, gt=0)
    """A session ends after this long without an event; only where the log names no sessions. 30 minutes is the
    convention of web analytics."""
    attribution_minutes: float = Field(default=30, gt=0)
    """How long after a search a click or purchase still belongs to it."""
    min_dwell_seconds: float = Field(default=30, ge=0)
    """Shortest stay that makes a click a selection. 30 seconds is the usual threshold of a satisfied click (Fox et al.,
    2005); Kim et al. (2014) show that it depends on the page, so set it to what reading one of your items takes."""
    max_searches_per_minute: int = Field(default=20, ge=1)
    """More searches than this within 60 seconds are a program's."""
    max_session_events: int = Field(default=300, ge=1)
    """A session of more events than this is a program's."""
    max_instant_clicks: int = Field(default=10, ge=0)
    """More clicks than this that follow another click in less than a second are a program's."""
    min_users: int = Field(default=5, ge=2)
    """The floor k: a query that fewer people typed is dropped. 5 is a usual least number of people behind a
    cell of published statistics; it may not be 1, since then there is no floor."""
    k_days: int = Field(default=30, ge=1, le=366)
    """The days over which people are counted, the last being the row's own. Each window reads that much more."""
    min_item_users: int = Field(default=2, ge=1)
    """An item is listed for a query only if so many people selected it in `k_days`. Less than `min_users`, since a
    title is the catalogue's text, not a person's; but not 1, so that no single person's choice, nor a title that only
    one person may see, is told. Set it to `min_users` where titles are written by users."""
    min_query_chars: int = Field(default=3, ge=1)
    """Shorter queries are dropped as too_short."""
    max_items: int = Field(default=5, ge=1)
    """Most items listed in one answer."""
    license: License = PROPRIETARY
    """The licence of queries and titles: an SPDX id or `LicenseRef-…`."""

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """Outcome batches, one outcome a query and day, bot session, or unreadable event; `partition` its day.

        `meta` holds users, sessions, selections (times an item was selected) and items (listed), all of that day.
        Events of people who asked to be forgotten are skipped before anything is counted. Reads the wanted days and
        their look-back once, into temporary files on local disk; memory grows with the largest day, not with the
        number of days. Raises InputError, also when more than `max_unparsable_fraction` of the events are unreadable.
        """
        return batches(self._outcomes(name, window))

    def update(self, name: str, window: Window, updates: Updates) -> None:
        """Touch the days on which events arrived or changed since the cursor.

        A late event also counts in the look-backs of the `k_days` days after it, and may lift a query over the floor
        there. Those days are not touched: it would refresh a month for each late event, every night, and what is
        missed is a row that could be there, never one that should not. They get it when they are next refreshed.
        """
        cursor = updates.cursor()
        changed = self.log.changed(name, window, LOG, cursor)
        if cursor is None:
            updates.touch((), changed.cursor)
            return
        versions = dict.fromkeys(changed.days, window.as_of)
        before = window.day(window.as_of)
        for part in changed.parts:
            read = read_part(part, self.events, window, before)
            before = read.last_day
            told = pc.max(part.rows.column("updated_at")).as_py() or part.written or window.as_of
            for day in {*read.events, *read.unreadable}:
                versions[day] = max(told, versions.get(day, told))
        days = sorted(versions.items())
        updates.touch([Change(f"day-{day}", day, version.isoformat()) for day, version in days], changed.cursor)

    def _outcomes(self, name: str, window: Window) -> Iterator[Example | Drop]:
        with Spool(EVENTS) as events, Spool(UNREADABLE) as unreadable, Spool(PAIRS) as pairs:
            self._put_aside(name, window, events, unreadable)
            for day in unreadable.days():
                for number, event in enumerate(_without_erased(unreadable.take(day), window).to_pylist(), 1):
                    people = () if event["user"] is None else (event["user"],)
                    detail = f"{event['place']}: {event['problem']}"
                    yield Drop(f"{name}:{day}-unreadable-{number}", DropReason.UNPARSABLE, detail, day, people)
            crowd = Crowd(pairs, max(self.min_users, self.min_item_users), self.k_days)
            for day in events.days():
                yield from self._of_day(name, day, window, events, crowd)

    def _of_day(self, name: str, day: str, window: Window, events: Spool, crowd: Crowd) -> Iterator[Example | Drop]:
        """Tell the crowd of `day` and forget its events; its outcomes when it is a wanted day."""
        found = Day.of(day, read_sessions(_without_erased(events.take(day), window), self))
        found.tell(crowd)
        if window.days is None or day in window.days:
            yield from outcomes(name, found, crowd, self, instants(day, window.timezone)[0])

    def _put_aside(self, name: str, window: Window, events: Spool, unreadable: Spool) -> None:
        """Read the wanted days and their look-back: `events` of all, and those `unreadable` of the wanted days."""
        wanted = None if window.days is None else frozenset(window.days)
        needed = None if wanted is None else frozenset(day for last in wanted for day in look_back(last, self.k_days))
        asked = replace(window, days=None if needed is None else tuple(sorted(needed)))
        seen = broken = 0
        first_broken = ""
        before = window.day(window.as_of)
        for part in self.log.read(name, asked, LOG, self._dated()):
            read = read_part(part, self.events, window, before)
            before = read.last_day
            for day, batch in read.events.items():
                if needed is None or day in needed:
                    events.add(day, batch)
                seen += batch.num_rows if wanted is None or day in wanted else 0
            for day, batch in read.unreadable.items():
                if wanted is None or day in wanted:
                    unreadable.add(day, batch)
                    broken += batch.num_rows
                    first_broken = first_broken or f"{batch.column('place')[0]}: {batch.column('problem')[0]}"
        if broken > self.max_unparsable_fraction * (seen + broken):
            raise InputError(
                f"source {name}: {broken} of {seen + broken} events cannot be read, more than "
                f"max_unparsable_fraction = {self.max_unparsable_fraction:g} allows; first: {first_broken}. "
                f"Mend the log, or the fields and events of sources.{name}"
            )

    def _dated(self) -> tuple[str, ...]:
        """The column by which rows may be left out: none where the date in the path is the day of all in the file."""
        return () if isinstance(self.log, FileRows) and Pattern(self.log.path).dated else ("at",)


def _without_erased(events: pa.Table, window: Window) -> pa.Table:
    people = events.column("user").combine_chunks().dictionary_encode()
    forgotten = [person for person in people.dictionary.to_pylist() if window.erased([person])]
    if not forgotten:
        return events
    return events.filter(pc.invert(pc.is_in(events.column("user"), value_set=pa.array(forgotten, pa.string()))))
