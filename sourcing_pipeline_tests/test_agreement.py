from collections.abc import Sequence

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sourcing_pipeline.agreement import Said, _alphas, alpha, annotator_skill, disagreement

SAID = st.lists(
    st.builds(Said, st.sampled_from("abcdefgh"), st.sampled_from("XYZ"), st.sampled_from(["yes", "no", "maybe"])),
    unique_by=lambda one: (one.item, one.by),
    max_size=24,
)


def said(*lines: str) -> list[Said]:
    """A line a person, a column an item, a dot where that person did not answer."""
    return [
        Said(f"item {item:03}", f"person {by}", answer)
        for by, line in enumerate(lines)
        for item, answer in enumerate(line.replace(" ", ""))
        if answer != "."
    ]


def simulated(
    chance: np.random.Generator, items: int, accuracy: Sequence[float], prior: Sequence[float]
) -> NDArray[np.int64]:
    """Answers, a row an item and a column a person; whoever is wrong takes any of the other answers."""
    truth = chance.choice(len(prior), items, p=prior)
    right = chance.random((items, len(accuracy))) < np.asarray(accuracy)
    other = (truth[:, None] + chance.integers(1, len(prior), right.shape)) % len(prior)
    return np.where(right, truth[:, None], other)


def as_said(answers: NDArray[np.int64]) -> list[Said]:
    return [Said(f"{item}", f"p{by}", f"{one}") for item, row in enumerate(answers) for by, one in enumerate(row)]


@pytest.mark.parametrize(
    ("lines", "expected", "digits"),
    [
        (["0100000010", "1110010000"], 0.095, 3),
        (["aabbdcccedda", "babbbccceddd"], 0.692, 3),
        (["123321412...", "1233224125.3", ".3332342251.", "12332441251."], 0.743, 3),
    ],
    ids=["A: two people, two answers", "B: two people, five answers", "C: four people, some answers missing"],
)
def test_alpha_is_that_of_krippendorffs_worked_examples(lines: list[str], expected: float, digits: int) -> None:
    """Krippendorff, 2011, Computing Krippendorff's Alpha-Reliability, sections A, B and C."""
    found = alpha(said(*lines))
    assert found.alpha is not None
    assert round(found.alpha, digits) == expected


def test_percent_is_the_share_of_pairs_of_answers_that_are_the_same() -> None:
    found = alpha(said("aab.", "aba.", "ab.a"))
    assert (found.items, found.annotators) == (3, 3)
    assert found.percent == pytest.approx((3 + 1 + 0) / (3 + 3 + 1))


def test_an_item_that_one_person_answered_says_nothing_about_agreement() -> None:
    one, other = alpha(said("aabb", "abbb")), alpha(said("aabbb", "abbb."))
    assert (one.alpha, one.low, one.high, one.percent) == (other.alpha, other.low, other.high, other.percent)


@pytest.mark.parametrize(
    ("lines", "items", "percent"),
    [([], 0, None), (["ab.", "..a"], 0, None), (["aaa", "aa."], 2, 1.0)],
    ids=["nobody said anything", "no item has two answers", "all said the same"],
)
def test_where_alpha_is_undefined_it_is_none(lines: list[str], items: int, percent: float | None) -> None:
    found = alpha(said(*lines))
    assert (found.alpha, found.low, found.high) == (None, None, None)
    assert (found.items, found.percent) == (items, percent)


def test_perfect_agreement_on_few_items_is_not_certain() -> None:
    found = alpha(said("aaaabbbaab", "aaaabbbaab"))
    assert (found.alpha, found.high) == (1, 1)
    assert found.low is not None
    assert found.low < 0.7


def test_of_two_answers_by_a_person_to_an_item_the_last_counts() -> None:
    first = [Said("item 000", "person 0", "b")]
    assert alpha(first + said("aabb", "abbb")) == alpha(said("aabb", "abbb"))


@given(SAID)
def test_alpha_lies_within_its_interval(said: list[Said]) -> None:
    found = alpha(said, resamples=100)
    if found.alpha is not None and found.low is not None and found.high is not None:
        assert -1 <= found.low <= found.alpha <= found.high <= 1


@given(SAID)
def test_the_order_of_the_answers_does_not_matter(said: list[Said]) -> None:
    other = sorted(said, key=lambda one: (one.answer, one.by, one.item))
    assert alpha(said, resamples=100) == alpha(other, resamples=100)
    assert disagreement(said) == disagreement(other)


@given(SAID, st.permutations(["yes", "no", "maybe"]), st.permutations("XYZ"), st.permutations("abcdefgh"))
def test_the_names_of_answers_people_and_items_do_not_matter(
    said: list[Said], answers: list[str], people: list[str], items: list[str]
) -> None:
    answer = dict(zip(["yes", "no", "maybe"], answers, strict=True))
    person, item = dict(zip("XYZ", people, strict=True)), dict(zip("abcdefgh", items, strict=True))
    renamed = [Said(item[one.item], person[one.by], answer[one.answer]) for one in said]
    before, after = alpha(said, resamples=100), alpha(renamed, resamples=100)
    assert (before.alpha, before.percent) == pytest.approx((after.alpha, after.percent))
    assert (before.items, before.annotators) == (after.items, after.annotators)
    assert {item[one]: share for one, share in disagreement(said).items()} == pytest.approx(disagreement(renamed))


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(lambda row: sum(row) > 1), min_size=2))
def test_alpha_from_sums_over_items_is_that_of_the_package(rows: list[list[int]]) -> None:
    patterns = np.array(rows)
    drawn = np.random.default_rng(1).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=5)
    samples = [np.repeat(patterns, times, axis=0) for times in drawn]
    varied = [one for one in samples if (one.sum(axis=0) > 0).sum() > 1]
    expected = [krippendorff.alpha(value_counts=one, level_of_measurement="nominal") for one in varied]
    assert _alphas(drawn, patterns) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("accuracy", "prior"),
    [
        ((0.95, 0.9), (0.5, 0.5)),
        ((0.98, 0.98), (0.93, 0.07)),
        ((0.95, 0.9, 0.7), (0.93, 0.07)),
        ((0.6, 0.6), (0.4, 0.3, 0.2, 0.1)),
    ],
    ids=["two answers", "hardly anything is wrong", "three people", "they hardly agree"],
)
@pytest.mark.parametrize("items", [20, 50])
def test_the_interval_of_alpha_covers_the_truth_as_often_as_it_says(
    items: int, accuracy: Sequence[float], prior: Sequence[float]
) -> None:
    """In 200 sets; the sets in which alpha is undefined claim nothing. 95 %, less two standard errors."""
    chance = np.random.default_rng(7)
    truth = alpha(as_said(simulated(chance, 20_000, accuracy, prior)), resamples=1).alpha
    assert truth is not None
    found = [alpha(as_said(simulated(chance, items, accuracy, prior)), resamples=200) for _ in range(200)]
    held = [one.low <= truth <= one.high for one in found if one.low is not None and one.high is not None]
    assert np.mean(held) >= 0.95 - 0.031


def test_disagreement_is_the_share_of_pairs_that_differ() -> None:
    found = disagreement(said("aab.", "abc.", "aaca"))
    assert found == pytest.approx({"item 000": 0, "item 001": 2 / 3, "item 002": 2 / 3})


def test_agreement_of_a_person_is_with_the_others_who_answered_the_same() -> None:
    found = annotator_skill(said("aab", "ab.", "aa.", "..b"))
    assert {by: (one.answers, one.agreement) for by, one in found.items()} == {
        "person 0": (3, 4 / 5),
        "person 1": (2, 2 / 4),
        "person 2": (2, 3 / 4),
        "person 3": (1, 1.0),
    }


@pytest.mark.parametrize(
    "lines",
    [["ab"], ["abab", "abbb"], ["aaa", "aaa", "aaa"], ["ab..", "..ab", "...."]],
    ids=["one person", "two people", "all said the same", "nobody shares an item"],
)
def test_where_skill_cannot_be_told_it_is_none(lines: list[str]) -> None:
    assert [one.skill for one in annotator_skill(said(*lines)).values()] == [None] * sum("a" in one for one in lines)


def test_who_shares_no_item_has_no_skill_and_no_agreement() -> None:
    found = annotator_skill(said("abab.", "abbb.", "abab.", "....a"))["person 3"]
    assert (found.answers, found.agreement, found.skill) == (1, None, None)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("items", "prior", "lazy"),
    [
        (100, (0.5, 0.5), False),
        (100, (0.5, 0.5), True),
        (100, (0.93, 0.07), False),
        (100, (0.4, 0.3, 0.2, 0.1), False),
        (100, (0.4, 0.3, 0.2, 0.1), True),
    ],
    ids=["two answers", "two, lazy", "a rare answer", "four answers", "four, lazy"],
)
@pytest.mark.parametrize("good", [2, 4])
def test_a_person_who_answers_at_random_or_always_the_same_is_ranked_last(
    good: int, items: int, prior: Sequence[float], lazy: bool, seed: int
) -> None:
    accuracy = [0.95, 0.9, 0.92, 0.95][:good]
    chance = np.random.default_rng(seed)
    spam = np.zeros(items, dtype=int) if lazy else chance.integers(0, len(prior), items)
    found = annotator_skill(as_said(np.c_[simulated(chance, items, accuracy, prior), spam]))
    skill = {by: one.skill for by, one in found.items() if one.skill is not None}
    assert min(skill, key=lambda by: skill[by]) == f"p{good}"
    assert [skill[f"p{by}"] for by in range(good)] == pytest.approx(accuracy, abs=0.15)


@given(SAID)
@settings(max_examples=8, deadline=None)
def test_skill_depends_neither_on_the_order_nor_on_the_names_of_answers(said: list[Said]) -> None:
    renamed = [one._replace(answer={"yes": "c", "no": "b", "maybe": "a"}[one.answer]) for one in reversed(said)]
    before, after = annotator_skill(said), annotator_skill(renamed)
    assert before.keys() == after.keys()
    for by, one in before.items():
        assert (one.answers, one.agreement) == (after[by].answers, after[by].agreement)
        assert one.skill == pytest.approx(after[by].skill, abs=1e-6)
        assert one.skill is None or 0 <= one.skill <= 1
