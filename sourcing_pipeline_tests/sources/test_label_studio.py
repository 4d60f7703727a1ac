import contextlib
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
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


def result(kind: str, **value: Any) -> dict[str, Any]:
    return {"type": kind, "from_name": kind, "to_name": "x", "value": value}


RELATION = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": ["same"]}


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
    assert row["person_keys"] == ["1", "ann@example.com"]
    assert "ann@example.com" not in str({key: value for key, value in row.items() if key != "person_keys"})


@pytest.mark.parametrize(
    ("completed_by", "keys"),
    [
        (None, []),
        (99999, ["99999"]),
        ({"id": 5, "email": "Ann@Example.com"}, ["5", "ann@example.com"]),
        ({"email": "Ann@Example.com"}, ["ann@example.com"]),
        ("Ann@Example.com", ["ann@example.com"]),
        ({"id": True, "email": ""}, []),
        (["ann"], []),
    ],
)
def test_whoever_annotated_can_be_found_again(path: Path, read: Read, completed_by: object, keys: list[str]) -> None:
    (row,) = read(source(path, task(1, annotation(1, written("A"), completed_by=completed_by))))
    assert (row["drop_reason"], row["person_keys"]) == (None, keys)
    (row,) = read(source(path, task(1, annotation(1, result("rating", rating=1), completed_by=completed_by))))
    assert (row["drop_reason"], row["person_keys"]) == ("no_written_answer", keys)


def test_everybody_who_answered_is_in_the_row_and_who_skipped_is_not(path: Path, read: Read) -> None:
    work = [annotation(number, written("A"), completed_by=number) for number in (3, 1)]
    (row,) = read(source(path, task(1, *work, annotation(9, was_cancelled=True, completed_by=9))))
    assert row["person_keys"] == ["1", "3"]


def test_an_annotation_without_who_made_it_is_read(path: Path, read: Read) -> None:
    anonymous = annotation(1, written("A"))
    del anonymous["completed_by"]
    (row,) = read(source(path, task(1, anonymous)))
    assert (row["drop_reason"], row["person_keys"]) == (None, [])


@pytest.mark.parametrize(
    ("lead_times", "seconds"),
    [([7.662, 35.2671], 42.929), ([3], 3.0), ([None, 2], 2.0), ([None], None), ([-1, True, "5", 1e300], None)],
)
def test_the_seconds_of_all_annotators_are_told(
    path: Path, read: Read, lead_times: list[Any], seconds: float | None
) -> None:
    work = [annotation(number, written("A"), lead_time=time) for number, time in enumerate(lead_times)]
    (row,) = read(source(path, task(1, *work, annotation(9, was_cancelled=True, lead_time=100))))
    assert json.loads(row["meta"]).get("seconds") == seconds


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


@pytest.mark.parametrize(
    ("authors", "roles"),
    [("ABA", ["user", "assistant", "user"]), ("AB", ["user"]), ("A", ["user"]), ("AA", ["user"])],
)
def test_of_a_dialogue_of_two_the_last_author_is_answered(
    path: Path, read: Read, authors: str, roles: list[str]
) -> None:
    data = {"dialogue": [{"author": author, "text": f"turn {at}"} for at, author in enumerate(authors)]}
    made = source(path, task(1, annotation(1, written("Answer")), data=data), instruction_field="dialogue")
    (row,) = read(made)
    assert [turn["role"] for turn in row["messages"]] == [*roles, "assistant"]
    assert row["messages"][-1]["content"] == "Answer"


@pytest.mark.parametrize(
    ("turns", "detail"),
    [
        ([("A", "x"), ("B", "x"), ("C", "x")], "expected a dialogue of at most two authors, got 3"),
        ([("A", "x"), (None, "x")], "data.instruction[1].author: expected an integer or one line of text, got null"),
        ([("A", None)], "data.instruction[0].text: expected text, got null"),
    ],
)
def test_a_dialogue_whose_sides_cannot_be_told_is_no_instruction(
    path: Path, read: Read, turns: list[tuple[Any, Any]], detail: str
) -> None:
    data = {"instruction": [{"author": author, "text": said} for author, said in turns]}
    (row,) = read(source(path, task(1, annotation(1, written("A")), data=data)))
    assert row["drop_reason"] == "unparsable"
    assert detail in row["drop_detail"]


def test_a_remark_on_a_part_is_no_answer_unless_it_is_named(path: Path, read: Read) -> None:
    remark = {"type": "textarea", "from_name": "why", "value": {"start": 0, "end": 2, "text": ["typo"]}}
    (row,) = read(source(path, task(1, annotation(1, remark, written("Whole")))))
    assert row["messages"][-1]["content"] == "Whole"
    (row,) = read(source(path, task(1, annotation(1, result("labels", start=0), remark))))
    assert row["drop_detail"] == "no text area or chat among the results: labels, textarea of a part"
    (row,) = read(source(path, task(1, annotation(1, remark, written("Whole"))), response_from_name="why"))
    assert row["messages"][-1]["content"] == "typo"


def test_the_control_can_be_named(path: Path, read: Read) -> None:
    results = written("note", name="note"), written("answer", name="response")
    made = source(path, task(1, annotation(1, *results)), response_from_name="response")
    assert read(made)[0]["messages"][1]["content"] == "answer"
    assert read(source(path, task(1, annotation(1, *results))))[0]["messages"][1]["content"] == "note"
    missing = source(path, task(1, annotation(1, *results)), response_from_name="other")
    assert read(missing)[0]["drop_reason"] == "no_written_answer"


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
        (task(1), "no_answer"),
        (task(1, annotation(1, written("A"), was_cancelled=True)), "skipped_by_annotators"),
        (task(1, annotation(1, written("A"), reviews=[{"accepted": False}])), "skipped_by_annotators"),
        ({"id": 1, "data": {}, "annotations": None, "drafts": [], "predictions": []}, "no_answer"),
        ({"id": 1, "data": {}, "predictions": [{"result": [written("secret")]}]}, "only_predicted"),
        (task(1, predictions=[17]), "only_predicted"),
        (task(1, drafts=[{"user": "ann@example.com", "result": [written("secret")]}]), "only_drafted"),
        (task(1, drafts=[3], predictions=[17]), "only_drafted"),
        (task(1, annotation(1, was_cancelled=True), drafts=[3], predictions=[17]), "skipped_by_annotators"),
        (task(1, annotation(1, result("choices", choices=["secret"])), drafts=[3]), "no_written_answer"),
        (task(1, annotation(1, prediction={"result": [written("secret")]})), "no_answer"),
        (task(1, annotation(1, RELATION)), "no_written_answer"),
        (task(1, annotation(1, {"type": "rectanglelabels", "value": {"x": 1}})), "no_written_answer"),
        (task(1, annotation(1)), "no_answer"),
        (task(1, annotation(1, written(" "))), "empty"),
        (task(1, annotation(1, written("A")), data={"image": "i.png"}), "empty"),
        (task(1, annotation(1, said("user", "Hi")), data={"x": 1}), "empty"),
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


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ([result("pairwise", selected="left")], "pairwise"),
        ([result("ranker", ranker={"rank": ["b", "a"]})], "ranker"),
        ([result("choices", choices=["One"]), result("rating", rating=4)], "choices, rating"),
        ([result("labels", start=0, end=9, text="secret", labels=["Answer"]), RELATION], "labels, relation"),
        ([{"type": "secret"}, {"type": ["secret"]}, {}], "an unknown type"),
    ],
)
def test_an_answer_without_text_is_dropped_by_what_it_is(
    path: Path, read: Read, results: list[dict[str, Any]], found: str
) -> None:
    data = {"instruction": "Which?", "answer1": "This.", "answer2": "That."}
    (row,) = read(source(path, task(1, annotation(1), annotation(2, *results), data=data)))
    detail = f"no text area or chat among the results: {found}"
    assert (row["drop_reason"], row["drop_detail"]) == ("no_written_answer", detail)


def test_relations_and_drafts_beside_an_answer_do_not_count(path: Path, read: Read) -> None:
    work = annotation(1, RELATION, written("A"), RELATION, prediction={"result": [written("P")]})
    (row,) = read(source(path, task(1, work, drafts=[{"result": [written("D")]}], predictions=[{"id": 1}])))
    assert row["messages"][-1]["content"] == "A"


def test_an_export_older_than_1_0_is_read(path: Path, read: Read) -> None:
    old = {"id": 4, "lead_time": 5.5, "created_at": 1592400000, "result": [written("Old")]}
    tasks = [
        {"id": 1, "data": {"instruction": "Why?"}, "completions": [old, old | {"id": 5, "honeypot": True}]},
        {"id": 2, "data": {"instruction": "Why?"}, "completions": [old | {"skipped": True}]},
        {"id": 3, "data": {"instruction": "Why?"}, "completions": [old | {"was_cancelled": True}]},
    ]
    row, *dropped = read(source(path, *tasks))
    assert row["created_at"].isoformat() == "2020-06-17T13:20:00+00:00"
    assert json.loads(row["meta"])["annotation_id"] == "5"
    assert [one["drop_reason"] for one in dropped] == ["skipped_by_annotators"] * 2


def flat(number: int | None, work: int | None, **fields: Any) -> dict[str, Any]:
    base = {"id": number, "instruction": "Why?", "annotator": 1, "annotation_id": work, "lead_time": 2.5}
    return base | {"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:06Z"} | fields


def test_the_records_of_one_task_in_json_min_are_one_row(path: Path, read: Read) -> None:
    records = [
        flat(1, 12, response="Because.", annotator="Ann@Example.com"),
        flat(1, 11, response="Because so.", confidence=[{"rating": 5}]),
        flat(2, 13, response={"text": ["One.", "Two."]}, spans=[{"start": 0, "labels": ["A"]}]),
        flat(3, 14, response=["One.", {"text": "Two.", "start": 3}]),
        flat(4, 15, response=[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]),
        flat(5, None, annotator=None, created_at=None, lead_time=None),
        flat(6, 16, kind="billing"),
        flat(7, 17, response={"choices": ["a", "b"]}),
        flat(8, 18, response=5),
        flat(None, 19, response="A"),
        flat(None, 20, response="A"),
    ]
    rows = read(source(path, *records, response_from_name="response", cost_per_annotation_usd=1))
    first, second, third, chat, *dropped = rows[:-2]
    assert first["messages"][-1]["content"] == "Because so."
    assert (first["cost_usd"], first["quality_score"], first["person_keys"]) == (2, 1.0, ["1", "ann@example.com"])
    made = {"annotation_id": "11", "annotations": 2, "project": None, "seconds": 5.0, "task_id": "1"}
    assert json.loads(first["meta"]) == made
    assert [row["messages"][-1]["content"] for row in (second, third)] == ["One.\n\nTwo."] * 2
    assert [turn["role"] for turn in chat["messages"]] == ["system", "user", "assistant"]
    assert [row["drop_reason"] for row in dropped] == ["no_answer", *["no_written_answer"] * 3]
    assert [row["id"] for row in rows[-2:]] == ["src:position-10", "src:position-11"]


def test_a_json_min_export_is_refused_where_the_answer_cannot_be_told(path: Path, read: Read) -> None:
    record = flat(1, 2, response="secret")
    with pytest.raises(InputError, match=r"position 1: .*got JSON_MIN.*sources\.src\.response_from_name") as caught:
        read(source(path, record))
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError, match=r"position 1: expected an answer under another key.*JSON, not JSON_MIN"):
        read(source(path, record, response_from_name="instruction"))


@pytest.mark.parametrize(
    "content",
    [
        '"annotation_id","annotator","response"\n1,"2","secret"\n',
        "annotation_id\tannotator\n",
        "-DOCSTART- -X- O\n",
        "<View><Text/></View>",
        "PK\x03\x04",
        '{"audio_filepath": "secret"}\n{"audio_filepath": "secret"}\n',
        '{"images": [], "categories": [], "annotations": [{"id": 1}]}',
        '{"total": 1, "tasks": [{"id": 1, "data": {}}]}',
        '[{"text": "secret"}, {"text": "secret"}]',
        "[5]",
    ],
)
def test_other_formats_are_refused_with_the_way_to_export(path: Path, read: Read, content: str) -> None:
    path.write_text(content)
    with pytest.raises(InputError, match=r"source 'src': .*export\.json.*: expected .*; export ") as caught:
        read(LabelStudio(export=path))
    assert "secret" not in str(caught.value)


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


NO_TASKS = r"expected tasks with `data` and `annotations`, but none of its \d elements is one"
OTHER = r"line 1: expected a Label Studio JSON export, got another format"
STATED: dict[str, dict[str | None, int] | str] = {
    "sdk/test_export_csv/csv_test.json": {"no_written_answer": 2},
    "sdk/test_export_csv/csv_test2.json": {"no_written_answer": 1},
    "sdk/test_export_csv/csv_test_colliding_keys.json": {"no_written_answer": 1},
    "sdk/test_export_csv/csv_test_colliding_keys_mixed.json": {"no_written_answer": 1, "no_answer": 1},
    "sdk/test_export_csv/csv_test_history.json": {"no_written_answer": 1},
    "sdk/test_export_doclang/data.json": {"empty": 1, "no_written_answer": 1, "skipped_by_annotators": 1},
    "sdk/test_export_json_min/chat_data.json": {None: 1},
    "sdk/test_export_json_min/data.json": {"no_written_answer": 1},
    "sdk/test_export_json_min/data_repeater.json": {"no_written_answer": 1},
    "sdk/test_export_json_min/label_config_repeater.json": NO_TASKS,
    "server/previous_export.json": {"no_written_answer": 1},
    "server/previous_export_unknown_completed_by.json": {"no_written_answer": 1},
    "server/random-with-predictions.json": {"only_predicted": 1},
    "server/text_with_2_predictions.json": {"only_predicted": 1},
    "server/text_with_2_tasks.json": NO_TASKS,
    "templates/pairwise-classification.yml": OTHER,
    "templates/pairwise-regression.yml": OTHER,
    "templates/question-answering.yml": OTHER,
    "templates/response-generation.yml": OTHER,
    "templates/response-selection.yml": OTHER,
    "templates/text-classification.yml": OTHER,
    "templates/text-summarization.yml": OTHER,
}
"""What each sample gives: how many tasks by drop reason (None: a row), or why the whole file is refused."""


def test_every_export_shape_in_the_samples_is_stated(samples: Path) -> None:
    folder = samples / "labelstudio"
    assert {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()} == set(STATED)


@pytest.mark.parametrize("name", STATED)
def test_a_sample_gives_what_is_stated(samples: Path, read: Read, name: str) -> None:
    file = samples / "labelstudio" / name
    made = LabelStudio(export=file, instruction_field=("instruction", "scenario_prompt", "text"))
    stated = STATED[name]
    if isinstance(stated, str):
        with pytest.raises(InputError, match=f"source 'src': {re.escape(str(file))}.*{stated}.*export the project"):
            read(made)
    else:
        assert Counter(row["drop_reason"] for row in read(made)) == stated


TASKS_OF_TEMPLATES = {
    "question-answering.yml": "no_written_answer",
    "text-classification.yml": "no_answer",
    "text-summarization.yml": None,
}
"""The templates with a task as an example, and what it gives (None: a row)."""


def test_the_tasks_in_the_templates_give_what_is_stated(samples: Path, path: Path, read: Read) -> None:
    found = {}
    for file in (samples / "labelstudio/templates").iterdir():
        config = yaml.safe_load(file.read_text("utf-8"))["config"]
        for example in re.findall(r"<!--\s*(\{.*\})\s*-->", config, re.DOTALL):
            # As an example it has no date, as an export it would.
            made = source(path, json.loads(example) | {"created_at": "2026-01-02T03:04:05Z"}, instruction_field="text")
            (row,) = read(made)
            found[file.name] = row["drop_reason"]
    assert found == TASKS_OF_TEMPLATES


def test_the_real_chat_becomes_messages(samples: Path, read: Read) -> None:
    file = next((samples / "labelstudio").rglob("chat_data.json"))
    (row,) = read(LabelStudio(export=file))
    assert [turn["role"] for turn in row["messages"]] == ["user", "assistant", "user", "assistant"]
    assert json.loads(row["meta"])["seconds"] == 912.131
    assert row["person_keys"] == ["22798", "test@example.com"]
