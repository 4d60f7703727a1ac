"""Rows from files: JSON Lines, CSV or Parquet, local or on S3."""

import gzip
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO, Literal, NamedTuple, cast

import pyarrow as pa
from pydantic import Field, field_validator

from sourcing_pipeline.config import Config, Location, Window
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.tabular.chunk import Chunk, Wish, as_part
from sourcing_pipeline.sources.tabular.csv_rows import read_csv
from sourcing_pipeline.sources.tabular.json_lines import read_json_lines
from sourcing_pipeline.sources.tabular.part import Changed, Parts, no_parts
from sourcing_pipeline.sources.tabular.pattern import Pattern
from sourcing_pipeline.sources.tabular.stores import Found, LocalFolders, S3Bucket, Store

Format = Literal["jsonl", "csv", "parquet"]
Ranges = list[tuple[datetime, datetime]]
_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


class Files(Config):
    """Files of one format, local or on S3: JSON Lines (one object a line), CSV with a header line, or Parquet.

    JSON Lines and CSV may be compressed with gzip (`.gz`).
    """

    path: Location
    """A local path or `s3://bucket/key`. `*` and `?` stand for anything within a folder, `**` for any folders, and one
    strftime format in braces for the day of a file, as in `logs/{%Y/%m/%d}/tickets-*.jsonl`: then only the files of
    the wanted days are opened."""
    format: Format | None = None
    """The files' format; by default what their suffixes say (.jsonl, .ndjson, .csv, .tsv, .parquet)."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """What separates the fields of a CSV file; by default a comma, in `.tsv` a tab."""
    fields: dict[str, str | None] = Field(default_factory=dict)
    """What the input calls a field, where it is not the same name; dots lead into nested objects
    (`rating: satisfaction.score`). Null: the field is not read."""

    @field_validator("path")
    @classmethod
    def a_pattern(cls, value: str) -> str:
        if "://" in value and not value.startswith("s3://"):
            raise ValueError("files are read from local folders or from s3://bucket/key")
        Pattern(value)
        return value


class FileRows(Files):
    """Rows from files of one format, local or on S3: JSON Lines, CSV with a header line, or Parquet."""

    type: Literal["files"]
    """Which input this is."""

    def read(self, name: str, window: Window, wanted: pa.Schema, dated: tuple[str, ...]) -> Parts:
        """See `read_files`."""
        return read_files(self, name, window, wanted, dated)

    def changed(self, name: str, window: Window, wanted: pa.Schema, cursor: str | None) -> Changed:
        """See `changed_files`."""
        return changed_files(self, name, window, wanted, cursor)


class _File(NamedTuple):
    """A file and its day, where the pattern has one."""

    day: str | None
    found: Found


@dataclass(frozen=True)
class _Job:
    """What is asked of each file: which columns, and of which instants."""

    files: Files
    store: Store
    wish: Wish
    dated: tuple[str, ...] = ()
    ranges: Ranges | None = None


def read_files(files: Files, name: str, window: Window, wanted: pa.Schema, dated: tuple[str, ...]) -> Parts:
    """The wanted columns of the files, in the order of their days and paths.

    Files of other days than `window.days` are not opened, nor, where the path has no date, Parquet row groups of which
    every row has a `dated` instant on another day. A line that cannot be read, or with another number of fields than
    the header, is a row of nulls with a problem. Raises InputError when no file matches the path at all, or when one is
    missing, not readable, of another kind, cut off, or lacks a wanted column that is not nullable; TryAgain when S3
    cannot be reached.
    """
    pattern, store = Pattern(files.path), _store(files, name, window)
    found = _found(pattern, store, window.days)
    if not found and (window.days is None or not _found(pattern, store, None)):
        raise InputError(f"source {name!r}: {files.path}: there is no such file; mend `path` in the recipe")
    ranges = None if pattern.dated else window.ranges()
    return _parts(_Job(files, store, Wish(name, wanted, files.fields), dated, ranges), found)


def changed_files(files: Files, name: str, window: Window, wanted: pa.Schema, cursor: str | None) -> Changed:
    """The rows of files that are new or differ since `cursor`, the days of dated files that are gone, and a new cursor.

    The cursor is the files' fingerprints as JSON: size and modification time, on S3 size and ETag. Without a cursor
    there are no rows. Raises what `read_files` raises, but never for want of files.
    """
    pattern, store = Pattern(files.path), _store(files, name, window)
    found = _found(pattern, store, None)
    prints = {file.found.path: file.found.fingerprint for file in found}
    following = json.dumps(prints, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if cursor is None:
        return Changed(no_parts(), following)
    before = _prints(name, cursor)
    other = [file for file in found if before.get(file.found.path) != file.found.fingerprint]
    gone = frozenset(day for path in before.keys() - prints.keys() if (day := _day(pattern, path)) is not None)
    return Changed(_parts(_Job(files, store, Wish(name, wanted, files.fields)), other), following, gone)


def _store(files: Files, name: str, window: Window) -> Store:
    return S3Bucket(name, window.s3()) if files.path.startswith("s3://") else LocalFolders(name)


def _found(pattern: Pattern, store: Store, days: tuple[str, ...] | None) -> list[_File]:
    """The files of `days` (None: all), each once, in order."""
    files: dict[str, _File] = {}
    for one in pattern.of_days(days):
        for found in store.find(one):
            try:
                day = pattern.day(found.path)
            except LookupError:
                continue
            if day is None or days is None or day in days:
                files[found.path] = _File(day, found)
    return sorted(files.values(), key=lambda file: (file.day or "", file.found.path))


def _day(pattern: Pattern, path: str) -> str | None:
    try:
        return pattern.day(path)
    except LookupError:
        return None


def _parts(job: _Job, files: Sequence[_File]) -> Parts:
    unsure = True
    before: _File | None = None
    for file in files:
        for chunk, sure in _chunks(job, file.found):
            records = chunk.count > len(chunk.problems)
            part = as_part(chunk, job.wish, file.found.path, whole=records and (sure or unsure))
            unsure = unsure and not records
            first = before is None or before.day != file.day
            first |= chunk.alone and file.day is None and before is not file
            yield replace(part, day=file.day, first=first, written=file.found.written)
            before = file


def _chunks(job: _Job, file: Found) -> Iterator[tuple[Chunk, bool]]:
    """The chunks of a file, and whether the columns that they have are all that the file has."""
    where = file.path.removeprefix(Pattern(job.files.path).root)
    mistake = f"source {job.wish.name!r}: {file.path}"
    format_ = job.files.format or _format(file.path, mistake)
    try:
        with job.store.opened(file) as stream:
            if format_ == "parquet":
                from sourcing_pipeline.sources.tabular.parquet_rows import read_parquet

                with _seekable(stream) as seekable:
                    for chunk in read_parquet(seekable, where, mistake, job.wish, job.dated, job.ranges):
                        yield chunk, True
                return
            with _plain(stream, file.path) as text:
                if format_ == "csv":
                    tab = "\t" if ".tsv" in PurePosixPath(file.path).suffixes else ","
                    for chunk in read_csv(text, where, mistake, job.files.delimiter or tab):
                        yield chunk, True
                    return
                for chunk in read_json_lines(text, where, mistake, job.wish):
                    yield chunk, False
    except FileNotFoundError:
        raise InputError(f"{mistake}: the file is gone; run it again") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(f"{mistake}: expected a gzip file that is whole; export it again") from None


def _prints(name: str, cursor: str) -> dict[str, str]:
    try:
        found = json.loads(cursor)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(f"source {name!r}: its update cursor is not one of files; was its type changed?")
    return found


def _format(path: str, mistake: str) -> Format:
    suffix = PurePosixPath(path.removesuffix(".gz")).suffix.lower()
    if suffix not in _SUFFIXES:
        raise InputError(f"{mistake}: the suffix does not say the format; set `format` to jsonl, csv or parquet")
    return _SUFFIXES[suffix]


@contextmanager
def _plain(stream: BinaryIO, path: str) -> Iterator[BinaryIO]:
    if not path.endswith(".gz"):
        yield stream
        return
    with gzip.open(stream, "rb") as plain:
        yield cast(BinaryIO, plain)


@contextmanager
def _seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """`stream` itself when it is a local file, else a copy of it on disk that is gone afterwards."""
    if stream.seekable():
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
        copy.seek(0)
        yield cast(BinaryIO, copy)
