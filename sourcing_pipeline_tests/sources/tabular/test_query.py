import pytest

from sourcing_pipeline.sources.tabular.query import one_select


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "  select id from t;  ",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "-- all of them\nSELECT 'insert into t' AS \"delete\" /* drop */ FROM t -- ; DELETE\n;",
        "(SELECT 1) UNION (SELECT 2)",
        "SELECT $$ ; DROP TABLE t $$",
        "SELECT t.update, created_at, replace(a, 'x', ';') FROM t",
        "SELECT 'it''s; fine', insert(a, 1, 1, 'x') FROM t",
    ],
)
def test_one_select_is_accepted(query: str) -> None:
    assert not one_select(query).by_day


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "must be a SELECT"),
        ("DELETE FROM t", "must be a SELECT"),
        ("UPDATE t SET a = 1", "must be a SELECT"),
        ("EXPLAIN SELECT 1", "must be a SELECT"),
        ("-- SELECT\nDROP TABLE t", "must be a SELECT"),
        ("SELECT 1; DROP TABLE t", "there are several statements"),
        ("SELECT 1; SELECT 2", "there are several statements"),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "DELETE stands in it"),
        ("SELECT * INTO other FROM t", "INTO stands in it"),
        ("SELECT * FROM t FOR UPDATE", "UPDATE stands in it"),
        ("SELECT * FROM t WHERE id = :id", "it binds :id"),
    ],
)
def test_anything_else_is_refused(query: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        one_select(query)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SELECT a FROM t WHERE b >= :start AND b < :end", "SELECT a FROM t WHERE b >= :start AND b < :end"),
        ("SELECT ':start', a::text FROM t WHERE b=:end;", "SELECT '\\:start', a\\:\\:text FROM t WHERE b=:end"),
        ("SELECT '10:30' -- :start\nFROM t WHERE b > :start", "SELECT '10\\:30'  \nFROM t WHERE b > :start"),
    ],
)
def test_only_start_and_end_are_bound(query: str, text: str) -> None:
    assert one_select(query) == (text, True)
