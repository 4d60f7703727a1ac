from pathlib import Path

import pyarrow as pa
import pytest

from sourcing_pipeline.assessment.config import Assessment
from sourcing_pipeline.assessment.domain import FEWEST_KNOWN
from sourcing_pipeline.assessment.known import known_texts
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.rows import MASKED

SCHEMA = pa.schema([MASKED.field("id"), MASKED.field("messages")])


def batch(*numbers: int) -> pa.RecordBatch:
    rows = [
        {
            "id": f"s:{number:03}",
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": f"question {number:03}"},
                {"role": "assistant", "content": "answer"},
                {"role": "user", "content": "thanks"},
            ],
        }
        for number in numbers
    ]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def test_the_first_user_turns_are_the_known_texts_by_id() -> None:
    assert known_texts([batch(3, 1), batch(2)], Assessment()) == ["question 001", "question 002", "question 003"]


def test_the_order_and_size_of_batches_do_not_matter() -> None:
    config = Assessment(max_known=20)
    assert known_texts([batch(*range(90))], config) == known_texts([batch(*range(45, 90)), batch(*range(45))], config)


def test_at_most_max_known_rows_are_drawn() -> None:
    assert len(known_texts([batch(*range(90))], Assessment(max_known=20))) == 20


def test_the_lines_of_the_file_come_first_and_blank_ones_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "known.txt").write_text("How do I renew?\n\n  \nÜber DNS\n", "utf-8")
    config = Assessment(known_examples=tmp_path / "known.txt")
    assert known_texts([batch(1)], config) == ["How do I renew?", "Über DNS", "question 001"]


def test_lines_and_rows_together_are_at_most_max_known(tmp_path: Path) -> None:
    (tmp_path / "known.txt").write_text("".join(f"line {number}\n" for number in range(50)))
    config = Assessment(known_examples=tmp_path / "known.txt", max_known=30)
    assert len(known_texts([batch(*range(90))], config)) == 30


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "known.txt").write_bytes(content)
    with pytest.raises(InputError, match=r"known\.txt: cannot be read as text"):
        known_texts([], Assessment(known_examples=tmp_path / "known.txt"))


def test_a_recipe_cannot_ask_for_fewer_known_examples_than_are_needed() -> None:
    with pytest.raises(ValueError, match="max_known"):
        Assessment(max_known=FEWEST_KNOWN - 1)
