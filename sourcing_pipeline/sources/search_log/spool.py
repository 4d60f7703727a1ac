"""Record batches put aside by day, on disk, until their day is worked on."""

import tempfile
from collections import defaultdict
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.ipc as ipc

ROWS_IN_MEMORY = 1 << 18


class Spool:
    """Record batches of one schema by day, in a temporary file without a name.

    The file is readable by this process alone and gone with it, even when it is killed: what it holds is not masked.
    Of what was added at most `ROWS_IN_MEMORY` rows are in memory. Needs a local disk ($TMPDIR) for the compressed rows.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._pending: dict[str, list[pa.RecordBatch]] = defaultdict(list)
        self._pending_rows = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, day: str, batch: pa.RecordBatch) -> None:
        """Put `batch` aside under `day`."""
        self._pending[day].append(batch)
        self._pending_rows += batch.num_rows
        if self._pending_rows > ROWS_IN_MEMORY:
            self._write()

    def days(self) -> list[str]:
        """The days that have rows, in order."""
        return sorted({*self._places, *self._pending})

    def day(self, day: str) -> pa.Table:
        """All rows of `day`, in the order in which they were added."""
        tables = []
        for offset, size in self._places.get(day, ()):
            self._file.seek(offset)
            tables.append(ipc.open_stream(self._file.read(size)).read_all())
        pending = pa.Table.from_batches(self._pending.get(day, []), schema=self._schema)
        return pa.concat_tables([*tables, pending])

    def take(self, day: str) -> pa.Table:
        """As `day`, and the rows are no longer in the spool; their place on disk is free when the spool is closed."""
        rows = self.day(day)
        self._places.pop(day, None)
        self._pending_rows -= sum(batch.num_rows for batch in self._pending.pop(day, []))
        return rows

    def _write(self) -> None:
        options = ipc.IpcWriteOptions(compression="lz4")
        for day, waiting in self._pending.items():
            sink = pa.BufferOutputStream()
            with ipc.new_stream(sink, self._schema, options=options) as writer:
                for batch in pa.Table.from_batches(waiting, schema=self._schema).combine_chunks().to_batches():
                    writer.write_batch(batch)
            content = sink.getvalue()
            offset = self._file.seek(0, 2)
            self._file.write(content)
            self._places[day].append((offset, len(content)))
        self._pending.clear()
        self._pending_rows = 0
