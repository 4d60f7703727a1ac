import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from sourcing_pipeline.errors import InputError, MaskingError
from sourcing_pipeline.masking import Masker, Masking
from sourcing_pipeline.masking.mask_file import BATCH_CHARACTERS, BATCH_ROWS, Done, mask_file
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer


@pytest.fixture(scope="module")
def quick() -> Masker:
    return Masker.from_config(Masking(mode="numbered", language_model=None))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "in.jsonl"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def folder_of(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir())


def test_a_field_is_masked_and_all_else_stays_as_it_is(quick: Masker, source: Path, target: Path) -> None:
    source.write_bytes(
        b"\xef\xbb\xbf"
        b'{"z": 1.00, "text": "Hi Maria, thanks.", "by": "Hans", "n": 12345678901234567890123, "e": -1E5}\n'
        b"\n"
        b'{"text": "caf\\u00e9", "text2": "Maria", "a": {"text": null}, "b": [true, false, []]}'
    )
    assert mask_file(quick, source, target) == Done(2, {"NAME": 1})
    assert target.read_text("utf-8") == (
        '{"z":1.00,"text":"Hi [NAME_1], thanks.","by":"Hans","n":12345678901234567890123,"e":-1E5}\n'
        '{"text":"café","text2":"Maria","a":{"text":null},"b":[true,false,[]]}\n'
    )


@pytest.mark.parametrize(
    ("field", "row", "masked"),
    [
        ("a.b", {"a": {"b": "Hi Maria,", "c": "Hi Maria,"}}, {"a": {"b": "Hi [NAME_1],", "c": "Hi Maria,"}}),
        ("a.b", {"a.b": "Hi Maria,", "a": {"b": "Hi Hans,"}}, {"a.b": "Hi [NAME_1],", "a": {"b": "Hi Hans,"}}),
        ("a.b.c", {"a": {"b.c": "Hi Maria,"}}, {"a": {"b.c": "Hi [NAME_1],"}}),
        ("turns", {"turns": ["Hi Maria,", "Hi Hans,"]}, {"turns": ["Hi [NAME_1],", "Hi [NAME_2],"]}),
        ("turns", {"turns": []}, {"turns": []}),
        ("text", {"text": ""}, {"text": ""}),
    ],
    ids=["nested", "a key with dots goes first", "a nested key with dots", "texts", "no texts", "empty"],
)
def test_the_field_leads_to_a_text_or_a_list(
    quick: Masker, source: Path, target: Path, field: str, row: dict[str, Any], masked: dict[str, Any]
) -> None:
    source.write_text(json.dumps(row))
    mask_file(quick, source, target, field)
    assert json.loads(target.read_bytes()) == masked


def test_a_person_has_one_placeholder_in_all_messages_of_a_line(quick: Masker, source: Path, target: Path) -> None:
    messages = [
        {"role": "user", "content": "Hi Hans,\nBest regards,\nMaria Lopez"},
        {"role": "assistant", "content": None, "calls": [1.50]},
        {"content": "Hello Ms Lopez, hello Hans", "role": "assistant"},
    ]
    source.write_text(json.dumps({"messages": messages}) + "\n" + json.dumps({"messages": messages[2:]}))
    assert mask_file(quick, source, target, "messages").finds["NAME"] == 6
    first, second = (json.loads(line)["messages"] for line in target.read_text().splitlines())
    assert [turn["content"] for turn in first] == [
        "Hi [NAME_1],\nBest regards,\n[NAME_2]",
        None,
        "Hello Ms [NAME_2], hello [NAME_1]",
    ]
    assert [list(turn) for turn in first] == [list(turn) for turn in messages]
    assert second[0]["content"] == "Hello Ms [NAME_1], hello [NAME_2]"


def test_many_lines_come_out_in_their_order_and_their_bytes_are_told(quick: Masker, source: Path, target: Path) -> None:
    count = 2 * BATCH_ROWS + 3
    source.write_text("".join(json.dumps({"id": at, "text": f"a{at}@example.com"}) + "\n" for at in range(count)))
    told: list[tuple[int, int]] = []
    done = mask_file(quick, source, target, on_bytes=lambda done, total: told.append((done, total)))
    assert done == Done(count, {"EMAIL": count})
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert rows == [{"id": at, "text": "[EMAIL_1]"} for at in range(count)]
    size = source.stat().st_size
    assert [total for _, total in told] == [size] * 3
    assert told == sorted(told)
    assert told[-1] == (size, size)


def test_long_texts_make_small_batches(source: Path, target: Path) -> None:
    source.write_text((json.dumps({"text": "a" * BATCH_CHARACTERS}) + "\n") * 3)
    told: list[int] = []
    mask_file(Masker(Masking(), ()), source, target, on_bytes=lambda done, total: told.append(done))
    assert len(told) == 3


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Maria", "expected a JSON object, got no JSON"),
        ('{"text": "Maria"', "expected a JSON object, got no JSON"),
        ('{"text": "Maria", "a": NaN}', "expected a JSON object, got no JSON"),
        ('{"text": "Maria \\ud83d"}', "expected a JSON object, got no JSON"),
        ('{"a":' * 1010 + "1" + "}" * 1010, "expected a JSON object, got no JSON"),
        ('["Maria"]', "expected a JSON object, got a list"),
        ("12", "expected a JSON object, got a number"),
        ('{"body": "Maria"}', "expected the field 'text', which is not there"),
        ('{"text": null}', "expected 'text' to be a string or a list, got null"),
        ('{"text": 1.5}', "expected 'text' to be a string or a list, got a number"),
        ('{"text": {"Maria": 1}}', "expected 'text' to be a string or a list, got an object"),
        ('{"text": ["Maria", 1]}', "expected 'text.1' to be a string or a message with `content`, got a number"),
        ('{"text": [{"Maria": 1}]}', "expected 'text.0' to be a string or a message with `content`, got an object"),
        ('{"text": [{"content": []}]}', "expected 'text.0.content' to be a string or null, got a list"),
        ('{"text": "", "a":' + "[" * 300 + "]" * 300 + "}", "expected at most 254 levels of objects and lists"),
    ],
)
def test_a_line_that_cannot_be_masked_leaves_the_old_file(
    quick: Masker, source: Path, target: Path, line: str, problem: str
) -> None:
    source.write_text('{"text": "fine"}\n' * BATCH_ROWS + "\n" + line)
    target.write_text("old")
    with pytest.raises(InputError, match=re.escape(f"in.jsonl, line {BATCH_ROWS + 2}: {problem}")) as caught:
        mask_file(quick, source, target)
    assert "Maria" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert target.read_text() == "old"
    assert folder_of(target) == ["in.jsonl", "out.jsonl"]


@pytest.mark.parametrize("field", ["a.b", "text.x", "text.", ".text", "", "a.x.y"])
def test_a_way_that_leads_nowhere_is_refused(quick: Masker, source: Path, target: Path, field: str) -> None:
    source.write_text('{"text": "Maria", "a": {"x": null}}')
    with pytest.raises(InputError, match=re.escape(f"line 1: expected the field {field!r}, which is not there")):
        mask_file(quick, source, target, field)
    assert folder_of(target) == ["in.jsonl"]


def test_a_file_is_never_masked_onto_itself(quick: Masker, source: Path, target: Path) -> None:
    source.write_text('{"text": "Hi Maria,"}')
    os.link(source, target)
    for same in (source, source.parent / "x" / ".." / source.name, target):
        (source.parent / "x").mkdir(exist_ok=True)
        with pytest.raises(InputError, match="is the file to be masked"):
            mask_file(quick, source, same)
    assert source.read_text() == '{"text": "Hi Maria,"}'


def test_places_that_cannot_be_read_or_written_are_refused(
    quick: Masker, source: Path, target: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"in\.jsonl: expected a JSON Lines file, got nothing"):
        mask_file(quick, source, target)
    with pytest.raises(InputError, match="expected a JSON Lines file, got a folder"):
        mask_file(quick, tmp_path, target)
    source.write_text('{"text": "a"}')
    with pytest.raises(InputError, match="expected a file or a new name, got a folder"):
        mask_file(quick, source, tmp_path)
    with pytest.raises(InputError, match="expected a file or a new name, got neither"):
        mask_file(quick, source, Path("/dev/null"))
    with pytest.raises(InputError, match="its folder does not exist"):
        mask_file(quick, source, tmp_path / "none" / "out.jsonl")
    with pytest.raises(InputError, match=r"File name too long; .* was not written"):
        mask_file(quick, source, tmp_path / ("x" * 250))
    with pytest.raises(InputError, match=r"File name too long; .* was not written"):
        mask_file(quick, source, tmp_path / ("x" * 300))
    assert folder_of(target) == ["in.jsonl"]


def test_the_new_file_has_the_rights_of_the_old_one(quick: Masker, source: Path, target: Path) -> None:
    source.write_text('{"text": "a"}')
    target.write_text("old")
    target.chmod(0o600)
    mask_file(quick, source, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


class Breaks(Recognizer):
    """Finds nothing in the first batch and fails in the second, when the first is written already."""

    def find(self, text: str) -> list[Hit]:  # type: ignore[override]
        if text == "last":
            raise ValueError(text)
        return []


def test_a_run_that_fails_half_way_leaves_the_old_file(source: Path, target: Path) -> None:
    source.write_text('{"text": "fine"}\n' * BATCH_ROWS + '{"text": "last"}')
    target.write_text("old")
    with pytest.raises(MaskingError):
        mask_file(Masker(Masking(), [Breaks("NAME")]), source, target)
    assert target.read_text() == "old"
    assert folder_of(target) == ["in.jsonl", "out.jsonl"]


def test_an_empty_file_gives_an_empty_file(quick: Masker, source: Path, target: Path) -> None:
    source.write_text("\n")
    assert mask_file(quick, source, target) == Done(0, {})
    assert target.read_text() == ""
