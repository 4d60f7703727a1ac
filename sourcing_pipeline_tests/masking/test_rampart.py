"""What the model's opinion of a text must keep, whatever the text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.masking import rampart

LONG = "Ein Satz, der nichts sagt. " * 60
GIVEN_NAME = rampart.ENTITIES.index("GIVEN_NAME")


@given(st.text(alphabet="ab ", max_size=3000) | st.integers(0, 3000).map("x".__mul__))
def test_windows_decide_each_character_once_and_overlap(text: str) -> None:
    plan = list(rampart._windows(text))
    assert [begin for _, _, begin, _ in plan[1:]] == [decided for *_, decided in plan[:-1]]
    assert (plan[0][2], plan[-1][3]) == (0, len(text))
    assert all(start <= begin <= decided <= end for start, end, begin, decided in plan)
    assert all(end - start <= rampart.WINDOW_CHARACTERS for start, end, *_ in plan[:-1])
    assert plan[-1][1] - plan[-1][0] <= rampart._LAST_CHARACTERS


@pytest.mark.parametrize("place", [0, 100, 430, 470, 800, 1500])
def test_a_name_is_seen_wherever_it_stands_in_a_long_paragraph(place: int) -> None:
    place = LONG.find(" ", place) + 1
    text = f"{LONG[:place]}my name is Theodore Grantham and {LONG[place:]}"
    (read,) = rampart.read([text])
    seen = [
        text[word.start : word.end]
        for word, opinion in zip(read.words, read.opinions, strict=True)
        if opinion[GIVEN_NAME] > 0.5
    ]
    assert "Theodore" in seen


def test_a_window_of_more_tokens_than_the_model_takes_is_read_to_its_end() -> None:
    text = "각" * 400 + " my name is Theodore."
    (read,) = rampart.read([text])
    assert read.opinions[-1, GIVEN_NAME] > 0.5


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5))
def test_opinions_are_likelihoods_of_each_word(texts: list[str]) -> None:
    for text, read in zip(texts, rampart.read(texts), strict=True):
        assert read.text == text
        assert read.opinions.shape == (len(read.words), len(rampart.ENTITIES))
        assert np.all((read.opinions >= 0) & (read.opinions <= 1 + 1e-6))


def test_windows_that_are_read_in_many_calls_are_read_as_if_each_were_alone() -> None:
    texts = [f"{'word ' * (number % 7)}my name is Theodore, number {number}." for number in range(5 * rampart._WINDOWS)]
    for text, together in zip(texts, rampart.read(texts), strict=True):
        (alone,) = rampart.read([text])
        assert np.array_equal(together.opinions, alone.opinions)


def test_what_a_reader_who_stops_early_left_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    read = rampart._Model._read
    monkeypatch.setattr(rampart._Model, "_read", lambda model, runs: calls.append(len(runs)) or read(model, runs))
    texts = [f"This is number {number}." for number in range(200 * rampart._WINDOWS)]
    next(rampart.read(texts))
    next(rampart.read(texts[:1]))
    assert len(calls) < 100
