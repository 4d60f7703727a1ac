import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.sources.pull_requests.diffs import before_and_after, head_of, one_side, text_before, unified
from sourcing_pipeline.sources.pull_requests.pull_request import ChangedFile
from sourcing_pipeline.sources.records import UnreadableError

LINES = st.lists(
    st.sampled_from(["a", "b", "", " ", "-", "+x", "@@ -1 +1 @@", "\\ No newline", "é\x0c", "z\r"]), max_size=12
)
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + ("\n" if end and lines else ""), LINES, st.booleans())
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C.UTF-8",
}


def git(folder: Path, *arguments: str, text: str | None = None, status: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        input=None if text is None else text.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode in status, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("diffs")


def hunks_of(folder: Path, before: str, after: str) -> str:
    """What git itself says is between two texts, from the first hunk on."""
    for name, content in (("before", before), ("after", after)):
        (folder / name).write_text(content, encoding="utf-8", newline="")
    said = git(folder, "diff", "--no-index", "--no-color", "--text", "before", "after", status=(0, 1))
    return said[said.index("\n@@ ") + 1 :] if "\n@@ " in said else ""


@given(TEXTS, TEXTS)
@settings(max_examples=60)
def test_a_patch_taken_back_gives_the_text_before(folder: Path, before: str, after: str) -> None:
    hunks = hunks_of(folder, before, after)
    assert text_before(after, hunks) == before
    assert text_before(after, hunks.removesuffix("\n")) == before


@given(TEXTS.filter(bool))
@settings(max_examples=20)
def test_a_file_that_came_or_went_stands_whole_in_its_patch(folder: Path, content: str) -> None:
    assert one_side(hunks_of(folder, "", content), "+") == content
    assert one_side(hunks_of(folder, content, ""), "-") == content
    assert head_of(hunks_of(folder, "", content)) == content


NAMES = st.sampled_from(["a.py", "b c.py", 'quo"te', "tab\there", "d/e/f", "back\\slash", "é.txt", "x\x01"])


@given(st.dictionaries(NAMES, st.tuples(st.none() | TEXTS, st.none() | TEXTS), min_size=1, max_size=3))
@settings(max_examples=40)
def test_git_applies_the_diff_that_was_put_together(
    folder: Path, tree: dict[str, tuple[str | None, str | None]]
) -> None:
    work = folder / f"work-{len(list(folder.iterdir()))}"
    changes = []
    for name, (before, after) in sorted(tree.items()):
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if before is not None:
            path.write_text(before, encoding="utf-8", newline="")
        hunks = hunks_of(folder, before or "", after or "")
        if hunks:
            file = ChangedFile(None if before is None else name, None if after is None else name, 1, 1)
            changes.append((file, hunks))
    if changes:
        git(work, "apply", "--unidiff-zero", "-", text=unified(changes) + "\n")
    for name, (before, after) in tree.items():
        kept = after if hunks_of(folder, before or "", after or "") else before
        assert ((work / name).read_bytes().decode() if (work / name).exists() else None) == kept


def test_a_file_renamed_without_a_change_is_told_by_header_lines_alone(tmp_path: Path) -> None:
    (tmp_path / "old name").write_text("x\n")
    diff = unified([(ChangedFile("old name", "new", 0, 0), "")])
    git(tmp_path, "apply", "-", text=diff + "\n")
    assert (tmp_path / "new").read_text() == "x\n"
    assert not (tmp_path / "old name").exists()


@pytest.mark.parametrize(
    "hunks",
    [
        "no hunk",
        "@@ -1 +1 @@\n",
        "@@ -1 +1 @@\n-a",
        "@@ -1 +1 @@\nx",
        "@@ -1 +1 @@\n\\ No newline",
        "@@ -9 +9 @@\n-a\n+b",
    ],
)
def test_what_is_no_patch_of_the_text_is_refused(hunks: str) -> None:
    with pytest.raises(UnreadableError, match="patch: expected"):
        text_before("b\n", hunks)


def test_a_head_is_known_only_when_the_patch_begins_with_the_file() -> None:
    assert head_of("@@ -1,2 +1,2 @@\n a\n-b\n+c") == "a\nc\n"
    assert head_of("@@ -10,2 +10,2 @@\n a\n-b\n+c") == ""
    assert head_of("") == ""


def test_files_before_and_after_stand_in_fences_longer_than_their_own() -> None:
    changed = (ChangedFile("a.md", "a.md", 1, 1), ("```\nx\n```\n", "y"))
    added = (ChangedFile(None, "b.md", 1, 0), ("", "z\n"))
    removed = (ChangedFile("c.md", None, 0, 1), ("w\n", ""))
    moved = (ChangedFile("d.md", "e.md", 0, 0), ("", ""))
    assert before_and_after([changed, added, removed, moved]) == (
        "Before, `a.md`:\n\n````\n```\nx\n```\n````\n\nAfter, `a.md`:\n\n```\ny\n```\n\n"
        "After, `b.md`:\n\n```\nz\n```\n\n"
        "Before, `c.md`:\n\n```\nw\n```\n\nRemoved: `c.md`\n\n"
        "Before, `d.md`:\n\n```\n```\n\nAfter, `e.md`:\n\n```\n```"
    )
