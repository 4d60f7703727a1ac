"""What every reader needs to take a record apart: whole files, native keys, instants, and the one local
failure."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.rows import WHOLE, Drop, DropReason

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[_-]([A-Za-z]{2}|[0-9]{3}|[A-Za-z]{4}))?(?:[.@].*)?")


class UnreadableError(Exception):
    """One record cannot be read. The message says which field and what was expected, never its text.

    Readers catch it and answer with an `unparsable` drop; it does not leave this package.
    """

    def drop(self, row_id: str, place: str, partition: str = WHOLE) -> Drop:
        """The drop that answers for the record; its detail begins with the record's place."""
        return Drop(row_id, DropReason.UNPARSABLE, f"{place}: {self}", partition)


def broken(name: str, path: Path, place: str, expected: str, mend: str) -> InputError:
    """The InputError of a whole file: source, file, place, what was expected, what to do."""
    where = f"{path}, {place}" if place else f"{path}"
    return InputError(f"source {name!r}: {where}: expected {expected}; {mend}")


@contextmanager
def opened(name: str, path: Path, expected: str) -> Iterator[BinaryIO]:
    """`path` open for reading bytes. Raises InputError when it is missing, no file, empty or not readable."""
    try:
        handle = path.open("rb")
    except FileNotFoundError as error:
        raise broken(name, path, "", f"{expected}, but there is no such file", "mend its path in the recipe") from error
    except OSError as error:
        mend = "give a readable file in the recipe"
        raise broken(name, path, "", f"{expected}, got {error.strerror}", mend) from error
    with handle:
        if not handle.read(1):
            raise broken(name, path, "line 1", f"{expected}, but the file is empty", "export it again")
        handle.seek(0)
        yield handle


def native_key(value: object, field: str) -> str:
    """A record's own id as text: an integer, or one line of text that is not blank. Raises
    UnreadableError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value.strip()
    raise UnreadableError(f"{field}: expected an integer or one line of text, got {kind(value)}")


def text(value: object, field: str) -> str:
    """`value` when it is text that UTF-8 can hold. Raises UnreadableError."""
    if not isinstance(value, str):
        raise UnreadableError(f"{field}: expected text, got {kind(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UnreadableError(f"{field}: expected text that UTF-8 can hold, got a lone surrogate") from None
    return value


def integer(value: object, field: str) -> int:
    """`value` as an integer of at most 64 bits, from a number or its digits. Raises UnreadableError."""
    if isinstance(value, str) and len(value) <= 20:
        try:
            value = int(value)
        except ValueError:
            raise UnreadableError(f"{field}: expected an integer, got other text") from None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    raise UnreadableError(f"{field}: expected an integer of 64 bits, got {kind(value)}")


def instant(value: object, field: str) -> datetime:
    """An aware instant from ISO 8601 text (without zone: UTC) or epoch seconds, 1900 to 2199. Raises
    UnreadableError."""
    try:
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value.strip())
            found = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, UTC)
        else:
            raise UnreadableError(f"{field}: expected ISO 8601 text or epoch seconds, got {kind(value)}")
    except (ValueError, OverflowError, OSError):
        raise UnreadableError(f"{field}: expected ISO 8601 text or epoch seconds") from None
    if not EARLIEST <= found < LATEST:
        raise UnreadableError(f"{field}: expected an instant between 1900 and 2199")
    return found


def language_tag(locale: object) -> str | None:
    """A locale as BCP-47, `pt_BR.UTF-8` → `pt-BR`; None when it is no locale."""
    found = _LOCALE.fullmatch(locale) if isinstance(locale, str) else None
    if found is None:
        return None
    language, region = found.groups()
    if not region:
        return str(language.lower())
    return f"{language.lower()}-{region.upper() if len(region) < 4 else region.title()}"


def kind(value: object) -> str:
    """The type of a value in JSON's words, for messages that may not show the value."""
    words: dict[type, str] = {
        type(None): "null",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "text",
        dict: "an object",
        list: "a list",
    }
    return words.get(type(value), "another type")
