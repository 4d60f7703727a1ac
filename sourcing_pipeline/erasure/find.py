"""The ids of the rows that are about a person, found by the person keys in quarantine."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.erasure.history import read_unlisted
from sourcing_pipeline.erasure.tables import Ids, columns, tables
from sourcing_pipeline.rows import WHOLE
from sourcing_pipeline.storage import Lake, Table
from sourcing_pipeline.tombstones import EVERYWHERE, Person

FORMER = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("person_keys", pa.list_(pa.string())),
    ]
)
"""Who a row was about that no table has any more; a release may."""

_WHO = ["id", "person_keys"]


def keyed(quarantine: Lake) -> list[str]:
    """The names of the tables in quarantine that say who their rows are about."""
    return [name for name in tables(quarantine) if set(_WHO) <= set(columns(quarantine.table(name)))]


def source_of(name: str) -> str:
    """The source of a table in quarantine: the last part of its name."""
    return name.rpartition("/")[2]


def ids_about(people: Sequence[Person], quarantine: Lake) -> frozenset[str]:
    """The ids of all rows about any of `people`: those that stand in quarantine now, and those in files of older
    versions, which a release or the event log may still have.

    A row that was made from one of another source names people by that source's keys with its name before them."""
    keys = defaultdict(set)
    for person in people:
        keys[person.scope].add(person.key)
    elsewhere = {f"{person.scope}:{person.key}" for person in people if person.scope != EVERYWHERE}
    found: set[str] = set()
    for name in keyed(quarantine):
        source = source_of(name)
        wanted = pa.array(sorted(keys[EVERYWHERE] | keys[source] | elsewhere), pa.string())
        if len(wanted):
            for batch in _batches(quarantine.table(name)):
                found.update(_full(batch, wanted, name, source))
    return frozenset(found)


def _batches(table: Table) -> Iterator[pa.RecordBatch]:
    yield from table.read(_WHO)
    yield from read_unlisted(table, _WHO)


def _full(batch: pa.RecordBatch, wanted: pa.Array, name: str, source: str) -> Iterator[str]:
    lists = batch.column("person_keys")
    keys = pc.list_flatten(lists)
    normal = pc.if_else(pc.match_substring(keys, "@"), pc.utf8_lower(keys), keys)
    rows = pc.list_parent_indices(lists).filter(pc.is_in(normal, value_set=wanted)).unique()
    for row_id in batch.column("id").take(rows).to_pylist():
        yield f"{source}:{row_id}" if native(name) else row_id


def native(name: str) -> bool:
    """Whether the table `name` of quarantine has ids without their source: records of an API, by their own key."""
    return name.startswith("updates/")


def remember(quarantine: Lake, source: str, erased: Ids) -> None:
    """Before the history of the tables of `source` is removed: keep who the rows were about that are in it alone.

    They go into `former/<source>`, so that a later request of another person still finds the releases with them. The
    rows that are `erased` are left out.
    """
    names = [name for name in keyed(quarantine) if source_of(name) == source and not native(name)]
    lost: dict[str, set[str]] = defaultdict(set)
    standing: set[bytes] | None = None
    for name in names:
        for row_id, key in _pairs(read_unlisted(quarantine.table(name), _WHO)):
            if standing is None:
                current = (batch for name in names for batch in quarantine.table(name).read(_WHO))
                standing = {_digest(*pair) for pair in _pairs(current)}
            if row_id not in erased.known and _digest(row_id, key) not in standing:
                lost[row_id].add(key)
    if lost:
        former = quarantine.table(f"former/{source}")
        rows = [row for batch in former.read(FORMER.names) for row in batch.to_pylist()]
        rows += [{"id": row_id, "partition": WHOLE, "person_keys": sorted(keys)} for row_id, keys in lost.items()]
        former.overwrite([pa.RecordBatch.from_pylist(rows, schema=FORMER)], FORMER, [WHOLE])


def _pairs(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, str]]:
    for batch in batches:
        lists = batch.column("person_keys")
        ids = batch.column("id").take(pc.list_parent_indices(lists))
        yield from zip(ids.to_pylist(), pc.list_flatten(lists).to_pylist(), strict=True)


def _digest(row_id: str, key: str) -> bytes:
    return blake2b(f"{row_id}\0{key}".encode(), digest_size=10).digest()
