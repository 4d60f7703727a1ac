import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.synthetic import Synthetic

Read = Callable[..., list[dict[str, Any]]]
SEED = {
    "id": "s1",
    "topic": "login",
    "instruction": "How do I log in?",
    "response": "Open the page. Enter it.",
}


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "seeds.jsonl"


def source(path: Path, *lines: object, **fields: Any) -> Synthetic:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return Synthetic(seeds=path, **fields)


def test_without_a_key_the_rows_come_from_templates_and_say_so(path: Path, read: Read) -> None:
    made = source(path, SEED, SEED | {"id": 2})
    rows = read(made)
    assert [row["id"] for row in rows] == [
        "src:s1-1",
        "src:s1-2",
        "src:s1-3",
        "src:2-1",
        "src:2-2",
        "src:2-3",
    ]
    assert rows[0]["tags"] == ["login", "template"]
    assert json.loads(rows[0]["meta"])["generator"] == "template"
    assert rows[0]["created_at"].isoformat() == "2026-06-01T12:00:00+00:00"
    assert rows[0]["quality_score"] is None
    assert rows[0]["cost_usd"] == 0
    assert "templates" in (made.notice() or "")
    assert rows == read(made)


def test_with_a_key_auto_means_the_model(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = source(path, SEED)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-test")
    assert made.generator.resolved() == "anthropic"
    assert "claude-sonnet-5-5" in (made.notice() or "")


def test_the_number_of_variations_is_asked_for(path: Path, read: Read) -> None:
    assert len(read(source(path, SEED, variations_per_seed=12))) == 12
    with pytest.raises(ValidationError, match="variations_per_seed"):
        source(path, SEED, variations_per_seed=13)


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ('{"secret', "column 2: expected JSON"),
        (SEED | {"id": None}, "id: expected an integer or one line of text, got null"),
        (SEED | {"instruction": 5}, "instruction: expected text, got a number"),
        (SEED | {"response": " "}, "response: expected text, got a blank"),
        ({"id": "secret"}, "topic: expected text, got null"),
    ],
)
def test_a_broken_seed_is_one_unparsable_record(path: Path, read: Read, line: object, detail: str) -> None:
    rows = read(source(path, SEED, line))
    assert [row["drop_reason"] for row in rows] == [None, None, None, "unparsable"]
    assert rows[3]["id"] == "src:line-2"
    assert rows[3]["drop_detail"].startswith("line 2: ")
    assert detail in rows[3]["drop_detail"]
    assert "secret" not in rows[3]["drop_detail"]


def test_missing_and_empty_files_are_refused(path: Path, read: Read) -> None:
    with pytest.raises(InputError, match=r"source 'src': .*seeds\.jsonl: expected JSON Lines, one seed a line"):
        read(Synthetic(seeds=path))
    with pytest.raises(InputError, match=r"seeds\.jsonl, line 1: .*the file is empty"):
        read(source(path))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_no_bytes_raise_anything_but_input_error(path: Path, read: Read, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        read(Synthetic(seeds=path))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.tuples(*[st.text(min_size=1, max_size=30)] * 4))
def test_any_texts_give_whole_rows_or_a_drop(path: Path, read: Read, texts: tuple[str, ...]) -> None:
    rows = read(source(path, dict(zip(SEED, texts, strict=True))))
    assert [row["drop_reason"] for row in rows] in ([None] * 3, ["unparsable"])
