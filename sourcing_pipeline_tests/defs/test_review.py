"""What people answer, and what the pipeline does about it."""

import json
from collections import Counter
from pathlib import Path

import pytest

from sourcing_pipeline.review.questions import QUESTIONS
from sourcing_pipeline.review.queue import QUEUE, partition_of
from sourcing_pipeline.rows import LEDGER, MIXED
from sourcing_pipeline_tests.defs.conftest import Workshop, failed_checks

pytestmark = pytest.mark.slow

SOURCE = "filtered_stackexchange"


def queue(workshop: Workshop, source: str, question: str = "correct") -> list[dict[str, str]]:
    table = workshop.project.lake.table("review_queue")
    partition = partition_of(source, question)  # type: ignore[arg-type]
    return table.load(QUEUE, ["id", "content_hash", "question"], [partition]).to_pylist()  # type: ignore[no-any-return]


def say(workshop: Workshop, rows: list[dict[str, str]], answers: list[str], reviewer: str = "ana") -> None:
    """Append a verdict on each of `rows`, as far as there are `answers`."""
    moment = {"reviewer": reviewer, "reviewed_at": "2026-11-28T12:00:00Z"}
    lines = [json.dumps({**row, "verdict": answer, **moment}) for row, answer in zip(rows, answers, strict=False)]
    with (workshop.folder / "verdicts.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def dropped(workshop: Workshop) -> dict[str, str]:
    """Why each row is not in the mix, by id."""
    return {row["id"]: row["reason"] for row in workshop.project.lake.drops("hybrid_mix").load(LEDGER).to_pylist()}


def test_every_question_is_asked_of_the_rows_that_it_is_about(workshop: Workshop) -> None:
    asked = Counter(
        (source, question)
        for source in workshop.recipe.enabled()
        for question in QUESTIONS
        for _ in queue(workshop, source, question)
    )
    assert {source for source, question in asked if question == "keep"} == {"synthetic_set"}
    assert asked["synthetic_set", "keep"] == 150
    assert {source for source, question in asked if question == "domain"} == {
        "ticket_extracts",
        SOURCE,
        "synthetic_set",
    }
    assert 20 <= asked[SOURCE, "domain"] <= 40
    assert asked[SOURCE, "correct"] == 100
    assert asked[SOURCE, "leak"] >= 60
    assert (workshop.folder / "data/review/synthetic_set.keep.jsonl").exists()


def test_dropped_rows_leave_the_mix_and_rows_that_people_hold_to_belong_to_the_domain_come_back(
    workshop: Workshop,
) -> None:
    before = dropped(workshop)
    flagged = [row_id for row_id, reason in before.items() if reason == "off_domain"]
    doubtful = [row for row in queue(workshop, "ticket_extracts", "domain") if row["id"] in flagged]
    assert doubtful
    synthetic = queue(workshop, "synthetic_set", "keep")
    say(workshop, synthetic, ["drop"] * 10 + ["keep"] * 140)
    say(workshop, doubtful, ["in_domain"] * len(doubtful))
    result = workshop.materialize("verdicts", "scorecard", "hybrid_mix")
    assert result.success
    after = dropped(workshop)
    assert all(after[row["id"]] == "judged_wrong" for row in synthetic[:10])
    assert not [row["id"] for row in doubtful if after.get(row["id"]) == "off_domain"]
    assert "synthetic_kept_synthetic_set" not in failed_checks(result)
    mixed = workshop.project.lake.table("hybrid_mix").load(MIXED, ["id"]).column("id").to_pylist()
    assert not set(mixed) & {row["id"] for row in synthetic[:10]}


def test_a_sequential_review_that_is_decided_asks_no_more(workshop: Workshop) -> None:
    workshop.edit("sample_size: 100", "sample_size: 100\n  design: sequential")
    (workshop.folder / "verdicts.jsonl").unlink()
    rows = queue(workshop, SOURCE)
    say(workshop, rows, ["right"] * 60)
    result = workshop.materialize("verdicts", "review_queue")
    (found,) = [one for one in result.get_asset_check_evaluations() if one.check_name == f"error_rate_{SOURCE}"]
    assert "certified: surely below 10%" in str(found.description)
    workshop.materialize("review_queue")
    assert {row["id"] for row in queue(workshop, SOURCE)} == {row["id"] for row in rows[:60]}


def test_a_model_s_score_gives_a_second_interval_that_decides_nothing(workshop: Workshop) -> None:
    plain = workshop.check("verdicts", f"error_rate_{SOURCE}").get_asset_check_evaluations()[0]
    workshop.edit("sample_size: 100", "sample_size: 100\n  model_score: domain_score")
    scored = workshop.check("verdicts", f"error_rate_{SOURCE}").get_asset_check_evaluations()[0]
    assert "prediction-powered by domain_score" in str(scored.description)
    assert "which decides nothing" in str(scored.description)
    assert "prediction-powered" not in str(plain.description)
    assert plain.passed == scored.passed


def test_a_verdict_is_only_ever_added_to(workshop: Workshop, tmp_path: Path) -> None:
    before = (workshop.folder / "verdicts.jsonl").read_bytes()
    workshop.materialize("review_queue", "verdicts", "scorecard", "hybrid_mix")
    assert (workshop.folder / "verdicts.jsonl").read_bytes() == before
