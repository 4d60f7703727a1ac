"""The reference pages, made from the code so that they cannot say anything else."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sourcing_pipeline.recipe import Recipe
from sourcing_pipeline.rows import ASSESSED, LEDGER, MASKED, MIXED, RAW, DropReason
from sourcing_pipeline.sources import kinds

_NOTE = "<!-- made by `sourcing reference`; edit the code, not this page -->\n\n"


def write_reference(folder: Path) -> list[Path]:
    """Write every reference page into `folder`; gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def pages() -> dict[str, str]:
    """The text of each reference page by its file's name."""
    return {
        "recipe.md": _recipe(),
        "recipe.schema.json": json.dumps(Recipe.model_json_schema(), indent=2, ensure_ascii=False) + "\n",
        "drop-reasons.md": _drop_reasons(),
        "rows.md": _rows(),
        "sources.md": _sources(),
    }


def _recipe() -> str:
    sections = [f"{_NOTE}# The recipe\n\n{inspect.cleandoc(Recipe.__doc__ or '')}\n\n{_fields(Recipe)}"]
    for name, field in Recipe.model_fields.items():
        model = _model(field.annotation)
        if model is not None:
            sections += _section(f"`{name}`", model)
    sections.append("\n## `sources`\n\nEach has a `kind`; the keys of each kind are in [sources](sources.md).\n")
    return "".join(sections)


def _section(title: str, model: type[BaseModel], depth: int = 2) -> Iterator[str]:
    yield f"\n{'#' * depth} {title}\n\n{inspect.cleandoc(model.__doc__ or '')}\n\n{_fields(model)}"
    for name, field in model.model_fields.items():
        for inner in _models(field.annotation):
            label = f"{title[:-1]}.{name}`" if title.endswith("`") else f"{title}: `{name}`"
            kind = inner.model_fields.get("type")
            chosen = f" of type `{get_args(kind.annotation)[0]}`" if kind is not None else ""
            yield from _section(label + chosen, inner, depth + 1)


def _sources() -> str:
    sections = [f"{_NOTE}# Sources\n\nEvery source has a `kind` and these keys:\n\n"]
    for kind, model in kinds().items():
        first = f"\n## `{kind}`\n\nStrategy: `{model.strategy}`. "
        sections.append(first + ("Read by day.\n" if model.daily else "Read whole.\n"))
        sections += _section(f"`{kind}`", model, 3)
    return "".join(sections)


def _fields(model: type[BaseModel]) -> str:
    lines = ["| key | default | what it is |\n|---|---|---|\n"]
    for name, field in model.model_fields.items():
        text = " ".join((field.description or "").split()).replace("|", "\\|")
        lines.append(f"| `{name}` | {_default(field)} | {text} |\n")
    return "".join(lines)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or isinstance(value, BaseModel) or _model(field.annotation) is not None:
        return "see below"
    shown = json.dumps(value, default=lambda one: one.model_dump() if isinstance(one, BaseModel) else str(one))
    return f"`{shown}`".replace("|", "\\|")


def _model(annotation: Any) -> type[BaseModel] | None:
    return next(iter(_models(annotation)), None)


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The config models within a field's type, except those of `sources`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is dict:
        return []
    return [model for part in get_args(annotation) for model in _models(part)]


def _drop_reasons() -> str:
    lines = "".join(f"| `{reason.value}` | {reason.meaning} |\n" for reason in DropReason)
    return f"{_NOTE}# Why a row is dropped\n\n| reason | meaning |\n|---|---|\n{lines}"


def _rows() -> str:
    boundaries = {"RAW": RAW, "MASKED": MASKED, "ASSESSED": ASSESSED, "MIXED": MIXED, "LEDGER": LEDGER}
    sections = [f"{_NOTE}# The columns at each boundary\n"]
    for name, schema in boundaries.items():
        lines = "".join(f"| `{field.name}` | `{field.type}` |\n" for field in schema)
        sections.append(f"\n## {name}\n\n| column | type |\n|---|---|\n{lines}")
    return "".join(sections)
