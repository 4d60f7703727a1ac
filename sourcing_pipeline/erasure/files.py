"""The files outside of the tables: queues and verdicts of reviewers, and releases, which are only looked at."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.erasure.names import Names
from sourcing_pipeline.erasure.tables import Ids
from sourcing_pipeline.errors import TryAgain
from sourcing_pipeline.release.write import PARQUET

_ATTEMPTS = 5


def review_files(queue: Path, verdicts: Path) -> list[Path]:
    """The files that reviewers read and write."""
    return sorted({path.resolve() for path in (*queue.glob("*.jsonl"), verdicts) if path.is_file()})


def lines_about(path: Path, ids: Ids, names: Names) -> int:
    """How many lines of a JSONL file are about one of `ids`, or mention one."""
    return sum(kept != line for line, kept in _lines(path, ids, names))


def forget_lines(path: Path, ids: Ids, names: Names) -> None:
    """Take the lines about `ids` out of a JSONL file, and mentions of them out of other lines; the rest stays, byte
    for byte.

    The file is replaced in one step. People write such files: when one is changed meanwhile it is done again. Raises
    TryAgain when that never ends.
    """
    for _ in range(_ATTEMPTS):
        before = path.stat()
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as file:
                file.writelines(kept for _, kept in _lines(path, ids, names))
                os.fsync(file.fileno())
            shutil.copymode(path, partial)
            now = path.stat()
            if (now.st_mtime_ns, now.st_size) == (before.st_mtime_ns, before.st_size):
                partial.replace(path)
                return
        finally:
            partial.unlink(missing_ok=True)
    raise TryAgain(f"{path}: somebody keeps writing to it; run it again")


def _lines(path: Path, ids: Ids, names: Names) -> Iterator[tuple[bytes, bytes]]:
    """Each line with what is kept of it: nothing of one that is about an erased row."""
    with path.open("rb") as lines:
        for line in lines:
            yield line, _kept(line, ids, names)


def _kept(line: bytes, ids: Ids, names: Names) -> bytes:
    try:
        said = json.loads(line)
    except ValueError:
        return b"" if names.named_in(line.decode("utf-8", "replace")) else line
    if isinstance(said, dict) and said.get("id") in ids.known:
        return b""
    left = names.scrubbed(said)
    return line if left == said else json.dumps(left, ensure_ascii=False).encode() + b"\n"


def leftovers(queue: Path, verdicts: Path, releases: Path) -> list[Path]:
    """What killed runs left half-written: queue and verdicts files, and versions of a release that never became one."""
    written = [*queue.glob("*.partial"), *verdicts.parent.glob(f".{verdicts.name}.*.partial")]
    return sorted({*written, *releases.glob("*/.*.partial")})


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is still there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def released(releases: Path, ids: Ids) -> tuple[dict[str, int], list[str]]:
    """The released versions (`<name>/<version>`) with rows of `ids`, each with their number; and those whose Parquet
    file cannot be read."""
    import pyarrow.parquet as pq

    found, unreadable = {}, []
    for file in sorted(releases.glob(f"*/[!.]*/{PARQUET}")):
        version = f"{file.parent.parent.name}/{file.parent.name}"
        try:
            column = pq.read_table(file, columns=["id"]).column("id")
        except (OSError, pa.ArrowInvalid):
            unreadable.append(version)
            continue
        count = pc.sum(ids.among(column.combine_chunks())).as_py() or 0
        if count:
            found[version] = count
    return found, unreadable
