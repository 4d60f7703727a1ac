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
    "passport number ⟦HMMKNPYYM⟧.",
    "the passport number REQUIREDS nothing",
    "Reisepass Nr. ⟦C01X00T47⟧",
    "driver's license number is ⟦5130634⟧",
    "Steuer-ID: ⟦65 929 970 489⟧",
    "part 666-12-3456 and 000-12-3456",
    "12345678A",
    "room 023 01 0866",
    "BG123456C",
    "passport renewal takes 3 weeks",
    "⟦AB123456C⟧ is my NINO",
    "my NHS number, as you asked, is ⟦943 476 5919⟧",
    "UTR ⟦1955839661⟧",
    "ITIN ⟦912-90-3456⟧, EIN ⟦12-3456789⟧",
    "codice fiscale ⟦RCCMNL83S18D969H⟧",
    "⟦RCC MNL 83S18 D969H⟧ è il codice",
    "BSN, as asked, ⟦111222333⟧",
    "rijksregisternummer ⟦85.07.30-033.28⟧",
    "PESEL: ⟦44051401359⟧",
    "NIF ⟦501964843⟧",
    "personnummer ⟦880320-0016⟧",
    "⟦131052-308T⟧ and ⟦710319/2745⟧",
    "⟦756.9217.0769.85⟧ and ⟦390.533.447-05⟧",
    "Aadhaar ⟦2341 2341 2346⟧",
    "PAN ⟦ACUPA7085R⟧",
    "voter id ⟦WKH1186253⟧",
    "⟦MORGA657054SM9IJ⟧",
    "Steuer-ID lautet ⟦36574261809⟧",
    "passaporto ⟦YA1234567⟧, paspoort ⟦NX1234567⟧",
    "passaporte n.º ⟦CA123456⟧",
    "numéro de passeport : ⟦12AB34567⟧",
    "rijbewijsnummer ⟦5123456789⟧",
    "patente di guida ⟦U1X23456Y⟧",
    "SIN: ⟦046 454 286⟧",
    "order id A1B2C3D4 and transaction ID: 8A7B6C5D",
    "order 2341 2341 2346",
    "2004 2003 2002 2001",
    "1234 2222 3333 4444 5555",
    "44051401359 and 111222333",
    "880320-0018",
    "sin tarjeta 046454286",
    "RCCMNL83S18D969X",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_numbers_and_nothing_else(marked: str) -> None:
    check(id_numbers.build(Masking()), marked)
