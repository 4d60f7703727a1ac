"""The rules by which a pull request is kept, once, for every system."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sourcing_pipeline.rows import DropReason
from sourcing_pipeline.sources.pull_requests.pull_request import ChangedFile, Person, PullRequest

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

GENERATED = (
    "*.lock",
    "*-lock.json",
    "*-lock.yaml",
    "*.lockb",
    "lock.json",
    "go.sum",
    "npm-shrinkwrap.json",
    "*.min.js",
    "*.min.css",
    "*.js.map",
    "*.css.map",
    "*.snap",
    "__snapshots__/",
    "vendor/",
    "node_modules/",
    "third_party/",
    "dist/",
    "bower_components/",
    "*.pb.go",
    "*.pb.cc",
    "*.pb.h",
    "*_pb2.py",
    "*_pb2.pyi",
    "*_pb2_grpc.py",
    "*.g.dart",
    "*.Designer.cs",
    "zz_generated*.go",
)
"""Generated and vendored files by their paths, as .gitignore writes them; much of it as github-linguist has it."""

_HEADER = re.compile(
    r"Code generated .{0,200}DO NOT EDIT|@generated\b|"
    r"(?:auto(?:matically)?|machine)[- ]?generated.{0,200}do not (?:edit|modify|change)",
    re.IGNORECASE,
)
_HEADER_LINES = 20


class Review(NamedTuple):
    """What one reviewer said once. `order` tells the later of two reviews; None is one that was not submitted."""

    reviewer: Person
    state: str
    order: tuple[datetime, int] | None


def refusal(
    found: PullRequest,
    bots: Sequence[str],
    base_branches: Sequence[str],
    labels: Sequence[str],
    without_labels: Sequence[str],
) -> tuple[DropReason, str | None] | None:
    """Why a merged pull request is dropped by what its own record says, or None; fields as in `PullRequests`."""
    if found.base_branch is not None and not _matches(base_branches, found.base_branch, empty=True):
        return DropReason.NOT_RESOLVED, "merged into a branch that base_branches does not name"
    if found.author is not None and is_bot(found.author, bots):
        return DropReason.BOT_AUTHOR, None
    if not any(_matches(labels, label, empty=True) for label in found.labels or ("",)):
        return DropReason.TAGS_NOT_WANTED, "none of labels"
    if any(_matches(without_labels, label, empty=False) for label in found.labels):
        return DropReason.TAGS_NOT_WANTED, "one of without_labels"
    return None


def is_bot(person: Person, bots: Sequence[str]) -> bool:
    """Whether the system says so, the name ends with `[bot]`, or key or name match one of `bots` (`*` for any text)."""
    names = (person.key, person.name, person.key.partition("@")[0].rpartition("+")[2])
    return person.bot or any(name.endswith("[bot]") or _matches(bots, name, empty=False) for name in names)


def approved(reviews: Iterable[Review]) -> list[Person]:
    """The reviewers whose last word is an approval, sorted by key; the order of `reviews` does not matter.

    A comment takes nothing back; a dismissal and a request for changes do. A review that is still pending says nothing.
    """
    last: dict[str, Review] = {}
    for review in reviews:
        if review.order is None or review.state not in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            continue
        known = last.get(review.reviewer.key)
        if known is None or known.order is None or (review.order, review.state) > (known.order, known.state):
            last[review.reviewer.key] = review
    return [last[key].reviewer for key in sorted(last) if last[key].state == "APPROVED"]


def approvals(found: PullRequest, bots: Sequence[str]) -> int:
    """How many people other than the author, and no programs, approved."""
    author = "" if found.author is None else found.author.key
    return len(
        {person.key for person in found.details.approvers() if person.key != author and not is_bot(person, bots)}
    )


def chosen(
    files: Sequence[ChangedFile],
    paths: tuple[str, ...],
    without_paths: tuple[str, ...],
    without_generated: bool,
    head: Callable[[ChangedFile], str],
) -> list[ChangedFile]:
    """The files that belong into an answer: text, as `paths` and `without_paths` ask, not generated or vendored.

    What the repository's attributes say of a file goes before what its path and its first lines look like.
    """
    return [
        file
        for file in files
        if file.text
        and (not paths or _spec(paths).match_file(file.path))
        and not _spec(without_paths).match_file(file.path)
        and not (without_generated and _generated(file, head))
    ]


def _generated(file: ChangedFile, head: Callable[[ChangedFile], str]) -> bool:
    if file.marked is not None:
        return file.marked
    if _spec(GENERATED).match_file(file.path):
        return True
    return any(_HEADER.search(line[:500]) for line in head(file).split("\n")[:_HEADER_LINES])


@cache
def _spec(patterns: tuple[str, ...]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def _matches(patterns: Sequence[str], name: str, *, empty: bool) -> bool:
    """Whether one of `patterns` (`*` for any text, in any case) fits the whole of `name`; `empty` without patterns."""
    return any(_pattern(pattern).fullmatch(name) for pattern in patterns) if patterns else empty


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.IGNORECASE | re.DOTALL)
