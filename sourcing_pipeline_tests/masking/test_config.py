import pytest
from pydantic import ValidationError

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.config import ENTITIES


def test_defaults_want_every_placeholder_but_that_of_towns() -> None:
    assert set(ENTITIES) - set(Masking().entities) == {"LOCATION"}


def test_a_list_of_words_may_feed_a_usual_placeholder_and_one_that_has_patterns() -> None:
    lists = {"NAME": ["Apollo"], "PROJECT": ["Gemini"]}
    assert Masking.model_validate({"words": lists, "patterns": {"PROJECT": r"PRJ-\d+"}}).words["NAME"] == ("Apollo",)


def test_every_field_is_described() -> None:
    assert all(field.description for field in Masking.model_fields.values())


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"entities": ["NAME", "CITY"]}, "unknown placeholder 'CITY'"),
        ({"entities": []}, "at least 1 item"),
        ({"min_score": 1.5}, "less than or equal to 1"),
        ({"languages": ["en", "pl"]}, "no canaries are written in 'pl'; choose from en, de, fr, es, it, nl, pt"),
        ({"languages": []}, "at least 1 item"),
        ({"languages": ["de", "de"]}, "named twice"),
        ({"min_canary_recall": 1.1}, "less than or equal to 1"),
        ({"phone_regions": ["de"]}, "two capitals"),
        ({"patterns": {"TICKET": "ACME-("}}, "'TICKET' does not compile"),
        ({"patterns": {"TICKET": r"\d*"}}, "matches the empty text"),
        ({"patterns": {"ticket no": r"\d+"}}, "use capitals and underscores"),
        ({"patterns": {"NAME_2": r"\d+"}}, "use capitals and underscores"),
        ({"words": {"project": ["Apollo"]}}, "use capitals and underscores"),
        ({"words": {"PROJECT": []}}, "'PROJECT': the list is empty"),
        ({"words": {"PROJECT": ["Apollo", " - "]}}, "entry 2 has no letter and no digit"),
        ({"words": {"LOCATION": ["Atlantis"]}}, "'LOCATION' has patterns or words but is not in `entities`"),
        ({"langage_model": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_section_is_refused_with_its_reason(section: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Masking.model_validate(section)
