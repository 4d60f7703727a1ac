from collections import defaultdict
from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sources.search_log.crowd import PAIRS, Crowd, hashes, look_back
from sourcing_pipeline.sources.search_log.spool import Spool

DAYS = [(date(2026, 2, 26) + timedelta(days=day)).isoformat() for day in range(6)]
PAIR = st.tuples(st.integers(-3, 3), st.integers(-5, 5))


def test_the_look_back_ends_with_the_day_and_crosses_months() -> None:
    assert look_back("2026-03-01", 3) == ["2026-03-01", "2026-02-28", "2026-02-27"]


def test_a_text_has_one_hash() -> None:
    assert hashes(["one", "two", "one"]).tolist() == [hash("one"), hash("two"), hash("one")]


@given(
    told=st.lists(st.lists(PAIR, max_size=12), min_size=len(DAYS), max_size=len(DAYS)),
    people=st.integers(1, 4),
    days=st.integers(1, 4),
)
def test_the_count_is_that_of_different_people_in_the_look_back(
    told: list[list[tuple[int, int]]], people: int, days: int
) -> None:
    wanted = np.arange(-4, 5)
    with Spool(PAIRS) as spool:
        crowd = Crowd(spool, people, days)
        seen: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for day, pairs in zip(DAYS, told, strict=True):
            keys, persons = np.array(pairs, np.int64).reshape(-1, 2).T
            crowd.add(day, keys, persons)
            seen[day] = set(pairs)
            around = set().union(*(seen[earlier] for earlier in look_back(day, days)))
            expected = [min(people, len({person for key, person in around if key == one})) for one in wanted]
            assert crowd.count(day, wanted).tolist() == expected


def test_no_keys_have_no_counts() -> None:
    with Spool(PAIRS) as spool:
        crowd = Crowd(spool, 2, 2)
        crowd.add(DAYS[0], np.array([1]), np.array([1]))
        assert crowd.count(DAYS[0], np.array([], np.int64)).tolist() == []
