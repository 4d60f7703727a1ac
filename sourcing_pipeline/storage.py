"""Delta Lake tables: read, count, overwrite whole partitions; and the ledger of what each stage dropped.

Every table is partitioned by the column `partition`. An overwrite replaces the partitions it names in one commit,
or leaves them as they were. deltalake and pyarrow are the only libraries that touch the files.
"""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Full, Queue
from tempfile import TemporaryFile
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from sourcing_pipeline.config import Config, Location
from sourcing_pipeline.errors import ContractError, TryAgain
from sourcing_pipeline.rows import LEDGER, conform, dropped, kept

if TYPE_CHECKING:
    from deltalake import DeltaTable

# A write waits for its rows inside a thread of delta-rs's runtime, which has one for each core. Where every one waits,
# no table can be opened to make those rows: on a machine with one core the first write would wait for ever.
os.environ.setdefault("TOKIO_WORKER_THREADS", "16")

_NO_STATISTICS = {"delta.dataSkippingNumIndexedCols": "0"}
"""Keeps the least and greatest values of columns, which are texts and ids, out of Delta's log."""

COUNTS = pa.schema(
    [
        pa.field("partition", pa.string(), nullable=False),
        pa.field("rows_in", pa.int64(), nullable=False),
        pa.field("rows_out", pa.int64(), nullable=False),
    ]
)
"""What a stage was given and what it handed on, by partition."""


PEOPLE = pa.schema([pa.field(name, LEDGER.field(name).type, nullable=False) for name in ("id", "partition")]).append(
    pa.field("person_keys", pa.list_(pa.string()))
)
"""Whom a dropped row was about; in quarantine, so that an erasure finds what the ledger says of them."""


class Storage(Config):
    """Where tables live. Credentials for `s3://` come from the environment, never from the recipe."""

    lake: Location = Field(default="data/lake", validate_default=True)
    """Folder or URL of the tables with masked rows, verdicts and ledgers."""
    quarantine: Location = Field(default="data/quarantine", validate_default=True)
    """Folder or URL of the rows that are not masked yet; on S3, give it a bucket of its own."""
    options: dict[str, str] = Field(default_factory=dict)
    """delta-rs storage options that are no secrets, such as AWS_REGION or AWS_ENDPOINT_URL."""

    @model_validator(mode="after")
    def apart(self) -> "Storage":
        lake, quarantine = self.lake.rstrip("/") + "/", self.quarantine.rstrip("/") + "/"
        if quarantine.startswith(lake) or lake.startswith(quarantine):
            raise ValueError("lake and quarantine must lie apart: one is inside the other")
        return self


@dataclass(frozen=True)
class Table:
    """One Delta table at `uri`; it need not exist yet."""

    uri: str
    options: dict[str, str] = field(default_factory=dict)

    def open(self) -> "DeltaTable | None":
        """The table as it is now, or None when it was never written."""
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        try:
            return DeltaTable(self.uri, storage_options=self.options)
        except TableNotFoundError:
            return None

    def _at(self, version: int) -> "DeltaTable":
        from deltalake import DeltaTable

        return DeltaTable(self.uri, version=version, storage_options=self.options)

    def version(self) -> int | None:
        """The number of the latest commit, or None when the table was never written."""
        table = self.open()
        return None if table is None else table.version()

    def counts(self, partitions: Sequence[str] | None = None) -> dict[str, int]:
        """Rows by partition, counted from the files; partitions without rows are left out."""
        return self.tally("partition", partitions)

    def rows(self, partitions: Sequence[str] | None = None) -> int:
        """How many rows stand in `partitions`, counted from the files."""
        return sum(self.counts(partitions).values())

    def tally(self, column: str, partitions: Sequence[str] | None = None) -> dict[Any, int]:
        """How often each value of `column` stands in the rows of `partitions`."""
        found: Counter[Any] = Counter()
        for batch in self.read([column], partitions):
            found.update(_occurrences(batch.column(column)))
        return dict(found)

    def read(
        self, columns: Sequence[str] | None = None, partitions: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Batches of the rows in `partitions` (None: all), with `columns` (None: all); none when not written yet."""
        import pyarrow.dataset as ds

        table = self.open()
        if table is None:
            return
        where = None if partitions is None else ds.field("partition").isin(pa.array(list(partitions), pa.string()))
        chosen = list(columns) if columns else None
        scanner = table.to_pyarrow_dataset().scanner(columns=chosen, filter=where, batch_readahead=2)
        yield from (batch for batch in scanner.to_batches() if batch.num_rows)

    def load(
        self, schema: pa.Schema, columns: Sequence[str] | None = None, partitions: Sequence[str] | None = None
    ) -> pa.Table:
        """The same as `read`, as one table sorted by id, with the columns' types of `schema`: for small tables."""
        wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
        rows = [conform(batch, wanted, self.uri) for batch in self.read(columns, partitions)]
        table = pa.Table.from_batches(rows, schema=wanted)
        return table.sort_by("id") if "id" in wanted.names else table

    def overwrite(
        self,
        rows: Iterable[pa.RecordBatch],
        schema: pa.Schema,
        partitions: Sequence[str],
        seen_version: int | None = None,
    ) -> None:
        """Replace `partitions` by `rows` in one commit; partitions without rows become empty; no partitions, no commit.

        A column that the table does not have yet is added to it, null in older rows.
        `seen_version` is the version that `rows` were made from, where they were made from this table itself: the
        commit fails when another writer has changed any of `partitions` since. Raises ContractError when rows don't
        fit `schema` or lie outside `partitions`, TryAgain when other writers kept the table busy; the old rows stay
        in both cases. An error raised by `rows` itself passes through.
        """
        from deltalake import write_deltalake
        from deltalake.exceptions import CommitFailedError

        if not partitions:
            for _ in self._checked(rows, schema, frozenset()):
                pass
            return
        keys = (key.replace("'", "''") for key in sorted(set(partitions)))
        quoted = ", ".join(f"'{key}'" for key in keys)

        def commit(arriving: Iterator[pa.RecordBatch]) -> None:
            write_deltalake(
                self.uri if seen_version is None else self._at(seen_version),
                pa.RecordBatchReader.from_batches(schema, arriving),
                mode="overwrite",
                schema_mode="merge",
                predicate=f"partition in ({quoted})",
                storage_options=self.options if seen_version is None else None,
            )

        try:
            if self.open() is None:
                self._create(schema)
            _feed(commit, self._checked(rows, schema, frozenset(partitions)))
        except CommitFailedError as error:
            raise TryAgain(f"{self.uri}: other writers kept the table busy; run it again") from error

    def _checked(
        self, rows: Iterable[pa.RecordBatch], schema: pa.Schema, partitions: frozenset[str]
    ) -> Iterator[pa.RecordBatch]:
        for batch in rows:
            checked = conform(batch, schema, self.uri)
            _within(checked, partitions, self.uri)
            yield checked

    def _create(self, schema: pa.Schema) -> None:
        from deltalake import DeltaTable

        if "://" not in self.uri:
            Path(self.uri).mkdir(parents=True, exist_ok=True)
        DeltaTable.create(
            self.uri,
            schema,
            mode="ignore",
            partition_by=["partition"],
            configuration=_NO_STATISTICS,
            storage_options=self.options,
        )


def _within(batch: pa.RecordBatch, partitions: Collection[str], where: str) -> None:
    strays = set(batch.column("partition").unique().to_pylist()) - set(partitions)
    if strays:
        raise ContractError(f"{where}: rows of partitions {sorted(map(str, strays))} were not asked for")


class _Abandoned(Exception):
    """Tells the writer that no more rows will come and that nothing may be committed."""


def _feed(commit: Callable[[Iterator[pa.RecordBatch]], None], rows: Iterable[pa.RecordBatch]) -> None:
    """Run `commit` in a thread of its own over `rows`, which are made in this one, two batches ahead at most.

    delta-rs pulls its input from inside its own event loop, where no other table can be opened and every
    exception is wrapped; so rows are made outside of it. An error in `rows` passes through, uncommitted.
    """
    waiting: Queue[pa.RecordBatch | _Abandoned | None] = Queue(maxsize=2)

    def arriving() -> Iterator[pa.RecordBatch]:
        while (batch := waiting.get()) is not None:
            if isinstance(batch, _Abandoned):
                raise batch
            yield batch

    with ThreadPoolExecutor(max_workers=1) as pool:
        committed = pool.submit(commit, arriving())

        def put(item: pa.RecordBatch | _Abandoned | None) -> None:
            while not committed.done():
                with suppress(Full):
                    waiting.put(item, timeout=0.1)
                    return

        try:
            for batch in rows:
                put(batch)
                if committed.done():
                    break
        except BaseException:
            put(_Abandoned())
            raise
        put(None)
        committed.result()


def _occurrences(column: pa.Array) -> dict[str, int]:
    return {pair["values"]: pair["counts"] for pair in column.value_counts().to_pylist()}


class _Spool:
    """Batches put aside on disk, unseen by others, to be read back once."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema

    def __enter__(self) -> Self:
        self._file = TemporaryFile()
        self._writer = pa.ipc.new_stream(self._file, self._schema)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self._writer.write_batch(batch.cast(self._schema))

    def batches(self) -> Iterator[pa.RecordBatch]:
        self._writer.close()
        self._file.seek(0)
        yield from pa.ipc.open_stream(self._file)


@dataclass(frozen=True)
class Counts:
    """Rows in, rows out and drops by reason of one stage over some partitions."""

    rows_in: int
    rows_out: int
    dropped: dict[str, int]


@dataclass(frozen=True)
class Lake:
    """All tables under one root: one for each asset, and beside them the ledger of its stage."""

    root: str
    options: dict[str, str] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        return Table(f"{self.root}/{name}", self.options)

    def drops(self, asset: str) -> Table:
        """The ledger of `asset`: a line for each dropped row (schema LEDGER)."""
        return Table(f"{self.root}/ledger/{asset}/drops", self.options)

    def tallies(self, asset: str) -> Table:
        """The ledger of `asset`: rows in and rows out by partition (schema COUNTS)."""
        return Table(f"{self.root}/ledger/{asset}/counts", self.options)

    def write(
        self,
        asset: str,
        answered: Iterable[pa.RecordBatch],
        schema: pa.Schema,
        partitions: Sequence[str],
        into: Table | None = None,
        people: Table | None = None,
    ) -> Counts:
        """Write a stage's outcome batches: what was kept into its table, what was dropped into the ledger.

        `answered` has the columns `outcomes(schema)`; `into` is the stage's table when it lies elsewhere
        (quarantine), and `people` the table (PEOPLE) that remembers whom the dropped rows were about. The partitions
        are replaced in the table first, then in the ledger: after a crash between the two, the check on rows in and
        out fails until the stage is run again.
        """
        rows_in: Counter[str] = Counter()
        rows_out: Counter[str] = Counter()
        with _Spool(LEDGER) as lines, _Spool(PEOPLE) as who:

            def keep() -> Iterator[pa.RecordBatch]:
                for batch in answered:
                    _within(batch, partitions, asset)
                    rows_in.update(_occurrences(batch.column("partition")))
                    lines.add(dropped(batch))
                    if people is not None:
                        who.add(batch.filter(pc.is_valid(batch.column("drop_reason"))).select(PEOPLE.names))
                    good = kept(batch).select(schema.names)
                    rows_out.update(_occurrences(good.column("partition")))
                    if good.num_rows:
                        yield good

            (into or self.table(asset)).overwrite(keep(), schema, partitions)
            if people is not None:
                people.overwrite(who.batches(), PEOPLE, partitions)
            self.drops(asset).overwrite(lines.batches(), LEDGER, partitions)
        tally = [
            {"partition": key, "rows_in": rows_in[key], "rows_out": rows_out[key]} for key in sorted(set(partitions))
        ]
        self.tallies(asset).overwrite([pa.RecordBatch.from_pylist(tally, schema=COUNTS)], COUNTS, partitions)
        return self.counts(asset, partitions)

    def counts(self, asset: str, partitions: Sequence[str] | None = None) -> Counts:
        """What the ledger says of `asset`."""
        rows_in = rows_out = 0
        for batch in self.tallies(asset).read(None, partitions):
            rows_in += sum(batch.column("rows_in").to_pylist())
            rows_out += sum(batch.column("rows_out").to_pylist())
        reasons = self.drops(asset).tally("reason", partitions)
        return Counts(rows_in, rows_out, dict(sorted(reasons.items())))
