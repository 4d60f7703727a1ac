"""Which stretches of a text are code where a source's rows are code."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.masking.regions import code_parts, sure_code, touches

DIFF = """\
diff --git a/cards.py b/cards.py
--- a/cards.py
+++ b/cards.py
@@ -1,4 +1,5 @@ CARDS = [
     4012888888881881,

-    Martin,
+    4111111111111111,
+    maria lopez wrote this line of words
     5105105105105100,
"""
PYTHON = '''\
"""Cards that are used in tests."""

import os

NUMBERS = [
    4012888888881881,

    4111111111111111,
]


def martin(value):
    # Jane Doe asked for this in the call on Monday
    return value + 1
'''
SHELL = "#!/bin/sh\nset -e\necho done\ncat <<EOF\nMaria Lopez asked for this text here.\nEOF\n"
C = "/* Copyright (c) 2019 Jane Doe */\n#include <stdio.h>\n\nint main(void)\n{\n\treturn 4012888888;\n}\n"
GO = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("Hi Maria")\n}\n'
SQL = "-- the users that were asked for\nSELECT name FROM users WHERE id = 5105105105105100;\n"
YAML = '# the servers\nservers:\n  - host: 203.0.113.9\n    port: 8080\n    name: "db"\nlimits: {cpu: 2}\n'

WHOLE = [DIFF, PYTHON, SHELL, C, GO, SQL, YAML]


@pytest.mark.parametrize("text", WHOLE, ids=["diff", "python", "shell", "c", "go", "sql", "yaml"])
def test_a_diff_or_a_file_is_code_as_a_whole(text: str) -> None:
    assert [text[start:end] for start, end in code_parts(text)] == [text]


PROSE = [
    "Fix the crash that Maria Lopez reported on Monday",
    "Call me at +49 30 23125100 when frob() fails, says Hans.",
    "- Maria Lopez called about the invoice\n- Hans wants his money back\n",
    "# What changed\n\n* adds a button that Maria asked for\n* removes the old one\n",
    "Address: 5533 Countess Close",
    "Maria said that it works now;\nshe will close the ticket.",
    "Phone: 030 23125100",
    "<p>Hi Alice, we noticed that you were using it.</p>",
    "--- Forwarded by Maria Lopez ---\nsee below",
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_code(text: str) -> None:
    assert code_parts(text) == []


def test_in_a_description_only_its_blocks_of_code_are_code() -> None:
    text = (
        "Martin asked for this.\n\n```python\nmartin = 1\n```\n\nWithout it the run ends with\n\n"
        "values = [\n    4012888888881881,\n    martin,\n]\n\nand Maria Lopez cannot log in.\n\n"
        + DIFF
        + "\nThanks, Hans"
    )
    code = code_parts(text)
    for word, inside in [("Martin asked", False), ("martin = 1", True), ("4012888888881881,\n    martin", True),
                         ("Maria Lopez", False), ("maria lopez wrote", True), ("Thanks", False)]:  # fmt: skip
        at = text.index(word)
        assert touches(at, at + len(word), code) is inside, word


def test_a_diff_ends_where_its_hunk_says() -> None:
    text = "@@ -1,1 +1,1 @@\n-old\n+new\n minus the words of Maria Lopez"
    assert [text[start:end] for start, end in code_parts(text)] == ["@@ -1,1 +1,1 @@\n-old\n+new\n"]


def test_a_longer_fence_holds_a_shorter_one() -> None:
    text = "Before, `a.md`:\n\n````\n```\nx\n```\nMaria\n````\nThanks"
    assert [text[start:end] for start, end in code_parts(text)][-1].startswith("````\n")
    assert not touches(text.index("Thanks"), len(text), code_parts(text))


@given(st.text(st.sampled_from("ab #-+@=;{}(),.'\"`\n0/*<>"), max_size=200))
def test_parts_are_sorted_apart_and_inside_the_text(text: str) -> None:
    parts = code_parts(text)
    assert all(0 <= start < end <= len(text) for start, end in parts)
    assert all(before[1] < after[0] for before, after in pairwise(parts))


def test_a_quotation_in_italics_is_no_code() -> None:
    text = 'It was said.\n\n> *"What would Maria Lopez say about the future of the post?"*\n> *She would not say.*\n'
    assert code_parts(text) == []


@given(st.lists(st.sampled_from([*PYTHON.splitlines(), "Hello Maria,", "", "It works (for me)."]), max_size=12))
def test_what_is_code_in_any_text_is_code_in_a_source_of_code(lines: list[str]) -> None:
    text = "\n".join(lines)
    parts = code_parts(text)
    assert all(any(start <= begin and end <= stop for start, stop in parts) for begin, end in sure_code(text))
