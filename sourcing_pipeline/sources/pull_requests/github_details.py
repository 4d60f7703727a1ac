"""What GitHub tells of one pull request beyond the list: reviews, who merged it, files, contents; each asked once."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sourcing_pipeline.errors import TryAgain
from sourcing_pipeline.licenses import spdx_id
from sourcing_pipeline.rows import DropReason
from sourcing_pipeline.sources.http import Answer, Api
from sourcing_pipeline.sources.pull_requests.diffs import head_of, one_side, text_before
from sourcing_pipeline.sources.pull_requests.filters import Review, approved
from sourcing_pipeline.sources.pull_requests.pull_request import LISTED_FILES, ChangedFile, Person, RuledOutError
from sourcing_pipeline.sources.records import UnreadableError, instant, integer, kind, text

PER_PAGE = 100
REPEATS = 5
_EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
_GONE = (404, 410)
_STATUSES = ("added", "removed", "modified", "renamed", "changed", "unchanged")


class Connection:
    """The API for one source, opened when something is asked; what holds for a whole repository is asked once."""

    def __init__(self, name: str, open_api: Callable[[], Api]) -> None:
        self.name = name
        self._open = open_api
        self._api: Api | None = None
        self._licenses: dict[str, str | None] = {}

    def api(self) -> Api:
        if self._api is None:
            self._api = self._open()
        return self._api

    def close(self) -> None:
        if self._api is not None:
            self._api.__exit__(None, None, None)

    def pages(
        self,
        url: str,
        params: Mapping[str, str | int],
        headers: Mapping[str, str] | None = None,
        expected: Sequence[int] = (),
    ) -> Iterator[Answer]:
        """Every page of a list, by its `next` links, each once; a page of another place in the list is asked for again.

        The first may have the status 304 or one of `expected`; then it is the only one. Raises UnreadableError when a
        page is no list, TryAgain when the list leads back to itself.
        """
        where: str | None = url
        repeated = 0
        first = True
        while where is not None:
            answer = self.api().get(where, params if first else None, headers if first else None, expected)
            if first and answer.status != 200:
                yield answer
                return
            if not isinstance(answer.json, list):
                raise UnreadableError(f"{url}: expected a list, got {kind(answer.json)}")
            if answer.next_url == where or (first and 'rel="prev"' in answer.headers.get("link", "")):
                repeated += 1
                if repeated > REPEATS:
                    raise TryAgain(
                        f"source {self.name!r}: {url}: GitHub gives the same page again and again; run it later"
                    )
                continue
            yield answer
            where, first, repeated = answer.next_url, False, 0

    def license(self, repository: str) -> str | None:
        """The SPDX id that GitHub found for the repository as it is now, or None (none, or one it cannot tell)."""
        if repository not in self._licenses:
            found = _fields(self.api().get(f"repos/{repository}").json, "repository").get("license")
            named = found.get("spdx_id") if isinstance(found, dict) else None
            self._licenses[repository] = spdx_id(named) if isinstance(named, str) else None
        return self._licenses[repository]


class GitHubDetails:
    """The details of the pull request in `record`, where they are kept once they were asked for.

    So a record that was landed with its details costs no request when it is read.
    """

    def __init__(self, connection: Connection, record: dict[str, Any]) -> None:
        self._connection = connection
        self._record = record
        self._path = f"repos/{record['repository']}/pulls/{record['number']}"

    def person_keys(self) -> tuple[str, ...]:
        reviews = self._record.get("reviews") or ()
        named = [self._record.get("user"), self._record.get("merged_by"), *(review["user"] for review in reviews)]
        return tuple(found.key for found in map(person, named) if found is not None)

    def characters(self) -> int:
        """About how much text the details hold."""
        files = self._record.get("files") or ()
        patches = sum(len(file["patch"] or "") for file in files)
        return patches + sum(len(blob or "") for blob in self._record.get("blobs", {}).values())

    def license(self) -> str | None:
        if "license" not in self._record:
            self._record["license"] = self._connection.license(self._record["repository"])
        found: str | None = self._record["license"]
        return found

    def approvers(self) -> Sequence[Person]:
        self._known()
        if "reviews" not in self._record:
            found = {}
            for item in self._listed("reviews"):
                review = {key: item.get(key) for key in ("id", "state", "submitted_at")} | {"user": slim_user(item)}
                found[str(item.get("id"))] = review
            self._record["reviews"] = list(found.values())
        return approved(review for item in self._record["reviews"] for review in _review(item))

    def files(self) -> Sequence[ChangedFile]:
        self._known()
        if "changed_files" not in self._record:
            found = _fields(self._answer().json, "pull request")
            self._record["changed_files"] = integer(found.get("changed_files"), "changed_files")
            self._record["merged_by"] = slim_user(found, "merged_by")
        if self._record["changed_files"] > LISTED_FILES:
            raise RuledOutError(DropReason.TOO_LARGE, f"{self._record['changed_files']:,} files")
        if "files" not in self._record:
            self._record["files"] = list(
                {str(file["filename"]): file for file in map(_slim_file, self._listed("files"))}.values()
            )
        return [_changed_file(file) for file in self._record["files"] if file["status"] != "unchanged"]

    def head(self, file: ChangedFile) -> str:
        return head_of(file.patch) if file.patch else ""

    def patches(self, files: Sequence[ChangedFile], max_characters: int) -> Sequence[str]:
        found = [file.patch for file in files if file.patch is not None]
        if len(found) < len(files):
            raise RuledOutError(DropReason.TOO_LARGE, "a file whose patch GitHub holds back")
        return _limited(found, sum(map(len, found)), max_characters)

    def contents(self, files: Sequence[ChangedFile], max_characters: int) -> Sequence[tuple[str, str]]:
        """A file's text after the change is asked for; its text before follows from that and the patch."""
        found: list[tuple[str, str]] = []
        characters = 0
        for file, hunks in zip(files, self.patches(files, max_characters), strict=True):
            if file.before is None or file.after is None:
                found.append((one_side(hunks, "-"), one_side(hunks, "+")))
            else:
                after = self._blob(file.blob)
                found.append((text_before(after, hunks), after))
            characters += sum(map(len, found[-1]))
            _limited(found, characters, max_characters)
        return found

    def _blob(self, sha: str | None) -> str:
        if not isinstance(sha, str) or not sha.isalnum():
            raise UnreadableError("files.sha: expected the id of a blob")
        known: dict[str, str | None] = self._record.setdefault("blobs", {})
        if sha not in known:
            answer = self._connection.api().get(f"repos/{self._record['repository']}/git/blobs/{sha}")
            try:
                known[sha] = base64.b64decode(
                    text(_fields(answer.json, "blob").get("content"), "blob.content")
                ).decode()
            except binascii.Error:
                raise UnreadableError("blob.content: expected base64") from None
            except UnicodeDecodeError:
                known[sha] = None
        found = known[sha]
        if found is None:
            raise RuledOutError(DropReason.PATHS_NOT_WANTED, "a file that is not UTF-8")
        return found

    def _known(self) -> None:
        if self._record.get("gone"):
            raise RuledOutError(DropReason.DELETED)

    def _answer(self) -> Answer:
        return self._there(self._connection.api().get(self._path, expected=_GONE))

    def _listed(self, what: str) -> Iterator[dict[str, Any]]:
        for answer in self._connection.pages(f"{self._path}/{what}", {"per_page": PER_PAGE}, expected=_GONE):
            yield from (_fields(item, what) for item in self._there(answer).json)

    def _there(self, answer: Answer) -> Answer:
        if answer.status in _GONE:
            self._record["gone"] = True
            raise RuledOutError(DropReason.DELETED)
        return answer


def person(user: object) -> Person | None:
    """Who a `user` of a record is; None for an account that was deleted."""
    login = user.get("login") if isinstance(user, dict) else None
    if not isinstance(user, dict) or not isinstance(login, str) or not login.isprintable():
        return None
    return Person(login, login, user.get("type") == "Bot")


def slim_user(item: Mapping[str, Any], key: str = "user") -> dict[str, Any] | None:
    """What is kept of the user under `key`."""
    user = item.get(key)
    return {"login": user.get("login"), "type": user.get("type")} if isinstance(user, dict) else None


def _limited(found: Sequence[Any], characters: int, max_characters: int) -> Sequence[Any]:
    if characters > max_characters:
        raise RuledOutError(DropReason.TOO_LARGE, f"more than {max_characters:,} characters")
    return found


def _review(item: Mapping[str, Any]) -> Iterator[Review]:
    reviewer = person(item["user"])
    if reviewer is not None:
        at = item["submitted_at"]
        order = None if at is None else (instant(at, "reviews.submitted_at"), integer(item["id"], "reviews.id"))
        yield Review(reviewer, text(item["state"], "reviews.state").upper(), order)


def _slim_file(item: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("filename", "previous_filename", "status", "additions", "deletions", "sha", "patch")
    return {key: item.get(key) for key in kept}


def _changed_file(file: Mapping[str, Any]) -> ChangedFile:
    """A file without a patch is binary when no lines changed in it; renamed or empty, it has an empty patch."""
    path, status = text(file["filename"], "files.filename"), file["status"]
    previous = path if file["previous_filename"] is None else text(file["previous_filename"], "files.previous_filename")
    patch = None if file["patch"] is None else text(file["patch"], "files.patch")
    additions, deletions = integer(file["additions"], "files.additions"), integer(file["deletions"], "files.deletions")
    if status not in _STATUSES:
        raise UnreadableError(f"files.status: expected one of {', '.join(_STATUSES)}")
    lines = additions + deletions
    if not patch and not lines:
        patch = "" if status == "renamed" or file["sha"] == _EMPTY_BLOB else None
    return ChangedFile(
        before=None if status == "added" else previous,
        after=None if status == "removed" else path,
        additions=additions,
        deletions=deletions,
        text=patch is not None or lines > 0,
        patch=patch,
        blob=file["sha"],
    )


def _fields(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableError(f"{what}: expected an object, got {kind(value)}")
    return value
