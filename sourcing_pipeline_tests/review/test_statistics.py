import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from sourcing_pipeline.review.statistics import error_rate

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
