"""What git tells of one merge (who wrote and approved it, files, patches, contents), and of a repository's licence."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from sourcing_pipeline.licenses import spdx_id
from sourcing_pipeline.rows import DropReason
from sourcing_pipeline.sources.pull_requests.git_repository import Commit, GitRepository
from sourcing_pipeline.sources.pull_requests.pull_request import LISTED_FILES, ChangedFile, Person, RuledOutError
from sourcing_pipeline.sources.records import UnreadableError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

HEAD_BYTES = 1 << 20
HEAD_BYTES_SHOWN = 1 << 13
LICENSE_BYTES = 1 << 18
BYTES_PER_CHARACTER = 4
_DIFF = (
    "diff-tree",
    "-r",
    "--find-renames=50%",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-indent-heuristic",
    "--diff-algorithm=myers",
    "--ignore-submodules=none",
    "--submodule=short",
)
_PATCH = (*_DIFF, "--unified=3", "--inter-hunk-context=0")
_BY = re.compile(r"^[ \t]*([A-Za-z]+(?:-[A-Za-z]+)*)-by:[ \t]*([^<\n]{0,200})<([^>\s]{1,254})>", re.MULTILINE)
_APPROVING = ("reviewed", "approved", "acked")
_HOSTED_MERGER = "noreply@github.com"
_LICENSE_FILE = re.compile(r"(?:licen[cs]e|copying)(?:[.-].*)?", re.IGNORECASE)
_SPDX_LINE = re.compile(r"SPDX-License-Identifier:[ \t]*([\w.+-]+)[ \t]*(?:\*/|-->)?[ \t]*$", re.MULTILINE)
_SUBMODULE = "160000"


class GitDetails:
    """The details of a merge (or squashed) commit; `merged` are its own commits, the last first."""

    def __init__(
        self,
        repository: GitRepository,
        commit: Commit,
        merged: Sequence[Commit],
        license_id: str | None,
        merge_approves: bool,
    ) -> None:
        self._repository = repository
        self._commit = commit
        self._merged = merged
        self._license = license_id
        self._merge_approves = merge_approves
        self._attributes: dict[str, list[tuple[GitIgnoreSpec, dict[str, bool]]]] = {}

    def person_keys(self) -> tuple[str, ...]:
        commits = (self._commit, *self._merged)
        wrote = [person for commit in commits for person in (commit.author, commit.committer)]
        keys = (person.key for person in [*wrote, *(person for _, person in self._trailers())])
        return tuple(key for key in keys if key and key != _HOSTED_MERGER)

    def license(self) -> str | None:
        return self._license

    def approvers(self) -> Sequence[Person]:
        """Authors don't approve their own work. GitHub's own address as committer stands for nobody."""
        authors = {commit.author.key for commit in self._merged}
        authors |= {person.key for word, person in self._trailers() if word == "co-authored"}
        found = [person for word, person in self._trailers() if word in _APPROVING]
        if self._merge_approves:
            found.append(self._commit.author if len(self._commit.parents) > 1 else self._commit.committer)
        return [person for person in found if person.key not in authors and person.key != _HOSTED_MERGER]

    def _trailers(self) -> Iterator[tuple[str, Person]]:
        for message in dict.fromkeys(commit.message for commit in (self._commit, *self._merged)):
            for word, name, address in _BY.findall(message):
                yield word.lower(), Person(address.lower(), name.strip())

    def files(self) -> Sequence[ChangedFile]:
        arguments = (*_DIFF, "-z", "--raw", "--numstat", "--no-abbrev", self._commit.parents[0], self._commit.sha)
        raw: list[tuple[list[str], bytes, bytes]] = []
        found: list[ChangedFile] = []
        with closing(self._repository.fields(arguments)) as fields:
            for field in fields:
                if field.startswith(b":"):
                    entry = field[1:].decode("ascii").split(" ")
                    before = next(fields)
                    raw.append((entry, before, next(fields) if entry[4][0] == "R" else before))
                    if len(raw) > LISTED_FILES:
                        raise RuledOutError(DropReason.TOO_LARGE, f"more than {LISTED_FILES} files")
                else:
                    added, deleted, path = field.split(b"\t", 2)
                    if not path:
                        next(fields), next(fields)
                    found.append(self._file(*raw[len(found)], added, deleted))
        return found

    def _file(self, entry: list[str], before: bytes, after: bytes, added: bytes, deleted: bytes) -> ChangedFile:
        status = entry[4][0]
        text = added != b"-" and _SUBMODULE not in entry[:2] and status in "AMDR"
        try:
            old, new = before.decode(), after.decode()
        except UnicodeDecodeError:
            text, old, new = False, before.decode(errors="replace"), after.decode(errors="replace")
        return ChangedFile(
            before=None if status == "A" else old,
            after=None if status == "D" else new,
            additions=int(added) if added.isdigit() else 0,
            deletions=int(deleted) if deleted.isdigit() else 0,
            text=text,
            marked=self._marked(new) if text else None,
        )

    def _marked(self, path: str) -> bool | None:
        """What `linguist-generated` and `linguist-vendored` say in the .gitattributes files at the merge."""
        folders = [path[: match.start()] for match in re.finditer("/", path)]
        found: dict[str, bool] = {}
        for folder in ("", *folders):
            below = path[len(folder) + 1 :] if folder else path
            if folder not in self._attributes:
                name = f"{self._commit.sha}:{folder}/.gitattributes" if folder else f"{self._commit.sha}:.gitattributes"
                self._attributes[folder] = attributes(self._repository.blob(name, LICENSE_BYTES) or b"")
            for spec, said in self._attributes[folder]:
                if spec.match_file(below):
                    found |= said
        return any(found.values()) if found else None

    def head(self, file: ChangedFile) -> str:
        if file.after is None:
            return ""
        found = self._repository.blob(f"{self._commit.sha}:{file.after}", HEAD_BYTES) or b""
        return found[:HEAD_BYTES_SHOWN].decode(errors="replace")

    def patches(self, files: Sequence[ChangedFile], max_characters: int) -> Sequence[str]:
        paths = sorted({path for file in files for path in (file.before, file.after) if path is not None})
        arguments = (*_PATCH, self._commit.parents[0], self._commit.sha, "--", *paths)
        headers = sum(len(path) * 6 + 1000 for path in paths)
        whole = self._repository.output(arguments, max_characters * BYTES_PER_CHARACTER + headers)
        if whole is None:
            raise _too_large(max_characters)
        parts = re.split(rb"^diff --git .*\n", whole, flags=re.MULTILINE)[1:]
        if len(parts) != len(files):
            raise UnreadableError(f"diff: expected {len(files)} files, got {len(parts)}")
        found = [_text(part[start:]) if (start := _hunks_at(part)) >= 0 else "" for part in parts]
        if sum(map(len, found)) > max_characters:
            raise _too_large(max_characters)
        return found

    def contents(self, files: Sequence[ChangedFile], max_characters: int) -> Sequence[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        left = max_characters
        for file in files:
            before = self._content(self._commit.parents[0], file.before, left, max_characters)
            after = self._content(self._commit.sha, file.after, left - len(before), max_characters)
            left -= len(before) + len(after)
            found.append((before, after))
        return found

    def _content(self, commit: str, path: str | None, left: int, max_characters: int) -> str:
        if path is None:
            return ""
        found = self._repository.blob(f"{commit}:{path}", left * BYTES_PER_CHARACTER)
        if found is None or len(found.decode(errors="replace")) > left:
            raise _too_large(max_characters)
        return _text(found)


def attributes(content: bytes) -> "list[tuple[GitIgnoreSpec, dict[str, bool]]]":
    """The lines of a .gitattributes file that say whether files are generated or vendored, in their order.

    The format: gitattributes(5). A line that is not UTF-8, a macro or a pattern in quotes is left out.
    """
    from pathspec import GitIgnoreSpec

    found = []
    for line in content.split(b"\n"):
        words = line.decode(errors="replace").split()
        said = dict(pair for word in words[1:] for pair in _said(word))
        if said and not words[0].startswith(("#", "[attr]", '"', "!")) and "\ufffd" not in words[0]:
            found.append((GitIgnoreSpec.from_lines([words[0]]), said))
    return found


def _said(word: str) -> Iterator[tuple[str, bool]]:
    name, _, value = word.lstrip("-!").partition("=")
    if name in ("linguist-generated", "linguist-vendored"):
        yield name, not word.startswith(("-", "!")) and value != "false"


def license_of(repository: GitRepository, commit: str) -> str | None:
    """The SPDX id that the files of `commit` declare, or None when they declare none or several.

    Looked at are `SPDX-License-Identifier` lines in LICENSE and COPYING files, a LICENSES folder as the REUSE
    specification has it (<id>.txt), and the licence fields of pyproject.toml, Cargo.toml and package.json. A licence
    text alone tells nothing here: a licence is never guessed.
    """
    names = [name.decode(errors="replace") for name in repository.fields(["ls-tree", "-z", "--name-only", commit])]
    found: set[str | None] = set()
    for name in names:
        if _LICENSE_FILE.fullmatch(name) or name in _MANIFESTS:
            content = (repository.blob(f"{commit}:{name}", LICENSE_BYTES) or b"").decode(errors="replace")
            declared = _MANIFESTS[name](content) if name in _MANIFESTS else _SPDX_LINE.findall(content)
            found |= {spdx_id(text) for text in declared}
    if "LICENSES" in names:
        folder = repository.fields(["ls-tree", "-z", "--name-only", commit, "LICENSES/"])
        found |= {
            spdx_id(name.decode(errors="replace").removeprefix("LICENSES/").rpartition(".")[0]) for name in folder
        }
    return found.pop() if len(found) == 1 else None


def _in_toml(table: str) -> Callable[[str], list[str]]:
    def declared(content: str) -> list[str]:
        try:
            value = tomllib.loads(content).get(table, {}).get("license")
        except (tomllib.TOMLDecodeError, AttributeError, RecursionError):
            return []
        value = value.get("text") if isinstance(value, dict) else value
        return [value] if isinstance(value, str) else []

    return declared


def _in_json(content: str) -> list[str]:
    try:
        value = json.loads(content).get("license")
    except (ValueError, AttributeError, RecursionError):
        return []
    return [value] if isinstance(value, str) else []


_MANIFESTS: dict[str, Callable[[str], list[str]]] = {
    "pyproject.toml": _in_toml("project"),
    "Cargo.toml": _in_toml("package"),
    "package.json": _in_json,
}


def _hunks_at(part: bytes) -> int:
    return 0 if part.startswith(b"@@ ") else part.find(b"\n@@ ") + 1 or -1


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise RuledOutError(DropReason.PATHS_NOT_WANTED, "a file that is not UTF-8") from None


def _too_large(max_characters: int) -> RuledOutError:
    return RuledOutError(DropReason.TOO_LARGE, f"more than {max_characters:,} characters")
