"""The Delta tables of a lake, and rows that leave them."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import fs

from sourcing_pipeline.storage import Lake, Table

LOG = "_delta_log"


def filesystem(uri: str, options: dict[str, str]) -> fs.FileSystem:
    """The files under `uri`, by paths relative to it."""
    if "://" not in uri:
        return fs.SubTreeFileSystem(uri, fs.LocalFileSystem())
    from deltalake.fs import DeltaStorageHandler

    return fs.PyFileSystem(DeltaStorageHandler(uri, options))


def tables(lake: Lake, under: str = "") -> Iterator[str]:
    """The names of all tables of `lake`, sorted: `masked_x`, `ledger/x/drops`."""
    selector = fs.FileSelector(under, allow_not_found=True)
    folders = sorted(
        info.path.rstrip("/")
        for info in filesystem(lake.root, lake.options).get_file_info(selector)
        if info.type == fs.FileType.Directory
    )
    if any(folder.rpartition("/")[2] == LOG for folder in folders):
        yield under
        return
    for folder in folders:
        yield from tables(lake, folder)


def columns(table: Table) -> list[str]:
    """The names of the columns of `table`; none when it was never written."""
    opened = table.open()
    return [] if opened is None else [field.name for field in opened.schema().fields]


@dataclass(frozen=True)
class Ids:
    """The ids whose rows go."""

    known: frozenset[str]

    def of(self, source: str) -> "Ids":
        """The native keys of the ids of `source`, as the tables have them that keep ids without their source."""
        head = f"{source}:"
        return Ids(frozenset(one.removeprefix(head) for one in self.known if one.startswith(head)))

    def among(self, ids: pa.Array) -> pa.Array:
        """Which of `ids` are among these."""
        return pc.is_in(ids, value_set=self._values)

    @cached_property
    def _values(self) -> pa.Array:
        return pa.array(sorted(self.known), pa.string())

    def rows(self, table: Table, spared: Collection[str] = ()) -> dict[str, int]:
        """How many rows of `table` go, by partition; the partitions `spared` are left out."""
        found: Counter[str] = Counter()
        if self.known:
            for batch in table.read(["id", "partition"]):
                found.update(batch.filter(self.among(batch.column("id"))).column("partition").to_pylist())
        return {partition: count for partition, count in sorted(found.items()) if partition not in spared}


def without(table: Table, ids: Ids, partitions: Collection[str]) -> None:
    """Write `partitions` of `table` anew without the rows of `ids`, in one commit; no partitions, no commit.

    Streams. Not `DeltaTable.delete`, which writes files that Daft cannot read. Raises TryAgain when another writer
    has changed one of the partitions meanwhile.
    """
    opened = table.open()
    if opened is None or not partitions:
        return
    schema = opened.to_pyarrow_dataset().schema
    left = (
        batch.filter(pc.invert(ids.among(batch.column("id")))) for batch in table.read(schema.names, sorted(partitions))
    )
    table.overwrite(left, schema, sorted(partitions), seen_version=opened.version())
