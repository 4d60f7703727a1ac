import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binomtest

from sourcing_pipeline.intervals import exact

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


@pytest.mark.parametrize(("hits", "of"), [(2, 1), (-1, 1), (1, 0)])
def test_impossible_counts_are_refused(hits: int, of: int) -> None:
    with pytest.raises(ValueError, match="is not possible"):
        exact(hits, of)
