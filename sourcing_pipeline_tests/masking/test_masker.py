import pickle
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from presidio_analyzer import RecognizerResult

from sourcing_pipeline.errors import MaskingError, RecipeError
from sourcing_pipeline.masking import MASKING_VERSION, Masker, Masking
from sourcing_pipeline.masking.canaries import TEXTS as CANARY_TEXTS
from sourcing_pipeline.masking.canaries import plant
from sourcing_pipeline.masking.languages import LANGUAGES
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer
from sourcing_pipeline.masking.regions import PLACEHOLDER
from sourcing_pipeline.rows import (
    MASKED,
    RAW,
    Drop,
    DropReason,
    Example,
    Message,
    batches,
    content_hash,
    outcomes,
)

FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

PIECES = st.sampled_from(
    [
        "Hi Maria,",
        "Dear Ms Lopez,",
        "my name is hans müller",
        "call +49 30 23125100",
        "maria@example.com",
        "[NAME]",
        "[NAME_2] said",
        "card 4012888888881881",
        "Hauptstraße 5, 10115 Berlin",
        "password: hunter2!",
        "the DNS zone is wrong.",
        "`pip install x`",
        "Best regards,\nJohn Smith",
        "born on 8/5/1989",
        "\n",
        "Thanks",
        "SSN 023-01-0866",
        "https://a.example/x?token=abcdef",
        "86.121.97.248",
        "Mark will call.",
        "für Rechnung 4711",
        "Maria",
        "John",
        "and",
        ":",
        "-- \n",
        "Rose Hall",
        "<",
        "O'Brien",
    ]
)
TEXTS = st.lists(PIECES, max_size=9).map(" ".join) | st.text(max_size=60)
EXAMPLES = st.lists(TEXTS, min_size=1, max_size=3)


@pytest.fixture(scope="module")
def numbering() -> Masker:
    return Masker.from_config(Masking(mode="numbered"))


def texts_of(masker: Masker, example: Sequence[str]) -> list[str]:
    return [masked.text for masked in masker.mask_examples([example])[0]]


@pytest.fixture(scope="module")
def by_rules() -> Masker:
    return Masker.from_config(Masking(language_model=None))


@FEW
@given(example=EXAMPLES)
def test_by_rules_masking_twice_changes_nothing_more(by_rules: Masker, example: list[str]) -> None:
    once = texts_of(by_rules, example)
    assert texts_of(by_rules, once) == once


@FEW
@given(examples=st.lists(EXAMPLES, min_size=2, max_size=5))
def test_an_example_is_masked_alike_alone_and_among_others(masker: Masker, examples: list[list[str]]) -> None:
    together = masker.mask_examples(examples)
    assert together == [masker.mask_examples([example])[0] for example in examples]
    assert together == masker.mask_examples(examples[::-1])[::-1]


@FEW
@given(example=EXAMPLES)
def test_what_is_not_masked_stays_in_its_order(masker: Masker, example: list[str]) -> None:
    for text, masked in zip(example, masker.mask_examples([example])[0], strict=True):
        rebuilt, at = "", 0
        labels = iter(match[0] for match in PLACEHOLDER.finditer(masked.text) if match[0] not in text)
        for span in masked.spans:
            rebuilt += text[at : span.start] + (next(labels, "") or "")
            at = span.end
        assert len(masked.spans) == len({(span.start, span.end) for span in masked.spans})
        kept = [
            text[a:b]
            for a, b in zip(
                [0, *(s.end for s in masked.spans)],
                [*(s.start for s in masked.spans), len(text)],
                strict=True,
            )
        ]
        assert re.fullmatch(r"\[[A-Z_]+(?:_\d+)?\]".join(map(re.escape, kept)), masked.text)


@settings(FEW, max_examples=25)
@given(
    language=st.sampled_from(tuple(LANGUAGES)),
    place=st.integers(0, CANARY_TEXTS - 1),
    maker=st.integers(0, 2**32).map(Random),
)
def test_planted_values_are_never_in_the_output(masker: Masker, language: str, place: int, maker) -> None:  # type: ignore[no-untyped-def]
    turns, values = plant(language, place, maker)
    masked = " ".join(texts_of(masker, turns))
    assert not [entity for entity, value in values if value in masked and entity not in ("NAME", "LOCATION")]


CASES = [
    (["Hi Maria, thanks.", "Maria Lopez here."], ["Hi [NAME_1], thanks.", "[NAME_1] here."]),
    (
        ["Hi Maria,\nis Ms Lopez in?\nBest regards,\nMaria Lopez"],
        ["Hi [NAME_1],\nis Ms [NAME_1] in?\nBest regards,\n[NAME_1]"],
    ),
    (["Hi Maria,\n\nBest regards,\nHans Müller"], ["Hi [NAME_1],\n\nBest regards,\n[NAME_2]"]),
    (
        ["Write to maria@example.com or hans@example.com or MARIA@example.com"],
        ["Write to [EMAIL_1] or [EMAIL_2] or [EMAIL_1]"],
    ),
    (
        ["Hi [NAME], here is my name: my name is Paula Stein."],
        ["Hi [NAME], here is my name: my name is [NAME_2]."],
    ),
    (
        ["My name is Mark Rose.", "please mark it, Rose"],
        ["My name is [NAME_1].", "please mark it, [NAME_1]"],
    ),
    (
        ["call +49 30 23125100", "I called 030 23125100, no answer"],
        ["call [PHONE_1]", "I called [PHONE_1], no answer"],
    ),
    (["Hi Maria, see `Maria.py` in the log"], ["Hi [NAME_1], see `[NAME_1].py` in the log"]),
    (["Berlin and Paris are cities of Siemens."], ["Berlin and Paris are cities of Siemens."]),
    ([""], [""]),
]


@pytest.mark.parametrize(("example", "expected"), CASES)
def test_the_same_value_has_the_same_number(numbering: Masker, example: list[str], expected: list[str]) -> None:
    assert texts_of(numbering, example) == expected


@pytest.mark.parametrize(("example", "expected"), CASES)
def test_by_default_a_placeholder_has_no_number(masker: Masker, example: list[str], expected: list[str]) -> None:
    plain = [re.sub(r"_\d+\]", "]", text) for text in expected]
    assert [re.sub(r"_\d+\]", "]", text) for text in texts_of(masker, example)] == plain


def test_surrogates_and_hashes_need_a_key_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCING_MASKING_KEY", raising=False)
    with pytest.raises(
        RecipeError, match=r"masking\.mode: 'hash' .* set the environment variable SOURCING_MASKING_KEY"
    ):
        Masker(Masking(mode="hash"), ())
    monkeypatch.setenv("SOURCING_MASKING_KEY", "a key")
    quick = Masker.from_config(Masking(mode="hash", language_model=None))
    first, second = quick.mask(["Hi Maria,", "Dear Maria,"])
    assert re.fullmatch(r"Hi \[NAME:[0-9a-f]{8}\],", first.text)
    assert first.text[3:] == second.text[5:]


def test_surrogates_take_the_place_of_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCING_MASKING_KEY", "a key")
    quick = Masker.from_config(Masking(mode="surrogate", language_model=None))
    (masked,) = quick.mask(["Hi Maria, I am at maria@firma.example"])
    assert re.fullmatch(r"Hi [A-Z][\w'-]+, I am at \S+@example\.(?:com|org|net)", masked.text)
    assert "Maria" not in masked.text


TECHNICAL = [
    "Set the CNAME, then add SPF, DKIM and DMARC as TXT records. SMTP uses port 587 and TLS.",
    "```python\nfrom pandas import DataFrame\nframe = DataFrame({'Maria': [1]})\n```",
    "In JavaScript, call `JSON.parse(text)`; Firefox and Chrome behave alike since version 88.0.4324.150.",
    "2026-03-03T10:02:11Z INFO worker-7 took 1234 ms for request 8812345678",
    "Go to Settings > Billing > Invoices and click Download. Order 4155552671 was refunded on 2026-03-01.",
    "Bitte öffnen Sie die Einstellungen und klicken Sie auf Rechnungen. Die Zahlung dauert zwei Tage.",
    "Ouvrez les Paramètres, puis cliquez sur Factures. Le paiement prend deux jours.",
    "The total is 1,234.56 USD for 12 Windows 11 licences (SKU 445-22-9981-X).",
]


@pytest.mark.parametrize("text", TECHNICAL)
def test_technical_text_is_left_alone(masker: Masker, text: str) -> None:
    assert masker.mask([text])[0].text == text


def test_spans_point_into_the_original(masker: Masker) -> None:
    text = "Hi Maria, mail maria@example.com"
    (masked,) = masker.mask([text])
    assert [(text[s.start : s.end], s.entity, s.recognizer) for s in masked.spans] == [
        ("Maria", "NAME", "NameCues"),
        ("maria@example.com", "EMAIL", "Email"),
    ]
    assert all(0 < span.score <= 1 for span in masked.spans)


def test_allowed_words_stay() -> None:
    quick = Masker.from_config(Masking(language_model=None, allow=("Clara", "help@acme.example")))
    assert quick.mask(["Clara is our bot; write to help@acme.example or me@acme.example, Hans"])[0].text == (
        "Clara is our bot; write to help@acme.example or [EMAIL], [NAME]"
    )


def test_unwanted_placeholders_and_low_scores_are_left_out() -> None:
    quick = Masker.from_config(Masking(language_model=None, entities=("EMAIL", "NAME"), min_score=0.85))
    text = "Hi Maria, from 86.121.97.248 and hans at firma dot de, a@example.com"
    assert quick.mask([text])[0].text == "Hi [NAME], from 86.121.97.248 and hans at firma dot de, [EMAIL]"


def test_the_recipes_patterns_are_placeholders_too() -> None:
    quick = Masker.from_config(Masking(mode="numbered", language_model=None, patterns={"TICKET": r"ACME-\d+"}))
    assert (
        quick.mask(["ACME-1, ACME-2, ACME-1, [TICKET_7]"])[0].text == "[TICKET_8], [TICKET_9], [TICKET_8], [TICKET_7]"
    )


def example(id: str, *turns: str) -> Example:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[n % 2], turn) for n, turn in enumerate(turns))  # type: ignore[arg-type]
    return Example(
        id=id,
        source="s",
        strategy="production_logs",
        messages=messages,
        license="CC0-1.0",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        attribution="Maria Lopez",
    )


def test_a_batch_keeps_rows_order_and_columns(masker: Masker) -> None:
    kept = example("s:1", "Hi Maria, I am at maria@example.com", "Hello Maria")
    (batch,) = batches([kept, Drop("s:2", DropReason.SPAM, "flag"), example("s:3", "The DNS is down", "Fixed")])
    masked = masker.mask_batch(batch)
    assert masked.schema == outcomes(MASKED)
    rows = masked.to_pylist()
    assert [row["id"] for row in rows] == ["s:1", "s:2", "s:3"]
    assert [turn["content"] for turn in rows[0]["messages"]] == ["Hi [NAME], I am at [EMAIL]", "Hello [NAME]"]
    told = [(one["entity"], one["count"]) for one in rows[0]["masked_entities"]]
    assert told == [("EMAIL", 1), ("NAME", 2)]
    assert rows[0]["content_hash"] == content_hash(kept.messages)
    assert rows[0]["attribution"] == "Maria Lopez"
    assert rows[0]["masking_version"] == masker.version
    assert (rows[1]["messages"], rows[1]["masked_entities"], rows[1]["masking_version"]) == (None, None, None)
    assert (rows[1]["drop_reason"], rows[1]["drop_detail"]) == ("spam", "flag")
    assert rows[2]["masked_entities"] == []


def test_a_row_tells_the_score_of_the_least_sure_find_of_each_entity(masker: Masker) -> None:
    texts = ("My name is Maria Lopez, maria@example.com. Maria again", "Hello Maria")
    (batch,) = batches([example("s:1", *texts)])
    ((*found,),) = masker.mask_batch(batch).column("masked_entities").to_pylist()
    scores: dict[str, list[float]] = {}
    for masked in masker.mask_examples([texts])[0]:
        for span in masked.spans:
            scores.setdefault(span.entity, []).append(span.score)
    assert len(set(scores["NAME"])) > 1
    assert {one["entity"]: one["score"] for one in found} == pytest.approx(
        {entity: min(each) for entity, each in scores.items()}
    )


def test_a_batch_of_raw_rows_or_a_slice_of_one_is_masked_alike(masker: Masker) -> None:
    (batch,) = batches([example(f"s:{n}", f"Hi Maria, this is {n}", "Hello") for n in range(4)])
    raw = pa.RecordBatch.from_arrays([batch.column(name) for name in RAW.names], schema=RAW)
    assert masker.mask_batch(raw) == masker.mask_batch(batch)
    assert masker.mask_batch(batch.slice(2, 2)) == masker.mask_batch(batch).slice(2, 2)
    assert masker.mask_batch(batch.slice(0, 0)).num_rows == 0


def test_the_version_says_which_recipe_masked() -> None:
    first, second = (Masker(Masking(min_score=score), ()) for score in (0.4, 0.5))
    assert first.version.startswith(f"{MASKING_VERSION}-")
    assert first.version != second.version
    assert first.version == Masker(Masking(), ()).version


class Broken(Recognizer):
    def find(self, text: str) -> list[Hit]:  # type: ignore[override]
        raise ValueError(text)


def test_a_detector_that_fails_is_named_and_the_text_is_not() -> None:
    with pytest.raises(MaskingError, match="detector Broken failed with ValueError") as caught:
        Masker(Masking(), [Broken("NAME")]).mask(["the secret word"])
    assert caught.value.__suppress_context__
    assert "secret word" not in str(caught.value)


class Plain:
    """A presidio recognizer of someone else: no batches, its own result type."""

    name = "Plain"
    supported_entities = ("NAME",)

    def analyze(self, text: str, entities: list[str], artifacts: object) -> list[RecognizerResult]:
        return [RecognizerResult("NAME", match.start(), match.end(), 0.9) for match in re.finditer("Xyzzy", text)]


def test_any_presidio_recognizer_can_take_part() -> None:
    assert Masker(Masking(), [Plain()]).mask(["by Xyzzy"])[0].text == "by [NAME]"  # type: ignore[list-item]


def test_the_row_engine_can_send_it_to_its_workers(masker: Masker) -> None:
    assert pickle.dumps(masker)


def test_importing_the_stage_loads_no_model_and_no_presidio() -> None:
    code = (
        "import sys, sourcing_pipeline.masking; print([m for m in ('presidio_analyzer', 'spacy', "
        "'phonenumbers', 'onnxruntime', 'tokenizers', 'wordfreq', 'faker') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
