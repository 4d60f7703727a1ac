import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.defs.resources import preview
from sourcing_pipeline.erasure.names import Names

KEYS = st.text(min_size=1, max_size=200).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("t:1", "t:erased"),
        ("row t:1: no text", "row t:erased: no text"),
        ("t:1,t:1 and t:2", "t:erased,t:erased and t:2"),
        ("t:10", "t:10"),
        ("t:1_b", "t:1_b"),
        ("part:1", "part:1"),
        ("t: 1", "t: 1"),
        ("t:a b/c.", "t:erased."),
        ("t:a b", "t:a b"),
        ("u:9|t:1", "u:erased|t:erased"),
    ],
)
def test_whole_ids_are_replaced_and_no_others(text: str, left: str) -> None:
    names = Names(["t:1", "t:a b/c", "u:9"])
    assert names.replaced(text) == left
    assert names.named_in(text) == (text != left)


def test_the_longest_of_two_ids_counts() -> None:
    assert Names(["t:a", "t:a/b"]).replaced("t:a/b t:a") == "t:erased t:erased"


def test_without_ids_nothing_is_looked_for() -> None:
    names = Names([])
    assert names.heads == []
    assert not names.named_in("t:1")


def test_a_markdown_text_that_names_an_id_is_gone_as_a_whole() -> None:
    event = {"label": "preview", "entry_data": {"md_str": "| t:1 | what they said |"}, "n": 1, "x": ["t:1", None]}
    assert Names(["t:1"]).scrubbed(event) == {
        "label": "preview",
        "entry_data": {"md_str": "erased"},
        "n": 1,
        "x": ["t:erased", None],
    }


@given(KEYS)
def test_an_id_is_found_as_a_preview_shows_it(key: str) -> None:
    row_id = f"tickets:{key}"
    messages = [{"role": "user", "content": "what?"}, {"role": "assistant", "content": "that"}]
    names = Names([row_id])
    event = json.loads(json.dumps({"md_str": preview([{"id": row_id, "messages": messages}])}))
    assert names.scrubbed(event) == {"md_str": "erased"}
