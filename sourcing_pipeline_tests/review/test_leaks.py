from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.review.leaks import ASKED, Drawn, asked, draw_strata, draw_suspected, leak_review, strata, told
from sourcing_pipeline.review.questions import LEAK
from sourcing_pipeline.review.queue import QUEUE, queued
from sourcing_pipeline.review.statistics import Stratum, stratified_rate
from sourcing_pipeline.review.verdicts import VERDICTS
from sourcing_pipeline.rows import MASKED, MESSAGES, content_hash

STRATA = st.dictionaries(st.integers(0, 400).map("s:{}".format), st.sampled_from("ABC"), max_size=90)
PLACES = {"message": 0, "start": 0, "end": 2, "entity": "NAME"}


def hash_of(text: str) -> str:
    return content_hash([("user", text)])


def rows(**texts: str) -> pa.RecordBatch:
    messages = [[{"role": "user", "content": text}] for text in texts.values()]
    return pa.RecordBatch.from_pydict({"id": list(texts), "messages": pa.array(messages, MESSAGES)})


def verdict(row_id: str, said: str, question: str = "leak") -> dict[str, Any]:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    return {"id": row_id, "partition": "all", "question": question, "verdict": said, "reviewer": "ana"} | {
        "reviewed_at": at
    }


def queue(*lines: tuple[str, str | None, int | None, bool]) -> pa.Table:
    """Rows by (id, stratum, rows of the stratum, suspected)."""
    table = pa.Table.from_pylist(
        [
            {"id": row_id, "messages": [], "stratum": stratum, "stratum_rows": size}
            | {"suspected": [PLACES] if suspected else None}
            for row_id, stratum, size, suspected in lines
        ],
        schema=ASKED,
    )
    return pa.Table.from_batches([queued(table, "s", LEAK)])


@pytest.mark.parametrize(
    ("found", "stratum"),
    [
        ([], "nothing masked"),
        (None, "nothing masked"),
        ([{"entity": "NAME", "count": 2, "score": 0.5}], "NAME below 0.6"),
        ([{"entity": "NAME", "count": 2, "score": 0.6}], "NAME 0.6 to 0.85"),
        ([{"entity": "EMAIL", "count": 1, "score": 1.0}], "EMAIL 0.85 and more"),
        (
            [{"entity": "EMAIL", "count": 1, "score": 1.0}, {"entity": "PHONE", "count": 1, "score": 0.7}],
            "PHONE 0.6 to 0.85",
        ),
        ([{"entity": "NAME", "count": 1, "score": None}], "NAME below 0.6"),
    ],
)
def test_a_row_belongs_to_the_stratum_of_its_least_sure_find(found: list[dict[str, Any]] | None, stratum: str) -> None:
    assert strata(pa.array([found], MASKED.field("masked_entities").type)) == [stratum]


def test_rows_masked_by_an_earlier_version_have_a_stratum() -> None:
    old = pa.array(
        [[{"entity": "NAME", "count": 1}]], pa.list_(pa.struct([("entity", pa.string()), ("count", pa.int32())]))
    )
    assert strata(old) == ["NAME below 0.6"]


@given(STRATA, st.integers(1, 40))
def test_each_stratum_has_its_share_and_two_rows_at_least(stratum_of: dict[str, str], size: int) -> None:
    drawn = draw_strata(stratum_of, size)
    sizes, taken = Counter(stratum_of.values()), Counter(one.stratum for one in drawn.values())
    for stratum, count in sizes.items():
        assert taken[stratum] == min(count, max(2, round(size * count / len(stratum_of))))
    assert all(one == Drawn(stratum_of[row_id], sizes[one.stratum]) for row_id, one in drawn.items())


@given(STRATA, STRATA, st.integers(1, 40))
def test_within_a_stratum_only_newcomers_take_a_place(old: dict[str, str], new: dict[str, str], size: int) -> None:
    grown = {**new, **old}
    before, after = draw_strata(old, size), draw_strata(grown, size)
    for stratum in set(old.values()):
        was = {row_id for row_id, one in before.items() if one.stratum == stratum}
        now = {row_id for row_id, one in after.items() if one.stratum == stratum}
        if len(now) <= len(was):
            assert now - was <= set(new) - set(old)


@given(STRATA)
def test_the_order_of_rows_does_not_matter(stratum_of: dict[str, str]) -> None:
    backwards = dict(reversed(stratum_of.items()))
    assert draw_strata(stratum_of, 10) == draw_strata(backwards, 10)


def test_a_sample_of_no_size_is_empty() -> None:
    assert draw_strata({"s:1": "A"}, 0) == {}


def test_of_many_suspected_rows_a_stable_sample_is_asked_about() -> None:
    leaks = pa.Table.from_pylist([{"id": f"s:{number}", "content_hash": "h", **PLACES} for number in range(20)])
    few = draw_suspected(leaks, 5)
    assert len(few) == 5
    assert draw_suspected(leaks.slice(3), 5).keys() >= few.keys() - {"s:0", "s:1", "s:2"}


def test_sampled_and_suspected_rows_are_asked_about_by_the_hash_of_their_masked_messages() -> None:
    suspected = {
        "s:2": [{**PLACES, "content_hash": hash_of("two")}],
        "s:1": [{**PLACES, "content_hash": hash_of("one")}],
    }
    texts = {"s:3": "three", "s:2": "two", "s:1": "one"}
    found = asked([rows(**texts)], {"s:1": Drawn("A", 7)}, suspected).to_pylist()
    assert [(row["id"], row["content_hash"], row["stratum"], row["stratum_rows"]) for row in found] == [
        ("s:1", hash_of("one"), "A", 7),
        ("s:2", hash_of("two"), None, None),
    ]
    assert all(row["suspected"] == [PLACES] for row in found)


def test_a_suspicion_of_text_that_has_changed_is_forgotten() -> None:
    stale = {"s:1": [{**PLACES, "content_hash": hash_of("before")}]}
    assert asked([rows(**{"s:1": "now"})], {}, stale).num_rows == 0
    (row,) = asked([rows(**{"s:1": "now"})], {"s:1": Drawn("A", 7)}, stale).to_pylist()
    assert row["suspected"] is None


def test_the_rate_weighs_each_stratum_by_its_rows() -> None:
    lines = [("s:1", "A", 90, False), ("s:2", "A", 90, False), ("s:3", "B", 10, False), ("s:4", "B", 10, False)]
    said = [verdict("s:1", "fine"), verdict("s:2", "over_masked"), verdict("s:3", "leak"), verdict("s:4", "fine")]
    found = leak_review("s", queue(*lines), pa.Table.from_pylist(said, schema=VERDICTS), 0.95)
    assert found.leaks.rate == pytest.approx(0.1 * 1 / 2)
    assert found.over_masked.rate == pytest.approx(0.9 * 1 / 2)
    assert (found.leaks.reviewed, found.leaks.found) == (4, 1)


def test_suspected_rows_are_told_apart_and_count_only_where_they_were_drawn() -> None:
    lines = [("s:1", "A", 10, False), ("s:2", "A", 10, True), ("s:3", None, None, True), ("s:4", None, None, True)]
    said = [verdict("s:1", "fine"), verdict("s:2", "leak"), verdict("s:3", "leak")]
    found = leak_review("s", queue(*lines), pa.Table.from_pylist(said, schema=VERDICTS), 0.95)
    assert (found.leaks.reviewed, found.leaks.rate) == (2, pytest.approx(0.5))
    assert (found.suspected_reviewed, found.suspected_leaks) == (2, 2)


def test_verdicts_on_whether_an_answer_is_right_say_nothing_about_leaks() -> None:
    said = pa.Table.from_pylist([verdict("s:1", "wrong", "correct")], schema=VERDICTS)
    assert leak_review("s", queue(("s:1", "A", 10, False)), said, 0.95).leaks.reviewed == 0


def test_an_empty_queue_is_not_reviewed() -> None:
    nothing = leak_review("s", QUEUE.empty_table(), VERDICTS.empty_table(), 0.95)
    assert told(nothing.leaks) == "not yet reviewed by people"


def test_the_rate_is_told_with_its_interval_what_it_rests_on_and_what_it_is_about() -> None:
    assert told(stratified_rate([Stratum(100, 50, 5)])) == "10.0% (3.3% to 22.0%; 5 of 50 reviewed)"
    assert told(stratified_rate([Stratum(60, 50, 0), Stratum(40, 0, 0)])).endswith(
        "0 of 50 reviewed, about 60% of the rows)"
    )
