from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sources.tabular.pattern import Pattern


@pytest.mark.parametrize(
    ("pattern", "path", "day"),
    [
        ("logs/{%Y/%m/%d}/t-*.jsonl", "logs/2026/03/01/t-1.jsonl", "2026-03-01"),
        ("logs/t-{%Y-%m-%d}.parquet", "logs/t-2026-03-01.parquet", "2026-03-01"),
        ("{%Y/%Y%m%d}.csv", "2026/20260301.csv", "2026-03-01"),
        ("s3://bucket/**/{%y%j}.csv", "s3://bucket/a/b/26060.csv", "2026-03-01"),
        ("s3://bucket/**/{%y%j}.csv", "s3://bucket/26060.csv", "2026-03-01"),
        ("a/*.csv", "a/b.csv", None),
        ("a/b?.csv", "a/b1.csv", None),
    ],
)
def test_a_path_tells_its_day(pattern: str, path: str, day: str | None) -> None:
    assert Pattern(pattern).day(path) == day


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("a/*.csv", "a/b/c.csv"),
        ("a/*.csv", "a/b.csv.gz"),
        ("a.csv", "aXcsv"),
        ("{%Y-%m-%d}.csv", "2026-02-30.csv"),
        ("{%Y-%m-%d}.csv", "0000-01-01.csv"),
        ("{%Y/%Y-%m-%d}.csv", "2025/2026-03-01.csv"),
        ("{%y%j}.csv", "26366.csv"),
    ],
)
def test_other_paths_do_not_match(pattern: str, path: str) -> None:
    with pytest.raises(LookupError):
        Pattern(pattern).day(path)


@pytest.mark.parametrize("pattern", ["{%Y-%m}.csv", "{%m-%d}", "{%Y}{%m}", "{%Y-%m-%d %H}", "{}", "{%Y-%m-%d%}"])
def test_a_date_must_name_a_whole_day_once(pattern: str) -> None:
    with pytest.raises(ValueError, match="date"):
        Pattern(pattern)


FORMATS = st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y%j", "%Y/%m/%Y-%m-%d", "%y%m%d"])


@given(day=st.dates(date(2000, 1, 1), date(2099, 12, 31)), format_=FORMATS)
def test_the_pattern_of_a_day_finds_that_day(day: date, format_: str) -> None:
    pattern = Pattern(f"logs/*/{{{format_}}}-*.csv")
    (one,) = pattern.of_days([day.isoformat()])
    assert pattern.day(one.replace("*", "x")) == day.isoformat()
    assert pattern.of_days(None) == [
        f"logs/*/{format_.translate({ord(c): '*' for c in 'Ymdjy'}).replace('%', '')}-*.csv"
    ]
