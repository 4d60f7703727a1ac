from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sourcing_pipeline.sources.tabular import Part
from sourcing_pipeline_tests.postgres import postgres
from sourcing_pipeline_tests.s3 import s3

__all__ = ["postgres", "s3"]
Told = list[dict[str, Any]]


@pytest.fixture(scope="session")
def told() -> Callable[[Iterator[Part]], Told]:
    """The rows of parts as dicts, each with its `place`, `problem`, `day` and `first`."""

    def rows_of(parts: Iterator[Part]) -> Told:
        rows: Told = []
        for part in parts:
            for index, row in enumerate(part.rows.to_pylist()):
                more = {"place": part.places(index), "problem": part.problems.get(index), "day": part.day}
                rows.append(row | more | {"first": part.first and index == 0})
        return rows

    return rows_of
