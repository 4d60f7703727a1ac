from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import recipe_patterns
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = ["ticket ⟦ACME-123⟧ is open", "badge no. ⟦77⟧", "acme-123, badge 77"]


@pytest.mark.parametrize("marked", CASES)
def test_finds_what_the_recipe_says_and_nothing_else(marked: str) -> None:
    patterns = {"TICKET": r"ACME-\d+", "BADGE": r"badge no\. (?P<value>\d+)"}
    check(recipe_patterns.build(Masking(patterns=patterns)), marked)


WORDS = {
    "PROJECT": ("Apollo", "big bang", "C++", "Straße", "Café Größe", "北京", "v2.1"),
    "CUSTOMER": ("Big Bang Ltd",),
}
LISTED = [
    "⟦Apollo⟧ and ⟦APOLLO⟧'s end, (⟦apollo⟧)",
    "Apollonia, apollo_13, myApollo",
    "the ⟦big bang⟧, the ⟦Big \n BANG⟧, bigbang, big-bang, a big one",
    "by ⟦Big Bang Ltd⟧ and ⟦big bang⟧ Limited",
    "⟦c++⟧ not C+ or c",
    "⟦STRASSE⟧ and ⟦strasse⟧",
    "⟦cafe\u0301 gro\u0308ße⟧",
    "我在⟦北京⟧工作",
    "⟦V2.1⟧ and v2 1 or v2.11",
]


@pytest.mark.parametrize("marked", LISTED)
def test_finds_listed_words_and_phrases_whole_in_any_case(marked: str) -> None:
    check(recipe_patterns.build(Masking(words=WORDS)), marked)


@given(words=st.lists(st.text("ab -.", min_size=1, max_size=6).filter(lambda word: any(map(str.isalnum, word)))))
def test_every_listed_word_is_found_where_it_stands_alone(words: list[str]) -> None:
    if words:
        detector = recipe_patterns.build(Masking(words={"PROJECT": tuple(words)}))
        for word in words:
            found = [(hit.start, hit.end) for hit in detector.find(f"x {word} x")]
            start = 2 + len(word) - len(word.lstrip())
            assert (start, start + len(word.strip())) in found


def test_a_long_list_is_as_quick_as_a_short_one() -> None:
    text = "the quick brown fox jumps over the lazy dog " * 50
    few = recipe_patterns.build(Masking(words={"PROJECT": ("no such word",)}))
    many = recipe_patterns.build(Masking(words={"PROJECT": tuple(f"word{n} x" for n in range(50_000))}))
    took = []
    for detector in (few, many):
        start = perf_counter()
        assert not list(detector.find(text))
        took.append(perf_counter() - start)
    assert took[1] < 20 * took[0] + 0.1


def test_gives_the_recipes_own_placeholders() -> None:
    assert recipe_patterns.build(Masking(patterns={"TICKET": "x"})).supported_entities == ["TICKET"]
    both = Masking(patterns={"PROJECT": "x"}, words={"PROJECT": ("y",), "CUSTOMER": ("z",)})
    assert recipe_patterns.build(both).supported_entities == ["PROJECT", "CUSTOMER"]
    assert recipe_patterns.build(Masking()).supported_entities == []
