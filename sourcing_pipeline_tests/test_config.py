from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.config import Config, Location, RecipePath, Window, instants

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/Santiago", "America/Havana", "Asia/Kolkata")]
DAYS = st.dates(datetime(2024, 1, 1).date(), datetime(2027, 1, 1).date()).map(lambda day: day.isoformat())


class Places(Config):
    path: RecipePath
    location: Location


def places(path: str, location: str, root: Path | None) -> Places:
    context = None if root is None else {"root": root}
    return Places.model_validate({"path": path, "location": location}, context=context)


def test_relative_paths_start_at_the_root(tmp_path: Path) -> None:
    made = places("a/b.json", "../lake", tmp_path / "project")
    assert made.path == tmp_path / "project" / "a" / "b.json"
    assert made.location == str(tmp_path / "lake")


def test_absolute_paths_and_urls_stay_as_they_are(tmp_path: Path) -> None:
    made = places("/srv/b.json", "s3://bucket/lake", tmp_path)
    assert (made.path, made.location) == (Path("/srv/b.json"), "s3://bucket/lake")


def test_paths_stay_relative_without_a_root() -> None:
    made = places("a", "b", None)
    assert (made.path, made.location) == (Path("a"), "b")


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Places.model_validate({"path": "a", "location": "b", "colour": "red"})


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        places("a", "b", None).location = "c"


def test_errors_do_not_show_values() -> None:
    with pytest.raises(ValidationError) as caught:
        Places.model_validate({"path": {"hunter2": "hunter2"}, "location": ["hunter2"]})
    assert "hunter2" not in str(caught.value)


@given(DAYS, st.sampled_from(ZONES))
def test_the_first_instant_of_a_day_belongs_to_it_and_the_last_before_it_does_not(day: str, zone: ZoneInfo) -> None:
    first, after = (instant.astimezone(UTC) for instant in instants(day, zone))
    window = Window(datetime(2030, 1, 1, tzinfo=UTC), zone)
    moment = timedelta(microseconds=1)
    assert window.day(first) == window.day(after - moment) == day
    assert window.day(first - moment) != day
    assert window.day(after) != day


@given(DAYS, st.sampled_from(ZONES))
def test_a_day_lasts_between_23_and_25_hours(day: str, zone: ZoneInfo) -> None:
    first, after = (instant.astimezone(UTC) for instant in instants(day, zone))
    assert timedelta(hours=23) <= after - first <= timedelta(hours=25)


def test_the_oldest_instant_is_counted_back_from_as_of() -> None:
    window = Window(datetime(2026, 3, 31, 12, tzinfo=UTC), ZoneInfo("UTC"))
    assert window.oldest(30) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert window.oldest(None) is None


@given(
    st.lists(st.none() | st.datetimes(datetime(2012, 1, 1), datetime(2100, 1, 1)), max_size=20), st.sampled_from(ZONES)
)
def test_a_column_of_instants_has_the_days_of_each_of_them(naive: list[datetime | None], zone: ZoneInfo) -> None:
    column = [None if at is None else at.replace(tzinfo=UTC) for at in naive]
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), zone)
    days = window.days_of(pa.array(column, pa.timestamp("us", "UTC")))
    assert days.to_pylist() == [None if at is None else window.day(at) for at in column]
