import pytest

from sourcing_pipeline.masking.regions import (
    code_regions,
    looks_like_code,
    merged,
    placeholder_regions,
    touches,
)


def test_code_and_links_are_found_where_they_stand() -> None:
    text = "run `pip`\n```\nMaria = 1\n``` see https://example.com/Maria. <code>x</code>"
    found = [text[start:end] for start, end in code_regions(text)]
    assert found == ["`pip`", "```\nMaria = 1\n```", "https://example.com/Maria.", "<code>x</code>"]


def test_a_fence_that_is_not_closed_runs_to_the_end() -> None:
    assert code_regions("a ```\nb") == [(2, 7)]


def test_only_placeholders_of_known_entities_are_protected() -> None:
    text = "[NAME] [NAME_2] [NAME:3f9c2a1b] [TODO] [name] [NAME: Maria] [NAME:3f9c2a1]"
    found = [text[start:end] for start, end in placeholder_regions(text, ["NAME"])]
    assert found == ["[NAME]", "[NAME_2]", "[NAME:3f9c2a1b]"]


def test_regions_merge_and_touch() -> None:
    regions = merged([(5, 7), (0, 2), (1, 3)])
    assert regions == [(0, 3), (5, 7)]
    assert touches(2, 5, regions)
    assert not touches(3, 5, regions)
    assert touches(0, 9, regions)
    assert not touches(7, 9, regions)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("import os", True),
        ("x = Frame()", True),
        ("2026-03-03 10:02:11 ERROR Worker Johnson failed", True),
        ("$ ls -l", True),
        ("if (a == b) {", True),
        ("Hello Maria, I cannot log in.", False),
        ("Note: Johnson called twice.", False),
    ],
)
def test_code_and_prose_are_told_apart(line: str, code: bool) -> None:
    assert looks_like_code(line) is code
