import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import name_forms
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "Von: ⟦Müller, Hans⟧\nAn: Support",
    'From: "⟦Lopez, Maria⟧" <m@example.com>',
    "Name: ⟦Lopez, M.⟧",
    "⟦A. K. Sharma⟧ called about it",
    "by ⟦J. van der Berg⟧ and ⟦R. O'Neill⟧",
    "Location: Paris, France",
    "Hi Maria, John is out.",
    "the U.S. Army and the U. S. Navy",
    "at 5 P.M. Monday",
    "Plan B. The router",
    "Section A. General terms",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_names_by_their_form_and_nothing_else(marked: str) -> None:
    check(name_forms.build(Masking()), marked)
