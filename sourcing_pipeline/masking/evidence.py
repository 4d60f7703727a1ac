"""How likely a word is a part of a person's name: several weak signs together, by logistic regression.

The signs are Rampart's opinion of the word and of its neighbours, what spaCy takes it for, how it is written, how
common it is in the language of its paragraph (wordfreq's lists), and whether it is a frequent given name or a word that
is written with a capital and names nobody. Each alone is wrong too often: Rampart does not see capitals, spaCy sees
little else. `python -m benchmarks names` fits the weights to the labelled development sets again and says what each
sign is worth.
"""

import math
import re
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from sourcing_pipeline.masking.languages import LANGUAGES as TOLD_APART
from sourcing_pipeline.masking.words import GIVEN_NAMES, NOT_NAMES

SIGNS = (
    "rampart", "rampart_nearby", "spacy_person", "spacy_full_name", "spacy_place", "spacy_thing", "capitalised",
    "capitals", "inside", "begins", "small_beside_capital", "length", "commonness", "unknown_word", "given_name",
    "no_name", "rare_capitalised",
)  # fmt: skip
"""The columns of `signs`."""

FULL_NAME = "FULL_NAME"
LANGUAGES = tuple(TOLD_APART)
SPACY = slice(2, 6)
"""The columns of `spacy_signs` among SIGNS."""
_CAPITAL = [SIGNS.index("capitalised"), SIGNS.index("capitals")]
_PLACES = frozenset({"GPE", "LOC", "NORP"})
_THINGS = frozenset({"ORG", "PRODUCT", "WORK_OF_ART", "FAC"})
_LEAST = 1e-4
_NOBODY = -9.0
_MOST_COMMON = 7.0
_LONGEST = 10
_FORM = 5
"""How many numbers of `_seen` stand before those of the languages."""

Signs = npt.NDArray[np.float64]


def signs(words: Sequence[str], opinions: npt.NDArray[np.floating], inside: Sequence[bool]) -> Signs:
    """One row a word, one column a sign, those of spaCy zero.

    `opinions` says how likely Rampart finds each word a name, 0 to 1; `inside`, that a word stands before it in its
    sentence.
    """
    likely = np.clip(np.asarray(opinions, np.float64), _LEAST, 1 - _LEAST)
    rampart = np.log(likely / (1 - likely))
    around = np.concatenate(([_NOBODY], rampart, [_NOBODY]))
    seen = np.array([_seen(word) for word in words], np.float64).reshape(-1, _FORM + len(LANGUAGES))
    upper, capitals, length, given_name, no_name = seen[:, :_FORM].T
    common = seen[:, _FORM:]
    zipf = common[:, common.sum(axis=0).argmax()] if words else common[:, 0]
    sides = np.concatenate(([0], upper, [0]))
    capitalised, within = upper * (1 - capitals), np.asarray(inside, np.float64)
    spacy = np.zeros((SPACY.stop - SPACY.start, len(words)))
    return np.stack(
        [
            rampart, np.maximum(around[:-2], around[2:]), *spacy, capitalised, capitals, capitalised * within,
            upper * (1 - within), (1 - upper) * np.maximum(sides[:-2], sides[2:]), length,
            np.minimum(zipf, _MOST_COMMON), zipf == 0, given_name, no_name, upper * (zipf == 0),
        ],
        axis=1,
    )  # fmt: skip


def spacy_signs(labels: Sequence[str | None]) -> Signs:
    """The signs that spaCy's labels (None for no entity, FULL_NAME for a person of several capitalised words) are for
    each word; shape: words, 4.
    """
    return np.array(
        [[label in ("PERSON", FULL_NAME), label == FULL_NAME, label in _PLACES, label in _THINGS] for label in labels],
        np.float64,
    )


def likelihood(found: Signs, of_spacy: Signs | None = None) -> npt.NDArray[np.float64]:
    """How likely each word is a part of a name."""
    odds = found @ WEIGHTS + INTERCEPT
    if of_spacy is not None:
        odds = odds + of_spacy @ WEIGHTS[SPACY]
    return np.asarray(1 / (1 + np.exp(-odds)))


def undecided(found: Signs, threshold: float) -> npt.NDArray[np.bool_]:
    """Which words reach `threshold` only if spaCy takes them for a person; for no other is it asked.

    A person of several words needs a capital at its neighbour too, and nobody is seen in a word without one.
    """
    odds = found @ WEIGHTS + INTERCEPT - np.log(threshold / (1 - threshold))
    capital = np.concatenate(([False], found[:, _CAPITAL].any(axis=1), [False]))
    beside, capital = capital[:-2] | capital[2:], capital[1:-1]
    alone, full = spacy_signs(["PERSON", FULL_NAME]) @ WEIGHTS[SPACY]
    return np.asarray((odds < 0) & capital & (odds + np.where(beside, full, alone) >= 0))


def language_of(words: Sequence[str]) -> str:
    """The one of LANGUAGES in which the words are commonest together; of several the first."""
    common = np.array([_common(word.lower()) for word in words]).reshape(-1, len(LANGUAGES))
    return LANGUAGES[int(common.sum(axis=0).argmax())]


def commonness(word: str, language: str) -> float:
    """Zipf frequency of a lower-case word: 3 once in a million words, 0 rarer than that, 7 the commonest."""
    return _common(word)[LANGUAGES.index(language)]


@lru_cache(maxsize=65536)
def _seen(word: str) -> tuple[float, ...]:
    """How a word is written (with a capital, in capitals, how long), what it is known for, and how common it is."""
    low = word.lower()
    return (
        word[0].isupper(), word.isupper() and len(word) > 1, min(len(word), _LONGEST) / _LONGEST, low in GIVEN_NAMES,
        low in NOT_NAMES, *_common(low),
    )  # fmt: skip


@lru_cache(maxsize=65536)
def _common(word: str) -> tuple[float, ...]:
    """The Zipf frequency in each of LANGUAGES; of a word with an apostrophe that no list has, of its longest part."""
    found = tuple(round(math.log10(of_word) + 9, 2) if (of_word := known.get(word)) else 0.0 for known in _lists())
    if not any(found) and (parts := re.split(r"['’]", word))[1:]:
        return _common(max(parts, key=len))
    return found


@cache
def _lists() -> "tuple[dict[str, float], ...]":
    from wordfreq import get_frequency_dict

    return tuple(get_frequency_dict(language, wordlist="small") for language in LANGUAGES)


INTERCEPT = -0.61
WEIGHTS = np.array(
    [0.33, 0.17, 1.01, 0.88, -0.29, -0.48, 2.16, 0.36, 0.94, 0.75, -0.81, -1.94, -0.26, -0.5, 1.48, -1.98, 0.6]
)
