"""The `pull_requests` source: merged changes behind one set of rules."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import CODE, MaskingProfile, Window
from sourcing_pipeline.licenses import PROPRIETARY, License
from sourcing_pipeline.rows import Drop, DropReason, Example, Message, Strategy, batches
from sourcing_pipeline.sources.pull_requests.descriptions import instruction
from sourcing_pipeline.sources.pull_requests.diffs import before_and_after, unified
from sourcing_pipeline.sources.pull_requests.filters import approvals, chosen, refusal
from sourcing_pipeline.sources.pull_requests.git import Git
from sourcing_pipeline.sources.pull_requests.github import GitHub
from sourcing_pipeline.sources.pull_requests.languages import languages
from sourcing_pipeline.sources.pull_requests.pull_request import ChangedFile, PullRequest, RuledOutError
from sourcing_pipeline.sources.records import UnreadableError
from sourcing_pipeline.sources.source import Source
from sourcing_pipeline.updates import Updates

System = Annotated[GitHub | Git, Field(discriminator="type")]
WITHOUT_CREDIT = (PROPRIETARY, "CC0-1.0", "Unlicense", "0BSD")


class PullRequests(Source):
    """Changes that were proposed, approved by another person and merged: what was asked, and the change.

    A row is one pull request; its day is the day it was merged. One that was closed without that belongs to the day it
    was closed, so that it is counted and dropped. The user's message is title and description, without what a template
    put there (comments, check boxes, empty sections); the assistant's is the change. With an empty description the
    title stands alone: commit messages tell what was done, not what was asked. Rules, in this order: not_resolved (not
    merged, or into another branch), bot_author, tags_not_wanted, outside_window, empty, too_short, licence_unknown,
    not_approved, deleted, too_large, paths_not_wanted. `quality_score` is null: an approval says yes, not how good.
    """

    strategy: ClassVar[Strategy] = "production_logs"
    daily: ClassVar[bool] = True
    pool: ClassVar[str | None] = "github"

    kind: Literal["pull_requests"] = "pull_requests"
    """Which reader this is."""
    masking: MaskingProfile = CODE
    """Which placeholders apply to its rows, as a whole and inside code."""
    system: System
    """Where the pull requests are: `type: github` or `type: git` (local repositories), and its fields."""
    answer: Literal["diff", "files"] = "diff"
    """The change as a unified diff, or as each file before and after."""
    approvals: int = Field(default=1, ge=0)
    """How many people other than the author must have approved; the last word of each counts, and bots don't."""
    bots: tuple[str, ...] = (
        "dependabot*",
        "renovate*",
        "greenkeeper*",
        "pre-commit-ci*",
        "github-actions*",
        "snyk-bot",
    )
    """Logins, names or addresses of programs (`*` for any text), besides those the system marks or named `…[bot]`."""
    base_branches: tuple[str, ...] = ()
    """Branches (`*` for any text) of which one must have been merged into; none given asks for none."""
    labels: tuple[str, ...] = ()
    """Labels (`*` for any text) of which a pull request must have one; none given asks for none."""
    without_labels: tuple[str, ...] = ()
    """Labels (`*` for any text) of which it may have none."""
    paths: tuple[str, ...] = ()
    """Files that belong into the answer, as patterns like .gitignore's; none given takes all."""
    without_paths: tuple[str, ...] = ()
    """Files left out of the answer, as patterns like .gitignore's."""
    without_generated: bool = True
    """Whether generated and vendored files are left out: by path, first lines, and .gitattributes (only `git`)."""
    max_files: int = Field(default=20, ge=1, le=300)
    """Most files in the answer."""
    max_changed_lines: int = Field(default=500, ge=1)
    """Most lines added and removed in the answer."""
    max_diff_characters: int = Field(default=20_000, ge=1)
    """Longest answer, in characters."""
    min_description_characters: int = Field(default=30, ge=0)
    """Shortest title and description together, in characters."""
    license: License | None = None
    """The licence of the repositories' texts: an SPDX id or `LicenseRef-…`; null takes what each repository says."""
    max_age_days: int | None = Field(default=365, ge=1)
    """Pull requests merged longer than this before `as_of` are dropped as outside_window; null sets no limit."""

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """Outcome batches, one outcome a pull request; `created_at` is when it was merged, `partition` its day.

        Ids are `<name>:<owner>/<repository>#<number>`, or `<name>:<folder>@<commit>` for local repositories. Tags are
        its labels and the languages of its files. `meta` holds repository, number, merge_commit, files, additions,
        deletions (all three of the answer), files_left_out and approvals. Raises InputError, TryAgain.
        """
        found = self.system.pull_requests(name, window)
        return batches(self._outcome(name, one, window) for one in found)

    def update(self, name: str, window: Window, updates: Updates) -> None:
        """See `Source.update`. GitHub's pull requests land with their details; git's merges touch their days."""
        oldest = window.oldest(self.max_age_days)
        self.system.update(name, window, updates, oldest, lambda found: self._outcome(name, found, window))

    def _outcome(self, name: str, found: PullRequest | Drop, window: Window) -> Example | Drop:
        if isinstance(found, Drop):
            return found
        try:
            return self._example(name, found, window)
        except RuledOutError as ruled_out:
            reason, detail = ruled_out.reason, ruled_out.detail
        except UnreadableError as error:
            reason, detail = DropReason.UNPARSABLE, f"{found.key}: {error}"
        return Drop(f"{name}:{found.key}", reason, detail, found.day, found.person_keys())

    def _example(self, name: str, found: PullRequest, window: Window) -> Example:
        asked = self._asked(found, window)
        license_id = self.license or found.details.license()
        if license_id is None:
            raise RuledOutError(DropReason.LICENCE_UNKNOWN, f"set sources.{name}.license")
        approved = approvals(found, self.bots) if self.approvals else 0
        if approved < self.approvals:
            raise RuledOutError(DropReason.NOT_APPROVED, f"{approved} of {self.approvals}")
        listed = found.details.files()
        files = self._files(found, listed)
        answer = self._answer(found, files)
        if len(answer) > self.max_diff_characters:
            raise RuledOutError(DropReason.TOO_LARGE, f"{len(answer):,} characters")
        if not answer.strip():
            raise RuledOutError(DropReason.EMPTY, "the change")
        assert found.merged_at is not None
        return Example(
            id=f"{name}:{found.key}",
            partition=found.day,
            source=name,
            strategy=self.strategy,
            messages=(Message("user", asked), Message("assistant", answer)),
            license=license_id,
            attribution=None if license_id in WITHOUT_CREDIT else _credit(found),
            origin_uri=found.uri,
            tags=tuple(dict.fromkeys((*found.labels, *languages(file.path for file in files)))),
            created_at=found.merged_at,
            person_keys=found.person_keys(),
            meta={
                "repository": found.repository,
                "number": found.number,
                "merge_commit": found.merge_commit,
                "files": len(files),
                "files_left_out": len(listed) - len(files),
                "additions": sum(file.additions for file in files),
                "deletions": sum(file.deletions for file in files),
                "approvals": approved if self.approvals else None,
            },
        )

    def _asked(self, found: PullRequest, window: Window) -> str:
        """The user's message of a pull request that no rule refuses before its details are asked for."""
        if found.merged_at is None:
            raise RuledOutError(DropReason.NOT_RESOLVED, "not merged")
        reason = refusal(found, self.bots, self.base_branches, self.labels, self.without_labels)
        if reason is not None:
            raise RuledOutError(*reason)
        oldest = window.oldest(self.max_age_days)
        if found.merged_at > window.as_of or (oldest is not None and found.merged_at < oldest):
            raise RuledOutError(DropReason.OUTSIDE_WINDOW, f"merged on {found.merged_at.date()}")
        asked = instruction(found.title, found.description)
        if not asked:
            raise RuledOutError(DropReason.EMPTY, "title and description")
        if len(asked) < self.min_description_characters:
            raise RuledOutError(DropReason.TOO_SHORT, f"{len(asked)} characters")
        return asked

    def _files(self, found: PullRequest, listed: Sequence[ChangedFile]) -> list[ChangedFile]:
        """The files of the answer."""
        files = chosen(listed, self.paths, self.without_paths, self.without_generated, found.details.head)
        if not files:
            raise RuledOutError(DropReason.PATHS_NOT_WANTED, f"none of {len(listed)} files")
        lines = sum(file.additions + file.deletions for file in files)
        if len(files) > self.max_files:
            raise RuledOutError(DropReason.TOO_LARGE, f"{len(files)} files")
        if lines > self.max_changed_lines:
            raise RuledOutError(DropReason.TOO_LARGE, f"{lines:,} lines")
        return files

    def _answer(self, found: PullRequest, files: Sequence[ChangedFile]) -> str:
        if self.answer == "diff":
            return unified(zip(files, found.details.patches(files, self.max_diff_characters), strict=True))
        return before_and_after(zip(files, found.details.contents(files, self.max_diff_characters), strict=True))


def _credit(found: PullRequest) -> str:
    return found.author.name if found.author is not None else f"Contributors to {found.repository}"
