import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import locations
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "My postcode is ⟦SW1A 1AA⟧.",
    "we moved to ⟦EC2A 4NE⟧ last year",
    "postcode: ⟦sw1a1aa⟧",
    "PLZ ⟦10115⟧, bitte",
    "meine Postleitzahl ist ⟦80331⟧",
    "mon code postal est ⟦75011⟧",
    "código postal: ⟦28013⟧",
    "il CAP è ⟦20121⟧",
    "mijn postcode is ⟦3511 AB⟧",
    "o código postal é ⟦4000-123⟧",
    "CEP ⟦01310-100⟧",
    "zip code ⟦78701-1234⟧",
    "postal code ⟦K1A 0B1⟧ or ⟦M5V 3L9⟧",
    "eircode ⟦D02 AF30⟧",
    "in ⟦10115 Berlin⟧ only",
    "to ⟦D-80331 München⟧",
    "à ⟦75011 Paris⟧, demain",
    "en ⟦28013 Madrid⟧",
    "⟦3511 AB Utrecht⟧",
    "⟦4000-123 Porto⟧",
    "⟦60311 Frankfurt am Main⟧",
    "from ⟦Austin, TX 78701⟧ by car",
    "in ⟦Austin, TX⟧ by car",
    "I live in ⟦Toulouse⟧.",
    "I'm from ⟦New York⟧ and",
    "ich wohne seit Jahren in ⟦Köln⟧",
    "in ⟦Berlin⟧ wohne ich",
    "j'habite à ⟦Lyon⟧",
    "vivo en ⟦Sevilla⟧",
    "abito a ⟦Napoli⟧",
    "ik woon in ⟦Rotterdam⟧",
    "moro em ⟦Braga⟧",
    "City: ⟦Leeds⟧",
    "12345 Euro for 10000 Users",
    "in 2026 it was cold",
    "the flight from Berlin to Paris",
    "Should I move to North Korea",
    "an 8 GB card at 2 PM, B2 3GB",
    "Hi Maria, OK",
    "invoice from Anna Freeman",
    "the zip file is 12345678 bytes",
    "1812 Rue De La Gare",
    "I live in Peace",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_postcodes_and_towns_that_stand_alone_and_nothing_else(marked: str) -> None:
    check(locations.build(Masking()), marked)
