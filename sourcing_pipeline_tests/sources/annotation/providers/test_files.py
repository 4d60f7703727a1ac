import csv
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from sourcing_pipeline.errors import InputError, SourcingError, TryAgain
from sourcing_pipeline.sources.annotation.provider import Answer, Form, Point, Task
from sourcing_pipeline.sources.annotation.providers.files import Files
from sourcing_pipeline.sources.annotation.tables import Column, append_table, read_table, write_table

TEXT = "text-of-a-row"
POINTS = (Point("concise", "Under 200 words"), Point("tone", "In the user's tone"))
WRITE = Form("support", "write", "# Write well", POINTS, 1.0, annotators=1)
RATE = replace(WRITE, kind="rate")
FORMATS = ("csv", "jsonl", "xlsx")
SAVED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def tasks(numbers: Sequence[int], kind: Any = "write") -> list[Task]:
    response = None if kind == "write" else f"{TEXT} answered"
    return [Task(f"k-{number}", kind, f"={TEXT} {number}", response) for number in numbers]


def sent(folder: Path, form: Form = WRITE, n: int = 3, fmt: Any = "csv") -> Files:
    files = Files(folder=folder, format=fmt)
    files.send(form, tasks(range(n), form.kind))
    return files


def put(path: Path, *rows: dict[str, str], saved: datetime = SAVED) -> Path:
    """Write a file with the columns of its rows, as if it was saved at `saved`."""
    write_table(path, [Column(name) for name in dict.fromkeys(name for row in rows for name in row)], rows)
    os.utime(path, (saved.timestamp(), saved.timestamp()))
    return path


def here(files: Files, form: Form = WRITE) -> Path:
    return Path(files.where(form))


def answers(files: Files, form: Form = WRITE, since: datetime | None = None) -> dict[str, Answer]:
    found = list(files.answers(form, since))
    assert len({answer.id for answer in found}) == len(found)
    return {answer.id: answer for answer in found}


def edit(path: Path, key: str, **cells: str) -> None:
    """Fill in cells of the row of `key`, as somebody does in a program."""
    rows = [dict(row.fields or {}) for row in read_table("support", path)]
    for row in rows:
        if row["key"] == key:
            row.update(cells)
    put(path, *rows)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("form", [WRITE, RATE], ids=["write", "rate"])
def test_tasks_are_written_once_with_the_rubric_beside_them(tmp_path: Path, form: Form, fmt: str) -> None:
    files = sent(tmp_path, form, 2, fmt)
    files.send(form, [*tasks(range(4), form.kind), *tasks([3], form.kind)])
    files.send(form, tasks([1], form.kind))
    folder = tmp_path / "support" / form.kind
    rows = [row.fields or {} for row in read_table("support", folder / f"tasks.{fmt}")]
    given = ["key", "instruction"] + (["response_to_rate"] if form is RATE else [])
    asked = ["response"] if form is WRITE else ["concise", "tone"]
    assert list(rows[0]) == [*given, *asked, "note", "skipped", "annotator", "seconds"]
    assert [row["key"] for row in rows] == ["k-0", "k-1", "k-2", "k-3"]
    assert rows[2]["instruction"] == f"={TEXT} 2"
    assert rows[3].get("response_to_rate") == (f"{TEXT} answered" if form is RATE else None)
    page = (folder / "instructions.md").read_text("utf-8")
    assert page.startswith("# Write well\n\n## How to fill in the file")
    assert ("`concise`, `tone`" in page) == (form is RATE)
    assert sorted(one.name for one in folder.iterdir()) == ["answers", "instructions.md", f"tasks.{fmt}"]
    assert answers(files, form) == {}


def test_nothing_is_made_where_nothing_is_sent(tmp_path: Path) -> None:
    files = Files(folder=tmp_path)
    files.send(WRITE, [])
    assert answers(files) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_folder_begins_beside_the_recipe() -> None:
    files = Files.model_validate({"type": "files"}, context={"root": "/there"})
    assert files.where(WRITE) == "/there/data/annotation/support/write"


def test_the_points_of_a_workbook_are_picked_from_a_list(tmp_path: Path) -> None:
    files = sent(tmp_path, RATE, fmt="xlsx")
    sheet = load_workbook(here(files, RATE) / "tasks.xlsx").active
    rules = {str(one.sqref)[0]: (one.formula1, one.prompt) for one in sheet.data_validations.dataValidation}
    assert rules["D"] == ('"met,not_met,does_not_apply"', "Under 200 words")
    assert rules["E"] == ('"met,not_met,does_not_apply"', "In the user's tone")
    assert rules["G"][0] == '"yes"'
    assert [sheet[f"{column}2"].fill.fill_type for column in "ABCD"] == ["solid", "solid", "solid", None]


@pytest.mark.parametrize("fmt", FORMATS)
def test_what_people_wrote_into_the_tasks_file_stays_and_is_read_when_tasks_are_added(tmp_path: Path, fmt: str) -> None:
    files = sent(tmp_path, fmt=fmt)
    path = here(files) / f"tasks.{fmt}"
    edit(path, "k-1", response="- so\n- it works", seconds="90", **{"my own column": "remember"})
    before = answers(files)
    files.send(WRITE, tasks(range(5)))
    rows = {(row.fields or {})["key"]: row.fields or {} for row in read_table("support", path)}
    assert list(rows) == [f"k-{number}" for number in range(5)]
    assert (rows["k-1"]["response"], rows["k-1"]["my own column"]) == ("- so\n- it works", "remember")
    assert answers(files) == before
    assert before == {"k-1-team": Answer("k-1-team", "k-1", "team", SAVED, 90.0, "- so\n- it works")}


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_files_of_several_people_are_answers_of_each_of_them(tmp_path: Path, fmt: str) -> None:
    files = sent(tmp_path, RATE, fmt=fmt)
    folder = here(files, RATE)
    put(folder / f"answers/anna.{fmt}", {"key": "k-0", "concise": "met", "tone": "not met", "note": "hm"})
    put(folder / "answers/Bob B.jsonl", {"key": "k-0", "concise": "N/A"}, {"key": "k-2", "skipped": "yes"})
    put(folder / "answers/all.csv", {"key": "k-1", "tone": "1", "annotator": " Carla \n C."})
    assert answers(files, RATE) == {
        "k-0-anna": Answer(
            "k-0-anna", "k-0", "anna", SAVED, points={"concise": "met", "tone": "not_met"}, note="hm", skipped=False
        ),
        "k-0-Bob B": Answer("k-0-Bob B", "k-0", "Bob B", SAVED, points={"concise": "does_not_apply"}),
        "k-2-Bob B": Answer("k-2-Bob B", "k-2", "Bob B", SAVED, skipped=True),
        "k-1-Carla C.": Answer("k-1-Carla C.", "k-1", "Carla C.", SAVED, points={"tone": "met"}),
    }


@pytest.mark.parametrize(
    ("cells", "met"),
    [
        (("met", "Met ", "YES", "y", "1", "1.0", "TRUE", "ok", "x", "X"), "met"),
        (("not_met", "Not met", "not  MET", "no", "N", "0", "false"), "not_met"),
        (("does_not_apply", "Does not apply", "NA", "n/a", "-"), "does_not_apply"),
    ],
)
def test_words_are_understood_however_they_are_spelled(tmp_path: Path, cells: tuple[str, ...], met: str) -> None:
    files = sent(tmp_path, RATE)
    for number, cell in enumerate(cells):
        value: Any = float(cell) if cell == "1.0" else cell
        put(here(files, RATE) / f"answers/p{number}.csv", {"key": "k-0", "concise": str(value).removesuffix(".0")})
    assert [answer.points for answer in answers(files, RATE).values()] == [{"concise": met}] * len(cells)


@pytest.mark.parametrize(
    ("cells", "skipped"),
    [
        ({"note": "unclear"}, True),
        ({"skipped": "YES"}, True),
        ({"skipped": "x", "response": "half"}, True),
        ({"skipped": "no", "note": "unclear"}, True),
        ({"response": "done", "note": "unclear"}, False),
        ({"response": "done", "skipped": "no"}, False),
        ({"skipped": "no"}, None),
        ({"annotator": "anna", "seconds": "5"}, None),
        ({"response": " \n"}, None),
    ],
)
def test_a_row_is_skipped_when_it_says_so_or_has_a_note_alone(
    tmp_path: Path, cells: dict[str, str], skipped: bool | None
) -> None:
    files = sent(tmp_path)
    put(here(files) / "answers/anna.csv", {"key": "k-0", **cells})
    assert [one.skipped for one in answers(files).values()] == ([] if skipped is None else [skipped])


def test_the_last_of_two_rows_counts_and_of_two_files_the_one_saved_last(tmp_path: Path) -> None:
    files = sent(tmp_path)
    folder = here(files) / "answers"
    put(folder / "anna.csv", {"key": "k-0", "response": "one"}, {"key": "k-0", "response": "two"})
    assert answers(files)["k-0-anna"].response == "two"
    put(folder / "Anna.xlsx", {"key": "k-0", "response": "older", "annotator": "anna"}, saved=SAVED.replace(hour=1))
    assert answers(files)["k-0-anna"].response == "two"
    put(folder / "Anna.xlsx", {"key": "k-0", "response": "newer", "annotator": "anna"}, saved=SAVED.replace(hour=13))
    assert answers(files)["k-0-anna"].response == "newer"
    assert list(answers(files)) == ["k-0-anna"]


def test_times_are_the_rows_own_but_never_later_than_the_file(tmp_path: Path) -> None:
    files = sent(tmp_path)
    put(
        here(files) / "answers/anna.csv",
        {"key": "k-0", "response": "a", "Submitted at": "2026-02-01 10:00", "seconds": "12,5"},
        {"key": "k-1", "response": "a", "Submitted at": "2199-01-01"},
        {"key": "k-2", "response": "a"},
    )
    found = answers(files)
    assert found["k-0-anna"].submitted_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert found["k-0-anna"].seconds == 12.5
    assert {found["k-1-anna"].submitted_at, found["k-2-anna"].submitted_at} == {SAVED}


def test_files_that_did_not_change_since_are_left_out_but_not_one_that_came_later(tmp_path: Path) -> None:
    files = sent(tmp_path)
    put(here(files) / "answers/anna.csv", {"key": "k-0", "response": "a"})
    assert list(answers(files, since=SAVED)) == ["k-0-anna"]
    assert list(answers(files, since=datetime.fromtimestamp(time.time() - 60, UTC))) == ["k-0-anna"]
    assert list(answers(files, since=datetime.fromtimestamp(time.time() + 60, UTC))) == []


def test_a_few_unreadable_rows_are_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = sent(tmp_path, RATE, n=50)
    rows = [{"key": f"k-{number}", "concise": "met"} for number in range(50)]
    rows[3]["concise"] = TEXT
    rows.append({"key": TEXT, "concise": "met"})
    put(here(files, RATE) / "answers/anna.csv", *rows)
    with caplog.at_level(logging.WARNING):
        assert set(answers(files, RATE)) == {f"k-{number}-anna" for number in range(50) if number != 3}
    assert "anna.csv, line 5: concise: expected met, not_met or does_not_apply; the row was left out" in caplog.text
    assert "anna.csv, line 52: key: expected the key of a task; the row was left out" in caplog.text
    assert TEXT not in caplog.text


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"tone": TEXT}, "line 2: tone: expected met, not_met or does_not_apply"),
        ({"tone": "met", "skipped": TEXT}, "line 2: skipped: expected yes or no"),
        ({"tone": "met", "seconds": TEXT}, "line 2: seconds: expected a number of seconds"),
        ({"tone": "met", "seconds": "-1"}, "line 2: seconds: expected a number of seconds"),
        ({"tone": "met", "seconds": "nan"}, "line 2: seconds: expected a number of seconds"),
        ({"tone": "met", "submitted_at": TEXT}, "line 2: submitted_at: expected ISO 8601"),
        ({"tone": "met", "key": TEXT}, "line 2: key: expected the key of a task"),
        ({"tone": "met", "key": ""}, "line 2: key: expected the key of a task"),
    ],
)
def test_many_unreadable_rows_are_an_error_that_names_them(tmp_path: Path, cells: dict[str, str], problem: str) -> None:
    files = sent(tmp_path, RATE)
    path = put(here(files, RATE) / "answers/anna.csv", *[{"key": "k-0", **cells}] * 4, {"key": "k-1", "tone": "met"})
    with pytest.raises(InputError) as caught:
        answers(files, RATE)
    message = str(caught.value)
    assert message.startswith("source 'support': 4 of 5 rows that are filled in cannot be read (")
    assert f"{path}, {problem}" in message
    assert "line 4" in message
    assert "line 5" not in message
    assert TEXT not in message


def test_rows_out_of_joint_count_as_unreadable(tmp_path: Path) -> None:
    files = sent(tmp_path)
    (here(files) / "answers/anna.csv").write_text(f"key,response\nk-0,well, {TEXT}\nk-1,fine\n")
    with pytest.raises(InputError, match=r"1 of 2 rows .*line 2: expected 2 cells, got 3") as caught:
        answers(files)
    assert TEXT not in str(caught.value)


def test_files_that_programs_leave_are_no_answers_and_other_kinds_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = sent(tmp_path)
    for name in ("~$anna.xlsx", ".~lock.anna.csv#", "._anna.csv", ".anna.csv.7.partial", "anna.ods"):
        (here(files) / "answers" / name).write_bytes(b"\0")
    with caplog.at_level(logging.WARNING):
        assert answers(files) == {}
    assert [record.getMessage().rpartition("/")[2] for record in caplog.records] == [
        "anna.ods: it was left out; save it as .csv, .jsonl or .xlsx"
    ]


def test_the_format_may_change_while_a_campaign_runs(tmp_path: Path) -> None:
    edit(here(sent(tmp_path, n=2)) / "tasks.csv", "k-0", response="a")
    files = sent(tmp_path, n=4, fmt="xlsx")
    assert [(row.fields or {})["key"] for row in read_table("s", here(files) / "tasks.xlsx")] == ["k-2", "k-3"]
    edit(here(files) / "tasks.xlsx", "k-3", response="b")
    assert set(answers(files)) == {"k-0-team", "k-3-team"}


def test_answers_without_a_tasks_file_are_an_error(tmp_path: Path) -> None:
    files = sent(tmp_path)
    put(here(files) / "answers/anna.csv", {"key": "k-0", "response": "a"})
    (here(files) / "tasks.csv").unlink()
    with pytest.raises(InputError, match="the tasks file is not; put it back"):
        answers(files)


def error_of_sending(files: Files, form: Form = WRITE) -> SourcingError:
    with pytest.raises(SourcingError) as caught:
        files.send(form, tasks(range(5), form.kind))
    assert TEXT not in str(caught.value)
    return caught.value


def test_a_tasks_file_that_is_open_or_broken_is_left_as_it_is(tmp_path: Path) -> None:
    files = sent(tmp_path)
    path = here(files) / "tasks.csv"
    (path.parent / ".~lock.tasks.csv#").touch()
    assert isinstance(error_of_sending(files), TryAgain)
    (path.parent / ".~lock.tasks.csv#").unlink()
    for content, problem in (
        (f'key,instruction,response\nk-0,"{TEXT}\n', "from line 2 on: expected CSV"),
        (f"key,instruction,response\nk-0,a,b,{TEXT}\n", "line 2: expected 3 cells, got 4"),
        (f"key,instruction\nk-0,{TEXT}\n", "missing: response"),
    ):
        path.write_text(content)
        error = error_of_sending(files)
        assert isinstance(error, InputError)
        assert problem in str(error)
        assert path.read_text() == content


def test_a_rubric_that_got_another_point_is_refused_until_the_file_has_it(tmp_path: Path) -> None:
    files = sent(tmp_path, RATE)
    changed = replace(RATE, points=(*POINTS, Point("sources", "Cites")))
    assert "missing: sources" in str(error_of_sending(files, changed))
    assert answers(files, changed) == {}


def test_a_point_called_like_a_column_is_refused(tmp_path: Path) -> None:
    for name in ("note", "key", "submitted_at"):
        form = replace(RATE, points=(Point(name, "x"),))
        assert f"the rubric's point `{name}` is called like another column" in str(
            error_of_sending(Files(folder=tmp_path), form)
        )


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "support").write_text("in the way")
    assert "the folder cannot be made" in str(error_of_sending(Files(folder=tmp_path)))


@pytest.mark.parametrize("fmt", FORMATS)
def test_ten_thousand_tasks_take_seconds(tmp_path: Path, fmt: Any) -> None:
    files = Files(folder=tmp_path, format=fmt)
    files.send(WRITE, tasks(range(10_000)))
    files.send(WRITE, tasks(range(10_010)))
    path = here(files) / f"tasks.{fmt}"
    append_table("support", path, [Column("key"), Column("response")], [{"key": "k-7", "response": "a"}])
    assert list(answers(files)) == ["k-7-team"]


def test_csv_of_tasks_opens_without_formulas(tmp_path: Path) -> None:
    files = sent(tmp_path, n=1)
    with (here(files) / "tasks.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert list(csv.reader(handle))[1][1] == f"'={TEXT} 0"
