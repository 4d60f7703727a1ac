from collections.abc import Callable, Iterator
from functools import partial

import pytest

from sourcing_pipeline.sources.http import Api
from sourcing_pipeline.sources.tickets.zendesk import zendesk
from sourcing_pipeline.storage import Table
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.api_server import (
    TIMEOUT_SECONDS,
    ApiServer,
    serving,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.reading import SECRET


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    with serving({}) as running, pytest.MonkeyPatch.context() as patch:
        quick = partial(Api, sleep=lambda seconds: None, timeout_seconds=TIMEOUT_SECONDS)
        patch.setattr(zendesk, "Api", quick)
        patch.setenv("ZENDESK_API_TOKEN", SECRET)
        yield running


@pytest.fixture(scope="module")
def updates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Updates]:
    return lambda: Updates(Table(str(tmp_path_factory.mktemp("updates") / "table")))
