"""The ledger after rows have left: rows in = rows out + dropped holds at every stage, before and after each commit."""

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.erasure.tables import Ids, without
from sourcing_pipeline.rows import LEDGER, DropReason, conform
from sourcing_pipeline.storage import COUNTS, Lake, Table


def forget_extracted(lake: Lake, source: str, table: Table, leaving: Mapping[str, int], ids: Ids) -> int:
    """Adjust the ledger of the extraction of `source`, whose `table` is about to lose `leaving` rows by partition.

    The records were read, so rows in stay as they are: a drop line of `ids` becomes `<source>:erased` for the reason
    `erased` without detail, and each row that leaves becomes such a line. Gives the number of lines that stood there
    for `ids`. Done twice, it adds no line twice: it adds those by which rows in exceed rows out and drops.
    """
    ledger = lake.drops(source)
    lines = ids.rows(ledger)
    if not lines and not leaving:
        return 0
    counted = _counts(lake, source, sorted({*lines, *leaving}))
    standing, dropped = table.counts(sorted(counted)), ledger.counts(sorted(counted))
    rows_out = {partition: standing.get(partition, 0) - leaving.get(partition, 0) for partition in counted}
    lacking = {
        partition: min(rows_in - rows_out[partition] - dropped.get(partition, 0), leaving.get(partition, 0))
        for partition, rows_in in counted.items()
    }
    _tally(lake, source, {partition: (rows_in, rows_out[partition]) for partition, rows_in in counted.items()})
    added = {partition: count for partition, count in lacking.items() if count > 0}
    touched = sorted({*lines, *added})
    if not touched:
        return 0
    version = ledger.version()

    def rewritten() -> Iterator[pa.RecordBatch]:
        for batch in ledger.read(LEDGER.names, touched):
            yield _anonymous(conform(batch, LEDGER, ledger.uri), ids, source)
        for partition, count in added.items():
            yield pa.RecordBatch.from_pylist([_line(source, partition)] * count, schema=LEDGER)

    ledger.overwrite(rewritten(), LEDGER, touched, seen_version=version)
    return sum(lines.values())


def forget_downstream(lake: Lake, asset: str, leaving: Mapping[str, int], ids: Ids) -> int:
    """Adjust the ledger of a later stage, whose table is about to lose `leaving` rows by partition.

    The rows left the table before it too, so they don't come in any more: rows in and rows out fall, and drop lines
    of `ids` go. Gives the number of those lines.
    """
    ledger = lake.drops(asset)
    lines = ids.rows(ledger)
    if not lines and not leaving:
        return 0
    counted = _counts(lake, asset, sorted({*lines, *leaving}))
    standing, dropped = lake.table(asset).counts(sorted(counted)), ledger.counts(sorted(counted))
    after = {}
    for partition in counted:
        rows_out = standing.get(partition, 0) - leaving.get(partition, 0)
        after[partition] = (rows_out + dropped.get(partition, 0) - lines.get(partition, 0), rows_out)
    _tally(lake, asset, after)
    without(ledger, ids, lines)
    return sum(lines.values())


def _counts(lake: Lake, asset: str, partitions: list[str]) -> dict[str, int]:
    """Rows in by partition, as the ledger has them."""
    rows = lake.tallies(asset).load(COUNTS, partitions=partitions).to_pylist()
    return {row["partition"]: row["rows_in"] for row in rows}


def _tally(lake: Lake, asset: str, counts: Mapping[str, tuple[int, int]]) -> None:
    rows = [
        {"partition": partition, "rows_in": rows_in, "rows_out": rows_out}
        for partition, (rows_in, rows_out) in sorted(counts.items())
    ]
    table = lake.tallies(asset)
    partitions = [str(row["partition"]) for row in rows]
    if rows and table.load(COUNTS, partitions=partitions).sort_by("partition").to_pylist() != rows:
        table.overwrite([pa.RecordBatch.from_pylist(rows, schema=COUNTS)], COUNTS, partitions)


def _line(source: str, partition: str) -> dict[str, str | None]:
    return {"id": f"{source}:erased", "partition": partition, "reason": DropReason.ERASED.value, "detail": None}


def _anonymous(batch: pa.RecordBatch, ids: Ids, source: str) -> pa.RecordBatch:
    hit = ids.among(batch.column("id"))
    columns = [
        pc.if_else(hit, f"{source}:erased", batch.column("id")),
        batch.column("partition"),
        pc.if_else(hit, DropReason.ERASED.value, batch.column("reason")),
        pc.if_else(hit, pa.scalar(None, pa.string()), batch.column("detail")),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=LEDGER)
