from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.rows import DropReason
from sourcing_pipeline.sources.pull_requests.filters import Review, approvals, approved, chosen, is_bot, refusal
from sourcing_pipeline.sources.pull_requests.pull_request import ChangedFile, Person, PullRequest

AT = datetime(2026, 5, 1, tzinfo=UTC)
STATES = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED", "COMMENTED", "PENDING")


class Known:
    """Details of which only the approvers matter."""

    def __init__(self, approvers: list[Person]) -> None:
        self._approvers = approvers

    def approvers(self) -> list[Person]:
        return self._approvers


def pull(**fields: Any) -> PullRequest:
    known: dict[str, Any] = {
        "key": "o/r#1",
        "day": "2026-05-01",
        "repository": "o/r",
        "uri": "https://github.com/o/r/pull/1",
        "title": "Fix the port",
        "description": "",
        "author": Person("ann", "ann"),
        "merged_at": AT,
        "details": Known([]),
        "base_branch": "main",
    }
    return PullRequest(**known | fields)


def review(who: str, state: str, minute: int, number: int = 0) -> Review:
    order = None if state == "PENDING" else (AT + timedelta(minutes=minute), number)
    return Review(Person(who, who), state, order)


def names(*reviews: Review) -> list[str]:
    return [person.key for person in approved(reviews)]


def test_the_last_word_of_each_reviewer_counts() -> None:
    assert names(review("bob", "APPROVED", 1), review("cy", "APPROVED", 2)) == ["bob", "cy"]
    assert names(review("bob", "APPROVED", 1), review("bob", "CHANGES_REQUESTED", 2)) == []
    assert names(review("bob", "APPROVED", 1), review("bob", "DISMISSED", 2)) == []
    assert names(review("bob", "CHANGES_REQUESTED", 1), review("bob", "APPROVED", 2)) == ["bob"]


def test_a_comment_takes_no_approval_back_and_a_pending_review_says_nothing() -> None:
    assert names(review("bob", "APPROVED", 1), review("bob", "COMMENTED", 2), review("bob", "PENDING", 3)) == ["bob"]
    assert names(review("bob", "COMMENTED", 1), review("bob", "PENDING", 2)) == []
    assert names(Review(Person("bob", "bob"), "APPROVED", None)) == []


@given(
    st.lists(
        st.builds(review, st.sampled_from("abc"), st.sampled_from(STATES), st.integers(0, 3), st.integers(0, 3)),
        max_size=8,
        unique_by=lambda one: one.order or id(one),
    ).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found)))
)
def test_the_order_in_which_reviews_are_listed_does_not_matter(both: tuple[list[Review], list[Review]]) -> None:
    in_order, shuffled = both
    said = [one for one in in_order if one.order and one.state not in ("COMMENTED", "PENDING")]
    last = {one.reviewer.key: one.state for one in sorted(said, key=lambda one: one.order or (AT, 0))}
    assert names(*shuffled) == sorted(key for key, state in last.items() if state == "APPROVED")


def test_authors_and_bots_approve_nothing() -> None:
    approvers = [
        Person("ann", "ann"),
        Person("bob", "bob"),
        Person("check", "check", bot=True),
        Person("ci[bot]", "ci[bot]"),
    ]
    assert approvals(pull(details=Known(approvers)), ("x*",)) == 1
    assert approvals(pull(details=Known(approvers)), ("B*",)) == 0
    assert approvals(pull(details=Known(approvers), author=None), ()) == 2


@pytest.mark.parametrize(
    ("person", "bot"),
    [
        (Person("dependabot[bot]", "dependabot[bot]"), True),
        (Person("helper", "helper", bot=True), True),
        (Person("Renovate-Team", "x"), True),
        (Person("49699333+dependabot[bot]@users.noreply.github.com", "someone"), True),
        (Person("abbot", "abbot"), False),
        (Person("prerenovate", "x"), False),
    ],
)
def test_bots_are_known_by_mark_suffix_and_pattern(person: Person, bot: bool) -> None:
    assert is_bot(person, ("dependabot*", "renovate*")) is bot


@pytest.mark.parametrize(
    ("fields", "rules", "reason"),
    [
        ({}, {}, None),
        ({}, {"base_branches": ("main",)}, None),
        ({"base_branch": "release/2"}, {"base_branches": ("main", "release/*")}, None),
        ({"base_branch": "dev"}, {"base_branches": ("main",)}, DropReason.NOT_RESOLVED),
        ({"base_branch": None}, {"base_branches": ("main",)}, None),
        ({"author": Person("x[bot]", "x[bot]")}, {}, DropReason.BOT_AUTHOR),
        ({"author": None}, {"bots": ("*",)}, None),
        ({"labels": ("Bug",)}, {"labels": ("bug", "feature")}, None),
        ({"labels": ("docs",)}, {"labels": ("bug",)}, DropReason.TAGS_NOT_WANTED),
        ({}, {"labels": ("bug",)}, DropReason.TAGS_NOT_WANTED),
        ({"labels": ("bug", "wip: x")}, {"without_labels": ("wip*",)}, DropReason.TAGS_NOT_WANTED),
        ({"labels": ("a.b",)}, {"without_labels": ("a?b", "a+b", "axb")}, None),
    ],
)
def test_what_the_record_says_may_refuse_it(fields: Any, rules: Any, reason: DropReason | None) -> None:
    known = {"bots": (), "base_branches": (), "labels": (), "without_labels": ()} | rules
    found = refusal(pull(**fields), **known)
    assert (found[0] if found else None) == reason


def file(path: str, **fields: Any) -> ChangedFile:
    return ChangedFile(path, path, 1, 1, **fields)


def taken(*files: ChangedFile, head: str = "", **rules: Any) -> list[str]:
    known: dict[str, Any] = {"paths": (), "without_paths": (), "without_generated": True} | rules
    return [one.path for one in chosen(files, head=lambda _: head, **known)]


@pytest.mark.parametrize(
    "path",
    [
        "poetry.lock",
        "web/package-lock.json",
        "pnpm-lock.yaml",
        "go.sum",
        "static/app.min.js",
        "vendor/github.com/x/y.go",
        "a/node_modules/x/index.js",
        "third_party/x.c",
        "web/dist/app.js",
        "api/v1/api.pb.go",
        "api/v1/api_pb2.py",
        "ui/__snapshots__/a.test.js",
        "ui/a.test.js.snap",
    ],
)
def test_generated_and_vendored_paths_are_left_out_when_asked(path: str) -> None:
    assert taken(file(path), file("src/a.py")) == ["src/a.py"]
    assert taken(file(path), without_generated=False) == [path]


@pytest.mark.parametrize(
    "path", ["src/distance/a.py", "clock.py", "src/vendors.py", "lock", "snapshots.md", "block.go"]
)
def test_paths_that_only_look_alike_stay(path: str) -> None:
    assert taken(file(path)) == [path]


@pytest.mark.parametrize(
    ("head", "generated"),
    [
        ("// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x\n", True),
        ("#!/bin/sh\n# @generated by x\n", True),
        ("/* This file was automatically generated by foo; do not modify */\n", True),
        ("# Editing generated code is bad\n", False),
        ("\n" * 30 + "// Code generated by x. DO NOT EDIT.\n", False),
        ("", False),
    ],
)
def test_a_header_tells_that_a_file_is_generated(head: str, generated: bool) -> None:
    assert taken(file("a.go"), head=head) == ([] if generated else ["a.go"])


def test_the_attributes_of_a_repository_go_before_what_a_path_looks_like() -> None:
    assert taken(file("vendor/own.go", marked=False), file("src/a.go", marked=True)) == ["vendor/own.go"]


def test_binary_files_are_left_out() -> None:
    assert taken(file("logo.png", text=False), without_generated=False) == []


def test_paths_are_patterns_as_gitignore_writes_them() -> None:
    files = [file("src/a.py"), file("src/deep/b.py"), file("docs/c.md"), file("d.py")]
    assert taken(*files, paths=("*.py",)) == ["src/a.py", "src/deep/b.py", "d.py"]
    assert taken(*files, paths=("src/",), without_paths=("deep/",)) == ["src/a.py"]
    assert taken(*files, paths=("/*.py",)) == ["d.py"]
    assert taken(*files, without_paths=("*.py", "!d.py")) == ["docs/c.md", "d.py"]
