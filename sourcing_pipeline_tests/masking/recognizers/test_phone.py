import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import phone
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "call ⟦+49 30 23125 100⟧ today",
    "my registered ⟦905-674-3793⟧.",
    "⟦(212) 555-0142⟧ after six",
    "messages to ⟦0494 92 82 32⟧",
    "on ⟦01.84.17.61.18⟧?",
    "tel. ⟦030/2312511⟧",
    "Handy: ⟦0171 2345678⟧",
    "phone ⟦2125550142⟧",
    "⟦+1 415 555 2671 ext. 12⟧",
    "móvil ⟦612 345 678⟧",
    "order 4155552671",
    "invoice 415-555-26",
    "on 2026-03-01 10:02, 03.03.2026, 3/4/2026",
    "1.234.567,89 EUR and 1,234,567 rows",
    "ticket #8812345678",
    "range 2019-2026",
    "ids 10 20 30 40 50 60",
    "epoch 1589375697",
    "86.121.97.248",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_numbers_and_nothing_else(marked: str) -> None:
    check(phone.build(Masking()), marked)


def test_a_national_number_needs_its_region() -> None:
    check(phone.build(Masking(phone_regions=("DE",))), "at 0494 92 82 320 0")
    check(phone.build(Masking(phone_regions=("FR",))), "under ⟦01 42 68 53 00⟧ or")
