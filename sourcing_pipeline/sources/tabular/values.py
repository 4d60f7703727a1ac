"""One value of an input as text, number, truth value, instant or list: what each may look like, and nothing else.

These functions are the meaning; `columns` does the same for a whole column at once where that is possible. Each gives
None for what stands for nothing (null, NaN) and raises UnreadableError for what it cannot read.
"""

import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import orjson

from sourcing_pipeline.sources.records import EARLIEST, LATEST, UnreadableError, kind

TRUE_WORDS = ("true", "t", "yes", "y", "1")
FALSE_WORDS = ("false", "f", "no", "n", "0", "")
INSTANT = "expected ISO 8601 text or epoch seconds, 1900 to 2199"
NUMBER = "expected a finite number"
TRUTH = "expected true or false"
EXACT = 2.0**53
"""From here on not every whole number is a float."""
_EPOCH = re.compile(r"\d{9,10}(\.\d{1,9})?")
_ELEMENT = re.compile(r'"(?:[^"\\]|\\.)*"|[^",{}\\]+', re.DOTALL)
_ARRAY = re.compile(rf"\{{(?:(?:{_ELEMENT.pattern})(?:,(?:{_ELEMENT.pattern}))*)?\}}", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan", re.IGNORECASE)


def as_text(value: object) -> str | None:
    """Text as it is; numbers, truth values, dates and UUIDs as they are written (a whole number without a point)."""
    if value is None:
        return None
    if isinstance(value, str):
        return _encodable(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return _number_as_text(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise UnreadableError("expected text in UTF-8") from None
    raise UnreadableError(f"expected text, got {kind(value)}")


def as_number(value: object) -> float | None:
    """A finite number, or text that writes one."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if value is None or (isinstance(value, float | Decimal) and math.isnan(value)):
        return None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            raise UnreadableError(NUMBER) from None
        if math.isfinite(found):
            return found
    raise UnreadableError(NUMBER)


def as_truth(value: object) -> bool | None:
    """A truth value, 1 or 0, or a word for it (true, yes, t, y, in any case); an empty text is false."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        word = value.strip().lower()
        if word in TRUE_WORDS or word in FALSE_WORDS:
            return word in TRUE_WORDS
    elif isinstance(value, int | float | Decimal) and value in (0, 1):
        return bool(value)
    raise UnreadableError(TRUTH)


def as_instant(value: object) -> datetime | None:
    """ISO 8601 text (without zone: UTC), epoch seconds as a number or as 9 or 10 digits, dates and datetimes."""
    if value is None or (isinstance(value, float | Decimal) and math.isnan(value)):
        return None
    try:
        found = _instant(value)
    except (ValueError, OverflowError, OSError):
        raise UnreadableError(INSTANT) from None
    if found is None or not EARLIEST <= found < LATEST:
        raise UnreadableError(INSTANT)
    return found


def as_list(value: object, *, words: bool) -> list[object] | None:
    """A list, or text that holds one as JSON; with `words` also a PostgreSQL array (`{a,"b c"}`), and any other text
    is split at its commas."""
    if value is None or isinstance(value, list):
        return value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str):
        inside = value.strip()
        if words and inside.startswith("{"):
            return list(_array(inside))
        if words and not inside.startswith("["):
            return [word.strip() for word in inside.split(",") if word.strip()]
        try:
            found = orjson.loads(inside)
        except ValueError:
            raise UnreadableError("expected a list, or a list as JSON text") from None
        if isinstance(found, list):
            return found
        value = found
    raise UnreadableError(f"expected a list, got {kind(value)}")


def _array(text: str) -> Iterator[str | None]:
    if not _ARRAY.fullmatch(text):
        raise UnreadableError("expected a list as JSON or as a PostgreSQL array")
    for element in _ELEMENT.findall(text):
        if element.startswith('"'):
            yield re.sub(r"\\(.)", r"\1", element[1:-1], flags=re.DOTALL)
        else:
            yield None if element == "NULL" else element


def _encodable(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UnreadableError("expected text that UTF-8 can hold, got a lone surrogate") from None
    return value


def _number_as_text(value: float | Decimal) -> str | None:
    if math.isnan(value):
        return None
    if math.isinf(value) or (isinstance(value, float) and abs(value) >= EXACT):
        raise UnreadableError("expected text, got a number too large to be exact")
    whole = value == int(value)
    return str(int(value)) if whole else repr(value) if isinstance(value, float) else format(value.normalize(), "f")


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        text = value.strip()
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(float(text), UTC)
        value = datetime.fromisoformat(text)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return datetime.fromtimestamp(float(value), UTC)
    return None
