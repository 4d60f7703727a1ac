"""What annotators are asked to answer: instructions from files, and from topics that are under-covered."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import Config, RecipePath
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.rows import message_tuples
from sourcing_pipeline.sampling import sample
from sourcing_pipeline.sources.annotation.tables import Row, read_table


@dataclass(frozen=True)
class Instruction:
    """One thing to be answered, or with a `response` to be rated; `origin` says where it is from (`faq.csv line 3`, a
    row's id), `person_keys` whom it is about."""

    text: str
    origin: str
    response: str | None = None
    person_keys: tuple[str, ...] = ()


class Instructions(Config):
    """Where the instructions of a campaign come from."""

    files: tuple[RecipePath, ...] = ()
    """Tables with a column of instructions (CSV, JSON Lines, XLSX), or texts with one a line (.txt): questions that are
    asked often, edge cases that experts have thought of.
    """
    column: str = "instruction"
    """The column of the files that holds the instruction."""
    response_column: str = "response"
    """The column that holds the response to be rated, in a campaign of rating."""
    from_topics: int = Field(default=0, ge=0)
    """How many instructions are taken from rows of the other sources, of those topics that annotated rows cover least
    beside them. In a campaign of rating their responses are taken too.
    """


def read_instructions(name: str, config: Instructions, rating: bool) -> Iterator[Instruction]:
    """The instructions in the recipe's files, in their order; repeated ones once.

    Raises InputError, naming file and place, when a file cannot be read, or a row has no instruction (or, in a
    campaign of rating, no response).
    """
    seen: set[tuple[str, str | None]] = set()
    needed = (config.column, config.response_column) if rating else (config.column,)
    for path in config.files:
        for row in read_table(name, path, needed=needed, text_field=config.column):
            instruction = _text(row, config.column, name, path)
            response = _text(row, config.response_column, name, path) if rating else None
            if (instruction, response) not in seen:
                seen.add((instruction, response))
                yield Instruction(instruction, f"{path.name} {row.place}", response)


def _text(row: Row, column: str, name: str, path: Path) -> str:
    if row.fields is None:
        raise InputError(f"source {name!r}: {path}, {row.place}: {row.problem}; mend it")
    value = row.fields.get(column)
    if value is None or not str(value).strip():
        raise InputError(f"source {name!r}: {path}, {row.place}: {column} is empty; fill it in, or remove the row")
    return str(value).strip()


@dataclass(frozen=True)
class Topics:
    """How many rows lie in each topic (cluster): of annotated sources, and of the others."""

    annotated: Counter[int]
    others: Counter[int]


def count_topics(rows: Iterable[tuple[str, pa.RecordBatch]]) -> Topics:
    """The topics of assessed rows, given as strategy and batches with the columns cluster and off_domain.

    Rows that are off the domain are left out.
    """
    annotated: Counter[int] = Counter()
    others: Counter[int] = Counter()
    for strategy, batch in rows:
        for cluster, off in zip(
            batch.column("cluster").to_pylist(), batch.column("off_domain").to_pylist(), strict=True
        ):
            if cluster is not None and not off:
                (annotated if strategy == "annotated" else others)[cluster] += 1
    return Topics(annotated, others)


def places(topics: Topics, count: int) -> dict[int, int]:
    """How many of `count` instructions each topic gets: in the ratio of what annotated rows lack there.

    What a topic lacks is its share among the other rows minus its share among annotated ones, where that is positive;
    where nothing lacks anything, the topics share as the other rows do. Largest remainders are rounded up.
    """
    total, have = topics.others.total(), max(topics.annotated.total(), 1)
    if not total:
        return {}
    # In whole numbers: shares times total and have.
    lack = {topic: max(0, n * have - topics.annotated[topic] * total) for topic, n in topics.others.items()}
    if not any(lack.values()):
        lack = dict(topics.others)
    whole = sum(lack.values())
    given = {topic: count * share // whole for topic, share in lack.items()}
    by_remainder = sorted(lack, key=lambda topic: (-(count * lack[topic] % whole), topic))
    for topic in by_remainder[: count - sum(given.values())]:
        given[topic] += 1
    return {topic: n for topic, n in sorted(given.items()) if n}


def draw_topics(
    topic_of: Sequence[tuple[str, int]], wanted: dict[int, int], campaign: str, used: frozenset[str]
) -> list[str]:
    """The ids of rows whose instructions are asked: of each topic as many as are `wanted`, at random, always the same.

    `topic_of` gives ids with their topic; rows that were `used` already are not drawn again.
    """
    members = defaultdict(list)
    for row_id, topic in topic_of:
        if row_id not in used:
            members[topic].append(row_id)
    return [
        members[topic][position]
        for topic, count in wanted.items()
        for position in sample(members[topic], count, f"annotation/{campaign}")
    ]


def asked_of(batches: Iterable[pa.RecordBatch], rating: bool) -> Iterator[Instruction]:
    """The first user's turn of each row (columns id, messages), with the first answer to it in a campaign of rating.

    The rows are masked; one without such turns gives nothing.
    """
    for batch in batches:
        for row_id, turns in zip(batch.column("id").to_pylist(), message_tuples(batch.column("messages")), strict=True):
            said = [(role, text.strip()) for role, text in turns if text and text.strip()]
            after = list(dropwhile(lambda turn: turn[0] != "user", said))
            answer = next((text for role, text in after if role == "assistant"), None)
            if after and (answer or not rating):
                yield Instruction(after[0][1], row_id, answer if rating else None)
