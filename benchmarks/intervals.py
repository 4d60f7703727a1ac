"""What the intervals of a review promise and what they keep, and how many rows a review needs until it is decided."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import show
from sourcing_pipeline.intervals import always_valid, exact
from sourcing_pipeline.review.config import Review
from sourcing_pipeline.review.prediction_powered import prediction_powered_rate

LOOKS = 300
SEQUENCES = 2_000
SAMPLES = 1_000
RATES = (0.02, 0.05, 0.08, 0.12, 0.2, 0.3)
LIMIT = Review().max_error_rate


def main() -> None:
    """Print the tables; seeded, about a minute."""
    chance = np.random.default_rng(0)
    fixed, held = _bounds(exact), _bounds(always_valid)
    looked, rows = [], []
    for rate in RATES:
        wrong = np.cumsum(chance.random((SEQUENCES, LOOKS)) < rate, axis=1)
        looked.append([f"{rate:.0%}", f"{_ever_out(fixed, wrong, rate):.1%}", f"{_ever_out(held, wrong, rate):.1%}"])
        needed, decided, mistaken = _decided(held, wrong, rate)
        rows.append([f"{rate:.0%}", f"{decided:.0%}", f"{needed:.0f}", f"{mistaken:.1%}"])
    show(
        f"Whoever looks after each of {LOOKS} rows: how often a 95 % interval is wrong at some look",
        ["wrong rows", "exact (for one look)", "always valid"],
        looked,
    )
    show(
        f"design: sequential, {LOOKS} rows at most, {LIMIT:.0%} allowed",
        ["wrong rows", "reviews decided", "rows until then (median)", "decided wrongly"],
        rows,
    )
    show(
        "Prediction-powered, 100 of 2,000 rows judged, 10 % wrong",
        ["the score", "interval holds", "width beside the exact one (median)"],
        [_powered(kind, chance) for kind in ("good", "middling", "useless")],
    )


Bounds = NDArray[np.float64]


def _bounds(interval: object) -> Bounds:
    """Low and high by (looks, wrong rows)."""
    found = np.zeros((LOOKS + 1, LOOKS + 1, 2))
    for n in range(1, LOOKS + 1):
        for hits in range(n + 1):
            found[n, hits] = interval(hits, n)  # type: ignore[operator]
    return found


def _at(bounds: Bounds, wrong: NDArray[np.int64]) -> tuple[Bounds, Bounds]:
    both = bounds[np.arange(1, LOOKS + 1)[None, :], wrong]
    return both[..., 0], both[..., 1]


def _ever_out(bounds: Bounds, wrong: NDArray[np.int64], rate: float) -> float:
    low, high = _at(bounds, wrong)
    return float(((low > rate) | (high < rate)).any(axis=1).mean())


def _decided(bounds: Bounds, wrong: NDArray[np.int64], rate: float) -> tuple[float, float, float]:
    low, high = _at(bounds, wrong)
    bad, good = low > LIMIT, high < LIMIT
    ended = (bad | good).any(axis=1)
    first = np.where(ended, (bad | good).argmax(axis=1), LOOKS - 1)
    said_bad = bad[np.arange(len(first)), first]
    mistaken = ended & (said_bad != (rate > LIMIT))
    return (
        float(np.median(first[ended] + 1)) if ended.any() else float("nan"),
        float(ended.mean()),
        float(mistaken.mean()),
    )


def _powered(kind: str, chance: np.random.Generator) -> list[str]:
    """One row: a score that tells wrong rows well, somewhat, or not at all."""
    held, widths = 0, []
    shift = {"good": 3.5, "middling": 1.5, "useless": 0.0}[kind]
    for _ in range(SAMPLES):
        wrong = chance.random(2_000) < 0.1
        score = 1 / (1 + np.exp(-(chance.normal(size=2_000) + shift * wrong - 2.2)))
        drawn = chance.choice(2_000, 100, replace=False)
        found = prediction_powered_rate(wrong[drawn].tolist(), score[drawn].tolist(), score.tolist())
        low, high = exact(int(wrong[drawn].sum()), 100)
        held += found.low <= wrong.mean() <= found.high
        widths.append((found.high - found.low) / (high - low))
    return [kind, f"{held / SAMPLES:.1%}", f"{np.median(widths):.2f}"]
