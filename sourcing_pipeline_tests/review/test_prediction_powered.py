from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sourcing_pipeline.intervals import exact
from sourcing_pipeline.review.prediction_powered import PredictionPowered, prediction_powered_rate

Scores = Callable[[NDArray[np.bool_], np.random.Generator], NDArray[np.float64]]


def good(wrong: NDArray[np.bool_], chance: np.random.Generator) -> NDArray[np.float64]:
    return np.where(wrong, chance.beta(6, 2, len(wrong)), chance.beta(1, 12, len(wrong)))


def medium(wrong: NDArray[np.bool_], chance: np.random.Generator) -> NDArray[np.float64]:
    return np.where(wrong, chance.beta(2, 2, len(wrong)), chance.beta(1, 4, len(wrong)))


def useless(wrong: NDArray[np.bool_], chance: np.random.Generator) -> NDArray[np.float64]:
    return chance.random(len(wrong))


def inverted(wrong: NDArray[np.bool_], chance: np.random.Generator) -> NDArray[np.float64]:
    return 1 - good(wrong, chance)


def constant(wrong: NDArray[np.bool_], chance: np.random.Generator) -> NDArray[np.float64]:
    return np.full(len(wrong), 0.3)


def judged(scores: Scores, share: float, n: int, rows: int, chance: np.random.Generator) -> PredictionPowered:
    wrong = chance.permutation(rows) < round(share * rows)
    predicted = scores(wrong, chance)
    drawn = np.sort(chance.permutation(rows)[:n])
    return prediction_powered_rate(wrong[drawn].tolist(), predicted[drawn].tolist(), predicted.tolist())


@pytest.mark.parametrize("scores", [good, medium, useless, inverted, constant])
@pytest.mark.parametrize(("n", "share"), [(50, 0.06), (100, 0.1)])
def test_the_interval_covers_the_truth_as_often_as_it_says(scores: Scores, n: int, share: float) -> None:
    """In 150 samples from 400 rows: 95 %, less two standard errors of the simulation."""
    chance = np.random.default_rng(7)
    found = [judged(scores, share, n, 400, chance) for _ in range(150)]
    assert np.mean([one.low - 1e-9 <= share <= one.high + 1e-9 for one in found]) >= 0.95 - 0.036


def test_over_all_kinds_of_scores_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    chance = np.random.default_rng(8)
    held = []
    for _ in range(60):
        for scores in (good, medium, useless, inverted):
            for share in (0.03, 0.15):
                found = judged(scores, share, 100, 400, chance)
                held.append(found.low - 1e-9 <= share <= found.high + 1e-9)
    assert np.mean(held) >= 0.95


@pytest.mark.parametrize(
    ("scores", "n", "share", "least", "most"),
    [
        (good, 100, 0.05, 0.08, 0.25),
        (good, 100, 0.1, 0.2, 0.4),
        (good, 300, 0.1, 0.4, 0.6),
        (medium, 300, 0.1, 0.06, 0.25),
        (useless, 100, 0.1, -0.05, 0.08),
        (inverted, 100, 0.1, -0.05, 0.08),
        (constant, 100, 0.1, -0.05, 0.08),
    ],
)
def test_good_scores_narrow_the_interval_and_useless_ones_hardly_change_it(
    scores: Scores, n: int, share: float, least: float, most: float
) -> None:
    chance = np.random.default_rng(7)
    assert least <= np.mean([judged(scores, share, n, 2000, chance).shrink for _ in range(20)]) <= most


def test_the_rate_is_nearer_the_truth_by_good_scores_and_no_farther_by_useless_ones() -> None:
    chance = np.random.default_rng(7)
    off = {
        scores: np.std([judged(scores, 0.1, 100, 400, chance).rate for _ in range(120)])
        for scores in (good, useless, constant)
    }
    assert off[good] < 0.6 * off[constant]
    assert off[useless] < 1.15 * off[constant]


SAMPLE = st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.booleans()), min_size=1, max_size=40).filter(
    lambda rows: any(drawn for _, _, drawn in rows)
)


@given(SAMPLE)
@settings(deadline=None)
def test_the_interval_holds_its_rate_and_what_is_known(
    rows: list[tuple[bool, float, bool]],
) -> None:
    predicted = [score for _, score, _ in rows]
    drawn = [(wrong, score) for wrong, score, taken in rows if taken]
    found = prediction_powered_rate([one for one, _ in drawn], [score for _, score in drawn], predicted)
    known = sum(wrong for wrong, _ in drawn)
    assert known / len(rows) - 1e-9 <= found.low <= found.rate <= found.high
    assert found.high <= 1 - (len(drawn) - known) / len(rows) + 1e-9
    assert (found.n, found.rows) == (len(drawn), len(rows))
    assert prediction_powered_rate([one for one, _ in drawn], [score for _, score in drawn], predicted) == found


def test_rows_that_get_worse_do_not_mislead() -> None:
    """All that is wrong comes last, as it does in rows by their date after something broke."""
    chance = np.random.default_rng(7)
    wrong = np.arange(400) >= 360
    held = []
    for _ in range(150):
        drawn = np.sort(chance.permutation(400)[:100])
        predicted = useless(wrong, chance)
        found = prediction_powered_rate(wrong[drawn].tolist(), predicted[drawn].tolist(), predicted.tolist())
        held.append(found.low - 1e-9 <= 0.1 <= found.high + 1e-9)
    assert np.mean(held) >= 0.95 - 0.036


def test_scores_on_another_scale_tell_the_same() -> None:
    chance = np.random.default_rng(7)
    wrong = chance.random(400) < 0.1
    predicted = np.round(good(wrong, chance) * 1024) / 1024
    one = prediction_powered_rate(wrong[:100].tolist(), predicted[:100].tolist(), predicted.tolist())
    half = prediction_powered_rate(wrong[:100].tolist(), (predicted[:100] / 2).tolist(), (predicted / 2).tolist())
    assert one == half


def test_where_every_row_was_judged_the_rate_is_known() -> None:
    wrong, predicted = [True, False, False, False] * 5, [0.9, 0.2, 0.4, 0.1] * 5
    found = prediction_powered_rate(wrong, predicted, predicted)
    assert (found.low, found.rate, found.high, found.shrink) == (0.25, 0.25, 0.25, 1.0)


def test_where_nearly_every_row_of_many_was_judged_the_interval_holds_what_is_left_open() -> None:
    wrong, predicted = ([True] + [False] * 9) * 500, [0.9] + [0.2] * 9
    found = prediction_powered_rate(wrong[:4990], (predicted * 500)[:4990], predicted * 500)
    assert 499 / 5000 <= found.low <= 0.1 <= found.high <= 509 / 5000


def test_without_a_judged_row_anything_may_be_true() -> None:
    assert prediction_powered_rate([], [], [0.1, 0.9]) == PredictionPowered(0.0, 0.0, 1.0, 0, 2, 0.0)


def test_of_many_rows_the_ends_are_still_near_the_exact_ones_where_scores_tell_nothing() -> None:
    wrong = [True] * 6 + [False] * 94
    found = prediction_powered_rate(wrong, [0.5] * 100, [0.5] * 200_000)
    assert [found.low, found.high] == pytest.approx(exact(6, 100), abs=0.025)


def test_more_confidence_is_a_wider_interval() -> None:
    wrong, predicted = [True] * 6 + [False] * 94, [0.8] * 6 + [0.1] * 94
    usual, surer = (prediction_powered_rate(wrong, predicted, predicted * 5, one) for one in (0.9, 0.99))
    assert surer.low <= usual.low
    assert usual.high <= surer.high


@pytest.mark.parametrize(
    ("wrong", "predicted", "every", "message"),
    [
        ([True], [0.5, 0.5], [0.5, 0.5], "don't match"),
        ([True], [1.5], [1.5], "outside"),
        ([True], [float("nan")], [float("nan")], "outside"),
        ([True], [0.4], [0.5, 0.6], "not among"),
        ([True, False], [0.4, 0.4], [0.4, 0.6], "not among"),
    ],
)
def test_scores_that_cannot_be_are_refused(
    wrong: list[bool], predicted: list[float], every: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        prediction_powered_rate(wrong, predicted, every)
