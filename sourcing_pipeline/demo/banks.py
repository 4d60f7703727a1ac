"""Reading of the packaged text banks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

LANGUAGES = ("en", "de", "fr", "es")


@dataclass(frozen=True)
class Kind:
    """One kind of issue with all the sentences it can be told in."""

    id: str
    topic: str
    subjects: list[str]
    asks: list[str]
    details: list[str]
    checks: list[dict[str, str]]
    causes: list[str]
    fixes: list[str]
    followups: list[dict[str, str]]
    wrong: list[dict[str, str]]
    paths: list[dict[str, list[int]]] = field(default_factory=lambda: [{}])

    def parts(self, path: dict[str, list[int]], name: str) -> list[Any]:
        """The entries of one part that fit to the path."""
        entries: list[Any] = getattr(self, name)
        return [entries[index] for index in path[name]] if name in path else entries


@cache
def bank(name: str) -> Any:
    """The content of one YAML file of the package."""
    text = resources.files(__package__).joinpath("texts").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both loaders are the safe ones


@cache
def kinds(language: str) -> list[Kind]:
    """All issue kinds that are written in a language."""
    names = ["kinds_en_1", "kinds_en_2", "kinds_en_3"] if language == "en" else ["kinds_" + language]
    return [Kind(**entry) for name in names for entry in bank(name)]


@cache
def talk(language: str) -> dict[str, Any]:
    """The sentences of a language that belong to no particular issue."""
    entry: dict[str, Any] = bank("talk")[language]
    return entry


@cache
def question_families() -> list[dict[str, Any]]:
    """All families of StackExchange questions."""
    return [family for name in ("questions_1", "questions_2") for family in bank(name)]
