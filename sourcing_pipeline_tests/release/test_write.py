import csv
import hashlib
import json
import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sourcing_pipeline.errors import ReleaseError
from sourcing_pipeline.release.config import Release
from sourcing_pipeline.release.write import RELEASED, Provenance, latest, released, write_release
from sourcing_pipeline.rows import MIXED

Rows = Callable[..., pa.Table]
FILES = ["ATTRIBUTION.csv", "README.md", "dataset.jsonl", "dataset.parquet", "manifest.json"]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "dataset.jsonl").read_text("utf-8").split("\n") if line]


def versions(release: Release) -> list[str]:
    """What lies in the dataset's folder, hidden files too."""
    root = release.folder / release.name
    return sorted(path.name for path in root.iterdir()) if root.exists() else []


def test_a_version_has_its_files_and_is_told(rows: Rows, release: Release, origin: Provenance) -> None:
    written = write_release(rows(), "# Card\n", release, origin)
    assert written.new
    assert (written.rows, written.rows_by_source) == (5, {"a": 3, "b": 2})
    assert written.folder == release.folder / "support" / written.version
    assert list(contents(written.folder)) == FILES
    assert written.version.startswith("2026-10-31-")


def test_the_same_rows_and_recipe_give_the_same_version_and_bytes(
    rows: Rows, release: Release, origin: Provenance, tmp_path: Path
) -> None:
    one = write_release(rows(), "# Card\n", release, origin)
    other = write_release(rows(), "# Card\n", release.model_copy(update={"folder": tmp_path / "again"}), origin)
    assert one.version == other.version
    assert contents(one.folder) == contents(other.folder)


def test_a_second_write_finds_the_version_and_changes_nothing(rows: Rows, release: Release, origin: Provenance) -> None:
    first = write_release(rows(), "# Card\n", release, origin)
    before = contents(first.folder)
    assert write_release(rows(), "# Card\n", release, origin) == replace(first, new=False)
    assert contents(first.folder) == before


@pytest.mark.parametrize("changes", [{"source": "c"}, {"quality_score": 0.9}])
def test_other_rows_are_another_version(
    rows: Rows, release: Release, origin: Provenance, changes: dict[str, Any]
) -> None:
    one = write_release(rows(), "", release, origin)
    assert write_release(rows(**changes), "", release, origin).version != one.version


@pytest.mark.parametrize(
    "changes",
    [
        {"attribution": "another author"},
        {"license": "CC-BY-4.0"},
        {"origin_uri": "https://example.net"},
        {"language": "de"},
    ],
)
def test_other_credits_or_labels_are_another_version(
    rows: Rows, release: Release, origin: Provenance, changes: dict[str, Any]
) -> None:
    one = write_release(rows(), "", release, origin)
    assert write_release(rows(**changes), "", release, origin).version != one.version


def test_another_recipe_is_another_version(rows: Rows, release: Release, origin: Provenance) -> None:
    one = write_release(rows(), "", release, origin)
    assert write_release(rows(), "", release, replace(origin, recipe={"mixing": {"size": 6}})).version != one.version


def test_another_day_is_another_version(rows: Rows, release: Release, origin: Provenance) -> None:
    later = replace(origin, as_of=datetime(2026, 11, 1, tzinfo=UTC))
    assert write_release(rows(), "", release, later).version.startswith("2026-11-01-")


def test_a_line_has_exactly_the_four_keys_in_their_order(rows: Rows, release: Release, origin: Provenance) -> None:
    folder = write_release(rows(), "", release, origin).folder
    assert {tuple(line) for line in lines(folder)} == {("instruction", "response", "source", "quality_score")}


def test_a_line_holds_the_rows_text_and_score(rows: Rows, release: Release, origin: Provenance) -> None:
    found = {line["response"]: line for line in lines(write_release(rows(), "", release, origin).folder)}
    assert found["So 1."] == {
        "instruction": "How, «1»?\nPlease.",
        "response": "So 1.",
        "source": "b",
        "quality_score": 0.1,
    }
    assert found["So 3."]["quality_score"] is None


def test_the_recipe_may_ask_for_other_keys(rows: Rows, origin: Provenance, tmp_path: Path) -> None:
    release = Release(folder=tmp_path, columns=("id", "messages", "tags", "created_at"))
    line = min(lines(write_release(rows(), "", release, origin).folder), key=lambda one: str(one["id"]))
    assert line == {
        "id": "a:0",
        "messages": [{"role": "user", "content": "How, «0»?\nPlease."}, {"role": "assistant", "content": "So 0."}],
        "tags": ["mail", "dns"],
        "created_at": "2026-03-01T00:00:00+00:00",
    }


def test_there_are_as_many_lines_as_rows_whatever_the_text_holds(
    rows: Rows, release: Release, origin: Provenance
) -> None:
    messages = [{"role": "user", "content": "a\u2028b\r\nc\u0085\x00"}, {"role": "assistant", "content": '"\\'}]
    folder = write_release(rows(3, messages=messages), "", release, origin).folder
    assert [line["instruction"] for line in lines(folder)] == ["a\u2028b\r\nc\u0085\x00"] * 3


def test_the_parquet_file_has_every_column_in_the_same_order_of_rows(
    rows: Rows, release: Release, origin: Provenance
) -> None:
    folder = write_release(rows(), "", release, origin).folder
    table = pq.read_table(folder / "dataset.parquet")
    assert table.schema.remove_metadata() == RELEASED
    assert table.column("response").to_pylist() == [line["response"] for line in lines(folder)]


def test_the_manifest_has_the_hash_and_size_of_every_file(rows: Rows, release: Release, origin: Provenance) -> None:
    folder = write_release(rows(), "# Card\n", release, origin).folder
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["files"] == {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in contents(folder).items()
        if name != "manifest.json"
    }


def test_the_manifest_says_what_the_version_was_made_of(rows: Rows, release: Release, origin: Provenance) -> None:
    written = write_release(rows(), "", release, origin)
    manifest = json.loads((written.folder / "manifest.json").read_text("utf-8"))
    told = ("name", "version", "as_of", "pipeline_version", "rows", "rows_by_source", "inputs", "recipe")
    assert {name: manifest[name] for name in told} == {
        "name": "support",
        "version": written.version,
        "as_of": "2026-10-31T12:00:00+00:00",
        "pipeline_version": "0.1.0",
        "rows": 5,
        "rows_by_source": {"a": 3, "b": 2},
        "inputs": {"assessed_a": None, "hybrid_mix": 3},
        "recipe": {"mixing": {"size": 5}},
    }


def test_credits_are_listed_by_id_for_rows_that_have_any(rows: Rows, release: Release, origin: Provenance) -> None:
    folder = write_release(rows(3, attribution='Ana "A", Ltd.\nBerlin'), "", release, origin).folder
    with (folder / "ATTRIBUTION.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["id", "license", "attribution", "origin_uri"],
            ["a:0", "CC-BY-SA-4.0", 'Ana "A", Ltd.\nBerlin', ""],
            ["a:2", "CC-BY-SA-4.0", 'Ana "A", Ltd.\nBerlin', "https://example.org/2"],
            ["b:1", "CC-BY-SA-4.0", 'Ana "A", Ltd.\nBerlin', "https://example.org/1"],
        ]


def test_rows_without_credits_are_not_listed(rows: Rows, release: Release, origin: Provenance) -> None:
    folder = write_release(rows(attribution=None, origin_uri=None), "", release, origin).folder
    assert (folder / "ATTRIBUTION.csv").read_bytes() == b"id,license,attribution,origin_uri\r\n"


@pytest.mark.parametrize("name", FILES[:-1])
def test_a_file_that_was_changed_is_named(rows: Rows, release: Release, origin: Provenance, name: str) -> None:
    folder = write_release(rows(), "# Card\n", release, origin).folder
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    with pytest.raises(ReleaseError, match=f"{name} was changed after release; move it away and run again"):
        write_release(rows(), "# Card\n", release, origin)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_gone_is_an_error(rows: Rows, release: Release, origin: Provenance, name: str) -> None:
    folder = write_release(rows(), "# Card\n", release, origin).folder
    (folder / name).unlink()
    with pytest.raises(ReleaseError, match="its manifest or a file is missing"):
        write_release(rows(), "# Card\n", release, origin)


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"files": []}', "null"])
def test_a_broken_manifest_is_an_error(rows: Rows, release: Release, origin: Provenance, text: str) -> None:
    folder = write_release(rows(), "", release, origin).folder
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ReleaseError):
        write_release(rows(), "", release, origin)


def test_a_crash_half_way_leaves_no_version_and_no_rest(rows: Rows, release: Release, origin: Provenance) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_release(rows(), "a card with \ud800", release, origin)
    assert versions(release) == []
    with pytest.raises(ReleaseError, match="nothing was released yet"):
        latest(release)


def test_a_crash_half_way_leaves_the_version_before(rows: Rows, release: Release, origin: Provenance) -> None:
    before = write_release(rows(), "", release, origin)
    with pytest.raises(UnicodeEncodeError):
        write_release(rows(4), "a card with \ud800", release, origin)
    assert versions(release) == sorted(["LATEST", before.version])
    assert latest(release) == before.folder


def test_a_mix_without_rows_is_not_released(rows: Rows, release: Release, origin: Provenance) -> None:
    with pytest.raises(ReleaseError, match="release support: the mix has no rows; nothing was released"):
        write_release(rows(0), "", release, origin)
    assert versions(release) == []


def test_latest_is_what_was_written_or_confirmed_last(rows: Rows, release: Release, origin: Provenance) -> None:
    first = write_release(rows(), "", release, origin)
    second = write_release(rows(4), "", release, origin)
    assert latest(release) == second.folder
    write_release(rows(), "", release, origin)
    assert latest(release) == first.folder
    assert (release.folder / "support" / "LATEST").read_text() == f"{first.version}\n"


def test_two_processes_may_write_the_same_version_at_once(rows: Rows, release: Release, origin: Provenance) -> None:
    spawn = multiprocessing.get_context("spawn")
    arguments = (rows(2000), "# Card\n", release, origin)
    writers = [spawn.Process(target=write_release, args=arguments) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    written = write_release(*arguments)
    assert not written.new
    assert versions(release) == sorted(["LATEST", written.version])


def test_rows_are_shuffled_the_same_way_in_whatever_order_they_come(rows: Rows) -> None:
    made = rows(50)
    ids = made.column("id").to_pylist()
    assert ids != sorted(ids)
    assert rows(51).filter(pa.array([row_id != "a:50" for row_id in rows(51).column("id").to_pylist()])) == made


def test_released_rows_have_their_schema_and_both_texts() -> None:
    mixed = pa.Table.from_pylist(
        [
            {
                "id": "a:1",
                "partition": "all",
                "source": "a",
                "strategy": "annotated",
                "messages": [
                    {"role": role, "content": content}
                    for role, content in [
                        ("user", "How?"),
                        ("assistant", "What?"),
                        ("user", "That."),
                        ("assistant", "So."),
                    ]
                ],
            }
        ],
        schema=MIXED,
    )
    made = released(mixed)
    assert made.schema == RELEASED
    assert made.column("instruction").to_pylist() == ["User: How?\n\nAssistant: What?\n\nUser: That."]
    assert made.column("response").to_pylist() == ["So."]
