import itertools
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import InputError, SourcingError, TryAgain
from sourcing_pipeline.sources.http import ATTEMPTS, Api
from sourcing_pipeline.sources.pull_requests import PullRequests, github, github_landing
from sourcing_pipeline.sources.pull_requests.github import GitHub
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.api_server import (
    TIMEOUT_SECONDS,
    ApiServer,
    Fault,
    Reply,
    Request,
    schedules,
    serving,
)
from sourcing_pipeline_tests.sources.conftest import AS_OF, Read
from sourcing_pipeline_tests.sources.pull_requests.hub import Hub, at, changed, review, user

TOKEN = "ghp_nevershown0123456789"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    with serving({}) as running, pytest.MonkeyPatch.context() as patch:
        patch.setattr(github, "Api", partial(Api, sleep=lambda seconds: None, timeout_seconds=TIMEOUT_SECONDS))
        patch.setenv("GITHUB_TOKEN", TOKEN)
        yield running


def source(server: ApiServer, *repositories: str, **fields: Any) -> PullRequests:
    system = {"type": "github", "repositories": list(repositories or ("o/r",)), "url": server.url}
    return PullRequests.model_validate({"system": system, "min_description_characters": 0} | fields)


def rows_of(known: PullRequests, updates: Updates, days: tuple[str, ...] | None = None, update: bool = True) -> Rows:
    """What is read after an update, in the order of ids."""
    if update:
        known.update("src", Window(AS_OF, ZoneInfo("UTC")), updates)
    window = Window(AS_OF, ZoneInfo("UTC"), days, landed=lambda: updates.landed(days))
    found = [row for batch in known.read("src", window) for row in batch.to_pylist()]
    assert len({row["id"] for row in found}) == len(found)
    return sorted(found, key=lambda row: row["id"])


def paths(server: ApiServer) -> list[str]:
    return [request.path for request in server.requests]


def test_a_merged_and_approved_pull_request_is_a_row(server: ApiServer, updates: Updates) -> None:
    hub = Hub()
    labels = [{"name": "bug"}]
    files = [changed("src/a.py"), changed("go.sum"), changed("logo.png", None)]
    hub.pull(7, 60 * 24, body="<!-- x -->\nIt was late.", labels=labels, files=files)
    server.serve(hub.routes())
    (row,) = rows_of(source(server), updates)
    assert row["id"] == "src:o/r#7"
    assert row["partition"] == "2026-05-02"
    assert [turn["content"] for turn in row["messages"]] == [
        "Fix the port number 7\n\nIt was late.",
        "--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n-a\n+b",
    ]
    assert row["license"] == "MIT"
    assert row["attribution"] == "ann"
    assert row["origin_uri"] == "https://github.com/o/r/pull/7"
    assert row["tags"] == ["bug", "python"]
    assert row["created_at"].isoformat() == "2026-05-02T00:00:00+00:00"
    assert row["person_keys"] == ["ann", "bob", "cy"]
    assert json.loads(row["meta"]) == {
        "repository": "o/r",
        "number": 7,
        "merge_commit": f"{7:040x}",
        "files": 1,
        "files_left_out": 2,
        "additions": 1,
        "deletions": 1,
        "approvals": 1,
    }


def test_reading_what_has_landed_asks_nothing(server: ApiServer, updates: Updates) -> None:
    hub = Hub()
    hub.pull(1)
    server.serve(hub.routes())
    first = rows_of(source(server), updates)
    assert set(paths(server)) == {
        f"/repos/o/r{end}" for end in ("", "/pulls", "/pulls/1", "/pulls/1/reviews", "/pulls/1/files")
    }
    server.requests.clear()
    assert rows_of(source(server), updates, update=False) == first
    assert server.requests == []


def test_files_are_shown_before_and_after_from_the_blob_and_the_patch(server: ApiServer, updates: Updates) -> None:
    hub = Hub()
    files = [
        changed("a.py", "@@ -2,2 +2,2 @@\n 2\n-drei\n+3\n\\ No newline at end of file"),
        changed("b.py", "@@ -0,0 +1 @@\n+new", "added"),
        changed("c.py", "@@ -1 +0,0 @@\n-old", "removed"),
        changed("e.py", None, "renamed", previous_filename="d.py"),
    ]
    hub.pull(1, files=files)
    hub.blobs = {files[0]["sha"]: b"1\n2\n3", files[3]["sha"]: b"same\n"}
    server.serve(hub.routes())
    known = source(server, answer="files")
    (row,) = rows_of(known, updates)
    assert row["messages"][1]["content"] == (
        "Before, `a.py`:\n\n```\n1\n2\ndrei\n```\n\nAfter, `a.py`:\n\n```\n1\n2\n3\n```\n\n"
        "After, `b.py`:\n\n```\nnew\n```\n\nBefore, `c.py`:\n\n```\nold\n```\n\nRemoved: `c.py`\n\n"
        "Before, `d.py`:\n\n```\nsame\n```\n\nAfter, `e.py`:\n\n```\nsame\n```"
    )
    server.requests.clear()
    assert rows_of(known, updates, update=False) == [row]
    assert server.requests == []


EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


@pytest.mark.parametrize(
    ("pull", "fields", "reason", "asked"),
    [
        ({"merged_at": None}, {}, "not_resolved", 0),
        ({}, {"base_branches": ["release/*"]}, "not_resolved", 0),
        ({"user": user("dependabot[bot]")}, {}, "bot_author", 0),
        ({"labels": [{"name": "WIP"}]}, {"without_labels": ["wip"]}, "tags_not_wanted", 0),
        ({"updated_at": at(60 * 24 * 25)}, {"max_age_days": 20}, "outside_window", 0),
        ({"title": "", "body": None}, {}, "empty", 0),
        ({}, {"min_description_characters": 200}, "too_short", 0),
        ({"reviews": []}, {}, "not_approved", 2),
        ({"reviews": [review("ann", "APPROVED", 1)]}, {}, "not_approved", 2),
        ({"reviews": [review("ci[bot]", "APPROVED", 1)]}, {}, "not_approved", 2),
        ({"reviews": [review("bob", "APPROVED", 1, 1), review("bob", "DISMISSED", 2, 2)]}, {}, "not_approved", 2),
        ({"reviews": [review("bob", "PENDING", None)]}, {}, "not_approved", 2),
        ({"reviews": [review(None, "APPROVED", 1)]}, {}, "not_approved", 2),
        ({"reviews": [review("bob", "approved", 1)]}, {}, None, 4),
        ({"reviews": []}, {"approvals": 0}, None, 3),
        ({}, {"approvals": 2}, "not_approved", 2),
        ({"changed_files": 301}, {}, "too_large", 3),
        ({"files": [changed(f"{n}.py") for n in range(21)]}, {}, "too_large", 4),
        ({"files": [changed("a.py", None, additions=90, deletions=9)]}, {}, "too_large", 4),
        ({"files": [changed("a.py", None, additions=900)]}, {}, "too_large", 4),
        ({}, {"max_diff_characters": 20}, "too_large", 4),
        ({"files": [changed("a.lock")]}, {}, "paths_not_wanted", 4),
        ({"files": []}, {}, "paths_not_wanted", 4),
        ({"files": [changed("a.py", None)]}, {}, "paths_not_wanted", 4),
        ({"files": [changed("a.py", None, "added", sha=EMPTY)]}, {}, "empty", 4),
        ({"files": [changed("b.py", None, "renamed", previous_filename="a.py")]}, {}, None, 4),
        ({"files": [changed("a.py", status="odd")]}, {}, "unparsable", 4),
        ({"title": None}, {}, "unparsable", 0),
        ({"merged_at": "soon"}, {}, "unparsable", 0),
        ({"labels": None, "draft": True, "user": None, "body": None}, {}, None, 4),
        ({"title": "Broken \ud800 letter"}, {}, None, 4),
    ],
)
def test_each_rule_drops_with_its_reason_and_asks_no_more_than_it_needs(
    server: ApiServer, updates: Updates, pull: Any, fields: Any, reason: str | None, asked: int
) -> None:
    hub = Hub()
    hub.pull(1, **pull)
    server.serve(hub.routes())
    (row,) = rows_of(source(server, **fields), updates)
    assert row["drop_reason"] == reason
    assert row["partition"] == "2026-05-01"
    assert len([path for path in paths(server) if path != "/repos/o/r/pulls"]) == asked
    author = [] if pull.get("user", ...) is None else ["dependabot[bot]" if reason == "bot_author" else "ann"]
    assert set(row["person_keys"]) >= set(author)
    server.requests.clear()
    assert rows_of(source(server, **fields), updates, update=False) == [row]
    assert server.requests == []
    if asked >= 2 and "reviews" not in pull and fields.get("approvals") != 0:
        assert "bob" in row["person_keys"]


@pytest.mark.parametrize(
    "found", [None, {"key": "other", "spdx_id": "NOASSERTION"}, {"spdx_id": None}, {"spdx_id": "GPL-3.0"}]
)
def test_a_licence_that_github_does_not_tell_is_unknown(server: ApiServer, updates: Updates, found: Any) -> None:
    hub = Hub()
    hub.pull(1)
    hub.license = found
    server.serve(hub.routes())
    (row,) = rows_of(source(server), updates)
    assert (row["drop_reason"], row["drop_detail"]) == ("licence_unknown", "set sources.src.license")
    (row,) = rows_of(source(server, license="LicenseRef-Proprietary"), updates)
    assert (row["license"], row["attribution"]) == ("LicenseRef-Proprietary", None)


def test_the_licence_of_a_repository_is_asked_for_once(server: ApiServer, updates: Updates) -> None:
    hub = Hub()
    for number in range(1, 6):
        hub.pull(number)
    server.serve(hub.routes())
    rows_of(source(server), updates)
    assert paths(server).count("/repos/o/r") == 1


def test_open_ones_do_not_land_and_closed_ones_are_counted(server: ApiServer, updates: Updates) -> None:
    hub = Hub()
    hub.pull(1, state="open", merged_at=None, closed_at=None)
    hub.pull(2, merged_at=None, closed_at=at(60 * 24 * 3), updated_at=at(60 * 24 * 9))
    server.serve(hub.routes())
    (row,) = rows_of(source(server), updates)
    assert (row["id"], row["partition"], row["drop_reason"]) == ("src:o/r#2", "2026-05-04", "not_resolved")


def test_many_reviews_and_files_are_paged(server: ApiServer, updates: Updates) -> None:
    hub = Hub(page_size=2)
    reviews = [review("bob", "COMMENTED", n, n) for n in range(5)] + [review("cy", "APPROVED", 9, 9)]
    hub.pull(1, reviews=reviews, files=[changed(f"{n}.py") for n in range(5)])
    server.serve(hub.routes())
    (row,) = rows_of(source(server), updates)
    assert json.loads(row["meta"])["files"] == 5
    assert paths(server).count("/repos/o/r/pulls/1/reviews") == 3


def test_a_night_without_changes_is_one_request_that_costs_nothing(server: ApiServer, updates: Updates) -> None:
    hub = Hub(page_size=2)
    for number in range(1, 6):
        hub.pull(number)
    server.serve(hub.routes())
    before = rows_of(source(server), updates)
    updates.refreshed(updates.touched())
    server.requests.clear()
    assert rows_of(source(server), updates) == before
    assert [(request.path, "if-none-match" in request.headers) for request in server.requests] == [
        ("/repos/o/r/pulls", True)
    ]
    assert updates.touched() == {}


def test_a_change_lands_alone_and_touches_the_days_it_was_and_is_on(server: ApiServer, updates: Updates) -> None:
    hub = Hub(page_size=2)
    for number in range(1, 8):
        hub.pull(number, number * 60 * 24)
    hub.pull(3, merged_at=None)
    server.serve(hub.routes())
    known = source(server)
    rows_of(known, updates)
    updates.refreshed(updates.touched())
    hub.pull(2, updated_at=at(60 * 24 * 20), reviews=[review("bob", "DISMISSED", 1)])
    server.requests.clear()
    found = rows_of(known, updates)
    assert set(updates.touched()) == {"2026-05-03"}
    assert {row["id"]: row["drop_reason"] for row in found}["src:o/r#2"] == "not_approved"
    assert {path for path in paths(server) if "/pulls/" in path} >= {"/repos/o/r/pulls/2/reviews"}
    assert not {path for path in paths(server) if path.endswith("/pulls/5/reviews")}


def test_the_list_is_read_back_to_the_age_that_is_wanted_and_no_further(server: ApiServer, updates: Updates) -> None:
    hub = Hub(page_size=2)
    for number in range(1, 21):
        hub.pull(number, -number * 60 * 24 * 10)
    server.serve(hub.routes())
    known = source(server, max_age_days=100)
    assert len(rows_of(known, updates)) == 6
    assert paths(server).count("/repos/o/r/pulls") == 1 + 4
    assert len(rows_of(source(server, max_age_days=None), updates)) == 20


def test_a_repository_added_to_the_recipe_lands_and_one_taken_out_is_not_read(
    server: ApiServer, updates: Updates
) -> None:
    hub = Hub("o/r", "o/s")
    hub.pull(1)
    hub.pull(1, repository="o/s")
    server.serve(hub.routes())
    assert len(rows_of(source(server), updates)) == 1
    assert [row["id"] for row in rows_of(source(server, "o/r", "o/s"), updates)] == ["src:o/r#1", "src:o/s#1"]
    assert [row["id"] for row in rows_of(source(server, "o/s"), updates)] == ["src:o/s#1"]


def test_a_renamed_repository_is_followed(server: ApiServer, updates: Updates) -> None:
    hub = Hub("o/r", "new/name")
    hub.pull(1, repository="new/name")
    moved = {
        r"/repos/old/name(/.*)?": lambda request: Reply(
            {"message": "Moved Permanently"},
            301,
            {
                "Location": f"{request.base}/repos/new/name{request.groups[0] or ''}?"
                + "&".join(f"{k}={v}" for k, v in request.query.items())
            },
        )
    }
    server.serve(moved | hub.routes())
    (row,) = rows_of(source(server, "old/name"), updates)
    assert row["id"] == "src:old/name#1"
    assert row["drop_reason"] is None


def test_a_pull_request_that_is_gone_when_its_details_are_asked_for_is_dropped(
    server: ApiServer, updates: Updates
) -> None:
    hub = Hub()
    hub.pull(1)
    gone = {r"/repos/o/r/pulls/1/reviews": lambda request: Reply({"message": "Not Found"}, 404)}
    server.serve(gone | hub.routes())
    (row,) = rows_of(source(server), updates)
    assert row["drop_reason"] == "deleted"
    server.requests.clear()
    assert rows_of(source(server), updates, update=False) == [row]
    assert server.requests == []


def test_pages_that_shift_while_they_are_read_lose_nothing(server: ApiServer, updates: Updates) -> None:
    hub = Hub(page_size=2)
    for number in range(1, 12):
        hub.pull(number)
    minutes = itertools.count(100)
    moves = {2: (1, "closed"), 3: (11, "open"), 4: (6, "closed"), 5: (10, "open")}

    def shift(page: int) -> None:
        number, state = moves.pop(page, (0, ""))
        if number:
            hub.pull(number, state=state, updated_at=at(next(minutes)), title=f"Changed {number}")

    hub.before_page = shift
    server.serve(hub.routes())
    found = rows_of(source(server), updates)
    assert not moves
    assert {int(row["id"].rpartition("#")[2]) for row in found} >= {1, 2, 3, 4, 5, 6, 7, 8, 9}
    titles = {row["id"]: row["messages"][0]["content"].partition("\n")[0] for row in found}
    assert titles["src:o/r#1"] == "Changed 1"
    assert titles["src:o/r#6"] == "Changed 6"


def test_a_stale_page_in_place_of_the_first_is_asked_for_again(server: ApiServer, updates: Updates) -> None:
    hub = Hub(page_size=2)
    for number in range(1, 4):
        hub.pull(number)
    routes = hub.routes()
    server.serve(routes)
    known = source(server)
    rows_of(known, updates)
    hub.pull(1, updated_at=at(50), title="Changed")
    stale = iter([True])

    def fresh_at_last(request: Request) -> Any:
        asked = replace(request, query={**request.query, "page": "2"}) if next(stale, False) else request
        return routes[r"/repos/([\w.-]+/[\w.-]+)/pulls"](asked)

    server.serve({r"/repos/(o/r)/pulls": fresh_at_last} | routes)
    assert rows_of(known, updates)[0]["messages"][0]["content"].startswith("Changed")


def test_a_list_that_leads_back_to_itself_is_given_up(server: ApiServer, updates: Updates) -> None:
    pull = Hub().pull(1, merged_at=None)
    again = {
        r"/repos/o/r/pulls": lambda request: Reply(
            [pull], 200, {"Link": f'<{request.base}{request.path}?page=2>; rel="next"'}
        )
    }
    server.serve(again)
    with pytest.raises(TryAgain, match=r"source 'src': .* the same page again and again"):
        rows_of(source(server), updates)


class Killed(BaseException):
    """What a process that is ended feels like to the code inside."""


def deadly(requests: int) -> Callable[..., Any]:
    """`Api.get`, which is killed after so many requests."""
    left, real = itertools.count(requests, -1), Api.get

    def get(self: Api, *arguments: Any, **named: Any) -> Any:
        if next(left) <= 0:
            raise Killed
        return real(self, *arguments, **named)

    return get


@pytest.mark.slow
@given(
    minutes=st.lists(st.integers(0, 9), min_size=1, max_size=9),
    kills=st.lists(st.integers(1, 12), max_size=4),
    batch=st.integers(1, 4),
    changes=st.lists(st.tuples(st.integers(1, 9), st.integers(10, 29)), max_size=4),
)
@settings(max_examples=15)
def test_a_run_that_is_killed_anywhere_is_taken_up_without_loss(
    server: ApiServer,
    new_updates: Callable[[], Updates],
    minutes: list[int],
    kills: list[int],
    batch: int,
    changes: list[tuple[int, int]],
) -> None:
    hub = Hub(page_size=2)
    for number, minute in enumerate(minutes, start=1):
        hub.pull(number, minute)
    updates, known = new_updates(), source(server)
    routes = hub.routes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(github_landing, "LANDED_AT_ONCE", batch)
        for index, kill in enumerate(kills):
            with pytest.MonkeyPatch.context() as inner, suppress(Killed):
                inner.setattr(Api, "get", deadly(kill))
                server.serve(routes)
                rows_of(known, updates)
            for number, minute in changes[index : index + 1]:
                if number in hub.pulls["o/r"]:
                    hub.pull(number, updated_at=at(minute + 20 * index), title=f"Changed {number} {index}")
        server.serve(routes)
        found = rows_of(known, updates)
    server.serve(routes)
    assert found == rows_of(known, new_updates())


def landing(hub: Hub, server: ApiServer, updates: Updates, faults: list[Fault]) -> Rows:
    server.serve(hub.routes(), faults)
    return rows_of(source(server), updates)


@pytest.mark.slow
@given(schedules(in_a_row=ATTEMPTS - 1, rows=3))
@settings(max_examples=15)
def test_any_schedule_of_faults_gives_the_rows_of_none(
    server: ApiServer, new_updates: Callable[[], Updates], faults: list[Fault]
) -> None:
    hub = Hub(page_size=2)
    for number in range(1, 6):
        hub.pull(number, files=[changed(f"{n}.py") for n in range(3)])
    expected = landing(hub, server, new_updates(), [])
    assert len(expected) == 5
    assert landing(hub, server, new_updates(), faults) == expected


def test_what_landed_before_the_limit_was_used_up_stays_and_the_next_run_goes_on(
    server: ApiServer, updates: Updates
) -> None:
    hub = Hub()
    for number in range(1, 6):
        hub.pull(number)
    server.serve(hub.routes(), [Fault()] * 9 + [Fault("limit_used_up", seconds=4000)])
    known = source(server)
    with pytest.raises(TryAgain, match="asks to wait"):
        rows_of(known, updates)
    kept = [landed.key for landed in updates.landed(None)]
    assert kept == ["o/r#4", "o/r#5"]
    server.serve(hub.routes())
    assert len(rows_of(known, updates)) == 5
    assert not [path for path in paths(server) if "/pulls/5/" in path]


def test_days_partition_what_has_landed(server: ApiServer, updates: Updates) -> None:
    hub = Hub()
    for number in range(1, 7):
        hub.pull(number, number * 700, **({} if number % 2 else {"merged_at": None}))
    server.serve(hub.routes())
    found = rows_of(source(server), updates)
    days = sorted({row["partition"] for row in found})
    assert len(days) > 2
    apart = [row for day in days for row in rows_of(source(server), updates, (day,), update=False)]
    assert sorted(apart, key=lambda row: row["id"]) == found


def test_nothing_of_a_forgotten_person_lands(server: ApiServer, updates: Updates) -> None:
    hub = Hub()
    hub.pull(1)
    hub.pull(2, reviews=[review("dan", "APPROVED", 1)])
    server.serve(hub.routes())
    window = Window(AS_OF, ZoneInfo("UTC"), erased=lambda keys: "dan" in keys)
    source(server).update("src", window, updates)
    assert [landed.key for landed in updates.landed(None)] == ["o/r#1"]
    assert [landed.person_keys for landed in updates.landed(None)] == [("ann", "bob", "cy")]


def test_a_rule_that_is_loosened_asks_for_what_is_lacking(server: ApiServer, updates: Updates) -> None:
    hub = Hub()
    hub.pull(1, labels=[{"name": "wip"}])
    server.serve(hub.routes())
    (row,) = rows_of(source(server, without_labels=["wip"]), updates)
    assert row["drop_reason"] == "tags_not_wanted"
    (row,) = rows_of(source(server), updates)
    assert row["drop_reason"] is None


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ({}, "shows no repository o/r to this token"),
        ({r"/repos/o/r/pulls": lambda request: Reply({"message": "Bad credentials"}, 401)}, "credentials were refused"),
        ({r"/repos/o/r/pulls": lambda request: Reply({"message": "no"}, 403)}, "lack the permission"),
        ({r"/repos/o/r/pulls": lambda request: {"items": []}}, "expected a list, got an object"),
        ({r"/repos/o/r/pulls": lambda request: [{"number": 1}]}, "updated_at: expected"),
        ({r"/repos/o/r/pulls": lambda request: ["x"]}, "expected objects, got text"),
        (
            {r"/repos/o/r/pulls": lambda request: Reply(b"<html>", headers={"Content-Type": "text/html"})},
            "expected JSON",
        ),
    ],
)
def test_what_github_refuses_is_one_clear_error_without_the_token(
    server: ApiServer, updates: Updates, routes: Any, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.serve(routes)
    with caplog.at_level(logging.DEBUG), pytest.raises(InputError, match=message) as caught:
        rows_of(source(server), updates)
    error: BaseException | None = caught.value
    while error is not None:
        assert TOKEN not in str(error) + repr(error)
        error = error.__cause__ or error.__context__
    assert TOKEN not in caplog.text
    assert "source 'src'" in str(caught.value)
    assert updates.cursor() is None


def test_the_token_is_sent_and_never_shown(
    server: ApiServer, updates: Updates, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    hub = Hub()
    hub.pull(1)
    with caplog.at_level(logging.DEBUG):
        server.serve(hub.routes(), [Fault("503")] * 3)
        known = source(server)
        rows = rows_of(known, updates)
        server.serve(hub.routes(), [Fault("500")] * 99)
        with pytest.raises(SourcingError) as caught:
            rows_of(known, updates)
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {TOKEN}"}
    landed = list(updates.landed(None))
    printed = "".join(capfd.readouterr())
    for text in (caplog.text, printed, repr(rows), repr(landed), updates.cursor(), repr(known), str(caught.value)):
        assert TOKEN not in str(text)


def test_without_the_variable_nothing_is_asked(
    server: ApiServer, updates: Updates, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.serve({})
    monkeypatch.delenv("GITHUB_TOKEN")
    with pytest.raises(InputError, match=r"GITHUB_TOKEN is not set; .*sources\.src\.system\.token_variable"):
        rows_of(source(server), updates)
    assert server.requests == []


@pytest.mark.parametrize(
    "fields",
    [
        {"repositories": []},
        {"repositories": ["o"]},
        {"repositories": ["o/r/x"]},
        {"repositories": ["../r?x=/y"]},
        {"repositories": ["o/r", "O/R"]},
        {"url": "http://github.example.com"},
        {"url": "https://ann:pw@github.example.com"},
        {"url": "http://127.0.0.1.example.com"},
    ],
)
def test_names_and_addresses_are_checked_in_the_recipe(fields: Any) -> None:
    with pytest.raises(ValidationError):
        GitHub.model_validate({"type": "github", "repositories": ["o/r"]} | fields)


def test_the_common_reader_takes_a_source_that_never_landed(server: ApiServer, read: Read) -> None:
    server.serve({})
    assert read(source(server)) == []
