"""What every part of the recipe shares: the strict base model, paths beside the recipe, day keys and a `Window`."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

if TYPE_CHECKING:
    import pyarrow as pa


class Config(BaseModel):
    """Base of all recipe models: frozen, unknown keys refused, values hidden in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)


class MaskingProfile(Config):
    """Which placeholders apply to the rows of one source."""

    entities: tuple[str, ...] | None = None
    """The placeholders that apply; null: all that `masking` wants. Those of `patterns` and `words` always apply."""
    in_code: tuple[str, ...] | None = None
    """Those of them that apply inside code; null: all. NAME there stands for people in headers (an author's line, a
    copyright, a sign-off) and in comments that announce them, never for identifiers.
    """

    def applying(self, entities: Iterable[str]) -> tuple[str, ...]:
        """Those of the placeholders that a recipe wants which apply to the source, in their order."""
        return tuple(entity for entity in entities if self.entities is None or entity in self.entities)


PROSE = MaskingProfile()
"""The profile of other sources: everything that the recipe wants applies, inside code too."""
CODE = MaskingProfile(in_code=("SECRET", "EMAIL", "URL", "NAME"))
"""The profile of sources whose rows are code: numbers and identifiers stay as they are."""


def _beside_the_recipe(path: Path, info: ValidationInfo) -> Path:
    root = (info.context or {}).get("root")
    return path if root is None else (Path(root) / path).resolve()


RecipePath = Annotated[Path, AfterValidator(_beside_the_recipe)]
"""A local path; when relative, it starts at the folder of the recipe file."""


def _location(value: str, info: ValidationInfo) -> str:
    if value.startswith("file:"):
        raise ValueError("a local folder is written as a path, without file:")
    return value if "://" in value else str(_beside_the_recipe(Path(value), info))


Location = Annotated[str, AfterValidator(_location)]
"""A local path (as `RecipePath`) or a URL such as `s3://bucket/folder`."""


class Landed(NamedTuple):
    """The latest record that an API told of one thing (a ticket, a pull request), as it was received.

    `key` is the system's own; `day` the partition it belongs to now; `version` grows with every change and tells
    the newer of two records (an ISO 8601 instant); `record` is JSON as Python has it.
    """

    key: str
    day: str
    version: str
    record: dict[str, Any]
    person_keys: tuple[str, ...] = ()


def _nothing_landed() -> Iterator[Landed]:
    return iter(())


def _nobody(_: Iterable[str]) -> bool:
    return False


def _s3_from_the_environment() -> Any:
    import boto3

    return boto3.client("s3")


def _variable(value: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,99}", value):
        raise ValueError(
            "the name of an environment variable (capital letters, digits and _) stands here, never the secret itself"
        )
    return value


_DAY_US = 24 * 3600 * 1_000_000
VariableName = Annotated[str, AfterValidator(_variable)]
"""The name of an environment variable that holds a secret."""


@dataclass(frozen=True)
class Window:
    """What a source is asked for: all rows known at `as_of`, or those of some days; and what it may ask in turn.

    `as_of` is an aware instant: nothing later exists. `days` are partition keys (`2026-03-01`, in `timezone`), or
    None for a source without days. `landed` gives what has landed of the wanted days, for a source whose `update`
    lands records. `erased` says whether anyone of some person keys asked to be forgotten. `s3` makes a boto3 S3
    client; without Dagster its credentials come from the environment.
    """

    as_of: datetime
    timezone: ZoneInfo
    days: tuple[str, ...] | None = None
    landed: Callable[[], Iterator[Landed]] = _nothing_landed
    erased: Callable[[Iterable[str]], bool] = _nobody
    s3: Callable[[], Any] = _s3_from_the_environment

    def oldest(self, max_age_days: int | None) -> datetime | None:
        """The earliest instant that is still young enough, or None without a limit."""
        return None if max_age_days is None else self.as_of - timedelta(days=max_age_days)

    def outside(self, created: "pa.Array", max_age_days: int | None) -> "pa.Array":
        """Which instants (timestamps with a zone; null stays null) are later than `as_of` or older than the limit."""
        import pyarrow as pa
        import pyarrow.compute as pc

        late = pc.greater(created, pa.scalar(self.as_of, created.type))
        oldest = self.oldest(max_age_days)
        return late if oldest is None else pc.or_(late, pc.less(created, pa.scalar(oldest, created.type)))

    def day(self, instant: datetime) -> str:
        """The partition key of an aware instant."""
        return instant.astimezone(self.timezone).date().isoformat()

    def days_of(self, column: "pa.Array") -> "pa.Array":
        """The partition keys of a column of instants (timestamps with a zone; null stays null)."""
        import numpy as np
        import pyarrow as pa

        at = column.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64())
        dates = np.unique(at.drop_null().to_numpy() // _DAY_US)
        keys = [str(key) for key in np.unique(np.add.outer((-1, 0, 1), dates)).astype("datetime64[D]")]
        begins = np.array([instants(key, self.timezone)[0].timestamp() for key in keys]) * 1_000_000
        found = np.searchsorted(begins.astype(np.int64), at.fill_null(0).to_numpy(), side="right") - 1
        return pa.array(keys, pa.string()).take(pa.array(found, mask=at.is_null().to_numpy(zero_copy_only=False)))

    def ranges(self) -> list[tuple[datetime, datetime]] | None:
        """The wanted days as half-open ranges of UTC instants, in order, adjoining days in one; None for all."""
        if self.days is None:
            return None
        found: list[tuple[datetime, datetime]] = []
        for day in sorted(set(self.days)):
            begin, end = (at.astimezone(UTC) for at in instants(day, self.timezone))
            if found and found[-1][1] == begin:
                found[-1] = (found[-1][0], end)
            else:
                found.append((begin, end))
        return found


def instants(day: str, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """First instant of `day` in `timezone`, and first instant of the day after."""
    first = date.fromisoformat(day)
    midnight = time(tzinfo=timezone)
    return datetime.combine(first, midnight), datetime.combine(first + timedelta(days=1), midnight)
