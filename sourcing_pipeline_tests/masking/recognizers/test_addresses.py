import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import addresses
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "⟦Flat 8, 106 King’s Road, London SW3 8TP⟧",
    "⟦C/ de la Luna 45, 2.º B, 41001 Sevilla⟧",
    "⟦Carrer d’Aragó 141, 08007 Barcelona⟧",
    "On 14 May 2026 at 14:42",
    "Im Tarif hat jedes Postfach 10 GB",
    "to ⟦742 Evergreen Terrace, Springfield, IL 62704⟧.",
    "at ⟦10 Downing Street, London SW1A 2AA⟧",
    "⟦1600 Old Mill Road, Apt. 4, Portland, OR 97201⟧",
    "in der ⟦Hauptstraße 5, 10115 Berlin⟧.",
    "⟦Goethestr. 12a⟧ ist neu",
    "⟦Am Alten Markt 5, 50667 Köln⟧",
    "⟦12 bis, avenue Victor Hugo, 75116 Paris⟧",
    "⟦3 rue de la République, 69001 Lyon⟧",
    "⟦Calle de Alcalá 45, 28014 Madrid⟧",
    "⟦Avenida Diagonal 640, 3º B, 08017 Barcelona⟧",
    "⟦P.O. Box 242⟧",
    "⟦ul. Miła 53⟧",
    "⟦Unit 0822 Box 8858\nDPO AA 13319⟧",
    "⟦the corner of Via Roma 85 and Baker Mill⟧",
    "He lives at ⟦Joaquin Suarez 2906⟧.",
    "post code ⟦SW1A 2AA⟧",
    "my zip code is ⟦48750⟧",
    "I live in Berlin and moved from Paris",
    "page 5 of 10",
    "5 Windows 11 licences",
    "During 1971 we grew",
    "on 12 January 2026",
    "Error 404, Line 12",
    "chapter 3 of Python 3",
    "Version 2 and Step 4",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_addresses_and_nothing_else(marked: str) -> None:
    check(addresses.build(Masking()), marked)
