from collections.abc import Callable
from itertools import count

import pytest

from sourcing_pipeline.storage import Table
from sourcing_pipeline.updates import Updates


@pytest.fixture(scope="session")
def new_updates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Updates]:
    """Makes the updates of a source that was never asked."""
    numbers, folder = count(), tmp_path_factory.mktemp("updates")
    return lambda: Updates(Table(str(folder / str(next(numbers)))))


@pytest.fixture
def updates(new_updates: Callable[[], Updates]) -> Updates:
    return new_updates()
