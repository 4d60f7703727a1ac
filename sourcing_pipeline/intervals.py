"""The exact interval of a share, as every stage tells it."""

_LEAST = 1e-9
"""Fewer hits, or misses, than this are none: their beta distribution is too narrow to compute."""


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
