import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from sourcing_pipeline.cli import app

Call = Callable[..., Result]
RECIPE = """\
sources:
  annotated_set: {kind: label_studio, export: export.json}
masking: {language_model: null}
"""
TEXTS = [
    ("Hi Maria, I am at maria@example.com", [(3, 8, "PERSON"), (18, 35, "EMAIL_ADDRESS")]),
    ("We met at Zzyzx Hollow, 86.121.97.248", [(10, 22, "PLACE")]),
    ("The DNS is down.", []),
]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs a command in a folder with a recipe that masks by rules alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("recipe.yaml").write_text(RECIPE)
    runner = CliRunner(env={"SOURCING_RECIPE": None})
    return lambda *arguments: runner.invoke(app, arguments)


@pytest.fixture
def labelled(tmp_path: Path) -> str:
    file = tmp_path / "labelled.jsonl"
    rows = [
        {"text": text, "spans": [{"start": start, "end": end, "label": label} for start, end, label in spans]}
        for text, spans in TEXTS
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    return file.name


def test_a_file_is_masked_and_the_finds_are_counted(call: Call, tmp_path: Path) -> None:
    rows = [{"id": at, "body": {"said": text}} for at, (text, _) in enumerate(TEXTS)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = call("mask", "in.jsonl", "out.jsonl", "--text-field", "body.said")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == ["rows 3, finds 3: EMAIL 1, IP 1, NAME 1", "masked out.jsonl"]
    assert "masking" in done.stderr
    assert "100%" in done.stderr
    masked = [json.loads(line)["body"]["said"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert masked == ["Hi [NAME], I am at [EMAIL]", "We met at Zzyzx Hollow, [IP]", "The DNS is down."]
    assert not [value for value in ("Maria", "maria", "86.121") if value in done.output]


def test_a_file_without_finds_is_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "The DNS is down."}')
    assert call("mask", "in.jsonl", "out.jsonl").stdout.startswith("rows 1, finds 0\n")


def test_a_line_that_cannot_be_masked_is_an_error_in_plain_words(call: Call, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "Hi Maria,"}\n{"body": "Hi Maria,"}')
    done = call("mask", "in.jsonl", "out.jsonl")
    assert done.exit_code == 1
    assert (
        "error: in.jsonl, line 2: expected the field 'text', which is not there; name another by --text-field"
        in done.stderr
    )
    assert "Maria" not in done.output
    assert not (tmp_path / "out.jsonl").exists()


def test_an_evaluation_is_shown_in_tables(call: Call, labelled: str) -> None:
    done = call("evaluate-masking", labelled)
    assert done.exit_code == 0, done.output
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]
    assert rows == [
        ["EMAIL_ADDRESS", "1", "1", "0", "0", "100.0", "20.7 to 100.0"],
        ["PERSON", "1", "1", "0", "0", "100.0", "20.7 to 100.0"],
        ["PLACE", "1", "0", "0", "1", "0.0", "0.0 to 79.3"],
        ["EMAIL_ADDRESS", "EMAIL 1"],
        ["PERSON", "NAME 1"],
        ["PLACE", "missed 1"],
        ["IP", "Ip", "1"],
        ["2", "PLACE", "11 of 11", "We met at ••••• ••••••, ••.•••.••.•••"],
    ]
    assert "precision: 20 of 30 letters and digits that were masked lie in a label, 66.7%" in done.stdout
    assert "over-masking: 0 of 16 characters in texts without a label (1) were masked, 0.0%" in done.stdout


def test_no_value_is_ever_shown(call: Call, labelled: str) -> None:
    for form in ((), ("--json",)):
        output = call("evaluate-masking", labelled, *form).output
        assert not [value for value in ("Maria", "maria", "Zzyzx", "Hollow", "86.121") if value in output]


def test_an_evaluation_for_machines_is_one_object_alone(call: Call, labelled: str) -> None:
    done = call("evaluate-masking", labelled, "--json", "--misses", "0")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert list(result) == ["rows", "labels", "precision", "unlabelled", "confusion", "needless", "misses"]
    assert result["labels"]["PERSON"].items() >= {"count": 1, "fully": 1, "partly": 0, "missed": 0}.items()
    assert result["confusion"]["PLACE"] == {"missed": 1}
    assert result["misses"] == []
    assert "masking" in done.stderr


def test_labels_that_are_wrong_are_an_error_in_plain_words(call: Call, tmp_path: Path) -> None:
    (tmp_path / "labelled.jsonl").write_text('{"text": "Maria", "spans": [{"start": 0, "end": 9, "label": "A"}]}')
    done = call("evaluate-masking", "labelled.jsonl", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "error: labelled.jsonl, line 1: spans.0: expected start < end <= 5" in done.stderr
    assert "Maria" not in done.output
