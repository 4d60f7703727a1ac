"""Error rates with their uncertainty."""

from dataclasses import dataclass


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
    from scipy.stats import binomtest

    if not 0 <= wrong <= reviewed:
        raise ValueError(f"{wrong} wrong of {reviewed} reviewed is not possible")
    if reviewed == 0:
        return ErrorRate(0, 0, 0.0, 0.0, 1.0)
    interval = binomtest(wrong, reviewed).proportion_ci(confidence, method="exact")
    return ErrorRate(reviewed, wrong, wrong / reviewed, float(interval.low), float(interval.high))
