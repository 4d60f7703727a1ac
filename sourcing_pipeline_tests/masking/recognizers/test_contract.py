"""What every detector keeps, whoever adds it."""

import importlib
from pathlib import Path

import pytest
from presidio_analyzer import EntityRecognizer

from sourcing_pipeline.masking import Masking, recognizers
from sourcing_pipeline.masking.config import ENTITIES


@pytest.mark.parametrize("name", recognizers.detectors())
def test_a_detector_has_a_table_of_cases_and_a_source(name: str) -> None:
    assert (Path(__file__).parent / f"test_{name}.py").is_file()
    module = importlib.import_module(f"sourcing_pipeline.masking.recognizers.{name}")
    assert "Source" in (module.__doc__ or "") or name == "recipe_patterns"


@pytest.mark.parametrize("name", recognizers.detectors())
def test_a_detector_gives_our_placeholders(name: str) -> None:
    module = importlib.import_module(f"sourcing_pipeline.masking.recognizers.{name}")
    built = module.build(Masking())
    assert isinstance(built, EntityRecognizer)
    assert set(built.supported_entities) <= set(ENTITIES)


def test_every_placeholder_has_a_detector() -> None:
    loaded = recognizers.load(Masking(entities=ENTITIES))
    given = {entity for recognizer in loaded for entity in recognizer.supported_entities}
    assert given == set(ENTITIES)


def test_detectors_of_unwanted_placeholders_are_not_built_in() -> None:
    loaded = recognizers.load(Masking(entities=("EMAIL",)))
    assert [type(recognizer).__name__ for recognizer in loaded] == ["Email"]
