from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.mixing.duplicates import Seen, fingerprint, jaccard

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=4), min_size=1, max_size=60)


def texts(words: Iterable[str]) -> str:
    return " ".join(words)


def numbered(count: int, *last: str) -> str:
    return texts([*(f"word{number}" for number in range(count)), *last])


@given(WORDS)
def test_a_text_repeats_itself_exactly(words: list[str]) -> None:
    seen = Seen(0.8)
    assert seen.repeats(fingerprint(texts(words))) is None
    assert seen.repeats(fingerprint(texts(words))) == "exact"


@pytest.mark.parametrize(
    "other", ["the mail, does NOT arrive!", "The\nmail does\tnot arrive.", "**The** mail: does not «arrive»"]
)
def test_case_punctuation_and_white_space_do_not_count(other: str) -> None:
    seen = Seen(0.8)
    seen.repeats(fingerprint("The mail does not arrive"))
    assert seen.repeats(fingerprint(other)) == "exact"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (numbered(20), numbered(20, "more")),
        (numbered(40), numbered(40).replace("word20", "changed")),
        (numbered(30, "a b c"), numbered(30, "x y z")),
    ],
)
def test_texts_that_share_most_of_their_3_grams_are_near(one: str, other: str) -> None:
    seen = Seen(0.8)
    seen.repeats(fingerprint(one))
    assert seen.repeats(fingerprint(other)) == "near"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I set up SPF?", "How do I set up DKIM?"),
        ("word", "another"),
        (numbered(10), texts(reversed(numbered(10).split()))),
        (numbered(40), numbered(25, *(f"new{number}" for number in range(15)))),
        ("yes", "yes yes yes yes yes"),
    ],
)
def test_texts_that_share_few_3_grams_are_both_kept(one: str, other: str) -> None:
    seen = Seen(0.8)
    assert seen.repeats(fingerprint(one)) is None
    assert seen.repeats(fingerprint(other)) is None


@given(WORDS, WORDS)
def test_similarity_is_the_share_of_common_3_grams(one: list[str], other: list[str]) -> None:
    a, b = ({tuple(words[at : at + 3]) for at in range(max(len(words) - 2, 1))} for words in (one, other))
    found = jaccard(fingerprint(texts(one)), fingerprint(texts(other)))
    assert found == pytest.approx(len(a & b) / len(a | b))


@given(WORDS, st.data())
def test_a_text_at_the_threshold_is_found(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    other = [*words[:at], "new", *words[at:]]
    one, changed = fingerprint(texts(words)), fingerprint(texts(other))
    seen = Seen(0.8)
    seen.repeats(one)
    assert (seen.repeats(changed) == "near") == (jaccard(one, changed) >= 0.8)


def test_the_threshold_decides() -> None:
    one, other = fingerprint(numbered(20)), fingerprint(numbered(18, "x", "y"))
    similarity = jaccard(one, other)
    for threshold, said in [(similarity, "near"), (similarity + 0.01, None)]:
        seen = Seen(threshold)
        seen.repeats(one)
        assert seen.repeats(other) == said


@pytest.mark.parametrize("threshold", [0.5, 0.7])
def test_a_lower_threshold_finds_its_pairs_too(threshold: float) -> None:
    missed = 0
    for pair in range(50):
        shared = round(62 * 2 * threshold / (1 + threshold)) + 3
        one = [f"p{pair}w{number}" for number in range(64)]
        other = [*one[:shared], *(f"p{pair}n{number}" for number in range(64 - shared))]
        a, b = fingerprint(texts(one)), fingerprint(texts(other))
        assert jaccard(a, b) >= threshold
        seen = Seen(threshold)
        seen.repeats(a)
        missed += seen.repeats(b) != "near"
    assert missed == 0


def test_a_fingerprint_does_not_hold_the_text() -> None:
    made = fingerprint("my secret password")
    assert b"secret" not in made.words + made.grams.tobytes()


def test_different_texts_without_any_word_are_not_the_same() -> None:
    seen = Seen(0.8)
    seen.repeats(fingerprint("=> ++"))
    assert seen.repeats(fingerprint("?? --")) is None
