import pytest

from sourcing_pipeline.masking import evidence
from sourcing_pipeline.masking.languages import LANGUAGES, lacking


def test_english_lacks_nothing() -> None:
    assert lacking("en") is None
    assert lacking("en-GB") is None


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_the_other_measured_languages_lack_a_language_model(language: str) -> None:
    told = lacking(language)
    assert told is not None
    assert told.startswith(LANGUAGES[language])
    assert "spaCy" in told
    assert "Rampart" in told


@pytest.mark.parametrize("language", ["de-AT", "de_CH", "DE"])
def test_a_region_or_capitals_change_nothing(language: str) -> None:
    assert lacking(language) == lacking("de")


@pytest.mark.parametrize("language", ["pl", "ja", "zh-Hant", "und", "", None])
def test_languages_without_canaries_are_said_not_to_be_measured(language: str | None) -> None:
    assert "not measured" in (lacking(language) or "")


def test_unknown_language_is_told_in_words() -> None:
    assert (lacking(None) or "").startswith("texts of no known language")
    assert "'pl'" in (lacking("pl") or "")


def test_the_measured_languages_are_those_that_the_evidence_of_names_knows() -> None:
    assert tuple(LANGUAGES) == evidence.LANGUAGES
