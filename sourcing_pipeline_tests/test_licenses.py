import pytest
from pydantic import TypeAdapter, ValidationError

from sourcing_pipeline.licenses import License, spdx_id

KNOWN = [
    ("MIT", "MIT"),
    ("mit", "MIT"),
    (" MIT ", "MIT"),
    ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
    ("cc-by-sa-3.0", "CC-BY-SA-3.0"),
    ("CC BY-SA 2.5", "CC-BY-SA-2.5"),
    ("CC0-1.0", "CC0-1.0"),
    ("apache-2.0", "Apache-2.0"),
    ("BSD-3-clause", "BSD-3-Clause"),
    ("gpl-3.0-only", "GPL-3.0-only"),
    ("LicenseRef-Proprietary", "LicenseRef-Proprietary"),
    ("LicenseRef-Acme.2-b", "LicenseRef-Acme.2-b"),
]
UNKNOWN = [
    "",
    " ",
    "GPL",
    "BSD",
    "CC BY-SA",
    "Creative Commons",
    "MIT OR Apache-2.0",
    "MIT AND BSD-3-Clause",
    "Classpath-exception-2.0",
    "LicenseRef-",
    "LicenseRef-a/b",
    "proprietary",
    "MIT\x00",
]


@pytest.mark.parametrize(("said", "meant"), KNOWN)
def test_a_licence_is_known_by_its_spdx_id(said: str, meant: str) -> None:
    assert spdx_id(said) == meant


@pytest.mark.parametrize("said", [said for said, _ in KNOWN])
def test_an_spdx_id_stays_itself(said: str) -> None:
    found = spdx_id(said)
    assert found is not None
    assert spdx_id(found) == found


@pytest.mark.parametrize("said", UNKNOWN)
def test_a_licence_is_never_guessed(said: str) -> None:
    assert spdx_id(said) is None


def test_a_recipe_may_write_a_licence_in_any_case() -> None:
    assert TypeAdapter(License).validate_python("cc by-sa 4.0") == "CC-BY-SA-4.0"


def test_a_wrong_licence_is_named_with_what_to_do() -> None:
    with pytest.raises(ValidationError, match=r"'GPL' is no SPDX licence id; see https://spdx.org/licenses"):
        TypeAdapter(License).validate_python("GPL")
