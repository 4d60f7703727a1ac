import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import devices
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "MAC ⟦00:1A:2B:3C:4D:5E⟧",
    "⟦00-1a-2b-3c-4d-5e⟧ is offline",
    "⟦0012.3456.789a⟧",
    "IMEI: ⟦490154203237518⟧",
    "IMEI: 490154203237519",
    "ff:ff:ff:ff:ff:ff",
    "12:30:45",
    "sha 00:1A:2B:3C:4D:5E:6F:70",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_identifiers_and_nothing_else(marked: str) -> None:
    check(devices.build(Masking()), marked)
