"""A whole input column in a wanted type: at once where Arrow can, value by value where it cannot.

Both ways give the same; `values` says what that is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.sources.records import EARLIEST, LATEST, UnreadableError, kind
from sourcing_pipeline.sources.tabular import values

INSTANT_TYPE = pa.timestamp("us", "UTC")
_ZONED = r"\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"
_EPOCH_DIGITS = r"^\d{9,10}$"
_WORDS = dict.fromkeys(values.TRUE_WORDS, True) | dict.fromkeys(values.FALSE_WORDS, False)
_FAILURES = (pa.ArrowException, TypeError, ValueError, OverflowError)

Column: TypeAlias = pa.Array | Sequence[object]
Numbers = npt.NDArray[Any]
Names = Mapping[str, str | None]


class Read(NamedTuple):
    """A column of the wanted type, and what could not be read: index → where inside the value, and why."""

    array: pa.Array
    problems: dict[int, str]


class MissingFieldError(Exception):
    """A struct lacks a field that must be there: its path, and the names that there are."""

    def __init__(self, field: str, names: Sequence[str]) -> None:
        super().__init__(field)
        self.field, self.names = field, names


def read_column(column: Column, wanted: pa.DataType, path: str = "", names: Names | None = None) -> Read:
    """`column` as `wanted`; what cannot be read is null and has a problem (`: expected …`, `[3].at: expected …`).

    `path` is the wanted column's name and `names` (`messages.at` → `time`) what the input calls the fields of its
    structs. Raises MissingFieldError when an Arrow struct lacks a field that is not nullable.
    """
    if pa.types.is_list(wanted) and pa.types.is_string(wanted.value_type):
        return _words(column, wanted)
    if pa.types.is_list(wanted):
        return _list(column, wanted, path, names or {})
    if pa.types.is_struct(wanted):
        return _struct(column, wanted, path, names or {})
    fast, parse = _SCALARS[wanted]
    array = column if isinstance(column, pa.Array) else _inferred(column)
    if array is not None:
        if pa.types.is_null(array.type):
            return Read(pa.nulls(len(array), wanted), {})
        try:
            found = fast(array)
        except _FAILURES:
            found = None
        if found is not None:
            return Read(found, {})
    return _by_value(_python(column), wanted, parse)


def _by_value(column: Sequence[object], wanted: pa.DataType, parse: Callable[[object], Any]) -> Read:
    found: list[object] = []
    problems: dict[int, str] = {}
    for index, value in enumerate(column):
        try:
            found.append(parse(value))
        except UnreadableError as error:
            found.append(None)
            problems[index] = f": {error}"
    return Read(pa.array(found, wanted), problems)


def _python(column: Column) -> Sequence[object]:
    if not isinstance(column, pa.Array):
        return column
    kind_of = column.type
    if pa.types.is_dictionary(kind_of):
        kind_of, column = kind_of.value_type, column.dictionary_decode()
    if pa.types.is_string(kind_of) or pa.types.is_large_string(kind_of) or pa.types.is_string_view(kind_of):
        column = column.cast(pa.large_string()).view(pa.large_binary())
        return [_text_or_bytes(value) for value in column.to_pylist()]
    if pa.types.is_timestamp(kind_of):
        column = column.cast(pa.timestamp("us", kind_of.tz), safe=False)
    found: list[object] = column.to_pylist()
    return found


def _text_or_bytes(value: bytes | None) -> str | bytes | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return value


def _inferred(column: Sequence[object]) -> pa.Array | None:
    """`column` in the type that its values have, or None when they have several."""
    try:
        found = pa.array(column)
    except _FAILURES:
        return None
    inner = found.type.value_type if pa.types.is_list(found.type) else found.type
    if pa.types.is_date(inner):
        return found if all(value is None or type(value) is date for value in column) else None
    if pa.types.is_binary(inner):
        return found if all(value is None or type(value) is bytes for value in column) else None
    return found


def _texts(array: pa.Array) -> pa.Array | None:
    type_ = array.type
    if pa.types.is_string(type_):
        array.validate(full=True)
        return array
    if pa.types.is_dictionary(type_) and pa.types.is_string(type_.value_type):
        array.dictionary.validate(full=True)
        return array.cast(pa.string())
    if pa.types.is_floating(type_):
        exact = pc.all(pc.less(pc.abs(array.cast(pa.float64())), values.EXACT), min_count=0).as_py()
        return array.cast(pa.int64()).cast(pa.string()) if exact else None
    plain = pa.types.is_integer(type_) or pa.types.is_boolean(type_)
    if plain or pa.types.is_binary(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        found = array.cast(pa.string())
        found.validate(full=True)
        return found
    return None


def _numbers(array: pa.Array) -> pa.Array | None:
    if pa.types.is_boolean(array.type) or pa.types.is_decimal(array.type):
        return None
    if pa.types.is_integer(array.type):
        return array.cast(pa.float64(), safe=False)
    found = array.cast(pa.float64())
    found = pc.if_else(pc.is_nan(found), None, found)
    return found if pc.all(pc.is_finite(found), min_count=0).as_py() else None


def _truths(array: pa.Array) -> pa.Array | None:
    if pa.types.is_boolean(array.type):
        return array
    if pa.types.is_integer(array.type):
        known = pc.is_in(array, value_set=pa.array([0, 1], array.type))
        return pc.equal(array, pa.scalar(1, array.type)) if _all_or_null(known, array) else None
    if not pa.types.is_string(array.type):
        return None
    words = pc.utf8_lower(pc.utf8_trim_whitespace(array))
    index = pc.index_in(words, value_set=pa.array(list(_WORDS)))
    return pa.array(list(_WORDS.values())).take(index) if _all_or_null(pc.is_valid(index), array) else None


def _all_or_null(known: pa.Array, array: pa.Array) -> bool:
    return bool(pc.all(pc.or_(known, pc.is_null(array)), min_count=0).as_py())


def _instants(array: pa.Array) -> pa.Array | None:
    type_ = array.type
    if pa.types.is_string(type_):
        found = _instants_of_texts(array)
    elif pa.types.is_integer(type_):
        found = array.cast(pa.int64()).cast(pa.timestamp("s", "UTC"))
    elif pa.types.is_timestamp(type_) and type_.tz is None:
        found = pc.assume_timezone(array, "UTC")
    elif pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        found = array if pa.types.is_timestamp(type_) else pc.assume_timezone(array.cast(pa.timestamp("ms")), "UTC")
    else:
        return None
    if not pa.types.is_timestamp(found.type) or found.type != INSTANT_TYPE:
        found = found.cast(INSTANT_TYPE, safe=found.type.unit != "ns")
    inside = pc.and_(
        pc.greater_equal(found, pa.scalar(EARLIEST, INSTANT_TYPE)), pc.less(found, pa.scalar(LATEST, INSTANT_TYPE))
    )
    return found if pc.all(inside, min_count=0).as_py() else None


def _instants_of_texts(array: pa.Array) -> pa.Array:
    """Texts that all have a zone, that all have none, or some of each and epochs."""
    with suppress(pa.ArrowInvalid):
        return array.cast(INSTANT_TYPE)
    with suppress(pa.ArrowInvalid):
        return pc.assume_timezone(array.cast(pa.timestamp("us")), "UTC")
    zoned = pc.match_substring_regex(array, _ZONED)
    digits = pc.match_substring_regex(array, _EPOCH_DIGITS)
    epochs = pc.if_else(digits, array, None).cast(pa.int64()).cast(pa.timestamp("s", "UTC")).cast(INSTANT_TYPE)
    with_zone = pc.if_else(zoned, array, None).cast(INSTANT_TYPE)
    without = pc.if_else(pc.or_(zoned, digits), None, array).cast(pa.timestamp("us"))
    return pc.coalesce(with_zone, pc.assume_timezone(without, "UTC"), epochs)


_SCALARS: dict[pa.DataType, tuple[Callable[[pa.Array], pa.Array | None], Callable[[object], Any]]] = {
    pa.string(): (_texts, values.as_text),
    pa.float64(): (_numbers, values.as_number),
    pa.bool_(): (_truths, values.as_truth),
    INSTANT_TYPE: (_instants, values.as_instant),
}


def _list(column: Column, wanted: pa.ListType, path: str, names: Names) -> Read:
    if isinstance(column, pa.Array) and (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        problems: dict[int, str] = {}
        offsets, flat, valid = _taken_apart(column)
    else:
        lists, problems = _lists(_python(column), words=pa.types.is_string(wanted.value_type))
        valid = np.array([one is not None for one in lists], bool)
        offsets = np.concatenate(([0], np.cumsum([len(one or ()) for one in lists], dtype=np.int64)))
        flat = [element for one in lists if one for element in one]
    inner = read_column(flat, wanted.value_type, path, names)
    for row, within, why in _rows_of(inner.problems, offsets):
        problems.setdefault(row, f"[{within}]{why}")
    nothing = None if valid.all() else pa.array(~valid)
    array = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), inner.array, type=wanted, mask=nothing)
    return Read(array, problems)


def _words(column: Column, wanted: pa.ListType) -> Read:
    """A list of texts without its nulls; texts that write lists are taken apart once for each that is different."""
    array = column if isinstance(column, pa.Array) else _inferred(column)
    if array is None or not pa.types.is_string(array.type):
        return _without_nulls(_list(column if array is None else array, wanted, "", {}))
    encoded = array.dictionary_encode()
    each = _without_nulls(_list(_python(encoded.dictionary), wanted, "", {}))
    at = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero(np.isin(at, list(each.problems))).tolist() if each.problems else []
    return Read(each.array.take(encoded.indices), {row: each.problems[int(at[row])] for row in wrong})


def _without_nulls(read: Read) -> Read:
    lists, texts = read.array, read.array.values
    if not texts.null_count:
        return read
    kept = pc.is_valid(texts)
    before = np.concatenate(([0], np.cumsum(kept.to_numpy(zero_copy_only=False))))
    offsets = pa.array(before[lists.offsets.to_numpy()], pa.int32())
    mask = pc.is_null(lists) if lists.null_count else None
    return Read(pa.ListArray.from_arrays(offsets, texts.filter(kept), type=lists.type, mask=mask), read.problems)


def _taken_apart(column: pa.Array) -> tuple[Numbers, pa.Array, Numbers]:
    valid = np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False), bool)
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))), column.flatten(), valid


def _lists(column: Sequence[object], *, words: bool) -> tuple[list[list[object] | None], dict[int, str]]:
    found: list[list[object] | None] = []
    problems: dict[int, str] = {}
    for index, value in enumerate(column):
        try:
            found.append(values.as_list(value, words=words))
        except UnreadableError as error:
            found.append(None)
            problems[index] = f": {error}"
    return found, problems


def _rows_of(problems: Mapping[int, str], offsets: Numbers) -> Iterator[tuple[int, int, str]]:
    for element, why in sorted(problems.items()):
        row = int(np.searchsorted(offsets, element, side="right")) - 1
        yield row, element - int(offsets[row]), why


def _struct(column: Column, wanted: pa.StructType, path: str, names: Names) -> Read:
    native = isinstance(column, pa.Array) and pa.types.is_struct(column.type)
    objects = column if native else _python(column)
    problems = {}
    if native:
        absent = pc.is_null(objects)
        problems = dict.fromkeys(np.flatnonzero(absent.to_numpy(zero_copy_only=False)).tolist(), ": expected an object")
    else:
        problems = {
            index: f": expected an object, got {kind(value)}"
            for index, value in enumerate(objects)
            if not isinstance(value, dict)
        }
    arrays = []
    for field in wanted:
        name = names.get(f"{path}.{field.name}", field.name)
        inner = read_column(_member(objects, name, field, path), field.type, f"{path}.{field.name}", names)
        arrays.append(inner.array)
        for index, why in inner.problems.items():
            problems.setdefault(index, f".{name}{why}")
    return Read(pa.StructArray.from_arrays(arrays, fields=list(wanted)), problems)


def _member(objects: Column, name: str | None, field: pa.Field, path: str) -> Column:
    if name is None:
        return pa.nulls(len(objects))
    if not isinstance(objects, pa.Array):
        try:
            return list(map(itemgetter(name), objects))
        except (KeyError, TypeError):
            return [value.get(name) if isinstance(value, dict) else None for value in objects]
    if objects.type.get_field_index(name) >= 0:
        return pc.struct_field(objects, name)
    if not field.nullable:
        raise MissingFieldError(f"{path}.{name}", [one.name for one in objects.type])
    return pa.nulls(len(objects))
