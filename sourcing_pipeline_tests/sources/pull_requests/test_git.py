import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.pull_requests import PullRequests
from sourcing_pipeline.sources.pull_requests.git import Git
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.conftest import AS_OF, Read
from sourcing_pipeline_tests.sources.pull_requests.repositories import ANN, BOB, CY, GITHUB, Repository

ALL = Window(AS_OF, ZoneInfo("UTC"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Repository(tmp_path_factory.mktemp("template") / "work").path


@pytest.fixture
def repository(tmp_path: Path, template: Path) -> Repository:
    return Repository(tmp_path / "work", template)


def source(*paths: Path, system: dict[str, Any] | None = None, **fields: Any) -> PullRequests:
    known = {"type": "git", "repositories": [str(path) for path in paths]} | (system or {})
    return PullRequests.model_validate({"system": known, "min_description_characters": 0} | fields)


def test_a_merge_of_another_person_is_an_approved_pull_request(repository: Repository, read: Read) -> None:
    repository.day = "2026-05-02"
    sha = repository.merge({"a.py": "one = 1\ntwo = 2\nthree = 3\n", "poetry.lock": "x\n", "logo.png": b"\x89\0"})
    (row,) = read(source(repository.path))
    assert row["id"] == f"src:work@{sha}"
    assert row["partition"] == "2026-05-02"
    assert row["messages"] == [
        {"role": "user", "content": "Count in digits\n\nSince words are longer than digits."},
        {"role": "assistant", "content": "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,3 @@\n one = 1\n two = 2\n+three = 3"},
    ]
    assert row["license"] == "MIT"
    assert row["attribution"] == "Ann Lee"
    assert row["origin_uri"] == f"git:work@{sha}"
    assert row["tags"] == ["python"]
    assert row["quality_score"] is None
    assert row["person_keys"] == ["ann@example.com", "bob@example.com"]
    assert row["created_at"].isoformat() == "2026-05-02T10:00:00+00:00"
    assert json.loads(row["meta"]) == {
        "repository": "work",
        "number": None,
        "merge_commit": sha,
        "files": 1,
        "files_left_out": 2,
        "additions": 1,
        "deletions": 0,
        "approvals": 1,
    }


def test_the_answer_may_be_each_file_before_and_after(repository: Repository, read: Read) -> None:
    repository.commit("More", {"old.py": "x = 1\n" * 9, "gone.py": "y\n"})
    repository.merge({"old.py": None, "new.py": "x = 1\n" * 9, "gone.py": None, "b.md": "```\n"})
    (row,) = read(source(repository.path, answer="files"))
    same = "x = 1\n" * 9
    assert row["messages"][1]["content"] == (
        "After, `b.md`:\n\n````\n```\n````\n\nBefore, `gone.py`:\n\n```\ny\n```\n\nRemoved: `gone.py`\n\n"
        f"Before, `old.py`:\n\n```\n{same}```\n\nAfter, `new.py`:\n\n```\n{same}```"
    )
    (row,) = read(source(repository.path))
    assert "rename from old.py\nrename to new.py" in row["messages"][1]["content"]


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("Merge branch 'topic'", "Last words\n\nof the branch"),
        ("Merge pull request #7 from ann/topic\n\nThe title\n\nThe body.", "The title\n\nThe body."),
        ("Merge branch 'topic' into 'main'\n\nThe title\n\nBody\n\nSee merge request a/b!7", "The title\n\nBody"),
        ("Merged in topic (pull request #7)\n\nThe title", "The title"),
        ("Own words\n\nand more\n\nReviewed-by: Cy <cy@example.com>", "Own words\n\nand more"),
        ("Merge branch 'topic'\n\n# Conflicts:\n#\ta.py", "Last words\n\nof the branch"),
    ],
)
def test_what_was_asked_stands_in_the_merge_or_else_in_its_last_commit(
    repository: Repository, read: Read, message: str, asked: str
) -> None:
    repository.merge({"a.py": "x\n"}, "Last words\n\nof the branch\n\nSigned-off-by: Ann <ann@example.com>", message)
    (row,) = read(source(repository.path))
    assert row["messages"][0]["content"] == asked
    assert json.loads(row["meta"])["number"] == (7 if "7" in message else None)


def test_the_branch_merged_into_itself_is_no_pull_request(repository: Repository, read: Read) -> None:
    for message in (
        "Merge branch 'main' of https://example.com/a/b",
        "Merge remote-tracking branch 'origin/main'",
        "Merge branch 'main' into topic",
    ):
        repository.merge({"a.py": message}, message=message)
    assert read(source(repository.path)) == []
    assert read(source(repository.path, system={"branch": "main"})) == []
    repository.merge({"a.py": "x\n"}, message="Merge branch 'fix/main'")
    assert len(read(source(repository.path))) == 1


def test_a_squashed_pull_request_is_one_commit(repository: Repository, read: Read) -> None:
    said = "Add three (#12)\n\nSince it was missing.\n\nReviewed-by: Cy Poe <Cy@example.com>"
    repository.commit(said, {"a.py": "three = 3\n"}, ANN, GITHUB)
    repository.commit("Add four (#13)", {"a.py": "four = 4\n"}, ANN, GITHUB)
    repository.commit("Add five (#14)", {"a.py": "five = 5\n"}, ANN, BOB)
    repository.commit("No pull request", {"a.py": "six = 6\n"}, ANN, BOB)
    five, four, three = read(source(repository.path))
    assert three["messages"][0]["content"] == "Add three\n\nSince it was missing."
    assert json.loads(three["meta"])["number"] == 12
    assert three["person_keys"] == ["ann@example.com", "cy@example.com"]
    assert four["drop_reason"] == "not_approved"
    assert five["drop_reason"] is None
    assert read(source(repository.path, system={"squashed": False})) == []


@pytest.mark.parametrize(
    ("trailer", "merger", "merge_approves", "approvals"),
    [
        ("", BOB, True, 1),
        ("", BOB, False, 0),
        ("", ANN, True, 0),
        ("", GITHUB, True, 0),
        ("Reviewed-by: Cy Poe <CY@example.com>", ANN, True, 1),
        ("Reviewed-by: Cy <cy@example.com>\nAcked-by: C. Poe <cy@example.com>", BOB, True, 2),
        ("Approved-by: Ann <ann@example.com>", ANN, True, 0),
        ("Reviewed-by: Cy <cy@example.com>\nCo-authored-by: Cy <cy@example.com>", ANN, True, 0),
        ("Reviewed-by: check[bot] <check@example.com>", ANN, True, 0),
        ("Tested-by: Cy <cy@example.com>", ANN, True, 0),
    ],
)
def test_trailers_and_the_merge_itself_are_the_approvals(
    repository: Repository, read: Read, trailer: str, merger: Any, merge_approves: bool, approvals: int
) -> None:
    repository.merge({"a.py": "x\n"}, f"Say x\n\n{trailer}", merger=merger)
    system = {"merge_approves": merge_approves}
    (row,) = read(source(repository.path, system=system, approvals=max(approvals, 1)))
    assert row["drop_reason"] == (None if approvals else "not_approved")
    (row,) = read(source(repository.path, system=system, approvals=approvals + 1))
    assert (row["drop_reason"], row["drop_detail"]) == ("not_approved", f"{approvals} of {approvals + 1}")


def test_whoever_wrote_a_part_does_not_approve_it_by_merging(repository: Repository, read: Read) -> None:
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit("First part", {"a.py": "x\n"}, BOB)
    repository.commit("Second part", {"a.py": "y\n"}, ANN)
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "Merge branch 'topic'", "topic", author=BOB)
    (row,) = read(source(repository.path))
    assert row["drop_reason"] == "not_approved"
    assert row["person_keys"] == ["ann@example.com", "bob@example.com"]


@pytest.mark.parametrize(
    ("fields", "files", "reason"),
    [
        ({"bots": ["ann*"]}, {"a.py": "x\n"}, "bot_author"),
        ({"max_age_days": 7}, {"a.py": "x\n"}, "outside_window"),
        ({"min_description_characters": 100}, {"a.py": "x\n"}, "too_short"),
        ({"max_changed_lines": 2}, {"a.py": "x\n"}, "too_large"),
        ({"max_files": 1}, {"a.py": "x\n", "b.py": "y\n"}, "too_large"),
        ({"max_diff_characters": 40}, {"a.py": "x\n"}, "too_large"),
        ({"max_diff_characters": 10, "answer": "files"}, {"a.py": "x\n"}, "too_large"),
        ({"max_diff_characters": 300}, {"a.py": "x" * 99_999}, "too_large"),
        ({"paths": ["*.go"]}, {"a.py": "x\n"}, "paths_not_wanted"),
        ({}, {"a.lock": "x\n", "b.png": b"\0"}, "paths_not_wanted"),
        ({}, {"a.py": b"caf\xe9\n"}, "paths_not_wanted"),
        ({"answer": "files"}, {"a.py": b"caf\xe9\n"}, "paths_not_wanted"),
        ({}, {"a.py": "# Code generated by x. DO NOT EDIT.\n"}, "paths_not_wanted"),
        ({}, {f"f{number}.py": "x\n" for number in range(301)}, "too_large"),
        ({}, {}, "paths_not_wanted"),
    ],
)
def test_each_rule_drops_with_its_reason_and_names_the_people(
    repository: Repository, read: Read, fields: Any, files: Any, reason: str
) -> None:
    repository.merge(files)
    (row,) = read(source(repository.path, **fields))
    assert row["drop_reason"] == reason
    assert row["person_keys"] == ["ann@example.com", "bob@example.com"]
    assert row["partition"] == "2026-05-01"


def test_attributes_say_which_files_are_generated(repository: Repository, read: Read) -> None:
    top = "gen/* linguist-generated\ngen/own.py -linguist-generated\n*.min.js linguist-generated=false\n# no line\n"
    repository.commit("Attributes", {".gitattributes": top, "lib/.gitattributes": "*.py linguist-vendored=true\n"})
    files = ("gen/a.py", "gen/own.py", "app.min.js", "lib/deep/b.py", "lib/c.go", "a.py")
    repository.merge(dict.fromkeys(files, "x\n"))
    (row,) = read(source(repository.path))
    shown = [line[6:] for line in row["messages"][1]["content"].split("\n") if line.startswith("+++ b/")]
    assert shown == ["a.py", "app.min.js", "gen/own.py", "lib/c.go"]


@pytest.mark.parametrize(
    ("files", "license_id"),
    [
        ({"LICENSE": "Permission is hereby granted"}, None),
        ({"LICENSE": None, "COPYING.md": "<!-- SPDX-License-Identifier: apache-2.0 -->\n"}, "Apache-2.0"),
        ({"LICENSE": None, "LICENSES/BSD-3-Clause.txt": "…"}, "BSD-3-Clause"),
        ({"LICENSE": None, "LICENSES/BSD-3-Clause.txt": "…", "LICENSES/MIT.txt": "…"}, None),
        ({"LICENSE": None, "pyproject.toml": '[project]\nlicense = "MIT"\n'}, "MIT"),
        ({"LICENSE": None, "pyproject.toml": "[project\n"}, None),
        ({"LICENSE": None, "package.json": '{"license": "ISC"}'}, "ISC"),
        ({"LICENSE": None, "package.json": "[]"}, None),
        ({"package.json": '{"license": "ISC"}'}, None),
        ({"package.json": '{"license": "MIT"}'}, "MIT"),
        ({"LICENSE": None, "Cargo.toml": '[package]\nlicense = "MIT OR Apache-2.0"\n'}, None),
    ],
)
def test_the_licence_is_what_the_files_declare_and_never_guessed(
    repository: Repository, read: Read, files: Any, license_id: str | None
) -> None:
    repository.commit("Licence", files)
    repository.merge({"a.py": "x\n"})
    (row,) = read(source(repository.path))
    assert row["license"] == license_id
    assert (row["drop_reason"] == "licence_unknown") is (license_id is None)
    (row,) = read(source(repository.path, license="LicenseRef-Proprietary"))
    assert (row["license"], row["attribution"]) == ("LicenseRef-Proprietary", None)


@pytest.mark.parametrize(
    ("remote", "uri"),
    [
        ("https://ann:s3cret@example.com/o/r.git", "https://example.com/o/r/commit/"),
        ("git@example.com:o/r.git", "https://example.com/o/r/commit/"),
        ("ssh://git@example.com:2222/o/r", "https://example.com/o/r/commit/"),
        ("/srv/git/r.git", "git:work@"),
        ("ext::sh -c evil", "git:work@"),
    ],
)
def test_origin_is_shown_without_its_password(repository: Repository, read: Read, remote: str, uri: str) -> None:
    sha = repository.merge({"a.py": "x\n"})
    repository.git("config", "remote.origin.url", remote)
    (row,) = read(source(repository.path))
    assert row["origin_uri"] == uri + sha


def test_days_partition_the_merges(repository: Repository, read: Read) -> None:
    for number, day in enumerate(
        ("2026-05-03T23:30:00+00:00", "2026-05-01T12:00:00-11:00", "2026-05-04T00:30:00+02:00")
    ):
        repository.day = day
        repository.merge({"a.py": f"{number}\n"})
    for zone in ("UTC", "Asia/Tokyo"):
        found = read(source(repository.path), zone=zone)
        days = sorted({row["partition"] for row in found})
        apart = [row for day in days for row in read(source(repository.path), (day,), zone)]
        assert sorted(row["id"] for row in apart) == sorted(row["id"] for row in found)
        assert all(row in found for row in apart)
    assert days == ["2026-05-02", "2026-05-04"]
    assert read(source(repository.path), ("2026-05-10",)) == []


def test_bare_clones_and_other_branches_are_read(repository: Repository, read: Read, tmp_path: Path) -> None:
    first = repository.merge({"a.py": "x\n"})
    repository.git("branch", "stable")
    repository.merge({"a.py": "y\n"})
    repository.git("clone", "-q", "--bare", str(repository.path), str(tmp_path / "bare.git"))
    repository.git("clone", "-q", str(repository.path), str(tmp_path / "clone"))
    assert len(read(source(tmp_path / "bare.git", repository.path))) == 4
    for path, name in (
        (tmp_path / "bare.git", "bare"),
        (tmp_path / "clone", "clone"),
        (repository.path / ".git", "work"),
    ):
        rows = read(source(path, system={"branch": "stable"}))
        assert [row["id"] for row in rows] == [f"src:{name}@{first}"]


def test_what_cannot_be_read_is_one_clear_error(repository: Repository, tmp_path: Path) -> None:
    repository.merge({"a.py": "x\n"})
    url = f"file://{repository.path}"
    repository.git("clone", "-q", "--depth=1", url, str(tmp_path / "shallow"))
    (tmp_path / "empty").mkdir()
    (repository.path / "inside").mkdir()
    (tmp_path / "new").mkdir()
    repository.git("init", "-q", str(tmp_path / "new"))
    cases: list[tuple[Path, dict[str, Any], str]] = [
        (tmp_path / "nowhere", {}, "there is no such folder"),
        (tmp_path / "empty", {}, "no git repository"),
        (repository.path / "inside", {}, "no git repository"),
        (tmp_path / "shallow", {}, "git fetch --unshallow"),
        (tmp_path / "new", {}, "HEAD points at no commit"),
        (repository.path, {"branch": "other"}, "there is no branch other"),
    ]
    for path, system, message in cases:
        with pytest.raises(InputError, match=message) as caught:
            list(source(path, system=system).read("src", ALL))
        assert "source 'src'" in str(caught.value)
        assert str(path) in str(caught.value)


def test_two_folders_of_one_name_are_refused(repository: Repository, tmp_path: Path) -> None:
    shutil.copytree(repository.path, tmp_path / "other/work")
    with pytest.raises(InputError, match="rename one of them"):
        list(source(repository.path, tmp_path / "other/work").read("src", ALL))


def test_without_the_program_the_error_says_so(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.path))
    with pytest.raises(InputError, match="the program `git` is not installed"):
        list(source(repository.path).read("src", ALL))


@pytest.mark.parametrize("branch", ["-x", "a..b", "a b", "a^", "", "a:b", "@{-1}", "a\n"])
def test_what_is_no_name_of_a_branch_is_refused(branch: str) -> None:
    with pytest.raises(ValidationError, match="no name of a branch"):
        Git.model_validate({"type": "git", "repositories": ["x"], "branch": branch})


def test_a_broken_repository_is_an_error_and_not_an_empty_day(repository: Repository) -> None:
    repository.merge({"a.py": "x\n"})
    blob = repository.git("rev-parse", "HEAD:a.py")
    (repository.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    (repository.path / "a.py").unlink()
    with pytest.raises(InputError, match="git fsck"):
        list(source(repository.path).read("src", ALL))


def test_nothing_that_a_repository_names_is_run(repository: Repository, read: Read, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\necho hit >> {tmp_path}/hits\ncat\n")
    trap.chmod(0o755)
    repository.commit("Traps", {".gitattributes": "*.py diff=trap filter=trap\n"})
    repository.merge({"a.py": "x\n", "b.py": "y\n"})
    for key in (
        "diff.external",
        "diff.trap.command",
        "diff.trap.textconv",
        "filter.trap.smudge",
        "filter.trap.clean",
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.alternateRefsCommand",
        "gpg.program",
        "credential.helper",
        "pager.log",
    ):
        repository.git("config", key, str(trap))
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "diff.noprefix", "true")
    repository.git("config", "diff.algorithm", "patience")
    (row,) = read(source(repository.path))
    assert "+++ b/a.py" in row["messages"][1]["content"]
    assert not (tmp_path / "hits").exists()


def test_a_repository_of_another_user_is_read(repository: Repository, read: Read) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    repository.merge({"a.py": "x\n"})
    os.chown(repository.path, 12345, 12345)
    os.chown(repository.path / ".git", 12345, 12345)
    assert len(read(source(repository.path))) == 1


def test_odd_paths_and_names_are_read(repository: Repository, read: Read) -> None:
    odd = {
        'quo"te.py': "x\n",
        "tab\there.py": "y\n",
        "ünï.py": "z\n",
        "line\nbreak.py": "w\n",
        ":(top)a.py": "v\n",
        "*.py": "u\n",
    }
    repository.merge({**odd, os.fsdecode(b"caf\xe9.py"): "t\n"}, author=("Ünï Cöde", "UNI@Example.com"))
    (row,) = read(source(repository.path))
    content = row["messages"][1]["content"]
    for shown in ('"b/quo\\"te.py"', '"b/tab\\there.py"', "b/ünï.py", '"b/line\\nbreak.py"', "b/:(top)a.py", "b/*.py"):
        assert f"+++ {shown}\n" in content
    assert content.count("+++ ") == 6
    assert row["attribution"] == "Ünï Cöde"
    assert row["person_keys"] == ["bob@example.com", "uni@example.com"]


def test_the_first_update_touches_nothing_and_later_ones_the_days_of_new_merges(
    repository: Repository, updates: Updates
) -> None:
    repository.merge({"a.py": "x\n"})
    known = source(repository.path)
    known.update("src", ALL, updates)
    assert updates.touched() == {}
    assert updates.cursor() is not None
    repository.day = "2026-05-09"
    repository.merge({"a.py": "y\n"})
    repository.commit("No pull request", {"a.py": "z\n"})
    known.update("src", ALL, updates)
    assert set(updates.touched()) == {"2026-05-09"}
    updates.refreshed(updates.touched())
    known.update("src", ALL, updates)
    assert updates.touched() == {}


def test_a_rewritten_history_touches_the_days_of_both(repository: Repository, updates: Updates) -> None:
    base = repository.merge({"a.py": "w\n"})
    repository.day = "2026-05-05"
    repository.merge({"a.py": "x\n"})
    known = source(repository.path)
    known.update("src", ALL, updates)
    old = repository.git("rev-parse", "HEAD")
    repository.git("reset", "-q", "--hard", base)
    repository.day = "2026-05-06"
    repository.merge({"a.py": "y\n"})
    known.update("src", ALL, updates)
    assert set(updates.touched()) == {"2026-05-05", "2026-05-06"}
    updates.refreshed(updates.touched())
    repository.git("reset", "-q", "--hard", old)
    known.update("src", ALL, updates)
    assert set(updates.touched()) == {"2026-05-05", "2026-05-06"}


def test_a_repository_that_is_added_touches_all_its_days(
    repository: Repository, updates: Updates, tmp_path: Path
) -> None:
    source(repository.path).update("src", ALL, updates)
    other = Repository(tmp_path / "other")
    other.merge({"a.py": "x\n"})
    source(repository.path, other.path).update("src", ALL, updates)
    assert set(updates.touched()) == {"2026-05-01"}


@pytest.mark.slow
@given(
    steps=st.lists(st.tuples(st.sampled_from(["merge", "commit", "back", "update"]), st.integers(1, 28)), max_size=6)
)
@settings(max_examples=12)
def test_rows_of_days_that_no_update_touched_stay_as_they_were(
    steps: list[tuple[str, int]],
    tmp_path_factory: pytest.TempPathFactory,
    template: Path,
    read: Read,
    new_updates: Callable[[], Updates],
) -> None:
    repository, updates = Repository(tmp_path_factory.mktemp("steps") / "work", template), new_updates()
    known = source(repository.path)
    known.update("src", ALL, updates)
    rows: dict[str, Any] = {}
    for number, (step, day) in enumerate([*steps, ("update", 1)]):
        repository.day = f"2026-05-{day:02}"
        if step == "merge":
            repository.merge({"a.py": f"{number}\n"})
        elif step == "commit":
            repository.commit("Other work", {"b.py": f"{number}\n"})
        elif step == "back" and repository.git("rev-list", "--count", "--first-parent", "HEAD") != "1":
            repository.git("reset", "-q", "--hard", "HEAD^")
        elif step == "update":
            known.update("src", ALL, updates)
            marks = updates.touched()
            rows = {key: row for key, row in rows.items() if row["partition"] not in marks}
            rows |= {row["id"]: row for row in read(known, tuple(marks))}
            updates.refreshed(marks)
    assert rows == {row["id"]: row for row in read(known)}


def test_nothing_is_logged(repository: Repository, read: Read, caplog: pytest.LogCaptureFixture) -> None:
    repository.merge({"a.py": "x\n"}, author=CY)
    with caplog.at_level(logging.DEBUG):
        read(source(repository.path))
    assert "Count in digits" not in caplog.text
    assert "cy@example.com" not in caplog.text
