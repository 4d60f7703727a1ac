"""The exchanges that others recorded with GitHub, served on loopback."""

import ast
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.http import Api
from sourcing_pipeline.sources.pull_requests import PullRequests, github
from sourcing_pipeline.sources.pull_requests.github_details import Connection
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.api_server import ApiServer, Reply, Request, Route, recording, serving

AS_OF = datetime(2027, 1, 1, tzinfo=UTC)
GITHUB = "https://api.github.com"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    with serving({}) as running, pytest.MonkeyPatch.context() as patch:
        patch.setattr(github, "Api", partial(Api, sleep=lambda seconds: None))
        patch.setenv("GITHUB_TOKEN", "t0ken")
        yield running


def recorded(folder: Path) -> dict[str, Route]:
    """The GET requests of one recording of hub4j, answered as they were."""
    routes: dict[str, Route] = {}
    for file in sorted((folder / "mappings").iterdir(), key=lambda path: int(path.name.partition("-")[0])):
        mapping = json.loads(file.read_text("utf-8"))
        request, response = mapping["request"], mapping["response"]
        if request["method"] == "GET" and "bodyFileName" in response:
            body = folder / "__files" / response["bodyFileName"]
            routes[request["url"].partition("?")[0]] = recording(body, GITHUB, response["status"])
    return routes


def exchange(file: Path) -> Any:
    """The body of the last answer in one of PyGithub's recordings, whose framing is lines."""
    lines = [line for line in file.read_text("utf-8").split("\n") if line]
    assert ast.literal_eval(lines[-2])
    return json.loads(lines[-1])


def read(server: ApiServer, updates: Updates, routes: dict[str, Route], repository: str, **fields: Any) -> Rows:
    server.serve(routes)
    system = {"type": "github", "repositories": [repository], "url": server.url}
    known = {"system": system, "min_description_characters": 0, "max_age_days": None, "approvals": 0} | fields
    source = PullRequests.model_validate(known)
    source.update("src", Window(AS_OF, ZoneInfo("UTC")), updates)
    window = Window(AS_OF, ZoneInfo("UTC"), landed=lambda: updates.landed(None))
    return [row for batch in source.read("src", window) for row in batch.to_pylist()]


def test_a_recorded_review_approves_the_pull_request_it_is_of(
    server: ApiServer, updates: Updates, samples: Path
) -> None:
    routes = recorded(samples / "github/hub4j/checkPullRequestReviewer")
    repository, path = "hub4j-test-org/github-api", "/repos/hub4j-test-org/github-api/pulls/6"
    (pull,) = [route for key, route in routes.items() if key == path]
    merged = {**json.loads(pull(Request("GET", path, {}, {}, server.url)).body), "merged_at": "2021-11-23T11:00:00Z"}
    routes |= {path: lambda _: merged, "/repos/hub4j-test-org/github-api/pulls": lambda _: [merged]}
    routes[f"{path}/files"] = lambda _: exchange(samples / "github/pygithub-lgpl/PullRequest.testGetFiles.txt")[:1]
    (row,) = read(server, updates, routes, repository, approvals=1, license="MIT")
    assert row["drop_reason"] is None
    assert row["partition"] == "2021-11-23"
    assert set(row["person_keys"]) >= {merged["user"]["login"], "sahansera-test2"}
    (row,) = read(server, updates, routes, repository, approvals=2, license="MIT")
    assert row["drop_reason"] == "not_approved"


def test_the_licence_stands_in_a_recorded_repository(server: ApiServer, samples: Path) -> None:
    server.serve(recorded(samples / "github/hub4j/pullRequestReviews"))
    with Api("src", server.url) as api:
        assert Connection("src", lambda: api).license("hub4j-test-org/github-api") == "MIT"


@pytest.mark.parametrize("recorded_pull", ["closed", "converted_to_draft", "labeled", "opened"])
def test_recorded_pull_requests_that_were_not_merged_are_dropped_or_open(
    server: ApiServer, updates: Updates, samples: Path, recorded_pull: str
) -> None:
    event = json.loads((samples / f"github/webhooks/pull_request/{recorded_pull}.payload.json").read_text("utf-8"))
    pull = event["pull_request"]
    rows = read(server, updates, {"/repos/o/r/pulls": lambda _: [pull]}, "o/r")
    expected = ["not_resolved"] if pull["state"] == "closed" else []
    assert [row["drop_reason"] for row in rows] == expected


def test_a_recorded_body_that_is_null_leaves_the_title(server: ApiServer, updates: Updates, samples: Path) -> None:
    event = json.loads((samples / "github/webhooks/pull_request/opened.with-null-body.json").read_text("utf-8"))
    pull = event["pull_request"] | {"state": "closed", "merged_at": "2019-05-15T15:20:33Z"}
    assert pull["body"] is None
    number = pull["number"]
    routes: dict[str, Route] = {
        "/repos/o/r/pulls": lambda _: [pull],
        f"/repos/o/r/pulls/{number}": lambda _: pull,
        f"/repos/o/r/pulls/{number}/files": lambda _: exchange(
            samples / "github/pygithub-lgpl/PullRequest.testGetFiles.txt"
        )[:2],
    }
    (row,) = read(server, updates, routes, "o/r", license="MIT")
    assert row["messages"][0]["content"] == pull["title"]


def test_the_45_files_of_a_recorded_pull_request_make_one_diff(
    server: ApiServer, updates: Updates, samples: Path, tmp_path: Path
) -> None:
    files = exchange(samples / "github/pygithub-lgpl/PullRequest.testGetFiles.txt")
    pull = {
        "number": 31,
        "title": "One",
        "body": None,
        "html_url": "https://github.com/PyGithub/PyGithub/pull/31",
        "state": "closed",
        "user": None,
        "labels": [],
        "base": {"ref": "master"},
        "merged_at": "2012-05-27T10:29:07Z",
        "updated_at": "2012-11-03T08:19:13Z",
        "changed_files": len(files),
    }
    path = "/repos/PyGithub/PyGithub/pulls"
    routes: dict[str, Route] = {
        path: lambda _: [pull],
        f"{path}/31": lambda _: pull,
        f"{path}/31/files": lambda _: files,
    }
    limits = {"max_files": 300, "max_changed_lines": 9999, "max_diff_characters": 999_999, "license": "LGPL-3.0-only"}
    (row,) = read(server, updates, routes, "PyGithub/PyGithub", **limits)
    diff = row["messages"][1]["content"]
    assert json.loads(row["meta"])["files"] == len(files) == 45
    assert diff.count("\n+++ ") == 45
    added = sum(line.startswith("+") and not line.startswith("+++ ") for line in diff.split("\n"))
    assert added == json.loads(row["meta"])["additions"] == sum(file["additions"] for file in files)
    (row,) = read(server, updates, routes, "PyGithub/PyGithub", **limits, without_paths=["test/"])
    assert json.loads(row["meta"])["files_left_out"] == 6
    (row,) = read(server, updates, routes, "PyGithub/PyGithub", license="LGPL-3.0-only")
    assert row["drop_reason"] == "too_large"


def test_recorded_pages_are_followed_to_the_last(server: ApiServer, samples: Path) -> None:
    fixture = json.loads((samples / "github/octokit/paginate-issues/normalized-fixture.json").read_text("utf-8"))
    answers = {exchange["path"]: exchange for exchange in fixture}

    def answer(request: Request) -> Reply:
        query = {key: request.query[key] for key in ("per_page", "page") if key in request.query}
        found = answers[request.path + "?" + "&".join(f"{key}={value}" for key, value in query.items())]
        return Reply(
            found["response"], found["status"], {"Link": found["headers"]["link"].replace(GITHUB, request.base)}
        )

    server.serve({"/.*": answer})
    with Api("src", server.url) as api:
        url = "repos/octokit-fixture-org/paginate-issues/issues"
        pages = list(Connection("src", lambda: api).pages(url, {"per_page": 3}))
    assert [len(page.json) for page in pages] == [3, 3, 3, 3, 1]
    assert len({issue["number"] for page in pages for issue in page.json}) == 13


LIMITS = ["", "_Body_Marker_Only", "_Too_Many_Requests", "_Too_Many_Requests_No_Retry_After"]


@pytest.mark.parametrize("limit", LIMITS)
def test_recorded_rate_limits_are_waited_out(server: ApiServer, updates: Updates, samples: Path, limit: str) -> None:
    folder = samples / f"github/hub4j-rate-limits/testHandler_Wait_Secondary_Limits{limit}/mappings"
    refused = json.loads((folder / "2-r_h_t_fail.json").read_text("utf-8"))["response"]
    assert refused["status"] in (403, 429)
    now = datetime.now(UTC)
    filled = {
        "Date": format_datetime(now, usegmt=True),
        "X-RateLimit-Reset": f"{(now + timedelta(seconds=3)).timestamp():.0f}",
    }
    headers = {key: value for key, value in refused["headers"].items() if isinstance(value, str) and "{{" not in value}
    answers = iter([Reply(refused["body"].encode(), refused["status"], headers | filled), Reply([])])
    assert read(server, updates, {"/repos/o/r/pulls": lambda _: next(answers)}, "o/r") == []
    assert len(server.requests) == 2


def test_a_recorded_refusal_that_no_waiting_mends_is_an_error(
    server: ApiServer, updates: Updates, samples: Path
) -> None:
    fixture = json.loads((samples / "github/octokit/errors/normalized-fixture.json").read_text("utf-8"))
    refused = Reply(fixture[0]["response"], fixture[0]["status"])
    with pytest.raises(InputError, match="status 422") as caught:
        read(server, updates, {"/repos/o/r/pulls": lambda _: refused}, "o/r")
    assert "Validation Failed" not in str(caught.value)
