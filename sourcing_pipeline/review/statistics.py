"""Error rates with their uncertainty."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sourcing_pipeline.intervals import exact


@dataclass(frozen=True)
class ErrorRate:
    """`wrong` of `reviewed` rows were judged wrong; `low` and `high` bound the true rate. All rates in [0, 1]."""

    reviewed: int
    wrong: int
    rate: float
    low: float
    high: float


def error_rate(wrong: int, reviewed: int, confidence: float = 0.95) -> ErrorRate:
    """The share of wrong rows with the exact (Clopper and Pearson, 1934) interval; [0, 1] when none was reviewed.

    Raises ValueError when `wrong` is not within 0 and `reviewed`.
    """
    if not 0 <= wrong <= reviewed:
        raise ValueError(f"{wrong} wrong of {reviewed} reviewed is not possible")
    low, high = exact(wrong, reviewed, confidence)
    return ErrorRate(reviewed, wrong, wrong / reviewed if reviewed else 0.0, low, high)


class Stratum(NamedTuple):
    """A part of the rows that was sampled by itself: how many rows it has, how many were reviewed, and how many of
    those were found to be what is counted.
    """

    rows: int
    reviewed: int
    found: int


@dataclass(frozen=True)
class StratifiedRate:
    """`found` of `reviewed` rows, from strata that were not sampled alike: `rate` estimates the share among all rows,
    `low` and `high` bound it. `covered` is the share of all rows that lie in a stratum with a reviewed row; the
    estimate is about those. All rates in [0, 1].
    """

    reviewed: int
    found: int
    rate: float
    low: float
    high: float
    covered: float


def stratified_rate(strata: Iterable[Stratum], confidence: float = 0.95) -> StratifiedRate:
    """The share in all rows, each stratum weighing what it has in rows; [0, 1] when none was reviewed.

    The rate is Cochran's stratified mean (1977, Sampling Techniques, 5.3): the sum of W_h p_h. Its interval is the
    exact one of so many simple random rows as the sample is worth (Korn and Graubard, 1998, Survey Methodology 24,
    193-201): p (1 - p) / v, with v the sum of W_h^2 p_h (1 - p_h) / (n_h - 1), or (sum of w)^2 / (sum of w^2) over the
    rows' weights (Kish, 1965, Survey Sampling), whichever is less. Kish's is needed where a rate is so small that
    hardly a stratum has a hit. That rows are drawn without replacement is left out: the interval is rather too wide.
    """
    every = list(strata)
    known = [one for one in every if one.reviewed]
    rows = sum(one.rows for one in known)
    if not rows:
        return StratifiedRate(0, 0, 0.0, 0.0, 1.0, 0.0)
    shares = [(one.rows / rows, one.found / one.reviewed, one.reviewed) for one in known]
    rate = min(sum(weight * share for weight, share, _ in shares), 1.0)
    variance = sum(weight**2 * share * (1 - share) / max(n - 1, 1) for weight, share, n in shares)
    worth = 1 / sum(weight**2 / n for weight, _, n in shares)
    if variance > 0:
        worth = min(worth, rate * (1 - rate) / variance)
    low, high = exact(rate * worth, worth, confidence)
    reviewed, found = sum(one.reviewed for one in known), sum(one.found for one in known)
    return StratifiedRate(reviewed, found, rate, low, high, rows / sum(one.rows for one in every))
