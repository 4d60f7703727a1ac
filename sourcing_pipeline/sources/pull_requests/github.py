"""Pull requests of GitHub repositories, over the REST API."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator

from sourcing_pipeline.config import Config, Landed, VariableName, Window
from sourcing_pipeline.rows import Drop
from sourcing_pipeline.sources.http import Api, secret
from sourcing_pipeline.sources.pull_requests.github_details import Connection
from sourcing_pipeline.sources.pull_requests.github_landing import Landing, Progress, pull_request, version_of
from sourcing_pipeline.sources.pull_requests.pull_request import PullRequest
from sourcing_pipeline.sources.records import UnreadableError
from sourcing_pipeline.updates import Updates


class GitHub(Config):
    """Repositories on GitHub or a GitHub Enterprise Server.

    GitHub's list of pull requests cannot be asked by day, so whatever changed is landed, once, with its reviews and
    files as far as the rules look at them; reading takes what has landed. A rule that is loosened later makes reading
    ask for what is lacking. Costs one request per 100 pull requests in the list, one more for each that was merged and
    passes the rules on author, age, labels and description (its reviews), two more when it was approved, and with
    `answer: files` one per changed file. A night without changes costs none of the rate limit (ETag).
    """

    type: Literal["github"]
    """Which system this is."""
    repositories: tuple[str, ...] = Field(min_length=1)
    """The repositories as `owner/name`, spelled as GitHub shows them."""
    token_variable: VariableName = "GITHUB_TOKEN"  # noqa: S105
    """Environment variable that holds a token with read access to pull requests and contents."""
    url: str = "https://api.github.com"
    """The API's address; for a GitHub Enterprise Server `https://<host>/api/v3`."""

    @field_validator("repositories")
    @classmethod
    def named_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for repository in value:
            if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
                raise ValueError(f"{repository!r} is no repository; write it as owner/name")
        if len({repository.lower() for repository in value}) < len(value):
            raise ValueError("a repository is named twice")
        return value

    @field_validator("url")
    @classmethod
    def encrypted(cls, value: str) -> str:
        if not re.match(r"https://[^/@?#]+(/|$)|http://(127\.0\.0\.1|localhost)(:\d+)?(/|$)", value):
            raise ValueError("the address must begin with https://, since a token is sent there, and hold no password")
        return value

    def pull_requests(self, name: str, window: Window) -> Iterator[PullRequest | Drop]:
        """See `PullRequestSystem`: what has landed of the wanted days, of the repositories that the recipe names."""
        with closing(Connection(name, lambda: self._api(name))) as connection:
            for landed in window.landed():
                if landed.record["repository"] not in self.repositories:
                    continue
                try:
                    yield pull_request(landed.key, landed.day, landed.record, connection)
                except UnreadableError as error:
                    dropped = error.drop(f"{name}:{landed.key}", landed.key, landed.day)
                    yield dropped._replace(person_keys=landed.person_keys)

    def update(
        self, name: str, window: Window, updates: Updates, oldest: datetime | None, ask: Callable[[PullRequest], object]
    ) -> None:
        """Land what changed since the cursor, which is the `Progress` of each repository as JSON."""
        cursor = updates.cursor()
        earlier = {} if cursor is None else json.loads(cursor)
        since = "" if oldest is None else version_of(oldest)
        progress = {
            repository: Progress(**earlier[repository])
            if repository in earlier and earlier[repository]["since"] <= since
            else Progress(since)
            for repository in self.repositories
        }

        def land(records: Sequence[Landed]) -> None:
            updates.land(records, json.dumps({key: asdict(state) for key, state in progress.items()}, sort_keys=True))

        with closing(Connection(name, lambda: self._api(name))) as connection:
            for repository, state in progress.items():
                Landing(name, repository, state, window, connection, ask, land, self.token_variable).run()

    def _api(self, name: str) -> Api:
        token = secret(name, self.token_variable, "system.token_variable")
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "User-Agent": "sourcing-pipeline",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        return Api(name, self.url, headers=headers)
