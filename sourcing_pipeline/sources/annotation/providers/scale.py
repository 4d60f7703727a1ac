"""The `scale` provider: annotators of Scale AI, by text collection tasks and through its Python SDK."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field

from sourcing_pipeline.config import VariableName
from sourcing_pipeline.errors import InputError, RecipeError, SourcingError, TryAgain
from sourcing_pipeline.sources.annotation.provider import Answer, Form, Met, Provider, Task
from sourcing_pipeline.sources.http import ApiUrl, lasting_fault, secret
from sourcing_pipeline.sources.records import UnreadableError, instant, kind, native_key

if TYPE_CHECKING:
    from scaleapi.exceptions import ScaleException

ANSWER_SECONDS = 300.0
"""The longest wait for one answer, with all retries of the SDK, which sets no limit of its own."""
PAGE = 100
"""Tasks a page: the most that Scale gives."""
LOOKED_UP_AT_ONCE = 50
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


class Scale(Provider):
    """Scale's annotators; a task answered by several of them is as many tasks at Scale, `<key>-1`, `<key>-2`, …

    These are Scale's `unique_id`: an account has each once, so that what was sent already is refused, and not paid
    again. All campaigns may share one project; a task's metadata says which campaign, kind and key it is of. What an
    answer costs is agreed with Scale for the project: `price_usd` is not sent. Scale does not tell who answered, so
    that each answer has an annotator of its own, nor how long it took.
    """

    type: Literal["scale"] = "scale"
    """Which provider this is."""
    key_variable: VariableName = "SCALE_API_KEY"
    """Name of the environment variable with the API key."""
    project: str = Field(min_length=1)
    """Name of the text collection project at Scale; it is created when there is none."""
    url: ApiUrl = "https://api.scale.com/v1"
    """The API's address."""

    def send(self, form: Form, tasks: Sequence[Task]) -> None:
        """See `Provider`. Raises RecipeError when Scale's SDK is not installed."""
        if not tasks:
            return
        account = self._account(form)
        account.make_project()
        wanted = {f"{task.key}-{n}": task for task in tasks for n in range(1, form.annotators + 1)}
        ids = list(wanted)
        for start in range(0, len(ids), LOOKED_UP_AT_ONCE):
            some = ids[start : start + LOOKED_UP_AT_ONCE]
            there = account.known(some)
            for unique_id in some:
                if unique_id not in there:
                    account.create(unique_id, wanted[unique_id])

    def answers(self, form: Form, since: datetime | None) -> Iterator[Answer]:
        """See `Provider`. Raises RecipeError when Scale's SDK is not installed, and InputError for an answer that
        has another structure than those of text collection.
        """
        account = self._account(form)
        if account.has_project():
            for task in account.completed(since):
                yield account.answer(task)

    def where(self, form: Form) -> str:  # noqa: ARG002
        """Scale's dashboard and the project's name."""
        return f"https://dashboard.scale.com, project {self.project}"

    def _account(self, form: Form) -> "_Account":
        key = secret(form.campaign, self.key_variable, "provider.key_variable")
        return _Account(form, self.project, self.url.rstrip("/"), key)


class _Account:
    """A Scale account, for one form."""

    def __init__(self, form: Form, project: str, url: str, key: str) -> None:
        sdk = _sdk(form.campaign)
        self._form, self._project = form, project
        self._where = f"source {form.campaign!r}: Scale, project {project!r}"
        self._host = urlsplit(url).hostname or ""
        self._errors, self._type = sdk.exceptions, sdk.TaskType.TextCollection
        self._client = sdk.ScaleClient(key, source="sourcing-pipeline", api_instance_url=url)

    def has_project(self) -> bool:
        """Whether the project is there. Raises InputError when its tasks are of another type."""
        missing = self._errors.ScaleResourceNotFound
        try:
            found = self._ask("looking for it", partial(self._client.get_project, self._project), missing)
        except missing:
            return False
        if found.type != self._type.value:
            raise InputError(
                f"{self._where}: it is not of type {self._type.value}; name a project of that type in provider.project"
            )
        return True

    def make_project(self) -> None:
        """Create the project unless it is there, or somebody creates it meanwhile."""
        if not self.has_project():
            taken = self._errors.ScaleDuplicateResource
            with suppress(taken):
                self._ask("creating it", partial(self._client.create_project, self._project, self._type), taken)

    def known(self, ids: Collection[str]) -> set[str]:
        """Those of `ids` that are some task's unique_id already. Raises InputError when one is of another campaign."""
        found: set[str] = set()
        for task in self._tasks("looking for tasks", unique_id=list(ids)):
            unique_id = task.get("unique_id")
            if not isinstance(unique_id, str) or unique_id not in ids:
                continue
            if not self._is_ours(task):
                raise InputError(
                    f"{self._where}: the account has a task {unique_id} already, of another campaign or kind; clear "
                    "its unique_id at Scale"
                )
            found.add(unique_id)
        return found

    def create(self, unique_id: str, task: Task) -> None:
        """Create one task; one that is there already is left as it is."""
        taken = self._errors.ScaleDuplicateResource
        fields = {"project": self._project, "unique_id": unique_id, **_payload(self._form, task)}
        try:
            self._ask(f"creating task {unique_id}", partial(self._client.create_task, self._type, **fields), taken)
        except taken:
            self.known([unique_id])

    def completed(self, since: datetime | None) -> Iterator[dict[str, Any]]:
        """The form's completed tasks, of those only that changed at or after `since`."""
        filters = {"project": self._project, "type": self._type.value, "status": "completed"}
        if since is not None:
            # One second earlier: Scale's clock is cut to milliseconds, and its bound need not include itself.
            earlier = since.astimezone(UTC) - timedelta(seconds=1)
            filters["updated_after"] = f"{earlier:%Y-%m-%d %H:%M:%S.%f}"
        return (task for task in self._tasks("reading answers", **filters) if self._is_ours(task))

    def answer(self, task: Mapping[str, Any]) -> Answer:
        """What was submitted for a completed task. Raises InputError when it has an unknown structure."""
        key = ""
        try:
            key = native_key(task.get("task_id"), "task_id")
            fields = _annotations(task)
            points = {point.id: _choice(fields.get(_field(point.id))) for point in self._form.points}
            response = _text(fields.get("response")) if self._form.kind == "write" else None
            return Answer(
                id=key,
                task_key=task["metadata"]["key"],
                annotator=key,
                submitted_at=instant(task.get("completed_at") or task.get("updated_at"), "completed_at"),
                response=response,
                points={point: met for point, met in points.items() if met} if self._form.kind == "rate" else {},
                note=_text(fields.get("note")),
                skipped=self._form.kind == "write" and response is None,
            )
        except UnreadableError as error:
            raise InputError(
                f"{self._where}: answer {key or 'without an id'}: {error}; look at the task in Scale's dashboard"
            ) from None

    def _is_ours(self, task: Mapping[str, Any]) -> bool:
        metadata = task.get("metadata")
        return (
            isinstance(metadata, dict)
            and (metadata.get("campaign"), metadata.get("kind")) == (self._form.campaign, self._form.kind)
            and isinstance(metadata.get("key"), str)
        )

    def _tasks(self, doing: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """All tasks by Scale's filters, page by page."""
        token = None
        while True:
            one = partial(self._client.tasks, limit=PAGE, include_attachment_url=False, next_token=token, **filters)
            page = self._ask(doing, one)
            yield from (task.as_dict() for task in page.docs)
            token = page.next_token
            if not page.has_more:
                return
            if not token:
                raise TryAgain(f"{self._where}: {doing}: it says that there is more, but not where; run it again later")

    def _ask(self, doing: str, call: Callable[[], Any], *expected: type[Exception]) -> Any:
        """What a call of the SDK gives. Raises `expected` as it is, and this package's errors for all others."""
        where = f"{self._where}: {doing}"
        try:
            return _within(ANSWER_SECONDS, call)
        except expected:
            raise
        except TimeoutError:
            raise TryAgain(f"{where}: no answer within {ANSWER_SECONDS:g} s; run it again later") from None
        except self._errors.ScaleException as error:
            raise _mapped(where, self._host, error) from None
        except (AttributeError, LookupError, TypeError, ValueError):
            raise TryAgain(
                f"{where}: the answer was not what Scale's SDK can read; run it again later, and check provider.url if "
                "that stays so"
            ) from None


def _sdk(campaign: str) -> ModuleType:
    try:
        import scaleapi
    except ImportError:
        raise RecipeError(
            f"source {campaign!r}: provider `scale` needs Scale's SDK: pip install 'sourcing-pipeline[scale]'"
        ) from None
    return scaleapi  # type: ignore[no-any-return]


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """What `call` gives or raises; raises TimeoutError after `seconds`, and leaves it to its own."""
    done: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            done.put((call(), None))
        except Exception as error:
            done.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        result, error = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result


def _mapped(where: str, host: str, error: "ScaleException") -> SourcingError:
    """This package's error for one of the SDK, whose own words are left out: they may quote the request."""
    code = error.code
    if code is None:
        if lasting := lasting_fault(error, host):
            return InputError(f"{where}: {lasting}; check provider.url in the recipe")
        return TryAgain(f"{where}: the connection failed; run it again later")
    if code < 400 or code in (408, 429) or code >= 500:
        return TryAgain(f"{where}: status {code} after all retries; run it again later")
    mend = {
        401: "the key was refused; check the variable that provider.key_variable names",
        402: "the account may not create such tasks; ask Scale to enable text collection",
        403: "the key lacks the permission; use one that may",
        404: "there is no such thing there; check provider.project and provider.url",
    }
    return InputError(f"{where}: status {code}: {mend.get(code, 'the request was refused; check the recipe')}")


def _payload(form: Form, task: Task) -> dict[str, Any]:
    """What a task of Scale says, but for its project and unique_id."""
    texts = [("Instruction", task.instruction), ("Response", task.response)]
    note = {"type": "text", "field_id": "note", "title": "Note", "required": False}
    return {
        "instruction": form.rubric,
        "attachments": [
            {"type": "text", "content": f"**{title}**\n\n{_shown(text)}"} for title, text in texts if text is not None
        ],
        "fields": [*_questions(form), note],
        "metadata": {"key": task.key, "campaign": form.campaign, "kind": form.kind},
    }


def _questions(form: Form) -> list[dict[str, Any]]:
    if form.kind == "write":
        return [{"type": "text", "field_id": "response", "title": "Your response", "required": True}]
    choices = [{"label": met.replace("_", " ").capitalize(), "value": met} for met in get_args(Met)]
    return [
        {
            "type": "category",
            "field_id": _field(point.id),
            "title": point.text,
            "required": True,
            "choices": choices,
            "min_choices": 1,
            "max_choices": 1,
        }
        for point in form.points
    ]


def _field(point: str) -> str:
    """The field_id of a point of the rubric, which is none of the other fields'."""
    return f"point_{point}"


def _shown(text: str) -> str:
    """`text` as Markdown that shows HTML in it as it is written; Scale would leave out what it does not allow."""
    parts = _CODE.split(text)
    return "".join(
        part if number % 2 else part.replace("&", "&amp;").replace("<", "&lt;") for number, part in enumerate(parts)
    )


def _annotations(task: Mapping[str, Any]) -> dict[str, Any]:
    """The annotations of a completed task by field_id. Raises UnreadableError."""
    response = task.get("response")
    found = response.get("annotations") if isinstance(response, dict) else None
    if not isinstance(found, dict):
        raise UnreadableError(f"response.annotations: expected an object, got {kind(found)}")
    return found


def _said(annotation: object) -> Iterator[str]:
    """The texts of an annotation, whose `response` is a text in up to two lists, as in `[["met"]]`."""
    value = annotation.get("response") if isinstance(annotation, dict) else annotation
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _said(part)


def _text(annotation: object) -> str | None:
    return "\n\n".join(said for said in _said(annotation) if said.strip()) or None


def _choice(annotation: object) -> Met | None:
    said = set(_said(annotation))
    chosen: list[Met] = [met for met in get_args(Met) if met in said]
    return chosen[0] if len(chosen) == 1 else None
