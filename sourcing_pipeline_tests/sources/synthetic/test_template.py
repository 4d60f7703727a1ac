import re
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.sources.synthetic import template
from sourcing_pipeline.sources.synthetic.generator import Generated, Seed
from sourcing_pipeline.sources.synthetic.template import TemplateGenerator, rephrase

WORDS = [
    "account",
    "export",
    "invoice",
    "button",
    "page",
    "settings",
    "report",
    "team",
    "link",
    "printer",
    "cable",
    "router",
    "order",
    "parcel",
    "refund",
    "plan",
    "seat",
    "owner",
    "folder",
    "report",
    "email",
    "filter",
    "table",
    "backup",
    "phone",
    "screen",
]
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=5, max_size=14).map(lambda words: " ".join(words).capitalize())
SEEDS = st.builds(
    Seed,
    id=st.text(alphabet="abcdef0123456789", min_size=1, max_size=8),
    topic=st.sampled_from(["password reset", "billing", "exports"]),
    instruction=SENTENCES.map("{}?".format),
    response=st.lists(SENTENCES.map("{}.".format), min_size=1, max_size=12).map(" ".join),
)


def grams(found: Generated) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", f"{found.instruction} {found.response}".lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def likeness(one: Generated, other: Generated) -> float:
    return len(grams(one) & grams(other)) / len(grams(one) | grams(other))


@settings(max_examples=30)
@given(SEEDS)
def test_variations_of_a_seed_are_no_near_duplicates(seed: Seed) -> None:
    found = list(TemplateGenerator().generate(seed, 12))
    assert len(found) == 12
    assert max(likeness(one, other) for one, other in combinations(found, 2)) < 0.75


@settings(max_examples=30)
@given(SEEDS.filter(lambda seed: len(seed.response.split()) <= 60))
def test_variations_of_answers_of_usual_length_differ_much(seed: Seed) -> None:
    found = list(TemplateGenerator().generate(seed, 3))
    assert max(likeness(one, other) for one, other in combinations(found, 2)) < 0.6


@settings(max_examples=40)
@given(SEEDS, SEEDS)
def test_variations_of_two_seeds_are_no_near_duplicates(one: Seed, other: Seed) -> None:
    if grams(Generated(one.instruction, one.response)) & grams(Generated(other.instruction, other.response)):
        return
    first, second = (list(TemplateGenerator().generate(seed, 3)) for seed in (one, other))
    assert max(likeness(a, b) for a in first for b in second) < 0.6


@given(SEEDS)
def test_the_same_seed_gives_the_same_variations_and_fewer_are_the_first(seed: Seed) -> None:
    three = list(TemplateGenerator().generate(seed, 3))
    assert three == list(TemplateGenerator().generate(seed, 5))[:3]


def test_the_seeds_sentences_are_all_there_in_their_order() -> None:
    seed = Seed("s", "exports", "Where is it?", "Open the page. Pick a table. Wait for 30 minutes.")
    for found in TemplateGenerator().generate(seed, 12):
        places = [found.response.index(part) for part in ("Open the page.", "Pick a table.", "Wait for 30 minutes.")]
        assert places == sorted(places)
        assert "Where is it?" in found.instruction


def test_text_with_lines_keeps_its_lines() -> None:
    steps = "1. Open it.\n2. Run:\n\n```\nplease do not --make sure\n```"
    seed = Seed("s", "exports", "How do I export?", steps)
    assert all(steps in found.response for found in TemplateGenerator().generate(seed, 12))


@pytest.mark.parametrize("choice", range(12))
def test_phrases_change_and_facts_stay(choice: int) -> None:
    said = 'Please click "Please click" and use `do not` at https://example.com/please, because it helps.'
    found = rephrase(said, choice)
    for kept in ('"Please click"', "`do not`", "https://example.com/please", "it helps."):
        assert kept in found
    assert found[0].isupper()


def test_a_phrase_in_a_word_is_no_phrase() -> None:
    assert {rephrase("clicked problems against", choice) for choice in range(12)} == {"clicked problems against"}


def test_the_capital_of_i_stays() -> None:
    assert {rephrase("How do I pay? Well, I want to know.", choice) for choice in range(12)} >= {
        "How can I pay? Well, I would like to know."
    }


def test_the_frames_are_twelve_of_each_and_none_is_looked_for_twice() -> None:
    for parts in (
        template.OPENINGS,
        template.SITUATIONS,
        template.REQUESTS,
        template.LEADS,
        template.CLOSINGS,
    ):
        assert len(set(parts)) == 12
    triggers = [phrases[0] for phrases in template.PHRASES]
    assert len(set(triggers)) == len(triggers)
