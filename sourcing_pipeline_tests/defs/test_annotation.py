"""A campaign from the pilot to rows in the mix, in files that people edit; and what happens when it goes wrong."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from sourcing_pipeline.defs.annotation import tasks_name
from sourcing_pipeline.quarantine import open_quarantine
from sourcing_pipeline.rows import MASKED, MIXED
from sourcing_pipeline.sources.annotation.annotators import LABELS
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.defs.conftest import Workshop, failed_checks, made

pytestmark = pytest.mark.slow

NAME = "written_set"
PILOT = 4


class Campaign:
    """The finished month with a campaign beside its sources, in files."""

    def __init__(self, workshop: Workshop, **changes: Any) -> None:
        self.workshop = workshop
        questions = [f"My name is Maria Lopez. How do I set up mailbox number {number}?" for number in range(12)]
        (workshop.folder / "faq.txt").write_text("\n".join(questions) + "\n", "utf-8")
        config = {
            "kind": "campaign",
            "instructions": {"files": ["faq.txt"], "from_topics": 3},
            "price_usd": 0.5,
            "budget_usd": 40,
            "pilot": {"size": PILOT, "annotators": 2},
            "provider": {"type": "files", "folder": "people"},
            **changes,
        }
        workshop.edit("  synthetic_set:\n", f"  {NAME}: {json.dumps(config)}\n\n  synthetic_set:\n")
        workshop.edit("as_of: 2026-10-31 ", "as_of: 2099-12-31 ")

    def night(self) -> dg.ExecuteInProcessResult:
        """What a night makes of the campaign: answers, rows, and what is asked next."""
        chain = (f"{NAME}_updates", NAME, f"masked_{NAME}", f"assessed_{NAME}", tasks_name(NAME))
        return self.workshop.materialize(*chain)

    def folder(self, kind: str, pilot: bool) -> Path:
        return self.workshop.folder / "people" / (f"{NAME}-pilot" if pilot else NAME) / kind

    def tasks(self, kind: str, pilot: bool) -> list[dict[str, str]]:
        path = self.folder(kind, pilot) / "tasks.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))

    def answer(self, who: str, kind: str, pilot: bool, filled: list[dict[str, str]]) -> None:
        """The copy that one annotator returns."""
        path = self.folder(kind, pilot) / "answers" / f"{who}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(filled[0]))
            writer.writeheader()
            writer.writerows(filled)

    def write(self, who: str, pilot: bool) -> None:
        rows = self.tasks("write", pilot)
        said = "Open Settings, choose Mailboxes, press Add, and follow the steps that you are shown. (task {})"
        self.answer(
            who, "write", pilot, [{**row, "response": said.format(row["key"]), "seconds": "60"} for row in rows]
        )

    def rate(self, who: str, met: str = "yes") -> None:
        points = ("complete", "concise", "tone", "sources", "no_assumptions")
        rows = self.tasks("rate", True)
        self.answer(who, "rate", True, [{**row, **dict.fromkeys(points, met)} for row in rows])


@pytest.fixture
def campaign(workshop: Workshop) -> Iterator[Campaign]:
    return Campaign(workshop)


def check(result: dg.ExecuteInProcessResult, name: str) -> dg.AssetCheckEvaluation:
    (found,) = [one for one in result.get_asset_check_evaluations() if one.check_name == name]
    return found


def test_a_campaign_goes_from_the_pilot_to_rows_in_the_mix(campaign: Campaign) -> None:
    first = campaign.night()
    assert first.success
    assert {f"assessed_{NAME}", tasks_name(NAME)} <= made(first)
    asked = campaign.tasks("write", True)
    assert len(asked) == PILOT
    assert campaign.tasks("write", False) == []
    assert not check(first, "pilot_passed").passed
    assert all("Maria" not in row["instruction"] and "[NAME]" in row["instruction"] for row in asked)

    campaign.write("ana", True)
    second = campaign.night()
    assert len(campaign.tasks("rate", True)) == PILOT
    assert campaign.tasks("write", False) == []
    assert "of 4 tasks 4 are answered" in str(check(second, "pilot_passed").description)

    campaign.rate("bea")
    campaign.rate("cleo")
    third = campaign.night()
    assert check(third, "pilot_passed").passed
    rest = campaign.tasks("write", False)
    assert len(rest) == 12 + 3 - PILOT, "the other questions, and three from topics that are under-covered"

    campaign.write("ana", False)
    last = campaign.night()
    assert last.success
    rows = campaign.workshop.project.lake.table(f"masked_{NAME}").load(MASKED).to_pylist()
    assert len(rows) == 15
    assert {row["strategy"] for row in rows} == {"annotated"}
    assert {row["quality_score"] for row in rows} == {1.0, None}
    assert all("ana" not in row["meta"] for row in rows)
    ledger = campaign.workshop.project.lake.table(f"ledger/{NAME}/labels").load(LABELS).to_pylist()
    assert len(ledger) == 15 + 2 * PILOT
    assert sum(row["cost_usd"] for row in ledger) == pytest.approx(0.5 * (15 + 2 * PILOT))
    assert sum(row["cost_usd"] for row in rows) == pytest.approx(0.5 * (15 + 2 * PILOT))
    assert check(last, "within_budget").passed

    mixed = campaign.workshop.materialize("review_queue", "verdicts", "scorecard", "hybrid_mix")
    assert mixed.success
    sources = campaign.workshop.project.lake.table("hybrid_mix").load(MIXED, ["id", "source"]).column("source")
    assert NAME in sources.to_pylist()


def test_a_pilot_that_shows_disagreement_stops_the_campaign_until_somebody_accepts_it(campaign: Campaign) -> None:
    campaign.night()
    campaign.write("ana", True)
    campaign.night()
    campaign.rate("bea", "yes")
    campaign.rate("cleo", "no")
    failed = check(campaign.night(), "pilot_passed")
    assert not failed.passed
    assert failed.severity == dg.AssetCheckSeverity.WARN
    assert "Krippendorff's alpha" in str(failed.description)
    assert campaign.tasks("write", False) == []
    campaign.workshop.edit('"annotators": 2}', '"annotators": 2, "accepted_by": "Eva"}')
    accepted = check(campaign.night(), "pilot_passed")
    assert accepted.passed
    assert "Eva has accepted the pilot" in str(accepted.description)
    assert len(campaign.tasks("write", False)) == 11


def test_a_night_that_changes_nothing_sends_nothing(campaign: Campaign) -> None:
    campaign.night()
    before = campaign.tasks("write", True)
    campaign.night()
    assert campaign.tasks("write", True) == before


def test_nothing_is_sent_beyond_the_budget(workshop: Workshop) -> None:
    campaign = Campaign(workshop, budget_usd=4.5)
    result = campaign.night()
    assert len(campaign.tasks("write", True)) == 3, "three responses and two ratings of each cost 4.50"
    assert check(result, "within_budget").passed


def test_a_provider_that_is_down_is_a_warning_and_the_tasks_are_sent_the_next_night(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "f00d" * 10)
    campaign = Campaign(workshop, provider={"type": "label_studio", "url": "http://127.0.0.1:9"})
    result = campaign.night()
    assert result.success
    sent = check(result, "tasks_sent")
    assert not sent.passed
    assert sent.severity == dg.AssetCheckSeverity.WARN
    assert "4 tasks wait to be sent" in str(sent.description)
    assert "Maria" not in str(sent.description)
    workshop.edit('{"type": "label_studio", "url": "http://127.0.0.1:9"}', '{"type": "files", "folder": "people"}')
    assert check(campaign.night(), "tasks_sent").passed
    assert len(campaign.tasks("write", True)) == PILOT


def test_whoever_stands_behind_an_instruction_is_forgotten_with_it(workshop: Workshop) -> None:
    campaign = Campaign(workshop, instructions={"from_topics": 40}, pilot={"size": 40, "annotators": 2}, budget_usd=99)
    campaign.night()
    journal = Updates(open_quarantine(workshop.recipe.storage).table(f"updates/{NAME}"))
    asked = {one.key: one.person_keys for one in journal.landed(["tasks"]) if one.record["record"] == "task"}
    about = next(key for keys in asked.values() for key in keys if key.startswith("ticket_extracts:"))
    theirs = {key for key, keys in asked.items() if about in keys}
    assert theirs
    done = workshop.run("erase", "--person-key", about)
    assert done.returncode == 0, done.stdout + done.stderr
    left = {one.key for one in journal.landed(["tasks"]) if one.record["record"] == "task"}
    assert left == set(asked) - theirs
    assert "within_budget" not in failed_checks(campaign.night())
