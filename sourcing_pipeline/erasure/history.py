"""What older versions of a table still hold: read while it helps to find a person's rows, then removed for good."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyarrow import fs

from sourcing_pipeline.erasure.tables import LOG, filesystem
from sourcing_pipeline.errors import ContractError
from sourcing_pipeline.storage import Table


def unlisted(table: Table) -> list[str]:
    """The data files of `table` that its current version does not have: of older versions, and of killed writers.

    delta-rs also lists what an earlier vacuum removed; that is left out.
    """
    opened = table.open()
    if opened is None:
        return []
    paths = opened.vacuum(retention_hours=0, dry_run=True, enforce_retention_duration=False, full=True)
    found = filesystem(table.uri, table.options).get_file_info(sorted(paths))
    return [info.path for info in found if info.type == fs.FileType.File]


def read_unlisted(table: Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Batches of `columns` (without `partition`, which stands in no file) from the files that are `unlisted`.

    Files that a killed writer left unfinished, and those without these columns, are passed over.
    """
    import pyarrow.parquet as pq

    files = filesystem(table.uri, table.options)
    for path in unlisted(table):
        with files.open_input_file(path) as file:
            try:
                parquet = pq.ParquetFile(file)
            except pa.ArrowInvalid:
                continue
            if set(columns) <= set(parquet.schema_arrow.names):
                yield from parquet.iter_batches(columns=list(columns))


def forget_history(table: Table) -> int:
    """Make the current version of `table` the only one; gives the number of data files removed.

    Removed are all data files that it does not list, those of killed writers included, and the entries of the Delta
    log before it: they hold the least and greatest value of each column of every file that ever was. A checkpoint
    takes their place. Nobody else may write meanwhile. Nothing is committed where there is nothing to remove. Raises
    ContractError when there is no checkpoint after all.
    """
    opened = table.open()
    if opened is None:
        return 0
    removed = unlisted(table)
    if removed:
        opened.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
        opened.update_incremental()
    files = filesystem(table.uri, table.options)
    if "://" not in table.uri:
        _sweep(files, {uri.rpartition("/")[2] for uri in opened.file_uris()})
    entry, checkpoint = f"{opened.version():020}.json", f"{opened.version():020}.checkpoint.parquet"
    needed = {entry, checkpoint, "_last_checkpoint"}
    if needed != {_name(info) for info in _under(files, LOG)}:
        opened.create_checkpoint()
        if checkpoint not in {_name(info) for info in _under(files, LOG)}:
            raise ContractError(f"{table.uri}: delta-rs left no checkpoint {checkpoint}; the old log entries stay")
        for info in _under(files, LOG):
            if _name(info) not in needed:
                files.delete_file(info.path)
    return len(removed)


def _sweep(files: fs.FileSystem, listed: set[str]) -> None:
    """Remove what vacuum does not see: unfinished and hidden files, such as `part-….parquet#1` of a killed writer."""
    for info in _under(files, ""):
        if _name(info) not in listed and not info.path.startswith(f"{LOG}/"):
            files.delete_file(info.path)


def _under(files: fs.FileSystem, folder: str) -> list[fs.FileInfo]:
    found = files.get_file_info(fs.FileSelector(folder, recursive=True))
    return [info for info in found if info.type == fs.FileType.File]


def _name(info: fs.FileInfo) -> str:
    name: str = info.path.rpartition("/")[2]
    return name
