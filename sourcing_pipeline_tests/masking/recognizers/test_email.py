import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import email
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "write to ⟦maria.lopez+shop@mail.example.co.uk⟧, please",
    "<⟦o'brien@example.com⟧>",
    "mailto:⟦a_b@sub.firma-beispiel.de⟧.",
    "user=⟦jo@example.org⟧&x=1",
    "⟦maria (at) example (dot) com⟧",
    "⟦maria [at] example.com⟧",
    "⟦hans at firma dot de⟧",
    "⟦MARIA@EXAMPLE.COM⟧",
    "⟦müller@münchen.de⟧",
    "git clone git@github.com:org/repo.git",
    "pip install package@1.2.3",
    "@Override and user@localhost",
    "look at the dot in the corner",
    "a@b",
    "⟦анна@пример.рф⟧ and ⟦用户@例子.公司⟧",
    "⟦mu\u0308ller@example.com⟧",
    "⟦maria@example dot com⟧",
    "⟦maria.l @ example.com⟧, ⟦maria @gmail.com⟧",
    "⟦maria_lopez at gmail.com⟧",
    "⟦maria arobase exemple point fr⟧",
    "⟦maria arroba ejemplo punto es⟧",
    "⟦maria(at)example.com⟧",
    "⟦root@[192.0.2.7]⟧",
    "I was at some point in time",
    "look at example.com or @ amazon.com",
    "version 2 at node dot js",
    "the log_file at example.log says",
    "f(x) at (0.5) and a[at] b",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_addresses_and_nothing_else(marked: str) -> None:
    check(email.build(Masking()), marked)
