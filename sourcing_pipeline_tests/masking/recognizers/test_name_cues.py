import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import name_cues
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "the contact here is ⟦Stefan Vik⟧.",
    "Hello Postrider team,",
    "Hallo Postrider-Team,",
    "Dear website owner,",
    "User name is the full address",
    "The account holder is Papermill Coffee Inc.",
    "Hi ⟦Maria⟧, thanks",
    "Hello ⟦Yaw Mensah-Bonsu⟧!",
    "hi ⟦maria⟧,\nsee below",
    "Dear Ms ⟦Lopez⟧,",
    "Sehr geehrte Frau Dr. ⟦Müller⟧,",
    "Bonjour ⟦Chloé⟧,",
    "Hola ⟦Pepe⟧,",
    "Thanks ⟦Ulf⟧!",
    "my name is ⟦maria lopez⟧ and I",
    "My name is ⟦Paris⟧.",
    "ich heiße ⟦Ömer Demir⟧ und",
    "je m'appelle ⟦Zoë van der Berg⟧.",
    "me llamo ⟦Lucía⟧.",
    "Name: ⟦Ifeoma Okafor⟧",
    "Signed-off-by: ⟦Ada Byron⟧ <x>",
    "spoke with ⟦Hannah⟧ today",
    "I saw Mr. ⟦Rose⟧ and Mrs. ⟦van der Berg⟧",
    "thanks ⟦@octo_cat⟧",
    "Hi there,",
    "Hi team!",
    "Dear Support Team,",
    "Hello World",
    "Hi, I am new here",
    "Hallo zusammen, danke",
    "my name is wrong on the invoice",
    "works with Windows and Python",
    "Thanks again, it works",
    "Name: Database",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_announced_names_and_nothing_else(marked: str) -> None:
    check(name_cues.build(Masking()), marked)
