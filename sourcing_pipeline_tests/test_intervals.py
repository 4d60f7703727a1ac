import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import beta, binom, binomtest

from sourcing_pipeline.intervals import always_valid, exact

LOOKS = 300
COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.floats(0.55, 0.99))
def test_the_interval_of_whole_counts_is_the_exact_one_of_scipy(counts: tuple[int, int], confidence: float) -> None:
    expected = binomtest(*counts).proportion_ci(confidence, method="exact")
    assert exact(*counts, confidence) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(st.floats(0.5, 500), st.floats(0, 1))
@example(5.0, 5e-324)
@example(5.0, 1 - 1e-15)
def test_fractions_have_an_interval_around_their_share(of: float, share: float) -> None:
    low, high = exact(share * of, of)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


def test_of_nothing_anything_may_be_true() -> None:
    assert exact(0, 0) == (0.0, 1.0)
    assert always_valid(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("hits", "of"), [(2, 1), (-1, 1), (1, 0)])
def test_impossible_counts_are_refused(hits: int, of: int) -> None:
    for interval in (exact, always_valid):
        with pytest.raises(ValueError, match="is not possible"):
            interval(hits, of)


@pytest.mark.parametrize("n", [1, 2, 5, 20, 50, 100, 300])
def test_the_exact_interval_covers_every_share_as_often_as_it_says(n: int) -> None:
    low, high = np.transpose([exact(hits, n) for hits in range(n + 1)])
    for truth in np.linspace(0.001, 0.999, 500):
        held = (low <= truth) & (truth <= high)
        assert binom.pmf(np.arange(n + 1), n, truth)[held].sum() >= 0.95


@given(COUNTS, st.floats(0.55, 0.99))
def test_the_always_valid_interval_is_where_prior_to_posterior_is_under_the_limit(
    counts: tuple[int, int], confidence: float
) -> None:
    hits, of = counts
    for end in always_valid(hits, of, confidence):
        if 0 < end < 1:
            ratio = beta.logpdf(end, 0.5, 0.5) - beta.logpdf(end, hits + 0.5, of - hits + 0.5)
            assert ratio == pytest.approx(-np.log(1 - confidence), abs=1e-5)


@given(COUNTS)
def test_the_always_valid_interval_lies_around_the_exact_one(counts: tuple[int, int]) -> None:
    (low, high), (exact_low, exact_high) = always_valid(*counts), exact(*counts)
    assert 0 <= low <= exact_low + 1e-9
    assert exact_high - 1e-9 <= high <= 1
    assert (low == 0) == (counts[0] == 0)
    assert (high == 1) == (counts[0] == counts[1])


@given(COUNTS)
def test_hits_and_misses_mirror_one_another(counts: tuple[int, int]) -> None:
    hits, of = counts
    low, high = always_valid(of - hits, of)
    assert always_valid(hits, of) == pytest.approx((1 - high, 1 - low))


@given(COUNTS)
def test_a_hit_moves_the_always_valid_interval_up_and_a_miss_down(counts: tuple[int, int]) -> None:
    hits, of = counts
    low, high = always_valid(hits, of)
    more, fewer = always_valid(hits + 1, of + 1), always_valid(hits, of + 1)
    assert more[0] >= low
    assert more[1] >= high - 1e-9
    assert fewer[0] <= low + 1e-9
    assert fewer[1] <= high


@given(COUNTS, st.floats(0.55, 0.9))
def test_more_confidence_is_a_wider_interval(counts: tuple[int, int], confidence: float) -> None:
    narrow, wide = always_valid(*counts, confidence), always_valid(*counts, confidence + 0.09)
    assert wide[0] <= narrow[0]
    assert narrow[1] <= wide[1]


def test_ten_times_as_many_trials_narrow_the_always_valid_interval() -> None:
    widths = [high - low for low, high in (always_valid(n // 10, n) for n in (10, 100, 1000, 10_000, 100_000))]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.01


@pytest.fixture(scope="module")
def looks() -> NDArray[np.float64]:
    """Low and high by trials (up to LOOKS) and hits."""
    table = np.zeros((LOOKS + 1, LOOKS + 1, 2))
    for of in range(LOOKS + 1):
        table[of, : of + 1] = [always_valid(hits, of) for hits in range(of + 1)]
    return table


@pytest.mark.parametrize("truth", [0.02, 0.05, 0.1, 0.2, 0.5])
def test_whoever_looks_after_every_trial_is_ever_misled_as_seldom_as_promised(
    truth: float, looks: NDArray[np.float64]
) -> None:
    """2,000 sequences: 5 %, and 1.5 % on top for three standard errors of the simulation."""
    hits = np.cumsum(np.random.default_rng(7).random((2000, LOOKS)) < truth, axis=1)
    ends = looks[np.arange(1, LOOKS + 1), hits]
    wrong = (truth < ends[..., 0]) | (ends[..., 1] < truth)
    assert wrong.any(axis=1).mean() <= 0.05 + 0.015


@pytest.mark.parametrize("truth", [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8, 0.97])
def test_the_chance_of_ever_being_misled_is_under_five_percent(truth: float, looks: NDArray[np.float64]) -> None:
    """Not simulated but summed, over all ways of 300 trials on which the interval has held the truth so far."""
    chance = np.zeros(LOOKS + 1)
    chance[0] = 1
    for of in range(1, LOOKS + 1):
        chance = chance * (1 - truth) + np.append(0, chance[:-1]) * truth
        chance *= (looks[of, :, 0] <= truth) & (truth <= looks[of, :, 1])
    assert chance.sum() >= 0.95


def test_looking_again_and_again_at_the_exact_interval_misleads() -> None:
    """Why there is another: of 300 looks at an interval of 95 %, one is wrong in a third of the sequences."""
    truth, chance = 0.1, np.zeros(LOOKS + 1)
    chance[0] = 1
    for of in range(1, LOOKS + 1):
        chance = chance * (1 - truth) + np.append(0, chance[:-1]) * truth
        counts = np.arange(of + 1)
        chance[: of + 1] *= (binom.sf(counts - 1, of, truth) > 0.025) & (binom.cdf(counts, of, truth) > 0.025)
    assert chance.sum() < 0.8
