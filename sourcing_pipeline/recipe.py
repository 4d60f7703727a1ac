"""The Recipe: the user's one file, read strictly; every error names the file, the place in it and the fix."""

import os
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Union
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

from sourcing_pipeline.assessment.config import Assessment
from sourcing_pipeline.config import Config, Window
from sourcing_pipeline.engine import Engine
from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.licenses import PROPRIETARY, License
from sourcing_pipeline.masking.config import ENTITIES, Masking
from sourcing_pipeline.mixing.config import Mixing
from sourcing_pipeline.recipe_file import expanded, problems, read_recipe
from sourcing_pipeline.release.config import Release
from sourcing_pipeline.review.config import Review
from sourcing_pipeline.rows import Strategy
from sourcing_pipeline.sources import Source, kinds
from sourcing_pipeline.storage import Storage
from sourcing_pipeline.tombstones import Erasure

VARIABLE = "SOURCING_RECIPE"
_DATE_LETTERS = len("2026-10-31")
if TYPE_CHECKING:
    AnySource = Source
else:
    AnySource = Annotated[Union[tuple(kinds().values())], Field(discriminator="kind")]  # noqa: UP007


def _section() -> Any:
    """A section that may be left out; its defaults are validated like any other, so their paths start at the recipe."""
    return Field(default_factory=dict, validate_default=True)


class Automation(Config):
    """When the pipeline runs by itself, and whose it is."""

    hour: int = Field(default=2, ge=0, le=23)
    """Hour of the nightly refresh, in the recipe's time zone."""
    owners: tuple[str, ...] = ("team:data",)
    """Owners shown on the assets: e-mail addresses or `team:<name>`."""
    days_per_run: int = Field(default=92, ge=1)
    """Most days that one run of a backfill takes."""
    max_retries: int = Field(default=3, ge=0)
    """How often an asset is tried again after a passing fault."""
    retry_delay_seconds: float = Field(default=5.0, gt=0)
    """Wait before the first retry; doubled each time, with jitter."""


class Recipe(Config):
    """What is gathered, how it is masked, judged and mixed, and what is released."""

    as_of: datetime | date | None = None
    """Nothing later than this instant exists, verdicts excepted; a date means the end of that day. Default: now."""
    timezone: str = "UTC"
    """Time zone of days and schedules, such as Europe/Berlin."""
    start: date | None = None
    """First day of the daily partitions. Default: 1 January of the year before as_of."""
    sources: dict[str, AnySource] = Field(min_length=1)
    """The sources by their asset's name."""
    licenses: tuple[License, ...] = (
        PROPRIETARY,
        "CC0-1.0",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC-BY-SA-2.5",
        "CC-BY-SA-3.0",
        "CC-BY-SA-4.0",
        "MIT",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
    )
    """SPDX ids of the licences under which rows may be used."""
    masking: Masking = _section()
    """How personal data is found and replaced."""
    assessment: Assessment = _section()
    """How rows are embedded and told apart from what is off the subject."""
    review: Review = _section()
    """Who judges how many rows, and how many may be wrong."""
    mixing: Mixing = _section()
    """How many rows of what make the dataset."""
    release: Release = _section()
    """What the dataset is called and where it goes."""
    storage: Storage = _section()
    """Where tables live."""
    erasure: Erasure = _section()
    """What is kept of requests to be forgotten."""
    engine: Engine = _section()
    """What runs the row work."""
    automation: Automation = _section()
    """When the pipeline runs by itself."""
    _written: dict[str, Any] | None = PrivateAttr(default=None)

    @field_validator("as_of", mode="before")
    @classmethod
    def a_date_is_a_date(cls, value: Any) -> Any:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == _DATE_LETTERS else value

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value!r} is no time zone; use a name such as Europe/Berlin") from None
        return value

    @field_validator("sources")
    @classmethod
    def names(cls, value: dict[str, Source]) -> dict[str, Source]:
        for name in value:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"{name!r} is no asset name; use lower-case letters, digits and _")
        return value

    @model_validator(mode="after")
    def consistent(self) -> "Recipe":
        if not self.enabled():
            raise ValueError("no source is enabled")
        if self.first_day() > self.last_day():
            raise ValueError(
                f"start ({self.first_day()}) lies after the last day that is over at as_of ({self.last_day()})"
            )
        unknown = set(self.assessment.known_sources) - set(self.enabled())
        if unknown:
            raise ValueError(f"assessment.known_sources names {sorted(unknown)}, which are no enabled sources")
        if not self.known_sources() and not self.assessment.known_examples:
            raise ValueError(
                "nothing says what the domain is: enable an annotated source, name sources in "
                "assessment.known_sources, or give a file in assessment.known_examples"
            )
        for name, source in self.sources.items():
            profile = (*(source.masking.entities or ()), *(source.masking.in_code or ()))
            if strange := sorted(set(profile) - set(ENTITIES)):
                raise ValueError(
                    f"sources.{name}.masking names {strange[0]!r}, which is no placeholder; choose from "
                    f"{', '.join(ENTITIES)}"
                )
        present = {source.strategy for source in self.enabled().values()}
        shares = self.mixing.shares.by_strategy()
        lacking = sorted(name for name, share in shares.items() if share and name not in present)
        if lacking and self.mixing.when_short == "shrink":
            raise ValueError(
                f"no enabled source is of the strategy {', '.join(lacking)}, so a mix that shrinks is empty; set "
                "mixing.when_short to fill, or give those strategies a share of 0"
            )
        return self

    @classmethod
    def load(cls, path: Path | str | None = None) -> "Recipe":
        """Read the recipe at `path`, by default `$SOURCING_RECIPE` or `recipe.yaml` here.

        `${NAME}` and `${NAME:-default}` stand for environment variables; relative paths start at the recipe's
        folder. Raises RecipeError naming the file, the line and what to do.
        """
        file = recipe_path(path)
        data, tree = read_recipe(file)
        try:
            recipe = cls.model_validate(expanded(data, file), context={"root": file.parent})
        except ValidationError as error:
            raise RecipeError("\n".join(problems(error, file, tree))) from None
        recipe._written = data
        return recipe

    @property
    def as_written(self) -> dict[str, Any]:
        """The recipe as its file has it: the same wherever the project lies, and with no variable's value in it."""
        return self._written if self._written is not None else self.model_dump(mode="json")

    def now(self) -> datetime:
        """`as_of` as an aware instant; the clock is read only when the recipe leaves it out."""
        zone = ZoneInfo(self.timezone)
        if self.as_of is None:
            return datetime.now(UTC)
        if isinstance(self.as_of, datetime):
            return self.as_of if self.as_of.tzinfo else self.as_of.replace(tzinfo=zone)
        midnight = datetime.combine(self.as_of + timedelta(days=1), time(tzinfo=zone))
        return midnight.astimezone(UTC) - timedelta(microseconds=1)

    def first_day(self) -> date:
        """First daily partition."""
        return self.start or date(self.now().astimezone(ZoneInfo(self.timezone)).year - 1, 1, 1)

    def next_day(self) -> date:
        """The first day that is not over at `as_of`."""
        return self.last_day() + timedelta(days=1)

    def last_day(self) -> date:
        """Last daily partition: the latest day that is over at `as_of`."""
        over = self.now().astimezone(ZoneInfo(self.timezone)) + timedelta(microseconds=1)
        return over.date() - timedelta(days=1)

    def days(self) -> tuple[str, ...]:
        """Every daily partition key, first to last."""
        first, last = self.first_day(), self.last_day()
        return tuple((first + timedelta(days=offset)).isoformat() for offset in range((last - first).days + 1))

    def enabled(self) -> dict[str, Source]:
        """The sources that are on, by name, in the recipe's order."""
        return {name: source for name, source in self.sources.items() if source.enabled}

    def known_sources(self) -> tuple[str, ...]:
        """The sources whose rows are the known in-domain examples."""
        annotated = tuple(name for name, source in self.enabled().items() if source.strategy == "annotated")
        return self.assessment.known_sources or annotated

    def window(self, days: tuple[str, ...] | None) -> Window:
        """What a source is asked for."""
        return Window(as_of=self.now(), timezone=ZoneInfo(self.timezone), days=days)

    def by_strategy(self, strategy: Strategy) -> dict[str, Source]:
        """The enabled sources of one strategy."""
        return {name: source for name, source in self.enabled().items() if source.strategy == strategy}


def recipe_path(path: Path | str | None = None) -> Path:
    """The recipe file that counts: `path`, else `$SOURCING_RECIPE`, else `recipe.yaml` in the current folder."""
    return Path(path or os.environ.get(VARIABLE) or "recipe.yaml").absolute()
