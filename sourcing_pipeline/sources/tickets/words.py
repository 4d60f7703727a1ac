"""What a system's words mean, for a whole column at once: statuses, roles, ratings, truth values, locales."""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.sources.records import language_tag
from sourcing_pipeline.sources.tabular.columns import read_column
from sourcing_pipeline.sources.tabular.values import FALSE_WORDS, TRUE_WORDS
from sourcing_pipeline.sources.tickets.mapping import RatingScale

_NOTHING = ("[]", "{}", "none", "null")
_UNRATED = ("offered", "unoffered")
_SATISFACTION = {"good": 1.0, "good_with_comment": 1.0, "bad": 0.0, "bad_with_comment": 0.0}
_SCALES: Mapping[RatingScale, tuple[float, float, str]] = {
    "stars": (1, 5, "1 to 5"),
    "nps": (0, 10, "0 to 10"),
    "unit": (0, 1, "0 to 1"),
    "good_bad": (0, 1, "good or bad"),
}


def filled(texts: pa.Array) -> pa.Array:
    """Texts without the white space around them; null where nothing is left."""
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def meanings(texts: pa.Array, words: Mapping[str, str]) -> pa.Array:
    """What `words` (in any case) say of each text; null for a text that is not among them."""
    lowered = {word.strip().lower(): meaning for word, meaning in words.items()}
    index = pc.index_in(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), value_set=pa.array(list(lowered), pa.string()))
    return pa.array(list(lowered.values()), pa.string()).take(index)


def ratings(given: pa.Array, scale: RatingScale) -> tuple[pa.Array, pa.Array, str]:
    """Ratings in [0, 1], which of those given are off the scale, and what was expected."""
    low, high, expected = _SCALES[scale]
    if scale == "good_bad":
        lowered = pc.utf8_lower(given)
        index = pc.index_in(lowered, value_set=pa.array(list(_SATISFACTION)))
        found = pa.array(list(_SATISFACTION.values())).take(index)
        known = pc.or_(pc.is_valid(found), pc.is_in(lowered, value_set=pa.array(_UNRATED)))
        return found, pc.and_(pc.is_valid(given), pc.invert(known)), expected
    number = read_column(given, pa.float64()).array
    inside = pc.fill_null(pc.and_(pc.greater_equal(number, low), pc.less_equal(number, high)), False)
    found = pc.if_else(inside, pc.divide(pc.subtract(number, low), high - low), None)
    return found, pc.and_(pc.is_valid(given), pc.invert(inside)), expected


def counted(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Truth from truth words or a count (more than none), and which texts are neither."""
    truth = _truths(texts)
    number = read_column(pc.if_else(pc.is_valid(truth), None, texts), pa.float64()).array
    found = pc.coalesce(truth, pc.greater(number, 0))
    return pc.fill_null(found, False), pc.and_(pc.is_valid(texts), pc.is_null(found))


def named(texts: pa.Array) -> pa.Array:
    """Truth from truth words, or from any other text, such as the id of what is named."""
    nothing = pc.fill_null(pc.is_in(pc.utf8_lower(texts), value_set=pa.array(_NOTHING)), False)
    return pc.if_else(nothing, False, pc.coalesce(_truths(texts), pc.is_valid(texts)))


def languages(locales: pa.Array) -> pa.Array:
    """BCP-47 from locales: `pt_BR.UTF-8` → `pt-BR`; null where it is no locale."""
    return each(locales, language_tag)


def each(texts: pa.Array, change: Callable[[str], str | None]) -> pa.Array:
    """`change` of each text, called once for each that is different."""
    encoded = texts.dictionary_encode()
    changed = [None if text is None else change(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(changed, pa.string()).take(encoded.indices)


def _truths(texts: pa.Array) -> pa.Array:
    words = [*TRUE_WORDS, *FALSE_WORDS]
    index = pc.index_in(pc.utf8_lower(texts), value_set=pa.array(words))
    return pa.array([word in TRUE_WORDS for word in words]).take(index)
