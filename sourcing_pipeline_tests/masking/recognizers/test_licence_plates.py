import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import licence_plates
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "my license plate is ⟦7ABC123⟧.",
    "License plate: ⟦ABC-1234⟧",
    "my number plate is ⟦AB12 CDE⟧",
    "number plate ⟦ab12cde⟧, please",
    "The car, reg ⟦AB12 CDE⟧, was parked",
    "Kennzeichen ⟦B-MW 1234⟧",
    "mein Kennzeichen lautet ⟦M XY 123E⟧",
    "plaque d'immatriculation ⟦AA-123-AA⟧",
    "ma voiture ⟦AB-123-CD⟧ est en panne",
    "matrícula ⟦1234 BCD⟧",
    "la targa è ⟦AB 123 CD⟧",
    "kenteken ⟦12-ABC-3⟧",
    "vehicle registration ⟦MH 12 AB 1234⟧",
    "number plate: ⟦GR8 DAD⟧",
    "placa ⟦ABC1D23⟧",
    "⟦AA-123-AA⟧ is the licence plate",
    "part AB12 CDE, order AA-123-AA",
    "B-MW 1234",
    "company registration number 07523944",
    "registration code AB12-CDEF-1234",
    "product registration key ABC-1234",
    "the number plate is 2 years old",
    "my number plate on BMW 320 fell off",
    "plate expires MAY 2024",
    "name plate on door 12",
    "number plate from 12-05-24",
    "the car costs USD 12345",
    "car insurance policy AB123456",
    "placa de video RTX 4090",
    "Kennzeichen: ⟦A-BC 123⟧",
    "das Kennzeichen lautet ⟦MG-AB 1234⟧",
    "son immatriculation est ⟦YH-837-KG⟧",
    "immatriculation ⟦MG-123-AB⟧",
    "Matrícula: ⟦VW-56-GD⟧",
    "Kenteken: ⟦VW-592-K⟧",
    "la targa è ⟦VW 917JV⟧",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_plates_and_nothing_else(marked: str) -> None:
    check(licence_plates.build(Masking()), marked)
