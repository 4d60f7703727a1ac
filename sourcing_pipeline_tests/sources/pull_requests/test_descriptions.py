import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sources.pull_requests.descriptions import cleaned, instruction, without_trailers

TEMPLATE = """<!-- Thanks for the pull request!
Please tell what you changed. -->
## What

Read the port from the environment.

## Type of change

- [x] Bug fix
- [ ] New feature

## Screenshots

_No response_

### Related

N/A

## How it was tested <!-- commands -->

Ran the suite.
"""


def test_what_a_template_brought_goes_and_what_the_author_wrote_stays() -> None:
    assert cleaned(TEMPLATE) == (
        "## What\n\nRead the port from the environment.\n\n## How it was tested \n\nRan the suite."
    )


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("", ""),
        ("<!-- only this -->", ""),
        ("a <!-- b --> c", "a  c"),
        ("a\n<!-- b\n\nc -->\nd", "a\nd"),
        ("a <!-- never closed\nb", "a"),
        ("Strip `<!-- x -->` from pages", "Strip `<!-- x -->` from pages"),
        ("```html\n<!-- x -->\n- [ ] y\n# z\n```", "```html\n<!-- x -->\n- [ ] y\n# z\n```"),
        ("~~~\n```\n<!-- x -->\n~~~\n<!-- y -->z", "~~~\n```\n<!-- x -->\n~~~\nz"),
        ("* [X] Done\n1. [ ] To do\ntext", "text"),
        ("- [link](x)\n- item", "- [link](x)\n- item"),
        ("# A\n## B\n### C\n", ""),
        ("# A\n## B\ntext\n# C\n", "# A\n## B\ntext"),
        ("# A\n# B\n## C\ntext", "# B\n## C\ntext"),
        ("**Summary**\n\ntext\n\n**Notes:**\n\nnone", "**Summary**\n\ntext"),
        ("intro\n\n## Empty", "intro"),
        ("#123 is fixed", "#123 is fixed"),
        ("a\r\n\r\n\r\nb\rc", "a\n\nb\nc"),
        ("```\n\n\n\nx\n```", "```\n\n\n\nx\n```"),
    ],
)
def test_a_body_is_cleaned(body: str, kept: str) -> None:
    assert cleaned(body) == kept


def test_title_and_description_are_one_message() -> None:
    assert instruction(" Fix  the port ", "It was fixed.") == "Fix the port\n\nIt was fixed."
    assert instruction("Fix the port", "<!-- why? -->") == "Fix the port"
    assert instruction("", "It was fixed.") == "It was fixed."


def test_a_title_that_github_cut_is_joined_with_its_rest() -> None:
    assert instruction("Read the port from…", "… the environment\n\nWhy not.") == (
        "Read the port from the environment\n\nWhy not."
    )


def test_trailers_are_taken_off_a_commit_message() -> None:
    message = (
        "Fix it\n\nCc: all of it.\nBecause.\n\n---------\n\nSigned-off-by: A <a@x.org>\nCo-authored-by: B <b@x.org>\n"
    )
    assert without_trailers(message) == "Fix it\n\nCc: all of it.\nBecause."


@given(st.text(st.sampled_from("a`~<!->#*[x] \n"), max_size=80))
def test_nothing_is_invented(body: str) -> None:
    letters = iter(body)
    assert all(letter in letters for letter in cleaned(body)), "the letters of the answer stand in the body, in order"


@pytest.mark.parametrize(
    "piece", ["`", "<!--", "<!-- -->", "**", "# \n", "- [ ] x\n", "`a``b", "-->", "_ ", "```\n", "-"]
)
def test_a_hostile_body_takes_no_long_time(piece: str) -> None:
    start = time.perf_counter()
    cleaned(piece * (200_000 // len(piece)))
    cleaned(piece * (200_000 // len(piece)) + "x")
    assert time.perf_counter() - start < 3
