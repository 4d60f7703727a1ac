"""How likely a word is a part of a person's name: several weak signs together, by logistic regression.

The signs are Rampart's opinion of the word and of its neighbours, what spaCy takes it for, how it is written, how
common it is in the language of its paragraph (wordfreq's lists), and whether it is a frequent given name or a word that
is written with a capital and names nobody. Each alone is wrong too often: Rampart does not see capitals, spaCy sees
little else. `python -m benchmarks names` fits the weights to the labelled development sets again and says what each
sign is worth.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sourcing_pipeline.masking.words import GIVEN_NAMES, NOT_NAMES

SIGNS = (
    "rampart", "rampart_nearby", "spacy_person", "spacy_full_name", "spacy_place", "spacy_thing", "capitalised",
    "capitals", "inside", "commonness", "unknown_word", "given_name", "no_name", "initial", "rare_capitalised",
)  # fmt: skip
"""The columns of `signs`."""

FULL_NAME = "FULL_NAME"
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
SPACY = slice(2, 6)
"""The columns of `spacy_signs` among SIGNS."""
_PLACES = frozenset({"GPE", "LOC", "NORP"})
_THINGS = frozenset({"ORG", "PRODUCT", "WORK_OF_ART", "FAC"})
_LEAST = 1e-4
_NOBODY = -9.0
_MOST_COMMON = 7.0
_RARE = 3.0

Signs = npt.NDArray[np.float64]


def signs(words: Sequence[str], opinions: npt.NDArray[np.floating], inside: Sequence[bool]) -> Signs:
    """One row a word, one column a sign, those of spaCy zero.

    `opinions` says how likely Rampart finds each word a name, 0 to 1; `inside`, that a word stands before it in its
    sentence.
    """
    likely = np.clip(np.asarray(opinions, np.float64), _LEAST, 1 - _LEAST)
    rampart = np.log(likely / (1 - likely))
    around = np.concatenate(([_NOBODY], rampart, [_NOBODY]))
    found = np.zeros((len(words), len(SIGNS)))
    found[:, 0] = rampart
    found[:, 1] = np.maximum(around[:-2], around[2:])
    language = language_of(words)
    for row, (word, within) in enumerate(zip(words, inside, strict=True)):
        low = word.lower()
        zipf = commonness(low, language)
        capitals = word.isupper() and len(word) > 1
        capitalised = word[0].isupper()
        found[row, SPACY.stop :] = (
            capitalised and not capitals, capitals, capitalised and not capitals and within,
            min(zipf, _MOST_COMMON), zipf == 0, low in GIVEN_NAMES, low in NOT_NAMES, len(word) <= 2 and word.isupper(),
            capitalised and zipf < _RARE,
        )  # fmt: skip
    return found


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
    """Which words reach `threshold` only if spaCy takes them for a person; for no other is it asked."""
    odds = found @ WEIGHTS + INTERCEPT - np.log(threshold / (1 - threshold))
    most = spacy_signs([FULL_NAME])[0] @ WEIGHTS[SPACY]
    return np.asarray((odds < 0) & (odds + most >= 0))


def language_of(words: Sequence[str]) -> str:
    """The one of LANGUAGES in which the words are commonest together; of several the first."""
    common = [_common(word.lower()) for word in words]
    totals = [sum(of_word[at] for of_word in common) for at in range(len(LANGUAGES))]
    return LANGUAGES[totals.index(max(totals))]


@lru_cache(maxsize=65536)
def _common(word: str) -> tuple[float, ...]:
    from wordfreq import zipf_frequency

    return tuple(float(zipf_frequency(word, language, wordlist="small")) for language in LANGUAGES)


@lru_cache(maxsize=65536)
def commonness(word: str, language: str) -> float:
    """Zipf frequency of a lower-case word: 0 unknown, 3 once in a million words, 7 the commonest."""
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, language))


INTERCEPT = -1.66
WEIGHTS = np.array([0.33, 0.18, 0.94, 0.86, -0.43, -0.67, 2.99, 0.76, 0.18, -0.22, -0.88, 1.26, -1.86, 0.35, 0.55])
