from pathlib import Path

import pyarrow as pa

from sourcing_pipeline.review.config import Review
from sourcing_pipeline.review.links import LINKS, links, where

REVIEW = Review(queue=Path("q"), verdicts=Path("v.jsonl"))


def test_a_list_in_label_studio_is_named_by_its_address() -> None:
    stored = pa.Table.from_batches([links([("correct", "tickets", "http://s/1"), ("leak", "tickets", "http://s/2")])])
    assert where("tickets", "correct", stored, REVIEW) == "http://s/1"
    assert where("tickets", "leak", stored, REVIEW) == "http://s/2"


def test_without_one_the_command_and_the_files_are_named() -> None:
    nothing = LINKS.empty_table()
    assert where("tickets", "correct", nothing, REVIEW) == (
        "`sourcing review --source tickets`, or q/tickets.jsonl by hand (verdicts go to v.jsonl)"
    )
    assert where("tickets", "keep", nothing, REVIEW).startswith("`sourcing review --source tickets --question keep`")
