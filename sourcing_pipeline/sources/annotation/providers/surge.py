"""The `surge` provider: annotators of Surge AI, by its REST API."""

import html
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from sourcing_pipeline.config import VariableName
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.annotation.provider import Answer, Form, Met, Provider, Task
from sourcing_pipeline.sources.http import Api, ApiUrl, secret
from sourcing_pipeline.sources.records import UnreadableError, instant, kind, native_key

SENT_AT_ONCE = 100
RESPONSE = "Write the response to the instruction."
NOTE = "Is anything unclear, or can the task not be done? Say why."
_CHOICES: Mapping[str, Met] = {met.replace("_", " ").capitalize(): met for met in get_args(Met)}
_LEFT_AS_IT_IS = ("in_progress", "paused")

Fields = dict[str, Any]


class Surge(Provider):
    """Surge's annotators; a campaign's kind of task is one project, called by the form's title.

    Surge knows no key that keeps a request from being carried out twice, so everything is looked for before it is
    made: the project by its name among those of the API key's owner (of two, the oldest), tasks by the `key` among
    their fields. Two processes must not send one campaign at the same time. A project is launched once its tasks are
    in it; one that somebody paused stays paused. Its price, instructions and annotators a task follow the form; its
    questions cannot, and a form with others is refused.
    """

    type: Literal["surge"] = "surge"
    """Which provider this is."""
    key_variable: VariableName = "SURGE_API_KEY"
    """Name of the environment variable with the API key."""
    url: ApiUrl = "https://app.surgehq.ai/api"
    """The API's address."""
    private_workforce: bool = False
    """Whether your own annotators do the work, and not Surge's."""

    def send(self, form: Form, tasks: Sequence[Task]) -> None:
        """See `Provider`."""
        if not tasks:
            return
        with self._api(form) as api:
            account = _Account(api, form)
            project = account.project() or account.make_project(self.private_workforce)
            account.update(project)
            there = {key: task for task in account.tasks(project["id"]) if (key := _key(task))}
            wanted = {task.key: task for task in tasks}
            missing = [task for key, task in wanted.items() if key not in there]
            for start in range(0, len(missing), SENT_AT_ONCE):
                account.add(project["id"], missing[start : start + SENT_AT_ONCE])
            if missing or not all(there[key].get("is_complete") for key in wanted):
                account.launch(project["id"])

    def answers(self, form: Form, since: datetime | None) -> Iterator[Answer]:  # noqa: ARG002
        """See `Provider`. Surge tells when a response was submitted but not when it was changed: all come every time.

        Raises InputError too for a response that has another structure than Surge's.
        """
        with self._api(form) as api:
            account = _Account(api, form)
            project = account.project()
            if project is None:
                return
            for task in account.tasks(project["id"]):
                if key := _key(task):
                    yield from account.answers(key, task)

    def where(self, form: Form) -> str:
        """Surge's address and the project's name."""
        return f"{self.url.rstrip('/').removesuffix('/api')}, project {form.title}"

    def _api(self, form: Form) -> Api:
        key = secret(form.campaign, self.key_variable, "provider.key_variable")
        return Api(form.campaign, self.url, auth=(key, ""))


class _Account:
    """The Surge account that a key belongs to, for one form."""

    def __init__(self, api: Api, form: Form) -> None:
        self._api, self._form = api, form
        self._where = f"source {form.campaign!r}: Surge, project {form.title!r}"

    def project(self) -> Fields | None:
        """The oldest project of the form's title, or None."""
        found = [one for one in self._pages("projects") if one.get("name") == self._form.title]
        return min(found, key=lambda one: str(one.get("created_at")), default=None)

    def make_project(self, private_workforce: bool) -> Fields:
        """Create the form's project. When another process did so at the same time, both get the older one."""
        asked = {
            "name": self._form.title,
            "questions": _questions(self._form),
            "fields_template": _template(self._form),
            "private_workforce": private_workforce,
            **_terms(self._form),
        }
        made = self._api.post("projects", asked).json
        return self.project() or self._with_id("projects", made)

    def update(self, project: Fields) -> None:
        """Bring the terms of `project` up to those of the form. Raises InputError when it was cancelled, or asks other
        questions than the form.
        """
        if project.get("status") in ("canceled", "cancelled"):
            raise InputError(f"{self._where}: it was cancelled; name the campaign anew in the recipe to start again")
        questions = project.get("questions")
        asked = {_plain(one.get("text")) for one in questions or () if isinstance(one, dict)}
        if asked and not asked >= {_plain(one["text"]) for one in _questions(self._form)}:
            raise InputError(
                f"{self._where}: it asks other questions than the rubric, which changed since; change them at Surge, "
                "or name the campaign anew in the recipe"
            )
        changed = {name: term for name, term in _terms(self._form).items() if project.get(name, term) != term}
        if changed:
            self._api.put(f"projects/{project['id']}", changed)

    def tasks(self, project: str) -> Iterator[Fields]:
        """All tasks of a project, page by page."""
        return self._pages(f"projects/{project}/tasks")

    def add(self, project: str, tasks: Sequence[Task]) -> None:
        """Create `tasks` in one request."""
        texts = [{"instruction": task.instruction, "response": task.response} for task in tasks]
        fields = [
            {"key": task.key} | {name: _html(text) for name, text in shown.items() if text is not None}
            for task, shown in zip(tasks, texts, strict=True)
        ]
        self._api.post(f"projects/{project}/tasks/create_tasks", {"tasks": fields})

    def launch(self, project: str) -> None:
        """Launch a project, unless it is launched or somebody paused it."""
        now = self._with_id("projects", self._api.get(f"projects/{project}").json)
        if now.get("status") not in _LEFT_AS_IT_IS:
            self._api.put(f"projects/{project}/launch")

    def answers(self, key: str, task: Fields) -> Iterator[Answer]:
        """What was submitted for one task. Raises InputError when it has an unknown structure."""
        responses = task.get("responses") or ()
        if not isinstance(responses, list | tuple):
            raise self._foreign(f"task {task['id']}", f"responses: expected a list, got {kind(responses)}")
        for response in responses:
            identity = response.get("id") if isinstance(response, dict) else None
            try:
                if not isinstance(response, dict):
                    raise UnreadableError(f"expected an object, got {kind(response)}")
                if response.get("completed_at") is not None:
                    yield self._answer(native_key(identity, "id"), key, response)
            except UnreadableError as error:
                shown = identity if isinstance(identity, str) and identity.isprintable() else "without an id"
                raise self._foreign(f"task {task['id']}: answer {shown}", str(error)) from None

    def _answer(self, identity: str, key: str, response: Fields) -> Answer:
        data = response.get("data")
        if not isinstance(data, dict):
            raise UnreadableError(f"data: expected an object, got {kind(data)}")
        said = {_plain(question): answer for question, answer in data.items()}
        points = {point.id: _CHOICES.get(_plain(said.get(_plain(point.text)))) for point in self._form.points}
        write = self._form.kind == "write"
        written = _text(said.get(_plain(RESPONSE))) if write else None
        seconds = response.get("time_spent_in_secs")
        return Answer(
            id=identity,
            task_key=key,
            annotator=native_key(response.get("worker_id", identity), "worker_id"),
            submitted_at=instant(response["completed_at"], "completed_at"),
            seconds=float(seconds) if isinstance(seconds, int | float) else None,
            response=written,
            points={} if write else {point: met for point, met in points.items() if met},
            note=_text(said.get(_plain(NOTE))),
            skipped=write and written is None,
        )

    def _pages(self, path: str) -> Iterator[Fields]:
        """All things of a list, page by page, until one has nothing new."""
        seen: set[str] = set()
        page = 0
        while True:
            page += 1
            listed = self._api.get(path, {"page": page}).json
            if not isinstance(listed, list):
                raise self._foreign(path, f"expected a list, got {kind(listed)}")
            new = [one for one in (self._with_id(path, one) for one in listed) if one["id"] not in seen]
            if not new:
                return
            yield from new
            seen.update(one["id"] for one in new)

    def _with_id(self, path: str, thing: Any) -> Fields:
        try:
            if not isinstance(thing, dict):
                raise UnreadableError(f"expected an object, got {kind(thing)}")
            return thing | {"id": native_key(thing.get("id"), "id")}
        except UnreadableError as error:
            raise self._foreign(path, str(error)) from None

    def _foreign(self, what: str, problem: str) -> InputError:
        return InputError(f"{self._where}: {what}: {problem}; look at it on Surge's site, and check provider.url")


def _terms(form: Form) -> Fields:
    """What of a project may change while it runs."""
    return {
        "payment_per_response": form.price_usd,
        "num_workers_per_task": form.annotators,
        "instructions": _block(_html(form.rubric)),
    }


def _questions(form: Form) -> list[Fields]:
    note = {"type": "free_response", "text": NOTE, "required": False}
    if form.kind == "write":
        return [{"type": "free_response", "text": RESPONSE, "required": True}, note]
    points = [
        {"type": "multiple_choice", "text": _html(point.text), "options": list(_CHOICES), "required": True}
        for point in form.points
    ]
    return [*points, note]


def _template(form: Form) -> str:
    """How a task's fields are shown: the key is not."""
    names = ("instruction",) if form.kind == "write" else ("instruction", "response")
    return "".join(f"<h3>{name.capitalize()}</h3>{_block(f'{{{{{name}}}}}')}" for name in names)


def _block(inner: str) -> str:
    """HTML whose lines end where those of its text do, and are as long as the page is wide."""
    return f'<pre style="white-space: pre-wrap">{inner}</pre>'


def _html(text: str) -> str:
    """`text` as HTML that shows it as it is written, with nothing that a template would fill in."""
    return html.escape(text, quote=False).replace("{", "&#123;").replace("}", "&#125;")


def _plain(text: object) -> str:
    """The text of a question or option, however Surge gives it back: as HTML or not, with other white space."""
    return " ".join(html.unescape(text).split()) if isinstance(text, str) else ""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _key(task: Fields) -> str | None:
    """The key of a task that this module made; None for one that somebody made at Surge."""
    fields = task.get("fields")
    key = fields.get("key") if isinstance(fields, dict) else None
    return key if isinstance(key, str) and key else None
