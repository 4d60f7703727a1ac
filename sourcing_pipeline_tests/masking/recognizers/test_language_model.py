import pytest

from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import language_model
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "Yesterday ⟦Barack Obama⟧ said that it works.",
    "I gave the laptop to ⟦Theodore Grantham⟧ last week.",
    "Set the CNAME and SPF records in the DNS zone.",
    "The JavaScript console shows an error in Firefox.",
    "2026-03-03 10:02:11 ERROR Worker Johnson failed",
    "Bitte die Rechnung an die Buchhaltung schicken, danke.",
    "all in small letters",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_names_in_sentences_and_nothing_else(marked: str) -> None:
    check(language_model.build(Masking()), marked)


def test_a_model_that_is_not_installed_is_named_with_the_key_to_mend() -> None:
    with pytest.raises(RecipeError, match=r"masking\.language_model: 'no_such_model' is not installed"):
        language_model.build(Masking(language_model="no_such_model"))


def test_without_a_model_it_gives_nothing() -> None:
    recognizer = language_model.build(Masking(language_model=None))
    assert recognizer.supported_entities == []
    assert recognizer.analyze_batch(["Barack Obama said so."]) == [[]]


def test_a_sentence_is_read_alike_alone_and_among_others() -> None:
    texts = [case.replace("⟦", "").replace("⟧", "") for case in CASES]
    recognizer = language_model.build(Masking())
    together = recognizer.analyze_batch(texts)
    assert together == [recognizer.analyze_batch([text])[0] for text in texts]
