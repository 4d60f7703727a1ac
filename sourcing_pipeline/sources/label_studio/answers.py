"""What each annotator submitted for a task, and which of several answers is taken."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sourcing_pipeline.sources.label_studio.fields import Fields, as_fields, as_list_of_fields
from sourcing_pipeline.sources.label_studio.turns import Turn, chat_turn, lines
from sourcing_pipeline.sources.records import native_key

_PLACES = frozenset(
    ("start", "startOffset", "x", "points", "vertices", "ranges", "sequence", "rle", "chatmessage", "item_index")
)
"""Keys by which a result's value says which part of the object it is about."""
_TYPE_WORDS = (
    "audio audiolabels bitmask bitmasklabels brush brushlabels chatmessage choices cuboid cuboidlabels "
    "datetime ellipse ellipselabels hypertext hypertextlabels keypoint keypointlabels labels magicwand number "
    "ocrlabels pairwise paragraphlabels paragraphs polygon polygonlabels ranker rating reactcode rectangle "
    "rectanglelabels relation taxonomy textarea timelinelabels timeserieslabels vector vectorlabels video "
    "videorectangle"
)
_TYPES = frozenset(_TYPE_WORDS.split())
"""The types of results that Label Studio knows, which a message may name."""


@dataclass(frozen=True)
class Answer:
    """What one annotator submitted for one task; `turns` are the answer, one turn or a chat, or none."""

    order: tuple[int, str]
    turns: tuple[Turn, ...]
    chat: bool
    ground_truth: bool
    rejected: bool
    rating: float | None
    created_at: object
    annotation_id: str


def annotations(task: Fields) -> list[Fields]:
    """The annotations of a task, those that were skipped among them; before Label Studio 1.0, its completions."""
    key = "annotations" if task.get("annotations") is not None else "completions"
    return as_list_of_fields(task.get(key), key)


def skipped(annotation: Fields) -> bool:
    """Whether the annotator passed the task over; what was written until then does not count."""
    return bool(annotation.get("was_cancelled") or annotation.get("skipped"))


def answer(number: int, annotation: Fields, response_from_name: str | None) -> Answer:
    """The answer in the task's annotation `number`. Raises UnreadableError.

    It is the chat if there is one, else the first text area (of the control `response_from_name`, if that is given).
    """
    where = f"annotations[{number}]"
    results = as_list_of_fields(annotation.get("result"), f"{where}.result")
    said = [result for result in results if _is_answer(result, response_from_name)]
    chat = [result for result in said if result.get("type") == "chatmessage"]
    turns: list[Turn] = []
    for result in chat or [result for result in said if result.get("from_name") == said[0].get("from_name")]:
        value = as_fields(result.get("value"), f"{where}.result.value")
        if chat:
            turns.append(chat_turn(value.get("chatmessage"), f"{where}.result.value.chatmessage"))
        else:
            turns.append(("assistant", lines(value.get("text"), f"{where}.result.value.text")))
    identity = annotation.get("id")
    key = str(number) if identity is None else native_key(identity, f"{where}.id")
    return Answer(
        order=(int(key) if key.isdecimal() and len(key) < 19 else 0, key),
        turns=tuple(turns),
        chat=bool(chat),
        ground_truth=annotation.get("ground_truth") is True or annotation.get("honeypot") is True,
        rejected=_rejected(annotation, where),
        rating=_rating(results),
        created_at=annotation.get("created_at") or annotation.get("updated_at"),
        annotation_id=key,
    )


def _is_answer(result: Fields, response_from_name: str | None) -> bool:
    if response_from_name is not None and result.get("from_name") != response_from_name:
        return False
    return result.get("type") == "chatmessage" or (
        result.get("type") == "textarea" and (response_from_name is not None or not _of_a_part(result))
    )


def _of_a_part(result: Fields) -> bool:
    """Whether a text is a remark on a span, an area or a message, not the answer to the whole task."""
    value = result.get("value")
    return isinstance(value, dict) and not _PLACES.isdisjoint(value)


def choose(answers: Sequence[Answer]) -> Answer:
    """The one answer of a task; the rule is `LabelStudio`'s. Raises ValueError without any answer."""
    truths = [one for one in answers if one.ground_truth] or list(answers)
    words = [frozenset(re.findall(r"\w+", " ".join(said for _, said in one.turns).lower())) for one in truths]

    def rank(index: int) -> tuple[float, float, tuple[int, str]]:
        others = [_likeness(words[index], other) for place, other in enumerate(words) if place != index]
        mean = sum(sorted(others)) / len(others) if others else 0.0
        rating = truths[index].rating
        return -round(mean, 9), -(-1.0 if rating is None else rating), truths[index].order

    return truths[min(range(len(truths)), key=rank)]


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def annotators(submitted: Iterable[Fields]) -> tuple[str, ...]:
    """Who annotated, as `person_keys`: ids, and e-mail addresses in lower case, as far as `completed_by` tells.

    It is an id, an e-mail address, an object with either or both, or missing.
    """
    found: set[str] = set()
    for annotation in submitted:
        by = annotation.get("completed_by")
        for one in (by.get("id"), by.get("email")) if isinstance(by, dict) else (by,):
            if isinstance(one, int) and not isinstance(one, bool):
                found.add(str(one))
            elif isinstance(one, str) and "@" in one:
                found.add(one.strip().lower())
    return tuple(sorted(found))


def seconds(submitted: Iterable[Fields]) -> float | None:
    """What the annotators took together (`lead_time`), to the millisecond; None where nothing is told."""
    times = (annotation.get("lead_time") for annotation in submitted)
    told = [one for one in times if isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one < 1e9]
    return round(float(sum(told)), 3) if told else None


def kinds_of_results(submitted: Iterable[Fields]) -> list[str]:
    """The types of all results, sorted; what Label Studio does not know is called so, and not shown."""
    results = [result for one in submitted for result in as_list_of_fields(one.get("result"), "annotations.result")]
    return sorted({_kind(result) for result in results})


def _kind(result: Fields) -> str:
    found = result.get("type")
    if not isinstance(found, str) or found not in _TYPES:
        return "an unknown type"
    return f"{found} of a part" if found == "textarea" and _of_a_part(result) else found


def _rating(results: Sequence[Fields]) -> float | None:
    ratings = []
    for result in results:
        value = result.get("value")
        stars = value.get("rating") if result.get("type") == "rating" and isinstance(value, dict) else None
        if isinstance(stars, int | float) and not isinstance(stars, bool) and 1 <= stars <= 5:
            ratings.append((stars - 1) / 4)
    return sum(ratings) / len(ratings) if ratings else None


def _rejected(annotation: Fields, where: str) -> bool:
    """Whether the last review refused the answer (reviews are in the order they were made)."""
    reviews = as_list_of_fields(annotation.get("reviews"), f"{where}.reviews")
    return bool(reviews) and reviews[-1].get("accepted") is False
