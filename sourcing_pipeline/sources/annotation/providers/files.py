"""The `files` provider: your own team works in files, CSV, JSON Lines or Excel workbooks."""

import logging
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from pydantic import Field

from sourcing_pipeline.config import RecipePath
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.annotation.provider import Answer, Form, Met, Provider, Task
from sourcing_pipeline.sources.annotation.tables import Column, Row, append_table, read_table, replacing, write_table
from sourcing_pipeline.sources.records import UnreadableError, instant

_log = logging.getLogger(__name__)
_FORMATS = (".csv", ".jsonl", ".xlsx")
_TEAM = "team"
_MAX_UNREADABLE_FRACTION = 0.05
_SHOWN = 3
_APART = re.compile(r"[\s_]+")
_SPELLINGS: Mapping[Met, str] = {
    "met": "met yes y 1 true ok x",
    "not_met": "notmet no n 0 false",
    "does_not_apply": "doesnotapply na n/a -",
}
_WORDS = {word: met for met, words in _SPELLINGS.items() for word in words.split()}


class Files(Provider):
    """Your own team, in files.

    `<folder>/<campaign>/<write or rate>/` holds `tasks.<format>`, a row a task, and `instructions.md`. It is filled in
    where it lies, or each person puts a filled-in copy into `answers/`, as CSV, JSON Lines or a workbook. Later tasks
    are added below the rows that are there; what people wrote stays. The format may be changed while a campaign runs.
    """

    type: Literal["files"] = "files"
    """Which provider this is."""
    folder: RecipePath = Field(default=Path("data/annotation"), validate_default=True)
    """Where the campaigns' folders are."""
    format: Literal["csv", "jsonl", "xlsx"] = "csv"
    """How tasks are written: `xlsx` has choices to pick from, and is the safest to open in a spreadsheet program."""

    def send(self, form: Form, tasks: Sequence[Task]) -> None:
        """See `Provider`. Raises InputError too when a row of the tasks file is unreadable or its header lacks a column
        of the form, TryAgain when it is open in a spreadsheet program.
        """
        if not tasks:
            return
        folder = self._folder(form)
        columns = [*_given(form), *_asked(form), *_about()]
        try:
            (folder / "answers").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"source {form.campaign!r}: {folder}: the folder cannot be made ({error.strerror}); mend "
                "provider.folder, or who may write there"
            ) from error
        with replacing(folder / "instructions.md") as made:
            made.write_text(_instructions(form, f"tasks.{self.format}"), "utf-8")
        there = _sent(form, folder)
        rows = {task.key: _row(task) for task in tasks if task.key not in there}
        path = folder / f"tasks.{self.format}"
        if rows and path.exists():
            append_table(form.campaign, path, columns, rows.values())
        elif rows:
            write_table(path, columns, rows.values())

    def answers(self, form: Form, since: datetime | None) -> Iterator[Answer]:
        """See `Provider`. Files that did not change since then are left out; of two rows of one person for one task
        the one in the file saved last counts, in one file the last.

        A row that is unreadable, or whose key is no task's, is left out with a warning. Raises InputError when more
        than 5 % of the filled rows are such, or when the tasks file is missing but answers are there.
        """
        folder = self._folder(form)
        returned = list(_returned(form, folder))
        if not _tasks_files(folder):
            if returned:
                raise InputError(
                    f"source {form.campaign!r}: {folder}: answers are there, but the tasks file is not; put it back"
                )
            return
        files = [_File.at(path, path.stem) for path in returned]
        files += [_File.at(path, _TEAM) for path in _tasks_files(folder)]
        sent = (row.fields["key"].strip() for path in _tasks_files(folder) for row in _rows(form, path) if row.fields)
        reading = _Reading(form, set(filter(None, sent)))
        for file in sorted(files, key=lambda one: (one.saved_at, one.path)):
            if since is None or file.changed_at >= since:
                reading.read(file)
        yield from reading.answers()

    def where(self, form: Form) -> str:
        """The folder of the campaign's tasks of this kind."""
        return str(self._folder(form))

    def _folder(self, form: Form) -> Path:
        return self.folder / form.campaign / form.kind


class _File(NamedTuple):
    """A file with answers: who filled it in unless a row says otherwise, when it was saved, when it came or changed."""

    path: Path
    annotator: str
    saved_at: datetime
    changed_at: datetime

    @classmethod
    def at(cls, path: Path, annotator: str) -> "_File":
        status = path.stat()
        saved_at = datetime.fromtimestamp(status.st_mtime, UTC)
        return cls(path, annotator, saved_at, max(saved_at, datetime.fromtimestamp(status.st_ctime, UTC)))


class _Reading:
    """What was found in the files so far."""

    def __init__(self, form: Form, keys: set[str]) -> None:
        self._form, self._keys = form, keys
        self._found: dict[str, Answer] = {}
        self._filled = 0
        self._problems: list[str] = []

    def read(self, file: _File) -> None:
        """Take in the answers of a file, in place of older ones by the same people to the same tasks."""
        for row in _rows(self._form, file.path):
            try:
                if row.fields is None:
                    raise UnreadableError(row.problem)
                answer = _answer(self._form, row.fields, file)
                if answer is None:
                    continue
                if answer.task_key not in self._keys:
                    raise UnreadableError("key: expected the key of a task")
                self._found[answer.id] = answer
            except UnreadableError as error:
                self._problems.append(f"{file.path}, {row.place}: {error}")
            self._filled += 1

    def answers(self) -> Iterator[Answer]:
        """All answers. Raises InputError when too many rows are unreadable."""
        if len(self._problems) > _MAX_UNREADABLE_FRACTION * self._filled:
            shown = "; ".join(self._problems[:_SHOWN])
            raise InputError(
                f"source {self._form.campaign!r}: {len(self._problems):,} of {self._filled:,} rows that are filled in "
                f"cannot be read ({shown}); mend them, or take them out"
            )
        for problem in self._problems:
            _log.warning("source %r: %s; the row was left out", self._form.campaign, problem)
        yield from self._found.values()


def _tasks_files(folder: Path) -> list[Path]:
    return [path for suffix in _FORMATS if (path := folder / f"tasks{suffix}").exists()]


def _returned(form: Form, folder: Path) -> Iterator[Path]:
    """The files in `answers/`, without those that programs leave there; one of another kind is warned of."""
    for path in sorted(folder.glob("answers/*")):
        if path.suffix.lower() in _FORMATS and not path.name.startswith((".", "~$")):
            yield path
        elif not path.name.startswith((".", "~$")):
            _log.warning("source %r: %s: it was left out; save it as .csv, .jsonl or .xlsx", form.campaign, path)


def _rows(form: Form, path: Path, needed: Sequence[str] = ("key",)) -> Iterator[Row]:
    optional = [column.name for column in (*_given(form), *_asked(form), *_about())]
    return read_table(form.campaign, path, needed=needed, optional=(*optional, "submitted_at"))


def _sent(form: Form, folder: Path) -> set[str]:
    """The keys of all tasks that were sent. Raises InputError when a row cannot be read, or a column is missing."""
    found = set()
    for path in _tasks_files(folder):
        columns = [column.name for column in (*_given(form), *_asked(form))]
        for row in _rows(form, path, ("key",) if path.suffix == ".jsonl" else columns):
            if row.fields is None:
                raise InputError(f"source {form.campaign!r}: {path}, {row.place}: {row.problem}; mend the row")
            found.add(row.fields["key"].strip())
    return found


def _given(form: Form) -> list[Column]:
    """The columns of the tasks file that are filled in already."""
    names = ("key", "instruction") if form.kind == "write" else ("key", "instruction", "response_to_rate")
    return [Column(name, 14 if name == "key" else 60, given=True) for name in names]


def _asked(form: Form) -> list[Column]:
    """The columns that are to be filled in. Raises InputError when a point is called like another column."""
    if form.kind == "write":
        return [Column("response", 60)]
    others = {column.name for column in (*_given(form), *_about())} | {"submitted_at"}
    if taken := [one.id for one in form.points if one.id in others]:
        raise InputError(
            f"source {form.campaign!r}: the rubric's point `{taken[0]}` is called like another column of the files; "
            "give it another id"
        )
    return [Column(one.id, 17, choices=get_args(Met), prompt=one.text) for one in form.points]


def _about() -> list[Column]:
    """The columns that may be filled in."""
    return [Column("note", 30), Column("skipped", 10, choices=("yes",)), Column("annotator"), Column("seconds", 10)]


def _row(task: Task) -> dict[str, str]:
    given = {"key": task.key, "instruction": task.instruction}
    return given if task.response is None else given | {"response_to_rate": task.response}


def _answer(form: Form, cells: Mapping[str, str], file: _File) -> Answer | None:
    """The answer in a row, None when nothing was filled in. Raises UnreadableError."""
    said = {name: cells.get(name, "") for name in ("response", "note")}
    response = said["response"] if form.kind == "write" and said["response"].strip() else None
    asked = form.points if form.kind == "rate" else ()
    points = {one.id: met for one in asked if (met := _met(one.id, cells.get(one.id, "")))}
    note = said["note"] if said["note"].strip() else None
    skipped = _met("skipped", cells.get("skipped", "")) == "met"
    if not (response or points or note or skipped):
        return None
    annotator = " ".join(cells.get("annotator", "").split()) or file.annotator
    key = cells["key"].strip()
    submitted_at = cells.get("submitted_at", "").strip()
    return Answer(
        id=f"{key}-{annotator}",
        task_key=key,
        annotator=annotator,
        submitted_at=min(instant(submitted_at, "submitted_at"), file.saved_at) if submitted_at else file.saved_at,
        seconds=_seconds(cells.get("seconds", "").strip()),
        response=response,
        points=points,
        note=note,
        skipped=skipped or not (response or points),
    )


def _met(column: str, cell: str) -> Met | None:
    """What a cell says of a point, however it is spelled; None when it is blank."""
    word = _APART.sub("", cell.casefold())
    if not word:
        return None
    if word not in _WORDS:
        expected = "yes or no" if column == "skipped" else "met, not_met or does_not_apply"
        raise UnreadableError(f"{column}: expected {expected}")
    return _WORDS[word]


def _seconds(cell: str) -> float | None:
    if not cell:
        return None
    try:
        found = float(cell.replace(",", "."))
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        raise UnreadableError("seconds: expected a number of seconds")
    return found


def _instructions(form: Form, file: str) -> str:
    """The rubric, and how a row is filled in."""
    if form.kind == "write":
        asked = "Write your response to each row's `instruction` into the column `response`."
    else:
        names = ", ".join(f"`{one.id}`" for one in form.points)
        asked = (
            "Read `instruction` and `response_to_rate` of each row, then say `met`, `not_met` or `does_not_apply` in "
            f"each of the columns {names}."
        )
    copies = (
        f" Each task is for {form.annotators} people, each with a copy of their own." if form.annotators > 1 else ""
    )
    return (
        f"{form.rubric.rstrip()}\n\n## How to fill in the file\n\n"
        f"Copy `{file}` into the folder `answers` under your name (`answers/anna{Path(file).suffix}`), and fill in the "
        f"copy.{copies}\n\n"
        f"{asked}\nWhat you cannot do, skip: `yes` in `skipped`, and why in `note`. `seconds` is how long it took, if "
        "you know. Leave `key` as it is, and the rows in any order.\n"
    )
