import pytest
from pydantic import ValidationError

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.config import ENTITIES


def test_defaults_want_every_placeholder() -> None:
    assert Masking().entities == ENTITIES


def test_every_field_is_described() -> None:
    assert all(field.description for field in Masking.model_fields.values())


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"entities": ["NAME", "CITY"]}, "unknown placeholder 'CITY'"),
        ({"entities": []}, "at least 1 item"),
        ({"min_score": 1.5}, "less than or equal to 1"),
        ({"phone_regions": ["de"]}, "two capitals"),
        ({"patterns": {"TICKET": "ACME-("}}, "'TICKET' does not compile"),
        ({"patterns": {"TICKET": r"\d*"}}, "matches the empty text"),
        ({"patterns": {"ticket no": r"\d+"}}, "use capitals and underscores"),
        ({"patterns": {"NAME_2": r"\d+"}}, "use capitals and underscores"),
        ({"langage_model": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_section_is_refused_with_its_reason(section: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Masking.model_validate(section)
