from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.review.config import Reviewers
from sourcing_pipeline.review.doubtful import ALL, domain_review, draw_doubtful
from sourcing_pipeline.review.queue import Drawn
from sourcing_pipeline.review.verdicts import Verdict, as_table

IDS = [f"s:{number}" for number in range(100)]
DOUBT = -np.arange(100) / 100.0
"""The smaller the number, the greater the doubt."""


def doubtful(found: dict[str, Drawn | None]) -> set[str]:
    return {row_id for row_id, drawn in found.items() if drawn is None}


def test_the_most_doubtful_rows_are_asked_about_and_as_many_at_random() -> None:
    found = draw_doubtful(IDS, DOUBT, 5)
    random = {row_id for row_id, drawn in found.items() if drawn == Drawn(ALL, 100)}
    assert set(found) == {f"s:{number}" for number in range(5)} | random
    assert len(random) == 5


def test_nothing_is_asked_about_no_rows() -> None:
    assert draw_doubtful([], np.zeros(0), 5) == {}
    assert draw_doubtful(IDS, DOUBT, 0) == {}


def test_a_row_that_was_asked_about_stays_while_it_is_nearly_as_doubtful() -> None:
    assert "s:9" in draw_doubtful(IDS, DOUBT, 5, before=["s:9"])
    assert "s:10" not in doubtful(draw_doubtful(IDS, DOUBT, 5, before=["s:10"]))


@given(st.lists(st.floats(-1, 0), min_size=1, max_size=60), st.integers(0, 20))
def test_asking_again_changes_nothing(doubts: list[float], size: int) -> None:
    ids = [f"s:{number}" for number in range(len(doubts))]
    first = draw_doubtful(ids, np.array(doubts), size)
    assert draw_doubtful(ids, np.array(doubts), size, before=list(first)) == first


@given(st.lists(st.floats(-1, 0), min_size=1, max_size=60, unique=True), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(doubts: list[float], chance: object) -> None:
    pairs = [(f"s:{number}", doubt) for number, doubt in enumerate(doubts)]
    shuffled = sorted(pairs, key=lambda pair: hash(pair[1]))
    one = draw_doubtful([pair[0] for pair in pairs], np.array([pair[1] for pair in pairs]), 7)
    other = draw_doubtful([pair[0] for pair in shuffled], np.array([pair[1] for pair in shuffled]), 7)
    assert one == other


def test_people_and_classifier_are_compared_on_the_random_share_alone() -> None:
    said = as_table(
        Verdict(
            id=row_id,
            content_hash="h",
            question="domain",
            verdict=answer,
            reviewer="ana",
            reviewed_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for row_id, answer in (
            ("s:1", "in_domain"),
            ("s:2", "in_domain"),
            ("s:3", "off_domain"),
            ("s:4", "off_domain"),
            ("s:5", "in_domain"),
        )
    )
    queue = pa.table({"id": [f"s:{n}" for n in range(1, 7)], "stratum": [ALL, ALL, ALL, ALL, None, ALL]})
    flagged = {"s:1": False, "s:2": True, "s:3": False, "s:4": True, "s:5": True, "s:6": True}
    found = domain_review("s", queue, flagged, said, Reviewers())
    assert (found.reviewed, found.agreed, found.flagged_wrongly, found.missed) == (4, 2, 1, 1)
