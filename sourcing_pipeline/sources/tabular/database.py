"""A database connection that only reads, and what its driver says in this package's words."""

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from sourcing_pipeline.errors import InputError, SourcingError, TryAgain
from sourcing_pipeline.sources.tabular.columns import Column

FETCHED_ROWS = 4096
_CONNECTING = (
    (r"password authentication failed|no password supplied|role .* does not exist|authentication", "the credentials "
     "were refused; check user and password in the URL"),
    (r"could not translate host name|resolve|Name or service not known|nodename nor servname", "its host is not known; "
     "check the URL, or the name service"),
    (r"database .* does not exist", "there is no such database; check the URL"),
    (r"permission denied|no pg_hba.conf entry", "the account may not connect; give it the permission"),
    (r"certificate|SSL", "its TLS certificate or mode was refused; check sslmode in the URL"),
)  # fmt: skip
_MEND = {
    "3D000": "there is no such database; check the URL",
    "42501": "give the account the permission to read",
    "25006": "the query must only read",
    "42P01": "mend `query`",
    "42703": "mend `query`",
    "42601": "mend `query`",
}
_PASSING = re.compile(r"08|53|57|40|55P03|25P0[34]")


@contextmanager
def reading(name: str, url: SecretStr) -> Iterator[Connection]:
    """A connection to `url` in one transaction that only reads; on PostgreSQL all of it sees the same moment.

    Raises InputError or TryAgain, without the password, parameters or rows, for everything that the driver raises.
    """
    parsed = make_url(url.get_secret_value())
    shown = f"source {name!r}: {parsed.set(query={}).render_as_string()}"
    engine = None
    try:
        engine = _engine(parsed)
        with engine.connect() as connection:
            yield connection
    except ImportError as error:
        raise InputError(f"{shown}: its driver {error.name!r} is not installed; install it") from None
    except (ArgumentError, NoSuchModuleError):
        raise InputError(f"{shown}: SQLAlchemy knows no such database; check the URL") from None
    except DBAPIError as error:
        raise _said(shown, error.orig, error.connection_invalidated) from None
    except SQLAlchemyError as error:
        raise InputError(f"{shown}: the query cannot be run ({type(error).__name__}); mend `query`") from None
    except Exception as error:
        if engine is None or not isinstance(error, engine.dialect.loaded_dbapi.Error):
            raise
        raise _said(shown, error, lost=False) from None
    finally:
        if engine is not None:
            engine.dispose()


def rows_of(
    connection: Connection, statement: str, parameters: Mapping[str, datetime | str]
) -> Generator[tuple[int, dict[str, Column]], None, None]:
    """The answer to `statement` in batches: how many rows, and the columns by their names (the first of a name).

    A batch without rows comes first, so that the columns are known.
    """
    if connection.dialect.driver == "psycopg":
        from sourcing_pipeline.sources.tabular.postgres_copy import copied

        for names, batch in copied(connection, statement, parameters):
            yield batch.num_rows, dict(zip(reversed(names), reversed(batch.columns), strict=True))
        return
    with connection.execute(text(statement), parameters) as result:
        backwards = list(result.keys())[::-1]
        yield 0, dict.fromkeys(backwards, ())
        for rows in result.partitions(FETCHED_ROWS):
            yield len(rows), dict(zip(backwards, list(zip(*rows, strict=True))[::-1], strict=True))


def as_bound(connection: Connection, instant: datetime) -> datetime | str:
    """An instant as the database compares it with its times."""
    moment = instant.astimezone(UTC)
    if connection.dialect.name == "sqlite":
        return f"{moment:%Y-%m-%d %H:%M:%S}"
    return moment if connection.dialect.name == "postgresql" else moment.replace(tzinfo=None)


def as_time(connection: Connection, column: str) -> str:
    """The column of `q` as an expression that can be compared with what `as_bound` gives."""
    quoted = f"q.{connection.dialect.identifier_preparer.quote(column)}".replace(":", "\\:")
    return f"datetime({quoted})" if connection.dialect.name == "sqlite" else quoted


def _engine(url: URL) -> Engine:
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database and not url.database.startswith((":", "file:")):
        url = url.set(database=f"file:{quote(url.database)}", query=dict(url.query) | {"mode": "ro", "uri": "true"})
    options: dict[str, Any] = {"stream_results": True, "yield_per": FETCHED_ROWS}
    if backend == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, execution_options=options)
    if backend == "sqlite":
        event.listen(engine, "connect", _read_only)
    if url.drivername == "postgresql+psycopg":
        event.listen(engine, "connect", _plain_times)
    return engine


def _read_only(connection: Any, _: Any) -> None:
    connection.text_factory = _text_or_bytes
    connection.execute("PRAGMA query_only = ON")


def _text_or_bytes(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _plain_times(connection: Any, _: Any) -> None:
    connection.execute("SET TIME ZONE 'UTC'")
    connection.execute("SET datestyle TO ISO")
    connection.commit()


def _said(shown: str, error: BaseException | None, lost: bool) -> SourcingError:
    state = getattr(error, "sqlstate", None)
    if state:
        return _said_by_server(shown, state, error)
    words = str(error)
    if getattr(error, "sqlite_errorname", None):
        return _said_by_sqlite(shown, error)
    for pattern, mend in _CONNECTING:
        if re.search(pattern, words, re.IGNORECASE):
            return InputError(f"{shown}: {mend}")
    kind = type(error).__name__
    if lost or kind in ("OperationalError", "ConnectionTimeout", "InterfaceError"):
        return TryAgain(f"{shown}: it cannot be reached ({kind}); run it again")
    return InputError(f"{shown}: the database refused the query ({kind}); mend `query`")


def _said_by_server(shown: str, state: str, error: Any) -> SourcingError:
    """Of class 42 (the query is wrong) the server's own words name what is missing; of others they may hold values."""
    words = getattr(getattr(error, "diag", None), "message_primary", None) if state.startswith("42") else None
    if _PASSING.match(state):
        what = "the query took too long or was cancelled" if state == "57014" else "the server cannot answer now"
        return TryAgain(f"{shown}: {what} (SQLSTATE {state}); run it again")
    if state.startswith("28"):
        return InputError(f"{shown}: the credentials were refused; check user and password in the URL")
    why = f"{words} " if words else "the query failed "
    return InputError(f"{shown}: {why}(SQLSTATE {state}); {_MEND.get(state, 'mend `query`')}")


def _said_by_sqlite(shown: str, error: Any) -> SourcingError:
    code = error.sqlite_errorname
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return TryAgain(f"{shown}: the database is locked by another process; run it again")
    if code.startswith("SQLITE_CANTOPEN"):
        return InputError(f"{shown}: the file is not there or cannot be opened; check the URL")
    if code.startswith("SQLITE_READONLY"):
        return InputError(f"{shown}: the query must only read; mend `query`")
    named = re.match(r'no such (column|table|function): [\w.]+|near "\w+": syntax error', str(error))
    return InputError(f"{shown}: {named[0] if named else 'the query failed'} ({code}); mend `query` or the file")
