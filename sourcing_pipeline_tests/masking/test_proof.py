import pyarrow as pa
import pytest

from sourcing_pipeline.config import MaskingProfile
from sourcing_pipeline.masking import Masker, Masking
from sourcing_pipeline.masking.canaries import Leak, Planted
from sourcing_pipeline.masking.proof import Tally, by_entity, by_language, proof, table, tallied

PLANTED = [
    Planted("s:canary-pii-1", "NAME", "Maria", "en"),
    Planted("s:canary-pii-1", "NAME", "Lopez", "en"),
    Planted("s:canary-pii-1", "EMAIL", "m@example.com", "en"),
    Planted("s:canary-pii-2", "NAME", "Bram", "nl"),
    Planted("s:canary-pii-2", "PHONE", "06-12345678", "nl"),
]
LEAKS = [Leak("s:canary-pii-1", "NAME"), Leak("s:canary-pii-2", "PHONE")]
BACK = ["s:canary-pii-1", "s:canary-pii-2"]


class Blind:
    """A masker that does not see some kinds of personal data in some languages, and loses rows."""

    def __init__(self, masker: Masker, *unseen: tuple[str, str], lost: int = 0) -> None:
        self._masker, self._unseen, self._lost = masker, unseen, lost

    def mask_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        masked = self._masker.mask_batch(batch)
        plain = batch.column("messages").to_pylist()
        languages = batch.column("language").to_pylist()
        shown = {language for _, language in self._unseen}
        messages = [
            raw if language in shown else new
            for raw, new, language in zip(plain, masked.column("messages").to_pylist(), languages, strict=True)
        ]
        at = masked.schema.get_field_index("messages")
        field = masked.schema.field(at)
        return masked.set_column(at, field, pa.array(messages, field.type)).slice(self._lost)


def proven(masker: object, **recipe: object):  # type: ignore[no-untyped-def]
    return proof(masker, Masking.model_validate({"entities": ["NAME", "EMAIL"], **recipe}), "tickets", "x")  # type: ignore[arg-type]


def test_what_is_masked_is_counted_by_kind_and_language() -> None:
    assert tallied(PLANTED, LEAKS, BACK) == {
        ("EMAIL", "en"): Tally(1, 1),
        ("NAME", "en"): Tally(2, 1),
        ("NAME", "nl"): Tally(1, 1),
        ("PHONE", "nl"): Tally(1, 0),
    }


def test_values_of_a_row_that_did_not_come_back_are_not_masked() -> None:
    assert by_language(tallied(PLANTED, [], BACK[:1])) == {"en": Tally(3, 3), "nl": Tally(2, 0)}


def test_recall_of_a_kind_is_over_all_languages() -> None:
    entities = by_entity(tallied(PLANTED, LEAKS, BACK))
    assert entities == {"EMAIL": Tally(1, 1), "NAME": Tally(3, 2), "PHONE": Tally(1, 0)}
    assert entities["NAME"].recall == pytest.approx(2 / 3)
    assert Tally(0, 0).recall == 1


def test_the_table_has_a_row_for_each_kind_and_a_column_for_each_language() -> None:
    assert table(tallied(PLANTED, LEAKS, BACK)).splitlines() == [
        "| | en | nl | all | recall |",
        "|---|---|---|---|---|",
        "| EMAIL | 1 of 1 | 0 of 0 | 1 of 1 | 100.0% |",
        "| NAME | 1 of 2 | 1 of 1 | 2 of 3 | 66.7% |",
        "| PHONE | 0 of 0 | 0 of 1 | 0 of 1 | 0.0% |",
    ]


def test_a_healthy_masker_passes(masker: Masker) -> None:
    found = proof(masker, Masking(), "tickets", "2026-03-01")
    assert found.finding.passed
    assert found.finding.facts["canary_recall_EMAIL"] == 1
    assert "of 338 planted values" in found.finding.message or "all 338 planted values" in found.finding.message
    assert found.finding.facts["planted"] == sum(tally.planted for tally in found.tallies.values())


def test_a_masker_blind_in_one_language_fails_and_the_message_says_which_and_by_how_much(masker: Masker) -> None:
    finding = proven(Blind(masker, ("all", "nl"))).finding
    assert not finding.passed
    assert "EMAIL 85.7% (24 of 28; nl 0 of 4)" in finding.message
    assert "under the floor" in finding.message
    assert "tickets:canary-pii-" in finding.message
    assert "masking.min_score" in finding.message
    assert finding.facts["canary_recall_EMAIL"] == pytest.approx(6 / 7)
    assert finding.facts["missed_EMAIL_nl"] == 4
    assert finding.facts["readable_EMAIL"] == 4


def test_no_planted_value_is_in_the_message_or_the_facts(masker: Masker) -> None:
    finding = proven(Blind(masker, ("all", "nl"), ("all", "en"))).finding
    assert "@" not in finding.message + str(finding.facts)


def test_the_recipe_s_floor_decides(masker: Masker) -> None:
    blind = Blind(masker, ("all", "nl"))
    assert proven(blind, min_canary_recall=0.8).finding.passed
    assert "none of their kinds is under the floor of 80.0%" in proven(blind, min_canary_recall=0.8).finding.message
    assert not proven(blind, min_canary_recall=0.9).finding.passed


def test_a_row_that_does_not_come_back_fails_under_any_floor(masker: Masker) -> None:
    finding = proven(Blind(masker, lost=1), min_canary_recall=0.0).finding
    assert not finding.passed
    assert "1 of 84 planted rows did not come back" in finding.message


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["numbered", "hash", "surrogate"])
def test_what_stands_in_place_of_a_find_does_not_matter(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCING_MASKING_KEY", "k" * 32)
    config = Masking.model_validate({"mode": mode})
    assert proof(Masker.from_config(config), config, "tickets", "2026-03-01").finding.passed


def test_languages_of_the_recipe_alone_are_planted(masker: Masker) -> None:
    assert set(by_language(proven(masker, languages=["it", "pt"]).tallies)) == {"it", "pt"}


def test_what_does_not_apply_to_the_source_is_not_asked_of_it(masker: Masker) -> None:
    found = proof(masker, Masking(), "tickets", "x", MaskingProfile(entities=("EMAIL",)))
    assert set(by_entity(found.tallies)) == {"EMAIL"}
