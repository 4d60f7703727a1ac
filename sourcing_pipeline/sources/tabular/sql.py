"""Rows from a SQL database, by one query."""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
from pydantic import Field, SecretStr, ValidationInfo, field_validator

from sourcing_pipeline.config import Config, Window
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.records import EARLIEST, LATEST
from sourcing_pipeline.sources.tabular.chunk import Chunk, Wish, as_part
from sourcing_pipeline.sources.tabular.columns import INSTANT_TYPE, read_column
from sourcing_pipeline.sources.tabular.part import Changed, Parts, no_parts
from sourcing_pipeline.sources.tabular.query import Query, checked, columns_only, greatest, one_select, since

if TYPE_CHECKING:
    from sqlalchemy import Connection

OVERLAP = timedelta(hours=1)
"""How far before the cursor updates are asked for again: what was committed late carries an earlier time."""


class SqlQuery(Config):
    """One query of a SQL database.

    The query may bind `:start` and `:end`, the first instant of the wanted days and the first one after them (UTC), and
    then runs once for each run of adjoining days; without them it is read whole for any window. In SQLite, where times
    are text, they are bound as `2026-03-01 00:00:00`: compare them with `datetime(column)`. PostgreSQL and SQLite are
    kept from writing; for another database give an account that may only read.
    """

    url: SecretStr
    """The database as a SQLAlchemy URL; write it as `${TICKETS_DB}`, since it holds a password. A relative path of a
    SQLite file starts at the recipe's folder."""
    query: str
    """One SELECT (or WITH … SELECT). It may bind `:start` and `:end`."""
    fields: dict[str, str | None] = Field(default_factory=dict)
    """What the query calls a field, where it is not the same name. Null: the field is not read."""

    @field_validator("url")
    @classmethod
    def a_url(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(value.get_secret_value())
        except (ArgumentError, ValueError):
            raise ValueError("this is no SQLAlchemy URL, such as postgresql://user:password@host/database") from None
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        root = (info.context or {}).get("root")
        if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith(("/", ":", "file:")):
            url = url.set(database=str(Path(root or ".").resolve() / url.database))
        return SecretStr(url.render_as_string(hide_password=False))

    @field_validator("query")
    @classmethod
    def a_select(cls, value: str) -> str:
        one_select(value)
        return value


class SqlRows(SqlQuery):
    """Rows of one query of a SQL database."""

    type: Literal["sql"]
    """Which input this is."""

    def read(
        self,
        name: str,
        window: Window,
        wanted: pa.Schema,
        dated: tuple[str, ...],  # noqa: ARG002 - the query itself selects by time
    ) -> Parts:
        """See `read_query`."""
        return read_query(self, name, window, wanted)

    def changed(self, name: str, window: Window, wanted: pa.Schema, cursor: str | None) -> Changed:
        """See `changed_rows`."""
        return changed_rows(self, name, window, wanted, cursor)


def read_query(config: SqlQuery, name: str, window: Window, wanted: pa.Schema) -> Parts:
    """The wanted columns of the query's rows, in its order; by the wanted days when it binds `:start` or `:end`.

    All ranges of days are read in one transaction that only reads. The answer is streamed: by COPY from PostgreSQL,
    from others through a server-side cursor where they have one.

    Raises InputError for what has to be mended (credentials, permission, a table or column that is not there, a query
    that is no SELECT), TryAgain for what may pass (no connection, a time-out, a lock); neither holds the URL's
    password, a parameter or a row.
    """
    from sourcing_pipeline.sources.tabular.database import reading

    query = checked(name, config.query)
    ranges = window.ranges() if query.by_day else None
    wish = Wish(name, wanted, config.fields)
    with reading(name, config.url) as connection:
        for begin, end in [(EARLIEST, LATEST)] if ranges is None else ranges:
            place = "query" if ranges is None else f"query from {begin:%Y-%m-%dT%H:%MZ} on,"
            bound = {"start": begin, "end": end} if query.by_day else {}
            yield from _answer(connection, query.text, bound, wish, place)


def changed_rows(config: SqlQuery, name: str, window: Window, wanted: pa.Schema, cursor: str | None) -> Changed:
    """The query's rows whose `updated_at` is not more than an hour before `cursor`, an ISO 8601 instant.

    The next cursor is the latest `updated_at` that the query has, up to `window.as_of`: what a replica has not received
    yet is told the next time. Without a cursor that is where it starts. When neither `wanted` nor the query has
    `updated_at`, there are no rows: then changes of old days are not seen. Raises what `read_query` raises.
    """
    wish = Wish(name, wanted, config.fields)
    column = wish.input_name("updated_at") if "updated_at" in wanted.names else None
    query = checked(name, config.query)
    latest = None if column is None else _latest(config, query, column, name)
    if column is None or latest is None:
        return Changed(no_parts(), cursor or window.as_of.astimezone(UTC).isoformat())
    following = min(latest, window.as_of.astimezone(UTC))
    try:
        before = datetime.fromisoformat(cursor).astimezone(UTC) if cursor else following
    except ValueError:
        raise InputError(f"source {name!r}: its update cursor is no instant; was its type changed?") from None
    return Changed(_updated(config, query, column, before - OVERLAP, wish), max(before, following).isoformat())


def _latest(config: SqlQuery, query: Query, column: str, name: str) -> datetime | None:
    """The greatest value of `column` in the query's rows; None when it has no such column, or no time in it."""
    from sourcing_pipeline.sources.tabular.database import as_time, reading, rows_of

    with reading(name, config.url) as connection:
        bound = _whole(connection, query)
        with closing(rows_of(connection, columns_only(query), bound)) as nothing:
            _, columns = next(nothing)
        if column not in columns:
            return None
        with closing(rows_of(connection, greatest(query, as_time(connection, column)), bound)) as answer:
            read = [read_column(values["latest"], INSTANT_TYPE).array for count, values in answer if count]
    latest: datetime | None = read[0][0].as_py()
    return latest


def _whole(connection: "Connection", query: Query) -> dict[str, datetime | str]:
    """The parameters with which a query by day is asked for all days."""
    from sourcing_pipeline.sources.tabular.database import as_bound

    bound = {"start": EARLIEST, "end": LATEST} if query.by_day else {}
    return {key: as_bound(connection, value) for key, value in bound.items()}


def _updated(config: SqlQuery, query: Query, column: str, moment: datetime, wish: Wish) -> Parts:
    from sourcing_pipeline.sources.tabular.database import as_time, reading

    whole = {"start": EARLIEST, "end": LATEST} if query.by_day else {}
    with reading(wish.name, config.url) as connection:
        statement = since(query, as_time(connection, column))
        yield from _answer(connection, statement, whole | {"since": moment}, wish, "query")


def _answer(connection: "Connection", statement: str, bound: Mapping[str, datetime], wish: Wish, place: str) -> Parts:
    from sourcing_pipeline.sources.tabular.database import as_bound, rows_of

    parameters = {key: as_bound(connection, value) for key, value in bound.items()}
    before = 0
    with closing(rows_of(connection, statement, parameters)) as answer:
        for count, columns in answer:
            chunk = Chunk(count, list(columns), columns.get, _places(place, before))
            part = as_part(chunk, wish, "the query", whole=True, first=before == 0)
            if count:
                yield part
            before += count


def _places(place: str, before: int) -> Callable[[int], str]:
    return lambda row: f"{place} row {before + row + 1}"
