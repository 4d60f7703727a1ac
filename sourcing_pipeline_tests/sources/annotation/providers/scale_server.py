"""A stand-in for Scale's API, as far as `Scale` uses it through the SDK: projects, text collection tasks, their lists.

    account = ScaleAccount(key=KEY, price_usd=2.5)
    server.serve(account.routes(), [Fault("closed")])

It behaves as Scale's API reference and SDK say: HTTP basic authentication with the key as the user; errors as
`{"status_code", "error"}`, whose words quote the request; a unique_id that an account has once, in all its projects
(409); lists by project, type, status, unique_id (several) and updated_after, `page` tasks a page, with has_more and
next_token. `complete` answers a task as an annotator would. Every task that is created is charged.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

from sourcing_pipeline_tests.sources.api_server import Reply, Request, Route

START = datetime(2026, 5, 1, tzinfo=UTC)
FIELD_TYPES = ("text", "category")
ATTACHMENT_TYPES = ("pdf", "image", "text", "video", "website", "audio")

Fields = dict[str, Any]


class _RefusedError(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.reply = Reply({"status_code": status, "error": words}, status)


class ScaleAccount:
    """One account: its `projects` by name, and its `tasks` in the order they were created."""

    def __init__(self, key: str, price_usd: float = 1.0, page: int = 100) -> None:
        self.key, self.price_usd, self.page = key, price_usd, page
        self.projects: dict[str, Fields] = {}
        self.tasks: list[Fields] = []
        self.created = 0
        self._now = START
        self._lock = RLock()

    def routes(self) -> dict[str, Route]:
        return {
            "/v1/projects": self._checked(self._create_project, "POST"),
            "/v1/projects/(.+)": self._checked(self._project, "GET"),
            "/v1/task/textcollection": self._checked(self._create_task, "POST"),
            "/v1/tasks": self._checked(self._list, "GET"),
        }

    @property
    def charged_usd(self) -> float:
        return self.created * self.price_usd

    def ids(self) -> list[str]:
        """The unique_ids of the tasks, sorted."""
        return sorted(task["unique_id"] for task in self.tasks if "unique_id" in task)

    def task(self, unique_id: str) -> Fields:
        (found,) = [task for task in self.tasks if task.get("unique_id") == unique_id]
        return found

    def complete(self, unique_id: str, said: Mapping[str, str], seconds_later: float = 60) -> datetime:
        """Submit `said` (by field_id) for a task, and give the instant that it was completed at."""
        task = self.task(unique_id)
        types = {field["field_id"]: field["type"] for field in task["params"]["fields"]}
        now = self._later(seconds_later)
        answers = {name: {"type": types[name], "field_id": name, "response": [[text]]} for name, text in said.items()}
        task["response"] = {"annotations": answers}
        task |= {"status": "completed", "completed_at": _iso(now), "updated_at": _iso(now)}
        return now

    def by_hand(self, project: str, **fields: Any) -> None:
        """A completed task that somebody made in the dashboard."""
        self._add(project, {"metadata": {}, "response": {"annotations": {}}, "status": "completed"} | fields)

    def _checked(self, act: Callable[[Request], Any], method: str) -> Route:
        def route(request: Request) -> Any:
            expected = base64.b64encode(f"{self.key}:".encode()).decode()
            with self._lock:
                try:
                    if request.headers.get("authorization") != f"Basic {expected}":
                        raise _RefusedError(401, "Please provide a valid API key.")
                    if request.method != method:
                        raise _RefusedError(404, "Not found")
                    return act(request)
                except _RefusedError as refused:
                    return refused.reply

        return route

    def _project(self, request: Request) -> Any:
        if request.groups[0] not in self.projects:
            raise _RefusedError(404, f"No project {request.groups[0]}")
        return self.projects[request.groups[0]]

    def _create_project(self, request: Request) -> Any:
        asked = request.json()
        if not asked.get("name") or asked.get("type") != "textcollection":
            raise _RefusedError(400, f"Invalid project: {request.body.decode()}")
        if asked["name"] in self.projects:
            raise _RefusedError(409, f"Project {asked['name']} already exists")
        made = {"name": asked["name"], "type": asked["type"], "param_history": [], "created_at": _iso(self._later(1))}
        self.projects[asked["name"]] = made
        return made

    def _create_task(self, request: Request) -> Any:
        asked = request.json()
        if asked.get("project") not in self.projects:
            raise _RefusedError(400, f"No such project: {request.body.decode()}")
        problem = _problem(asked)
        if problem:
            raise _RefusedError(400, f"{problem}: {request.body.decode()}")
        unique_id = asked.get("unique_id")
        if unique_id is not None and unique_id in self.ids():
            raise _RefusedError(409, f"A task with the unique_id {unique_id} already exists")
        params = {name: asked[name] for name in ("fields", "attachments")}
        known = {name: asked[name] for name in ("unique_id", "metadata", "instruction") if name in asked}
        return self._add(asked["project"], {"status": "pending", "params": params, "metadata": {}} | known)

    def _add(self, project: str, fields: Fields) -> Fields:
        self.created += 1
        now = _iso(self._later(1))
        task = {"task_id": f"5f{self.created:022x}", "type": "textcollection", "project": project, "created_at": now}
        if fields["status"] == "completed":
            task["completed_at"] = now
        self.tasks.append(task | {"updated_at": now, "callback_url": None} | fields)
        return self.tasks[-1]

    def _list(self, request: Request) -> Any:
        wanted = {name: {value for key, value in request.pairs if key == name} for name in request.query}
        after = request.query.get("updated_after")
        bound = None if after is None else datetime.fromisoformat(after).replace(tzinfo=UTC)
        limit = min(int(request.query.get("limit", "100")), self.page)
        begin = int(base64.b64decode(request.query["next_token"])) if "next_token" in request.query else 0
        if "project" in wanted and not wanted["project"] <= set(self.projects):
            raise _RefusedError(400, f"No project {request.query['project']}")
        found = [
            task
            for task in self.tasks
            if all(
                task.get(name) in wanted[name] for name in ("project", "type", "status", "unique_id") if name in wanted
            )
            and (bound is None or datetime.fromisoformat(task["updated_at"]) > bound)
        ]
        more = begin + limit < len(found)
        listed = {"total": len(found), "limit": limit, "offset": 0, "has_more": more}
        token = {"next_token": base64.b64encode(str(begin + limit).encode()).decode()} if more else {}
        return {"docs": json.loads(json.dumps(found[begin : begin + limit]))} | listed | token

    def _later(self, seconds: float) -> datetime:
        self._now += timedelta(seconds=seconds)
        return self._now


def _problem(asked: Fields) -> str:
    """What is wrong with a text collection task, or nothing."""
    fields, attachments = asked.get("fields"), asked.get("attachments")
    if not isinstance(fields, list) or not fields or not isinstance(attachments, list) or not attachments:
        return "fields and attachments are required"
    if any(one.get("type") not in ATTACHMENT_TYPES or not isinstance(one.get("content"), str) for one in attachments):
        return "an attachment has a type and content"
    if any(
        not (field.get("field_id") and field.get("title")) or field.get("type") not in FIELD_TYPES for field in fields
    ):
        return "a field has a field_id, a title and a type"
    if len({field["field_id"] for field in fields}) < len(fields):
        return "a field_id comes twice"
    if any(field["type"] == "category" and not field.get("choices") for field in fields):
        return "a category has choices"
    return ""


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
