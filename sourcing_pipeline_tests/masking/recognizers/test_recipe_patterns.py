import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import recipe_patterns
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = ["ticket ⟦ACME-123⟧ is open", "badge no. ⟦77⟧", "acme-123, badge 77"]


@pytest.mark.parametrize("marked", CASES)
def test_finds_what_the_recipe_says_and_nothing_else(marked: str) -> None:
    patterns = {"TICKET": r"ACME-\d+", "BADGE": r"badge no\. (?P<value>\d+)"}
    check(recipe_patterns.build(Masking(patterns=patterns)), marked)


def test_gives_the_recipes_own_placeholders() -> None:
    assert recipe_patterns.build(Masking(patterns={"TICKET": "x"})).supported_entities == ["TICKET"]
    assert recipe_patterns.build(Masking()).supported_entities == []
