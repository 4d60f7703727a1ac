"""The recipe as a file: YAML with environment variables, and the place in it at which something is wrong."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sourcing_pipeline.errors import RecipeError

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_PASSWORD = re.compile(r"://[^/@\s:]*:(?!\$\{)[^/@\s]+@")
_DISCRIMINATORS = ("kind", "type")

Loc = tuple[int | str, ...]


def read_recipe(file: Path) -> tuple[dict[str, Any], yaml.Node]:
    """The mapping in `file`, and its nodes with their places.

    Raises RecipeError when the file cannot be read, is not YAML, is no mapping or says a key twice.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"{file}: the recipe cannot be read ({type(error).__name__}); run from the project's folder, "
            "or name a recipe with --recipe or SOURCING_RECIPE"
        ) from error
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise RecipeError(f"{file}{place}: not YAML: {getattr(error, 'problem', 'unreadable')}") from error
    except ValueError as error:
        raise RecipeError(f"{file}: a value is not what it looks like: {error}") from error
    if not isinstance(data, dict) or tree is None:
        raise RecipeError(f"{file}: a recipe is a mapping of keys; see docs/reference/recipe.md")
    for line in _with_password(tree):
        raise RecipeError(
            f"{file}, line {line}: a password stands here; put it into an environment variable and write ${{NAME}} "
            "in its place"
        )
    for line, key in _repeated(tree):
        raise RecipeError(f"{file}, line {line}: the key {key} stands here a second time; keep one of them")
    return data, tree


def _with_password(node: yaml.Node) -> Iterator[int]:
    """The lines of texts that hold a URL with a password written out."""
    if isinstance(node, yaml.ScalarNode):
        if _PASSWORD.search(node.value):
            yield node.start_mark.line + 1
    elif isinstance(node, yaml.CollectionNode):
        for part in node.value:
            for one in part if isinstance(part, tuple) else (part,):
                yield from _with_password(one)


def _repeated(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, key.value
            seen.add(key.value)
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _repeated(part)


def expanded(value: Any, file: Path) -> Any:
    """`value` with `${NAME}` and `${NAME:-default}` replaced by environment variables.

    Raises RecipeError when a variable without a default is not set.
    """
    if isinstance(value, dict):
        return {key: expanded(part, file) for key, part in value.items()}
    if isinstance(value, list):
        return [expanded(part, file) for part in value]
    if not isinstance(value, str):
        return value

    def variable(match: re.Match[str]) -> str:
        name, default = match.groups()
        found = os.environ.get(name, default)
        if found is None:
            raise RecipeError(
                f"{file}: the environment variable {name} is not set; set it, or give a default: ${{{name}:-…}}"
            )
        return str(found)

    return _REFERENCE.sub(variable, value)


def problems(error: ValidationError, file: Path, tree: yaml.Node) -> Iterator[str]:
    """One line for each mistake: the file, its line, the key's path and what to do; never the value."""
    for problem in error.errors(include_url=False, include_input=False):
        loc, message = problem["loc"], problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            message = "there is no such key; see docs/reference/recipe.md for the keys there are"
        elif problem["type"] == "missing":
            message = "this key is needed"
        elif problem["type"] == "union_tag_not_found":
            loc, message = (*loc, problem["ctx"]["discriminator"].strip("'")), "this key is needed"
        elif problem["type"] == "union_tag_invalid":
            loc = (*loc, problem["ctx"]["discriminator"].strip("'"))
            message = f"use one of {problem['ctx']['expected_tags']}"
        path, line = _place(tree, loc)
        yield f"{file}, line {line}: {'.'.join(path) or 'recipe'}: {message}"


def _place(node: yaml.Node, loc: Loc) -> tuple[list[str], int]:
    """The keys of `loc` without the names of chosen kinds, and the line of the last of them that is written."""
    path: list[str] = []
    line = node.start_mark.line + 1
    inside: yaml.Node | None = node
    for part in loc:
        if isinstance(inside, yaml.MappingNode):
            written = {key.value: (key, value) for key, value in inside.value}
            if str(part) not in written and part in {
                written[name][1].value for name in _DISCRIMINATORS if name in written
            }:
                continue
            key, inside = written.get(str(part), (None, None))
            line = line if key is None else key.start_mark.line + 1
        elif isinstance(inside, yaml.SequenceNode) and isinstance(part, int) and part < len(inside.value):
            inside = inside.value[part]
            line = inside.start_mark.line + 1
        else:
            inside = None
        path.append(str(part))
    return path, line
