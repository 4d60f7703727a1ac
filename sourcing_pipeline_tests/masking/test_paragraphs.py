"""A text's paragraphs hold all of it, in its order, without marks of quotation, and know where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.masking.paragraphs import paragraphs

PIECES = ["a", "Best,", "Maria Lopez", "a line of words that is long enough to be no signature at all", ":", " ", "\t"]
BREAKS = ["\n", "\n\n", "\n \n", "\r\n", "\r\n\r\n", "\x0b", "\u2028", "> ", ">", ">> ", "\n> ", "\n>\n"]
TEXTS = st.lists(st.sampled_from([*PIECES, *BREAKS]) | st.text(max_size=3), max_size=20).map("".join)


@given(TEXTS)
def test_each_character_of_a_paragraph_is_the_one_at_its_place(text: str) -> None:
    for paragraph in paragraphs(text):
        for at, character in enumerate(paragraph.text):
            start, end = paragraph.place(at, at + 1)
            assert text[start:end] == character


@given(TEXTS)
def test_only_white_space_and_marks_of_quotation_are_in_no_paragraph(text: str) -> None:
    places = [paragraph.place(at, at + 1)[0] for paragraph in paragraphs(text) for at in range(len(paragraph.text))]
    assert places == sorted(set(places))
    left = set(range(len(text))).difference(places)
    assert all(text[at].isspace() or text[at] == ">" for at in left)


@given(TEXTS)
def test_a_paragraph_begins_and_ends_with_a_letter_or_mark(text: str) -> None:
    assert all(paragraph.text == paragraph.text.strip() != "" for paragraph in paragraphs(text))


@given(TEXTS)
def test_a_quoted_paragraph_is_the_paragraph_that_was_quoted(text: str) -> None:
    alone = "\n".join(text.replace(">", "").split())
    quoted = f"> {alone}".replace("\n", "\n> ")
    told = [one.text for one in paragraphs(alone)]
    assert [one.text for one in paragraphs(quoted)] == told
    assert [one.text for one in paragraphs(f"Maria wrote:\n{quoted}")] == ["Maria wrote:", *told]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Hi Maria,\n\nyour order was sent yesterday evening.",
            ["Hi Maria,", "your order was sent yesterday evening."],
        ),
        ("It works again now, thank you all.\n\nBest,\n\nMaria Lopez\nPostrider",
         ["It works again now, thank you all.", "Best,\n\nMaria Lopez\nPostrider"]),
        ("My password is:\n\nhunter2, or was it", ["My password is:\n\nhunter2, or was it"]),
        ("Stephan M Urner\n\n 4844 Main Street", ["Stephan M Urner\n\n 4844 Main Street"]),
        ("> one two three four\n>> seven eight nine", ["one two three four", "seven eight nine"]),
    ],
)  # fmt: skip
def test_what_needs_the_lines_above_it_stays_with_them(text: str, found: list[str]) -> None:
    assert [paragraph.text for paragraph in paragraphs(text)] == found
