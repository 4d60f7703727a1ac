import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sampling import highest, priorities, sample, uniforms

IDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), unique=True, max_size=30)
WEIGHTED = st.dictionaries(st.text(min_size=1, max_size=6), st.floats(0, 10).map(lambda w: round(w, 3)), max_size=30)
DRAWS = 4000


def drawn(weights: dict[str, float], k: int, key: str = "k") -> list[str]:
    ids = list(weights)
    return [ids[position] for position in sample(ids, k, key, list(weights.values()))]


@given(WEIGHTED, st.integers(0, 40), st.randoms(use_true_random=False))
def test_same_ids_and_key_give_the_same_sample_in_any_order(weights: dict[str, float], k: int, chance: object) -> None:
    shuffled = list(weights.items())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert drawn(dict(shuffled), k) == drawn(weights, k)


@given(WEIGHTED, WEIGHTED)
def test_new_rows_never_swap_two_old_ones(old: dict[str, float], new: dict[str, float]) -> None:
    both = new | old
    assert [row_id for row_id in drawn(both, len(both)) if row_id in old] == drawn(old, len(old))


@given(WEIGHTED, WEIGHTED, st.integers(1, 10))
def test_a_row_leaves_the_sample_only_for_a_new_one(old: dict[str, float], new: dict[str, float], k: int) -> None:
    added = set(new) - set(old)
    before, after = set(drawn(old, k)), set(drawn(new | old, k))
    assert len(before - after) <= len(after & added)
    assert after - before <= added


@given(WEIGHTED, st.integers(0, 40))
def test_the_sample_has_k_rows_or_all_that_can_be_drawn(weights: dict[str, float], k: int) -> None:
    assert len(drawn(weights, k)) == min(k, sum(weight > 0 for weight in weights.values()))


@given(WEIGHTED)
def test_weight_0_is_never_drawn(weights: dict[str, float]) -> None:
    assert all(weights[row_id] > 0 for row_id in drawn(weights, len(weights)))


@given(WEIGHTED, st.integers(0, 20), st.integers(0, 20))
def test_a_smaller_sample_is_the_beginning_of_a_larger_one(weights: dict[str, float], k: int, more: int) -> None:
    assert drawn(weights, k + more)[:k] == drawn(weights, k)


@given(WEIGHTED, st.floats(0.01, 100))
def test_only_the_proportion_of_weights_counts(weights: dict[str, float], factor: float) -> None:
    ids = list(weights)
    assert drawn(weights, 5) == drawn({row_id: weights[row_id] * factor for row_id in ids}, 5)


@given(IDS, st.text())
def test_uniforms_lie_strictly_between_0_and_1(ids: list[str], key: str) -> None:
    numbers = uniforms(ids, key)
    assert np.all((numbers > 0) & (numbers < 1))


def test_uniforms_are_the_same_in_every_release_of_this_package() -> None:
    assert uniforms(["tickets:1", "tickets:2"], "mix") == pytest.approx(
        [0.9128189152675685, 0.8926270270409709], abs=1e-15
    )


def test_another_key_gives_another_sample() -> None:
    ids = [f"s:{number}" for number in range(100)]
    assert sample(ids, 10, "one").tolist() != sample(ids, 10, "two").tolist()


def test_rows_are_included_as_often_as_their_weights_demand() -> None:
    weights = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 6.0}
    found = Counter(row_id for draw in range(DRAWS) for row_id in drawn(weights, 2, f"draw {draw}"))
    for row_id, exact in inclusion_of_two(weights).items():
        deviation = (exact * (1 - exact) / DRAWS) ** 0.5
        assert abs(found[row_id] / DRAWS - exact) < 4 * deviation


def inclusion_of_two(weights: dict[str, float]) -> dict[str, float]:
    """The exact chance of each row to be among the first two of successive draws in proportion to weight."""
    total = sum(weights.values())
    chances = dict.fromkeys(weights, 0.0)
    for first, second in itertools.permutations(weights, 2):
        chance = weights[first] / total * weights[second] / (total - weights[first])
        chances[first] += chance
        chances[second] += chance
    return chances


def test_equal_priorities_go_to_the_smaller_id() -> None:
    assert highest(["c", "a", "b"], np.array([-1.0, -1.0, -1.0]), 2).tolist() == [1, 2]


def test_minus_infinity_is_never_taken() -> None:
    assert highest(["a", "b", "c"], np.array([-np.inf, -1.0, -np.inf]), 3).tolist() == [1]


@pytest.mark.parametrize("k", [0, -1])
def test_no_rows_are_drawn_for_a_size_of_0_or_less(k: int) -> None:
    assert sample(["a", "b"], k, "k").tolist() == []


def test_nothing_is_drawn_from_nothing() -> None:
    assert sample([], 3, "k").tolist() == []


@pytest.mark.parametrize("weights", [[1.0, -0.1], [1.0, np.nan], [1.0, np.inf], [1.0], [[1.0, 1.0]]])
def test_impossible_weights_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        priorities(["a", "b"], weights, "k")
