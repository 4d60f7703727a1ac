import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import bank_accounts
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "IBAN ⟦DE89370400440532013000⟧ 2 days from today",
    "⟦DE89 3704 0044 0532 0130 00⟧, thanks",
    "⟦GB29NWBK60161331926819⟧",
    "⟦fr1420041010050500013m02606⟧",
    "my IBAN is ⟦DE89370400440532013001⟧",
    "Kontonummer: ⟦532013000⟧",
    "account number is ⟦12345678⟧",
    "sort code ⟦20-00-00⟧",
    "routing number ⟦021000021⟧",
    "part DE89370400440532013001",
    "commit ab12cdef34567890",
    "the account page has 3 tabs",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_accounts_and_nothing_else(marked: str) -> None:
    check(bank_accounts.build(Masking()), marked)


def test_the_checksum_is_mod_97() -> None:
    assert bank_accounts.checksum_holds("GB82WEST12345698765432")
    assert not bank_accounts.checksum_holds("GB82WEST12345698765433")
