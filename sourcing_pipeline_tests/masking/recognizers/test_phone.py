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
    "my number is ⟦555-123-4567⟧",
    "⟦(555) 123-4567x123⟧",
    "⟦001-555-123-4567⟧ or ⟦+1-555-123-4567x12345⟧",
    "reach me under 10 digits: call ⟦5551234567⟧",
    "tel: ⟦030 2312511, ext. 12⟧",
    "⟦+49(0)1234 567890⟧",
    "registered ⟦02079460123⟧. Could you look",
    "⟦0171-2345678⟧ is my mobile",
    "⟦212 555 0142⟧ is my cell",
    "⟦(02) 9374 4000⟧ in Sydney",
    "chiamami al ⟦333 1234567⟧",
    "bel ⟦06-12345678⟧",
    "telefone: ⟦912 345 678⟧",
    "⟦+91 98765 43210⟧",
    "⟦00420 601 123 456⟧",
    "Maria,⟦555-123-4567⟧,Springfield",
    "phone:⟦5551234567⟧",
    "Meadow Tax & Co\n⟦0117 496 0660⟧",
    "my order number is 555-123-4567",
    "Order number:\n0117 496 0660",
    "order no. 415-555-2671 has not come",
    "call me on 03.03.2026, or at 10:30 on 03/04/2026",
    "FedEx 7712 3456 7890, card 4012 8888 8888 1881",
    "978-3-16-148410-0 and 0-306-40615-2",
    "ZIP 12345-6789, EIN 51-2345678",
    "session 20260301-100211",
    "2019 2020 2021, scores 21-19 19-21 21-18",
    "$ 123 456 789 and 12345678 EUR",
    "1.3.6.1.5.5.7.3.1 and 192.168.100.0/24",
    "mpf(571)/2488320 + 10285412",
    "12345678",
    "Kundennummer 0123 456789",
    "room 023 01 0866",
    "called 1 000 000 times",
    "1. 2. 3. 4. 5. 6. 7. 8.",
    "lat 52.5200080 13.4049540",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_numbers_and_nothing_else(marked: str) -> None:
    check(phone.build(Masking()), marked)


def test_a_national_number_needs_its_region() -> None:
    check(phone.build(Masking(phone_regions=("DE",))), "at 0494 92 82 320 0")
    check(phone.build(Masking(phone_regions=("FR",))), "under ⟦01 42 68 53 00⟧ or")


def test_the_nearer_word_says_what_a_number_counts() -> None:
    assert phone.counts_something_else("call me about order 4155552671", 20)
    assert not phone.counts_something_else("the order is late, call 4155552671", 24)
    assert not phone.counts_something_else("4155552671", 0)
