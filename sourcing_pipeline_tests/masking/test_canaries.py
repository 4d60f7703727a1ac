import random
import re
from collections import Counter

import pyarrow as pa
import pytest

from sourcing_pipeline.config import CODE, MaskingProfile
from sourcing_pipeline.masking import Masker, Masking
from sourcing_pipeline.masking.canaries import TEXTS, Leak, Planted, canaries, plant, readable
from sourcing_pipeline.masking.config import ENTITIES, USUAL
from sourcing_pipeline.masking.fakes import FIELDS, bank
from sourcing_pipeline.masking.languages import LANGUAGES
from sourcing_pipeline.masking.proof import by_entity, tallied
from sourcing_pipeline.rows import MESSAGES, RAW, is_canary, outcomes


def rows(*texts: str, id: str = "s:canary-pii-1") -> pa.RecordBatch:
    messages = pa.array([[{"role": "user", "content": text} for text in texts]], MESSAGES)
    return pa.RecordBatch.from_arrays([pa.array([id]), messages], names=["id", "messages"])


@pytest.mark.parametrize("seed", ["2026-03-01", "2026-03-02", "x"])
def test_a_nights_canaries_come_out_masked_whole_but_for_a_few_names(masker: Masker, seed: str) -> None:
    night = canaries("tickets", seed)
    leaks = readable(masker.mask_batch(night.batch), night.planted)
    assert {leak.entity for leak in leaks} <= {"NAME"}
    assert by_entity(tallied(night.planted, leaks, night.batch.column("id").to_pylist()))["NAME"].recall >= 0.95


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_personal_data_is_planted_at_least_twice_in_every_language(language: str) -> None:
    planted = canaries("s", "seed", entities=ENTITIES).planted
    assert min(Counter(one.entity for one in planted if one.language == language).values()) >= 2
    assert {one.entity for one in planted if one.language == language} == set(ENTITIES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_as_many_texts_as_the_others_and_they_differ(language: str) -> None:
    texts = [row["user"] for row in bank(language).rows]
    assert len(texts) == len(set(texts)) == TEXTS
    assert all(not set(texts) & {row["user"] for row in bank(other).rows} for other in LANGUAGES if other != language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_two_turns_and_names_fields_that_are_made(language: str) -> None:
    for row in bank(language).rows:
        assert list(row) == ["user", "assistant"]
        assert set(re.findall(r"{(\w+)}", " ".join(row.values()))) <= set(FIELDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sign_of_a_template_is_left_in_a_canary(language: str) -> None:
    for place in range(TEXTS):
        turns, values = plant(language, place, random.Random(place))
        assert not re.search(r"[{}]|<[^<>@]*\|", " ".join(turns))
        assert all(value in " ".join(turns) for _, value in values)


def test_a_text_speaks_of_a_woman_as_of_a_woman_and_of_a_man_as_of_a_man() -> None:
    spoken = {plant("de", 1, random.Random(seed))[0][1].partition(", der")[0] for seed in range(20)}
    assert all(re.match("Sehr geehrte Frau |Sehr geehrter Herr ", text) for text in spoken)
    assert {text.split()[2] for text in spoken} == {"Frau", "Herr"}


def test_canaries_that_are_not_masked_are_all_readable() -> None:
    night = canaries("tickets", "seed", entities=ENTITIES)
    assert readable(night.batch, night.planted) == [Leak(planted.id, planted.entity) for planted in night.planted]


def test_canaries_are_raw_rows_of_their_source_and_depend_on_the_seed_alone() -> None:
    night = canaries("tickets", "seed", strategy="public", partition="2026-03-01")
    assert night.batch.schema == outcomes(RAW)
    assert all(map(is_canary, night.batch.column("id").to_pylist()))
    assert set(night.batch.column("source").to_pylist()) == {"tickets"}
    assert set(night.batch.column("partition").to_pylist()) == {"2026-03-01"}
    assert canaries("tickets", "seed", strategy="public", partition="2026-03-01") == night
    assert canaries("tickets", "other").batch != night.batch


def test_no_two_nights_plant_the_same_value_of_a_kind_that_is_not_a_name_or_town() -> None:
    one, other = ({(p.entity, p.value) for p in canaries("s", seed).planted if p.entity != "NAME"} for seed in "ab")
    assert len(one & other) <= 3


def test_a_row_says_its_language_as_its_values_do() -> None:
    night = canaries("tickets", "seed", ["nl", "pt"])
    language = dict(zip(night.batch.column("id").to_pylist(), night.batch.column("language").to_pylist(), strict=True))
    assert set(language.values()) == {"nl", "pt"}
    assert all(language[planted.id] == planted.language for planted in night.planted)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_fewer_languages_are_planted_more_often(count: int) -> None:
    night = canaries("tickets", "seed", list(LANGUAGES)[:count])
    assert night.batch.num_rows >= TEXTS * len(LANGUAGES)
    assert len(set(night.batch.column("content_hash").to_pylist())) == night.batch.num_rows


def test_values_of_unwanted_placeholders_are_not_planted() -> None:
    assert {planted.entity for planted in canaries("s", "seed", entities=["EMAIL"]).planted} == {"EMAIL"}


def test_values_that_do_not_apply_to_the_source_are_not_planted() -> None:
    profile = MaskingProfile(entities=("EMAIL", "LOCATION"))
    assert {planted.entity for planted in canaries("s", "seed", profile=profile).planted} == {"EMAIL"}


def test_values_in_code_are_not_planted_where_the_source_leaves_them_alone() -> None:
    profile = MaskingProfile(in_code=("SECRET",))
    everywhere, outside = canaries("s", "seed"), canaries("s", "seed", profile=profile)
    assert outside.batch == everywhere.batch
    assert set(outside.planted) < set(everywhere.planted)
    assert {planted.entity for planted in outside.planted} >= set(USUAL) - {"URL"}


def test_a_name_within_a_value_that_is_not_wanted_is_not_planted() -> None:
    alone, beside = (canaries("s", "seed", ["en"], entities=wanted) for wanted in (["NAME"], ["NAME", "EMAIL"]))
    texts = dict(zip(alone.batch.column("id").to_pylist(), alone.batch.column("messages").to_pylist(), strict=True))
    left_out = {planted for planted in beside.planted if planted.entity == "NAME"} - set(alone.planted)
    assert left_out
    assert all("@" in texts[planted.id][0]["content"] for planted in left_out)


def test_canaries_of_a_source_of_code_come_out_masked() -> None:
    night = canaries("s", "seed", profile=CODE)
    leaks = readable(Masker.from_config(Masking(), CODE).mask_batch(night.batch), night.planted)
    assert {leak.entity for leak in leaks} <= {"NAME"}
    assert by_entity(tallied(night.planted, leaks, night.batch.column("id").to_pylist()))["NAME"].recall >= 0.95


@pytest.mark.parametrize(
    ("entity", "value", "text", "leaks"),
    [
        ("NAME", "Maria Lopez", "thanks, MARIA!", True),
        ("NAME", "Maria Lopez", "thanks, Mariana", False),
        ("NAME", "Ms van der Berg", "ms van der [NAME]", False),
        ("NAME", "mevrouw De Vos", "geachte mevrouw [NAME]", False),
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
