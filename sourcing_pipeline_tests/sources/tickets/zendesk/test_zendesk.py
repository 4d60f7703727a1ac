import base64
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from sourcing_pipeline.errors import InputError, SourcingError, TryAgain
from sourcing_pipeline.sources.http import ATTEMPTS
from sourcing_pipeline.sources.tickets.ticket import TICKETS
from sourcing_pipeline.sources.tickets.zendesk import Zendesk
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.api_server import (
    FAILURES,
    ApiServer,
    Fault,
    Reply,
    Request,
    recording,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.account import (
    Account,
    Fields,
    comment,
    ticket,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.reading import (
    AS_OF,
    EXPORT,
    SECRET,
    system,
    window,
)


@pytest.mark.parametrize("url", ["https://acme.zendesk.com", "https://acme-2.zendesk.com/", "http://127.0.0.1:8080"])
def test_an_account_is_named_by_its_address(url: str) -> None:
    assert Zendesk.model_validate({"type": "zendesk", "url": url, "email": "a@b.c"}).url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "acme",
        "acme.zendesk.com",
        "http://acme.zendesk.com",
        "https://acme.zendesk.com/api/v2",
        "https://acme.zendesk.com.evil.example",
        "https://amy:pw-never-shown@acme.zendesk.com",
        "http://amy:pw-never-shown@127.0.0.1",
        "http://192.168.0.1",
    ],
)
def test_another_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ValidationError, match=r"https://NAME\.zendesk\.com") as caught:
        Zendesk.model_validate({"type": "zendesk", "url": url, "email": "a@b.c"})
    assert "never-shown" not in str(caught.value)


@pytest.mark.parametrize("fields", [{}, {"email": "a@b.c", "oauth_variable": "T"}, {"email": "not an address"}])
def test_there_is_one_way_in(fields: Fields) -> None:
    with pytest.raises(ValidationError):
        Zendesk.model_validate({"type": "zendesk", "url": "https://acme.zendesk.com"} | fields)


def test_the_way_in_is_an_api_token_or_an_oauth_token(
    server: ApiServer, updates: Callable[[], Updates], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_OAUTH", "oauth-token")
    server.serve(Account([[]]).routes())
    system(server).update("src", window(), updates())
    system(server, email=None, oauth_variable="ACME_OAUTH").update("src", window(), updates())
    basic = base64.b64encode(f"amy@example.com/token:{SECRET}".encode()).decode()
    assert [one.headers["authorization"] for one in server.requests] == [f"Basic {basic}", "Bearer oauth-token"]


def test_a_variable_that_is_not_set_is_named(server: ApiServer, updates: Callable[[], Updates]) -> None:
    with pytest.raises(InputError, match=r"NO_SUCH_VARIABLE.*sources\.src\.system\.token_variable"):
        system(server, token_variable="NO_SUCH_VARIABLE").update("src", window(), updates())


@pytest.mark.parametrize(
    ("recorded", "status", "kind"),
    [
        ("forbidden.json", 403, InputError),
        ("resource-not-found.json", 401, InputError),
        ("resource-not-found.json", 404, InputError),
        ("record-validation.json", 422, InputError),
        ("missing-parameter.json", 400, InputError),
        ("server-error.json", 500, TryAgain),
    ],
)
def test_recorded_refusals_are_one_clear_error(
    server: ApiServer, updates: Callable[[], Updates], samples: Path, recorded: str, status: int, kind: type[Exception]
) -> None:
    answer = recording(samples / "zendesk/amp-labs" / recorded, "https://d3v-ampersand.zendesk.com", status)
    landing = updates()
    server.serve({EXPORT: answer})
    with pytest.raises(SourcingError) as caught:
        system(server).update("src", window(), landing)
    assert type(caught.value) is kind
    assert f"source 'src': GET {server.url}/api/v2/incremental/tickets/cursor.json: status {status}" in str(
        caught.value
    )
    assert landing.cursor() is None


def test_no_secret_and_no_text_is_in_any_error_or_log_record(
    server: ApiServer, updates: Callable[[], Updates], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    basic = base64.b64encode(f"amy@example.com/token:{SECRET}".encode()).decode()
    account = Account([[ticket(1, subject="words-of-a-person")]], comments={1: [comment(1, 1, "words-of-a-person")]})
    said = []
    for status in (400, 401, 403, 404, 422):
        server.serve({EXPORT: partial(_refusal, status)})
        said.append(_update_error(server, updates()))
    for kind in set(FAILURES) - {"slow"}:
        server.serve(account.routes(), [Fault(kind)] * ATTEMPTS)
        said.append(_update_error(server, updates()))
        server.serve(account.routes(), [Fault(kind)] * ATTEMPTS)
        batch = pa.RecordBatch.from_pylist([{"id": "1", "dated_at": AS_OF, "person_keys": ["1"]}], schema=TICKETS)
        with pytest.raises(SourcingError) as caught:
            system(server).turns("src", batch)
        said.append(str(caught.value))
    texts = [*said, *(record.getMessage() for record in caplog.records)]
    for hidden in (SECRET, basic, "words-of-a-person", "u1@example.com"):
        assert not [text for text in texts if hidden.lower() in text.lower()]


def _refusal(status: int, request: Request) -> Reply:
    return Reply({"error": "words-of-a-person"}, status)


def _update_error(server: ApiServer, landing: Updates) -> str:
    with pytest.raises(SourcingError) as caught:
        system(server).update("src", window(), landing)
    assert landing.cursor() is None
    return str(caught.value)
