"""The recipe's `release:` section."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from sourcing_pipeline.config import Config, RecipePath

Column = Literal[
    "id",
    "instruction",
    "response",
    "source",
    "quality_score",
    "messages",
    "strategy",
    "license",
    "attribution",
    "origin_uri",
    "language",
    "tags",
    "created_at",
    "content_hash",
]


class Release(Config):
    """What the dataset is called, where its versions go and which columns it has."""

    name: str = Field(default="dataset", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    """Name of the dataset, and of its folder."""
    folder: RecipePath = Field(default=Path("data/releases"), validate_default=True)
    """Where versions are written, as `<folder>/<name>/<version>/`; a written version never changes."""
    columns: tuple[Column, ...] = Field(default=("instruction", "response", "source", "quality_score"), min_length=1)
    """Keys of each line of the JSONL file, in this order."""
