"""Parquet as chunks: only the columns that are wanted, only the row groups in which a wanted day may be."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.records import EARLIEST, LATEST
from sourcing_pipeline.sources.tabular.chunk import Chunk, Wish, nested_column, struct_fields

CHUNK_ROWS = 4096

Span = tuple[datetime, datetime]
Ranges = Sequence[tuple[datetime, datetime]]


def read_parquet(
    stream: BinaryIO, where: str, mistake: str, wish: Wish, dated: Sequence[str], ranges: Ranges | None
) -> Iterator[Chunk]:
    """The rows of a Parquet file, without row groups whose statistics say that no row of them is in `ranges`.

    Row groups are left out only of a file in which every row has a `dated` instant, since a row without one takes the
    day of a row near it; a file with such rows stands `alone`. Raises InputError, opened by `mistake`, when the file
    is no Parquet or broken.
    """
    try:
        file = pq.ParquetFile(stream, pre_buffer=False)
        names = list(file.schema_arrow.names)
        columns = _leaves(file, wish)
        spans = [_spans(file, group, [wish.input_name(name) for name in dated]) for group in range(file.num_row_groups)]
        alone = None in spans
        before = 0
        for group, known in enumerate(spans):
            rows = file.metadata.row_group(group).num_rows
            if alone or ranges is None or _overlap(known or (), ranges):
                for chunk in _group(file, group, before, columns, names, where):
                    yield replace(chunk, alone=alone)
            before += rows
    except (pa.ArrowException, OSError) as error:
        why = "a Parquet file that is whole"
        raise InputError(f"{mistake}: expected {why} ({type(error).__name__}); export it again") from None


def _group(
    file: pq.ParquetFile, group: int, before: int, columns: list[str], names: list[str], where: str
) -> Iterator[Chunk]:
    if not columns:
        yield _chunk(pa.record_batch({"": pa.nulls(file.metadata.row_group(group).num_rows)}), before, names, where)
        return
    for batch in file.iter_batches(CHUNK_ROWS, row_groups=[group], columns=columns):
        yield _chunk(batch, before, names, where)
        before += batch.num_rows


def _chunk(batch: pa.RecordBatch, before: int, names: list[str], where: str) -> Chunk:
    return Chunk(batch.num_rows, names, partial(nested_column, batch), lambda row: f"{where} row {before + row + 1}")


def _leaves(file: pq.ParquetFile, wish: Wish) -> list[str]:
    """The wanted leaves by their paths; of a list of structs only the fields that are wanted."""
    paths = [file.schema.column(index).path for index in range(len(file.schema))]
    found: dict[str, None] = {}
    for field in wish.wanted:
        name = wish.input_name(field.name)
        of_field = [path for path in paths if path == name or path.startswith(f"{name}.")]
        inside = struct_fields(field.type)
        members = {wish.fields.get(f"{field.name}.{one.name}", one.name): one.nullable for one in inside}
        wanted = [path for path in of_field if path == name or members.keys() & set(path.split("."))]
        needed = {member for member, nullable in members.items() if not nullable}
        there = {part for path in wanted for part in path.split(".")}
        found |= dict.fromkeys(wanted if members and needed <= there else of_field)
    return list(found)


def _spans(file: pq.ParquetFile, group: int, dated: Sequence[str | None]) -> list[Span] | None:
    """From when to when each of the `dated` columns goes in the group; None when a row may have no instant at all."""
    leaves = {file.schema.column(index).path: index for index in range(len(file.schema))}
    found = []
    everywhere = False
    for name in dated:
        if name is None or name not in leaves:
            continue
        span, nulls = _span(file.metadata.row_group(group).column(leaves[name]).statistics)
        if nulls is None or (span is None and nulls < file.metadata.row_group(group).num_rows):
            return None
        everywhere |= nulls == 0
        if span is not None:
            found.append(span)
    return found if everywhere and all(low >= EARLIEST and high < LATEST for low, high in found) else None


def _overlap(spans: Sequence[Span], ranges: Ranges) -> bool:
    return any(low < end and begin <= high for low, high in spans for begin, end in ranges)


def _span(statistics: Any) -> tuple[Span | None, int | None]:
    """The least and the greatest instant, where they are known to be instants, and the number of nulls."""
    if statistics is None or not statistics.has_null_count:
        return None, None
    if not statistics.has_min_max:
        return None, statistics.null_count
    try:
        low, high = statistics.min, statistics.max
    except ValueError:
        return None, None
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        return None, None
    return (_aware(low), _aware(high)), statistics.null_count


def _aware(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
