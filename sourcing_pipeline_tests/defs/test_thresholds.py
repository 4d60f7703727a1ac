"""Each threshold bites: what it forbids stops the dataset."""

import json
from collections import Counter

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sourcing_pipeline.masking import Masker
from sourcing_pipeline.release.write import latest
from sourcing_pipeline.review.queue import QUEUE
from sourcing_pipeline.rows import MASKED, MIXED, WHOLE, outcomes
from sourcing_pipeline_tests.defs.conftest import Workshop, failed_checks, made

pytestmark = pytest.mark.slow


def judge(workshop: Workshop, source: str, wrong: int) -> None:
    """Let every queued row of `source` be judged, `wrong` of them as wrong."""
    queued = workshop.project.lake.table("review_queue").load(QUEUE, ["id", "content_hash"], [source]).to_pylist()
    lines = [
        json.dumps(
            {
                **row,
                "verdict": "wrong" if number < wrong else "right",
                "reason": "answers another question" if number < wrong else None,
                "reviewer": "tester",
                "reviewed_at": "2026-10-30T12:00:00Z",
            }
        )
        for number, row in enumerate(queued)
    ]
    (workshop.folder / "verdicts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_source_with_15_percent_wrong_verdicts_stops_the_mix(workshop: Workshop) -> None:
    judge(workshop, "filtered_stackexchange", wrong=15)
    result = workshop.materialize("verdicts", "scorecard", "hybrid_mix", "training_release")
    assert not result.success
    assert "error_rate_filtered_stackexchange" in failed_checks(result)
    assert not {"hybrid_mix", "training_release"} & made(result)


def test_a_source_with_10_percent_wrong_verdicts_is_mixed(workshop: Workshop) -> None:
    judge(workshop, "filtered_stackexchange", wrong=10)
    result = workshop.materialize("verdicts", "scorecard", "hybrid_mix")
    assert "error_rate_filtered_stackexchange" not in failed_checks(result)
    assert "hybrid_mix" in made(result)


def test_the_error_rate_check_says_how_many_were_reviewed_and_the_interval(workshop: Workshop) -> None:
    judge(workshop, "filtered_stackexchange", wrong=15)
    result = workshop.materialize("verdicts")
    (said,) = [one for one in result.get_asset_check_evaluations() if one.check_name.endswith("stackexchange")]
    assert "15 of 100 reviewed rows are wrong, 15.0% (95% interval 8.6% to 23.5%)" in str(said.description)
    assert "answers another question (15)" in str(said.description)


def test_without_a_verdict_there_is_a_warning_and_under_required_an_error(workshop: Workshop) -> None:
    (workshop.folder / "verdicts.jsonl").unlink()
    result = workshop.materialize("verdicts", "scorecard")
    severities = {one.severity for one in result.get_asset_check_evaluations() if not one.passed}
    assert severities == {dg.AssetCheckSeverity.WARN}
    assert "scorecard" in made(result)
    workshop.edit("review:\n", "review:\n  required: true\n")
    result = workshop.materialize("verdicts", "scorecard")
    assert not result.success
    assert "scorecard" not in made(result)


def test_a_mix_with_25_percent_synthetic_rows_is_not_released(workshop: Workshop) -> None:
    lake = workshop.project.lake
    mixed = lake.table("hybrid_mix").load(MIXED)
    synthetic = mixed.filter(pc.equal(mixed.column("strategy"), "synthetic"))
    others = mixed.filter(pc.not_equal(mixed.column("strategy"), "synthetic"))
    spoiled = pa.concat_tables([synthetic, others.slice(0, 3 * synthetic.num_rows)])
    assert Counter(spoiled.column("strategy").to_pylist())["synthetic"] * 4 == spoiled.num_rows
    lake.table("hybrid_mix").overwrite(spoiled.combine_chunks().to_batches(), MIXED, [WHOLE])
    assert failed_checks(workshop.check("hybrid_mix", "synthetic_share")) == {"synthetic_share"}
    result = workshop.materialize("training_release")
    assert not result.success
    assert "training_release" not in made(result)
    assert "25.0%" in str(result.failure_data_for_node("training_release").error)


def test_a_canary_left_readable_fails_before_anything_is_written(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def readable(self: Masker, batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = [{**row, "masked_entities": [], "masking_version": "0"} for row in batch.to_pylist()]
        return pa.RecordBatch.from_pylist(rows, schema=outcomes(MASKED))

    monkeypatch.setattr(Masker, "mask_batch", readable)
    before = workshop.project.lake.table("masked_annotated_set").version()
    result = workshop.materialize("masked_annotated_set", "domain_profile")
    assert not result.success
    assert "canaries_masked" in failed_checks(result)
    (failed,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "canaries_masked"]
    assert failed.metadata["canary_recall_EMAIL"].value == 0.0
    assert "| EMAIL | 0 of 4 | 0 of 4 |" in str(failed.metadata["canary_recall"].value)
    assert "domain_profile" not in made(result)
    assert workshop.project.lake.table("masked_annotated_set").version() == before


def test_personal_data_left_in_masked_rows_stops_what_follows_and_goes_to_the_reviewers(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask = Masker.mask_batch

    def leaky(self: Masker, batch: pa.RecordBatch) -> pa.RecordBatch:
        masked = mask(self, batch)
        if not lossy(batch):
            return masked
        turns = masked.column("messages").to_pylist()
        for row in turns:
            row[0]["content"] += " Write to maria.lopez@example.com"
        at = masked.schema.get_field_index("messages")
        return masked.set_column(at, masked.schema.field(at), pa.array(turns, masked.schema.field(at).type))

    monkeypatch.setattr(Masker, "mask_batch", leaky)
    result = workshop.materialize("masked_annotated_set", "domain_profile")
    assert not result.success
    assert failed_checks(result) == {"residual_leaks"}
    assert "domain_profile" not in made(result)
    (said,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "residual_leaks"]
    assert "EMAIL (" in str(said.description)
    assert "annotated_set.leak.jsonl" in str(said.description)
    assert "maria" not in str(said.description)
    assert workshop.materialize("review_queue").success
    lines = (workshop.folder / "data/review/annotated_set.leak.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line).get("suspected") for line in lines]
    assert told.count(["EMAIL: maria.lopez@example.com"]) >= workshop.recipe.review.max_suspected
    released = workshop.materialize("training_release")
    assert "suspects a leak" in str(released.failure_data_for_node("training_release").error)


def test_people_s_answers_about_leaks_are_weighed_and_a_leaking_row_is_not_mixed(workshop: Workshop) -> None:
    path = workshop.folder / "data/review/ticket_extracts.leak.jsonl"
    asked = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    queue = workshop.project.lake.table("review_queue").load(QUEUE, None, ["ticket_extracts.leak"]).to_pylist()
    drawn = {row["id"] for row in queue if row["stratum"]}
    assert {line["id"] for line in asked} == {row["id"] for row in queue}
    assert len(drawn) >= 60
    answer = {"reviewer": "tester", "reviewed_at": "2026-10-30T12:00:00Z"}
    mixed = set(workshop.project.lake.table("hybrid_mix").tally("id"))
    leaking = next(line["id"] for line in asked if line["id"] in mixed & drawn)
    with (workshop.folder / "verdicts.jsonl").open("a", encoding="utf-8") as file:
        for line in asked:
            verdict = "leak" if line["id"] == leaking else "fine"
            file.write(json.dumps({**line, **answer, "verdict": verdict}) + "\n")
    assert workshop.materialize("verdicts", "scorecard", "hybrid_mix", "training_release").success
    assert leaking not in workshop.project.lake.table("hybrid_mix").tally("id")
    card = (latest(workshop.recipe.release) / "README.md").read_text("utf-8")
    (told,) = [line for line in card.splitlines() if line.startswith("| ticket_extracts | ") and "reviewed)" in line]
    assert f"; 1 of {len(drawn)} reviewed)" in told
    assert "| filtered_stackexchange | not yet reviewed by people |" in card
    assert "What masking lacks, by language" in card


def test_a_run_says_by_kind_how_many_canaries_were_masked_as_numbers_that_dagster_plots(workshop: Workshop) -> None:
    result = workshop.materialize("masked_annotated_set")
    (materialized,) = result.asset_materializations_for_node("masked_annotated_set")
    recalls = {key: one.value for key, one in materialized.metadata.items() if key.startswith("canary_recall_")}
    assert set(recalls) == {f"canary_recall_{entity}" for entity in workshop.recipe.masking.entities}
    assert all(isinstance(value, float) and value >= 0.95 for value in recalls.values())
    assert "| NAME |" in str(materialized.metadata["canary_recall"].value)


def test_a_lost_row_fails_the_count_and_stops_what_follows(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    mask = Masker.mask_batch
    monkeypatch.setattr(
        Masker, "mask_batch", lambda self, batch: mask(self, batch).slice(1) if lossy(batch) else mask(self, batch)
    )
    result = workshop.materialize("masked_annotated_set", "domain_profile")
    assert not result.success
    assert "domain_profile" not in made(result)


def lossy(batch: pa.RecordBatch) -> bool:
    return "canary" not in batch.column("id")[0].as_py()


def test_a_row_lost_from_a_table_fails_its_count(workshop: Workshop) -> None:
    table = workshop.project.lake.table("hybrid_mix")
    table.overwrite(table.load(MIXED).slice(1).combine_chunks().to_batches(), MIXED, [WHOLE])
    assert failed_checks(workshop.check("hybrid_mix", "rows_accounted")) == {"rows_accounted"}


def test_a_row_under_a_licence_that_is_not_allowed_is_not_released(workshop: Workshop) -> None:
    workshop.edit("mixing:\n", "licenses: [LicenseRef-Proprietary]\n\nmixing:\n")
    result = workshop.materialize("training_release")
    assert not result.success
    assert "CC-BY-SA-4.0" in str(result.failure_data_for_node("training_release").error)


def test_a_mix_of_fewer_than_100_rows_is_not_released_unless_the_task_is_specialised(workshop: Workshop) -> None:
    workshop.edit("size: 300", "size: 80")
    assert "minimum_size" in failed_checks(workshop.materialize("hybrid_mix", "training_release"))
    workshop.edit("size: 80", "size: 80\n  task: specialised")
    result = workshop.materialize("hybrid_mix", "training_release")
    assert result.success
    assert failed_checks(result) == set()
