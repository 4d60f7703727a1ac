"""The `git` program on one local repository: asked by plumbing commands, and trusted with nothing."""

import os
import shutil
import subprocess
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, NamedTuple, Self

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.pull_requests.pull_request import Person
from sourcing_pipeline.sources.records import EARLIEST, LATEST

_CHUNK_BYTES = 1 << 16


_LOG = (
    "log",
    "-z",
    "-s",
    "--no-show-signature",
    "--no-mailmap",
    "--no-decorate",
    "--no-notes",
    "--encoding=UTF-8",
    "--format=tformat:" + "%x00".join(("%H", "%P", "%an", "%ae", "%cn", "%ce", "%ct", "%B")),
)
_LOG_FIELDS = 8


class Commit(NamedTuple):
    """One commit; people's keys are their e-mail addresses in lower case."""

    sha: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    committed_at: datetime
    message: str


class GitRepository:
    """A repository at `path` (a work tree, or a bare one), for one source.

    Its own configuration may name programs to run (hooks, pagers, signature checks, diff drivers, credential helpers,
    transports), and it may belong to another user: the environment is made anew, so that nothing of it runs, nothing
    is fetched, and no configuration but the repository's is read. A `with` block ends the processes.
    """

    def __init__(self, source: str, path: Path) -> None:
        self.path = path
        self._source = source
        self._objects: subprocess.Popen[bytes] | None = None
        program = shutil.which("git")
        if program is None:
            raise InputError(
                f"source {source!r}: the program `git` is not installed; install it, version 2.36 or later"
            )
        self._command = [program, "--no-pager", "--no-replace-objects", "--literal-pathspecs"]
        settings = {
            "safe.directory": str(path.resolve()),
            "core.quotePath": "false",
            "core.fsmonitor": "false",
            "core.hooksPath": os.devnull,
            "core.attributesFile": os.devnull,
            "diff.renameLimit": "1000",
            "gc.auto": "0",
            "log.showSignature": "false",
            "protocol.allow": "never",
        }
        for key, value in settings.items():
            self._command += ["-c", f"{key}={value}"]
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.devnull,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_CEILING_DIRECTORIES": str(path.resolve().parent),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }
        if not path.is_dir():
            raise self.wrong("there is no such folder; mend its path in the recipe")
        shallow = self._answer("rev-parse", "--is-shallow-repository")
        if shallow is None:
            raise self.wrong("it is no git repository, or a broken one; mend its path in the recipe")
        if shallow == "true":
            raise self.wrong("it is a shallow clone, whose history is cut; run `git fetch --unshallow` in it")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._objects is not None:
            _end(self._objects)

    @property
    def name(self) -> str:
        """The name of its folder, without `.git`."""
        resolved = self.path.resolve()
        return (resolved.parent if resolved.name == ".git" else resolved).name.removesuffix(".git")

    def wrong(self, what: str) -> InputError:
        """The InputError about this repository."""
        return InputError(f"source {self._source!r}: {self.path}: {what}")

    def tip(self, branch: str | None) -> str:
        """The commit that `branch` (of this repository, or of its origin) or HEAD points at. Raises InputError."""
        refs = ["HEAD"] if branch is None else [f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"]
        for ref in refs:
            found = self._answer("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
            if found is not None:
                return found
        if branch is None:
            raise self.wrong("HEAD points at no commit; name a branch in system.branch")
        raise self.wrong(f"there is no branch {branch}; mend system.branch in the recipe")

    def has(self, commit: str) -> bool:
        """Whether the commit is (still) there."""
        return self._answer("cat-file", "-e", f"{commit}^{{commit}}") is not None

    def setting(self, key: str) -> str | None:
        """A value of the repository's configuration."""
        return self._answer("config", "--local", "--get", key)

    def commits(self, revisions: Sequence[str]) -> Generator[Commit, None, None]:
        """The commits that `git log` finds, as they come; a time outside 1900 to 2199 becomes its nearer end."""
        fields: list[str] = []
        with closing(self.fields([*_LOG, *revisions, "--"])) as found:
            for field in found:
                fields.append(field.decode(errors="replace"))
                if len(fields) == _LOG_FIELDS:
                    sha, parents, author, author_mail, committer, committer_mail, seconds, message = fields
                    fields = []
                    yield Commit(
                        sha,
                        tuple(parents.split()),
                        Person(author_mail.lower(), author),
                        Person(committer_mail.lower(), committer),
                        _instant(seconds),
                        message,
                    )

    def fields(self, arguments: Sequence[str]) -> Generator[bytes, None, None]:
        """What a command writes, split at NULs, as it comes; the text after the last NUL is left out."""
        rest = b""
        with self._running(arguments) as output:
            while chunk := output.read1(_CHUNK_BYTES):  # type: ignore[attr-defined]
                *whole, rest = (rest + chunk).split(b"\0")
                yield from whole

    def output(self, arguments: Sequence[str], max_bytes: int) -> bytes | None:
        """What a command writes, or None when that is more than `max_bytes`."""
        with self._running(arguments) as output:
            found = output.read(max_bytes + 1)
            return found if len(found) <= max_bytes else None

    def blob(self, name: str, max_bytes: int) -> bytes | None:
        """The contents of a blob, by its id or as `<commit>:<path>`; None when there is none, or a larger one."""
        if "\n" in name:
            return None
        talk = self._objects = self._objects or self._start_objects()
        assert talk.stdin is not None
        assert talk.stdout is not None
        line = os.fsencode(name)
        try:
            talk.stdin.write(b"info " + line + b"\n")
            talk.stdin.flush()
            found = talk.stdout.readline().split()
            if len(found) != 3 or found[1] != b"blob" or int(found[2]) > max_bytes:
                if not found:
                    raise BrokenPipeError
                return None
            talk.stdin.write(b"contents " + found[0] + b"\n")
            talk.stdin.flush()
            talk.stdout.readline()
            content = talk.stdout.read(int(found[2]) + 1)
        except BrokenPipeError:
            raise self.wrong("`git cat-file` ended; check it with `git fsck`, and that git is 2.36 or later") from None
        return content[:-1]

    def _start_objects(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            [*self._command, "cat-file", "--batch-command"],
            cwd=self.path,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _answer(self, *arguments: str) -> str | None:
        """What a short command says, or None when it fails."""
        found = subprocess.run(  # noqa: S603
            [*self._command, *arguments],
            cwd=self.path,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return found.stdout.decode(errors="replace").strip() if found.returncode == 0 else None

    @contextmanager
    def _running(self, arguments: Sequence[str]) -> Iterator[IO[bytes]]:
        """A command's output; leaving early ends the command. Raises InputError when it fails."""
        with TemporaryFile() as said:
            process = subprocess.Popen(  # noqa: S603
                [*self._command, *arguments],
                cwd=self.path,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
            )
            assert process.stdout is not None
            try:
                yield process.stdout
                whole = not process.stdout.read(1)
            except BaseException:
                _end(process)
                raise
            if not whole:
                _end(process)
                return
            process.stdout.close()
            if process.wait():
                said.seek(0)
                reason = said.readline(200).decode(errors="replace").strip()
                raise self.wrong(f"`git {arguments[0]}` failed ({reason}); check it with `git fsck`")


def _instant(seconds: str) -> datetime:
    earliest, latest = int(EARLIEST.timestamp()), int(LATEST.timestamp()) - 1
    return datetime.fromtimestamp(min(max(int(seconds or "0"), earliest), latest), UTC)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()
