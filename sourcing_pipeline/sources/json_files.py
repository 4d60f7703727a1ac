"""Records from JSON Lines and from one JSON list, one at a time, with their place in the file."""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.records import UnreadableError, broken, opened

CHUNK_BYTES = 1 << 20
RECORD_BYTES = 1 << 26
"""No record may be larger than 64 MiB: what bounds the memory on a file that is broken in its middle."""
_BLANK = re.compile(r"[ \t\r\n]*")


class Record(NamedTuple):
    """One JSON object and its place (`line-17`, `position-3`), or why there is none."""

    place: str
    fields: dict[str, object] | None
    problem: str | None

    def where(self) -> str:
        """The place in words."""
        return self.place.replace("-", " ")


def read_lines(name: str, path: Path, expected: str) -> Iterator[Record]:
    """The records of a JSON Lines file; blank lines are none. A broken line is a Record with a `problem`.

    Raises InputError when the file is missing, is of another kind (a JSON list, binary) or holds no record.
    """
    count = 0
    with opened(name, path, f"JSON Lines, {expected}") as handle:
        _refuse_other_kinds(name, path, handle)
        for number, line in enumerate(_bounded_lines(name, path, handle), start=1):
            line = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if line:
                count += 1
                yield _record(f"line-{number}", line)
    if not count:
        raise broken(name, path, "line 1", f"JSON Lines, {expected}, but no line holds a record", "export it again")


def _refuse_other_kinds(name: str, path: Path, handle: BinaryIO) -> None:
    head = handle.read(1024)
    handle.seek(0)
    if b"\0" in head:
        raise broken(name, path, "line 1", "JSON Lines, got binary data", "name the right file in the recipe")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        mend = "write one object per line (jq -c '.[]')"
        raise broken(name, path, "line 1", "JSON Lines, got a JSON list", mend)


def _bounded_lines(name: str, path: Path, handle: BinaryIO) -> Iterator[bytes]:
    number = 0
    while line := handle.readline(RECORD_BYTES + 1):
        number += 1
        if len(line) > RECORD_BYTES:
            mend = "name the right file in the recipe"
            raise broken(name, path, f"line {number}", f"lines of at most {RECORD_BYTES} bytes", mend)
        yield line


def _record(place: str, line: bytes) -> Record:
    try:
        return Record(place, as_object(json.loads(line)), None)
    except UnicodeDecodeError as error:
        return Record(place, None, f"byte {error.start + 1}: expected UTF-8")
    except json.JSONDecodeError as error:
        return Record(place, None, f"column {error.colno}: expected JSON ({error.msg})")
    except (ValueError, RecursionError):
        return Record(place, None, "expected JSON with numbers and nesting of a usual size")
    except UnreadableError as error:
        return Record(place, None, str(error))


def as_object(value: object) -> dict[str, object]:
    """`value` when it is a JSON object whose text UTF-8 can hold. Raises UnreadableError."""
    if not isinstance(value, dict):
        raise UnreadableError("expected a JSON object")
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UnreadableError("expected text that UTF-8 can hold, got a lone surrogate") from None
    except RecursionError:
        raise UnreadableError("expected JSON with a usual depth of nesting") from None
    return value


def read_items(name: str, path: Path, expected: str) -> Iterator[Record]:
    """The elements of a file that is one JSON list, or its only object. An element that is no object has a
    `problem`.

    Decodes element by element, so that memory holds one element and one chunk. Raises InputError with line
    and column when the JSON is malformed or truncated, is of another kind, or holds no element.
    """
    with opened(name, path, expected) as handle:
        window = _Window(name, path, handle, expected)
        if window.peek() == "{":
            yield _element(1, window.value())
            window.end()
            return
        window.take("[")
        if window.peek() == "]":
            raise window.error("at least one element, but the list is empty")
        position = 0
        while True:
            position += 1
            yield _element(position, window.value())
            if window.take(",", "]") == "]":
                window.end()
                return


def _element(position: int, value: object) -> Record:
    try:
        return Record(f"position-{position}", as_object(value), None)
    except UnreadableError as error:
        return Record(f"position-{position}", None, str(error))


class _Window:
    """A sliding view of a JSON file that decodes one value at a time and knows its line and column."""

    def __init__(self, name: str, path: Path, handle: BinaryIO, expected: str) -> None:
        self._name, self._path, self._handle, self._expected = name, path, handle, expected
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder()
        self._text, self._at, self._ended = "", 0, False
        self._line, self._column = 1, 1

    def peek(self) -> str:
        """The next character that is not white space, or '' at the end."""
        while True:
            blank = _BLANK.match(self._text, self._at)
            self._advance(blank.end() - self._at if blank else 0)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow(CHUNK_BYTES):
                return ""

    def take(self, *wanted: str) -> str:
        """Steps over the next character. Raises InputError when it is none of `wanted`."""
        found = self.peek()
        if found not in wanted or not found:
            words = " or ".join(repr(character) for character in wanted)
            raise self.error(words if found else f"{words}, but the file ends here (truncated)")
        self._advance(1)
        return found

    def value(self) -> object:
        """Decodes the next value. Raises InputError when there is none."""
        if not self.peek():
            raise self.error("a value, but the file ends here (truncated)")
        size = CHUNK_BYTES
        while True:
            problem = "JSON"
            try:
                value, end = self._json.raw_decode(self._text, self._at)
                if end < len(self._text) or self._ended:
                    self._advance(end - self._at)
                    return value
            except json.JSONDecodeError as error:
                problem = f"JSON ({error.msg})"
                if self._ended:
                    self._advance(error.pos - self._at)
            except (ValueError, RecursionError):
                raise self.error("JSON with numbers and nesting of a usual size") from None
            if self._ended:
                raise self.error(f"{problem}; the file is broken or truncated here")
            if len(self._text) - self._at > RECORD_BYTES:
                raise self.error(f"well-formed elements of at most {RECORD_BYTES} characters, from here on")
            self._grow(size)
            size *= 2

    def end(self) -> None:
        """Raises InputError when anything but white space follows."""
        if self.peek():
            raise self.error("the end of the file")

    def error(self, expected: str) -> InputError:
        place = f"line {self._line}, column {self._column}"
        return broken(self._name, self._path, place, f"{self._expected}: {expected}", "export it again")

    def _advance(self, count: int) -> None:
        passed = self._text[self._at : self._at + count]
        lines = passed.count("\n")
        self._line += lines
        self._column = count - passed.rfind("\n") if lines else self._column + count
        self._at += count

    def _grow(self, size: int) -> bool:
        if self._ended:
            return False
        chunk = self._handle.read(size)
        try:
            fresh = self._decode.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            raise self.error("UTF-8 text, from here on") from None
        self._ended = not chunk
        self._text, self._at = self._text[self._at :] + fresh, 0
        return bool(chunk)
