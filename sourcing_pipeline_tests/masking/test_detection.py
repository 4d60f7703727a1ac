"""The cache, the batches and the threads save time and change nothing."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from presidio_analyzer import EntityRecognizer, RecognizerResult

from sourcing_pipeline.masking import Masker, Masking, rampart
from sourcing_pipeline.masking.detection import Detection
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer
from sourcing_pipeline.masking.spans import MaskedText

PARAGRAPHS = st.sampled_from(
    [
        "Hi Maria,",
        "hi this is maria lopez, my order 4711 is late",
        "Yesterday Theodore Grantham said that it works; call him at +49 30 23125100.",
        "Best regards,\nHans Müller",
        "Bitte schicken Sie es an Jürgen Weiß, Gartenstraße 12, 10115 Berlin.",
        "On Tue, 3 Mar 2026 at 10:02, John Smith <john.smith@example.com> wrote:",
        "> thanks Siobhan, the card 4111 1111 1111 1111 works again",
        "```\nuser = Maria\n```",
        "Where can I change the password of my account?",
    ]
)
TEXTS = st.lists(PARAGRAPHS, max_size=4).map("\n\n".join)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Counting(Recognizer):
    """Finds `Maria`, and remembers what it was given to read."""

    def __init__(self) -> None:
        super().__init__("NAME")
        self.read: list[str] = []

    def analyze_batch(self, texts: Sequence[str]) -> list[list[Hit]]:
        self.read += texts
        return [[Hit(at, at + 5, "NAME", 0.9)] if (at := text.find("Maria")) >= 0 else [] for text in texts]


class CountingModel(Counting):
    by_rules: ClassVar[bool] = False


class Stranger(EntityRecognizer):
    """A presidio recognizer of somebody else, which knows nothing of paragraphs."""

    def load(self) -> None:
        self.read: list[str] = []

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:
        self.read.append(text)
        return []


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sourcing_pipeline.masking.detection.user_cache_path", lambda _: tmp_path)
    return tmp_path


def in_batches(masker: Masker, texts: list[str], size: int) -> list[MaskedText]:
    return [one for at in range(0, len(texts), size) for one in masker.mask(texts[at : at + size])]


@FEW
@given(texts=st.lists(TEXTS, min_size=1, max_size=5), size=st.integers(1, 5), threads=st.integers(1, 4))
def test_the_result_is_the_same_without_the_cache_in_any_batches_and_by_any_number_of_threads(
    masker: Masker, tmp_path_factory: pytest.TempPathFactory, texts: list[str], size: int, threads: int
) -> None:
    expected = masker.mask(texts)
    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(threads) as pool:
        place = tmp_path_factory.mktemp("cache")
        patched.setattr("sourcing_pipeline.masking.detection.user_cache_path", lambda _: place)
        patched.setattr(rampart._model(), "_threads", pool)
        uncached = Masker.from_config(Masking())
        assert in_batches(uncached, texts, size) == expected
        assert in_batches(uncached, texts, len(texts)) == expected
        assert in_batches(uncached, texts[::-1], size)[::-1] == expected


def test_a_paragraph_is_read_once_quoted_or_not_and_by_a_later_masker_not_at_all(empty_cache: Path) -> None:
    detector = Counting()
    found = Detection([detector], "recipe").find(["Hi Maria,\n\nthe order of last week is late.\n\n> Hi Maria,"])
    assert detector.read == ["Hi Maria,", "the order of last week is late."]
    assert [[(span.start, span.end) for span in spans] for spans in found.values()] == [[(3, 8), (49, 54)]]
    later = Counting()
    assert Detection([later], "recipe").find(list(found)) == found
    assert later.read == []


def test_another_recipe_reads_again(empty_cache: Path) -> None:
    detector = Counting()
    Detection([detector], "recipe").find(["Hi Maria"])
    Detection([detector], "another").find(["Hi Maria"])
    assert detector.read == ["Hi Maria", "Hi Maria"]


def test_a_model_does_not_read_again_what_was_replaced(empty_cache: Path) -> None:
    model, rules = CountingModel(), Counting()
    detection = Detection([model, rules], "recipe")
    detection.find(["Hi Maria"])
    assert detection.find(["Hi [NAME]"], again=True) == {"Hi [NAME]": []}
    assert (model.read, rules.read) == (["Hi Maria"], ["Hi Maria", "Hi [NAME]"])


def test_a_detector_that_knows_no_paragraphs_reads_whole_texts(empty_cache: Path) -> None:
    stranger = Stranger(supported_entities=["NAME"])
    Detection([stranger], "recipe").find(["Hi Maria,\n\nyour order of last week is late."])
    assert stranger.read == ["Hi Maria,\n\nyour order of last week is late."]
