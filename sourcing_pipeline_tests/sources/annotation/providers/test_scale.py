import json
import logging
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import scaleapi.api
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.errors import InputError, RecipeError, SourcingError, TryAgain
from sourcing_pipeline.sources.annotation.provider import Form, Point, Task
from sourcing_pipeline.sources.annotation.providers import scale
from sourcing_pipeline.sources.annotation.providers.scale import Scale
from sourcing_pipeline_tests.sources.annotation.providers.scale_server import ScaleAccount
from sourcing_pipeline_tests.sources.api_server import ApiServer, Fault, Kind, Reply, serving

KEY = "live_5f0c1a-never-shown"
TEXT = "text-of-a-row"
PRICE_USD = 2.5
POINTS = (Point("concise", "The answer is concise."), Point("note", "The answer notes its sources."))
WRITE = Form("support", "write", "# Write well", POINTS, PRICE_USD, annotators=2)
RATE = replace(WRITE, kind="rate")
LOST: tuple[Kind, ...] = ("500", "502", "503", "closed", "unheard", "cut", "half_json", "too_many_requests")


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    with serving({}) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCALE_API_KEY", KEY)
        patch.setattr(scaleapi.api, "HTTP_RETRY_BACKOFF_FACTOR", 0)
        yield running


@pytest.fixture
def account(server: ApiServer) -> ScaleAccount:
    return standing(server)


@contextmanager
def sdk_retrying() -> Iterator[None]:
    """The SDK tries again on https only; in this block it does on the stand-in's http too."""
    mount = requests.Session.mount

    def both(session: requests.Session, prefix: str, adapter: Any) -> None:
        mount(session, prefix, adapter)
        if prefix == "https://":
            mount(session, "http://", adapter)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "mount", both)
        yield


def standing(server: ApiServer, faults: tuple[Fault, ...] = (), page: int = 100) -> ScaleAccount:
    made = ScaleAccount(KEY, PRICE_USD, page)
    server.serve(made.routes(), faults)
    return made


def provider(server: ApiServer, **options: Any) -> Scale:
    return Scale(**({"project": "Support / answers", "url": f"{server.url}/v1"} | options))


def tasks(n: int, kind: Any = "write") -> list[Task]:
    response = None if kind == "write" else f"{TEXT} answered"
    return [Task(f"key-{number}", kind, f"{TEXT} {number}", response) for number in range(n)]


def until_sent(server: ApiServer, form: Form, given: list[Task]) -> None:
    """Call `send` until it succeeds."""
    for _ in range(100):
        with suppress(TryAgain):
            return provider(server).send(form, given)
    raise AssertionError("not sent after 100 calls")


def error_of(server: ApiServer, form: Form = WRITE, **options: Any) -> SourcingError:
    with pytest.raises(SourcingError) as caught:
        provider(server, **options).send(form, tasks(2))
    return caught.value


def test_each_task_is_asked_once_of_each_annotator(server: ApiServer, account: ScaleAccount) -> None:
    provider(server).send(WRITE, tasks(3))
    assert account.ids() == [f"key-{task}-{n}" for task in range(3) for n in (1, 2)]
    assert account.charged_usd == 3 * 2 * PRICE_USD
    assert list(account.projects) == ["Support / answers"]


def test_a_task_says_what_is_to_be_written_and_how(server: ApiServer, account: ScaleAccount) -> None:
    provider(server).send(WRITE, tasks(1))
    made = account.task("key-0-2")
    assert made["instruction"] == "# Write well"
    assert made["metadata"] == {"key": "key-0", "campaign": "support", "kind": "write"}
    assert [(field["field_id"], field["required"]) for field in made["params"]["fields"]] == [
        ("response", True),
        ("note", False),
    ]
    assert made["params"]["attachments"] == [{"type": "text", "content": f"**Instruction**\n\n{TEXT} 0"}]


def test_a_task_asks_for_every_point_of_the_rubric(server: ApiServer, account: ScaleAccount) -> None:
    provider(server).send(RATE, tasks(1, "rate"))
    *questions, note = account.task("key-0-1")["params"]["fields"]
    assert [(one["type"], one["title"]) for one in questions] == [("category", point.text) for point in POINTS]
    assert [one["value"] for one in questions[0]["choices"]] == ["met", "not_met", "does_not_apply"]
    assert note["field_id"] == "note"
    assert [one["content"] for one in account.task("key-0-1")["params"]["attachments"]][1].endswith("answered")


def test_html_in_a_text_is_shown_as_it_is_written(server: ApiServer, account: ScaleAccount) -> None:
    text = "Use <script> & `a < b`\n```\n<b>\n```\n> quoted"
    provider(server).send(replace(WRITE, annotators=1), [Task("k", "write", text)])
    (shown,) = account.task("k-1")["params"]["attachments"]
    assert shown["content"].endswith("Use &lt;script> &amp; `a < b`\n```\n<b>\n```\n> quoted")


def test_what_is_there_is_not_sent_again(server: ApiServer, account: ScaleAccount) -> None:
    provider(server).send(WRITE, tasks(30))
    server.requests.clear()
    provider(server).send(WRITE, tasks(31))
    assert account.charged_usd == 31 * 2 * PRICE_USD
    assert sum(one.method == "POST" for one in server.requests) == 2


def test_without_tasks_nothing_is_asked(server: ApiServer, account: ScaleAccount) -> None:
    provider(server).send(WRITE, [])
    assert server.requests == []


def test_written_responses_come_back(server: ApiServer, account: ScaleAccount) -> None:
    provider(server).send(WRITE, tasks(1))
    first = account.complete("key-0-1", {"response": "One.", "note": "hard to say"})
    account.complete("key-0-2", {"response": "  ", "note": "no such product"})
    one, other = provider(server).answers(WRITE, None)
    assert (one.task_key, one.response, one.note, one.skipped) == ("key-0", "One.", "hard to say", False)
    assert (one.id, one.submitted_at) == (account.task("key-0-1")["task_id"], first)
    assert (other.task_key, other.response, other.note, other.skipped) == ("key-0", None, "no such product", True)
    assert one.annotator != other.annotator


def test_ratings_come_back_by_point_and_unknown_ones_are_left_out(server: ApiServer, account: ScaleAccount) -> None:
    provider(server).send(RATE, tasks(1, "rate"))
    account.complete("key-0-1", {"point_concise": "met", "point_note": "not_met", "note": "ok"})
    account.complete("key-0-2", {"point_concise": "somewhat", "point_note": "does_not_apply"})
    one, other = provider(server).answers(RATE, None)
    assert (dict(one.points), one.note, one.response) == ({"concise": "met", "note": "not_met"}, "ok", None)
    assert (dict(other.points), other.skipped) == ({"note": "does_not_apply"}, False)


def test_answers_are_of_the_campaign_and_kind_that_are_asked_for(server: ApiServer, account: ScaleAccount) -> None:
    other = replace(WRITE, campaign="billing")
    provider(server).send(WRITE, [Task("ours", "write", TEXT)])
    provider(server).send(other, [Task("theirs", "write", TEXT)])
    provider(server).send(RATE, [Task("rated", "rate", TEXT, TEXT)])
    for unique_id in account.ids():
        account.complete(unique_id, {"note": "done"})
    account.by_hand("Support / answers")
    account.by_hand("Support / answers", metadata=None, response=None)
    assert [answer.task_key for answer in provider(server).answers(WRITE, None)] == ["ours"] * 2
    assert [answer.task_key for answer in provider(server).answers(other, None)] == ["theirs"] * 2
    assert [answer.task_key for answer in provider(server).answers(RATE, None)] == ["rated"] * 2


def test_answers_stream_over_pages(server: ApiServer) -> None:
    account = standing(server, page=4)
    provider(server).send(WRITE, tasks(5))
    for unique_id in account.ids():
        account.complete(unique_id, {"response": unique_id})
    server.requests.clear()
    streamed = provider(server).answers(WRITE, None)
    assert [next(streamed).response for _ in range(4)] == account.ids()[:4]
    assert len(server.requests) == 2
    assert [answer.response for answer in streamed] == account.ids()[4:]
    assert len(server.requests) == 4


def test_answers_since_an_instant_are_those_submitted_or_changed_then_or_later(
    server: ApiServer, account: ScaleAccount
) -> None:
    provider(server).send(WRITE, tasks(2))
    account.complete("key-0-1", {"response": "old"})
    then = account.complete("key-0-2", {"response": "then"})
    account.complete("key-1-1", {"response": "later"})
    assert [answer.response for answer in provider(server).answers(WRITE, then)] == ["then", "later"]
    account.complete("key-0-1", {"response": "corrected"})
    since = then + timedelta(seconds=90)
    assert [answer.response for answer in provider(server).answers(WRITE, since)] == ["corrected"]


def test_a_campaign_that_was_never_sent_has_no_answers(server: ApiServer, account: ScaleAccount) -> None:
    assert list(provider(server).answers(WRITE, None)) == []
    assert account.projects == {}


def test_recorded_answers_can_be_read(server: ApiServer, account: ScaleAccount, samples: Path) -> None:
    payloads = json.loads((samples / "scale/readme_payloads.json").read_text())
    (response,) = [one["expected_response"] for one in payloads if "expected_response" in one]
    form = replace(RATE, points=(Point("answer_reasonable", "Is it?"),))
    provider(server).send(form, tasks(1, "rate"))
    said = {f"point_{name}": value for name, value in response["annotations"].items()}
    task = account.task("key-0-1")
    task |= {"status": "completed", "completed_at": task["created_at"], "response": {"annotations": said}}
    (answer,) = provider(server).answers(form, None)
    assert answer.points == {}
    said["point_answer_reasonable"]["response"] = [["not_met"]]
    (answer,) = provider(server).answers(form, None)
    assert answer.points == {"answer_reasonable": "not_met"}


@pytest.mark.parametrize(
    "broken",
    [{"response": None}, {"response": {"annotations": [TEXT]}}, {"completed_at": TEXT}, {"response": TEXT}],
)
def test_an_answer_of_foreign_structure_is_named_and_not_shown(
    server: ApiServer, account: ScaleAccount, broken: dict[str, Any]
) -> None:
    provider(server).send(WRITE, tasks(1))
    account.complete("key-0-1", {"response": "fine"})
    task = account.task("key-0-1")
    task |= broken
    with pytest.raises(InputError) as caught:
        list(provider(server).answers(WRITE, None))
    assert f"Scale, project 'Support / answers': answer {task['task_id']}" in str(caught.value)
    assert TEXT not in str(caught.value)


@pytest.mark.parametrize("kind", [kind for kind in LOST if kind not in ("unheard", "too_many_requests")])
def test_a_lost_reply_is_not_paid_for_twice(server: ApiServer, kind: Kind) -> None:
    account = standing(server, (*[Fault()] * 3, Fault(kind)))
    assert isinstance(error_of(server), TryAgain)
    assert account.created == 1
    provider(server).send(WRITE, tasks(2))
    assert account.charged_usd == 2 * 2 * PRICE_USD


@pytest.mark.parametrize("kind", ["500", "503", "too_many_requests"])
def test_the_sdks_own_retry_after_a_lost_reply_is_not_paid_for_twice(server: ApiServer, kind: Kind) -> None:
    account = standing(server, (*[Fault()] * 3, Fault(kind), Fault(kind)))
    with sdk_retrying():
        provider(server).send(WRITE, tasks(2))
    assert account.charged_usd == 2 * 2 * PRICE_USD


def test_the_sdks_own_retry_after_a_broken_connection_is_not_paid_for_twice(server: ApiServer) -> None:
    account = standing(server, (*[Fault()] * 3, Fault("closed")))
    with sdk_retrying():
        assert isinstance(error_of(server), TryAgain)
        provider(server).send(WRITE, tasks(2))
    assert account.charged_usd == 2 * 2 * PRICE_USD


class _KilledError(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("asked", [0, 1, 3, 6])
def test_killed_halfway_and_called_again_it_pays_once(
    server: ApiServer, account: ScaleAccount, monkeypatch: pytest.MonkeyPatch, asked: int
) -> None:
    within, calls = scale._within, iter(range(100))

    def dying(seconds: float, call: Any) -> Any:
        if next(calls) == asked:
            raise _KilledError
        return within(seconds, call)

    with monkeypatch.context() as patch:
        patch.setattr(scale, "_within", dying)
        with pytest.raises(_KilledError):
            provider(server).send(WRITE, tasks(3))
    provider(server).send(WRITE, tasks(3))
    assert account.charged_usd == 3 * 2 * PRICE_USD


@pytest.mark.slow
@settings(max_examples=25)
@given(st.lists(st.sampled_from(("none", *LOST)), max_size=25), st.integers(1, 3), st.integers(1, 4))
def test_whatever_goes_wrong_each_task_is_there_once_for_each_annotator(
    server: ApiServer, kinds: list[Kind], annotators: int, n: int
) -> None:
    account = standing(server, tuple(Fault(kind) for kind in kinds))
    until_sent(server, replace(WRITE, annotators=annotators), tasks(n))
    keys = Counter(task["metadata"]["key"] for task in account.tasks)
    assert keys == {f"key-{number}": annotators for number in range(n)}
    assert account.charged_usd == n * annotators * PRICE_USD


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(st.sampled_from(("none", *LOST)), max_size=25))
def test_whatever_goes_wrong_with_the_sdks_own_retries_it_is_the_same(server: ApiServer, kinds: list[Kind]) -> None:
    account = standing(server, tuple(Fault(kind) for kind in kinds))
    with sdk_retrying():
        until_sent(server, WRITE, tasks(3))
    assert account.ids() == [f"key-{task}-{n}" for task in range(3) for n in (1, 2)]
    assert account.charged_usd == 3 * 2 * PRICE_USD


@pytest.mark.parametrize(
    ("status", "kind", "mend"),
    [
        (400, InputError, "the request was refused"),
        (401, InputError, "provider.key_variable"),
        (402, InputError, "enable text collection"),
        (403, InputError, "permission"),
        (404, InputError, "no such thing"),
        (422, InputError, "the request was refused"),
        (408, TryAgain, "run it again"),
        (429, TryAgain, "run it again"),
        (500, TryAgain, "run it again"),
        (503, TryAgain, "run it again"),
        (504, TryAgain, "run it again"),
    ],
)
def test_each_refusal_is_the_right_error_and_quotes_nothing(
    server: ApiServer, account: ScaleAccount, caplog: pytest.LogCaptureFixture, status: int, kind: Any, mend: str
) -> None:
    caplog.set_level(logging.DEBUG)
    words = Reply({"status_code": status, "error": f"refused: {TEXT} {KEY}"}, status)
    server.serve(account.routes() | {"/v1/task/textcollection": lambda request: words})
    error = error_of(server)
    assert type(error) is kind
    assert "source 'support': Scale, project 'Support / answers': creating task key-0-1: " in str(error)
    assert mend in str(error)
    said = [str(error), *(record.getMessage() for record in caplog.records)]
    assert not [one for one in said if TEXT in one or KEY in one]
    assert error.__suppress_context__


def test_a_wrong_key_is_refused_by_its_variable_only(
    server: ApiServer, account: ScaleAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCALE_API_KEY", "wrong-key")
    assert "provider.key_variable" in str(error_of(server))
    monkeypatch.delenv("SCALE_API_KEY")
    assert "SCALE_API_KEY is not set" in str(error_of(server))


def test_a_request_that_scale_finds_wrong_is_not_quoted(server: ApiServer, account: ScaleAccount) -> None:
    error = error_of(server, replace(RATE, points=(Point("empty", ""),)))
    assert isinstance(error, InputError)
    assert "status 400" in str(error)
    assert TEXT not in str(error)


def test_an_id_of_another_campaign_is_not_taken_for_ours(server: ApiServer, account: ScaleAccount) -> None:
    provider(server, project="theirs").send(replace(WRITE, campaign="billing"), tasks(1))
    error = error_of(server)
    assert isinstance(error, InputError)
    assert "has a task key-0-1 already, of another campaign or kind" in str(error)


def test_a_project_of_another_type_is_refused(server: ApiServer, account: ScaleAccount) -> None:
    account.projects["Support / answers"] = {"name": "Support / answers", "type": "comparison", "param_history": []}
    error = error_of(server)
    assert isinstance(error, InputError)
    assert "it is not of type textcollection" in str(error)


def test_a_project_that_somebody_makes_meanwhile_is_used(server: ApiServer, account: ScaleAccount) -> None:
    account.projects["Support / answers"] = {"name": "Support / answers", "type": "textcollection", "param_history": []}
    server.serve(account.routes() | {"/v1/projects/(.+)": lambda request: Reply({"error": "none yet"}, 404)})
    provider(server).send(WRITE, tasks(1))
    assert account.ids() == ["key-0-1", "key-0-2"]


def test_a_page_in_place_of_json_is_an_error_that_names_the_url(server: ApiServer) -> None:
    server.serve({".*": lambda request: Reply(b"<html>Sign in", headers={"Content-Type": "text/html"})})
    error = error_of(server)
    assert isinstance(error, TryAgain)
    assert "check provider.url" in str(error)


def test_a_host_that_does_not_exist_is_the_recipes_fault(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_address(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "as the resolver says")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    error = error_of(server, url="https://nowhere.example.com/v1")
    assert isinstance(error, InputError)
    assert "there is no host nowhere.example.com" in str(error)


def test_nobody_listening_may_pass(server: ApiServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert isinstance(error_of(server, url=f"http://127.0.0.1:{port}/v1"), TryAgain)


def test_a_silent_server_is_not_waited_for_without_end(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "ANSWER_SECONDS", 0.2)
    standing(server, (Fault("slow"),))
    error = error_of(server)
    assert isinstance(error, TryAgain)
    assert "no answer within 0.2 s" in str(error)


def test_without_the_sdk_it_names_the_extra(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scaleapi", None)
    error = error_of(server)
    assert isinstance(error, RecipeError)
    assert "pip install 'sourcing-pipeline[scale]'" in str(error)


def test_the_key_is_only_sent_by_https() -> None:
    with pytest.raises(ValidationError, match="must begin with https"):
        Scale(project="p", url="http://api.scale.com/v1")


def test_where_names_the_project() -> None:
    assert Scale(project="Support").where(WRITE) == "https://dashboard.scale.com, project Support"
