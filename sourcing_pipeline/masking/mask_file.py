"""A JSON Lines file with the texts of one field masked, and all else as it was.

A line is an example: a person has the same placeholder in all of its texts.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.masking.masker import Masker

BATCH_ROWS = 256
BATCH_CHARACTERS = 1 << 20
_BOM = b"\xef\xbb\xbf"
_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    orjson.Fragment: "a number",
    str: "a string",
    dict: "an object",
    list: "a list",
}


class Done(NamedTuple):
    """Rows written, and finds by placeholder, the most frequent first."""

    rows: int
    finds: dict[str, int]


class _Row(NamedTuple):
    """A line's object, its place for messages, and where its texts stand: each in a container, by key or index."""

    record: dict[str, Any]
    where: str
    slots: list[tuple[Any, Any]]

    def texts(self) -> list[str]:
        return [holder[key] for holder, key in self.slots]


def mask_file(
    masker: Masker,
    source: Path,
    target: Path,
    field: str = "text",
    on_bytes: Callable[[int, int], None] = lambda _done, _total: None,
) -> Done:
    """Write the lines of `source` that are not blank to `target`, each with `field` masked.

    The field is a key, or the way that dots lead into nested objects, and holds a string, or a list of strings and
    of messages, whose `content` is a string or null. Other keys, their order and numbers stay as they are. `target`
    is replaced in one step when all is written; `on_bytes` is told how much of the source is done.
    Raises InputError naming file and line, and leaves `target` as it was, when a line is not as expected.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        _refuse(source, target)
        with source.open("rb") as lines:
            partial.unlink(missing_ok=True)
            with partial.open("xb") as written:
                done = _copy(masker, lines, written, str(source), field, on_bytes)
                written.flush()
                os.fsync(written.fileno())
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except OSError as error:
        raise InputError(f"{error.filename or target}: {error.strerror}; {target} was not written") from error
    finally:
        with suppress(OSError):
            partial.unlink()
    return done


def _refuse(source: Path, target: Path) -> None:
    if not source.is_file():
        raise InputError(f"{source}: expected a JSON Lines file, got {'a folder' if source.is_dir() else 'nothing'}")
    if target.exists() and target.samefile(source):
        raise InputError(f"{target}: is the file to be masked; give the masked one another name")
    if target.exists() and not target.is_file():
        raise InputError(f"{target}: expected a file or a new name, got {'a folder' if target.is_dir() else 'neither'}")
    if not target.parent.is_dir():
        raise InputError(f"{target}: its folder does not exist; make it first")


def _copy(
    masker: Masker,
    lines: BinaryIO,
    written: BinaryIO,
    where: str,
    field: str,
    on_bytes: Callable[[int, int], None],
) -> Done:
    count, finds = 0, Counter[str]()
    total = os.fstat(lines.fileno()).st_size
    for batch in _batches(_rows(lines, where, field)):
        masked = masker.mask_examples([row.texts() for row in batch])
        for row, texts in zip(batch, masked, strict=True):
            for (holder, key), text in zip(row.slots, texts, strict=True):
                holder[key] = text.text
                finds.update(span.entity for span in text.spans)
            written.write(_line(row))
        count += len(batch)
        on_bytes(lines.tell(), total)
    return Done(count, dict(sorted(finds.items(), key=lambda item: (-item[1], item[0]))))


def _batches(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += sum(map(len, row.texts()))
        if len(batch) == BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _rows(lines: BinaryIO, where: str, field: str) -> Iterator[_Row]:
    # readline, since a file that is iterated cannot tell where it is.
    for number, line in enumerate(iter(lines.readline, b""), start=1):
        line = line.removeprefix(_BOM) if number == 1 else line
        if line.strip():
            place = f"{where}, line {number}"
            record = _parsed(line, place)
            yield _Row(record, place, _slots(record, field, place))


def _parsed(line: bytes, place: str) -> dict[str, Any]:
    """The object on a line, its numbers as they are written: 1.00 stays 1.00, and no digit of a long one is lost."""
    try:
        orjson.loads(line)  # refuses what json.loads takes: NaN, halves of surrogate pairs
        record = json.loads(line, parse_float=orjson.Fragment, parse_int=orjson.Fragment)
    except (ValueError, RecursionError):
        # The cause is cut off: it holds the line.
        raise InputError(f"{place}: expected a JSON object, got no JSON") from None
    if not isinstance(record, dict):
        raise InputError(f"{place}: expected a JSON object, got {_kind(record)}")
    return record


def _slots(record: dict[str, Any], field: str, place: str) -> list[tuple[Any, Any]]:
    holder, key = record, field
    while key not in holder:
        outer, _, key = key.partition(".")
        inner = holder.get(outer)
        if not isinstance(inner, dict):
            raise InputError(f"{place}: expected the field {field!r}, which is not there; name another by --text-field")
        holder = inner
    value = holder[key]
    if isinstance(value, str):
        return [(holder, key)]
    if not isinstance(value, list):
        raise _other(place, field, "a string or a list", value)
    slots: list[tuple[Any, Any]] = []
    for at, entry in enumerate(value):
        if isinstance(entry, str):
            slots.append((value, at))
        elif not isinstance(entry, dict) or "content" not in entry:
            raise _other(place, f"{field}.{at}", "a string or a message with `content`", entry)
        elif isinstance(entry["content"], str):
            slots.append((entry, "content"))
        elif entry["content"] is not None:
            raise _other(place, f"{field}.{at}.content", "a string or null", entry["content"])
    return slots


def _other(place: str, field: str, expected: str, value: object) -> InputError:
    return InputError(f"{place}: expected {field!r} to be {expected}, got {_kind(value)}")


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "another type")


def _line(row: _Row) -> bytes:
    try:
        return orjson.dumps(row.record, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        raise InputError(f"{row.where}: expected at most 254 levels of objects and lists") from None
