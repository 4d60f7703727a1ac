"""One day's events as sessions: who typed which query, what was selected for it, and which sessions are programs'."""

import re
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.sources.search_log.events import CLICK, PURCHASE, SEARCH

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MINUTE = 60_000_000
SECOND = 1_000_000

PROGRAMS = re.compile(
    r"(?<!cu)bot(?![a-z])|crawl|spider|scrap|slurp|headless|phantomjs|selenium|python-|curl/|wget/|java/|go-http",
    re.IGNORECASE,
)
"""What programs call themselves in a user agent: the generic words of Project COUNTER's list of robots, and the names
of common HTTP clients and of browsers without a window."""


class Rules(Protocol):
    """The recipe's rules about sessions; `SearchLog` says what each means."""

    session_gap_minutes: float
    attribution_minutes: float
    min_dwell_seconds: float
    max_searches_per_minute: int
    max_session_events: int
    max_instant_clicks: int


class _Coded(NamedTuple):
    """A text column as numbers: `values` are the different texts in order, `codes` places in it, -1 for null."""

    codes: Ints
    values: list[str]


class Visits(NamedTuple):
    """One row for each query of each session (of people): columns of codes, the time of the first event, outcome."""

    query: Ints
    form: Ints
    user: Ints
    locale: Ints
    first_at: Ints
    selected: Flags


class Choices(NamedTuple):
    """One row for each item text that was selected for a query in a session: columns of codes."""

    query: Ints
    text: Ints
    user: Ints


class Robot(NamedTuple):
    """A session that behaves like a program: whose, since when, and how we know."""

    user: str
    first_at: int
    detail: str


@dataclass(frozen=True)
class Sessions:
    """A day. Codes are places in `queries` (normalised), `forms` (as typed), `users`, `locales` and `texts`."""

    visits: Visits
    choices: Choices
    robots: list[Robot]
    queries: list[str]
    query_of_form: Ints
    forms: list[str]
    users: list[str]
    locales: list[str]
    texts: list[str]


def normalised(query: str) -> str:
    """The form in which two ways to type a query are the same: Unicode NFKC, case folded, single spaces."""
    if query.isascii():
        return " ".join(query.lower().split())
    return " ".join(normalize("NFKC", normalize("NFKC", query).casefold()).split())


def starts(user: Ints, session: Ints, at: Ints, gap_minutes: float) -> Flags:
    """Where a session begins, in events ordered by user, session and time.

    It begins with another user, with another `session`, or, where the log names no session (-1), after more than
    `gap_minutes` without an event.
    """
    begins = np.ones(len(at), np.bool_)
    begins[1:] = (user[1:] != user[:-1]) | (session[1:] != session[:-1])
    begins[1:] |= (session[1:] < 0) & (at[1:] - at[:-1] > gap_minutes * MINUTE)
    return begins


def read_sessions(events: pa.Table, rules: Rules) -> Sessions:
    """The sessions of one day's EVENTS, in whatever order they come; events told twice count once.

    A session ends at midnight. A click or purchase belongs to the query that the log gives it, a purchase else to
    the query of the session's last click on the same item, and both else to the last search of the session within
    `attribution_minutes`.
    """
    log = _Log.of(events)
    del events  # a day's texts are large, and from here on they are not needed
    begins = starts(log.user, log.session, log.at, rules.session_gap_minutes)
    session = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)[session]
    query = _attributed(log, session, first, rules)
    selected = (query >= 0) & ((log.kind == PURCHASE) | _satisfied(log, session, rules))
    robots = _robots(log, session, rules)
    human = np.ones(len(session), np.bool_) if not robots else ~np.isin(session, list(robots))
    return Sessions(
        visits=_visits(log, session, query, selected, human),
        choices=_choices(log, session, query, selected & human),
        robots=[Robot(log.users[log.user[at]], int(log.at[at]), detail) for at, detail in _told(robots, begins)],
        queries=log.queries.values,
        query_of_form=log.queries.of_form,
        forms=log.forms,
        users=log.users,
        locales=log.locales,
        texts=log.texts,
    )


def _told(robots: dict[int, str], begins: Flags) -> list[tuple[int, str]]:
    firsts = np.flatnonzero(begins)
    return [(int(firsts[session]), detail) for session, detail in sorted(robots.items())]


@dataclass(frozen=True)
class _Log:
    """A day's events as columns of numbers, ordered by user, session, time and kind, each event once."""

    at: Ints
    kind: Ints
    user: Ints
    session: Ints
    form: Ints
    query: Ints
    item: Ints
    text: Ints
    locale: Ints
    dwell: npt.NDArray[np.float64]
    program: Flags
    users: list[str]
    forms: list[str]
    queries: "_Queries"
    texts: list[str]
    locales: list[str]

    @classmethod
    def of(cls, events: pa.Table) -> "_Log":
        user, session, form, item, text, locale, agent = (
            _coded(events.column(name))
            for name in ("user", "session", "query", "item", "item_text", "locale", "user_agent")
        )
        at = events.column("at").cast(pa.int64()).to_numpy()
        kind = events.column("kind").cast(pa.int64()).to_numpy()
        dwell = events.column("dwell_seconds").to_numpy()
        queries = _Queries.of(form.values)
        ties = [agent.codes, locale.codes, dwell, text.codes, item.codes, form.codes, kind]
        order = _ordered(at, user.codes * (len(session.values) + 1) + session.codes, ties)
        same = [user.codes, session.codes, at, kind, form.codes, item.codes, text.codes]
        order = order[_first_of_equals([column[order] for column in same])]
        agents = np.array([bool(PROGRAMS.search(value)) for value in agent.values] + [False])
        return cls(
            at=at[order],
            kind=kind[order],
            user=user.codes[order],
            session=session.codes[order],
            form=form.codes[order],
            query=queries.of_form[form.codes[order]],
            item=_items(item.codes[order], text.codes[order], len(item.values)),
            text=text.codes[order],
            locale=locale.codes[order],
            dwell=dwell[order],
            program=agents[agent.codes[order]],
            users=user.values,
            forms=form.values,
            queries=queries,
            texts=text.values,
            locales=locale.values,
        )


class _Queries(NamedTuple):
    """The normalised queries, and the code of each form's; the last entry is for no query."""

    values: list[str]
    of_form: Ints

    @classmethod
    def of(cls, forms: list[str]) -> "_Queries":
        plain = [normalised(form) for form in forms]
        values = sorted({query for query in plain if query})
        places = {query: place for place, query in enumerate(values)}
        return cls(values, np.array([*(places.get(query, -1) for query in plain), -1], np.int64))


def _coded(column: pa.ChunkedArray) -> _Coded:
    encoded = column.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary)
    rank = np.empty(len(order) + 1, np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    rank[-1] = -1
    codes = pc.fill_null(encoded.indices, -1).to_numpy()
    return _Coded(rank[codes], encoded.dictionary.take(order).to_pylist())


def _items(item: Ints, text: Ints, items: int) -> Ints:
    """What tells one item from another: its id, or its text where the log has no id; -1 for none."""
    return np.where(item >= 0, item, np.where(text >= 0, items + text, -1))


def _ordered(at: Ints, session: Ints, ties: list[npt.NDArray[np.generic]]) -> Ints:
    """The order by session and time; `ties` (the last one first) decide between events of one instant."""
    order: Ints = np.lexsort((at, session))
    equal = np.zeros(len(order) + 1, np.bool_)
    equal[1:-1] = (at[order][1:] == at[order][:-1]) & (session[order][1:] == session[order][:-1])
    tied = np.flatnonzero(equal[1:] | equal[:-1])
    group = np.cumsum(~equal[:-1])[tied]
    among = order[tied]
    order[tied] = among[np.lexsort((*(column[among] for column in ties), group))]
    return order


def _first_of_equals(columns: list[Ints]) -> Flags:
    keep = np.ones(len(columns[0]), np.bool_)
    keep[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return keep


def _last_before(hits: Flags, first: Ints) -> Ints:
    """For each event the place of the last hit at or before it in the same session, or -1."""
    last: Ints = np.maximum.accumulate(np.where(hits, np.arange(len(hits)), -1))
    return np.where(last >= first, last, -1)


def _attributed(log: _Log, session: Ints, first: Ints, rules: Rules) -> Ints:
    """The query to which each event belongs, or -1."""
    search = _last_before(log.kind == SEARCH, first)
    near = (search >= 0) & (log.at - log.at[search] <= rules.attribution_minutes * MINUTE)
    query = np.where(log.query >= 0, log.query, np.where(near, log.query[search], -1))
    return np.where((log.kind == PURCHASE) & (log.query < 0), _bought(log, session, query), query)


def _bought(log: _Log, session: Ints, query: Ints) -> Ints:
    """For each event the query of the session's last click on the same item; where there is none, its own."""
    order = np.lexsort((np.arange(len(session)), log.item, session))
    begins = _first_of_equals([session[order], log.item[order]])
    first = np.flatnonzero(begins)[np.cumsum(begins) - 1]
    click = _last_before(((log.kind == CLICK) & (query >= 0))[order], first)
    found = (click >= 0) & (log.item[order] >= 0)
    result = query.copy()
    result[order[found]] = query[order[click[found]]]
    return result


def _satisfied(log: _Log, session: Ints, rules: Rules) -> Flags:
    """Which events are clicks that held the person: with a long enough dwell, or with nothing after them."""
    derived = np.full(len(session), np.inf)
    derived[:-1] = np.where(session[1:] == session[:-1], (log.at[1:] - log.at[:-1]) / SECOND, np.inf)
    dwell = np.where(np.isnan(log.dwell), derived, log.dwell)
    held: Flags = (log.kind == CLICK) & (dwell >= rules.min_dwell_seconds)
    return held


def _robots(log: _Log, session: Ints, rules: Rules) -> dict[int, str]:
    """The sessions that behave like a program, each with the first rule that tells."""
    found: dict[int, str] = {}
    for number in np.unique(session[log.program]).tolist():
        found.setdefault(number, "its user agent is a program's")
    searches = np.flatnonzero(log.kind == SEARCH)
    limit = rules.max_searches_per_minute
    early, late = searches[:-limit], searches[limit:]
    rushed = (session[early] == session[late]) & (log.at[late] - log.at[early] < MINUTE)
    for number in np.unique(session[early[rushed]]).tolist():
        found.setdefault(number, f"more than {limit} searches within a minute")
    events = np.bincount(session, minlength=1)
    for number in np.flatnonzero(events > rules.max_session_events).tolist():
        found.setdefault(number, f"{events[number]} events, more than {rules.max_session_events}")
    clicks = np.flatnonzero(log.kind == CLICK)
    before, after = clicks[:-1], clicks[1:]
    instant = (session[before] == session[after]) & (log.at[after] - log.at[before] < SECOND)
    quick = np.bincount(session[after[instant]], minlength=1)
    for number in np.flatnonzero(quick > rules.max_instant_clicks).tolist():
        found.setdefault(number, f"{quick[number]} clicks less than a second after another")
    return found


def _visits(log: _Log, session: Ints, query: Ints, selected: Flags, human: Flags) -> Visits:
    typed = np.flatnonzero((log.query >= 0) & human)
    width = len(log.queries.values)
    pairs, first = np.unique(session[typed] * width + log.query[typed], return_index=True)
    chosen = np.unique(session[selected] * width + query[selected])
    at = typed[first]
    return Visits(
        query=log.query[at],
        form=log.form[at],
        user=log.user[at],
        locale=log.locale[at],
        first_at=log.at[at],
        selected=np.isin(pairs, chosen),
    )


def _choices(log: _Log, session: Ints, query: Ints, selected: Flags) -> Choices:
    at = np.flatnonzero(selected & (log.text >= 0))
    at = at[np.lexsort((log.text[at], query[at], session[at]))]
    at = at[_first_of_equals([session[at], query[at], log.text[at]])]
    return Choices(query=query[at], text=log.text[at], user=log.user[at])
