"""Pull requests of local git repositories: the merges on a branch, without any hosted system."""

import json
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator

from sourcing_pipeline.config import Config, RecipePath, Window
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.rows import Drop
from sourcing_pipeline.sources.pull_requests.descriptions import without_trailers
from sourcing_pipeline.sources.pull_requests.git_details import GitDetails, license_of
from sourcing_pipeline.sources.pull_requests.git_repository import Commit, GitRepository
from sourcing_pipeline.sources.pull_requests.pull_request import PullRequest
from sourcing_pipeline.updates import Change, Updates

MERGED_COMMITS = 250
"""So many of a merge's commits are looked at for authors and trailers, from the last."""
_DEFAULT_SUBJECT = re.compile(
    r"Merge (?:pull request |PR |branch(?:es)? |remote-tracking branch(?:es)? |commit |tag )"
    r"|Merged in .*\(pull request #"
)
_NUMBER = re.compile(r"(?:pull request |PR )#(\d{1,18})\b|^See merge request \S*!(\d{1,18})$", re.MULTILINE)
_SQUASHED = re.compile(r"(.*\S) \(#(\d{1,18})\)")
_REMOTE = re.compile(r"(?:https?://|ssh://)?(?:[^/@]*@)?([\w.-]+)(?::\d+)?[:/]([\w./~-]+?)(?:\.git)?/?")


class Git(Config):
    """Local git repositories, bare or with a work tree; the program `git` reads them, and nothing is fetched.

    A pull request is a merge commit on the branch's first-parent line, or with `squashed` a commit there whose subject
    ends in GitHub's `(#123)`. The merge's message is the description; when a program wrote its subject (`Merge branch
    …`) and nothing stands below, the message of the merged branch's last commit is, since git has no other. A merge of
    the branch itself, as `git pull` makes it, is none.

    git does not know approvals. What counts as one: a trailer Reviewed-by, Approved-by or Acked-by of another person
    than the authors, in the message of the merge or of a merged commit; and, unless `merge_approves` is false, that
    another person than the authors made the merge.
    """

    type: Literal["git"]
    """Which system this is."""
    repositories: tuple[RecipePath, ...] = Field(min_length=1)
    """The repositories' folders; their names must differ, since ids begin with them."""
    branch: str | None = None
    """The branch that is merged into, here or as fetched from origin; null takes what HEAD points at."""
    squashed: bool = True
    """Whether a commit with GitHub's `(#123)` at the end of its subject is a pull request."""
    merge_approves: bool = True
    """Whether a merge by another person than the authors counts as one approval."""

    @field_validator("branch")
    @classmethod
    def well_formed(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(
            r"(?!.*(?:\.\.|@\{))[^\x00-\x20~^:?*\[\\-][^\x00-\x20~^:?*\[\\]*", value
        ):
            raise ValueError(f"{value!r} is no name of a branch")
        return value

    def pull_requests(self, name: str, window: Window) -> Iterator[PullRequest | Drop]:
        """See `PullRequestSystem`. Raises InputError for what is no complete repository, or an unknown branch."""
        for repository in self._opened(name):
            tip = repository.tip(self.branch)
            license_id = license_of(repository, tip)
            for commit in self._merges(repository, tip):
                day = window.day(commit.committed_at)
                if window.days is None or day in window.days:
                    yield self._pull_request(repository, commit, day, license_id)

    def update(
        self,
        name: str,
        window: Window,
        updates: Updates,
        oldest: datetime | None,  # noqa: ARG002
        ask: Callable[[PullRequest], object],  # noqa: ARG002
    ) -> None:
        """Touch the days of the merges since the cursor, which is the tip of each repository as JSON.

        When the old tip is no longer on the branch's line, the days of all merges that are on one of the two lines
        only; when git no longer has it, those of all merges.
        """
        cursor = updates.cursor()
        earlier: dict[str, str] = {} if cursor is None else json.loads(cursor)
        tips = {repository.name: repository.tip(self.branch) for repository in self._opened(name)}

        def changes() -> Iterator[Change]:
            for repository in self._opened(name):
                for sha, at, version in self._changed(repository, tips[repository.name], earlier.get(repository.name)):
                    yield Change(f"{repository.name}@{sha}", window.day(at), version)

        updates.touch((), json.dumps(tips)) if cursor is None else updates.touch(changes(), json.dumps(tips))

    def _opened(self, name: str) -> Iterator[GitRepository]:
        known: set[str] = set()
        for path in self.repositories:
            with GitRepository(name, path) as repository:
                if repository.name in known:
                    raise InputError(
                        f"source {name!r}: two repositories are in folders named {repository.name!r}; rename one of "
                        "them, since ids begin with that name"
                    )
                known.add(repository.name)
                yield repository

    def _merges(self, repository: GitRepository, tip: str) -> Generator[Commit, None, None]:
        """The pull requests on the line of `tip`, the newest first."""
        with closing(repository.commits(["--first-parent", tip])) as line:
            yield from (commit for commit in line if self._is_pull_request(commit))

    def _changed(self, repository: GitRepository, tip: str, old: str | None) -> Iterator[tuple[str, datetime, str]]:
        """Each merge that came or went between two tips: its commit, its time, its version."""
        new: dict[str, datetime] = {}
        gone: dict[str, datetime] = {}
        with closing(repository.commits(["--first-parent", tip])) as line:
            for commit in line:
                if commit.sha == old:
                    break
                if self._is_pull_request(commit):
                    new[commit.sha] = commit.committed_at
            else:
                if old is not None and repository.has(old):
                    gone = {commit.sha: commit.committed_at for commit in self._merges(repository, old)}
        for sha, at in (new | gone).items():
            if sha not in gone or sha not in new:
                yield sha, at, at.isoformat() if sha in new else f"{at.isoformat()} gone"

    def _is_pull_request(self, commit: Commit) -> bool:
        subject = commit.message.partition("\n")[0].rstrip()
        if len(commit.parents) < 2:
            return self.squashed and len(commit.parents) == 1 and _SQUASHED.fullmatch(subject) is not None
        own = "(?:main|master)" if self.branch is None else re.escape(self.branch)
        itself = rf"Merge (?:branch '{own}'|remote-tracking branch '[^/']+/{own}')(?: of \S+)?(?: into .+)?"
        return re.fullmatch(itself, subject) is None

    def _pull_request(self, repository: GitRepository, commit: Commit, day: str, license_id: str | None) -> PullRequest:
        merged = [commit]
        if len(commit.parents) > 1:
            revisions = [f"--max-count={MERGED_COMMITS}", *commit.parents[1:], f"^{commit.parents[0]}"]
            merged = list(repository.commits(revisions)) or [commit]
        title, description = _words(commit, merged[0])
        number = _NUMBER.search(commit.message) or _SQUASHED.fullmatch(commit.message.partition("\n")[0].rstrip())
        return PullRequest(
            key=f"{repository.name}@{commit.sha}",
            day=day,
            repository=repository.name,
            uri=_uri(repository, commit.sha),
            title=title,
            description=description,
            author=merged[0].author,
            merged_at=commit.committed_at,
            details=GitDetails(repository, commit, merged, license_id, self.merge_approves),
            number=int(number[number.lastindex or 1]) if number else None,
            merge_commit=commit.sha,
        )


def _words(commit: Commit, last: Commit) -> tuple[str, str]:
    """Title and description; see `Git`."""
    subject, _, body = without_trailers(commit.message).partition("\n")
    squashed = _SQUASHED.fullmatch(subject.rstrip())
    if squashed and len(commit.parents) == 1:
        return squashed[1], body
    if _DEFAULT_SUBJECT.match(subject):
        body = re.sub(r"^# Conflicts:\n(?:#\t.*\n?)*", "", body, flags=re.MULTILINE)
        said = body.strip() or without_trailers(last.message)
        subject, _, body = said.partition("\n")
    return subject, body


def _uri(repository: GitRepository, sha: str) -> str:
    """Where the commit can be seen, by origin's address without its user and password; else by the folder's name."""
    remote = _REMOTE.fullmatch(repository.setting("remote.origin.url") or "")
    return f"https://{remote[1]}/{remote[2]}/commit/{sha}" if remote else f"git:{repository.name}@{sha}"
