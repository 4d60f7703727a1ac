import pytest

from sourcing_pipeline.findings import licences_allowed
from sourcing_pipeline.mixing.config import Mixing
from sourcing_pipeline.mixing.gates import large_enough, synthetic_within_cap


@pytest.mark.parametrize(("synthetic", "others"), [(20, 80), (200, 800), (1, 4), (0, 10), (0, 0)])
def test_exactly_twenty_percent_synthetic_passes(synthetic: int, others: int) -> None:
    assert synthetic_within_cap({"synthetic": synthetic, "public": others}, Mixing()).passed


@pytest.mark.parametrize(("synthetic", "others"), [(25, 75), (201, 799), (1, 0)])
def test_more_than_twenty_percent_synthetic_stops_the_release(synthetic: int, others: int) -> None:
    found = synthetic_within_cap({"synthetic": synthetic, "annotated": others}, Mixing())
    assert not found.passed
    assert found.blocking


def test_the_share_of_synthetic_rows_is_told_with_the_limit() -> None:
    found = synthetic_within_cap({"synthetic": 25, "public": 75}, Mixing())
    assert found.message.startswith("25 of 100 rows are synthetic, 25.0%; at most 20% are allowed. ")
    assert found.facts == {"synthetic": 25, "rows": 100, "synthetic_fraction": 0.25}


def test_a_mix_without_synthetic_rows_passes() -> None:
    assert synthetic_within_cap({"public": 10}, Mixing(max_synthetic_fraction=0)).passed


@pytest.mark.parametrize(
    ("task", "rows", "passed", "blocking"),
    [
        ("broad", 99, False, True),
        ("broad", 100, False, False),
        ("broad", 999, False, False),
        ("broad", 1000, True, True),
        ("specialised", 49, False, True),
        ("specialised", 50, True, True),
    ],
)
def test_a_task_needs_its_number_of_rows(task: str, rows: int, passed: bool, blocking: bool) -> None:
    found = large_enough(rows, Mixing.model_validate({"task": task}))
    assert (found.passed, found.blocking) == (passed, blocking)


def test_allowed_licences_pass() -> None:
    assert licences_allowed({"MIT": 10, "CC-BY-4.0": 5}, frozenset({"MIT", "CC-BY-4.0", "CC0-1.0"})).passed


@pytest.mark.parametrize("refused", ["GPL-3.0-only", None])
def test_a_licence_that_is_not_allowed_stops_the_release(refused: str | None) -> None:
    found = licences_allowed({"MIT": 10, refused: 2}, frozenset({"MIT"}))
    assert not found.passed
    assert found.blocking
    assert f"2 rows under licences that are not in the recipe's list: {refused} (2)" in found.message
