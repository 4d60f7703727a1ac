"""The row contract: one Arrow schema per boundary, the reasons for a drop, and the frozen model used at the edges.

One row is one training example. It flows RAW → MASKED → ASSESSED → MIXED; each boundary adds columns and never
renames what came before. A stage answers each row it was given: the row, or a reason why it was dropped
(`drop_reason`), so that nothing is lost silently.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, field_validator

from sourcing_pipeline.drop_reasons import DropReason as DropReason
from sourcing_pipeline.errors import ContractError

BATCH_ROWS = 1024
WHOLE = "all"
"""The `partition` of a source that has no days."""

CANARY = "canary-"
"""How the native key of a planted row begins; a stage plants its own canaries and none ever leaves it."""

Role = Literal["system", "user", "assistant"]
Strategy = Literal["production_logs", "public", "annotated", "synthetic"]
STRATEGIES: tuple[Strategy, ...] = ("production_logs", "public", "annotated", "synthetic")

MESSAGES = pa.list_(pa.struct([pa.field("role", pa.string()), pa.field("content", pa.string())]))

RAW = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("content_hash", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("strategy", pa.string(), nullable=False),
        pa.field("messages", MESSAGES),
        pa.field("quality_score", pa.float32()),
        pa.field("license", pa.string()),
        pa.field("attribution", pa.string()),
        pa.field("origin_uri", pa.string()),
        pa.field("language", pa.string()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("created_at", pa.timestamp("us", "UTC")),
        pa.field("cost_usd", pa.float64()),
        pa.field("meta", pa.string()),
        pa.field("person_keys", pa.list_(pa.string())),
    ]
)
"""What a source hands over, unmasked: it is stored in quarantine only.

`person_keys` names everyone the row is about, so that it can be erased: e-mail addresses in lower case, and the
source's own keys of people (a requester's id, a login).
"""

MASKED_ENTITIES = pa.list_(
    pa.struct([pa.field("entity", pa.string()), pa.field("count", pa.int32()), pa.field("score", pa.float32())])
)

MASKED = pa.schema(
    [
        *(field for field in RAW if field.name != "person_keys"),
        pa.field("masked_entities", MASKED_ENTITIES),
        pa.field("masking_version", pa.string()),
    ]
)
"""Personal data replaced by placeholders; `masked_entities` counts them by entity, sorted by name, with the score of
the least sure find of each in [0, 1] (null in rows that an earlier version masked).

Who a row is about stays behind in quarantine.
"""

ASSESSED = pa.schema(
    [
        *MASKED,
        pa.field("embedding", pa.list_(pa.float32())),
        pa.field("domain_score", pa.float32()),
        pa.field("centroid_similarity", pa.float32()),
        pa.field("off_domain", pa.bool_()),
        pa.field("cluster", pa.int32()),
    ]
)
"""`embedding` is a unit vector; `domain_score` a probability; `centroid_similarity` a cosine in [-1, 1]."""

MIXED = pa.schema(
    [
        *(field for field in ASSESSED if field.name != "embedding"),
        pa.field("weight", pa.float64()),
        pa.field("priority", pa.float64()),
    ]
)
"""The rows chosen for the dataset, with the sampling weight and priority that chose them."""

LEDGER = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("partition", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string()),
    ]
)
"""One line per dropped row and stage; `detail` says where or by how much, never what the row said."""


class Message(NamedTuple):
    """One turn of an exchange."""

    role: Role
    content: str


class Example(BaseModel):
    """One row at the RAW boundary, for readers that work record by record.

    `id` is `"<source>:<native key>"` and the same every night; `quality_score` is the source's own evidence in
    [0, 1] or None; `license` is an SPDX id or `LicenseRef-…`; `created_at` is when the exchange happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[^:\s]+:.+$")
    partition: str = WHOLE
    source: str
    strategy: Strategy
    messages: tuple[Message, ...] = Field(min_length=2)
    quality_score: float | None = Field(default=None, ge=0, le=1)
    license: str
    attribution: str | None = None
    origin_uri: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    created_at: datetime
    cost_usd: float = Field(default=0.0, ge=0)
    person_keys: tuple[str, ...] = ()
    meta: dict[str, str | int | float | bool | None] = Field(default_factory=dict)

    @field_validator("created_at")
    @classmethod
    def in_utc(cls, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError("created_at needs a time zone")
        return value.astimezone(UTC)

    def record(self) -> dict[str, object]:
        """This example as one RAW row."""
        return {
            "id": self.id,
            "partition": self.partition,
            "content_hash": content_hash(self.messages),
            "source": self.source,
            "strategy": self.strategy,
            "messages": [message._asdict() for message in self.messages],
            "quality_score": self.quality_score,
            "license": self.license,
            "attribution": self.attribution,
            "origin_uri": self.origin_uri,
            "language": self.language,
            "tags": list(self.tags),
            "created_at": self.created_at,
            "cost_usd": self.cost_usd,
            "meta": meta_json(self.meta),
            "person_keys": list(self.person_keys),
            "drop_reason": None,
            "drop_detail": None,
        }


_META = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


def meta_json(meta: Mapping[str, object]) -> str:
    """The `meta` column of one row."""
    return _META.encode(meta)


class Drop(NamedTuple):
    """A record that a reader saw and did not keep."""

    id: str
    reason: DropReason
    detail: str | None = None
    partition: str = WHOLE
    person_keys: tuple[str, ...] = ()


def outcomes(schema: pa.Schema) -> pa.Schema:
    """`schema` with the two columns by which a stage answers for each row: null, or why it was dropped."""
    names = schema.names
    relaxed = [field.with_nullable(True) if field.name not in ("id", "partition") else field for field in schema]
    added = [pa.field(name, pa.string()) for name in ("drop_reason", "drop_detail") if name not in names]
    return pa.schema([*relaxed, *added])


def batches(records: Iterable[Example | Drop], batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Outcome batches (`outcomes(RAW)`) of at most `batch_rows` rows, in the order of `records`."""
    schema = outcomes(RAW)
    pending: list[dict[str, object]] = []
    for record in records:
        pending.append(record.record() if isinstance(record, Example) else _dropped(record))
        if len(pending) >= batch_rows:
            yield pa.RecordBatch.from_pylist(pending, schema=schema)
            pending = []
    if pending:
        yield pa.RecordBatch.from_pylist(pending, schema=schema)


def _dropped(drop: Drop) -> dict[str, object]:
    return {
        "id": drop.id,
        "partition": drop.partition,
        "person_keys": list(drop.person_keys),
        "drop_reason": drop.reason.value,
        "drop_detail": drop.detail,
    }


def content_hash(messages: Iterable[tuple[str, str]]) -> str:
    """Hash of the canonical messages: SHA-256 over their compact JSON, the first 32 hex digits."""
    return hashlib.sha256(orjson.dumps([list(message) for message in messages])).hexdigest()[:32]


def messages_array(rows: Sequence[Sequence[tuple[str, str]]]) -> pa.Array:
    """A `messages` column of one exchange a row; an empty one is null."""
    lengths = np.array([len(row) for row in rows], dtype=np.int32)
    turns = [turn for row in rows for turn in row]
    flat = pa.StructArray.from_arrays(
        [pa.array([role for role, _ in turns], pa.string()), pa.array([content for _, content in turns], pa.string())],
        fields=list(MESSAGES.value_type),
    )
    offsets = pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int32())
    return pa.ListArray.from_arrays(offsets, flat, type=MESSAGES, mask=pa.array(lengths == 0))


class Refusal(NamedTuple):
    """One rule's answer for each row of a batch: where `hits` is true the row is dropped for `reason`."""

    reason: DropReason
    hits: pa.Array
    detail: pa.Array | str | None = None


def refuse(reason: pa.Array, detail: pa.Array, rules: Iterable[Refusal]) -> tuple[pa.Array, pa.Array]:
    """`drop_reason` and `drop_detail` after `rules`: the first that hits a row that is still free gives its reason."""
    for rule in rules:
        hit = pc.and_(pc.is_null(reason), pc.fill_null(rule.hits, False))
        reason = pc.if_else(hit, rule.reason.value, reason)
        if rule.detail is not None:
            detail = pc.if_else(hit, rule.detail, detail)
    return reason, detail


def instruction_and_response(messages: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The two texts of the default export.

    The response is the last message; the instruction is all before it: the bare text when that is one user turn,
    otherwise the turns one after another, each under its role.
    """
    *before, (_, response) = messages
    if len(before) == 1:
        return before[0][1], response
    labels = {"system": "System", "user": "User", "assistant": "Assistant"}
    return "\n\n".join(f"{labels[role]}: {content}" for role, content in before), response


def opening(messages: Sequence[tuple[str, str]]) -> str:
    """What the exchange is about, as its asker put it: the first user turn, or nothing."""
    return next((content for role, content in messages if role == "user"), "")


def message_tuples(messages: pa.Array) -> list[list[tuple[str, str]]]:
    """A `messages` column as Python lists of (role, content), one list a row; an empty one for null."""
    turns = pc.list_flatten(messages)
    pairs = list(zip(turns.field("role").to_pylist(), turns.field("content").to_pylist(), strict=True))
    ends = np.cumsum(pc.fill_null(pc.list_value_length(messages), 0).to_numpy(zero_copy_only=False)).tolist()
    return [pairs[begin:end] for begin, end in pairwise([0, *ends])]


def conform(batch: pa.RecordBatch, schema: pa.Schema, where: str) -> pa.RecordBatch:
    """`batch` with exactly the columns and types of `schema`, in its order.

    Raises ContractError, naming `where` and the column, when a column is missing or cannot be cast without loss,
    or when a column that may not be null is.
    """
    columns = []
    for field in schema:
        index = batch.schema.get_field_index(field.name)
        if index < 0:
            raise ContractError(f"{where}: column {field.name!r} is missing; got {batch.schema.names}")
        try:
            column = batch.column(index).cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ContractError(
                f"{where}: column {field.name!r} should be {field.type}, got {batch.column(index).type}"
            ) from error
        if not field.nullable and column.null_count:
            raise ContractError(f"{where}: column {field.name!r} has {column.null_count} nulls and may have none")
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def is_canary(row_id: str) -> bool:
    """Whether `row_id` names a planted row."""
    return row_id.partition(":")[2].startswith(CANARY)


def kept(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows of an outcome batch that were not dropped."""
    return batch.filter(pc.is_null(batch.column("drop_reason")))


def dropped(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The LEDGER lines of an outcome batch."""
    lines = batch.filter(pc.is_valid(batch.column("drop_reason")))
    columns = [lines.column(name) for name in ("id", "partition", "drop_reason", "drop_detail")]
    return pa.RecordBatch.from_arrays(columns, schema=LEDGER)
