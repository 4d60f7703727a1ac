"""The walk through Zendesk's incremental ticket export: page after page of the tickets that changed.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/ (cursor based): tickets
come in the order of their `generated_timestamp`, at most 1000 a page and 10 pages a minute; the last minute is left
out, so that no ticket changes behind the cursor. `end_of_stream` says that there is no more for now.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.sources.http import Answer

PATH = "api/v2/incremental/tickets/cursor.json"
PAGE_TICKETS = 1000
CURSOR_REFUSED = (400, 404, 410, 422)
"""How an API may say that it does not know a cursor (any more); Zendesk does not document it."""
_REPEATS = 3
"""How often a last page that does not move the cursor is asked for again, lest it be an earlier answer."""
_VISITS = 8
"""How often one cursor may come back before the walk is said to go round in a circle."""


class Getter(Protocol):
    """What is needed of `http.Api`."""

    def get(self, url: str, params: dict[str, str | int], *, expected: tuple[int, ...] = ()) -> Answer: ...


class Position(NamedTuple):
    """Where the walk is: Zendesk's cursor, and the instant (epoch seconds) to start from when it is refused."""

    cursor: str | None
    since: int

    def text(self) -> str:
        return json.dumps(self._asdict())


class Page(NamedTuple):
    """The tickets of one page with the users and metrics beside them, and where the next one starts."""

    tickets: list[Any]
    users: dict[str, dict[str, Any]]
    """By id."""
    metrics: dict[str, dict[str, Any]]
    """By the ticket's id."""
    after: Position


def position(text: str | None, start: datetime) -> Position:
    """What `Position.text` gave, or the beginning of a first export from `start` on."""
    if text is None:
        return Position(None, int(start.timestamp()))
    found = json.loads(text)
    return Position(found["cursor"], found["since"])


def pages(api: Getter, name: str, at: Position) -> Iterator[Page]:
    """The pages from `at` to the end of the stream.

    A page that is answered twice or out of order costs time, never tickets: the walk goes on from where each answer
    says. A cursor that Zendesk refuses is left, and the walk starts again from its `since`. Raises InputError when
    the answers are not those of an export, TryAgain when the walk does not get on, and what `http.Api.get` raises.
    """
    visits: Counter[str | None] = Counter()
    while True:
        where: dict[str, str | int] = {"start_time": at.since} if at.cursor is None else {"cursor": at.cursor}
        params = {**where, "per_page": PAGE_TICKETS, "include": "users,metric_sets"}
        answer = api.get(PATH, params, expected=() if at.cursor is None else CURSOR_REFUSED)
        if answer.status >= 400:
            at = at._replace(cursor=None)
            continue
        page, end = _page(name, answer.json, at)
        stays = bool(page.tickets) and page.after.cursor == at.cursor
        at = page.after
        visits[at.cursor] += 1
        yield page
        if end and (not stays or visits[at.cursor] > _REPEATS):
            return
        if visits[at.cursor] > _VISITS:
            raise TryAgain(f"source {name!r}: {PATH}: Zendesk gives the same pages again and again; run it again later")


def _page(name: str, body: Any, at: Position) -> tuple[Page, bool]:
    tickets, end = (body.get("tickets"), body.get("end_of_stream")) if isinstance(body, dict) else (None, None)
    if not isinstance(tickets, list) or not isinstance(end, bool):
        raise InputError(
            f"source {name!r}: {PATH}: expected an object with tickets and end_of_stream, got another answer; "
            f"check sources.{name}.system.url"
        )
    after = body.get("after_cursor")
    if not isinstance(after, str) and not end:
        raise InputError(f"source {name!r}: {PATH}: expected an after_cursor on a page that is not the last")
    times = [ticket["generated_timestamp"] for ticket in _objects(tickets, "generated_timestamp")]
    metrics = {str(one["ticket_id"]): one for one in _objects(body.get("metric_sets"), "ticket_id")}
    users = {str(one["id"]): one for one in _objects(body.get("users"), "id")}
    following = Position(after if isinstance(after, str) else at.cursor, min(times, default=at.since))
    return Page(tickets, users, metrics, following), end


def _objects(value: Any, key: str) -> Iterator[dict[str, Any]]:
    """The objects of a list that have an integer at `key`."""
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict) and isinstance(one.get(key), int) and not isinstance(one[key], bool):
            yield one
