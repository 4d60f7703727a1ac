"""Real git repositories, made by tests commit by commit."""

import os
import shutil
import subprocess
from pathlib import Path

ANN = ("Ann Lee", "Ann@example.com")
BOB = ("Bob Roe", "bob@example.com")
CY = ("Cy Poe", "cy@example.com")
GITHUB = ("GitHub", "noreply@github.com")


class Repository:
    """A repository at `path` whose branch is `main`; `day` is when the next commits are made."""

    def __init__(self, path: Path, template: Path | None = None) -> None:
        self.path = path
        self.day = "2026-05-01"
        if template is not None:
            shutil.copytree(template, path)
            return
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("Begin", {"LICENSE": "SPDX-License-Identifier: MIT\n", "a.py": "one = 1\ntwo = 2\n"})

    def git(self, *arguments: str, author: tuple[str, str] = ANN, committer: tuple[str, str] | None = None) -> str:
        at = f"{self.day}T10:00:00+00:00" if len(self.day) == 10 else self.day
        who = {"AUTHOR": author, "COMMITTER": committer or author}
        people = {
            f"GIT_{role}_{key}": value
            for role, one in who.items()
            for key, value in zip(("NAME", "EMAIL"), one, strict=True)
        }
        plain = {"PATH": os.environ["PATH"], "HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}
        times = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=plain | people | times, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def commit(
        self,
        message: str,
        files: dict[str, str | bytes | None],
        author: tuple[str, str] = ANN,
        committer: tuple[str, str] | None = None,
    ) -> str:
        """Commit `files` (None removes one) and give the commit's id."""
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message, author=author, committer=committer)
        return self.git("rev-parse", "HEAD")

    def merge(
        self,
        files: dict[str, str | bytes | None],
        said: str = "Count in digits\n\nSince words are longer than digits.",
        message: str = "Merge branch 'topic'",
        author: tuple[str, str] = ANN,
        merger: tuple[str, str] = BOB,
    ) -> str:
        """Commit `files` on a branch of its own, merge it, and give the merge's id."""
        self.git("checkout", "--quiet", "-B", "topic")
        self.commit(said, files, author)
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "-m", message, "topic", author=merger)
        return self.git("rev-parse", "HEAD")
