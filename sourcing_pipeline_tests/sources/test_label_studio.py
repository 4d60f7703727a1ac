import contextlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.label_studio import LabelStudio

Read = Callable[..., list[dict[str, Any]]]


def written(*texts: str, name: str = "response") -> dict[str, Any]:
    return {"type": "textarea", "from_name": name, "to_name": "x", "value": {"text": list(texts)}}


def said(role: str, content: str | None) -> dict[str, Any]:
    return {
        "type": "chatmessage",
        "from_name": "chat",
        "value": {"chatmessage": {"role": role, "content": content}},
    }


def stars(count: float) -> dict[str, Any]:
    return {"type": "rating", "from_name": "rating", "value": {"rating": count}}


def annotation(number: int, *results: dict[str, Any], **fields: Any) -> dict[str, Any]:
    base = {"id": number, "completed_by": {"id": 1, "email": "ann@example.com"}, "was_cancelled": False}
    return base | {"created_at": "2026-01-02T03:04:05Z", "result": list(results)} | fields


def task(number: int, *annotations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    data = {"instruction": "Why?", "kind": "billing", "topics": ["a", "b"]}
    return {"id": number, "project": 28, "data": data, "annotations": list(annotations)} | fields


def source(path: Path, *tasks: Any, **fields: Any) -> LabelStudio:
    path.write_text(json.dumps(list(tasks)))
    return LabelStudio(export=path, **fields)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "export.json"


def test_a_task_becomes_a_row(path: Path, read: Read) -> None:
    made = source(
        path,
        task(
            7,
            annotation(3, written("Because.", "So."), stars(4), stars(5)),
            annotation(4, was_cancelled=True),
        ),
        cost_per_annotation_usd=0.5,
        tags_field="topics",
    )
    (row,) = read(made)
    assert row["id"] == "src:7"
    assert row["messages"] == [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because.\n\nSo."},
    ]
    assert row["quality_score"] == 0.875
    assert row["attribution"] == "Annotators of project 28"
    assert row["cost_usd"] == 0.5
    assert row["tags"] == ["a", "b"]
    assert row["license"] == "LicenseRef-Proprietary"
    assert row["created_at"].isoformat() == "2026-01-02T03:04:05+00:00"
    assert row["meta"] == '{"annotation_id": "3", "annotations": 1, "project": "28", "task_id": "7"}'
    assert row["person_keys"] == ["1"]
    assert "ann@example.com" not in str(row)


@pytest.mark.parametrize("completed_by", [None, 5, {"id": 5, "email": "ann@example.com"}])
def test_who_annotated_does_not_matter(path: Path, read: Read, completed_by: object) -> None:
    (row,) = read(source(path, task(1, annotation(1, written("A"), completed_by=completed_by))))
    assert row["drop_reason"] is None


def test_one_task_alone_is_read(path: Path, read: Read) -> None:
    path.write_text(json.dumps(task(1, annotation(1, written("A")))))
    (row,) = read(LabelStudio(export=path))
    assert row["id"] == "src:1"


def test_the_first_key_that_has_text_is_the_instruction(path: Path, read: Read) -> None:
    data = {"question": " ", "prompt": "Which?", "instruction": "no"}
    made = source(path, task(1, annotation(1, written("A")), data=data), instruction_field=("question", "prompt"))
    assert read(made)[0]["messages"][0]["content"] == "Which?"


def test_a_dialogue_in_the_data_comes_before_the_answer(path: Path, read: Read) -> None:
    data = {"instruction": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    data["instruction"].append({"role": "user", "content": "Why?"})
    (row,) = read(source(path, task(1, annotation(1, written("A")), data=data)))
    assert [turn["content"] for turn in row["messages"]] == ["Hi", "Hello", "Why?", "A"]


def test_the_control_can_be_named(path: Path, read: Read) -> None:
    results = written("note", name="note"), written("answer", name="response")
    made = source(path, task(1, annotation(1, *results)), response_from_name="response")
    assert read(made)[0]["messages"][1]["content"] == "answer"
    assert read(source(path, task(1, annotation(1, *results))))[0]["messages"][1]["content"] == "note"
    missing = source(path, task(1, annotation(1, *results)), response_from_name="other")
    assert read(missing)[0]["drop_reason"] == "no_answer"


def test_a_chat_becomes_the_messages(path: Path, read: Read) -> None:
    chat = [
        said("assistant", "Welcome"),
        said("user", "Hi"),
        said("assistant", None),
        said("assistant", "Hello"),
    ]
    (row,) = read(source(path, task(1, annotation(1, *chat, said("user", "Bye"))), instruction_field="scene"))
    assert [turn["content"] for turn in row["messages"]] == ["Hi", "Hello"]
    (row,) = read(source(path, task(1, annotation(1, *chat))))
    assert [turn["role"] for turn in row["messages"]] == ["system", "user", "assistant"]


@pytest.mark.parametrize(
    ("annotations", "chosen"),
    [
        ([annotation(1, written("a b c")), annotation(2, written("x y z"), ground_truth=True)], 2),
        (
            [
                annotation(1, written("x y z")),
                annotation(2, written("a b c")),
                annotation(3, written("a b d")),
            ],
            2,
        ),
        ([annotation(2, written("a"), stars(2)), annotation(1, written("b"), stars(4))], 1),
        ([annotation(2, written("a"), stars(2)), annotation(1, written("b"))], 2),
        ([annotation(10, written("a")), annotation(9, written("b"))], 9),
        ([annotation(1, written("a"), was_cancelled=True), annotation(2, written("b"))], 2),
        ([annotation(1, written("a"), reviews=[{"accepted": False}]), annotation(2, written("b"))], 2),
        (
            [
                annotation(1, written("a"), reviews=[{"accepted": False}, {"accepted": True}]),
                annotation(2, stars(1)),
            ],
            1,
        ),
    ],
)
def test_of_several_annotators_one_answer_is_chosen(
    path: Path, read: Read, annotations: list[dict[str, Any]], chosen: int
) -> None:
    for order in (annotations, annotations[::-1]):
        (row,) = read(source(path, task(1, *order)))
        assert f'"annotation_id": "{chosen}"' in row["meta"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (task(1), "skipped_by_annotators"),
        (task(1, annotation(1, written("A"), was_cancelled=True)), "skipped_by_annotators"),
        (task(1, annotation(1, written("A"), reviews=[{"accepted": False}])), "skipped_by_annotators"),
        ({"id": 1, "data": {}, "predictions": [{"result": [written("A")]}]}, "skipped_by_annotators"),
        (task(1, annotation(1, {"type": "rectanglelabels", "value": {"x": 1}})), "no_answer"),
        (task(1, annotation(1)), "no_answer"),
        (task(1, annotation(1, written(" "))), "empty"),
        (task(1, annotation(1, written("A")), data={"image": "i.png"}), "empty"),
        (task(1, annotation(1, said("user", "Hi")), data={"x": 1}), "empty"),
        ({"id": 1, "text": "no task"}, "unparsable"),
        (task(1, annotations="none"), "unparsable"),
        (task(1, "none"), "unparsable"),  # type: ignore[arg-type]
        (task(1, annotation(1, result={"a": 1})), "unparsable"),
        (task(1, annotation(1, {"type": "textarea", "value": "secret"})), "unparsable"),
        (task(1, annotation(1, written(5))), "unparsable"),  # type: ignore[arg-type]
        (task(1, annotation(1, said("robot", "secret"))), "unparsable"),
        (task(1, annotation(1, written("A"), created_at="secret")), "unparsable"),
        (task(1, annotation(1, written("A"), created_at=None)), "unparsable"),
        (task(1, annotation(1, written("A")), project={"secret": 1}), "unparsable"),
    ],
)
def test_each_drop_has_its_reason(path: Path, read: Read, record: dict[str, Any], reason: str) -> None:
    (row,) = read(source(path, record))
    assert (row["id"], row["drop_reason"]) == ("src:1", reason)
    assert "secret" not in str(row["drop_detail"])
    if reason == "unparsable":
        assert row["drop_detail"].startswith("position 1: ")


def test_elements_without_id_go_by_their_position(path: Path, read: Read) -> None:
    rows = read(source(path, 5, task(None, annotation(1, written("A"))), {"id": "a\nb", "data": {}}))  # type: ignore[arg-type]
    assert [(row["id"], row["drop_reason"]) for row in rows] == [
        ("src:position-1", "unparsable"),
        ("src:position-2", None),
        ("src:position-3", "unparsable"),
    ]


@pytest.mark.parametrize("stars_given", [0, 6, True, "5", None])
def test_ratings_off_the_scale_are_no_evidence(path: Path, read: Read, stars_given: Any) -> None:
    (row,) = read(source(path, task(1, annotation(1, written("A"), stars(stars_given)))))
    assert row["quality_score"] is None


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    noise=JSON,
    place=st.sampled_from(["task", "id", "data", "annotations", "annotation", "result", "value", "rating", "reviews"]),
)
def test_each_element_has_one_outcome_whatever_it_holds(path: Path, read: Read, noise: Any, place: str) -> None:
    made = task(1, annotation(1, written("A"), stars(3)))
    places: dict[str, Callable[[], Any]] = {
        "id": lambda: made.update(id=noise),
        "data": lambda: made.update(data=noise),
        "annotations": lambda: made.update(annotations=noise),
        "annotation": lambda: made["annotations"].append(noise),
        "result": lambda: made["annotations"][0].update(result=noise),
        "value": lambda: made["annotations"][0]["result"][0].update(value=noise),
        "rating": lambda: made["annotations"][0]["result"][1].update(value=noise),
        "reviews": lambda: made["annotations"][0].update(reviews=noise),
        "task": lambda: None,
    }
    places[place]()
    assert (
        len(read(source(path, made if place != "task" else noise, task(987_654_321, annotation(1, written("A")))))) == 2
    )


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60))
def test_no_bytes_raise_anything_but_input_error(path: Path, read: Read, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        read(LabelStudio(export=path))


def test_a_truncated_export_raises_with_its_place(path: Path, read: Read) -> None:
    whole = json.dumps([task(1, annotation(1, written("secret"))), task(2)], indent=1)
    path.write_text(whole[:-40])
    with pytest.raises(InputError, match=r"source 'src': .*export\.json, line \d+, column \d+: expected") as caught:
        read(LabelStudio(export=path))
    assert "secret" not in str(caught.value)


def test_empty_and_missing_exports_are_refused(path: Path, read: Read) -> None:
    with pytest.raises(InputError, match=r"export\.json: expected a Label Studio JSON export, but there is no such"):
        read(LabelStudio(export=path))
    path.write_text("[]")
    with pytest.raises(InputError, match=r"export\.json, line 1, column 2: .*at least one element"):
        read(LabelStudio(export=path))


REAL = {
    "csv_test.json": {"no_answer": 2},
    "csv_test2.json": {"no_answer": 1},
    "csv_test_colliding_keys.json": {"no_answer": 1},
    "csv_test_colliding_keys_mixed.json": {"no_answer": 1, "skipped_by_annotators": 1},
    "csv_test_history.json": {"no_answer": 1},
    "test_export_doclang/data.json": {"empty": 1, "no_answer": 1, "skipped_by_annotators": 1},
    "chat_data.json": {None: 1},
    "test_export_json_min/data.json": {"no_answer": 1},
    "data_repeater.json": {"no_answer": 1},
    "label_config_repeater.json": {"unparsable": 1},
    "previous_export.json": {"no_answer": 1},
    "previous_export_unknown_completed_by.json": {"no_answer": 1},
    "random-with-predictions.json": {"skipped_by_annotators": 1},
    "text_with_2_predictions.json": {"skipped_by_annotators": 1},
    "text_with_2_tasks.json": {"unparsable": 2},
}


def test_every_real_export_gives_rows_or_named_drops(samples: Path, read: Read) -> None:
    files = [file for side in ("sdk", "server") for file in (samples / "labelstudio" / side).rglob("*.json")]
    assert len(files) == len(REAL)
    for file in files:
        expected = next(counts for end, counts in REAL.items() if str(file).endswith("/" + end))
        rows = read(LabelStudio(export=file, instruction_field=("instruction", "scenario_prompt", "text")))
        assert Counter(row["drop_reason"] for row in rows) == expected, file


def test_the_real_chat_becomes_messages(samples: Path, read: Read) -> None:
    file = next((samples / "labelstudio").rglob("chat_data.json"))
    (row,) = read(LabelStudio(export=file))
    assert [turn["role"] for turn in row["messages"]] == ["user", "assistant", "user", "assistant"]
