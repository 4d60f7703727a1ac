"""A batch of input rows as a format's reader gives it, and how it becomes a `Part`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.tabular.columns import Column, MissingFieldError, Names, read_column
from sourcing_pipeline.sources.tabular.part import Part


@dataclass(frozen=True)
class Chunk:
    """Input rows that are still in the input's own types.

    `column` gives a column by the input's name, None when there is none; `names` are those there are. `places` says
    where a row came from, `problems` of a row why it is no record at all. `alone` says that a row may lack an instant
    and is not to take that of a row of another file.
    """

    count: int
    names: Sequence[str]
    column: Callable[[str], Column | None]
    places: Callable[[int], str]
    problems: dict[int, str] = field(default_factory=dict)
    alone: bool = False


@dataclass(frozen=True)
class Wish:
    """The columns that a caller wants, by its own names, and what the input calls them.

    Raises InputError when `fields` names one that nobody wants.
    """

    name: str
    wanted: pa.Schema
    fields: Names

    def __post_init__(self) -> None:
        unknown = sorted(key for key in self.fields if key.partition(".")[0] not in self.wanted.names)
        if unknown:
            raise InputError(
                f"source {self.name!r}: `fields` names `{unknown[0]}`, which is not read here; "
                f"there are: {', '.join(self.wanted.names)}"
            )

    def input_name(self, column: str) -> str | None:
        """What the input calls `column`; None when it is not to be read."""
        return self.fields.get(column, column)

    def input_names(self) -> list[str]:
        """What the input calls the wanted columns."""
        return [name for column in self.wanted.names if (name := self.input_name(column)) is not None]

    def schema(self) -> pa.Schema:
        """The wanted columns as a `Part` has them."""
        return pa.schema([field.with_nullable(True) for field in self.wanted])


def as_part(
    chunk: Chunk, wish: Wish, where: str, *, whole: bool, day: str | None = None, first: bool = False,
    written: datetime | None = None,
) -> Part:  # fmt: skip
    """The wanted columns of `chunk`.

    `where` names the file or query. `whole` says that a column which is not in the chunk is not in the input at all;
    then one that must be there raises InputError.
    """
    problems: dict[int, str] = {}
    arrays = []
    for wanted in wish.wanted:
        name = wish.input_name(wanted.name)
        column = None if name is None else chunk.column(name)
        if column is None:
            if whole and not wanted.nullable:
                raise _missing(wish, where, wanted.name, name or wanted.name, chunk.names)
            arrays.append(pa.nulls(chunk.count, wanted.type))
            continue
        try:
            found = read_column(column, wanted.type, wanted.name, wish.fields)
        except MissingFieldError as error:
            raise _missing(wish, where, error.field, error.field, error.names) from None
        arrays.append(found.array)
        for index, why in found.problems.items():
            problems.setdefault(index, f"{name}{why}")
    rows = pa.RecordBatch.from_arrays(arrays, schema=wish.schema())
    return Part(rows, chunk.places, problems | chunk.problems, day, first, written)


def _missing(wish: Wish, where: str, column: str, name: str, names: Sequence[str]) -> InputError:
    shown = ", ".join(sorted(names)[:40]) or "none"
    return InputError(
        f"source {wish.name!r}: {where}: there is no column `{name}`; there are: {shown}. "
        f"Say in `fields` what the input calls `{column}`"
    )


def member(record: Any, name: str) -> Any:
    """The value of `name` in nested mappings: a key of that name, else the way that its dots describe, else None."""
    if not isinstance(record, Mapping):
        return None
    if name in record or "." not in name:
        return record.get(name)
    outer, _, inner = name.partition(".")
    return member(record.get(outer), inner)


def nested_column(batch: pa.RecordBatch, name: str) -> pa.Array | None:
    """The column `name`, or the field that its dots lead to inside structs; None when there is neither."""
    index = batch.schema.get_field_index(name)
    if index >= 0:
        return batch.column(index)
    outer, *inner = name.split(".")
    index = batch.schema.get_field_index(outer)
    if index < 0 or not inner:
        return None
    found = batch.column(index)
    for part in inner:
        if not pa.types.is_struct(found.type) or found.type.get_field_index(part) < 0:
            return None
        found = pc.struct_field(found, part)
    return found


def struct_fields(type_: pa.DataType) -> list[pa.Field]:
    """The fields of a struct type, or of the structs in a list type; none of any other."""
    inner = type_.value_type if pa.types.is_list(type_) else type_
    return list(inner) if pa.types.is_struct(inner) else []


def cut(rows: Iterator[tuple[int, Any]], most_rows: int, most_bytes: int) -> Iterator[list[Any]]:
    """`rows`, each with its size in bytes, in lists of at most `most_rows` rows and about `most_bytes` bytes."""
    pending: list[Any] = []
    size = 0
    for row_bytes, row in rows:
        pending.append(row)
        size += row_bytes
        if len(pending) >= most_rows or size >= most_bytes:
            yield pending
            pending, size = [], 0
    if pending:
        yield pending
