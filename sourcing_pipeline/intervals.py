"""Intervals of a share, as every stage tells them: `exact` of a sample, `always_valid` of one that is still growing."""

_LEAST = 1e-9
"""Fewer hits, or misses, than this are none: their beta distribution is too narrow to compute."""

_SMALLEST = 1e-300
"""Stands for a share of 0 where its logarithm is taken."""


def exact(hits: float, of: float, confidence: float = 0.95) -> tuple[float, float]:
    """Least and greatest share that fit `hits` in `of` trials (Clopper and Pearson, 1934); (0, 1) where `of` is 0.

    Both may be fractions, which an effective sample size is. Raises ValueError when `hits` is not within 0 and `of`.
    """
    from scipy.stats import beta

    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of} is not possible")
    if of == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if hits < _LEAST else float(beta.ppf(tail, hits, of - hits + 1))
    high = 1.0 if of - hits < _LEAST else float(beta.ppf(1 - tail, hits + 1, of - hits))
    return low, high


def always_valid(hits: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Bounds of a share that hold at every look together, however often one looks and whenever one stops.

    With the chance of `confidence` the intervals of all sizes of a growing sample hold the true share; `exact` promises
    that of one size alone, and is narrower. The trials are independent of each other. (0, 1) where `of` is 0.

    It is the set of p with prior(p) / posterior(p) < 1 / (1 - confidence), the prior being Jeffreys' Beta(1/2, 1/2):
    the prior-posterior ratio is a martingale at the true p (Robbins, 1970, Annals of Mathematical Statistics 41,
    1397-1409; Waudby-Smith and Ramdas, 2020, Confidence sequences for sampling without replacement, NeurIPS), and the
    capital of Krichevsky and Trofimov's bettor (Waudby-Smith and Ramdas, 2024, JRSS-B 86, 1-27). `confseq` 0.0.11, of
    January 2023 and its last, isn't used: it has no wheel for Python 3.11 or later, and needs Boost's headers to build.

    Raises ValueError when `hits` is not within 0 and `of`.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of} is not possible")
    return _least_valid(hits, of, confidence), 1 - _least_valid(of - hits, of, confidence)


def _least_valid(hits: int, of: int, confidence: float) -> float:
    """The lower end. The log ratio falls from infinity at 0 to its least, below the threshold, at `hits` / `of`."""
    from math import log, log1p

    from scipy.optimize import brentq
    from scipy.special import betaln

    if hits == 0:
        return 0.0
    misses = of - hits
    rest = float(betaln(hits + 0.5, misses + 0.5) - betaln(0.5, 0.5)) + log(1 - confidence)

    def ratio(p: float) -> float:
        return rest - hits * log(p) - (misses * log1p(-p) if misses else 0.0)

    return float(brentq(ratio, _SMALLEST, hits / of))
