"""The shapes of an export: lists of tasks, JSON_MIN's records of annotations, and files that are neither."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.json_files import Record, read_items
from sourcing_pipeline.sources.label_studio.fields import Fields
from sourcing_pipeline.sources.records import broken, opened

EXPECTED = "a Label Studio JSON export"
_MEND = "export the project from Label Studio in the format JSON"
_MINIMAL = frozenset(("annotation_id", "annotator", "created_at", "lead_time"))
"""What each record of a JSON_MIN export has beside the keys of its data and its controls."""


def read_tasks(name: str, path: Path, response_from_name: str | None, clash: bool) -> Iterator[Record]:
    """The tasks of an export, one at a time; the records of one task in a JSON_MIN export (they stand together) are
    made one.

    `clash` says that the response's control has the name of the instruction's key: in JSON_MIN they are one key.
    Raises InputError when the file is malformed, is of another format, or holds no task at all, and when it is
    JSON_MIN and the answer cannot be told from the data.
    """
    _refuse_other_formats(name, path)
    seen = tasks = 0
    for _, group in groupby(read_items(name, path, EXPECTED), _task_key):
        records = list(group)
        seen += len(records)
        first = records[0]
        if first.fields is None or not _is_minimal(first.fields):
            tasks += first.fields is not None and "data" in first.fields
            yield first
            continue
        if response_from_name is None or clash:
            raise _undecided(name, path, first, clash)
        tasks += 1
        yield first._replace(fields=_task(records, response_from_name))
    if not tasks:
        got = "(so are tasks to import, a labelling configuration, an answer of the API)"
        expected = f"tasks with `data` and `annotations`, but none of its {seen} elements is one {got}"
        raise broken(name, path, "", expected, _MEND)


def _refuse_other_formats(name: str, path: Path) -> None:
    with opened(name, path, EXPECTED) as handle:
        head = handle.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"PK"):
        raise broken(name, path, "", f"{EXPECTED}, got a ZIP archive", _MEND)
    if head and not head.startswith((b"[", b"{")):
        got = "got another format (CSV, TSV, CoNLL, or a labelling configuration)"
        raise broken(name, path, "line 1", f"{EXPECTED}, {got}", _MEND)


def _undecided(name: str, path: Path, record: Record, clash: bool) -> InputError:
    if clash:
        expected = "an answer under another key than the instruction's, but JSON_MIN has one key for both"
        return broken(name, path, record.where(), expected, f"{_MEND}, not JSON_MIN")
    expected = "tasks with `annotations`, got JSON_MIN, which does not tell the answer from the data"
    mend = f"name the control of the answer in sources.{name}.response_from_name, or {_MEND}"
    return broken(name, path, record.where(), expected, mend)


def _is_minimal(fields: Fields) -> bool:
    return fields.keys() >= _MINIMAL and "annotations" not in fields


def _task_key(record: Record) -> str:
    """The same for the records of one task, which only JSON_MIN has several of."""
    if record.fields is not None and _is_minimal(record.fields):
        identity = record.fields.get("id")
        if isinstance(identity, int | str):
            return f"task {identity!r}"
    return record.place


def _task(records: Sequence[Record], response_from_name: str) -> dict[str, object]:
    told = [record.fields for record in records if record.fields is not None]
    annotations = [_annotation(fields, response_from_name) for fields in told if fields["annotation_id"] is not None]
    return {"id": told[0].get("id"), "data": told[0], "annotations": annotations}


def _annotation(fields: Fields, response_from_name: str) -> dict[str, object]:
    """One record as the annotation it was made from; of other controls than the answer's, only ratings are sure."""
    results = list(_results(fields.get(response_from_name), response_from_name))
    for name, value in fields.items():
        if isinstance(value, list) and name != response_from_name:
            stars = [one["rating"] for one in value if isinstance(one, dict) and one.keys() == {"rating"}]
            results += [{"type": "rating", "from_name": name, "value": {"rating": one}} for one in stars]
    return {
        "id": fields["annotation_id"],
        "completed_by": fields["annotator"],
        "created_at": fields["created_at"],
        "updated_at": fields.get("updated_at"),
        "lead_time": fields["lead_time"],
        "result": results,
    }


def _results(value: object, response_from_name: str) -> Iterator[dict[str, object]]:
    """The results of the answer's control: a lone text stands bare, several in a list; chat messages are bare too.

    Where it was left blank there is one of an unknown type, since what other controls hold cannot be told from data.
    """
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            yield {"type": "textarea", "from_name": response_from_name, "value": {"text": [one]}}
        elif isinstance(one, dict) and "text" in one:
            yield {"type": "textarea", "from_name": response_from_name, "value": one}
        elif isinstance(one, dict) and "role" in one:
            yield {"type": "chatmessage", "from_name": response_from_name, "value": {"chatmessage": one}}
        else:
            yield {"type": next(iter(one), None) if isinstance(one, dict) else None, "from_name": response_from_name}
