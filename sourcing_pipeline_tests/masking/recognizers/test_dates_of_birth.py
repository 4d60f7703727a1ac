import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import dates_of_birth
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "she was born on ⟦8/5/1989⟧.",
    "DOB: ⟦1989-05-08⟧",
    "date of birth ⟦8 May 1989⟧, please",
    "my birthday is ⟦May 8th, 1989⟧",
    "geboren am ⟦08.05.1989⟧ in Köln",
    "Geburtsdatum: ⟦8. Mai 1989⟧",
    "née le ⟦8 mai 1989⟧",
    "date de naissance : ⟦08/05/1989⟧",
    "nacido el ⟦8 de mayo de 1989⟧",
    "fecha de nacimiento: ⟦08-05-1989⟧",
    "released on 8/5/1989",
    "the idea was born while we met",
    "invoice of 2026-05-08",
    '"dob": "⟦1989-05-08⟧"',
    "DOB ⟦19890508⟧",
    "born ⟦8-May-1989⟧",
    "sono nata il ⟦8 maggio 1989⟧",
    "data di nascita: ⟦8.5.1989⟧",
    "geboortedatum: ⟦8 mei 1989⟧",
    "ik ben geboren op ⟦08-05-1989⟧",
    "data de nascimento: ⟦08/05/1989⟧",
    "nasci em ⟦8 de maio de 1989⟧",
    "am ⟦8. Mai 1989⟧ geboren",
    "⟦8/5/1989⟧ is my date of birth",
    "⟦08.05.1989⟧ (DOB)",
    "born in 1989",
    "my birthday party is in 3 weeks",
    "a birthday gift, order placed on 2026-03-01",
    "nota del 8 maggio 1989",
    "the native build of 2026-05-08",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_dates_of_birth_and_no_other_dates(marked: str) -> None:
    check(dates_of_birth.build(Masking()), marked)
