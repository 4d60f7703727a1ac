"""What a table of tickets looks like, and what a system's words mean."""

from collections.abc import Mapping
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import AfterValidator, Field

from sourcing_pipeline.config import Config
from sourcing_pipeline.sources.tabular.columns import INSTANT_TYPE
from sourcing_pipeline.sources.tickets.ticket import Speaker, Status

Layout = Literal["nested", "flat"]
RatingScale = Literal["stars", "good_bad", "nps", "unit"]

DATED = ("resolved_at", "updated_at", "created_at")
TICKET_FIELDS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("status", pa.string()),
        *(pa.field(name, INSTANT_TYPE) for name in DATED),
        pa.field("resolved_by", pa.string()),
        pa.field("rating", pa.string()),
        pa.field("reopened", pa.string()),
        pa.field("merged", pa.string()),
        pa.field("wrong", pa.bool_()),
        pa.field("subject", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("language", pa.string()),
        pa.field("requester", pa.string()),
        pa.field("requester_email", pa.string()),
        pa.field("agent", pa.string()),
    ]
)
MESSAGE_FIELDS = pa.struct(
    [
        pa.field("role", pa.string(), nullable=False),
        pa.field("text", pa.string()),
        pa.field("at", INSTANT_TYPE),
        pa.field("macro", pa.string()),
        pa.field("author", pa.string()),
        pa.field("author_email", pa.string()),
        pa.field("public", pa.bool_()),
    ]
)
MESSAGES = pa.field("messages", pa.list_(MESSAGE_FIELDS), nullable=False)
FLAT_NAMES = {field.name: "sent_at" if field.name == "at" else field.name for field in MESSAGE_FIELDS}
"""What the fields of a message are called where each row is one."""

_KNOWN = {
    *TICKET_FIELDS.names,
    MESSAGES.name,
    *(f"{MESSAGES.name}.{field.name}" for field in MESSAGE_FIELDS),
    *FLAT_NAMES.values(),
}


def _known_fields(fields: dict[str, str | None]) -> dict[str, str | None]:
    unknown = sorted(set(fields) - _KNOWN)
    if unknown:
        raise ValueError(f"there is no ticket field {unknown[0]!r}; there are {', '.join(sorted(_KNOWN))}")
    return fields


TicketFields = Annotated[dict[str, str | None], AfterValidator(_known_fields)]

_STATUSES: dict[str, Status] = {
    "new": "open",
    "open": "open",
    "pending": "open",
    "hold": "open",
    "on-hold": "open",
    "waiting": "open",
    "in progress": "open",
    "snoozed": "open",
    "solved": "resolved",
    "resolved": "resolved",
    "closed": "resolved",
    "complete": "resolved",
    "completed": "resolved",
    "done": "resolved",
    "abandoned": "abandoned",
    "spam": "spam",
    "deleted": "deleted",
}
_ROLES: dict[str, Speaker] = {
    "customer": "user",
    "end-user": "user",
    "end_user": "user",
    "requester": "user",
    "contact": "user",
    "lead": "user",
    "user": "user",
    "agent": "assistant",
    "admin": "assistant",
    "assistant": "assistant",
    "bot": "bot",
}
_RESOLVERS: dict[str, Literal["human", "bot"]] = {
    "human": "human",
    "agent": "human",
    "admin": "human",
    "bot": "bot",
    "automation": "bot",
    "system": "bot",
}


class TicketMapping(Config):
    """How rows become tickets; the systems that read rows say which fields a row has."""

    layout: Layout = "nested"
    """`nested`: a row is a ticket, with its messages inside; `flat`: a row is a message."""
    statuses: dict[str, Status] = Field(default=_STATUSES)
    """What the system's words for a status mean (in any case). Without a status a ticket is resolved when it has
    resolved_at, else open."""
    other_status: Status | None = None
    """What any other word means, and none; by default such a record cannot be read."""
    roles: dict[str, Speaker] = Field(default=_ROLES)
    """Who writes messages of a role (in any case): user is the customer, assistant a human agent, bot is left out."""
    resolvers: dict[str, Literal["human", "bot"]] = Field(default=_RESOLVERS)
    """What the words in resolved_by mean (in any case). Where there is none, the author of the last answer counts."""
    rating_scale: RatingScale = "stars"
    """stars: 1 to 5 becomes (r - 1) / 4; good_bad: 1 or 0; nps: 0 to 10 becomes r / 10; unit: 0 to 1 as it is."""
    tag_fields: tuple[str, ...] = ()
    """Further columns of which the text is a tag."""
    channel: str | None = None
    """The channel of tickets that name none."""


def wanted(mapping: TicketMapping, fields: Mapping[str, str | None]) -> pa.Schema:
    """The columns to ask an input for."""
    columns = list(TICKET_FIELDS)
    if mapping.layout == "nested":
        columns.append(MESSAGES.with_nullable(fields.get(MESSAGES.name, "") is None))
    else:
        for field in MESSAGE_FIELDS:
            needed = field.name in ("role", "text")
            columns.append(pa.field(FLAT_NAMES[field.name], field.type, nullable=not needed))
    names = {column.name for column in columns}
    return pa.schema([*columns, *(pa.field(name, pa.string()) for name in mapping.tag_fields if name not in names)])
