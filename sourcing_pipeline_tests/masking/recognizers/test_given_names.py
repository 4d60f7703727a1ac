import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import given_names
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "my colleague ⟦patrick lopez⟧ knows more",
    "⟦maria⟧ and i",
    "the error said so till noon",
    "⟦Maria⟧ here",
    "Gestern hat ⟦Stefanie Vogelsang⟧ angerufen",
    "with ⟦Jean-Luc Picard⟧ today",
    "⟦Zoë⟧ and ⟦Łukasz⟧",
    "Mark this as done",
    "San Jose and Saint Thomas",
    "Thomas Street is long",
    "maria.js and @maria and Maria_x",
    "use Adam with a small rate",
    "Ruby on Rails",
    "la mia password non funziona",
    "told ⟦Lydia Banks⟧ about it",
    "⟦Lydia⟧ Bank",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_given_names_and_nothing_else(marked: str) -> None:
    check(given_names.build(Masking()), marked)
