from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.sources.search_log import SearchLog
from sourcing_pipeline.sources.search_log.sessions import PROGRAMS, Sessions, normalised, read_sessions, starts

Make = Callable[..., SearchLog]
Events = Callable[..., pa.Table]

GUIDE = {"item": "i1", "item_text": "Guide"}
MANUAL = {"item": "i2", "item_text": "Manual"}


def visits(found: Sessions) -> list[tuple[str, str, bool]]:
    """(user, query, selected) of each visit, sorted."""
    rows = zip(found.visits.user, found.visits.query, found.visits.selected, strict=True)
    return sorted((found.users[user], found.queries[query], bool(selected)) for user, query, selected in rows)


def choices(found: Sessions) -> list[tuple[str, str, str]]:
    """(user, query, text) of each choice, sorted."""
    rows = zip(found.choices.user, found.choices.query, found.choices.text, strict=True)
    return sorted((found.users[user], found.queries[query], found.texts[text]) for user, query, text in rows)


def search(query: str) -> dict[str, Any]:
    return {"query": query}


def test_a_click_belongs_to_the_last_search_before_it(source: Make, events: Events) -> None:
    log = events(
        (0, "ann", "search", search("boots")),
        (10, "ann", "search", search("shoes")),
        (20, "ann", "click", GUIDE),
    )
    found = read_sessions(log, source())
    assert visits(found) == [("ann", "boots", False), ("ann", "shoes", True)]
    assert choices(found) == [("ann", "shoes", "Guide")]


def test_at_one_instant_a_search_comes_before_its_click(source: Make, events: Events) -> None:
    log = events((0, "ann", "click", GUIDE), (0, "bob", "other", {}), (0, "ann", "search", search("boots")))
    assert choices(read_sessions(log, source())) == [("ann", "boots", "Guide")]


def test_a_click_that_names_its_query_belongs_to_that(source: Make, events: Events) -> None:
    log = events(
        (0, "ann", "search", search("boots")),
        (10, "ann", "search", search("shoes")),
        (20, "ann", "click", {**GUIDE, "query": "Boots"}),
    )
    assert choices(read_sessions(log, source())) == [("ann", "boots", "Guide")]


def test_an_event_that_names_its_query_needs_no_search_in_the_log(source: Make, events: Events) -> None:
    found = read_sessions(events((0, "ann", "click", {**GUIDE, "query": "boots"})), source())
    assert visits(found) == [("ann", "boots", True)]


def test_a_search_too_long_ago_gets_no_click(source: Make, events: Events) -> None:
    rows = [(0, "ann", "search", search("boots")), (60, "ann", "other", {}), (120, "ann", "click", GUIDE)]
    assert choices(read_sessions(events(*rows), source(attribution_minutes=2))) == [("ann", "boots", "Guide")]
    assert choices(read_sessions(events(*rows), source(attribution_minutes=1.9))) == []


def test_a_search_in_another_session_gets_no_click(source: Make, events: Events) -> None:
    log = events((0, "ann", "search", search("boots")), (60, "ann", "click", {**GUIDE, "session": "later"}))
    assert choices(read_sessions(log, source())) == []


def test_a_search_without_text_takes_the_clicks_after_it(source: Make, events: Events) -> None:
    log = events((0, "ann", "search", search("boots")), (5, "ann", "search", {}), (9, "ann", "click", GUIDE))
    assert visits(read_sessions(log, source())) == [("ann", "boots", False)]


def test_a_purchase_belongs_to_the_search_that_led_to_the_click_on_its_item(source: Make, events: Events) -> None:
    log = events(
        (0, "ann", "search", search("boots")),
        (10, "ann", "click", {**GUIDE, "dwell_seconds": 1}),
        (20, "ann", "search", search("socks")),
        (30, "ann", "click", {**MANUAL, "dwell_seconds": 1}),
        (40, "ann", "purchase", GUIDE),
    )
    found = read_sessions(log, source())
    assert choices(found) == [("ann", "boots", "Guide")]
    assert visits(found) == [("ann", "boots", True), ("ann", "socks", False)]


def test_a_purchase_of_an_item_nobody_clicked_belongs_to_the_last_search(source: Make, events: Events) -> None:
    log = events((0, "ann", "search", search("boots")), (9, "ann", "purchase", GUIDE), (10, "ann", "other", {}))
    assert choices(read_sessions(log, source())) == [("ann", "boots", "Guide")]


@pytest.mark.parametrize(
    ("seconds", "dwell", "selected"),
    [(29.9, None, False), (30, None, True), (5, 30.0, True), (300, 29.9, False)],
)
def test_a_click_is_a_selection_from_the_minimum_dwell_on(
    source: Make, events: Events, seconds: float, dwell: float | None, selected: bool
) -> None:
    log = events(
        (0, "ann", "search", search("boots")),
        (10, "ann", "click", {**GUIDE, "dwell_seconds": dwell}),
        (10 + seconds, "ann", "other", {}),
    )
    assert visits(read_sessions(log, source())) == [("ann", "boots", selected)]


def test_the_last_click_of_a_session_is_a_selection(source: Make, events: Events) -> None:
    log = events((0, "ann", "search", search("boots")), (1, "ann", "click", GUIDE), (2, "bob", "other", {}))
    assert visits(read_sessions(log, source())) == [("ann", "boots", True)]


def test_repeated_clicks_of_a_session_are_one_choice(source: Make, events: Events) -> None:
    log = events((0, "ann", "search", search("boots")), (9, "ann", "click", GUIDE), (90, "ann", "click", GUIDE))
    assert choices(read_sessions(log, source())) == [("ann", "boots", "Guide")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Reset  Password", "reset password", True),
        ("ＡＢＣ", "abc", True),
        ("STRASSE", "straße", True),
        ("c++", "c", False),
        ("how to?", "how to", False),
    ],
)
def test_queries_are_the_same_when_they_differ_in_case_width_and_spaces_only(one: str, other: str, same: bool) -> None:
    assert (normalised(one) == normalised(other)) is same


def test_a_session_of_too_many_searches_in_a_minute_is_a_program_s(source: Make, events: Events) -> None:
    rows = [(2.9 * place, "bot", "search", search(f"q{place}")) for place in range(21)]
    found = read_sessions(events(*rows, (5, "ann", "search", search("q1"))), source(max_searches_per_minute=20))
    assert visits(found) == [("ann", "q1", False)]
    assert [(robot.user, robot.detail) for robot in found.robots] == [("bot", "more than 20 searches within a minute")]
    slower = [(3 * place, "bot", "search", search(f"q{place}")) for place in range(21)]
    assert read_sessions(events(*slower), source(max_searches_per_minute=20)).robots == []


def test_a_session_of_too_many_events_is_a_program_s(source: Make, events: Events) -> None:
    rows = [(60 * place, "bot", "other", {}) for place in range(11)]
    assert len(read_sessions(events(*rows), source(max_session_events=10)).robots) == 1
    assert read_sessions(events(*rows[1:]), source(max_session_events=10)).robots == []


def test_clicking_without_reading_is_a_program_s(source: Make, events: Events) -> None:
    rows = [(0.5 * place, "bot", "click", {"item_text": f"t{place}"}) for place in range(4)]
    assert len(read_sessions(events(*rows), source(max_instant_clicks=2)).robots) == 1
    assert read_sessions(events(*rows), source(max_instant_clicks=3)).robots == []


@pytest.mark.parametrize(
    ("agent", "program"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0 Safari/537.36", True),
        ("python-requests/2.31", True),
        ("curl/8.5.0", True),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT_X18) Chrome/120.0 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", False),
    ],
)
def test_user_agents_of_programs_are_known(agent: str, program: bool) -> None:
    assert bool(PROGRAMS.search(agent)) is program


def test_one_event_with_a_program_s_user_agent_condemns_its_session(source: Make, events: Events) -> None:
    log = events(
        (0, "x", "search", {**search("boots"), "user_agent": "ExampleBot/1.0"}),
        (9, "x", "click", {**GUIDE, "user_agent": None}),
        (9999, "x", "search", search("shoes")),
    )
    found = read_sessions(log, source())
    assert visits(found) == [("x", "shoes", False)]
    assert [robot.first_at for robot in found.robots] == [int(datetime(2026, 3, 10, 9, tzinfo=UTC).timestamp() * 1e6)]


def test_a_day_without_events_has_no_sessions(source: Make, events: Events) -> None:
    found = read_sessions(events(), source())
    assert visits(found) == []
    assert found.robots == []


EVENT = st.tuples(st.integers(0, 9000), st.sampled_from("ab"), st.sampled_from(["s", None]))


@given(log=st.lists(EVENT, max_size=20), gap=st.integers(1, 60))
def test_sessions_are_those_of_the_plain_rule(log: list[tuple[int, str, str | None]], gap: int) -> None:
    ordered = sorted(log, key=lambda event: (event[1], event[2] or "", event[0]))
    expected = []
    for _, run in groupby(ordered, key=lambda event: event[1:]):
        last = None
        for at, _, named in run:
            expected.append(last is None or (named is None and at - last > gap * 60))
            last = at
    users = np.array([ord(user) for _, user, _ in ordered], np.int64)
    named = np.array([-1 if session is None else 0 for _, _, session in ordered], np.int64)
    ats = np.array([at * 1_000_000 for at, _, _ in ordered], np.int64)
    assert starts(users, named, ats, gap).tolist() == expected


KINDS = st.sampled_from(["search", "click", "purchase", "other"])
COLUMNS = st.fixed_dictionaries(
    {
        "query": st.sampled_from([None, "a", "A", "b"]),
        "item": st.sampled_from([None, "1", "2"]),
        "item_text": st.sampled_from([None, "One", "Two"]),
        "dwell_seconds": st.sampled_from([None, 1.0, 60.0]),
        "session": st.sampled_from([None, None, "s"]),
        "locale": st.sampled_from([None, "en", "de"]),
        "user_agent": st.sampled_from([None, "x-bot/1"]),
    }
)
LOG = st.lists(st.tuples(st.sampled_from([0, 1, 40]), st.sampled_from(["ann", "bob"]), KINDS, COLUMNS), max_size=12)


def told(found: Sessions) -> list[Any]:
    forms, locales = [*found.forms, None], [*found.locales, None]
    rows = zip(*(column.tolist() for column in found.visits), strict=True)
    full = [
        (found.queries[query], forms[form], found.users[user], locales[locale], at, selected)
        for query, form, user, locale, at, selected in rows
    ]
    return [sorted(map(str, full)), choices(found), sorted(found.robots)]


@settings(max_examples=100)
@given(log=LOG, seed=st.randoms(use_true_random=False), repeated=st.booleans())
def test_neither_the_order_of_events_nor_telling_them_twice_matters(
    source: Make, events: Events, log: list[Any], seed: Any, repeated: bool
) -> None:
    other = [*log, *log] if repeated else list(log)
    seed.shuffle(other)
    rules = source(min_dwell_seconds=10)
    assert told(read_sessions(events(*log), rules)) == told(read_sessions(events(*other), rules))
