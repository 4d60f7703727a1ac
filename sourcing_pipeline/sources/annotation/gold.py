"""Gold questions, whose answers are known, and example annotations, which annotators see."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.annotation.provider import Met, Point
from sourcing_pipeline.sources.annotation.tables import read_table


@dataclass(frozen=True)
class Gold:
    """A response that is rated to test the annotators, and what is to be said of it by points of the rubric."""

    instruction: str
    response: str
    expected: Mapping[str, Met]
    origin: str


def read_gold(name: str, path: Path | None, points: Sequence[Point]) -> list[Gold]:
    """The gold questions in a table with the columns instruction, response and at least one point of the rubric.

    A cell of a point holds `met`, `not met` or `does not apply`, or nothing. Raises InputError, naming file and place,
    for anything else.
    """
    ids = [point.id for point in points]
    found = []
    for place, fields in _exchanges(name, path, ids):
        said = {point: _plain(fields.get(point, "")) for point in ids}
        expected = {point: met for point, met in said.items() if met}
        if not expected or set(expected.values()) - set(get_args(Met)):
            raise InputError(
                f"source {name!r}: {path}, {place}: a gold question says {', '.join(get_args(Met))} of at least one of "
                f"{', '.join(ids)}"
            )
        where = f"{path.name} {place}" if path else place
        found.append(Gold(fields["instruction"], fields["response"], cast(Mapping[str, Met], expected), where))
    return found


def with_examples(name: str, rubric: str, path: Path | None) -> str:
    """The rubric with example annotations behind it, from a table with the columns instruction, response and, if there
    is something to say about it, why. Raises InputError like `read_gold`."""
    parts = []
    for _, fields in _exchanges(name, path, ("why",)):
        quoted = "\n".join(f"> {line}" for line in fields["instruction"].splitlines())
        why = fields.get("why")
        parts.append(f"\n{quoted}\n\n{fields['response']}\n" + (f"\n*{why}*\n" if why else ""))
    return "".join([rubric.rstrip(), "\n\n## Example annotations\n", *parts]) if parts else rubric


def _exchanges(name: str, path: Path | None, others: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row's place and cells, instruction and response among them."""
    needed = ("instruction", "response")
    for row in () if path is None else read_table(name, path, needed=needed, optional=others):
        where = f"source {name!r}: {path}, {row.place}"
        if row.fields is None:
            raise InputError(f"{where}: {row.problem}; mend it")
        fields = {column: cell.strip() for column, cell in row.fields.items()}
        if empty := [column for column in needed if not fields[column]]:
            raise InputError(f"{where}: {empty[0]} is empty; fill it in, or remove the row")
        yield row.place, fields


def _plain(cell: str) -> str:
    """`Not met` as `not_met`."""
    return "_".join(cell.casefold().replace("-", " ").replace("_", " ").split())
