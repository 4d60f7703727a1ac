"""JSON objects straight into Arrow columns, where Arrow's parser is sure to read what orjson reads.

Arrow's parser is told the type of every wanted field, as some of the objects have it, and refuses an object that has
another; what it would read more freely than JSON allows is looked for beforehand. Whoever gets None reads the objects
one by one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from sourcing_pipeline.sources.tabular import values
from sourcing_pipeline.sources.tabular.chunk import Wish, struct_fields

SAMPLED = 64
MOST_BRACKETS = 1000
"""Opening ones in an object, and so its depth, at most: orjson reads 1,024 levels, and Arrow recurses into each."""
_NO_NUMBERS = (re.compile(rb"NaN\s*[,\]}]"), re.compile(rb"Inf(?:inity)?\s*[,\]}]"))
"""What Arrow's parser takes for numbers and JSON does not."""
_HIDDEN_DOT = re.compile(rb"\\u002[eE]")
_PARSED_BYTES = 1 << 21
"""What one thread parses at a time; of a longer line Arrow says that it cannot."""

Numbers = npt.NDArray[np.int64]
_Tree = dict[str, "pa.DataType | _Tree"]


class _UnsureError(Exception):
    """Arrow's parser may read these objects in another way, or not at all."""


def read_columns(block: bytes, most_bytes: int, wish: Wish, before: pa.Schema | None = None) -> pa.RecordBatch | None:
    """The wanted columns of the lines in `block`, under the input's names, nested where those have dots.

    `before` is the schema of the lines before these, which is tried first. None when a line is no object or longer than
    `most_bytes`, when a wanted field has several types, or when the answer could differ from that of reading line by
    line.
    """
    try:
        lines = _look_over(block, most_bytes, wish)
        if before is not None and (batch := _parsed(block, lines, before, wish)) is not None:
            return batch
        return _parsed(block, lines, _schema(_sample(block, lines, wish), wish), wish)
    except (_UnsureError, pa.ArrowInvalid):
        return None


class _Lines(NamedTuple):
    begins: Numbers
    ends: Numbers


def _look_over(block: bytes, most_bytes: int, wish: Wish) -> _Lines:
    """Where the lines of `block` begin and end, when all could be objects that Arrow reads as orjson does."""
    text = pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, len(block)], np.int32)), pa.py_buffer(block))
    text.validate(full=True)
    dotted = [f'"{name}"'.encode() for name in wish.input_names() if "." in name]
    freer = (*_NO_NUMBERS, _HIDDEN_DOT) if dotted else _NO_NUMBERS
    if any(pattern.search(block) for pattern in freer) or any(name in block for name in dotted):
        raise _UnsureError
    octets = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(octets == ord("\n"))
    if not block.endswith(b"\n"):
        ends = np.append(ends, len(block))
    begins = np.append(0, ends[:-1] + 1)
    last = np.maximum(ends - 1, 0)
    last -= octets[last] == ord("\r")
    objects = (octets[begins] == ord("{")) & (octets[np.maximum(last, 0)] == ord("}")) & (last > begins)
    brackets = np.flatnonzero((octets & 0xDF) == ord("["))
    deepest = np.diff(np.searchsorted(brackets, [*begins, len(block)])).max(initial=0)
    if not objects.all() or deepest > MOST_BRACKETS or (ends - begins).max(initial=0) > most_bytes:
        raise _UnsureError
    return _Lines(begins, ends)


def _sample(block: bytes, lines: _Lines, wish: Wish) -> list[dict[str, Any]]:
    """Some of the objects, and of each wanted field the first in which it seems to have a value."""
    found = set(range(0, len(lines.begins), -(-len(lines.begins) // SAMPLED)))
    for name in _names(wish):
        value = re.search(rb'"%s"\s*:\s*[^n\s]' % re.escape(name.encode()), block)
        if value is not None:
            found.add(int(np.searchsorted(lines.begins, value.start(), side="right")) - 1)
    return [_record(block[lines.begins[at] : lines.ends[at]]) for at in sorted(found)]


def _names(wish: Wish) -> set[str]:
    """The last parts of all wanted names, those of structs' fields among them."""
    found = [*wish.input_names(), *(name for name in wish.fields.values() if name is not None)]
    for field in wish.wanted:
        found += [wish.fields.get(f"{field.name}.{one.name}") or one.name for one in struct_fields(field.type)]
    return {name.rpartition(".")[2] for name in found}


def _record(line: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise _UnsureError from None
    if not isinstance(found, dict):
        raise _UnsureError
    return found


def _schema(records: Sequence[Mapping[str, Any]], wish: Wish) -> pa.Schema:
    tree: _Tree = {}
    for field in wish.wanted:
        name = wish.input_name(field.name)
        if name is None:
            continue
        *outer, last = name.split(".")
        found: Sequence[Any] = records
        inside = tree
        for part in outer:
            found = _members(found, part)
            nested = inside.setdefault(part, {})
            if not isinstance(nested, dict):
                raise _UnsureError
            inside = nested
        of_values = _type(_members(found, last), field.type, field.name, wish)
        if isinstance(inside.setdefault(last, of_values), dict):
            raise _UnsureError
    return pa.schema(_fields(tree))


def _fields(tree: _Tree) -> list[pa.Field]:
    return [
        pa.field(name, pa.struct(_fields(inside)) if isinstance(inside, dict) else inside)
        for name, inside in tree.items()
    ]


def _members(records: Sequence[Any], name: str) -> list[Any]:
    found = []
    for record in records:
        if not isinstance(record, dict):
            raise _UnsureError
        value = record.get(name)
        if value is not None:
            found.append(value)
    return found


def _type(found: Sequence[Any], wanted: pa.DataType, path: str, wish: Wish) -> pa.DataType:
    """The one type that the values `found` have; where there are none, that of the `wanted` column in JSON."""
    kinds = {type(value) for value in found}
    if kinds == {str}:
        return pa.string()
    if pa.types.is_list(wanted) and kinds <= {list}:
        elements = [element for some in found for element in some]
        return pa.list_(_type(elements, wanted.value_type, path, wish))
    if pa.types.is_struct(wanted) and kinds <= {dict}:
        names = {field: wish.fields.get(f"{path}.{field.name}", field.name) for field in wanted}
        return pa.struct(
            {
                name: _type(_members(found, name), field.type, f"{path}.{field.name}", wish)
                for field, name in names.items()
                if name is not None
            }
        )
    if not kinds:
        return wanted if wanted in (pa.bool_(), pa.float64()) else pa.string()
    for arrow, python in ((pa.bool_(), {bool}), (pa.int64(), {int}), (pa.float64(), {int, float})):
        if kinds <= python:
            return arrow
    raise _UnsureError


def _parsed(block: bytes, lines: _Lines, schema: pa.Schema, wish: Wish) -> pa.RecordBatch | None:
    try:
        table = pj.read_json(
            pa.BufferReader(block),
            read_options=pj.ReadOptions(block_size=_PARSED_BYTES),
            parse_options=pj.ParseOptions(schema, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(lines.begins):
        return None
    (batch,) = table.combine_chunks().to_batches()
    _look_at(batch, wish)
    return batch


def _look_at(batch: pa.RecordBatch, wish: Wish) -> None:
    """A null among objects, a number that is not exact, and a needed column without a value are read one by one."""
    for array in batch.columns:
        for leaf in _leaves(array):
            exact = pc.less(pc.abs(leaf), values.EXACT) if pa.types.is_floating(leaf.type) else None
            if exact is not None and not pc.all(exact, min_count=0).as_py():
                raise _UnsureError
    for field in wish.wanted:
        name = wish.input_name(field.name)
        index = -1 if name is None else batch.schema.get_field_index(name)
        if not field.nullable and (index < 0 or batch.column(index).null_count == batch.num_rows):
            raise _UnsureError


def _leaves(array: pa.Array) -> Iterator[pa.Array]:
    if pa.types.is_list(array.type):
        elements = array.flatten()
        if pa.types.is_struct(elements.type) and elements.null_count:
            raise _UnsureError
        yield from _leaves(elements)
    elif pa.types.is_struct(array.type):
        for child in array.flatten():
            yield from _leaves(child)
    else:
        yield array
