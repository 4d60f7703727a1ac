import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.rampart import ENTITIES, Reading, Word
from sourcing_pipeline.masking.recognizers import rampart
from sourcing_pipeline.masking.recognizers.base import Recognizer
from sourcing_pipeline_tests.masking.recognizers.cases import check

NAMES = [
    "Yesterday ⟦Barack Obama⟧ said that it works.",
    "I gave the laptop to ⟦Theodore Grantham⟧ last week.",
    "hi this is ⟦maria lopez⟧, my order is late",
    "thanks ⟦SIOBHAN O'BRIEN⟧ for your help",
    "⟦Jean-Luc Picard⟧ wrote to us on Monday.",
    "ask ⟦priya⟧ about the refund",
    "Set the CNAME and SPF records in the DNS zone.",
    "The JavaScript console shows an error in Firefox.",
    "2026-03-03 10:02:11 ERROR Worker Johnson failed",
    "Bitte die Rechnung an die Buchhaltung schicken, danke.",
    "Install SymPy, PyTorch and IPython from PyPI.",
    "I met ⟦MaryAnn⟧ yesterday.",
    "⟦Inzamam-ul-Haq⟧ scored against ⟦Maria de los Angeles Alvarino⟧.",
    "It was ⟦Chiang Kai-shek⟧, after the ⟦Merkel⟧-led government.",
    "all in small letters",
    "Where can I change the password of my account?",
    "",
    "...",
]
OTHERS = [
    ("Please send it to 78 Sunflower Crescent, Apt 4, Springfield, IL 62704.", "ADDRESS", "78 Sunflower Crescent"),
    ("We moved to Springfield last year.", "ADDRESS", None),
    ("Carl Ludwig Blume (1796–1862) described it.", "ADDRESS", None),
    ("We moved to Springfield last year.", "LOCATION", "Springfield"),
    ("Please restart Exchange in Windows.", "LOCATION", None),
    ("You can reach me on 415 555 0132 after five.", "PHONE", "415 555 0132"),
    ("It was 21 degrees on day 5 of 14.", "PHONE", None),
]
TEXTS = st.lists(
    st.sampled_from(
        [
            *(case.replace("⟦", "").replace("⟧", "") for case in NAMES),
            "\n\n",
            "\n",
            " \n \n",
            "é" * 700,
            "語" * 600,
            "각" * 400,
            "a b " * 300,
            "\x00\x1f",
        ]
    ),
    max_size=4,
).map("".join) | st.text(max_size=40)


@pytest.fixture(scope="module")
def models() -> Recognizer:
    return rampart.build(Masking())


@pytest.mark.parametrize("marked", NAMES)
def test_names_in_sentences_are_found_and_nothing_else(models: Recognizer, marked: str) -> None:
    check(models, marked)


@pytest.mark.parametrize(("text", "entity", "value"), OTHERS)
def test_addresses_and_numbers_are_found(models: Recognizer, text: str, entity: str, value: str | None) -> None:
    found = [text[hit.start : hit.end] for hit in models.find(text) if hit.entity == entity]
    assert [one[: len(value or "")] for one in found] == ([value] if value else [])


def test_a_model_that_is_not_installed_is_named_with_the_key_to_mend() -> None:
    with pytest.raises(RecipeError, match=r"masking\.language_model: 'no_such_model' is not installed"):
        rampart.build(Masking(language_model="no_such_model"))


def test_without_a_model_nothing_is_found() -> None:
    recognizer = rampart.build(Masking(language_model=None))
    assert recognizer.supported_entities == []
    assert list(recognizer.find("Barack Obama said so.")) == []


@given(st.lists(st.tuples(st.sampled_from(["the ", "Name ", "end. "]), st.booleans()), min_size=1, max_size=60))
def test_around_each_undecided_word_stands_what_spacy_can_see_of_its_sentence(parts: list[tuple[str, bool]]) -> None:
    text = "".join(word for word, _ in parts)
    words = [Word(*match.span()) for match in re.finditer("[A-Za-z]+", text)]
    undecided = np.array([one for _, one in parts])
    read = Reading(text, words, np.zeros((len(words), len(ENTITIES)), np.float32))
    seen = list(rampart._surroundings(read, undecided))
    assert all(text.startswith(extract, start) for start, extract in seen)
    assert all(". " not in extract.rstrip() for _, extract in seen)
    ends = [match.end() for match in re.finditer(r"\. ", text)]
    for word, asked in zip(words, undecided, strict=True):
        around = [
            (start, start + len(extract)) for start, extract in seen if start <= word.start < start + len(extract)
        ]
        assert around or not asked
        for start, end in around if asked else ():
            begin = max((at for at in ends if at <= word.start), default=0)
            until = min((at for at in ends if at > word.start), default=len(text))
            assert start == begin or len(text[start : word.start].split()) >= rampart._AROUND
            assert end == until or len(text[word.end : end].split()) >= rampart._AROUND


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_a_text_is_read_alike_alone_and_among_others(models: Recognizer, texts: list[str]) -> None:
    together = list(models.analyze_batch(texts))
    assert together == [list(models.find(text)) for text in texts]
    assert all(
        0 <= hit.start < hit.end <= len(text) for text, hits in zip(texts, together, strict=True) for hit in hits
    )
