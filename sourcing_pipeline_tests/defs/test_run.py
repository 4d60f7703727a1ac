"""A whole run as a person sees it: what is printed, what is written, what a second run changes."""

import json
import os
import re
from pathlib import Path

import pytest

from sourcing_pipeline.defs.mixing import quotas_of
from sourcing_pipeline.release.write import latest
from sourcing_pipeline.rows import ASSESSED, MASKED, MIXED, WHOLE, is_canary
from sourcing_pipeline_tests.defs.conftest import ROOT, Workshop, made, write_project

pytestmark = pytest.mark.slow


def released(workshop: Workshop) -> list[dict[str, object]]:
    with (latest(workshop.recipe.release) / "dataset.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_it_ends_by_printing_the_dataset_the_rows_by_source_the_checks_and_the_drops(finished: Workshop) -> None:
    assert re.search(r"^dataset \S+/dataset\.jsonl$", finished.stdout.strip().splitlines()[-1])
    for said in ("What was dropped, and why", "Rows by source", "Checks", "The mix", "rating_too_low", "bound by"):
        assert said in finished.stdout
    assert "template" in finished.stdout
    assert "simulated" in finished.stdout


def test_the_dataset_has_exactly_the_four_keys_on_each_line(finished: Workshop) -> None:
    rows = released(finished)
    assert len(rows) == 300
    assert {tuple(row) for row in rows} == {("instruction", "response", "source", "quality_score")}


def test_the_mix_is_50_20_20_10_as_far_as_a_month_of_tickets_goes(finished: Workshop) -> None:
    parts = {part.strategy: part for part in quotas_of(finished.project)}
    asked = {name: part.asked for name, part in parts.items()}
    assert asked == {"production_logs": 150, "public": 60, "annotated": 60, "synthetic": 30}
    assert sum(part.achieved for part in parts.values()) == 300
    logs = parts["production_logs"]
    assert logs.achieved == min(logs.available, 150)
    assert parts["synthetic"].achieved <= 60
    assert finished.project.lake.table("hybrid_mix").tally("strategy") == {
        name: part.achieved for name, part in parts.items()
    }


def test_no_canary_stands_in_any_table(finished: Workshop) -> None:
    lake = finished.project.lake
    names = [stage + source for source in finished.recipe.enabled() for stage in ("masked_", "assessed_")] + [
        "hybrid_mix",
        "review_queue",
        "verdicts",
    ]
    ids = [row_id for name in names for row_id in lake.table(name).tally("id")]
    assert ids
    assert not [row_id for row_id in ids if is_canary(row_id)]


def test_no_planted_personal_value_stands_in_the_run_s_log_or_reports(finished: Workshop) -> None:
    with (ROOT / "data/demo/truth.jsonl").open(encoding="utf-8") as lines:
        truth = [json.loads(line) for line in lines]
    kinds = {"EMAIL", "PAYMENT", "IBAN", "ID_NUMBER"}
    values = {
        one["value"]
        for record in truth
        for one in record["personal"]
        if one["label"] in kinds and not one["value"].endswith("@postrider.example")
    }
    assert len(values) > 500
    written = [
        path.read_bytes()
        for root in (finished.folder / ".dagster", finished.folder / "data/review", finished.folder / "data/releases")
        for path in root.rglob("*")
        if path.is_file()
    ]
    everything = b"\n".join(written) + finished.stdout.encode()
    leaked = [value for value in values if value.encode() in everything]
    assert len(leaked) <= len(values) * 0.002


def test_a_row_can_be_traced_from_its_source_into_the_release(finished: Workshop) -> None:
    row_id = next(iter(finished.project.lake.table("hybrid_mix").tally("id")))
    done = finished.run("trace", row_id)
    assert done.returncode == 0
    for stage in ("masked_", "assessed_", "hybrid_mix", "training_release"):
        assert re.search(rf"{stage}\S* +│ kept", done.stdout), done.stdout


def test_a_dropped_row_s_trace_names_the_reason(finished: Workshop) -> None:
    drops = finished.project.lake.drops("ticket_extracts").read(["id", "reason"])
    row = next(row for batch in drops for row in batch.to_pylist() if row["reason"] == "rating_too_low")
    done = finished.run("trace", row["id"])
    assert "rating_too_low" in done.stdout
    assert "the satisfaction rating is under the recipe's minimum" in done.stdout


def test_the_same_inputs_and_recipe_give_the_same_bytes(finished: Workshop, workshop: Workshop) -> None:
    before = (latest(workshop.recipe.release) / "dataset.jsonl").read_bytes()
    result = workshop.materialize(
        "annotated_set",
        "masked_annotated_set",
        "domain_profile",
        "assessed_annotated_set",
        "review_queue",
        "verdicts",
        "scorecard",
        "hybrid_mix",
        "training_release",
    )
    assert result.success
    assert "training_release" in made(result)
    assert (latest(workshop.recipe.release) / "dataset.jsonl").read_bytes() == before
    assert len(list((workshop.folder / "data/releases/postrider-support").glob("2026-*"))) == 1


def test_a_single_day_replaces_that_day_alone(workshop: Workshop) -> None:
    table = workshop.project.lake.table("masked_ticket_extracts")
    before = table.counts()
    done = workshop.run("run", "--partition", "2026-10-14")
    assert done.returncode == 0, done.stdout[-3000:]
    assert table.counts() == before
    assert len(list((workshop.folder / "data/releases/postrider-support").glob("2026-*"))) == 1


def test_the_tables_hold_the_contract(finished: Workshop) -> None:
    lake = finished.project.lake
    for source in finished.recipe.enabled():
        assert (
            lake.table(f"masked_{source}").load(MASKED).num_rows
            == lake.table(f"assessed_{source}").load(ASSESSED).num_rows
        )
    assert lake.table("hybrid_mix").load(MIXED).column("partition").unique().to_pylist() == [WHOLE]


def test_unmasked_rows_are_readable_by_their_owner_alone(finished: Workshop) -> None:
    assert (finished.folder / "data/quarantine").stat().st_mode & 0o777 == 0o700


def test_a_missing_input_fails_with_one_clear_error_and_leaves_what_was_landed(workshop: Workshop) -> None:
    workshop.edit(f"{ROOT}/data/demo/annotations.json", "nowhere.json")
    before = workshop.project.lake.table("masked_annotated_set").version()
    done = workshop.run("run", "--partition", "2026-10-14")
    assert done.returncode == 1
    assert "nowhere.json" in done.stdout
    assert "annotated_set" in done.stdout.strip().splitlines()[-1]
    assert workshop.project.lake.table("masked_annotated_set").version() == before


def test_a_failed_blocking_check_is_named_last_and_the_exit_status_is_1(tmp_path: Path) -> None:
    workshop = write_project(tmp_path / "failing")
    workshop.edit("review:\n", "review:\n  required: true\n")
    (workshop.folder / "verdicts.jsonl").unlink()
    done = workshop.run("run", "--from", "2026-10-10", "--to", "2026-10-11")
    assert done.returncode == 1
    last = done.stdout.strip().splitlines()[-1]
    assert "failed check" in last
    assert "error_rate_" in last
    assert not os.path.exists(workshop.folder / "data/releases")  # noqa: PTH110
