import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.errors import InputError, SourcingError, TryAgain
from sourcing_pipeline.sources.annotation.provider import Form, Point, Task
from sourcing_pipeline.sources.annotation.providers import surge
from sourcing_pipeline.sources.annotation.providers.surge import NOTE, RESPONSE, Surge
from sourcing_pipeline.sources.http import ATTEMPTS, Api
from sourcing_pipeline_tests.sources.annotation.providers.surge_server import SurgeAccount
from sourcing_pipeline_tests.sources.api_server import (
    FAILURES,
    NOT_CARRIED_OUT,
    TIMEOUT_SECONDS,
    ApiServer,
    Fault,
    Kind,
    Reply,
    serving,
)

KEY = "surge-5f0c1a-never-shown"
TEXT = "text-of-a-row"
PRICE_USD = 0.5
POINTS = (Point("concise", "The answer isn't long."), Point("cited", "It names {{sources}} & <b>pages</b>."))
WRITE = Form("support", "write", "# Write well\n\nUse <b> & {{name}}.", POINTS, PRICE_USD, annotators=2)
RATE = replace(WRITE, kind="rate")
LOST: tuple[Kind, ...] = tuple(kind for kind in FAILURES if kind not in ("slow", *NOT_CARRIED_OUT))


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    with serving({}) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SURGE_API_KEY", KEY)
        patch.setattr(surge, "Api", partial(Api, sleep=lambda seconds: None, timeout_seconds=TIMEOUT_SECONDS))
        yield running


@pytest.fixture
def account(server: ApiServer) -> SurgeAccount:
    return standing(server)


def standing(server: ApiServer, faults: Sequence[Fault] = (), **options: Any) -> SurgeAccount:
    made = SurgeAccount(KEY, **options)
    server.serve(made.routes(), faults)
    return made


def provider(server: ApiServer, **options: Any) -> Surge:
    return Surge(**({"url": f"{server.url}/api"} | options))


def tasks(n: int, kind: Any = "write") -> list[Task]:
    response = None if kind == "write" else f"{TEXT} answered"
    return [Task(f"key-{number}", kind, f"{TEXT} {number}", response) for number in range(n)]


def until_sent(server: ApiServer, form: Form, given: list[Task]) -> None:
    """Call `send` until it succeeds."""
    for _ in range(100):
        with suppress(TryAgain):
            return provider(server).send(form, given)
    raise AssertionError("not sent after 100 calls")


def error_of(server: ApiServer, form: Form = WRITE, given: Sequence[Task] = (), **options: Any) -> SourcingError:
    with pytest.raises(SourcingError) as caught:
        provider(server, **options).send(form, given or tasks(2))
    return caught.value


def posted(server: ApiServer) -> list[str]:
    """What was asked that changes something."""
    return [f"{one.method} {one.path}" for one in server.requests if one.method != "GET"]


def test_a_campaign_becomes_a_launched_project_with_its_tasks(server: ApiServer, account: SurgeAccount) -> None:
    provider(server).send(WRITE, tasks(3))
    (project,) = account.projects
    assert (project["name"], project["status"], project["private_workforce"]) == (
        "support (write)",
        "in_progress",
        False,
    )
    assert (project["num_workers_per_task"], project["payment_per_response"]) == (2, PRICE_USD)
    assert account.keys() == {"key-0": 1, "key-1": 1, "key-2": 1}
    assert account.charged_usd == 3 * 2 * PRICE_USD


def test_a_project_shows_its_texts_as_they_are_written(server: ApiServer, account: SurgeAccount) -> None:
    provider(server).send(RATE, [Task("k", "rate", "Is 1 < 2 && {{key}}?", "It's </pre><script>")])
    (project,) = account.projects
    assert "# Write well\n\nUse &lt;b&gt; &amp; &#123;&#123;name&#125;&#125;." in project["instructions"]
    assert "{{instruction}}</pre>" in project["fields_template"]
    assert "{{response}}</pre>" in project["fields_template"]
    assert account.task("k")["fields"] == {
        "key": "k",
        "instruction": "Is 1 &lt; 2 &amp;&amp; &#123;&#123;key&#125;&#125;?",
        "response": "It's &lt;/pre&gt;&lt;script&gt;",
    }


def test_a_project_asks_for_the_response_or_for_every_point(server: ApiServer, account: SurgeAccount) -> None:
    provider(server).send(WRITE, tasks(1))
    provider(server).send(RATE, [Task("rated", "rate", TEXT, TEXT)])
    write, rate = account.projects
    assert [(one["text"], one["required"]) for one in write["questions"]] == [(RESPONSE, True), (NOTE, False)]
    assert [one["type"] for one in rate["questions"]] == ["multiple_choice", "multiple_choice", "free_response"]
    assert rate["questions"][0]["text"] == "The answer isn't long."
    assert rate["questions"][0]["options"] == ["Met", "Not met", "Does not apply"]
    assert "{{response}}" not in write["fields_template"]


def test_your_own_annotators_can_do_the_work(server: ApiServer, account: SurgeAccount) -> None:
    provider(server, private_workforce=True).send(WRITE, tasks(1))
    assert account.projects[0]["private_workforce"] is True


def test_what_is_there_is_not_sent_again(server: ApiServer) -> None:
    account = standing(server, tasks_page=7)
    provider(server).send(WRITE, tasks(30))
    server.requests.clear()
    provider(server).send(WRITE, [*tasks(31), *tasks(31)])
    assert account.keys() == {f"key-{number}": 1 for number in range(31)}
    assert account.charged_usd == 31 * 2 * PRICE_USD
    assert posted(server) == ["POST /api/projects/p-0/tasks/create_tasks"]
    server.requests.clear()
    provider(server).send(WRITE, tasks(31))
    assert posted(server) == []


def test_many_tasks_are_sent_in_several_requests(
    server: ApiServer, account: SurgeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surge, "SENT_AT_ONCE", 4)
    provider(server).send(WRITE, tasks(9))
    assert posted(server).count("POST /api/projects/p-0/tasks/create_tasks") == 3
    assert account.charged_usd == 9 * 2 * PRICE_USD


def test_without_tasks_nothing_is_asked(server: ApiServer, account: SurgeAccount) -> None:
    provider(server).send(WRITE, [])
    assert server.requests == []


def test_the_project_is_found_on_any_page(server: ApiServer) -> None:
    account = standing(server, projects_page=3)
    account.new_project("support (write)", payment_per_response=PRICE_USD, num_workers_per_task=2)
    for number in range(8):
        account.new_project(f"another {number}")
    provider(server).send(WRITE, tasks(1))
    assert account.task("key-0")["project_id"] == "p-0"


def test_of_two_projects_the_oldest_is_used(server: ApiServer, account: SurgeAccount) -> None:
    account.new_project("support (write)")
    account.new_project("support (write)")
    provider(server).send(WRITE, tasks(1))
    assert account.task("key-0")["project_id"] == "p-0"


def test_when_two_processes_create_the_project_both_use_the_oldest(server: ApiServer, account: SurgeAccount) -> None:
    create = account.routes()["/api/projects"]

    def meanwhile(request: Any) -> Any:
        if request.method == "POST":
            account.new_project("support (write)")
        return create(request)

    server.serve({"/api/projects": meanwhile, **{k: v for k, v in account.routes().items() if k != "/api/projects"}})
    provider(server).send(WRITE, tasks(1))
    assert len(account.projects) == 2
    assert account.task("key-0")["project_id"] == "p-0"


def test_a_form_with_another_price_or_rubric_changes_the_project(server: ApiServer, account: SurgeAccount) -> None:
    provider(server).send(WRITE, tasks(1))
    provider(server).send(replace(WRITE, price_usd=0.75, rubric="# Better"), tasks(2))
    (project,) = account.projects
    assert (project["payment_per_response"], project["num_workers_per_task"]) == (0.75, 2)
    assert "# Better" in project["instructions"]
    assert account.charged_usd == 2 * 0.5 + 2 * 0.75


def test_a_form_with_other_questions_is_refused_before_anything_is_paid(
    server: ApiServer, account: SurgeAccount
) -> None:
    provider(server).send(RATE, tasks(1, "rate"))
    error = error_of(server, replace(RATE, points=(*POINTS, Point("new", TEXT))), tasks(2, "rate"))
    assert isinstance(error, InputError)
    assert "Surge, project 'support (rate)': it asks other questions than the rubric" in str(error)
    assert TEXT not in str(error)
    assert account.charged_usd == 2 * PRICE_USD


def test_a_project_that_was_paused_stays_so_and_one_that_was_cancelled_is_refused(
    server: ApiServer, account: SurgeAccount
) -> None:
    provider(server).send(WRITE, tasks(1))
    account.projects[0]["status"] = "paused"
    provider(server).send(WRITE, tasks(2))
    assert account.projects[0]["status"] == "paused"
    account.projects[0]["status"] = "canceled"
    assert "it was cancelled" in str(error_of(server, WRITE, tasks(3)))


def test_a_completed_project_is_launched_again_for_new_tasks_only(server: ApiServer, account: SurgeAccount) -> None:
    provider(server).send(WRITE, tasks(1))
    for worker in ("W1", "W2"):
        account.respond("key-0", {RESPONSE: "Fine."}, worker)
    assert account.projects[0]["status"] == "completed"
    provider(server).send(WRITE, tasks(1))
    assert account.projects[0]["status"] == "completed"
    provider(server).send(WRITE, tasks(2))
    assert account.projects[0]["status"] == "in_progress"
    assert account.charged_usd == 2 * 2 * PRICE_USD


def test_written_responses_come_back(server: ApiServer, account: SurgeAccount) -> None:
    provider(server).send(WRITE, tasks(1))
    account.respond("key-0", {RESPONSE: "One < two.", NOTE: "hard to say"}, "W1", 12.5)
    account.respond("key-0", {RESPONSE: " ", NOTE: "no such product"}, "W2", None)
    one, other = provider(server).answers(WRITE, None)
    assert (one.task_key, one.annotator, one.response, one.note) == ("key-0", "W1", "One < two.", "hard to say")
    assert (one.seconds, one.skipped) == (12.5, False)
    assert one.submitted_at.tzinfo is not None
    assert (other.annotator, other.response, other.note) == ("W2", None, "no such product")
    assert (other.seconds, other.skipped) == (None, True)
    assert one.id != other.id


@pytest.mark.parametrize("shown", [lambda text: text, lambda text: text.replace("&", "&amp;").replace("<", "&lt;")])
def test_ratings_come_back_by_point_and_unknown_ones_are_left_out(
    server: ApiServer, account: SurgeAccount, shown: Callable[[str], str]
) -> None:
    provider(server).send(RATE, tasks(1, "rate"))
    concise, cited = (shown(point.text) for point in POINTS)
    account.respond("key-0", {concise: "Met", cited: "Not met", "Another question?": "Met"}, "W1")
    account.respond("key-0", {concise: "Rather", cited: "Does not apply"}, "W2")
    one, other = provider(server).answers(RATE, None)
    assert dict(one.points) == {"concise": "met", "cited": "not_met"}
    assert dict(other.points) == {"cited": "does_not_apply"}
    assert (one.response, one.skipped, other.skipped) == (None, False, False)


def test_answers_stream_over_pages_and_leave_out_what_was_made_by_hand(server: ApiServer) -> None:
    account = standing(server, tasks_page=4)
    provider(server).send(WRITE, tasks(6))
    for number in range(6):
        account.respond(f"key-{number}", {RESPONSE: f"{number}"})
    for fields in ({}, {"id": "163"}, {"key": 7}):
        made = account.by_hand(account.projects[0], fields)
        made["responses"].append({"id": "r", "data": {}, "completed_at": made["created_at"], "worker_id": "W"})
    server.requests.clear()
    streamed = provider(server).answers(WRITE, None)
    assert [next(streamed).response for _ in range(4)] == ["0", "1", "2", "3"]
    assert server.requests[-1].query == {"page": "1"}
    assert [answer.response for answer in streamed] == ["4", "5"]


def test_an_answer_that_was_corrected_after_since_is_among_the_answers(
    server: ApiServer, account: SurgeAccount
) -> None:
    provider(server).send(WRITE, tasks(2))
    corrected = account.respond("key-0", {RESPONSE: "old"})
    later = account.respond("key-1", {RESPONSE: "later"})
    corrected["data"] = {RESPONSE: "corrected"}
    since = datetime.fromisoformat(later["completed_at"])
    assert [answer.response for answer in provider(server).answers(WRITE, since)] == ["corrected", "later"]


def test_a_response_that_is_not_submitted_yet_is_no_answer(server: ApiServer, account: SurgeAccount) -> None:
    provider(server).send(WRITE, tasks(1))
    account.respond("key-0", {RESPONSE: "draft"})["completed_at"] = None
    assert list(provider(server).answers(WRITE, None)) == []


def test_a_campaign_that_was_never_sent_has_no_answers(server: ApiServer, account: SurgeAccount) -> None:
    assert list(provider(server).answers(WRITE, None)) == []
    assert posted(server) == []


def test_recorded_projects_and_tasks_can_be_read(server: ApiServer, account: SurgeAccount, samples: Path) -> None:
    project = json.loads((samples / "surge/projects.json").read_text())[0]
    (task,) = json.loads((samples / "surge/tasks.json").read_text())
    question = next(iter(task["responses"][0]["data"]))
    account.projects.append(project | {"name": "support (rate)"})
    account.tasks.append(task)
    form = replace(RATE, points=(Point("result", question),))
    assert list(provider(server).answers(form, None)) == []
    task["fields"]["key"] = "k"
    (answer,) = provider(server).answers(form, None)
    assert (answer.id, answer.annotator) == (task["responses"][0]["id"], task["responses"][0]["worker_id"])
    assert answer.submitted_at == datetime(2021, 1, 22, 20, 57, 13, 273_000, tzinfo=UTC)
    assert (answer.seconds, answer.points) == (None, {})
    task["responses"][0]["data"][question] = "Not met"
    (answer,) = provider(server).answers(form, None)
    assert answer.points == {"result": "not_met"}


@pytest.mark.parametrize("broken", [{"data": TEXT}, {"data": None}, {"completed_at": TEXT}, {"worker_id": [TEXT]}])
def test_an_answer_of_foreign_structure_is_named_and_not_shown(
    server: ApiServer, account: SurgeAccount, broken: dict[str, Any]
) -> None:
    provider(server).send(WRITE, tasks(1))
    response = account.respond("key-0", {RESPONSE: "fine"})
    response |= broken
    with pytest.raises(InputError) as caught:
        list(provider(server).answers(WRITE, None))
    assert f"Surge, project 'support (write)': task t-0: answer {response['id']}: " in str(caught.value)
    assert TEXT not in str(caught.value)


@pytest.mark.parametrize("body", [{"projects": []}, [TEXT], [{"name": TEXT}], TEXT])
def test_a_list_of_foreign_structure_is_not_surges(server: ApiServer, body: Any) -> None:
    server.serve({"/api/projects": lambda request: Reply(body)})
    error = error_of(server)
    assert isinstance(error, InputError)
    assert "check provider.url" in str(error)
    assert TEXT not in str(error)


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize(
    "lost", ["POST /api/projects", "POST /api/projects/p-0/tasks/create_tasks", "PUT /api/projects/p-0/launch"]
)
def test_a_lost_reply_is_not_paid_for_twice(server: ApiServer, lost: str, kind: Kind) -> None:
    before = {"POST /api/projects": 1, "POST /api/projects/p-0/tasks/create_tasks": 5}.get(lost, 7)
    account = standing(server, [*[Fault()] * before, Fault(kind)])
    error = error_of(server)
    assert isinstance(error, TryAgain)
    assert posted(server)[-1] == lost
    assert "may have been carried out" in str(error)
    provider(server).send(WRITE, tasks(2))
    assert len(account.projects) == 1
    assert account.keys() == {"key-0": 1, "key-1": 1}
    assert account.charged_usd == 2 * 2 * PRICE_USD


class _KilledError(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("asked", range(9))
def test_killed_halfway_and_called_again_it_pays_once(
    server: ApiServer, account: SurgeAccount, monkeypatch: pytest.MonkeyPatch, asked: int
) -> None:
    monkeypatch.setattr(surge, "SENT_AT_ONCE", 2)
    once, calls = Api._once, iter(range(100))

    def dying(*given: Any) -> Any:
        if next(calls) == asked:
            raise _KilledError
        return once(*given)

    with monkeypatch.context() as patch:
        patch.setattr(Api, "_once", dying)
        with pytest.raises(_KilledError):
            provider(server).send(WRITE, tasks(3))
    provider(server).send(WRITE, tasks(3))
    assert account.keys() == {"key-0": 1, "key-1": 1, "key-2": 1}
    assert account.charged_usd == 3 * 2 * PRICE_USD


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(st.sampled_from(("none", *LOST, *NOT_CARRIED_OUT)), max_size=25), st.integers(1, 3), st.integers(1, 6))
def test_whatever_goes_wrong_each_task_is_there_once_and_paid_once(
    server: ApiServer, kinds: list[Kind], annotators: int, n: int
) -> None:
    account = standing(server, [Fault(kind) for kind in kinds], tasks_page=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surge, "SENT_AT_ONCE", 2)
        until_sent(server, replace(WRITE, annotators=annotators), tasks(n))
    assert len(account.projects) == 1
    assert account.keys() == {f"key-{number}": 1 for number in range(n)}
    assert account.projects[0]["num_workers_per_task"] == annotators
    assert account.charged_usd == n * annotators * PRICE_USD


@pytest.mark.parametrize(
    ("status", "kind", "mend"),
    [
        (400, InputError, "the request was refused"),
        (401, InputError, "the credentials were refused"),
        (402, InputError, "check the funds"),
        (403, InputError, "permission"),
        (404, InputError, "no such thing"),
        (422, InputError, "the request was refused"),
        (408, TryAgain, "may have been carried out"),
        (429, TryAgain, f"{ATTEMPTS} attempts failed"),
        (500, TryAgain, "may have been carried out"),
        (503, TryAgain, "may have been carried out"),
    ],
)
def test_each_refusal_is_the_right_error_and_quotes_nothing(
    server: ApiServer, account: SurgeAccount, caplog: pytest.LogCaptureFixture, status: int, kind: Any, mend: str
) -> None:
    caplog.set_level(logging.DEBUG)
    words = Reply({"error": f"refused: {TEXT} {KEY}"}, status)
    server.serve(account.routes() | {"/api/projects/([^/]+)/tasks/create_tasks": lambda request: words})
    error = error_of(server)
    assert type(error) is kind
    assert f"source 'support': POST {server.url}/api/projects/p-0/tasks/create_tasks: status {status}" in str(error)
    assert mend in str(error)
    said = [str(error), *(record.getMessage() for record in caplog.records)]
    assert not [one for one in said if TEXT in one or KEY in one]


def test_without_funds_nothing_is_paid_and_the_tasks_wait(server: ApiServer) -> None:
    account = standing(server, funds_usd=0.2)
    error = error_of(server)
    assert isinstance(error, InputError)
    assert "check the funds" in str(error)
    account.funds_usd = 100
    provider(server).send(WRITE, tasks(2))
    assert account.charged_usd == 2 * 2 * PRICE_USD


def test_a_wrong_key_is_refused_and_a_missing_one_named(
    server: ApiServer, account: SurgeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGE_API_KEY", "wrong-key")
    error = error_of(server)
    assert isinstance(error, InputError)
    assert "wrong-key" not in str(error)
    monkeypatch.delenv("SURGE_API_KEY")
    assert "SURGE_API_KEY is not set" in str(error_of(server))


def test_the_key_is_only_sent_by_https() -> None:
    with pytest.raises(ValidationError, match="must begin with https"):
        Surge(url="http://app.surgehq.ai/api")


def test_where_names_the_project() -> None:
    assert Surge().where(RATE) == "https://app.surgehq.ai, project support (rate)"
