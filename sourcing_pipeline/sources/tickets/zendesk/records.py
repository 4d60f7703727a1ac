"""What lands of a ticket in the export, and the row of TICKETS that it becomes."""

import json
import re
from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Literal

from sourcing_pipeline.config import Landed, Window
from sourcing_pipeline.sources.records import UnreadableError, instant, integer, kind, native_key, text
from sourcing_pipeline.sources.tickets.ticket import Status, Ticket
from sourcing_pipeline.sources.tickets.zendesk.export import Page

STATUSES: dict[str, Status] = {
    "new": "open",
    "open": "open",
    "pending": "open",
    "hold": "open",
    "solved": "resolved",
    "closed": "resolved",
    "deleted": "deleted",
}
"""https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ (a custom status has one of these too)."""
RATINGS = {"good": 1.0, "bad": 0.0}
"""`offered` and `unoffered` are no ratings."""
MERGED_TAG = "closed_by_merge"
"""The tag that Zendesk sets on a ticket that was merged into another one."""
NOBODY = "-1"
"""The id of Zendesk's own system user."""

_TICKET = (
    "id",
    "status",
    "subject",
    "tags",
    "created_at",
    "updated_at",
    "generated_timestamp",
    "requester_id",
    "assignee_id",
    "submitter_id",
)
_USER = ("role", "locale", "email", "suspended")
_METRICS = ("solved_at", "reopens", "updated_at")


def landed(ticket: Any, page: Page, window: Window) -> Landed:
    """What is kept of `ticket`: the fields that a row of TICKETS needs, as they came, with those of its people.

    Description, custom fields and the comment of a rating are not kept. Its day is that of `dated_at`; its version
    the latest of the instants at which Zendesk says that it, or its metrics, changed. A ticket without a readable id
    or instant lands all the same, under a hash, on the day of `as_of`, so that it is counted as unreadable.
    """
    fields = ticket if isinstance(ticket, dict) else {}
    beside = fields.get("metric_set") or page.metrics.get(str(fields.get("id")))
    record = _plain({name: fields.get(name) for name in _TICKET})
    record["channel"], record["from_address"] = _via(fields.get("via"))
    rating = fields.get("satisfaction_rating")
    record["score"] = _plain(rating.get("score")) if isinstance(rating, dict) else None
    record["metrics"] = _plain({name: beside.get(name) for name in _METRICS} if isinstance(beside, dict) else {})
    for person in ("requester", "assignee", "submitter"):
        user = page.users.get(str(fields.get(f"{person}_id")))
        record[person] = None if user is None else _plain({name: user.get(name) for name in _USER})
    record["dated_at"] = _dated_at(record, window.as_of).isoformat()
    version = max(_instants(record, *_CHANGED), default=window.as_of.astimezone(UTC))
    try:
        key = native_key(fields.get("id"), "id")
    except UnreadableError:
        canonical = json.dumps(ticket, sort_keys=True, default=str)
        key = f"unreadable-{blake2b(canonical.encode(), digest_size=8).hexdigest()}"
    day = window.day(datetime.fromisoformat(record["dated_at"]))
    return Landed(key, day, f"{version:%Y-%m-%dT%H:%M:%S.%fZ}", record, people(record))


def ticket_of(found: Landed, bots: Collection[str]) -> Ticket:
    """The row of a landed ticket, its turns still empty; with a `problem` when it cannot be read.

    `bots` are the ids and e-mail addresses (lower case) of accounts that are no people.
    """
    dated_at = datetime.fromisoformat(found.record["dated_at"])
    try:
        return _ticket(found, dated_at, bots)
    except UnreadableError as error:
        return Ticket(found.key, dated_at, problem=str(error), person_keys=found.person_keys)


def people(record: dict[str, Any]) -> tuple[str, ...]:
    """The person keys of a landed ticket: first the requester's id, second the assignee's when there is one.

    Then everyone else's once: the submitter's id, and the e-mail addresses. `parties` relies on the first two.
    """
    ids = [_id(record.get(name)) for name in ("requester_id", "assignee_id", "submitter_id")]
    users = [record.get(name) or {} for name in ("requester", "assignee", "submitter")]
    mails = [user.get("email") for user in users] + [record.get("from_address")]
    known = [key for key in ids[:2] if key]
    others = [*ids[2:], *(mail.strip().lower() for mail in mails if isinstance(mail, str) and "@" in mail)]
    return (*known, *dict.fromkeys(key for key in others if key and key not in known))


def parties(person_keys: list[str], assigned: bool) -> tuple[str | None, str | None]:
    """The ids of requester and assignee among the person keys of a row; `assigned` says whether it has the latter."""
    requester, assignee = [*person_keys[:2], None, None][:2]
    return requester, assignee if assigned else None


def plain(value: str) -> str:
    """`value` with lone surrogates, which neither UTF-8 nor Arrow can hold, replaced."""
    return value.encode("utf-8", "replace").decode()


def _ticket(found: Landed, dated_at: datetime, bots: Collection[str]) -> Ticket:
    record = found.record
    native_key(record.get("id"), "id")
    instant(record.get("updated_at"), "updated_at")
    status = STATUSES.get(str(record.get("status")))
    if status is None:
        raise UnreadableError(f"status: expected one of {', '.join(STATUSES)}")
    if status != "deleted" and _id(record.get("requester_id")) is None:
        raise UnreadableError(f"requester_id: expected an integer, got {kind(record.get('requester_id'))}")
    if status == "deleted" and (record["requester"] or {}).get("suspended") is True:
        status = "spam"
    tags = record.get("tags") or []
    if not isinstance(tags, list):
        raise UnreadableError(f"tags: expected a list, got {kind(tags)}")
    score = record.get("score")
    word = score.partition("_")[0] if isinstance(score, str) else None
    return Ticket(
        id=found.key,
        dated_at=dated_at,
        status=status,
        resolved_at=dated_at if status == "resolved" else None,
        resolved_by=_resolver(record, bots),
        rating=RATINGS.get(word or ""),
        rating_given=word if word in RATINGS else None,
        reopened=integer(record["metrics"].get("reopens") or 0, "metric_set.reopens") > 0,
        merged=MERGED_TAG in tags,
        subject=_optional(record.get("subject"), "subject"),
        channel=_optional(record.get("channel"), "via.channel"),
        tags=tuple(text(tag, "tags") for tag in tags),
        language=language((record["requester"] or {}).get("locale")),
        person_keys=found.person_keys,
    )


def _resolver(record: dict[str, Any], bots: Collection[str]) -> Literal["human", "bot"] | None:
    """Zendesk assigns tickets to agents only, so whoever is named is one, also after leaving (then an end user)."""
    assignee = _id(record.get("assignee_id"))
    if assignee is None:
        return None
    mail = (record["assignee"] or {}).get("email")
    return "bot" if assignee in bots or (isinstance(mail, str) and mail.lower() in bots) else "human"


def language(locale: object) -> str | None:
    """A Zendesk locale as BCP-47: `en-us` → `en-US`, `zh-hant-tw` → `zh-Hant-TW`; custom parts (`-x-…`) left out."""
    found = re.fullmatch(
        r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_]x[-_].*)?", str(locale or "").strip()
    )
    if not found:
        return None
    main, script, region = found.groups()
    return "-".join(part for part in (main.lower(), script and script.title(), region and region.upper()) if part)


_CHANGED = ("updated_at", "generated_timestamp", "metrics.updated_at")


def _dated_at(record: dict[str, Any], as_of: datetime) -> datetime:
    """When it was solved, for a solved or closed ticket; else when it last changed."""
    fields = ["updated_at", "created_at", "generated_timestamp"]
    if STATUSES.get(str(record.get("status"))) == "resolved":
        fields.insert(0, "metrics.solved_at")
    return next(iter(_instants(record, *fields)), as_of.astimezone(UTC))


def _instants(record: dict[str, Any], *fields: str) -> list[datetime]:
    found = []
    for field in fields:
        holder, _, name = field.rpartition(".")
        try:
            found.append(instant((record[holder] if holder else record).get(name), field))
        except UnreadableError:
            continue
    return found


def _via(via: Any) -> tuple[str | None, str | None]:
    """The channel by which a ticket came, and the e-mail address it came from."""
    if not isinstance(via, dict):
        return None, None
    source = via.get("source")
    sender = source.get("from") if isinstance(source, dict) else None
    return _plain(via.get("channel")), _plain(sender.get("address")) if isinstance(sender, dict) else None


def _id(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and str(value) != NOBODY else None


def _optional(value: Any, field: str) -> str | None:
    return None if value is None else text(value, field)


def _plain(value: Any) -> Any:
    """`value` as JSON that every writer of JSON takes: no lone surrogates, no integers over 64 bits."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return str(value)
    if isinstance(value, dict):
        return {plain(str(key)): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
