"""A Label Studio server: projects that are found again, tasks that are pushed once, and what was answered since.

Through `label-studio-sdk`. What stands on the server is the truth: people delete tasks, change interfaces and start
servers anew, and the next call goes on from what it finds.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, Field

from sourcing_pipeline.errors import InputError, TryAgain

if TYPE_CHECKING:
    import httpx
    from label_studio_sdk import LabelStudio

ServerUrl = Annotated[
    str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#@]*)?$"), AfterValidator(lambda url: url.rstrip("/"))
]
"""The address of a server in a recipe, without a slash at its end."""

TIMEOUT_SECONDS = 60
_PAGE = 250
_TITLE_LETTERS = 50
_BLOCKS = frozenset({"h1", "h2", "h3", "p", "ol", "ul", "blockquote"})

_HIDDEN = [
    f"tasks:{column}"
    for column in (
        "inner_id",
        "completed_at",
        "total_predictions",
        "annotations_ids",
        "predictions_score",
        "predictions_model_versions",
        "predictions_results",
        "file_upload",
        "storage_filename",
        "created_at",
        "updated_at",
        "updated_by",
        "avg_lead_time",
        "draft_exists",
        "data.content_hash",
        "data.question",
        "data.source",
        "data.suspected",
    )
]
"""Columns of a list of tasks that tell a reviewer nothing."""


@dataclass(frozen=True)
class Interface:
    """What a project shows to people. `mark` stands in its description, and by it the project is found again; `labels`
    is the labelling interface (XML), `instructions` Markdown. Each task is shown to `annotators` people.
    """

    mark: str
    title: str
    labels: str
    instructions: str
    annotators: int = 1


@dataclass(frozen=True)
class ServerTask:
    """One task as it stands on the server; `annotations` are Label Studio's own records, cancelled ones too."""

    id: int
    data: Mapping[str, Any]
    updated_at: datetime
    annotations: tuple[Mapping[str, Any], ...]
    untouched: bool
    """Nobody has answered it, skipped it or begun an answer."""


class Server:
    """The server at `url`; `key_variable` names the environment variable with an access token. A `with` block closes
    the connections.

    Raises InputError when the token is missing or refused, or when something else than Label Studio answers, and
    TryAgain when the server cannot be reached; neither holds the token or a text of a task.
    """

    def __init__(self, url: str, key_variable: str) -> None:
        self.url = url.rstrip("/")
        self._client, self._http = self._connect(key_variable)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def _connect(self, key_variable: str) -> "tuple[LabelStudio, httpx.Client]":
        try:
            from label_studio_sdk import LabelStudio
        except ImportError as error:
            raise InputError("Label Studio needs its client: pip install 'sourcing-pipeline[label-studio]'") from error
        import httpx

        key = os.environ.get(key_variable, "").strip()
        if not key:
            raise InputError(
                f"{self.url}: the environment variable {key_variable} is not set; put an access token of the server in "
                "it (Account & Settings, Access Token)"
            )
        client = httpx.Client(timeout=TIMEOUT_SECONDS)
        return LabelStudio(base_url=self.url, api_key=key, httpx_client=client), client

    def project(self, wanted: Interface) -> int:
        """The id of the project to push to: the newest with the mark whose interface asks what `wanted` asks.

        What a team has changed about its looks stays; its instructions and the number of annotators are set as wanted.
        Where the questions are others now, the interface is set as wanted; when the server refuses that, since answers
        by the other interface stand there, a new project is begun, and the old one is still read. So is one where
        there is none.
        """
        for number in self.projects(wanted.mark):
            if self._fit(number, wanted):
                return number
        with self._asking("create a project"):
            made = self._client.projects.create(
                title=wanted.title[:_TITLE_LETTERS],
                description=wanted.mark,
                label_config=wanted.labels,
                expert_instruction=as_html(wanted.instructions),
                show_instruction=True,
                maximum_annotations=wanted.annotators,
                enable_empty_annotation=False,
            )
        return int(made.id)

    def _fit(self, number: int, wanted: Interface) -> bool:
        from label_studio_sdk.core.api_error import ApiError

        with self._asking(f"read project {number}"):
            found = self._client.projects.get(number)
        changes: dict[str, Any] = {}
        if (html := as_html(wanted.instructions)) != found.expert_instruction:
            changes["expert_instruction"] = html
        if found.maximum_annotations != wanted.annotators:
            changes["maximum_annotations"] = wanted.annotators
        ours, theirs = controls(wanted.labels), controls(found.label_config or "<View/>")
        if any(not values <= theirs.get(name, frozenset()) or name not in theirs for name, values in ours.items()):
            changes["label_config"] = wanted.labels
        if not changes:
            return True
        with self._asking(f"change project {number}"):
            try:
                self._client.projects.update(number, **changes)
            except ApiError as error:
                if error.status_code == 400 and "label_config" in changes:
                    return False
                raise
        return True

    def projects(self, mark: str) -> list[int]:
        """The ids of the projects with the mark, newest first."""
        with self._asking("list projects"):
            found = [int(one.id) for one in self._client.projects.list() if one.id and one.description == mark]
        return sorted(found, reverse=True)

    def tasks(self, project: int, since: datetime | None = None) -> Iterator[ServerTask]:
        """The tasks of a project, or those that were changed or answered after `since`; page by page."""
        query: dict[str, Any] = {"ordering": ["tasks:id"]}
        if since is not None:
            moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            changed = {
                "filter": "filter:tasks:updated_at",
                "operator": "greater",
                "type": "Datetime",
                "value": moment,
            }
            query["filters"] = {"conjunction": "and", "items": [changed]}
        with self._asking(f"list the tasks of project {project}"):
            for task in self._client.tasks.list(
                project=project, page_size=_PAGE, fields="all", query=json.dumps(query)
            ):
                yield _task(task)

    def add(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> None:
        """Push tasks by their data, some hundreds in a request."""
        for part in _parts(tasks):
            with self._asking(f"push tasks to project {project}"):
                self._client.projects.import_tasks(project, request=[{"data": dict(data)} for data in part])

    def remove(self, project: int, tasks: Sequence[int]) -> None:
        """Delete tasks with whatever was said of them."""
        for part in _parts(tasks):
            with self._asking(f"remove tasks of project {project}"):
                self._client.actions.create(
                    id="delete_tasks", project=project, selected_items={"all": False, "included": list(part)}
                )

    def view(self, project: int, title: str, column: str, value: str) -> str:
        """The address of a list of the project's tasks whose `column` of data is `value`; the list is made once."""
        wanted = {
            "conjunction": "and",
            "items": [{"filter": f"filter:tasks:data.{column}", "operator": "equal", "type": "String", "value": value}],
        }
        with self._asking(f"list the views of project {project}"):
            views = self._client.views.list(project=project)
            found = [one.id for one in views if _titled(one, title)]
            number = min(found) if found else self._new_view(project, title, wanted)
        return f"{self.url}/projects/{project}/data?tab={number}"

    def _new_view(self, project: int, title: str, filters: Mapping[str, Any]) -> int:
        hidden = {"explore": _HIDDEN, "labeling": _HIDDEN}
        data = {"title": title, "filters": filters, "hiddenColumns": hidden}
        return int(self._client.views.create(project=project, data=data).id)

    def people(self) -> dict[int, str]:
        """E-mail addresses by the ids of people."""
        with self._asking("list people"):
            return {int(one.id): str(one.email).lower() for one in self._client.users.list()}

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        import httpx
        from label_studio_sdk.core.api_error import ApiError
        from pydantic import ValidationError

        where = f"Label Studio at {self.url}: cannot {what}"
        try:
            yield
        except ApiError as error:
            status = error.status_code or 0
            if status < 400:
                raise InputError(_foreign(where)) from None
            if status in (408, 429) or status >= 500:
                raise TryAgain(f"{where}: status {status}; look into the server's log, and try again") from None
            mend = {
                401: "the access token was refused; make a new one (Account & Settings, Access Token)",
                403: "the account lacks the permission; use one that may manage projects",
                404: "there is no such thing; check the address in the recipe",
            }
            raise InputError(f"{where}: status {status}: {mend.get(status, 'the request was refused')}") from None
        except httpx.RequestError as error:
            raise TryAgain(
                f"{where}: the connection failed ({type(error).__name__}); start the server, or check its address"
            ) from None
        except (ValidationError, ValueError):
            raise InputError(_foreign(where)) from None


def _foreign(where: str) -> str:
    return f"{where}: the answer is not Label Studio's; check the address in the recipe"


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + _PAGE] for start in range(0, len(items), _PAGE))


def _task(task: Any) -> ServerTask:
    annotations = tuple(_record(one) for one in task.annotations or ())
    untouched = not annotations and not task.drafts and not task.total_annotations and not task.cancelled_annotations
    return ServerTask(int(task.id), dict(task.data or {}), instant(task.updated_at), annotations, untouched)


def _record(annotation: Any) -> Mapping[str, Any]:
    return annotation if isinstance(annotation, dict) else annotation.dict()


def _titled(view: Any, title: str) -> bool:
    data = view.data if isinstance(view.data, dict) else getattr(view.data, "__dict__", {})
    return data.get("title") == title


def instant(value: Any) -> datetime:
    """A moment as Label Studio tells it. Raises ValueError for anything else."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def controls(labels: str) -> dict[str, frozenset[str]]:
    """The controls of a labelling interface by name, each with the choices that it offers (none for a text).

    None at all when it is no XML. It comes from a server: entities are not resolved, and nothing is fetched.
    """
    from lxml import etree

    try:
        root = etree.fromstring(
            labels.encode(), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
    except etree.XMLSyntaxError:
        return {}
    return {
        str(node.get("name")): frozenset(str(child.get("alias") or child.get("value")) for child in node.iter("Choice"))
        for node in root.iter()
        if node.get("name") and node.get("toName")
    }


def as_html(markdown: str) -> str:
    """`markdown` as HTML for a project's instructions; HTML inside of it is escaped.

    Label Studio takes the looks of lists and paragraphs away, and every style with them; so items bear their number or
    a dot as text, and empty lines part the blocks.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False})
    html = []
    for token in parser.parse(markdown):
        html.append(str(parser.renderer.render([token], parser.options, {})))
        if token.type == "list_item_open":
            html.append(f"{token.info}. " if token.info else "• ")
        elif token.nesting == -1 and token.tag in _BLOCKS and not token.hidden and not token.level:
            html.append("<br>")
    return "".join(html)


def chosen(annotation: Mapping[str, Any], control: str) -> str | None:
    """The choice made, or the text written, in one control of an annotation; None when there is none.

    Of several texts all, as paragraphs; of several choices the first.
    """
    for result in annotation.get("result") or ():
        if isinstance(result, dict) and result.get("from_name") == control:
            value = result.get("value") or {}
            if choices := value.get("choices"):
                return str(choices[0])
            if text := value.get("text"):
                return "\n\n".join(map(str, text)) if isinstance(text, list) else str(text)
    return None
