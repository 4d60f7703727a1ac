"""One day's sessions as outcomes: a row for each query, behind the floor that keeps rare queries in this process."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from sourcing_pipeline.rows import Drop, DropReason, Example, Message, Strategy
from sourcing_pipeline.sources.records import language_tag
from sourcing_pipeline.sources.search_log.crowd import Crowd, Ints, hashes
from sourcing_pipeline.sources.search_log.sessions import Sessions

STRATEGY: Strategy = "production_logs"


class Terms(Protocol):
    """What the recipe asks of a row; `SearchLog` says what each means."""

    min_users: int
    min_item_users: int
    min_query_chars: int
    max_items: int
    license: str


class _Pairs(NamedTuple):
    """Each item text selected for a query that day: codes, hash, different people, times; ordered by query, text."""

    query: Ints
    text: Ints
    key: Ints
    users: Ints
    times: Ints


@dataclass(frozen=True)
class Day:
    """A day's sessions with the keys by which the crowd counts: of queries, of forms, and of selected texts.

    `plain` are the forms that are the normalised query itself, which need no count of their own.
    """

    day: str
    sessions: Sessions
    query_keys: Ints
    form_keys: Ints
    plain: npt.NDArray[np.bool_]
    pairs: _Pairs
    pair_of_choice: Ints

    @classmethod
    def of(cls, day: str, sessions: Sessions) -> "Day":
        """The keys of `sessions`."""
        choices, texts = sessions.choices, sessions.texts
        width = max(1, len(texts))
        pairs, pair_of_choice, times = np.unique(
            choices.query * width + choices.text, return_inverse=True, return_counts=True
        )
        query, text = pairs // width, pairs % width
        told = np.unique(np.stack([pair_of_choice, choices.user]), axis=1)[0]
        of_form = sessions.query_of_form.tolist()
        plain = [at >= 0 and form == sessions.queries[at] for form, at in zip(sessions.forms, of_form, strict=False)]
        other = np.array([not same for same in plain], np.bool_)
        form_keys = np.zeros(len(plain), np.int64)
        form_keys[other] = hashes(
            [f"form {form}" for form, same in zip(sessions.forms, plain, strict=True) if not same]
        )
        named = [sessions.queries[code] for code in query.tolist()]
        shown = [texts[code] for code in text.tolist()]
        keys = hashes([f"item {len(one)} {one} {other}" for one, other in zip(named, shown, strict=True)])
        return cls(
            day=day,
            sessions=sessions,
            query_keys=hashes([f"query {query}" for query in sessions.queries]),
            form_keys=form_keys,
            plain=~other,
            pairs=_Pairs(query, text, keys, np.bincount(told, minlength=len(pairs)), times),
            pair_of_choice=pair_of_choice,
        )

    def tell(self, crowd: Crowd) -> None:
        """Add to `crowd` who typed and chose what on this day."""
        visits, choices = self.sessions.visits, self.sessions.choices
        persons = hashes(self.sessions.users)
        other = ~self.plain[visits.form]
        keys = [
            self.query_keys[visits.query],
            self.form_keys[visits.form[other]],
            self.pairs.key[self.pair_of_choice],
        ]
        people = [persons[visits.user], persons[visits.user[other]], persons[choices.user]]
        crowd.add(self.day, np.concatenate(keys), np.concatenate(people))


class _Group(NamedTuple):
    """The visits of one query, as a slice of the visits ordered by query and user."""

    query: int
    first: int
    last: int
    selected: int


def outcomes(name: str, day: Day, crowd: Crowd, terms: Terms, created_at: datetime) -> Iterator[Example | Drop]:
    """An outcome for each query of the day, in the order in which they were first typed, after one for each robot.

    `crowd` knows the day and its look-back. Below the floor of `min_users` a query is dropped before anything else is
    said about it: its id is its number among the day's rare queries, and neither id nor detail depends on its text.
    """
    sessions = day.sessions
    for number, robot in enumerate(sorted(sessions.robots, key=lambda robot: (robot.first_at, robot.user)), 1):
        row_id = f"{name}:{day.day}-program-{number}"
        yield Drop(row_id, DropReason.BOT_SESSION, robot.detail, day.day, (robot.user,))
    order, groups = _groups(sessions)
    queries = np.array([group.query for group in groups], np.int64)
    keys = [day.query_keys[queries], day.form_keys, day.pairs.key]
    counts = np.split(crowd.count(day.day, np.concatenate(keys)), np.cumsum([len(part) for part in keys])[:-1])
    shared, known_forms = counts[0] >= terms.min_users, day.plain | (counts[1] >= terms.min_users)
    chosen = counts[2] >= terms.min_item_users
    rare = 0
    for group, enough in zip(groups, shared.tolist(), strict=True):
        visits = order[group.first : group.last]
        people = tuple(sessions.users[code] for code in dict.fromkeys(sessions.visits.user[visits].tolist()))
        if not enough:
            rare += 1
            row_id = f"{name}:{day.day}-rare-{rare}"
            detail = f"fewer than min_users = {terms.min_users} people in k_days"
            yield Drop(row_id, DropReason.TOO_FEW_USERS, detail, day.day, people)
            continue
        query = sessions.queries[group.query]
        row_id = f"{name}:{day.day}-{hashlib.sha256(query.encode()).hexdigest()[:20]}"
        if len(query) < terms.min_query_chars:
            detail = f"{len(query)} characters, fewer than {terms.min_query_chars}"
            yield Drop(row_id, DropReason.TOO_SHORT, detail, day.day, people)
        elif not group.selected:
            yield Drop(row_id, DropReason.ABANDONED, f"{len(visits)} sessions without a selection", day.day, people)
        else:
            items = _items(day, group.query, chosen)
            if not items:
                yield Drop(row_id, *_nothing_to_list(day, group.query, terms), day.day, people)
                continue
            yield Example(
                id=row_id,
                partition=day.day,
                source=name,
                strategy=STRATEGY,
                messages=(
                    Message("user", _as_typed(sessions, visits, known_forms) or query),
                    Message(
                        "assistant",
                        "\n".join(sessions.texts[day.pairs.text[pair]] for pair in items[: terms.max_items]),
                    ),
                ),
                quality_score=group.selected / len(visits),
                license=terms.license,
                language=_language(sessions, visits),
                created_at=created_at,
                person_keys=people,
                meta={
                    "users": len(people),
                    "sessions": len(visits),
                    "selections": int(day.pairs.times[_pairs_of(day, group.query)].sum()),
                    "items": min(len(items), terms.max_items),
                },
            )


def _groups(sessions: Sessions) -> tuple[Ints, list[_Group]]:
    """The order of the visits by query and user, and the queries in the order in which they were first typed."""
    visits = sessions.visits
    order = np.lexsort((visits.user, visits.query))
    query = visits.query[order]
    firsts = np.flatnonzero(np.diff(query, prepend=-1))
    if not len(firsts):
        return order, []
    first_at = np.minimum.reduceat(visits.first_at[order], firsts)
    selected = np.add.reduceat(visits.selected[order].astype(np.int64), firsts)
    lasts = np.append(firsts[1:], len(order))
    columns = zip(query[firsts].tolist(), firsts.tolist(), lasts.tolist(), selected.tolist(), strict=True)
    groups = [_Group(*values) for values in columns]
    return order, [groups[place] for place in np.lexsort((visits.user[order][firsts], first_at)).tolist()]


def _pairs_of(day: Day, query: int) -> slice:
    first, last = np.searchsorted(day.pairs.query, [query, query + 1])
    return slice(int(first), int(last))


def _items(day: Day, query: int, chosen: npt.NDArray[np.bool_]) -> list[int]:
    """The pairs to list: selected by enough people, by most people first, then most often, then by their text."""
    pairs, span = day.pairs, _pairs_of(day, query)
    listed = np.arange(span.start, span.stop)[chosen[span]]
    ordered: list[int] = listed[np.lexsort((pairs.text[listed], -pairs.times[listed], -pairs.users[listed]))].tolist()
    return ordered


def _nothing_to_list(day: Day, query: int, terms: Terms) -> tuple[DropReason, str]:
    span = _pairs_of(day, query)
    if span.start == span.stop:
        return DropReason.NO_ANSWER, "what was selected has no item_text"
    return DropReason.TOO_FEW_USERS, f"no item was selected by min_item_users = {terms.min_item_users} people in k_days"


def _as_typed(sessions: Sessions, visits: Ints, known: npt.NDArray[np.bool_]) -> str | None:
    """The form that most people typed that day, among those that enough people typed in the look-back."""
    typed = set(zip(sessions.visits.form[visits].tolist(), sessions.visits.user[visits].tolist(), strict=True))
    people = Counter(form for form, _ in typed if known[form])
    return sessions.forms[min(people, key=lambda form: (-people[form], form))] if people else None


def _language(sessions: Sessions, visits: Ints) -> str | None:
    """The language of most visits, as BCP-47 writes it."""
    said: Counter[str] = Counter()
    for code, times in Counter(sessions.visits.locale[visits].tolist()).items():
        tag = language_tag(sessions.locales[code]) if code >= 0 else None
        said.update({tag: times} if tag else {})
    return min(said, key=lambda tag: (-said[tag], tag)) if said else None
