"""The neutral pull request: all that the filter rules see, whichever system it came from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sourcing_pipeline.config import Window
from sourcing_pipeline.rows import Drop, DropReason
from sourcing_pipeline.updates import Updates

LISTED_FILES = 300
"""A change of more files than this is too large, whatever the recipe says; its files are not even listed."""


class RuledOutError(Exception):
    """A detail that was asked for rules the pull request out: why, and by how much. It does not leave this package."""

    def __init__(self, reason: DropReason, detail: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Person(NamedTuple):
    """Someone who wrote, approved or merged: the system's own key, the name shown, and whether it is a program."""

    key: str
    name: str
    bot: bool = False


@dataclass(frozen=True)
class ChangedFile:
    """One file of a change; `before` and `after` are its paths, None where it was added or removed.

    `text` is false for binary files, submodules and paths that are not UTF-8. `marked` says what the repository's
    attributes say: generated or vendored (true), not (false), or nothing. `patch` holds the hunks of a unified diff,
    without header lines, where the system gives them with the list; `blob` is the id of the file as it is after.
    """

    before: str | None
    after: str | None
    additions: int
    deletions: int
    text: bool = True
    marked: bool | None = None
    patch: str | None = None
    blob: str | None = None

    @property
    def path(self) -> str:
        return self.after or self.before or ""


class Details(Protocol):
    """What costs time or requests to know about one pull request; asked for only while it may still be kept.

    Every method raises UnreadableError when the record is broken, RuledOutError when what it finds rules the pull
    request out (deleted, too large, not UTF-8), InputError or TryAgain as `Source.read` does.
    """

    def person_keys(self) -> tuple[str, ...]:
        """The keys of everyone whom the record names, as far as it is known by now."""
        ...

    def license(self) -> str | None:
        """The SPDX id of the repository, or None when it does not say."""
        ...

    def approvers(self) -> Sequence[Person]:
        """Whose last word on the change is an approval, the author perhaps among them."""
        ...

    def files(self) -> Sequence[ChangedFile]:
        """The files of the change, at most LISTED_FILES, in the system's order."""
        ...

    def head(self, file: ChangedFile) -> str:
        """The first lines of the file as it is after the change, as far as they are known; may be empty."""
        ...

    def patches(self, files: Sequence[ChangedFile], max_characters: int) -> Sequence[str]:
        """The hunks of each of `files`, "" for one that was only renamed; too large above `max_characters`."""
        ...

    def contents(self, files: Sequence[ChangedFile], max_characters: int) -> Sequence[tuple[str, str]]:
        """Each file's text before and after, "" where there is none; too large above `max_characters`."""
        ...


@dataclass(frozen=True)
class PullRequest:
    """One proposed change.

    `key` is the native key, without the source's name; `day` the partition it belongs to. `uri` is where it can be
    seen. `merged_at` is None when it was not merged, `merge_commit` the commit that did.
    """

    key: str
    day: str
    repository: str
    uri: str
    title: str
    description: str
    author: Person | None
    merged_at: datetime | None
    details: Details
    base_branch: str | None = None
    number: int | None = None
    labels: tuple[str, ...] = ()
    merge_commit: str | None = None

    def person_keys(self) -> tuple[str, ...]:
        """Everyone it is about, as far as it is known by now, sorted."""
        return tuple(sorted(set(self.details.person_keys())))


class PullRequestSystem(Protocol):
    """One way to get pull requests: a config model with a `type`, in a module of its own."""

    def pull_requests(self, name: str, window: Window) -> Iterator[PullRequest | Drop]:
        """The pull requests whose day is wanted (all, when `window.days` is None), each once.

        Those that are still open are none. Memory does not grow with their number. Raises what `Source.read` raises.
        """
        ...

    def update(
        self, name: str, window: Window, updates: Updates, oldest: datetime | None, ask: Callable[[PullRequest], object]
    ) -> None:
        """See `Source.update`; nothing that last changed before `oldest` is wanted.

        A system that lands records first has `ask` look at each pull request as the rules do, which fetches the
        details that the rules want to see.
        """
        ...
