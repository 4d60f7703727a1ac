from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.mixing.candidates import Candidate
from sourcing_pipeline.mixing.config import Mixing, Shares
from sourcing_pipeline.mixing.mix import Decision, answered, mix
from sourcing_pipeline.rows import ASSESSED, MIXED, STRATEGIES, DropReason, outcomes

CANDIDATES = st.lists(
    st.tuples(
        st.sampled_from(STRATEGIES),
        st.sampled_from([0.0, 0.25, 1.0]),
        st.sampled_from([None, None, None, DropReason.OFF_DOMAIN, DropReason.NEAR_DUPLICATE]),
    ),
    max_size=60,
).map(
    lambda facts: [
        Candidate(f"s:{number}", strategy, weight, None, reason)
        for number, (strategy, weight, reason) in enumerate(facts)
    ]
)
ASSESSED_ROWS = pa.schema([field for field in ASSESSED if field.name != "embedding"])


def chosen(found: list[Candidate], **config: Any) -> set[str]:
    return {row_id for row_id, said in mix(found, Mixing(**config)).decisions.items() if said.reason is None}


def many(count: int, quality: float = 1.0, start: int = 0) -> list[Candidate]:
    """`count` candidates of each strategy."""
    return [
        Candidate(f"{strategy}:{number}", strategy, quality, None)
        for strategy in STRATEGIES
        for number in range(start, start + count)
    ]


@given(CANDIDATES, st.integers(1, 30), st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(found: list[Candidate], size: int, chance: Any) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert mix(shuffled, Mixing(size=size)) == mix(found, Mixing(size=size))


@given(CANDIDATES, st.integers(1, 30))
def test_every_candidate_is_chosen_or_has_a_reason(found: list[Candidate], size: int) -> None:
    made = mix(found, Mixing(size=size))
    assert set(made.decisions) == {candidate.id for candidate in found}
    inside = [said for said in made.decisions.values() if said.reason is None]
    assert len(inside) == sum(part.achieved for part in made.quotas) <= size
    assert all(said.priority is not None for said in inside)


@given(CANDIDATES, st.integers(1, 30))
def test_a_refused_row_keeps_its_reason_and_is_never_drawn(found: list[Candidate], size: int) -> None:
    decisions = mix(found, Mixing(size=size)).decisions
    assert all(decisions[one.id].reason is one.reason for one in found if one.reason)


@given(CANDIDATES)
def test_a_row_of_weight_0_is_never_drawn(found: list[Candidate]) -> None:
    inside = chosen(found, size=1000)
    assert all(candidate.weight > 0 for candidate in found if candidate.id in inside)


def test_a_planted_row_is_never_drawn() -> None:
    assert chosen([*many(5), Candidate("s:canary-exact", "public", 1.0, None)], size=1000).isdisjoint(
        {"s:canary-exact"}
    )


def test_the_mix_has_the_shares_of_the_recipe() -> None:
    parts = mix(many(200), Mixing(size=100)).quotas
    assert [part.achieved for part in parts] == [50, 20, 20, 10]


def test_better_rows_are_drawn_more_often() -> None:
    found = [Candidate(f"s:{number}", "public", 0.9 if number % 2 else 0.1, None) for number in range(2000)]
    inside = chosen(found, size=200, shares=Shares(production_logs=0, public=1, annotated=0, synthetic=0))
    better = sum(int(row_id[2:]) % 2 for row_id in inside)
    assert 165 <= better <= 195


def test_another_key_draws_another_mix() -> None:
    assert chosen(many(100), size=50) != chosen(many(100), size=50, key="other")


def test_a_few_new_rows_change_the_mix_by_no_more_than_themselves() -> None:
    before, after = chosen(many(200), size=100), chosen([*many(200), *many(2, start=500)], size=100)
    assert len(before - after) == len(after - before) <= 8


def test_rows_are_answered_with_weight_and_priority_or_with_a_reason() -> None:
    records = [
        {
            "id": f"s:{number}",
            "partition": "2026-03-01",
            "source": "s",
            "strategy": "public",
            "created_at": datetime(2026, 3, 1, tzinfo=UTC),
            "off_domain": False,
        }
        for number in (1, 2)
    ]
    batch = pa.RecordBatch.from_pylist(records, schema=ASSESSED_ROWS)
    day = "2026-03-01"
    decisions = {
        "s:1": Decision(0.5, priority=-1.5, partition=day),
        "s:2": Decision(0.25, reason=DropReason.NOT_SAMPLED, partition=day),
    }
    (made,) = answered([batch], decisions)
    assert made.schema == outcomes(MIXED)
    told = ["id", "partition", "weight", "priority", "drop_reason"]
    assert made.select(told).to_pylist() == [
        {"id": "s:1", "partition": "all", "weight": 0.5, "priority": -1.5, "drop_reason": None},
        {"id": "s:2", "partition": "all", "weight": 0.25, "priority": None, "drop_reason": "not_sampled"},
    ]


def test_a_row_that_was_decided_about_on_another_day_is_an_older_copy() -> None:
    record = {"id": "s:1", "partition": "2026-03-01", "source": "s", "strategy": "public"}
    batch = pa.RecordBatch.from_pylist([record], schema=ASSESSED_ROWS)
    (made,) = answered([batch], {"s:1": Decision(0.5, priority=-1.5, partition="2026-03-09")})
    assert made.column("drop_reason").to_pylist() == ["duplicate_id"]
