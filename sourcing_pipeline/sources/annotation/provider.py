"""What every provider of annotators does: take tasks, never one of them twice, and give back what was answered."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sourcing_pipeline.config import Config

TaskKind = Literal["write", "rate"]
"""Write a response to an instruction, or rate a response that is there by every point of the rubric."""
Met = Literal["met", "not_met", "does_not_apply"]
"""What is said of one response by one point of the rubric."""


@dataclass(frozen=True)
class Point:
    """One point of the rubric: its id (`concise`) and its sentence, as annotators read it."""

    id: str
    text: str


@dataclass(frozen=True)
class Form:
    """What annotators see of a campaign, one form a kind of task.

    `campaign` is the source's name. `rubric` is Markdown. `price_usd` is paid for one answer of one annotator, and
    each task is answered by `annotators` of them. Of a provider's projects, one belongs to each campaign and kind.
    """

    campaign: str
    kind: TaskKind
    rubric: str
    points: tuple[Point, ...]
    price_usd: float
    annotators: int

    @property
    def title(self) -> str:
        """What the project is called: the same every time, so that it is found again."""
        return f"{self.campaign} ({self.kind})"


@dataclass(frozen=True)
class Task:
    """One thing to be done. `key` (letters, digits and -) is the same whenever the same thing is asked: by it a
    provider knows a task that it has. `response` is what is to be rated, None where one is to be written.
    """

    key: str
    kind: TaskKind
    instruction: str
    response: str | None = None


@dataclass(frozen=True)
class Answer:
    """What one annotator submitted for one task.

    `id` is the provider's own of this answer, `annotator` its id of the person. `response` is what was written (tasks
    of kind `write`), `points` what was said by the rubric (of kind `rate`). `seconds` is the time that it took, where
    the provider tells. `skipped` says that the annotator could not do it; `note` is why, or what was unclear.
    """

    id: str
    task_key: str
    annotator: str
    submitted_at: datetime
    seconds: float | None = None
    response: str | None = None
    points: Mapping[str, Met] = field(default_factory=dict)
    note: str | None = None
    skipped: bool = False

    @property
    def given(self) -> bool:
        """Whether it says anything: it was neither skipped nor left blank."""
        return not self.skipped and bool(self.points or (self.response or "").strip())


class Provider(Config):
    """Who does the work of a campaign, as the recipe describes it.

    A new provider is one module in `providers/` with one subclass: it sets `type` (a Literal, the recipe's word for
    it), `send` and `answers`. Nothing else is edited.
    """

    type: str
    """Which provider this is."""

    @abstractmethod
    def send(self, form: Form, tasks: Sequence[Task]) -> None:
        """Hand over `tasks`, all of `form.kind`; one that the provider has already (by its key) is not sent again.

        It may be called again with the same tasks after it failed halfway, or after its reply was lost: nothing is
        paid for twice. Raises InputError when the provider refuses (credentials, funds, a bad request), TryAgain
        when a passing fault did not pass; neither holds a text of the tasks or a secret.
        """

    @abstractmethod
    def answers(self, form: Form, since: datetime | None) -> Iterator[Answer]:
        """The answers submitted or changed at or after `since` (None: all), in any order; more may come than that.

        Streams, page by page. A campaign that was never sent has none. Raises what `send` raises.
        """

    @abstractmethod
    def where(self, form: Form) -> str:
        """Where the work is done: an address or a folder, for people to open. Asks nothing of the network."""
