from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sourcing_pipeline.assessment.assess import Assess
from sourcing_pipeline.assessment.canaries import canaries, flagged
from sourcing_pipeline.assessment.config import Assessment
from sourcing_pipeline.assessment.domain import general_examples
from sourcing_pipeline.assessment.embedding import embed
from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.rows import ASSESSED, MASKED, conform, is_canary, outcomes

INSIDE = [
    "My MX record points to the old server, how do I change it?",
    "Mails from our domain are bounced because of SPF, what is wrong?",
    "The mail quota of my mailbox is used up, where can I raise it?",
]
OUTSIDE = [
    "Which wine goes well with grilled salmon and asparagus?",
    "My tomato plants have yellow leaves, do they need more water?",
    "Who painted the ceiling of the Sistine Chapel?",
]


def masked(*texts: str, **changes: Any) -> pa.RecordBatch:
    rows = [
        {
            "id": f"s:{number}",
            "partition": "all",
            "content_hash": str(number),
            "source": "s",
            "strategy": "public",
            "messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "Let us look at it."}],
            "quality_score": 0.5,
            "license": "MIT",
            "created_at": datetime(2026, 3, 1, tzinfo=UTC),
        }
        | changes
        for number, text in enumerate(texts)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=MASKED)


@pytest.fixture(scope="module")
def assessed(assess: Assess) -> pa.RecordBatch:
    """Rows inside and outside of the domain in turn."""
    return assess(masked(*(text for pair in zip(INSIDE, OUTSIDE, strict=True) for text in pair)))


def test_rows_keep_their_order_and_get_the_assessed_columns(assessed: pa.RecordBatch) -> None:
    assert assessed.schema == outcomes(ASSESSED)
    assert assessed.column("id").to_pylist() == [f"s:{number}" for number in range(6)]
    assert conform(assessed, ASSESSED, "test").num_rows == 6


def test_no_row_is_dropped(assessed: pa.RecordBatch) -> None:
    assert assessed.column("drop_reason").null_count == 6


def test_what_was_known_of_a_row_is_unchanged(assess: Assess) -> None:
    before = masked(INSIDE[0], language="en")
    assert assess(before).select(MASKED.names).to_pylist() == before.to_pylist()


def test_rows_off_the_subject_are_flagged_and_others_are_not(assessed: pa.RecordBatch) -> None:
    assert assessed.column("off_domain").to_pylist() == [False, True] * 3


def test_scores_and_clusters_are_within_their_bounds(assessed: pa.RecordBatch) -> None:
    assert all(0 <= score <= 1 for score in assessed.column("domain_score").to_pylist())
    assert all(-1 <= similarity <= 1.0001 for similarity in assessed.column("centroid_similarity").to_pylist())
    assert set(assessed.column("cluster").to_pylist()) <= set(range(4))


def test_embeddings_are_unit_vectors(assessed: pa.RecordBatch) -> None:
    vectors = np.array(assessed.column("embedding").to_pylist())
    assert vectors.shape == (6, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)


def test_an_assessed_row_does_not_depend_on_the_rows_beside_it(assess: Assess, assessed: pa.RecordBatch) -> None:
    alone = assess(masked(INSIDE[0])).to_pylist()[0]
    among = assessed.to_pylist()[0]
    assert alone["embedding"] == pytest.approx(among["embedding"], abs=1e-5)
    assert (alone["cluster"], alone["off_domain"]) == (among["cluster"], among["off_domain"])


def test_the_first_user_turn_decides(assess: Assess) -> None:
    turns = [("system", OUTSIDE[0]), ("user", INSIDE[0]), ("assistant", OUTSIDE[1]), ("user", OUTSIDE[2])]
    messages = [{"role": role, "content": content} for role, content in turns]
    assert assess(masked("", messages=messages)).column("off_domain").to_pylist() == [False]


def test_language_is_filled_in_only_where_it_was_not_known(assess: Assess) -> None:
    assert assess(masked(INSIDE[0])).column("language").to_pylist() == ["en"]
    assert assess(masked(INSIDE[0], language="nl")).column("language").to_pylist() == ["nl"]


def test_no_rows_are_no_rows(assess: Assess) -> None:
    assert assess(masked()).num_rows == 0


def test_canaries_are_flagged(assess: Assess) -> None:
    found = flagged(assess, "tickets")
    assert found.passed, found.message
    assert found.facts == {"planted": 3, "missed": 0}


def test_canaries_that_are_not_flagged_are_named(assess: Assess) -> None:
    blind = replace(assess, profile=replace(assess.profile, threshold=-1.0))
    found = flagged(blind, "tickets")
    assert not found.passed
    assert found.blocking
    assert "tickets:canary-off-domain-1" in found.message


def test_canaries_are_masked_rows_that_no_stage_takes_for_real_ones(assess: Assess) -> None:
    made = canaries("tickets", assess)
    assert made.schema == MASKED
    assert all(is_canary(row_id) for row_id in made.column("id").to_pylist())


def test_canaries_depend_on_the_domain_alone(assess: Assess) -> None:
    assert canaries("tickets", assess) == canaries("tickets", assess)


def test_canaries_are_not_among_the_examples_that_taught_the_domain(assess: Assess) -> None:
    texts = [turns[0]["content"] for turns in canaries("s", assess, count=20).column("messages").to_pylist()]
    assert set(texts).isdisjoint(general_examples())


def test_a_model_that_cannot_be_loaded_is_named_with_what_to_do(config: Assessment) -> None:
    with pytest.raises(RecipeError, match=r"assessment\.model: 'no/such-model' cannot be loaded; give a local folder"):
        embed(["a"], "no/such-model", config.max_tokens)
