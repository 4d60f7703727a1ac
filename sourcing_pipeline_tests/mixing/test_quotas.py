from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sourcing_pipeline.mixing.config import Mixing, Shares
from sourcing_pipeline.mixing.quotas import apportion, markdown, quotas
from sourcing_pipeline.rows import STRATEGIES, Strategy

Rows = dict[Strategy, int]
Split = dict[Strategy, float]

COUNTS = st.lists(st.integers(0, 60), min_size=4, max_size=4)
PARTS = st.integers(0, 20)
OTHERS = st.lists(PARTS, min_size=3, max_size=3).filter(any)


def split(parts: list[int]) -> Split:
    return {name: part / sum(parts) for name, part in zip(STRATEGIES, parts, strict=True)}


SPLITS = st.lists(PARTS, min_size=4, max_size=4).filter(any).map(split)
UNCAPPED = OTHERS.map(lambda parts: split([*parts, 0]))
AVAILABLE = COUNTS.map(lambda counts: dict(zip(STRATEGIES, counts, strict=True)))
SIZES = st.integers(1, 120)
CAPS = st.sampled_from([0.0, 0.1, 0.2, 1 / 3, 0.5, 0.99]) | st.floats(0, 0.99)
WAYS: st.SearchStrategy[Literal["fill", "shrink"]] = st.sampled_from(["fill", "shrink"])

METHOD: Split = {"production_logs": 0.5, "public": 0.2, "annotated": 0.2, "synthetic": 0.1}


def rows(production_logs: int, public: int, annotated: int, synthetic: int) -> Rows:
    return {
        "production_logs": production_logs,
        "public": public,
        "annotated": annotated,
        "synthetic": synthetic,
    }


def achieved(
    size: int, shares: Split, available: Rows, way: Literal["fill", "shrink"] = "fill", cap: float = 0.2
) -> Rows:
    return {part.strategy: part.achieved for part in quotas(size, shares, available, way, cap)}


@given(st.integers(0, 10_000), SPLITS)
def test_apportioned_rows_add_up_and_stay_within_one_of_their_share(total: int, shares: Split) -> None:
    parts = apportion(total, shares)
    assert sum(parts.values()) == total
    assert all(abs(parts[name] - total * shares[name]) < 1.0001 for name in STRATEGIES)


@pytest.mark.parametrize("total", [10**6, 2 * 10**6, 10**7])
@pytest.mark.parametrize("excess", [9e-7, -9e-7])
def test_rows_add_up_even_when_the_shares_nearly_do(total: int, excess: float) -> None:
    shares = Shares(production_logs=0.5 + excess)
    assert sum(apportion(total, shares.by_strategy()).values()) == total


def test_ties_go_to_the_strategy_named_first() -> None:
    assert apportion(2, dict.fromkeys(STRATEGIES, 0.25)) == rows(1, 1, 0, 0)


@given(SIZES, SPLITS, AVAILABLE, WAYS, CAPS)
def test_no_strategy_gives_more_than_it_has(
    size: int, shares: Split, available: Rows, way: Literal["fill", "shrink"], cap: float
) -> None:
    taken = achieved(size, shares, available, way, cap)
    assert all(0 <= taken[name] <= available[name] for name in STRATEGIES)
    assert sum(taken.values()) <= size


@given(SIZES, SPLITS, AVAILABLE, WAYS, CAPS)
def test_synthetic_rows_are_never_over_their_cap(
    size: int, shares: Split, available: Rows, way: Literal["fill", "shrink"], cap: float
) -> None:
    taken = achieved(size, shares, available, way, cap)
    assert taken["synthetic"] <= Fraction(cap).limit_denominator(10**6) * sum(taken.values())


@given(SIZES, UNCAPPED, WAYS)
def test_with_enough_rows_the_mix_has_its_size_and_its_shares(
    size: int, shares: Split, way: Literal["fill", "shrink"]
) -> None:
    assert achieved(size, shares, rows(999, 999, 999, 999), way) == apportion(size, shares)


@given(SIZES, UNCAPPED, AVAILABLE)
def test_shrinking_keeps_the_shares_to_within_one_row(size: int, shares: Split, available: Rows) -> None:
    taken = achieved(size, shares, available, "shrink")
    total = sum(taken.values())
    assert all(abs(taken[name] - total * shares[name]) <= 1 for name in STRATEGIES)


@settings(max_examples=300)
@given(st.integers(1, 40), UNCAPPED, AVAILABLE)
@example(22, {"production_logs": 9 / 19, "public": 9 / 19, "annotated": 1 / 19, "synthetic": 0.0}, rows(18, 16, 0, 3))
def test_shrinking_makes_the_largest_mix_for_which_every_strategy_has_enough(
    size: int, shares: Split, available: Rows
) -> None:
    fitting = [
        total
        for total in range(size + 1)
        if all(part <= available[name] for name, part in apportion(total, shares).items())
    ]
    assert sum(achieved(size, shares, available, "shrink").values()) == max(fitting)


@given(SIZES, SPLITS, AVAILABLE, CAPS)
@example(100, METHOD, rows(0, 0, 1000, 1000), 0.2)
def test_filling_reaches_the_size_or_all_that_is_there_up_to_the_cap(
    size: int, shares: Split, available: Rows, cap: float
) -> None:
    wanted = {name: available[name] if shares[name] else 0 for name in STRATEGIES}
    others = sum(wanted.values()) - wanted["synthetic"]
    share = Fraction(cap).limit_denominator(10**6)
    most = others + min(wanted["synthetic"], int(others * share / (1 - share)))
    assert sum(achieved(size, shares, available, "fill", cap).values()) == min(size, most)


@given(SIZES, SPLITS, AVAILABLE)
def test_filling_never_takes_less_than_was_asked_while_there_are_rows(
    size: int, shares: Split, available: Rows
) -> None:
    for part in quotas(size, shares, available, "fill", 0.999999):
        if part.strategy != "synthetic":
            assert part.achieved >= min(part.asked, part.available)


@given(SIZES, SPLITS, AVAILABLE, WAYS, CAPS, st.permutations(STRATEGIES))
def test_equal_input_gives_an_equal_result_in_whatever_order_it_is_named(
    size: int, shares: Split, available: Rows, way: Literal["fill", "shrink"], cap: float, order: list[Strategy]
) -> None:
    again = quotas(size, {name: shares[name] for name in order}, {name: available[name] for name in order}, way, cap)
    assert again == quotas(size, shares, available, way, cap)


@pytest.mark.parametrize(
    ("available", "way", "taken", "bounds"),
    [
        (rows(900, 900, 900, 900), "fill", rows(50, 20, 20, 10), ["asked", "asked", "asked", "asked"]),
        (rows(20, 900, 900, 900), "fill", rows(20, 32, 32, 16), ["too few rows", "fills in", "fills in", "fills in"]),
        (rows(900, 10, 900, 900), "shrink", rows(26, 10, 10, 5), ["the whole shrank", "too few rows"]),
        (
            rows(0, 0, 0, 900),
            "fill",
            rows(0, 0, 0, 0),
            ["too few rows", "too few rows", "too few rows", "synthetic cap"],
        ),
    ],
)
def test_the_methods_mix_by_hand(
    available: Rows, way: Literal["fill", "shrink"], taken: Rows, bounds: list[str]
) -> None:
    parts = quotas(100, METHOD, available, way, 0.2)
    assert {part.strategy: part.achieved for part in parts} == taken
    assert [part.bound for part in parts][: len(bounds)] == bounds


@pytest.mark.parametrize("total", [0.9, 1.1])
def test_shares_that_do_not_add_up_are_refused(total: float) -> None:
    with pytest.raises(ValueError, match=f"the shares add up to {total:g}; they must add up to 1"):
        Shares(production_logs=total - 0.5)


def test_the_method_is_the_default() -> None:
    assert Mixing().shares.by_strategy() == METHOD


def test_the_table_of_the_mix_tells_what_was_asked_and_achieved() -> None:
    lines = markdown(quotas(100, METHOD, rows(20, 900, 900, 900), "fill", 0.2)).splitlines()
    assert lines[2] == "| production_logs | 50 | 20 | 20 | 20.0% | too few rows |"
    assert lines[5] == "| synthetic | 10 | 900 | 16 | 16.0% | fills in |"
