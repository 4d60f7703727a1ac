from pathlib import Path

import pytest

from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.sources.annotation.provider import Point
from sourcing_pipeline.sources.annotation.rubric import parse_rubric, read_rubric


def test_the_built_in_rubric_has_the_methods_five_points() -> None:
    assert read_rubric(None).points == (
        Point("complete", "Answers the instruction fully"),
        Point("concise", "Under 200 words"),
        Point("tone", "In the user's language and tone"),
        Point("sources", "Cites sources when relevant"),
        Point("no_assumptions", "No assumptions about what the user already knows"),
    )


def test_the_built_in_rubric_is_half_a_page_to_two_pages_long() -> None:
    assert 0.5 <= read_rubric(None).pages <= 2


def test_points_are_list_items_that_begin_with_an_id_in_code_marks() -> None:
    text = "# Rules\n\n* `right` Is it right?\n* `[NAME]` stays\n* `Loud` no id\n* plain\n\n1. `kind` And **kind.**\n"
    assert parse_rubric(text, "here").points == (Point("right", "Is it right?"), Point("kind", "kind"))


def test_a_sentence_that_goes_on_in_the_next_line_keeps_its_words_apart() -> None:
    text = "- `short` **Under 200\n  words.** Not more.\n- `whole` It answers\n  [all of it](https://x.example).\n"
    assert parse_rubric(text, "here").points == (
        Point("short", "Under 200 words"),
        Point("whole", "It answers all of it"),
    )


def test_a_rubric_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "rubric.md"
    path.write_text("\ufeff- `kurz` **Kürzer als zehn Wörter.**\n", "utf-8")
    rubric = read_rubric(path)
    assert rubric.points == (Point("kurz", "Kürzer als zehn Wörter"),)
    assert rubric.text.startswith("- `kurz`")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Be good\n\n- be kind\n", "no point to rate by was found"),
        ("", "no point to rate by was found"),
        ("- `tone` One.\n- `tone` Two.\n", "two points are called `tone`"),
        ("- `tone`\n", "the point `tone` says nothing"),
        ("- `a` **Is good.** Very.\n- `b` **Is  good**\n", "`a` and `b` say the same"),
    ],
    ids=["no ids", "empty", "an id twice", "no sentence", "a sentence twice"],
)
def test_a_rubric_that_cannot_be_rated_by_is_an_error_of_the_recipe(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rubric.md"
    path.write_text(text, "utf-8")
    with pytest.raises(RecipeError) as caught:
        read_rubric(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_rubric_that_cannot_be_read_is_an_error_of_the_recipe(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="No such file"):
        read_rubric(tmp_path / "none.md")
    (tmp_path / "latin.md").write_bytes("- `t` Höflich".encode("latin-1"))
    with pytest.raises(RecipeError, match="not UTF-8 text; save it as such"):
        read_rubric(tmp_path / "latin.md")
