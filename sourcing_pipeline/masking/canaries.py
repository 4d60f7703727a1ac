"""Canaries: examples with known personal data that go through the real masking path each night and must
come out masked.

They are ordinary RAW rows with ids `"<source>:canary-pii-<n>"`; whoever reads the masked rows leaves them
out by `is_canary`. Their texts stand in `canary_texts/<language>.yaml`; the values in them come from `seed`
alone, with valid check digits, so a night's canaries can be made again.
"""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import product
from typing import NamedTuple

import pyarrow as pa

from sourcing_pipeline.config import PROSE, MaskingProfile
from sourcing_pipeline.masking import fakes
from sourcing_pipeline.masking.config import USUAL
from sourcing_pipeline.masking.languages import LANGUAGES
from sourcing_pipeline.masking.regions import PLACEHOLDER, code_parts
from sourcing_pipeline.masking.words import PARTICLES, TITLES
from sourcing_pipeline.rows import CANARY, WHOLE, Drop, Example, Message, Strategy, batches

TEXTS = 12
"""How many there are in each language."""

_BY_GENDER = re.compile(r"<([^<>|]*)\|([^<>|]*)>")
_FIELD = re.compile(r"{(\w+)}")


class Planted(NamedTuple):
    """A value that a canary holds: the row's id, the placeholder it must become, what must not be readable, and the
    language of the row's text.
    """

    id: str
    entity: str
    value: str
    language: str = "en"


class Leak(NamedTuple):
    """A planted value that is readable after masking; the value itself is never said."""

    id: str
    entity: str


class Canaries(NamedTuple):
    """Canary rows, `outcomes(RAW)`, and all that is planted in them."""

    batch: pa.RecordBatch
    planted: tuple[Planted, ...]


def canaries(
    source: str,
    seed: str,
    languages: Sequence[str] = tuple(LANGUAGES),
    *,
    strategy: Strategy = "production_logs",
    partition: str = WHOLE,
    entities: Sequence[str] = USUAL,
    profile: MaskingProfile = PROSE,
) -> Canaries:
    """Canary rows in these languages: each text once, and again with other values while there are fewer than in all of
    LANGUAGES. Every kind of personal data is planted in every language.

    A row's values depend on `seed`, its language, its text and which of the text's rows it is. `entities` are the
    placeholders that the recipe wants, `profile` says which of them apply to the source. Values of others are in the
    text and not among the planted; neither is what can be read in them, such as a name in a user name, nor what the
    profile leaves alone in code.
    """
    examples: list[Example | Drop] = []
    planted: list[Planted] = []
    wanted = profile.applying(entities)
    for turn, language, place in product(range(-(-len(LANGUAGES) // len(languages))), languages, range(TEXTS)):
        id = f"{source}:{CANARY}pii-{len(examples) + 1}"
        turns, values = plant(language, place, random.Random(f"{seed}/{turn}/{language}/{place}"))  # noqa: S311 - no keys
        left = [value for entity, value in values if entity not in wanted]
        held = (Planted(id, entity, value, language) for entity, value in values if entity in wanted)
        planted += [
            one
            for one in held
            if not any(_reads(text, one) for text in (*left, *_code_left(turns, one.entity, profile)))
        ]
        examples.append(
            Example(
                id=id,
                partition=partition,
                source=source,
                strategy=strategy,
                messages=(Message("user", turns[0]), Message("assistant", turns[1])),
                license="CC0-1.0",
                language=language,
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )
    (batch,) = batches(examples, batch_rows=len(examples))
    return Canaries(batch, tuple(planted))


def plant(language: str, place: int, maker: random.Random) -> tuple[tuple[str, str], list[tuple[str, str]]]:
    """The user's and the assistant's turn of a text about a person drawn by `maker`, and the (placeholder, value) pairs
    in them, sorted.
    """
    row = fakes.bank(language).rows[place]
    person = fakes.person(maker, language)
    user, assistant = (_BY_GENDER.sub(lambda pair: pair[1 if person.woman else 2], row[turn]) for turn in row)
    fields = fakes.values(person, maker, language, set(_FIELD.findall(user + assistant)))
    words = {name: value for name, (_, value) in fields.items()}
    return (user.format(**words), assistant.format(**words)), sorted(set(fields.values()))


def readable(masked: pa.RecordBatch, planted: Iterable[Planted]) -> list[Leak]:
    """What can still be read in the `messages` of masked rows, in the order of `planted`.

    Case, spaces and punctuation aside, a value leaks when it stands in a message; a name already when one
    of its words of three letters or more does (titles and particles such as "van" aside). A planted row
    that is missing from `masked` leaks nothing.
    """
    texts: dict[str, list[str]] = {}
    for id, turns in zip(masked.column("id").to_pylist(), masked.column("messages").to_pylist(), strict=True):
        texts.setdefault(id, []).extend(PLACEHOLDER.sub("\n", turn["content"] or "") for turn in turns or ())
    return [
        Leak(value.id, value.entity)
        for value in planted
        if any(_reads(text, value) for text in texts.get(value.id, ()))
    ]


def _code_left(turns: Iterable[str], entity: str, profile: MaskingProfile) -> list[str]:
    """The code in which the profile leaves a placeholder alone; a name is promised in running text only."""
    if profile.in_code is None or (entity in profile.in_code and entity != "NAME"):
        return []
    return [turn[start:end] for turn in turns for start, end in code_parts(turn)]


def _reads(text: str, planted: Planted) -> bool:
    if planted.entity == "NAME":
        words = set(_words(text))
        return any(word in words for word in _words(planted.value) if len(word) >= 3 and word not in TITLES | PARTICLES)
    return any(_compact(planted.value) in _compact(line) for line in (text, *text.split("\n")))


def _words(text: str) -> Iterator[str]:
    return (match[0].casefold() for match in re.finditer(r"[^\W\d_]+", text))


def _compact(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
