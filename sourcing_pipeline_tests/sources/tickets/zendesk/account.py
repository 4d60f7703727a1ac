"""A Zendesk account in memory, served as its API serves it: the incremental export, comments and audits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sourcing_pipeline_tests.sources.api_server import Reply, Request, Route

Fields = dict[str, Any]

START = datetime(2026, 3, 1, tzinfo=UTC)
STATUSES = ("solved", "closed", "solved", "closed", "open", "pending", "hold", "new", "deleted")


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def ticket(number: int, at: datetime = START, **fields: Any) -> Fields:
    """A ticket as the export gives it, solved by agent 2 for requester 1 and rated good."""
    return {
        "id": number,
        "url": f"https://acme.zendesk.com/api/v2/tickets/{number}.json",
        "via": {"channel": "email", "source": {"from": {"address": "Amy@Example.com", "name": "Amy"}, "rel": None}},
        "created_at": iso(at - timedelta(days=2)),
        "updated_at": iso(at + timedelta(days=4)),
        "generated_timestamp": int((at + timedelta(days=4)).timestamp()),
        "subject": f"Login {number}",
        "description": "never read",
        "status": "closed",
        "requester_id": 1,
        "submitter_id": 1,
        "assignee_id": 2,
        "tags": ["login", "vip"],
        "custom_fields": [{"id": 9, "value": "never read"}],
        "satisfaction_rating": {"score": "good", "comment": "never read"},
        "metric_set": {"ticket_id": number, "solved_at": iso(at), "reopens": 0, "updated_at": iso(at)},
        **fields,
    }


def user(number: int, role: str = "end-user", **fields: Any) -> Fields:
    return {
        "id": number,
        "role": role,
        "locale": "en-gb",
        "email": f"U{number}@Example.com",
        "suspended": False,
        **fields,
    }


def comment(number: int, author: int, body: str, at: datetime = START, **fields: Any) -> Fields:
    return {
        "id": number,
        "type": "Comment",
        "author_id": author,
        "body": body,
        "plain_body": body,
        "public": True,
        "created_at": iso(at + timedelta(minutes=number)),
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        **fields,
    }


def audit(number: int, comments: Iterable[int], macro: str | None = None) -> Fields:
    events: list[Fields] = [{"id": one, "type": "Comment", "public": True, "body": "never read"} for one in comments]
    if macro is not None:
        events.append({"id": number + 5000, "type": "AgentMacroReference", "macro_title": macro, "macro_id": "77"})
    return {"id": number, "author_id": 2, "events": events}


@dataclass
class Account:
    """What the account holds; `pages` is the stream of the export, each a list of tickets."""

    pages: list[list[Fields]] = field(default_factory=list)
    users: dict[int, Fields] = field(default_factory=lambda: {1: user(1), 2: user(2, "agent")})
    comments: dict[int, list[Fields]] = field(default_factory=dict)
    audits: dict[int, list[Fields]] = field(default_factory=dict)
    page_comments: int = 2
    sets_apart: bool = False
    """Whether metrics come beside the tickets, as sideloads, or inside them."""

    def routes(self) -> dict[str, Route]:
        return {
            r"/api/v2/incremental/tickets/cursor\.json": self._export,
            r"/api/v2/tickets/(\d+)/comments\.json": lambda request: self._listed(request, "comments", self.comments),
            r"/api/v2/tickets/(\d+)/audits\.json": lambda request: self._listed(request, "audits", self.audits),
        }

    def _export(self, request: Request) -> Reply:
        cursor = request.query.get("cursor")
        if cursor is not None and not cursor.startswith("c"):
            return Reply({"error": "InvalidValue", "description": "cursor is not valid"}, 400)
        if cursor is None:
            since = int(request.query["start_time"])
            older = (i for i, page in enumerate(self.pages) if all(one["generated_timestamp"] < since for one in page))
            number = max(older, default=-1) + 1
        else:
            number = int(cursor[1:])
        tickets = self.pages[number] if number < len(self.pages) else []
        following = min(number + 1, len(self.pages))
        ids = {one.get(key) for one in tickets for key in ("requester_id", "assignee_id", "submitter_id")}
        body: Fields = {
            "tickets": tickets,
            "users": [self.users[one] for one in sorted(ids - {None}, key=str) if one in self.users],
            "after_cursor": f"c{following}",
            "after_url": f"{request.base}/api/v2/incremental/tickets/cursor.json?cursor=c{following}",
            "before_cursor": None,
            "end_of_stream": following == len(self.pages),
        }
        if self.sets_apart:
            body["metric_sets"] = [one["metric_set"] for one in tickets]
            body["tickets"] = [{key: one[key] for key in one if key != "metric_set"} for one in tickets]
        return Reply(body)

    def _listed(self, request: Request, kind: str, held: dict[int, list[Fields]]) -> Reply:
        number = int(request.groups[0])
        if number not in held:
            return Reply({"error": "RecordNotFound", "description": "Not found"}, 404)
        first = int(request.query.get("page[after]", "0"))
        listed = held[number][first : first + self.page_comments]
        more = first + self.page_comments < len(held[number])
        body: Fields = {kind: listed, "meta": {"has_more": more, "after_cursor": str(first + self.page_comments)}}
        if request.query.get("include") == "users":
            body["users"] = [self.users[one] for one in {c["author_id"] for c in listed} if one in self.users]
        return Reply(body)


def helpdesk(tickets: int, seed: int = 7, page_tickets: int = 40) -> Account:
    """An account with some hundred tickets of two weeks, of every status, each with comments, some with macros."""
    random = Random(seed)
    account = Account(users={n: user(n, "agent" if n < 5 else "end-user") for n in range(1, 40)})
    rows = []
    for number in range(1, tickets + 1):
        at = START + timedelta(minutes=random.randrange(20_000))
        asker, agent = random.randrange(5, 40), random.randrange(1, 5)
        rows.append(
            ticket(
                number,
                at,
                status=random.choice(STATUSES),
                requester_id=asker,
                submitter_id=asker,
                assignee_id=random.choice([agent, agent, None]),
                satisfaction_rating={"score": random.choice(["good", "bad", "offered", "unoffered"])},
            )
        )
        authors = [asker, *(random.choice([asker, agent, -1]) for _ in range(random.randrange(5)))]
        numbers = [number * 100 + place for place in range(len(authors))]
        account.comments[number] = [
            comment(one, author, f"words {one}", at, public=random.random() < 0.8)
            for one, author in zip(numbers, authors, strict=True)
        ]
        account.audits[number] = [audit(one + 50, [one], random.choice([None, "Greeting"])) for one in numbers]
    account.pages = paged(sorted(rows, key=lambda one: one["generated_timestamp"]), page_tickets)
    return account


def paged(tickets: Sequence[Fields], page_tickets: int) -> list[list[Fields]]:
    return [list(tickets[start : start + page_tickets]) for start in range(0, len(tickets), page_tickets)]
