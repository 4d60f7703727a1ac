import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import crypto_wallets
from sourcing_pipeline_tests.masking.recognizers.cases import check

MONERO = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
CASES = [
    "send to ⟦1BoatSLRHtKNngkdXEeobR76b53LETtpyT⟧, please",
    "⟦3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy⟧",
    "⟦bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4⟧",
    "bitcoin:⟦BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4⟧",
    "⟦bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr⟧",
    "my wallet bc1 is ⟦bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5⟧",
    "⟦0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed⟧",
    "my eth wallet ⟦0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed⟧",
    "solana: ⟦7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV⟧",
    f"⟦{MONERO}⟧",
    "key ⟦5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ⟧",
    "1BoatSLRHtKNngkdXEeobR76b53LETtpyU",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    "hash 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
    "id 7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV",
    "Donaudampfschifffahrtsgesellschaft",
    "sha 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "a wallet with bitcoins and a hardware key",
    "x1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_wallets_and_nothing_else(marked: str) -> None:
    check(crypto_wallets.build(Masking()), marked)


def test_a_private_key_is_a_secret() -> None:
    found = crypto_wallets.build(Masking()).find("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ")
    assert [hit.entity for hit in found] == ["SECRET"]
