from pathlib import Path

import pytest

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.annotation.gold import Gold, read_gold, with_examples
from sourcing_pipeline.sources.annotation.provider import Point

POINTS = (Point("tone", "In the user's tone"), Point("no_assumptions", "No assumptions"))


def file(folder: Path, text: str) -> Path:
    path = folder / "gold.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_gold_question_says_what_is_to_be_said_by_points_of_the_rubric(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "Instruction,Response,Tone,No assumptions,why\nHow?,So.,met, ,x\nHow?,Hm.,Not met,does not apply,\n",
    )
    assert read_gold("faq", path, POINTS) == [
        Gold("How?", "So.", {"tone": "met"}, "gold.csv line 2"),
        Gold("How?", "Hm.", {"tone": "not_met", "no_assumptions": "does_not_apply"}, "gold.csv line 3"),
    ]


def test_without_a_file_there_are_no_gold_questions_and_no_examples() -> None:
    assert read_gold("faq", None, POINTS) == []
    assert with_examples("faq", "# Rubric\n", None) == "# Rubric\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("instruction,response,tone\nsecret,secret,maybe\n", "a gold question says met, not_met, does_not_apply of"),
        ("instruction,response,tone\nsecret,secret,\n", "of at least one of tone, no_assumptions"),
        ("instruction,response\nsecret,secret\n", "of at least one of tone, no_assumptions"),
        ("instruction,response,tone\nsecret, ,met\n", "response is empty; fill it in, or remove the row"),
        ("instruction,response,tone\nsecret,secret,met,met\n", "expected 3 cells, got 4"),
    ],
)
def test_a_gold_question_that_tests_nothing_is_an_error_that_names_the_place(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_gold("faq", file(tmp_path, text), POINTS)
    assert said in str(caught.value)
    assert "source 'faq': " in str(caught.value)
    assert "gold.csv, line 2: " in str(caught.value)
    assert "secret" not in str(caught.value)


def test_example_annotations_stand_behind_the_rubric(tmp_path: Path) -> None:
    path = file(tmp_path, 'instruction,response,why\n"How?\nNow?",So.,It is short.\nWhy?,Because.,\n')
    assert with_examples("faq", "# Rubric\n", path) == (
        "# Rubric\n\n## Example annotations\n\n> How?\n> Now?\n\nSo.\n\n*It is short.*\n\n> Why?\n\nBecause.\n"
    )


def test_an_example_without_a_response_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="response is empty"):
        with_examples("faq", "# Rubric\n", file(tmp_path, "instruction,response\nHow?,\n"))
