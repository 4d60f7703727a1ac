import math
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.review.scorecard import COLUMNS, SCORECARD, Score, markdown, score, stars
from sourcing_pipeline.review.statistics import error_rate
from sourcing_pipeline.rows import ASSESSED

SCHEMA = pa.schema([ASSESSED.field(name) for name in COLUMNS])
UNREVIEWED = error_rate(0, 0)
CLUSTERS = st.lists(st.integers(0, 7), min_size=1, max_size=40)


def row(cluster: int = 0, **changes: Any) -> dict[str, Any]:
    fields = {
        "off_domain": False,
        "cluster": cluster,
        "quality_score": None,
        "cost_usd": 0.0,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return fields | changes


def scored(*rows: dict[str, Any], clusters: int = 8, wrong: int = 0, reviewed: int = 0) -> Score:
    batch = pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA)
    return score("tickets", "production_logs", [batch], clusters, error_rate(wrong, reviewed))


def test_the_numbers_of_a_small_source_by_hand() -> None:
    found = scored(
        row(0, quality_score=0.5, cost_usd=1.0),
        row(0, quality_score=1.0, cost_usd=0.25, created_at=datetime(2026, 3, 1, tzinfo=UTC)),
        row(1, created_at=datetime(2025, 9, 1, tzinfo=UTC)),
        row(5, off_domain=True, cost_usd=2.0),
    )
    topics = math.exp(-(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3)))
    assert (found.size, found.relevance, found.quality, found.cost_usd) == (4, 0.75, 0.75, 3.25)
    assert found.diversity == pytest.approx(topics / 8)
    assert (found.first, found.last) == (datetime(2025, 9, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))


def test_what_people_said_counts_before_the_sources_own_scores() -> None:
    assert scored(row(quality_score=0.25), wrong=1, reviewed=10).quality == pytest.approx(0.9)


def test_quality_is_unknown_where_nothing_is_known() -> None:
    assert scored(row()).quality is None


def test_one_topic_alone_is_the_least_diverse() -> None:
    assert scored(row(3), row(3)).diversity == pytest.approx(1 / 8)


def test_all_topics_alike_are_the_most_diverse() -> None:
    assert scored(*(row(cluster) for cluster in range(8))).diversity == pytest.approx(1.0)


@given(CLUSTERS)
def test_diversity_is_between_one_topic_and_all(clusters: list[int]) -> None:
    found = scored(*(row(cluster) for cluster in clusters)).diversity
    assert 1 / 8 - 1e-9 <= found <= len(set(clusters)) / 8 + 1e-9


@given(CLUSTERS, st.integers(1, 9))
def test_batches_do_not_change_the_score(clusters: list[int], size: int) -> None:
    rows = [row(cluster, quality_score=cluster / 8, off_domain=cluster == 3) for cluster in clusters]
    batches = [pa.RecordBatch.from_pylist(rows[at : at + size], schema=SCHEMA) for at in range(0, len(rows), size)]
    whole, pieces = scored(*rows), score("tickets", "production_logs", batches, 8, UNREVIEWED)
    assert pieces.quality == pytest.approx(whole.quality)
    assert [pieces.relevance, pieces.diversity] == pytest.approx([whole.relevance, whole.diversity])


def test_a_source_without_rows_has_a_score_of_nothing() -> None:
    found = score("tickets", "production_logs", [], 8, UNREVIEWED)
    assert (found.size, found.relevance, found.diversity, found.quality) == (0, 0.0, 0.0, None)
    assert (found.first, found.last) == (None, None)


@pytest.mark.parametrize("reviewed", [0, 40])
def test_a_score_comes_back_from_its_record(reviewed: int) -> None:
    found = scored(row(quality_score=0.5), row(1), wrong=reviewed // 10, reviewed=reviewed)
    (stored,) = pa.RecordBatch.from_pylist([found.record()], schema=SCORECARD).to_pylist()
    assert Score.from_record(stored) == found


@pytest.mark.parametrize(
    ("fraction", "said"),
    [(None, "–"), (0.0, "1/5"), (0.25, "2/5"), (0.5, "3/5"), (1.0, "5/5"), (0.375, "3/5"), (0.625, "4/5")],
)
def test_a_fraction_is_told_on_the_methods_scale(fraction: float | None, said: str) -> None:
    assert stars(fraction) == said


def test_the_matrix_has_a_line_for_each_source() -> None:
    found = scored(row(quality_score=0.75, cost_usd=1234.5), wrong=7, reviewed=100)
    assert markdown([found]).splitlines()[2:] == [
        "| tickets | 5/5 | 2/5 | 5/5 | 1 | $1,234.50 | 7 of 100 (2.9% to 13.9%) |"
    ]
    assert "| not reviewed |" in markdown([scored(row())])
