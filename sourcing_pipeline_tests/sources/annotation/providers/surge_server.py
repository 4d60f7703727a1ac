"""A stand-in for Surge's API, as far as `Surge` uses it: projects, their tasks, launching.

    account = SurgeAccount(key=KEY)
    server.serve(account.routes(), [Fault("closed")])

It behaves as Surge's API documentation and Python SDK say: HTTP basic authentication with the key as the user; a list
of projects from the newest on (`projects_page` a page), of tasks from the oldest on (`tasks_page` a page); nothing that
keeps a request from being carried out twice. `respond` answers a task as a worker would. Work is charged when its
project is launched, or when it is added to one that is: every launch charges all that nobody has answered, every task
counts `num_workers_per_task` times the price.
"""

import base64
import html
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

from sourcing_pipeline_tests.sources.api_server import Reply, Request, Route

START = datetime(2026, 5, 1, tzinfo=UTC)
TYPES = ("free_response", "multiple_choice", "checkbox")

Fields = dict[str, Any]


class _RefusedError(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.reply = Reply({"error": words}, status)


class SurgeAccount:
    """One account: its `projects` and `tasks` in the order they were created, and `charged_usd` so far."""

    def __init__(self, key: str, projects_page: int = 100, tasks_page: int = 25, funds_usd: float = 10_000) -> None:
        self.key, self.projects_page, self.tasks_page, self.funds_usd = key, projects_page, tasks_page, funds_usd
        self.projects: list[Fields] = []
        self.tasks: list[Fields] = []
        self.charged_usd = 0.0
        self._now = START
        self._lock = RLock()

    def routes(self) -> dict[str, Route]:
        return {
            "/api/projects": self._checked(GET=self._list_projects, POST=self._create_project),
            "/api/projects/([^/]+)": self._checked(GET=self._project_of, PUT=self._update),
            "/api/projects/([^/]+)/launch": self._checked(PUT=self._launch),
            "/api/projects/([^/]+)/tasks": self._checked(GET=self._list_tasks),
            "/api/projects/([^/]+)/tasks/create_tasks": self._checked(POST=self._create_tasks),
        }

    def keys(self) -> Counter[str]:
        """How often each key is among the tasks."""
        return Counter(task["fields"]["key"] for task in self.tasks if "key" in task["fields"])

    def task(self, key: str) -> Fields:
        (found,) = [task for task in self.tasks if task["fields"].get("key") == key]
        return found

    def respond(self, key: str, said: Mapping[str, Any], worker: str = "W1", seconds: float | None = 42) -> Fields:
        """Submit `said` (by the question's text, as workers read it) for a task, and give the response."""
        task = self.task(key)
        project = next(one for one in self.projects if one["id"] == task["project_id"])
        questions = {html.unescape(question["text"]): question["text"] for question in project["questions"]}
        response = {
            "id": f"r-{len(task['responses'])}-{task['id']}",
            "data": {questions.get(text, text): answer for text, answer in said.items()},
            "time_spent_in_secs": seconds,
            "completed_at": self._later(60),
            "worker_id": worker,
        }
        task["responses"].append(response)
        task["is_complete"] = len(task["responses"]) >= project["num_workers_per_task"]
        task["status"] = "completed" if task["is_complete"] else "in_progress"
        if all(one["is_complete"] for one in self.tasks if one["project_id"] == project["id"]):
            project["status"] = "completed"
        return response

    def by_hand(self, project: Fields, fields: Fields) -> Fields:
        """A task that somebody made on Surge's site."""
        return self._add(project, fields)

    def new_project(self, name: str, **fields: Any) -> Fields:
        """A project that is there already."""
        made = {
            "id": f"p-{len(self.projects)}",
            "name": name,
            "status": "unlaunched",
            "created_at": self._later(1),
            "num_workers_per_task": 1,
            "payment_per_response": 0.1,
            "instructions": None,
            "questions": [],
        }
        self.projects.append(made | fields)
        return self.projects[-1]

    def _checked(self, **acts: Callable[[Request], Any]) -> Route:
        def route(request: Request) -> Any:
            expected = base64.b64encode(f"{self.key}:".encode()).decode()
            with self._lock:
                try:
                    if request.headers.get("authorization") != f"Basic {expected}":
                        raise _RefusedError(401, "Invalid API key")
                    if request.method not in acts:
                        raise _RefusedError(404, "Not found")
                    return acts[request.method](request)
                except _RefusedError as refused:
                    return refused.reply

        return route

    def _project_of(self, request: Request) -> Fields:
        found = [one for one in self.projects if one["id"] == request.groups[0]]
        if not found:
            raise _RefusedError(404, "No such project")
        return found[0]

    def _list_projects(self, request: Request) -> Any:
        return _page(request, self.projects[::-1], self.projects_page)

    def _create_project(self, request: Request) -> Any:
        asked = request.json()
        questions = asked.get("questions")
        if not asked.get("name") or not isinstance(questions, list):
            raise _RefusedError(400, f"Invalid project: {request.body.decode()}")
        if any(not one.get("text") or one.get("type", TYPES[0]) not in TYPES for one in questions):
            raise _RefusedError(400, f"Invalid question: {request.body.decode()}")
        return self.new_project(**asked)

    def _update(self, request: Request) -> Any:
        project = self._project_of(request)
        project |= request.json()
        return project

    def _launch(self, request: Request) -> Any:
        project = self._project_of(request)
        if request.body:
            raise _RefusedError(400, "Launching takes no parameters")
        self._charge(
            project, [one for one in self.tasks if one["project_id"] == project["id"] and not one["responses"]]
        )
        project["status"] = "in_progress"
        return project

    def _list_tasks(self, request: Request) -> Any:
        project = self._project_of(request)
        return _page(request, [one for one in self.tasks if one["project_id"] == project["id"]], self.tasks_page)

    def _create_tasks(self, request: Request) -> Any:
        project = self._project_of(request)
        asked = request.json().get("tasks")
        if not isinstance(asked, list) or not asked or not all(isinstance(one, dict) for one in asked):
            raise _RefusedError(400, f"Invalid tasks: {request.body.decode()}")
        if project["status"] == "in_progress":
            self._charge(project, asked)
        return [self._add(project, fields) for fields in asked]

    def _charge(self, project: Fields, tasks: list[Fields]) -> None:
        price = len(tasks) * project["num_workers_per_task"] * project["payment_per_response"]
        if self.charged_usd + price > self.funds_usd:
            raise _RefusedError(402, "Insufficient funds")
        self.charged_usd += price

    def _add(self, project: Fields, fields: Fields) -> Fields:
        task = {
            "id": f"t-{len(self.tasks)}",
            "project_id": project["id"],
            "status": "created",
            "created_at": self._later(1),
            "is_gold_standard": False,
            "is_complete": False,
            "fields": fields,
            "gold_standards_data": None,
            "responses": [],
        }
        self.tasks.append(task)
        return task

    def _later(self, seconds: float) -> str:
        self._now += timedelta(seconds=seconds)
        return f"{self._now:%Y-%m-%dT%H:%M:%S}.{self._now.microsecond // 1000:03}Z"


def _page(request: Request, things: list[Fields], size: int) -> list[Fields]:
    begin = (int(request.query.get("page", "1")) - 1) * size
    return things[begin : begin + size]
