import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import id_numbers
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "Meine Reisepassnummer lautet ⟦HC0XXHV15⟧.",
    "Mi pasaporte es el ⟦KM65XHG98⟧",
    "my ID number is ⟦KMPW4RWTN⟧",
    "SSN ⟦023-01-0866⟧",
    "my social security number is ⟦023 01 0866⟧",
    "NINO ⟦AB 12 34 56 C⟧",
    "⟦AB123456C⟧",
    "DNI ⟦12345678Z⟧",
    "⟦X1234567L⟧",
    "NIR ⟦1 85 05 78 006 084 91⟧",
    "passport number: ⟦C01X00T47⟧",
    "Reisepass Nr. ⟦C01X00T47⟧",
    "driver's license number is ⟦5130634⟧",
    "Steuer-ID: ⟦65 929 970 489⟧",
    "part 666-12-3456 and 000-12-3456",
    "12345678A",
    "room 023 01 0866",
    "BG123456C",
    "passport renewal takes 3 weeks",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_numbers_and_nothing_else(marked: str) -> None:
    check(id_numbers.build(Masking()), marked)
