"""What every part of the recipe shares: the strict base model, paths beside the recipe, day keys and a `Window`."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

if TYPE_CHECKING:
    import pyarrow as pa


class Config(BaseModel):
    """Base of all recipe models: frozen, unknown keys refused, values hidden in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)


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


@dataclass(frozen=True)
class Window:
    """What a source is asked for: all rows known at `as_of`, or those of some days.

    `as_of` is an aware instant: nothing later exists. `days` are partition keys (`2026-03-01`, in `timezone`), or
    None for a source without days.
    """

    as_of: datetime
    timezone: ZoneInfo
    days: tuple[str, ...] | None = None

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


def instants(day: str, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """First instant of `day` in `timezone`, and first instant of the day after."""
    first = date.fromisoformat(day)
    midnight = time(tzinfo=timezone)
    return datetime.combine(first, midnight), datetime.combine(first + timedelta(days=1), midnight)
