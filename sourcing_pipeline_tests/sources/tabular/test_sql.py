import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from pydantic import ValidationError

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import InputError, SourcingError, TryAgain
from sourcing_pipeline.sources.tabular import SqlRows, database, postgres_copy
from sourcing_pipeline_tests.postgres import PASSWORD, Postgres

Told = Callable[..., list[dict[str, Any]]]
AT = pa.timestamp("us", "UTC")
WANTED = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("at", AT),
        pa.field("score", pa.float64()),
        pa.field("good", pa.bool_()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("turns", pa.list_(pa.struct([pa.field("role", pa.string()), pa.field("text", pa.string())]))),
        pa.field("updated_at", AT),
    ]
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
WINDOW = Window(AS_OF, ZoneInfo("UTC"))
BY_DAY = "SELECT * FROM t WHERE at >= :start AND at < :end ORDER BY id"


def rows(url: str, query: str = "SELECT * FROM t ORDER BY id", **fields: Any) -> SqlRows:
    return SqlRows.model_validate({"type": "sql", "url": url, "query": query} | fields)


def days(*wanted: str, zone: str = "UTC") -> Window:
    return Window(AS_OF, ZoneInfo(zone), wanted)


@pytest.fixture(scope="module")
def pg(postgres: Postgres) -> str:
    url = postgres.database("rows")
    postgres.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, at timestamptz, score numeric(4, 2), good boolean, tags text[], "
        "turns jsonb, updated_at timestamp)",
        """INSERT INTO t VALUES
        (1, '2026-03-01 13:00:00+01', 4.5, true, '{a,"b c"}', '[{"role": "user", "text": "it''s, \\"so\\""}]',
            '2026-03-01 12:00:00'),
        (2, '2026-03-02 12:00:00Z', NULL, false, NULL, NULL, '2026-04-01 12:00:00'),
        (3, NULL, 0, NULL, '{}', '[]', NULL)""".replace(":", "\\:"),
        "CREATE USER poor PASSWORD 'correct-horse'",
        database="rows",
    )
    return url


@pytest.fixture
def lite(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "t.sqlite") as connection:
        connection.executescript(
            """CREATE TABLE t (
                id INTEGER PRIMARY KEY, at TEXT, score REAL, good INTEGER, tags TEXT, turns TEXT, updated_at TEXT
            );
            INSERT INTO t VALUES
            (1, '2026-03-01T12:00:00Z', 4.5, 1, '["a", "b c"]', '[{"role": "user", "text": "it''s, \\"so\\""}]',
                '2026-03-01 12:00:00'),
            (2, '2026-03-02 12:00:00', NULL, 0, NULL, NULL, '2026-04-01T12:00:00Z'),
            (3, NULL, 0, NULL, '[]', '[]', NULL);"""
        )
    connection.close()
    return f"sqlite:///{tmp_path / 't.sqlite'}"


EXPECTED = [
    {
        "id": "1",
        "at": NOON,
        "score": 4.5,
        "good": True,
        "tags": ["a", "b c"],
        "turns": [{"role": "user", "text": 'it\'s, "so"'}],
        "updated_at": NOON,
    },
    {
        "id": "2",
        "at": NOON + timedelta(days=1),
        "score": None,
        "good": False,
        "tags": None,
        "turns": None,
        "updated_at": NOON + timedelta(days=31),
    },
    {"id": "3", "at": None, "score": 0.0, "good": None, "tags": [], "turns": [], "updated_at": None},
]


@pytest.mark.parametrize("system", ["pg", "lite"])
def test_every_type_is_read_from(system: str, told: Told, request: pytest.FixtureRequest) -> None:
    found = told(rows(request.getfixturevalue(system)).read("src", WINDOW, WANTED, ()))
    assert [row["problem"] for row in found] == [None] * 3
    assert [{name: row[name] for name in WANTED.names} for row in found] == EXPECTED
    assert [row["place"] for row in found] == ["query row 1", "query row 2", "query row 3"]


@pytest.mark.parametrize("chunk", [1, 2])
@pytest.mark.parametrize("system", ["pg", "lite"])
def test_batches_do_not_show(
    system: str, chunk: int, told: Told, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "FETCHED_ROWS", chunk)
    monkeypatch.setattr(postgres_copy, "BATCH_ROWS", chunk)
    found = told(rows(request.getfixturevalue(system)).read("src", WINDOW, WANTED, ()))
    assert [(row["id"], row["place"]) for row in found] == [(str(n), f"query row {n}") for n in (1, 2, 3)]
    assert [row["first"] for row in found] == [True, False, False]


@pytest.mark.parametrize("system", ["pg", "lite"])
def test_the_wanted_days_are_bound_range_by_range(system: str, told: Told, request: pytest.FixtureRequest) -> None:
    query = BY_DAY if system == "pg" else BY_DAY.replace("at >=", "datetime(at) >=").replace("at <", "datetime(at) <")
    made = rows(request.getfixturevalue(system), query)
    found = told(made.read("src", days("2026-03-01", "2026-03-02", "2026-03-04"), WANTED, ()))
    assert [(row["id"], row["place"]) for row in found] == [
        ("1", "query from 2026-03-01T00:00Z on, row 1"),
        ("2", "query from 2026-03-01T00:00Z on, row 2"),
    ]
    assert [row["id"] for row in told(made.read("src", days("2026-03-02"), WANTED, ()))] == ["2"]
    assert [row["id"] for row in told(made.read("src", WINDOW, WANTED, ()))] == ["1", "2"]


def test_days_are_those_of_the_recipes_time_zone(pg: str, told: Told) -> None:
    made = rows(pg, BY_DAY)
    assert [row["id"] for row in told(made.read("src", days("2026-03-02", zone="Pacific/Auckland"), WANTED, ()))] == [
        "1"
    ]


def test_times_without_zone_are_compared_in_utc(pg: str, postgres: Postgres, told: Told) -> None:
    postgres.run("ALTER DATABASE rows SET timezone TO 'Asia/Tokyo'", "ALTER DATABASE rows SET datestyle TO 'German'")
    query = "SELECT * FROM t WHERE updated_at >= :start AND updated_at < :end"
    (row,) = told(rows(pg, query).read("src", days("2026-03-01"), WANTED, ()))
    assert (row["id"], row["at"]) == ("1", NOON)


def test_columns_can_be_named(pg: str, told: Told) -> None:
    made = rows(pg, 'SELECT id AS "key: 100%", at FROM t ORDER BY id', fields={"id": "key: 100%"})
    assert [row["id"] for row in told(made.read("src", WINDOW, WANTED, ()))] == ["1", "2", "3"]


@pytest.mark.parametrize("system", ["pg", "lite"])
def test_a_missing_column_that_is_needed_is_named_even_without_rows(
    system: str, request: pytest.FixtureRequest
) -> None:
    made = rows(request.getfixturevalue(system), "SELECT at, score FROM t WHERE 1 = 0")
    with pytest.raises(InputError, match="the query: there is no column `id`; there are: at, score"):
        list(made.read("src", WINDOW, WANTED, ()))


def test_values_that_python_cannot_hold_are_problems_of_their_row(pg: str, told: Told) -> None:
    values = "(1, timestamptz 'infinity', 'NaN'::float8), (2, '0044-03-15 BC', 'Infinity'), (3, '2026-03-01 12:00Z', 1)"
    query = f"SELECT * FROM (VALUES {values}) v (id, at, score)"
    found = told(rows(pg, query).read("src", WINDOW, WANTED, ()))
    assert [row["at"] for row in found] == [None, None, NOON]
    assert [row["score"] for row in found] == [None, None, 1.0]
    assert ["at: expected ISO 8601" in (row["problem"] or "") for row in found] == [True, True, False]


def test_texts_with_every_odd_character_come_through(pg: str, told: Told) -> None:
    texts = ['a"b', "a,b", "a\nb", "a\r\nb", "", "\\.", "NULL", "ü€😀", "\t", " "]
    values = ", ".join(
        f"({number}, convert_from('\\x{text.encode().hex()}', 'UTF8'))" for number, text in enumerate(texts)
    )
    wanted = pa.schema([pa.field("text", pa.string())])
    found = told(
        rows(pg, f"SELECT text FROM (VALUES {values}, (99, NULL)) v (id, text) ORDER BY id").read(
            "s", WINDOW, wanted, ()
        )
    )
    assert [row["text"] for row in found] == [*texts, None]


def test_bytes_that_are_no_text_are_a_problem_of_their_row(lite: str, told: Told) -> None:
    found = told(rows(lite, "SELECT CAST(x'ff' AS TEXT) AS id UNION ALL SELECT 'b'").read("src", WINDOW, WANTED, ()))
    assert [(row["id"], row["problem"]) for row in found] == [(None, "id: expected text in UTF-8"), ("b", None)]


@pytest.mark.parametrize("system", ["pg", "lite"])
def test_rows_that_were_updated_since_have_changed(system: str, told: Told, request: pytest.FixtureRequest) -> None:
    made = rows(request.getfixturevalue(system))
    before = made.changed("src", WINDOW, WANTED, None)
    assert [row["id"] for row in told(before.parts)] == ["2"]
    assert before.cursor == datetime(2026, 4, 1, 12, tzinfo=UTC).isoformat()
    cursor = datetime(2026, 4, 1, 12, 59, tzinfo=UTC)
    after = made.changed("src", WINDOW, WANTED, cursor.isoformat())
    assert [row["id"] for row in told(after.parts)] == ["2"]
    later = made.changed("src", WINDOW, WANTED, (cursor + timedelta(minutes=2)).isoformat())
    assert told(later.parts) == []


def test_a_query_by_day_is_asked_for_updates_of_all_days(pg: str, told: Told) -> None:
    made = rows(pg, f"{BY_DAY} -- by day\n;", fields={"updated_at": "at"})
    assert [row["id"] for row in told(made.changed("src", WINDOW, WANTED, "2026-03-02T00:00:00Z").parts)] == ["2"]


@pytest.mark.parametrize("system", ["pg", "lite"])
def test_without_updated_at_nothing_has_changed(system: str, told: Told, request: pytest.FixtureRequest) -> None:
    made = rows(request.getfixturevalue(system), "SELECT id FROM t")
    assert told(made.changed("src", WINDOW, WANTED, AS_OF.isoformat()).parts) == []


def test_another_systems_cursor_is_refused(lite: str) -> None:
    with pytest.raises(InputError, match="its update cursor is no instant"):
        rows(lite).changed("src", WINDOW, WANTED, "{}")


def said(made: SqlRows, kind: type[SourcingError]) -> str:
    with pytest.raises(kind) as caught:
        list(made.read("src", WINDOW, WANTED, ()))
    message = str(caught.value)
    assert "source 'src'" in message
    for secret in (PASSWORD, "hidden-password", "secret"):
        assert secret not in message
    assert caught.value.__suppress_context__
    return message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((f":{PASSWORD}@", ":hidden-password@"), "the credentials were refused"),
        ((f"postgres:{PASSWORD}@", "nobody:hidden-password@"), "the credentials were refused"),
        (("127.0.0.1", "nowhere.invalid"), "its host is not known"),
        (("/rows", "/nothing"), "there is no such database"),
    ],
)
def test_a_wrong_url_is_one_clear_error(change: tuple[str, str], words: str, pg: str) -> None:
    assert words in said(rows(pg.replace(*change)), InputError)


def test_a_server_that_does_not_answer_may_be_tried_again() -> None:
    url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:9/rows"
    assert "it cannot be reached" in said(rows(url), TryAgain)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT secrets FROM t", 'column "secrets" does not exist (SQLSTATE 42703)'),
        ("SELECT * FROM other", 'relation "other" does not exist (SQLSTATE 42P01)'),
        ("SELECT id FROM t WHERE", "syntax error at or near"),
        ("SELECT 'secret'::int AS id", "the query failed (SQLSTATE 22P02)"),
        ("SELECT id / 0 AS id FROM t", "the query failed (SQLSTATE 22012)"),
        ("SELECT nextval('q') AS id", "(SQLSTATE 42P01)"),
    ],
)
def test_a_wrong_query_is_one_clear_error(query: str, words: str, pg: str) -> None:
    made = rows(pg, query)
    message = said(rows(pg, query), InputError) if "secrets" not in query else _message(made)
    assert words in message


def _message(made: SqlRows) -> str:
    with pytest.raises(InputError) as caught:
        list(made.read("src", WINDOW, WANTED, ()))
    return str(caught.value)


def test_a_missing_permission_is_one_clear_error(pg: str) -> None:
    message = said(rows(pg.replace("//postgres:", "//poor:")), InputError)
    assert "permission denied for table t (SQLSTATE 42501); give the account the permission to read" in message


def test_a_time_out_may_be_tried_again(pg: str) -> None:
    made = rows(f"{pg}?options=-c%20statement_timeout%3D50", "SELECT pg_sleep(5) AS id")
    assert "the query took too long or was cancelled (SQLSTATE 57014)" in said(made, TryAgain)


def test_all_ranges_of_days_see_the_same_moment(pg: str, postgres: Postgres, told: Told) -> None:
    query = "SELECT count(*) AS id, min(at) AS at FROM t WHERE :start < :end"
    parts = rows(pg, query).read("src", days("2026-03-01", "2026-03-03"), WANTED, ())
    first = next(parts)
    postgres.run("INSERT INTO t (id) VALUES (99)", database="rows")
    second = next(parts)
    postgres.run("DELETE FROM t WHERE id = 99", database="rows")
    assert first.rows.column("id") == second.rows.column("id")
    parts.close()


def test_the_database_itself_refuses_to_write(pg: str, lite: str, postgres: Postgres) -> None:
    postgres.run("CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'DELETE FROM t RETURNING 1'", database="rows")
    assert "the query must only read" in said(rows(pg, "SELECT sneak() AS id"), InputError)
    with database.reading("src", rows(lite).url) as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM t")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT b FROM t", "no such column: b"),
        ("SELECT * FROM b", "no such table: b"),
        ("SELECT * FROM t WHERE nothing", 'near "nothing": syntax error'),
        ("SELECT * FROM t WHERE", "the query failed (SQLITE_ERROR)"),
    ],
)
def test_what_sqlite_refuses_is_said(query: str, words: str, lite: str) -> None:
    assert words in said(rows(lite, query), InputError)


def test_a_sqlite_file_that_is_not_there_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    assert "the file is not there" in said(rows(f"sqlite:///{tmp_path / 'x.sqlite'}"), InputError)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "x.sqlite").write_text("secret" * 1000)
    assert "SQLITE_NOTADB" in said(rows(f"sqlite:///{tmp_path / 'x.sqlite'}"), InputError)


def test_a_sqlite_file_that_is_locked_may_be_tried_again(lite: str) -> None:
    holder = sqlite3.connect(lite.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert "locked by another process" in said(rows(f"{lite}?timeout=0"), TryAgain)
    holder.close()


def test_a_driver_that_is_not_there_is_named() -> None:
    assert "its driver 'MySQLdb' is not installed" in said(rows("mysql://u:hidden-password@h/d"), InputError)
    assert "SQLAlchemy knows no such database" in said(rows("nosuch://u:hidden-password@h/d"), InputError)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "hidden-password", "query": "SELECT 1"}, "this is no SQLAlchemy URL"),
        ({"url": "sqlite:///a", "query": "DELETE FROM t"}, "the query must be a SELECT"),
        ({"url": "sqlite:///a", "query": "SELECT :x"}, "the query may bind :start and :end"),
    ],
)
def test_a_wrong_recipe_is_refused_before_anything_runs(fields: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        SqlRows.model_validate({"type": "sql"} | fields)
    assert "hidden-password" not in str(caught.value)


def test_a_relative_sqlite_file_starts_at_the_recipes_folder(lite: str, tmp_path: Path, told: Told) -> None:
    recipe = {"type": "sql", "url": "sqlite:///t.sqlite", "query": "SELECT * FROM t"}
    made = SqlRows.model_validate(recipe, context={"root": tmp_path})
    assert len(told(made.read("src", WINDOW, WANTED, ()))) == 3


def test_a_reader_that_stops_early_leaves_no_connection(pg: str, postgres: Postgres) -> None:
    parts = rows(pg, "SELECT generate_series(1, 1000000) AS id").read("src", WINDOW, WANTED, ())
    next(parts)
    next(parts)
    parts.close()  # type: ignore[attr-defined]
    count = "SELECT count(*) AS id FROM pg_stat_activity WHERE datname = 'rows' AND pid <> pg_backend_pid()"
    wanted = pa.schema([WANTED.field("id")])
    left = [part.rows.to_pylist() for part in rows(pg, count).read("src", WINDOW, wanted, ())]
    assert left[-1] == [{"id": "0"}]
