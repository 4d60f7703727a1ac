"""The rubric: a page of Markdown that annotators read, and the points in it by which responses are rated."""

import re
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.sources.annotation.provider import Point

_ID = re.compile(r"[a-z][a-z0-9_]*")
_WORDS_A_PAGE = 500


class Rubric(NamedTuple):
    """The page as Markdown, and its points in their order."""

    text: str
    points: tuple[Point, ...]

    @property
    def pages(self) -> float:
        """How long it is, in pages of 500 words; the method advises one to two."""
        return len(self.text.split()) / _WORDS_A_PAGE


def read_rubric(path: Path | None) -> Rubric:
    """The rubric at `path`, or the built-in one.

    A point is an item of a list that begins with its id in code marks: "1. `concise` **Under 200 words.** …". Raises
    RecipeError when the file cannot be read, has no point or one that says nothing, or when two points have the same
    id or sentence.
    """
    if path is None:
        return parse_rubric(files(__package__).joinpath("rubric.md").read_text("utf-8"), "the built-in rubric")
    try:
        return parse_rubric(path.read_text("utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise RecipeError(f"{path}: the rubric is not UTF-8 text; save it as such") from None
    except OSError as error:
        raise RecipeError(
            f"{path}: the rubric cannot be read ({error.strerror}); name a Markdown file in the source's rubric, or "
            "leave that out to use the built-in one"
        ) from None


def parse_rubric(text: str, where: str) -> Rubric:
    """The rubric in `text`; `where` is what errors call it."""
    from markdown_it import MarkdownIt

    points = []
    tokens = MarkdownIt("commonmark").parse(text)
    for number, token in enumerate(tokens):
        if token.type == "list_item_open" and tokens[number + 1].type == "paragraph_open":
            first, *rest = tokens[number + 2].children or [token]
            if first.type == "code_inline" and _ID.fullmatch(first.content):
                points.append(Point(first.content, _sentence(rest)))
    ids = [point.id for point in points]
    if not points:
        raise RecipeError(
            f"{where}: no point to rate by was found; write each as an item of a list that begins with its id in code "
            "marks, such as 1. `concise` **Under 200 words.**"
        )
    if empty := [point.id for point in points if not point.text]:
        raise RecipeError(f"{where}: the point `{empty[0]}` says nothing; write what is asked behind its id")
    if repeated := [one for one in ids if ids.count(one) > 1]:
        raise RecipeError(f"{where}: two points are called `{repeated[0]}`; give each its own id")
    sentences = [point.text for point in points]
    if alike := [point.id for point in points if sentences.count(point.text) > 1]:
        raise RecipeError(f"{where}: the points `{alike[0]}` and `{alike[1]}` say the same; word each differently")
    return Rubric(text, tuple(points))


def _sentence(tokens: list) -> str:  # type: ignore[type-arg]
    """What a point says in its emphasised words; without any, all that it says."""
    ends = [number for number, token in enumerate(tokens) if token.type in ("strong_open", "strong_close")]
    said = tokens[ends[0] : ends[1]] if ends else tokens
    words = "".join(" " if token.type.endswith("break") else token.content for token in said)
    return " ".join(words.split()).rstrip(".")
