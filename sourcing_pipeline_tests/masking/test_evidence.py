"""The signs of a name, and what they are together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.masking import evidence

WORDS = st.lists(
    st.sampled_from(["Maria", "maria", "order", "Order", "Xyzzyq", "NASA", "J", "the"]), min_size=1, max_size=6
)


def likelihood(words: list[str], opinion: float, label: str | None = None) -> list[float]:
    signs = evidence.signs(words, np.full(len(words), opinion), [True] * len(words))
    return list(evidence.likelihood(signs, evidence.spacy_signs([label] * len(words))))


@pytest.mark.parametrize(
    ("more", "less"), [("Maria", "maria"), ("Maria", "Order"), ("Xyzzyq", "xyzzyq"), ("order", "the")]
)
def test_what_is_written_like_a_name_is_likelier_one(more: str, less: str) -> None:
    assert likelihood([more], 0.1)[0] > likelihood([less], 0.1)[0]


@given(WORDS, st.floats(0, 1), st.floats(0, 1))
def test_a_surer_model_never_makes_a_name_less_likely(words: list[str], first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert all(np.array(likelihood(words, high)) >= np.array(likelihood(words, low)))
    assert all(np.array(likelihood(words, low, "PERSON")) > np.array(likelihood(words, low)))


@given(WORDS, st.floats(0, 1), st.floats(0.01, 0.99))
def test_spacy_is_asked_exactly_where_it_could_lift_a_word_over_the_threshold(
    words: list[str], opinion: float, threshold: float
) -> None:
    signs = evidence.signs(words, np.full(len(words), opinion), [True] * len(words))
    capital = [False, *(word[0].isupper() for word in words), False]
    most = [
        full if capital[at] or capital[at + 2] else alone
        for at, (alone, full) in enumerate(
            zip(likelihood(words, opinion, "PERSON"), likelihood(words, opinion, evidence.FULL_NAME), strict=True)
        )
    ]
    asked = evidence.undecided(signs, threshold)
    for at, (least, best) in enumerate(zip(likelihood(words, opinion), most, strict=True)):
        if min(abs(least - threshold), abs(best - threshold)) > 1e-9:
            assert asked[at] == (capital[at + 1] and least < threshold <= best)


def test_every_sign_has_a_weight() -> None:
    assert evidence.WEIGHTS.shape == (len(evidence.SIGNS),)
    assert evidence.signs(["Maria"], np.array([0.5]), [False]).shape == (1, len(evidence.SIGNS))
