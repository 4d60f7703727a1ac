import random

import pyarrow as pa
import pytest

from sourcing_pipeline.masking import Masker
from sourcing_pipeline.masking.canaries import TEMPLATES, Leak, Planted, canaries, plant, readable
from sourcing_pipeline.masking.config import ENTITIES
from sourcing_pipeline.masking.fakes import PERSONS, card, dni, iban
from sourcing_pipeline.masking.recognizers.bank_accounts import checksum_holds
from sourcing_pipeline.masking.recognizers.cards import luhn
from sourcing_pipeline.rows import MESSAGES, RAW, is_canary, outcomes


def rows(*texts: str, id: str = "s:canary-pii-1") -> pa.RecordBatch:
    messages = pa.array([[{"role": "user", "content": text} for text in texts]], MESSAGES)
    return pa.RecordBatch.from_arrays([pa.array([id]), messages], names=["id", "messages"])


def test_every_template_with_every_person_comes_out_masked(masker: Masker) -> None:
    planted = [
        (template, number, *plant(template, person, random.Random(f"{template}/{number}")))
        for template in range(len(TEMPLATES))
        for number, person in enumerate(PERSONS)
    ]
    masked = masker.mask_examples([turns for _, _, turns, _ in planted])
    leaks = []
    for (template, number, _, values), texts in zip(planted, masked, strict=True):
        batch = rows(*(text.text for text in texts))
        found = readable(batch, [Planted("s:canary-pii-1", entity, value) for entity, value in values])
        leaks += [(template, number, leak.entity) for leak in found]
    assert leaks == []


@pytest.mark.parametrize("seed", ["2026-03-01", "2026-03-02", "x"])
def test_a_nights_canaries_come_out_masked(masker: Masker, seed: str) -> None:
    night = canaries("tickets", seed, 48)
    masked = masker.mask_batch(night.batch)
    assert readable(masked, night.planted) == []
    assert {planted.entity for planted in night.planted} == set(ENTITIES)


def test_canaries_that_are_not_masked_are_all_readable() -> None:
    night = canaries("tickets", "seed")
    assert readable(night.batch, night.planted) == [Leak(planted.id, planted.entity) for planted in night.planted]


def test_canaries_are_raw_rows_of_their_source_and_depend_on_the_seed_alone() -> None:
    night = canaries("tickets", "seed", 30, strategy="public", partition="2026-03-01")
    assert night.batch.schema == outcomes(RAW)
    assert night.batch.num_rows == 30
    assert all(map(is_canary, night.batch.column("id").to_pylist()))
    assert set(night.batch.column("source").to_pylist()) == {"tickets"}
    assert set(night.batch.column("partition").to_pylist()) == {"2026-03-01"}
    assert canaries("tickets", "seed", 30, strategy="public", partition="2026-03-01") == night
    assert canaries("tickets", "seed", 3, strategy="public", partition="2026-03-01").batch == night.batch.slice(0, 3)
    assert canaries("tickets", "other", 30).batch != night.batch


def test_values_of_unwanted_placeholders_are_not_planted() -> None:
    assert {planted.entity for planted in canaries("s", "seed", entities=["EMAIL"]).planted} == {"EMAIL"}


def test_a_count_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 1 or more"):
        canaries("s", "seed", 0)


@pytest.mark.parametrize(
    ("entity", "value", "text", "leaks"),
    [
        ("NAME", "Maria Lopez", "thanks, MARIA!", True),
        ("NAME", "Maria Lopez", "thanks, Mariana", False),
        ("NAME", "Ms van der Berg", "ms van der [NAME]", False),
        ("PHONE", "+49 30 2312", "49-30-2312", True),
        ("PHONE", "+49 30 2312", "[PHONE] 2312", False),
        ("PAYMENT", "4012 8888", "40128888", True),
        ("EMAIL", "a@example.com", "[EMAIL]", False),
    ],
)
def test_readable_ignores_case_spaces_and_punctuation(entity: str, value: str, text: str, leaks: bool) -> None:
    planted = [Planted("s:canary-pii-1", entity, value)]
    assert readable(rows(text), planted) == ([Leak("s:canary-pii-1", entity)] if leaks else [])
    assert readable(rows(text, id="s:other"), planted) == []


@pytest.mark.parametrize(
    ("id", "canary"),
    [("s:canary-pii-1", True), ("s:1", False), ("canary-s:1", False), ("s:x:canary-1", False)],
)
def test_a_canary_is_known_by_its_id(id: str, canary: bool) -> None:
    assert is_canary(id) is canary


def test_fake_numbers_have_their_check_digits() -> None:
    maker = random.Random(0)
    for _ in range(50):
        assert luhn(card(maker).replace(" ", ""))
        assert checksum_holds(iban(maker).replace(" ", ""))
        assert dni(maker)[-1].isalpha()
