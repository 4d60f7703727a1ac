import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import cards
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "pay with ⟦4012888888881881⟧.",
    "⟦5555 5555 5555 4444⟧ expired",
    "⟦3782-822463-10005⟧",
    "my card ⟦6759649826438453⟧ is lost",
    "card number ⟦4012888888881882⟧",
    "order 4012888888881882",
    "order 123456789012",
    "at 1589375697123 ms",
    "card 0000000000000000",
    "version 4012888888881881.5",
    "gift card order 4012888888881882",
    "id a4012888888881881",
    "⟦5555\u00a05555\u00a05555\u00a04444⟧",
    "⟦4012.8888.8888.1881⟧",
    "⟦4012 8888 8888 1881⟧ 12/26 123",
    "⟦4012-8888-8888-1881⟧ 1226 123",
    "Maria,⟦4012888888881881⟧,⟦5555555555554444⟧",
    "⟦4222222222222⟧ has 13 digits",
    "carta di credito ⟦6759649826438453⟧",
    "doi:10.1145/3679006.3685071",
    "tracking 9400 1000 0000 0000 0000 00",
    "0,4012888888881881",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_cards_and_nothing_else(marked: str) -> None:
    check(cards.build(Masking()), marked)


@pytest.mark.parametrize(("number", "holds"), [("79927398713", True), ("79927398710", False), ("0", True)])
def test_luhn_is_the_formula_of_iso_7812(number: str, holds: bool) -> None:
    assert cards.luhn(number) is holds
