import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from sourcing_pipeline.review.statistics import Stratum, error_rate, stratified_rate

COUNTS = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("wrong", "reviewed", "low", "high"),
    [
        (0, 10, 0.0, 0.30850),
        (10, 10, 0.69150, 1.0),
        (1, 10, 0.00253, 0.44502),
        (7, 100, 0.02861, 0.13892),
        (10, 100, 0.04900, 0.17622),
        (0, 100, 0.0, 0.03622),
    ],
)
def test_the_interval_is_clopper_and_pearsons(wrong: int, reviewed: int, low: float, high: float) -> None:
    found = error_rate(wrong, reviewed)
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


@given(COUNTS, st.floats(0.55, 0.99))
def test_the_bounds_are_quantiles_of_the_beta_distribution(counts: tuple[int, int], confidence: float) -> None:
    wrong, n = counts
    tail = (1 - confidence) / 2
    found = error_rate(wrong, n, confidence)
    assert found.low == pytest.approx(beta.ppf(tail, wrong, n - wrong + 1) if wrong else 0.0, abs=1e-6)
    assert found.high == pytest.approx(beta.ppf(1 - tail, wrong + 1, n - wrong) if wrong < n else 1.0, abs=1e-6)


@given(COUNTS)
def test_the_rate_lies_within_its_interval(counts: tuple[int, int]) -> None:
    found = error_rate(*counts)
    assert 0 <= found.low <= found.rate <= found.high <= 1


@given(COUNTS)
def test_right_and_wrong_mirror_one_another(counts: tuple[int, int]) -> None:
    wrong, n = counts
    one, other = error_rate(wrong, n), error_rate(n - wrong, n)
    assert [one.low, one.high] == pytest.approx([1 - other.high, 1 - other.low])


@pytest.mark.parametrize("truth", [0.03, 0.1, 0.5])
def test_the_interval_covers_the_truth_as_often_as_it_says(truth: float) -> None:
    intervals = [error_rate(wrong, 100) for wrong in range(101)]
    drawn = np.random.default_rng(7).binomial(100, truth, 10_000)
    covered = sum(intervals[wrong].low <= truth <= intervals[wrong].high for wrong in drawn)
    assert covered / 10_000 >= 0.95


def test_without_reviews_anything_may_be_true() -> None:
    found = error_rate(0, 0)
    assert (found.rate, found.low, found.high) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(("wrong", "reviewed"), [(2, 1), (-1, 1), (1, 0)])
def test_impossible_counts_are_refused(wrong: int, reviewed: int) -> None:
    with pytest.raises(ValueError, match="is not possible"):
        error_rate(wrong, reviewed)


STRATUM = st.integers(1, 40).flatmap(
    lambda n: st.tuples(st.integers(n, 1000), st.just(n), st.integers(0, n)).map(lambda one: Stratum(*one))
)


@given(STRATUM)
def test_a_single_stratum_is_a_simple_sample(one: Stratum) -> None:
    found, simple = stratified_rate([one]), error_rate(one.found, one.reviewed)
    assert found.rate == pytest.approx(simple.rate)
    assert found.low <= simple.low + 1e-9
    assert found.high >= simple.high - 1e-9


@given(st.lists(STRATUM, min_size=1, max_size=12))
def test_the_stratified_rate_is_the_weighted_mean_and_lies_within_its_interval(strata: list[Stratum]) -> None:
    found = stratified_rate(strata)
    mean = sum(one.rows * one.found / one.reviewed for one in strata) / sum(one.rows for one in strata)
    assert found.rate == pytest.approx(mean)
    assert 0 <= found.low <= found.rate + 1e-9
    assert found.rate - 1e-9 <= found.high <= 1
    assert found.covered == pytest.approx(1)


@given(st.lists(STRATUM, min_size=1, max_size=12))
def test_where_nothing_is_found_the_bound_is_no_lower_than_that_of_as_many_simple_rows(strata: list[Stratum]) -> None:
    found = stratified_rate([one._replace(found=0) for one in strata])
    assert found.rate == 0
    assert found.high >= error_rate(0, found.reviewed).high - 1e-9


@given(st.lists(STRATUM, min_size=1, max_size=6), st.integers(1, 500))
def test_strata_that_nobody_looked_at_are_left_out_and_told(strata: list[Stratum], rows: int) -> None:
    with_unseen, seen = stratified_rate([*strata, Stratum(rows, 0, 0)]), stratified_rate(strata)
    assert (with_unseen.rate, with_unseen.low, with_unseen.high) == (seen.rate, seen.low, seen.high)
    known = sum(one.rows for one in strata)
    assert with_unseen.covered == pytest.approx(known / (known + rows))


def test_without_a_reviewed_row_any_rate_may_be_true() -> None:
    found = stratified_rate([Stratum(10, 0, 0)])
    assert (found.reviewed, found.low, found.high, found.covered) == (0, 0.0, 1.0, 0.0)


ROWS = (700, 250, 120, 90, 60, 50, 40, 30, 20, 20, 15, 10, 8, 5)


@pytest.mark.parametrize(
    "leaks",
    [
        {stratum: rows // 20 for stratum, rows in enumerate(ROWS)},
        {0: 70},
        {2: 60},
        {stratum: rows // 2 for stratum, rows in enumerate(ROWS) if stratum > 7},
        {6: 40},
    ],
    ids=["everywhere alike", "in the largest", "in a middling one", "in the small ones", "one leaks as a whole"],
)
def test_the_stratified_interval_covers_the_truth_as_often_as_it_says(leaks: dict[int, int]) -> None:
    chance = np.random.default_rng(7)
    taken = [min(rows, max(2, round(60 * rows / sum(ROWS)))) for rows in ROWS]
    truth, covered = sum(leaks.values()) / sum(ROWS), 0
    for _ in range(1000):
        found = stratified_rate(
            Stratum(rows, n, int(chance.hypergeometric(leaks.get(one, 0), rows - leaks.get(one, 0), n)))
            for one, (rows, n) in enumerate(zip(ROWS, taken, strict=True))
        )
        covered += found.low <= truth <= found.high
    assert covered >= 950
