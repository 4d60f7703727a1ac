import json
from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.review.questions import LEAK
from sourcing_pipeline.review.queue import QUEUE, SUSPECTED, draw, draw_kept, draws, queued, write_queue
from sourcing_pipeline.rows import MESSAGES

IDS = st.lists(st.integers(0, 500).map("s:{}".format), unique=True, max_size=80)


def queue(source: str, *ids: str) -> pa.Table:
    messages = [
        [{"role": "user", "content": f"How, {row_id}?"}, {"role": "assistant", "content": "Só."}] for row_id in ids
    ]
    rows = pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "content_hash": pa.array([f"hash of {row_id}" for row_id in ids], pa.string()),
            "messages": pa.array(messages, MESSAGES),
        }
    )
    return pa.Table.from_batches([queued(rows, source)])


@given(IDS, st.integers(1, 20))
def test_the_queue_has_the_size_asked_for_or_all_rows(ids: list[str], size: int) -> None:
    drawn = draw(ids, size)
    assert len(drawn) == len(set(drawn)) == min(size, len(ids))
    assert set(drawn) <= set(ids)


@given(IDS, IDS, st.integers(1, 20))
def test_a_row_leaves_the_queue_only_for_a_new_one(old: list[str], new: list[str], size: int) -> None:
    before, after = set(draw(old, size)), set(draw(sorted({*old, *new}), size))
    assert after - before <= set(new) - set(old) or len(before) < size
    assert len(before - after) <= len(after - before)


@given(IDS, st.integers(1, 20))
def test_the_rest_of_the_queue_stays_when_a_row_is_erased(ids: list[str], size: int) -> None:
    drawn = draw(ids, size)
    for gone in drawn[:1]:
        assert set(drawn) - {gone} <= set(draw([row_id for row_id in ids if row_id != gone], size))


def test_a_queued_row_belongs_to_its_source() -> None:
    assert queue("tickets", "tickets:1").schema == QUEUE
    (row,) = queue("tickets", "tickets:1").to_pylist()
    assert (row["source"], row["partition"], row["question"]) == ("tickets", "tickets", "correct")


def test_a_line_has_what_a_reviewer_needs_and_room_for_the_answer(tmp_path: Path) -> None:
    path = write_queue(queue("tickets", "tickets:1"), tmp_path / "new")["tickets"]
    line = json.loads(path.read_text("utf-8"))
    assert line["instruction"] == "How, tickets:1?"
    assert line["response"] == "Só."
    assert (line["id"], line["content_hash"], line["question"]) == ("tickets:1", "hash of tickets:1", "correct")
    assert (line["verdict"], line["reason"]) == (None, None)


def test_each_source_has_its_own_file_with_its_rows_by_id(tmp_path: Path) -> None:
    both = pa.concat_tables([queue("b", "b:2", "b:1"), queue("a", "a:1")])
    written = write_queue(both, tmp_path)
    assert written == {"a": tmp_path / "a.jsonl", "b": tmp_path / "b.jsonl"}
    assert [json.loads(line)["id"] for line in written["b"].read_text().splitlines()] == ["b:1", "b:2"]


def test_a_file_holds_nothing_but_the_rows_it_was_given(tmp_path: Path) -> None:
    path = write_queue(queue("a", "a:1"), tmp_path)["a"]
    keys = {"id", "content_hash", "question", "instruction", "response", "verdict", "reason", "reviewer", "reviewed_at"}
    assert set(json.loads(path.read_text())) <= keys


def test_the_same_queue_gives_the_same_bytes_and_leaves_no_other_file(tmp_path: Path) -> None:
    first = write_queue(queue("a", "a:1", "a:2"), tmp_path)["a"].read_bytes()
    assert write_queue(queue("a", "a:2", "a:1"), tmp_path)["a"].read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    write_queue(queue("a", "a:1", "a:2"), tmp_path)
    path = write_queue(queue("a", "a:3"), tmp_path)["a"]
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["a:3"]


def test_text_with_line_breaks_stays_on_its_line(tmp_path: Path) -> None:
    path = write_queue(queue("a", "a:\u2028\n1"), tmp_path)["a"]
    assert json.loads(path.read_text("utf-8"))["id"] == "a:\u2028\n1"


def test_another_question_has_a_partition_and_a_file_of_its_own(tmp_path: Path) -> None:
    rows = queue("a", "a:1").select(["id", "content_hash", "messages"])
    leaks = pa.Table.from_batches([queued(rows, "a", LEAK)])
    assert leaks.column("partition").to_pylist() == ["a.leak"]
    written = write_queue(pa.concat_tables([queue("a", "a:1", "a:2"), leaks]), tmp_path)
    assert written == {"a": tmp_path / "a.jsonl", "a.leak": tmp_path / "a.leak.jsonl"}
    (line,) = [json.loads(line) for line in written["a.leak"].read_text().splitlines()]
    assert (line["id"], line["question"]) == ("a:1", "leak")
    assert {json.loads(line)["question"] for line in written["a"].read_text().splitlines()} == {"correct"}


def test_a_suspicion_is_told_by_its_words(tmp_path: Path) -> None:
    rows = queue("a", "a:1").select(["id", "content_hash", "messages"])
    place = {"entity": "NAME", "message": 0, "start": 5, "end": 8}
    rows = rows.append_column("suspected", pa.array([[place]], SUSPECTED))
    path = write_queue(pa.Table.from_batches([queued(rows, "a", LEAK)]), tmp_path)["a.leak"]
    assert json.loads(path.read_text("utf-8"))["suspected"] == ["NAME: a:1"]


@given(IDS, st.integers(0, 20))
def test_a_smaller_draw_is_the_beginning_of_a_larger_one(ids: list[str], size: int) -> None:
    assert draw(ids, size) == draw(ids, 2 * size)[:size]


def test_the_order_of_a_draw_is_kept() -> None:
    stored = draws(["s:3", "s:1"], "s")
    assert stored.select(["id", "partition", "rank"]).to_pylist() == [
        {"id": "s:3", "partition": "s", "rank": 0},
        {"id": "s:1", "partition": "s", "rank": 1},
    ]


@given(IDS)
def test_of_synthetic_rows_every_one_is_asked_about_unless_the_recipe_says_how_many(ids: list[str]) -> None:
    assert draw_kept(ids, None) == ids
    assert len(draw_kept(ids, 5)) == min(5, len(ids))
    assert draw_kept(ids, 5) == draw_kept(sorted(ids, reverse=True), 5)
