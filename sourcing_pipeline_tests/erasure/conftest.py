import shutil

import pytest

from sourcing_pipeline_tests.erasure.world import World, build


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The project before any erasure, kept apart. It was made in the folder `here` beside it, where Dagster's paths
    lead."""
    made = build(tmp_path_factory.mktemp("project") / "here")
    kept = made.folder.with_name("kept")
    shutil.copytree(made.folder, kept, symlinks=True)
    return World(kept)


@pytest.fixture
def world(untouched: World) -> World:
    """The project as it was made, for a test to change."""
    return fresh(untouched)


def fresh(untouched: World) -> World:
    folder = untouched.folder.with_name("here")
    shutil.rmtree(folder)
    shutil.copytree(untouched.folder, folder, symlinks=True)
    return World(folder)
