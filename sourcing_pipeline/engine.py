"""Daft: how a stage's batch function is run over a table; native on one machine, Ray on a cluster, one setting.

A stage is a function from record batch to record batch, row for row. Which engine drives it is decided here alone.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import Config
from sourcing_pipeline.storage import Table

if TYPE_CHECKING:
    import daft

Stage = Callable[[pa.RecordBatch], pa.RecordBatch]


class Engine(Config):
    """What runs the row work."""

    runner: Literal["native", "ray"] = "native"
    """`ray` sends the same work to a Ray cluster; it needs `pip install 'daft[ray]'`."""
    ray_address: str | None = None
    """Address of the Ray cluster; None starts or finds a local one."""
    batch_rows: int = Field(default=256, ge=1)
    """Rows a stage is given at a time."""


def map_batches(
    table: Table, partitions: Sequence[str], stage: Stage, before: pa.Schema, after: pa.Schema, engine: Engine
) -> Iterator[pa.RecordBatch]:
    """`stage` over the rows of `partitions` in `table`, as a stream of batches of schema `after`.

    `stage` gets batches of schema `before` and answers row for row. Its exceptions pass through with their type.
    Small files are put together into full batches, since models are slow on a few rows. Order is not part of the
    promise. Nothing is yielded when the table was never written.
    """
    if table.open() is None:
        return
    frame = _source(table, partitions, engine).into_batches(engine.batch_rows)
    packed = frame.select(_packed(stage, before, after, engine)(*(frame[name] for name in before.names)).alias("row"))
    for batch in packed.to_arrow_iter(results_buffer_size=1):
        yield pa.RecordBatch.from_struct_array(_plain(batch.column(0), pa.struct(list(after))))


def _daft(engine: Engine) -> Any:
    os.environ.setdefault("DO_NOT_TRACK", "1")
    import daft

    if engine.runner == "ray":
        daft.set_runner_ray(address=engine.ray_address, noop_if_initialized=True)
    return daft


def _source(table: Table, partitions: Sequence[str], engine: Engine) -> "daft.DataFrame":
    daft = _daft(engine)
    io_config = _io_config(table.options) if "://" in table.uri else None
    return daft.read_deltalake(table.uri, io_config=io_config).where(daft.col("partition").is_in(list(partitions)))


def _io_config(options: dict[str, str]) -> Any:
    from daft.io import IOConfig, S3Config

    setting = {**os.environ, **options}
    return IOConfig(
        s3=S3Config(
            region_name=setting.get("AWS_REGION"),
            endpoint_url=setting.get("AWS_ENDPOINT_URL"),
            use_ssl=setting.get("AWS_ALLOW_HTTP", "").lower() not in ("true", "1"),
        )
    )


def _packed(stage: Stage, before: pa.Schema, after: pa.Schema, engine: Engine) -> Any:
    """`stage` as a Daft batch function: columns in, one struct column out.

    It is a class because only then Daft 0.7 runs it in this process, where models are loaded once and exceptions
    keep their type.
    """
    daft = _daft(engine)
    struct = pa.struct(list(after))

    def answer(*columns: Any) -> pa.Array:
        arrays = [_plain(column.to_arrow(), field.type) for column, field in zip(columns, before, strict=True)]
        rows = stage(pa.RecordBatch.from_arrays(arrays, schema=before))
        return pa.StructArray.from_arrays(rows.columns, fields=list(after))

    batch_method = daft.method.batch(return_dtype=daft.DataType.from_arrow_type(struct), batch_size=engine.batch_rows)(
        lambda _, *columns: answer(*columns)
    )
    return daft.cls(use_process=False)(type("Stage", (), {"__call__": batch_method}))()


def _plain(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Daft's large and view types as those of the row contract."""
    return array if array.type == wanted else array.cast(wanted)
