"""The detectors: one file each, found by being in this folder.

A detector is a module with `build(config) -> EntityRecognizer`, a presidio recognizer whose entities are
our placeholders. Adding one is adding a file here and its table of cases in
`sourcing_pipeline_tests/masking/recognizers/`. One that is faster in batches (a model) also has
`analyze_batch(texts)`, as `base.Recognizer` shows.
"""

import importlib
import pkgutil
from typing import TYPE_CHECKING

from sourcing_pipeline.masking.config import Masking

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_SHARED = frozenset({"base", "names"})


def detectors() -> list[str]:
    """The detectors' module names, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name not in _SHARED)


def load(config: Masking) -> "list[EntityRecognizer]":
    """Every detector that gives at least one entity of the recipe, in the order of their module names.

    Imports presidio (and, for `language_model`, spaCy). Raises RecipeError when the language model is not
    installed.
    """
    built = [importlib.import_module(f"{__name__}.{name}").build(config) for name in detectors()]
    wanted = {*config.entities, *config.patterns, *config.words}
    return [recognizer for recognizer in built if wanted.intersection(recognizer.supported_entities)]
