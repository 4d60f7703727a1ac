import base64
import json
import logging
import os
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sourcing_pipeline.errors import InputError, SourcingError, TryAgain
from sourcing_pipeline.sources.http import ATTEMPTS, PATIENCE_SECONDS, Api, ApiUrl, secret
from sourcing_pipeline_tests.sources.api_server import (
    FAILURES,
    NOT_CARRIED_OUT,
    TIMEOUT_SECONDS,
    ApiServer,
    Fault,
    Kind,
    Reply,
    Request,
    schedules,
    serving,
)

SECRET = "tok-5f0c1a-never-shown"
BODY_TEXT = "text-of-a-body"
ROUTES: dict[str, Callable[[Request], Any]] = {
    "/v2/thing": lambda request: {"text": BODY_TEXT, "q": dict(request.query)}
}


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    with serving(ROUTES) as running:
        yield running


def api(server: ApiServer, slept: list[float] | None = None, **options: Any) -> Api:
    waits: list[float] = [] if slept is None else slept
    usual: dict[str, Any] = {"timeout_seconds": TIMEOUT_SECONDS, "auth": ("amy@example.com/token", SECRET)}
    return Api("src", f"{server.url}/v2", sleep=waits.append, **(usual | options))


def error_of(client: Api, url: str = "thing", **options: Any) -> SourcingError:
    with client, pytest.raises(SourcingError) as caught:
        client.get(url, **options)
    return caught.value


@pytest.mark.parametrize("kind", FAILURES)
def test_a_fault_that_passes_is_tried_again(server: ApiServer, kind: Kind) -> None:
    server.serve(ROUTES, [Fault(kind)] * 2)
    slept: list[float] = []
    with api(server, slept) as client:
        assert client.get("thing").json["text"] == BODY_TEXT
    assert len(server.requests) == 3
    assert len(slept) == 2


@pytest.mark.parametrize("status", [408, 504, 599])
def test_other_statuses_that_may_pass_are_tried_again(server: ApiServer, status: int) -> None:
    answers = iter([Reply({}, status), Reply({"ok": True})])
    server.serve({"/v2/thing": lambda request: next(answers)})
    with api(server) as client:
        assert client.get("thing").json == {"ok": True}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_fault_that_does_not_pass_says_to_try_again_later(server: ApiServer, kind: Kind) -> None:
    server.serve(ROUTES, [Fault(kind)] * ATTEMPTS)
    error = error_of(api(server))
    assert isinstance(error, TryAgain)
    assert f"source 'src': GET {server.url}/v2/thing" in str(error)
    assert len(server.requests) == ATTEMPTS


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("too_many_requests", 7), 7),
        (Fault("too_many_requests_until", 30), 31),
        (Fault("too_many_requests_until", 30, skew_seconds=7200), 31),
        (Fault("too_many_requests_until", 30, skew_seconds=-7200), 31),
        (Fault("secondary_limit", 9), 9),
        (Fault("secondary_limit"), 60),
        (Fault("limit_used_up", 30), 31),
        (Fault("limit_used_up", 30, skew_seconds=-7200), 31),
        (Fault("503", 12), 12),
    ],
)
def test_it_waits_as_long_as_it_is_asked_to_on_the_servers_clock(
    server: ApiServer, fault: Fault, expected: float
) -> None:
    server.serve(ROUTES, [fault])
    slept: list[float] = []
    with api(server, slept) as client:
        client.get("thing")
    assert slept == [pytest.approx(expected, abs=1.01)]


def test_without_a_date_header_it_waits_by_its_own_clock(server: ApiServer) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    answers = iter([Reply({}, 429, {"Retry-After": until, "Date": ""}), Reply({})])
    server.serve({"/v2/thing": lambda request: next(answers)})
    slept: list[float] = []
    with api(server, slept) as client:
        client.get("thing")
    assert slept == [pytest.approx(31, abs=2)]


def test_asked_to_wait_no_time_it_waits_all_the_same(server: ApiServer) -> None:
    server.serve(ROUTES, [Fault("too_many_requests", 0)] * 3)
    slept: list[float] = []
    with api(server, slept) as client:
        client.get("thing")
    assert all(seconds > 0 for seconds in slept)


@pytest.mark.parametrize("kind", ["too_many_requests", "too_many_requests_until", "limit_used_up", "503"])
def test_asked_to_wait_too_long_it_gives_up_at_once(server: ApiServer, kind: Kind) -> None:
    server.serve(ROUTES, [Fault(kind, PATIENCE_SECONDS + 60)])
    slept: list[float] = []
    assert isinstance(error_of(api(server, slept)), TryAgain)
    assert slept == []


@given(
    value=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])),
    header=st.sampled_from(["Retry-After", "X-RateLimit-Reset", "Date"]),
)
def test_no_header_can_break_it(server: ApiServer, value: str, header: str) -> None:
    answers = iter([Reply({}, 429, {"X-RateLimit-Remaining": "0", header: value}), Reply({"ok": True})])
    server.serve({"/v2/thing": lambda request: next(answers)})
    with api(server) as client:
        try:
            outcome = str(client.get("thing").json)
        except TryAgain as error:
            outcome = str(error)
    assert outcome == "{'ok': True}" or "it asks to wait" in outcome


@pytest.mark.parametrize(
    "scenario",
    [
        "testHandler_Fail",
        "testHandler_Wait_Secondary_Limits",
        "testHandler_Wait_Secondary_Limits_Body_Marker_Only",
        "testHandler_Wait_Secondary_Limits_Too_Many_Requests",
        "testHandler_Wait_Secondary_Limits_Too_Many_Requests_Date_Retry_After",
        "testHandler_Wait_Secondary_Limits_Too_Many_Requests_Date_Retry_After_Missing_Date_Header",
        "testHandler_Wait_Secondary_Limits_Too_Many_Requests_No_Retry_After",
    ],
)
def test_recorded_rate_limits_of_github_are_waited_for(server: ApiServer, samples: Path, scenario: str) -> None:
    folder = samples / "github/hub4j-rate-limits" / scenario / "mappings"
    recorded = [json.loads(path.read_text())["response"] for path in sorted(folder.glob("*.json"))]
    limited = next(response for response in recorded if response["status"] in (403, 429))
    answers = iter([_filled_in(limited), Reply({"ok": True})])
    server.serve({"/v2/thing": lambda request: next(answers)})
    slept: list[float] = []
    with api(server, slept) as client:
        assert client.get("thing").json == {"ok": True}
    asked = limited["headers"].get("Retry-After")
    if asked is None:
        assert slept[0] > 0
    else:
        assert slept == [pytest.approx(int(asked) if asked.isdigit() else 9, abs=2)]


def _filled_in(response: dict[str, Any]) -> Reply:
    """The recorded answer with the templates in its headers filled in."""

    def instant(match: re.Match[str]) -> str:
        offset = re.search(r"offset='(\d+) seconds'", match[0])
        at = datetime.now(UTC) + timedelta(seconds=int(offset[1]) if offset else 0)
        return f"{at.timestamp():.0f}" if "format='unix'" in match[0] else format_datetime(at, usegmt=True)

    headers = {
        name: re.sub(r"\{\{.*?\}\}", instant, value)
        for name, value in response["headers"].items()
        if isinstance(value, str)
    }
    return Reply(
        response["body"].encode(), response["status"], headers if "Date" in headers else {**headers, "Date": ""}
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_a_refusal_is_one_clear_error_at_once(server: ApiServer, status: int) -> None:
    server.serve({"/v2/thing": lambda request: Reply({"error": BODY_TEXT}, status)})
    error = error_of(api(server), params={"email": "amy@example.com"})
    assert isinstance(error, InputError)
    assert f"source 'src': GET {server.url}/v2/thing: status {status}: " in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 422])
def test_an_expected_status_is_an_answer_even_without_json(server: ApiServer, status: int) -> None:
    server.serve({"/v2/thing": lambda request: Reply(b"<html>", status, {"Content-Type": "text/html"})})
    with api(server) as client:
        assert client.get("thing", expected=[status]).status == status


def test_no_secret_query_or_body_is_in_any_error_or_log_record(
    server: ApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    basic = base64.b64encode(f"amy@example.com/token:{SECRET}".encode()).decode()
    routes = (
        ROUTES
        | {
            f"/v2/{status}": lambda request, status=status: Reply({"error": BODY_TEXT, "seen": request.headers}, status)
            for status in (400, 401, 403, 404, 422)
        }
        | {"/v2/html": lambda request: Reply(BODY_TEXT.encode(), headers={"Content-Type": "text/html"})}
    )
    said = []
    for path in ("400", "401", "403", "404", "422", "html"):
        server.serve(routes)
        said.append(error_of(api(server), path, params={"q": "asked-for"}))
        assert server.requests[0].headers["authorization"] == f"Basic {basic}"
    for kind in set(FAILURES) - {"slow"}:
        server.serve(routes, [Fault(kind)] * ATTEMPTS)
        said.append(error_of(api(server)))
    said.append(error_of(api(server), f"http://amy:{SECRET}@other.example.com/v2/thing"))
    texts = [str(error) for error in said] + [record.getMessage() for record in caplog.records]
    for hidden in (SECRET, basic, BODY_TEXT):
        assert not [text for text in texts if hidden in text]
    assert not [error for error in said if "asked-for" in str(error)]


def test_a_redirect_on_the_same_host_is_followed(server: ApiServer) -> None:
    moved = {"/v2/old": lambda request: Reply(status=301, headers={"Location": "/v2/thing"})}
    server.serve(ROUTES | moved)
    with api(server) as client:
        assert client.get("old").json["text"] == BODY_TEXT


def test_a_redirect_to_another_host_is_not_followed(server: ApiServer) -> None:
    with serving(ROUTES) as other:
        server.serve({"/v2/old": lambda request: Reply(status=302, headers={"Location": f"{other.url}/v2/thing"})})
        assert isinstance(error_of(api(server), "old"), InputError)
        assert isinstance(error_of(api(server), f"{other.url}/v2/thing"), InputError)
        assert other.requests == []


def test_redirects_in_a_circle_are_an_error(server: ApiServer) -> None:
    server.serve({"/v2/old": lambda request: Reply(status=302, headers={"Location": "/v2/old"})})
    assert "redirects without end" in str(error_of(api(server), "old"))


def test_a_page_in_place_of_json_is_an_error_at_once(server: ApiServer) -> None:
    server.serve(
        {"/v2/thing": lambda request: Reply(b"<html>Sign in", headers={"Content-Type": "text/html; charset=utf-8"})}
    )
    error = error_of(api(server))
    assert isinstance(error, InputError)
    assert "expected JSON, got text/html" in str(error)
    assert len(server.requests) == 1


def test_nothing_changed_has_no_json(server: ApiServer) -> None:
    server.serve({"/v2/thing": lambda request: Reply(status=304, headers={"ETag": '"1"'})})
    with api(server) as client:
        answer = client.get("thing", headers={"If-None-Match": '"1"'})
    assert (answer.status, answer.json, answer.headers["etag"]) == (304, None, '"1"')
    assert server.requests[0].headers["if-none-match"] == '"1"'


def test_the_next_page_is_that_of_the_link_header(server: ApiServer) -> None:
    def paged(request: Request) -> Reply:
        if request.query.get("page") == "2":
            return Reply([2])
        return Reply(
            [1], headers={"Link": f'<{request.base}/v2/paged?page=2>; rel="next", <{request.base}/>; rel="last"'}
        )

    server.serve({"/v2/paged": paged})
    with api(server) as client:
        first = client.get("paged", params={"per_page": 1})
        assert first.next_url is not None
        second = client.get(first.next_url)
    assert (first.json, second.json, second.next_url) == ([1], [2], None)


@pytest.mark.parametrize(("code", "kind"), [(socket.EAI_NONAME, InputError), (socket.EAI_AGAIN, TryAgain)])
def test_a_host_that_does_not_exist_is_told_from_a_name_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception]
) -> None:
    def no_address(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(code, "as the resolver says")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    error = error_of(Api("src", "https://nowhere.zendesk.com", sleep=lambda seconds: None))
    assert type(error) is kind
    assert "nowhere.zendesk.com" in str(error)


def test_nobody_listening_may_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert isinstance(error_of(Api("src", f"http://127.0.0.1:{port}", sleep=lambda seconds: None)), TryAgain)


@pytest.mark.slow
@settings(max_examples=20)
@given(schedules())
def test_whatever_goes_wrong_the_answer_is_the_same(server: ApiServer, faults: list[Fault]) -> None:
    server.serve(ROUTES, faults)
    with api(server) as client:
        answers = [client.get("thing", params={"n": "1"}).json for _ in range(4)]
    assert answers == [{"text": BODY_TEXT, "q": {"n": "1"}}] * 4


@pytest.mark.slow
@settings(max_examples=15)
@given(schedules(rows=1))
def test_threads_may_share_it(server: ApiServer, faults: list[Fault]) -> None:
    routes: dict[str, Any] = {r"/v2/things/(\d+)": lambda request: {"id": request.groups[0]}}
    server.serve(routes, [fault for fault in faults if fault.kind != "repeat"])
    with api(server) as client, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: client.get(f"things/{number}").json["id"], range(8)))
    assert answers == [str(number) for number in range(8)]


WRITES = ("post", "put")


def written(server: ApiServer, method: str, faults: list[Fault]) -> tuple[list[Any], list[float], SourcingError | None]:
    """What of one write was carried out, the waits, and its error; `server` has seen the requests."""
    done: list[Any] = []

    def do(request: Request) -> Any:
        done.append((request.method, request.json()))
        return {"ok": True}

    server.serve({"/v2/thing": do}, faults)
    slept: list[float] = []
    with api(server, slept) as client:
        try:
            assert getattr(client, method)("thing", {"text": BODY_TEXT}).json == {"ok": True}
        except SourcingError as error:
            return done, slept, error
    return done, slept, None


@pytest.mark.parametrize("method", WRITES)
def test_a_write_sends_its_body_as_json(server: ApiServer, method: str) -> None:
    assert written(server, method, []) == ([(method.upper(), {"text": BODY_TEXT})], [], None)
    assert server.requests[0].headers["content-type"] == "application/json"


def test_a_put_without_a_body_sends_none(server: ApiServer) -> None:
    server.serve(ROUTES)
    with api(server) as client:
        client.put("thing")
    assert (server.requests[0].method, server.requests[0].body) == ("PUT", b"")


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("kind", [kind for kind in NOT_CARRIED_OUT if kind != "unheard"])
def test_a_write_that_was_one_too_many_is_tried_again(server: ApiServer, method: str, kind: Kind) -> None:
    done, slept, error = written(server, method, [Fault(kind, 7)] * 2)
    assert (len(done), error) == (1, None)
    assert slept == [pytest.approx(8, abs=1.5)] * 2
    done, slept, error = written(server, method, [Fault(kind)] * ATTEMPTS)
    assert (done, len(slept), type(error)) == ([], ATTEMPTS - 1, TryAgain)
    assert f"{ATTEMPTS} attempts failed" in str(error)


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("kind", [*(kind for kind in FAILURES if kind not in NOT_CARRIED_OUT), "unheard"])
def test_a_write_that_may_have_been_carried_out_is_never_tried_again(
    server: ApiServer, method: str, kind: Kind
) -> None:
    done, slept, error = written(server, method, [Fault(kind)])
    assert (len(done), slept, type(error)) == (0 if kind == "unheard" else 1, [], TryAgain)
    assert len(server.requests) == 1
    assert f"source 'src': {method.upper()} {server.url}/v2/thing: " in str(error)
    assert "it may have been carried out all the same" in str(error)


@pytest.mark.parametrize("method", WRITES)
def test_a_write_is_tried_again_while_nobody_listens(method: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    slept: list[float] = []
    with Api("src", f"http://127.0.0.1:{port}", sleep=slept.append) as client, pytest.raises(TryAgain) as caught:
        getattr(client, method)("thing", {})
    assert len(slept) == ATTEMPTS - 1
    assert f"{ATTEMPTS} attempts failed" in str(caught.value)


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422])
def test_a_write_that_is_refused_is_one_clear_error_without_its_body(
    server: ApiServer, method: str, status: int
) -> None:
    server.serve({"/v2/thing": lambda request: Reply(request.json(), status)})
    with api(server) as client, pytest.raises(InputError) as caught:
        getattr(client, method)("thing", {"text": BODY_TEXT})
    assert f"{method.upper()} {server.url}/v2/thing: status {status}: " in str(caught.value)
    assert BODY_TEXT not in str(caught.value)
    assert len(server.requests) == 1
    with api(server) as client:
        assert getattr(client, method)("thing", {"n": 1}, expected=[status]).json == {"n": 1}


@pytest.mark.parametrize("method", WRITES)
def test_a_write_goes_nowhere_else(server: ApiServer, method: str) -> None:
    server.serve(ROUTES | {"/v2/old": lambda request: Reply(status=307, headers={"Location": "/v2/thing"})})
    with api(server) as client:
        for url in ("old", "http://other.example.com/v2/thing"):
            with pytest.raises(InputError, match="not followed"):
                getattr(client, method)(url, {})
    assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["https://api.example.com/v1", "http://127.0.0.1:80", "http://localhost/api"])
def test_a_secret_may_be_sent_by_https_or_to_this_machine(url: str) -> None:
    assert TypeAdapter(ApiUrl).validate_python(url) == url


@pytest.mark.parametrize("url", ["http://api.example.com", "https://amy:pw@example.com", "example.com", "https://"])
def test_a_secret_may_not_be_sent_in_the_open(url: str) -> None:
    with pytest.raises(ValidationError, match="must begin with https"):
        TypeAdapter(ApiUrl).validate_python(url)


def test_a_secret_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", f"  {SECRET}\n")
    assert secret("src", "SOME_TOKEN", "system.token_variable") == SECRET


@pytest.mark.parametrize("value", ["", "  ", f"{SECRET}é", f"{SECRET}\n{SECRET}"])
def test_a_secret_that_cannot_be_one_is_named_by_its_variable_only(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setitem(os.environ, "SOME_TOKEN", value)
    with pytest.raises(InputError, match=r"SOME_TOKEN .*sources\.src\.system\.token_variable") as caught:
        secret("src", "SOME_TOKEN", "system.token_variable")
    assert SECRET not in str(caught.value)
