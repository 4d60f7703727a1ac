"""The rules by which a ticket is kept, once, for every ticket system: first those that need no text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.rows import DropReason, Refusal, refuse
from sourcing_pipeline.sources.tickets.complaints import complains
from sourcing_pipeline.sources.tickets.exchanges import Exchanges


@dataclass(frozen=True)
class Rules:
    """What a recipe wants of a ticket; see the fields of the same names in `Tickets`."""

    statuses: tuple[str, ...]
    resolved_by: Literal["human", "anyone"]
    min_rating: float | None
    languages: tuple[str, ...]
    tags: tuple[str, ...]
    without_tags: tuple[str, ...]
    wrong_tags: tuple[str, ...]
    min_question_characters: int
    min_answer_characters: int
    oldest: datetime | None
    as_of: datetime


def refused_before_reading(tickets: pa.RecordBatch, rules: Rules) -> tuple[pa.Array, pa.Array]:
    """Why each of TICKETS is dropped for what its record says, and by how much; null where nothing speaks against it.

    The first rule that applies is the reason. `turns` are not looked at.
    """
    column = tickets.column
    nothing = pa.nulls(tickets.num_rows, pa.string())
    status = column("status")
    solved = pc.if_else(pc.equal(status, "resolved"), column("resolved_at"), column("dated_at"))
    late = pc.greater(solved, pa.scalar(rules.as_of, solved.type))
    outside = late if rules.oldest is None else pc.or_(late, pc.less(solved, pa.scalar(rules.oldest, solved.type)))
    found: list[Refusal] = [
        Refusal(DropReason.UNPARSABLE, pc.is_valid(column("problem")), column("problem")),
        Refusal(DropReason.DELETED, pc.equal(status, "deleted")),
        Refusal(DropReason.MERGED, column("merged")),
        Refusal(DropReason.SPAM, pc.equal(status, "spam")),
        Refusal(DropReason.ABANDONED, pc.equal(status, "abandoned")),
        Refusal(DropReason.NOT_RESOLVED, pc.invert(pc.is_in(status, value_set=pa.array(rules.statuses, pa.string())))),
        Refusal(DropReason.NOT_RESOLVED, pc.is_null(solved)),
        Refusal(DropReason.REOPENED, column("reopened")),
        *_resolver(column("resolved_by"), rules),
        Refusal(DropReason.SAID_WRONG, column("said_wrong")),
        Refusal(DropReason.SAID_WRONG, any_in(column("tags"), rules.wrong_tags)),
        *_rating(column("rating"), rules.min_rating),
        *_tags(column("tags"), rules),
        *_language(column("language"), rules.languages),
        Refusal(DropReason.OUTSIDE_WINDOW, outside, pc.binary_join_element_wise("resolved on", _date(solved), " ")),
    ]
    return refuse(nothing, nothing, found)


def _date(instants: pa.Array) -> pa.Array:
    return pc.utf8_slice_codeunits(instants.cast(pa.timestamp("us")).cast(pa.string()), 0, 10)


def _resolver(resolved_by: pa.Array, rules: Rules) -> Iterable[Refusal]:
    if rules.resolved_by == "human":
        yield Refusal(DropReason.BOT_ANSWERED, pc.equal(resolved_by, "bot"), "resolved by a bot")
        yield Refusal(DropReason.BOT_ANSWERED, pc.is_null(resolved_by), "no resolver named")


def _rating(rating: pa.Array, min_rating: float | None) -> Iterable[Refusal]:
    if min_rating is not None:
        yield Refusal(DropReason.NOT_RATED, pc.is_null(rating))
        low = pc.less(rating, (min_rating - 1) / 4)
        stars = pc.round(pc.add(1, pc.multiply(4, rating)), 2).cast(pa.string())
        said = pc.binary_join_element_wise("rating ", stars, f" of 5, at least {min_rating:g} wanted", "")
        yield Refusal(DropReason.RATING_TOO_LOW, low, pc.replace_substring_regex(said, r"\.0 of", " of"))


def _tags(tags: pa.Array, rules: Rules) -> Iterable[Refusal]:
    if rules.tags:
        yield Refusal(DropReason.TAGS_NOT_WANTED, pc.invert(any_in(tags, rules.tags)), "none of those wanted")
    if rules.without_tags:
        yield Refusal(DropReason.TAGS_NOT_WANTED, any_in(tags, rules.without_tags), "one that is not wanted")


def _language(language: pa.Array, wanted: tuple[str, ...]) -> Iterable[Refusal]:
    if wanted:
        yield Refusal(DropReason.LANGUAGE_NOT_WANTED, pc.is_null(language), "the system names no language")
        primary = pc.replace_substring_regex(pc.utf8_lower(language), r"[-_].*", "")
        exact = pa.array([name.lower() for name in wanted], pa.string())
        known = pc.or_(pc.is_in(primary, value_set=exact), pc.is_in(pc.utf8_lower(language), value_set=exact))
        yield Refusal(DropReason.LANGUAGE_NOT_WANTED, pc.invert(known), language)


def any_in(lists: pa.Array, values: Sequence[str]) -> pa.Array:
    """For each list of texts whether any of it, in whatever case, is among `values`."""
    hits = np.zeros(len(lists), dtype=bool)
    if values:
        wanted = pa.array([value.lower() for value in values], pa.string())
        found = pc.is_in(pc.utf8_lower(pc.list_flatten(lists)), value_set=wanted)
        parents = pc.list_parent_indices(lists)
        hits[parents.filter(found).to_numpy(zero_copy_only=False)] = True
    return pa.array(hits)


def refused_after_reading(problems: pa.Array, said: Exchanges, rules: Rules) -> tuple[pa.Array, pa.Array]:
    """Why tickets are dropped for what was said in them, and by how much; null where nothing speaks against it.

    `problems` are those of TICKETS, which reading the turns may have found.
    """
    complaints = [text is not None and complains(text) for text in said.afterwards.to_pylist()]
    nothing = pa.nulls(len(said.messages), pa.string())
    found = [
        Refusal(DropReason.UNPARSABLE, pc.is_valid(problems), problems),
        Refusal(
            DropReason.EMPTY,
            pc.equal(pc.list_value_length(said.messages), 0),
            "no customer turn with an agent's answer after it",
        ),
        Refusal(DropReason.MACRO_ANSWERED, said.canned),
        Refusal(DropReason.SAID_WRONG, pa.array(complaints, pa.bool_()), "in the last message"),
        _too_short("question", said.question_characters, rules.min_question_characters),
        _too_short("answer", said.answer_characters, rules.min_answer_characters),
    ]
    return refuse(nothing, nothing, found)


def _too_short(side: str, characters: pa.Array, least: int) -> Refusal:
    how = pc.binary_join_element_wise(
        f"{side} of ", characters.cast(pa.string()), f" characters, at least {least} wanted", ""
    )
    return Refusal(DropReason.TOO_SHORT, pc.less(characters, least), how)
