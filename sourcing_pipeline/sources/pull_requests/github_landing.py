"""How the pull requests of one GitHub repository land: newest change first, so that a pass can be taken up again."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sourcing_pipeline.config import Landed, Window
from sourcing_pipeline.errors import InputError, SourcingError
from sourcing_pipeline.sources.pull_requests.github_details import (
    PER_PAGE,
    Connection,
    GitHubDetails,
    person,
    slim_user,
)
from sourcing_pipeline.sources.pull_requests.pull_request import PullRequest
from sourcing_pipeline.sources.records import UnreadableError, instant, integer, kind, text

LANDED_AT_ONCE = 100
LANDED_CHARACTERS = 4_000_000
PASSES = 5


@dataclass
class Progress:
    """How far the pull requests of one repository have landed; instants as ISO 8601 text.

    All that changed at `done` or before has landed, back to `since`. While a pass is under way, so has all from
    `newest` down to `reached`. `etag` is that of the list's first page as it was at `done`.
    """

    since: str
    done: str | None = None
    newest: str | None = None
    reached: str | None = None
    etag: str | None = None


class Landing:
    """One run over one repository; `land` keeps records together with the progress made.

    Pull requests of all states are listed and the open ones left out: in a list of closed ones, one that is opened
    again between two pages would move the others up, and one of them would never be seen. What changes while pages
    are read moves to the front, past `newest`, where the next pass finds it.
    """

    def __init__(
        self,
        name: str,
        repository: str,
        progress: Progress,
        window: Window,
        connection: Connection,
        ask: Callable[[PullRequest], object],
        land: Callable[[Sequence[Landed]], None],
        token_variable: str,
    ) -> None:
        self._name = name
        self._repository = repository
        self._progress = progress
        self._window = window
        self._connection = connection
        self._ask = ask
        self._land = land
        self._token_variable = token_variable
        self._pending: dict[str, Landed] = {}
        self._characters = 0
        self._last: str | None = None
        self._etag: str | None = None

    def run(self) -> None:
        """Passes until nothing has changed. Raises what `Source.read` raises; what was landed by then stays."""
        for _ in range(PASSES):
            done = self._progress.done
            if not self._pass() or self._progress.done == done:
                return

    def _pass(self) -> bool:
        """Land all between the newest change and what is done, or the rest of it; False when nothing has changed."""
        progress = self._progress
        floor = progress.done or progress.since
        etag: str | None = None
        for number, changes in enumerate(self._pages()):
            if number == 0:
                if not changes or changes[0][0] < floor:
                    return False
                progress.newest = progress.newest or changes[0][0]
                etag = self._etag if changes[0][0] == progress.newest else None
            self._take(changes, floor)
            if changes and changes[-1][0] < floor:
                break
        if progress.newest is None:
            return False
        progress.done, progress.newest, progress.reached, progress.etag = progress.newest, None, None, etag
        self._save()
        return True

    def _pages(self) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        """The list, page by page, newest first, with versions; nothing when it is as it was at `done`."""
        asked: dict[str, str | int] = {"state": "all", "sort": "updated", "direction": "desc", "per_page": PER_PAGE}
        known = self._progress.etag if self._progress.newest is None else None
        headers = {"If-None-Match": known} if known else None
        url = f"repos/{self._repository}/pulls"
        try:
            for answer in self._connection.pages(url, asked, headers, expected=(404,)):
                if answer.status == 404:
                    raise InputError(
                        f"source {self._name!r}: GitHub shows no repository {self._repository} to this token; check "
                        f"its name in sources.{self._name}.system.repositories, and that the token in "
                        f"{self._token_variable} may read its pull requests and contents"
                    )
                if answer.status == 304:
                    return
                self._etag = answer.headers.get("etag")
                yield sorted(map(_versioned, answer.json), key=lambda change: change[0], reverse=True)
        except UnreadableError as error:
            mend = f"check sources.{self._name}.system.url"
            raise InputError(f"source {self._name!r}: the list of {self._repository}: {error}; {mend}") from None

    def _take(self, changes: Sequence[tuple[str, dict[str, Any]]], floor: str) -> None:
        progress = self._progress
        for version, item in changes:
            landed_before = progress.reached is not None and version > progress.reached
            if version < floor or version > (progress.newest or "") or landed_before or item.get("state") == "open":
                continue
            try:
                self._add(version, item)
            except SourcingError:
                self._save_part()
                raise
            if len(self._pending) >= LANDED_AT_ONCE or self._characters >= LANDED_CHARACTERS:
                self._save_part()

    def _add(self, version: str, item: dict[str, Any]) -> None:
        record = _storable(_slim(self._repository, item))
        key = f"{self._repository}#{record['number']}"
        day = self._window.day(_dated_at(record, version))
        details = GitHubDetails(self._connection, record)
        with suppress(UnreadableError):  # Reading meets it again, and drops the row with it.
            self._ask(pull_request(key, day, record, self._connection))
        self._last = version
        people = tuple(sorted(set(details.person_keys())))
        if not self._window.erased(people):
            self._pending[key] = Landed(key, day, version, _storable(record), people)
            self._characters += details.characters()

    def _save_part(self) -> None:
        if self._last is not None:
            self._progress.reached = self._last
            self._save()

    def _save(self) -> None:
        self._land(list(self._pending.values()))
        self._pending.clear()
        self._characters, self._last = 0, None


def pull_request(key: str, day: str, record: dict[str, Any], connection: Connection) -> PullRequest:
    """The neutral form of a landed record. Raises UnreadableError."""
    labels = record["labels"]
    if not isinstance(labels, list):
        raise UnreadableError("labels: expected a list")
    body = record["body"]
    merged_at = record["merged_at"]
    return PullRequest(
        key=key,
        day=day,
        repository=record["repository"],
        uri=text(record["html_url"], "html_url"),
        title=text(record["title"], "title"),
        description="" if body is None else text(body, "body"),
        author=person(record["user"]),
        merged_at=None if merged_at is None else instant(merged_at, "merged_at"),
        details=GitHubDetails(connection, record),
        base_branch=text(record["base"], "base.ref"),
        number=integer(record["number"], "number"),
        labels=tuple(text(label, "labels.name") for label in labels),
        merge_commit=record["merge_commit_sha"],
    )


def _versioned(item: object) -> tuple[str, dict[str, Any]]:
    if not isinstance(item, dict):
        raise UnreadableError(f"expected objects, got {kind(item)}")
    integer(item.get("number"), "number")
    return version_of(instant(item.get("updated_at"), "updated_at")), item


def version_of(instant: datetime) -> str:
    """An aware instant as text that sorts by time."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def _slim(repository: str, item: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a pull request, about 1 of GitHub's 20 KB."""
    base, labels = item.get("base"), item.get("labels")
    kept = ("number", "title", "body", "html_url", "merged_at", "closed_at", "merge_commit_sha")
    return {key: item.get(key) for key in kept} | {
        "repository": repository,
        "user": slim_user(item),
        "base": base.get("ref") if isinstance(base, dict) else None,
        "labels": [label.get("name") for label in labels if isinstance(label, dict)]
        if isinstance(labels, list)
        else [],
    }


def _storable(record: dict[str, Any]) -> dict[str, Any]:
    """`record`, with ? for lone surrogates, which JSON may hold and UTF-8 may not."""
    found: dict[str, Any] = json.loads(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))
    return found


def _dated_at(record: dict[str, Any], version: str) -> datetime:
    """When it was merged, else closed, else last changed."""
    for key in ("merged_at", "closed_at"):
        if record[key] is not None:
            try:
                return instant(record[key], key)
            except UnreadableError:
                continue
    return datetime.fromisoformat(version)
