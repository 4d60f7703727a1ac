"""A GitHub on loopback, as far as the source asks it: lists by update, reviews, files, blobs, ETags."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sourcing_pipeline_tests.sources.api_server import Reply, Request, Route

Fields = dict[str, Any]
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)


def at(minutes: int) -> str:
    return f"{BEGIN + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


def user(login: str) -> Fields:
    return {"login": login, "id": 1, "type": "Bot" if login.endswith("[bot]") else "User", "site_admin": False}


def review(login: str | None, state: str, minutes: int | None, number: int = 1) -> Fields:
    submitted = {} if minutes is None else {"submitted_at": at(minutes)}
    return {"id": number, "user": login and user(login), "state": state, "body": "", **submitted}


def changed(path: str, patch: str | None = "@@ -1 +1 @@\n-a\n+b", status: str = "modified", **fields: Any) -> Fields:
    lines = [line[:1] for line in (patch or "").split("\n") if not line.startswith("@@")]
    return {
        "filename": path,
        "status": status,
        "additions": lines.count("+"),
        "deletions": lines.count("-"),
        "sha": hashlib.sha1(path.encode()).hexdigest(),
        **({} if patch is None else {"patch": patch}),
        **fields,
    }


class Hub:
    """Repositories of pull requests; pages hold `page_size` of them. `before_page` is called before each list page."""

    def __init__(self, *repositories: str, page_size: int = 100) -> None:
        self.page_size = page_size
        self.pulls: dict[str, dict[int, Fields]] = {repository: {} for repository in repositories or ("o/r",)}
        self.details: dict[tuple[str, int], Fields] = {}
        self.blobs: dict[str, bytes] = {}
        self.license: Fields | None = {"key": "mit", "spdx_id": "MIT"}
        self.before_page: Callable[[int], None] = lambda page: None
        self.lock = threading.Lock()

    def pull(
        self,
        number: int,
        minutes: int | None = None,
        repository: str = "o/r",
        reviews: list[Fields] | None = None,
        files: list[Fields] | None = None,
        **fields: Any,
    ) -> Fields:
        """Add or change a pull request: merged and updated `minutes` after BEGIN, unless `fields` say else."""
        when = number if minutes is None else minutes
        known = {
            "number": number,
            "title": f"Fix the port number {number}",
            "body": "It was read too late.",
            "html_url": f"https://github.com/{repository}/pull/{number}",
            "state": "closed",
            "user": user("ann"),
            "labels": [],
            "draft": False,
            "base": {"ref": "main", "repo": {"full_name": repository}},
            "head": {"ref": "topic", "repo": None},
            "merged_at": at(when),
            "closed_at": at(when),
            "updated_at": at(when),
            "merge_commit_sha": f"{number:040x}",
        }
        self.pulls[repository][number] = self.pulls[repository].get(number, known) | fields
        details = self.details.setdefault(
            (repository, number), {"reviews": [review("bob", "APPROVED", when)], "files": [changed("a.py")]}
        )
        details |= {} if reviews is None else {"reviews": reviews}
        details |= {} if files is None else {"files": files}
        return self.pulls[repository][number]

    def routes(self) -> dict[str, Route]:
        repository = r"/repos/([\w.-]+/[\w.-]+)"
        return {
            rf"{repository}": lambda request: {"full_name": request.groups[0], "license": self.license},
            rf"{repository}/pulls": self._list,
            rf"{repository}/pulls/(\d+)": self._one,
            rf"{repository}/pulls/(\d+)/(reviews|files)": self._details,
            rf"{repository}/git/blobs/(\w+)": self._blob,
        }

    def _list(self, request: Request) -> Reply:
        assert request.query["sort"] == "updated"
        assert request.query["direction"] == "desc"
        page = int(request.query.get("page", "1"))
        self.before_page(page)
        if request.groups[0] not in self.pulls:
            return Reply({"message": "Not Found"}, 404)
        with self.lock:
            found = [
                pull
                for pull in self.pulls[request.groups[0]].values()
                if request.query["state"] in ("all", pull["state"])
            ]
        return self._page(request, sorted(found, key=lambda pull: (pull["updated_at"], pull["number"]), reverse=True))

    def _details(self, request: Request) -> Reply:
        repository, number, what = request.groups
        if int(number) not in self.pulls[repository]:
            return Reply({"message": "Not Found"}, 404)
        return self._page(request, self.details[repository, int(number)][what])

    def _one(self, request: Request) -> Any:
        repository, number = request.groups
        if int(number) not in self.pulls[repository]:
            return Reply({"message": "Not Found"}, 404)
        files = self.details[repository, int(number)]["files"]
        more = {"merged_by": user("cy"), "changed_files": len(files)}
        return more | self.pulls[repository][int(number)]

    def _blob(self, request: Request) -> Any:
        content = base64.encodebytes(self.blobs[request.groups[1]]).decode()
        return {"sha": request.groups[1], "encoding": "base64", "content": content}

    def _page(self, request: Request, items: list[Fields]) -> Reply:
        """One page with its links, or 304 when the client has it already."""
        page, size = int(request.query.get("page", "1")), min(self.page_size, int(request.query["per_page"]))
        shown = items[(page - 1) * size : page * size]
        etag = f'W/"{hashlib.sha256(json.dumps(shown).encode()).hexdigest()}"'
        if request.headers.get("if-none-match") == etag:
            return Reply(None, 304, {"ETag": etag})
        links = []
        for name, other in (("prev", page - 1), ("next", page + 1), ("first", 1)):
            if (name == "next" and page * size < len(items)) or (name != "next" and page > 1):
                query = "&".join(f"{key}={value}" for key, value in {**request.query, "page": other}.items())
                links.append(f'<{request.base}{request.path}?{query}>; rel="{name}"')
        return Reply(shown, 200, {"ETag": etag} | ({"Link": ", ".join(links)} if links else {}))
