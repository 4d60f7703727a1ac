import os
from collections.abc import Iterator
from typing import NoReturn

import pytest
from hypothesis import settings

from sourcing_pipeline_tests.label_studio_server import LabelStudioServer, missing, running

os.environ["DO_NOT_TRACK"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

settings.register_profile("project", deadline=None, max_examples=50)
settings.load_profile("project")


def unavailable(reason: str) -> NoReturn:
    """Skip a test whose server or program is not installed; in CI, where it must be, fail."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    raise AssertionError


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudioServer]:
    """One Label Studio for all tests; each makes projects of its own."""
    if reason := missing():
        unavailable(reason)
    with running(tmp_path_factory.mktemp("label-studio") / "data") as server:
        yield server


@pytest.fixture
def label_studio_key(label_studio: LabelStudioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The access token of the server's owner, where the recipe looks for it."""
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.key)
