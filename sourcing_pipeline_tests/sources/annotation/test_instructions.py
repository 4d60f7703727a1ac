from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.rows import messages_array
from sourcing_pipeline.sources.annotation.instructions import (
    Instruction,
    Instructions,
    Topics,
    asked_of,
    count_topics,
    draw_topics,
    places,
    read_instructions,
)

COUNTS = st.dictionaries(st.integers(0, 8), st.integers(1, 500), max_size=9).map(Counter)
TOPIC_OF = st.lists(st.tuples(st.integers(0, 60).map("row:{}".format), st.integers(0, 3)), unique_by=lambda one: one[0])


def read(*files: Path, rating: bool = False, **config: str) -> list[Instruction]:
    return list(read_instructions("faq", Instructions.model_validate({"files": files, **config}), rating))


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_instructions_come_in_the_order_of_the_files_and_repeated_ones_once(tmp_path: Path) -> None:
    faq = file(tmp_path, "faq.txt", "How?\nWhy?\n\nHow? \n")
    edge = file(tmp_path, "edge.csv", "instruction,expert\nWhen?,anna\nWhy?,ben\n")
    assert read(faq, edge) == [
        Instruction("How?", "faq.txt line 1"),
        Instruction("Why?", "faq.txt line 2"),
        Instruction("When?", "edge.csv line 2"),
    ]


def test_of_a_campaign_of_rating_the_response_is_part_of_what_is_asked(tmp_path: Path) -> None:
    pairs = file(tmp_path, "pairs.csv", "Question,Answer\nHow?,So.\nHow?,Or so.\nHow?,So.\n")
    found = read(pairs, rating=True, column="question", response_column="answer")
    assert [(one.text, one.response) for one in found] == [("How?", "So."), ("How?", "Or so.")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("instruction,response\nHow?,So.\n ,secret\n", "line 3: instruction is empty; fill it in, or remove the row"),
        ("instruction,response\nsecret,\n", "line 2: response is empty; fill it in, or remove the row"),
        ("instruction,response\nHow?,secret,secret\n", "line 2: expected 2 cells, got 3"),
    ],
)
def test_a_row_without_its_texts_is_an_error_that_names_the_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(file(tmp_path, "pairs.csv", text), rating=True)
    assert said in str(caught.value)
    assert "source 'faq': " in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_without_the_column_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="instruction"):
        read(file(tmp_path, "faq.csv", "question\nHow?\n"))


def test_topics_are_counted_by_strategy_without_rows_off_the_domain() -> None:
    def batch(*rows: tuple[int | None, bool]) -> pa.RecordBatch:
        return pa.RecordBatch.from_pylist([{"cluster": cluster, "off_domain": off} for cluster, off in rows])

    found = count_topics(
        [
            ("production_logs", batch((1, False), (1, False), (2, True), (None, False))),
            ("annotated", batch((1, False), (3, False))),
            ("public", batch((2, False))),
        ]
    )
    assert found == Topics(annotated=Counter({1: 1, 3: 1}), others=Counter({1: 2, 2: 1}))


def test_places_go_to_topics_in_the_ratio_of_what_annotated_rows_lack() -> None:
    others = Counter({1: 50, 2: 30, 3: 20})
    assert places(Topics(Counter(), others), 10) == {1: 5, 2: 3, 3: 2}
    assert places(Topics(Counter({1: 10}), others), 10) == {2: 6, 3: 4}
    assert places(Topics(Counter({1: 5, 2: 5}), others), 7) == {3: 7}


def test_where_nothing_lacks_anything_topics_share_as_the_other_rows_do() -> None:
    assert places(Topics(Counter({1: 5, 2: 3, 3: 2}), Counter({1: 50, 2: 30, 3: 20})), 10) == {1: 5, 2: 3, 3: 2}


@given(COUNTS, COUNTS, st.integers(0, 300))
def test_places_sum_to_what_is_wanted_and_no_topic_gets_any_that_lacks_nothing(
    annotated: Counter[int], others: Counter[int], count: int
) -> None:
    found = places(Topics(annotated, others), count)
    assert sum(found.values()) == (count if others else 0)
    total, have = others.total(), max(annotated.total(), 1)
    lacking = {topic for topic, n in others.items() if n * have > annotated[topic] * total}
    assert set(found) <= (lacking or set(others))
    assert all(n > 0 for n in found.values())


@given(COUNTS, COUNTS, st.integers(0, 300))
def test_a_topic_that_lacks_more_gets_no_fewer_places(
    annotated: Counter[int], others: Counter[int], count: int
) -> None:
    found = places(Topics(annotated, others), count)
    total, have = others.total(), max(annotated.total(), 1)
    lacks = sorted((n * have - annotated[topic] * total, found.get(topic, 0)) for topic, n in others.items())
    for (less, few), (more, many) in pairwise(lacks):
        assert few <= many or less == more or more <= 0


@given(
    TOPIC_OF,
    st.dictionaries(st.integers(0, 3), st.integers(0, 20)),
    st.sets(st.integers(0, 60).map("row:{}".format)),
    st.integers(),
)
def test_rows_are_drawn_the_same_in_any_order_and_none_that_was_used(
    topic_of: list[tuple[str, int]], wanted: dict[int, int], used: set[str], seed: int
) -> None:
    found = draw_topics(topic_of, wanted, "faq", frozenset(used))
    topics = dict(topic_of)
    assert not set(found) & used
    assert len(found) == len(set(found))
    for topic, count in wanted.items():
        free = sum(1 for row_id, one in topic_of if one == topic and row_id not in used)
        assert sum(topics[row_id] == topic for row_id in found) == min(count, free)
    shuffled = list(topic_of)
    Random(seed).shuffle(shuffled)
    assert draw_topics(shuffled, wanted, "faq", frozenset(used)) == found


@given(TOPIC_OF, st.integers(1, 20))
def test_the_next_draw_goes_on_where_the_last_one_ended(topic_of: list[tuple[str, int]], count: int) -> None:
    first = draw_topics(topic_of, {0: count}, "faq", frozenset())
    second = draw_topics(topic_of, {0: count}, "faq", frozenset(first))
    assert draw_topics(topic_of, {0: 2 * count}, "faq", frozenset()) == first + second


def test_the_instruction_of_a_row_is_its_first_user_turn_and_the_response_the_first_answer_to_it() -> None:
    rows = {
        "t:1": [("system", "Be kind."), ("user", " How? "), ("assistant", "So."), ("user", "Why?"), ("assistant", "!")],
        "t:2": [("assistant", "Hello, how can I help?"), ("user", "How?"), ("assistant", "So.")],
        "t:3": [("user", "How?")],
        "t:4": [("user", " "), ("assistant", "So.")],
    }
    batch = pa.RecordBatch.from_arrays(
        [pa.array(list(rows), pa.string()), messages_array(list(rows.values()))], ["id", "messages"]
    )
    assert list(asked_of([batch], rating=False)) == [Instruction("How?", key) for key in ("t:1", "t:2", "t:3")]
    assert list(asked_of([batch], rating=True)) == [Instruction("How?", key, "So.") for key in ("t:1", "t:2")]
