"""The placeholders that the recipe adds: `masking.patterns`, a label and a regular expression each."""

import re
from collections.abc import Iterator, Mapping

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hits


def build(config: Masking) -> "RecipePatterns":
    """The detector of the recipe's own placeholders; it gives nothing when there are none."""
    return RecipePatterns(config.patterns)


class RecipePatterns(Recognizer):
    """Gives each label of the recipe for the matches of its expression, with score 1."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        super().__init__(*patterns)
        self._patterns = [(label, re.compile(expression)) for label, expression in patterns.items()]

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule; empty matches are left out."""
        for label, pattern in self._patterns:
            yield from (found for found in hits(pattern, text, label, 1.0) if found.end > found.start)
