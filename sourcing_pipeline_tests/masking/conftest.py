"""One masker for all tests of the folder: loading its language model takes seconds."""

import pytest

from sourcing_pipeline.masking import Masker, Masking


@pytest.fixture(scope="session")
def masker() -> Masker:
    return Masker.from_config(Masking())
