from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
import yaml

from sourcing_pipeline.release.card import Masked, SourceLeaks, data_card
from sourcing_pipeline.release.config import Release

Rows = Callable[..., pa.Table]
AS_OF = datetime(2026, 10, 31, 23, tzinfo=UTC)
LEAKS = SourceLeaks("tickets", "1.2% (0.1% to 6.0%; 1 of 71 reviewed)", "not yet reviewed by people", "3 of 200 rows")
MASKED = Masked({"EMAIL": 3, "NAME": 1200}, [LEAKS], {"German: names by rules alone": 4, "unknown: not measured": 1})


def card(rows: pa.Table, **changes: Any) -> str:
    told: dict[str, Any] = {
        "name": "support",
        "as_of": AS_OF,
        "rows": rows,
        "matrix": "THE MATRIX\n",
        "parts": "THE PARTS\n",
        "masked": MASKED,
        "notices": ["Verdicts were simulated."],
    }
    return data_card(**(told | changes))


def header(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


def test_the_header_can_be_read_by_hugging_face(rows: Rows) -> None:
    assert header(card(rows())) == {
        "pretty_name": "support",
        "language": ["en"],
        "task_categories": ["text-generation"],
        "configs": [{"config_name": "default", "data_files": "dataset.jsonl"}],
    }


def test_unknown_languages_are_counted_and_not_claimed(rows: Rows) -> None:
    text = card(rows(language=None))
    assert header(text)["language"] in (None, [])
    assert "| unknown | 5 |" in text


@pytest.mark.parametrize("name", ["2026", "1.0", "no", "support"])
def test_a_name_stays_a_name(rows: Rows, name: str) -> None:
    assert Release(name=name).name == name
    assert header(card(rows(), name=name))["pretty_name"] == name


@pytest.mark.parametrize(
    "said",
    [
        "5 examples for fine-tuning, as of 2026-10-31.",
        "> Verdicts were simulated.",
        "THE MATRIX",
        "THE PARTS",
        "| EMAIL | 3 |",
        "| NAME | 1,200 |",
        "| tickets | 1.2% (0.1% to 6.0%; 1 of 71 reviewed) | not yet reviewed by people | 3 of 200 rows |",
        "- German: names by rules alone (4 rows)\n- unknown: not measured (1 rows)\n",
        "| CC-BY-SA-4.0 | 5 |",
        "| a | 3 |",
    ],
)
def test_the_card_tells_what_a_user_must_know(rows: Rows, said: str) -> None:
    assert said in card(rows())


def test_where_masking_lacks_nothing_the_card_says_nothing_of_it(rows: Rows) -> None:
    assert "lacks" not in card(rows(), masked=MASKED._replace(lacking={}))


def test_the_card_holds_no_row_text(rows: Rows) -> None:
    assert "How, «" not in card(rows())


def test_the_same_rows_give_the_same_card(rows: Rows) -> None:
    assert card(rows()) == card(rows())
