"""How many rows of each strategy make the mix, and what bound it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Literal

import pyarrow as pa

from sourcing_pipeline.rows import STRATEGIES, WHOLE, Strategy

QUOTAS = pa.schema(
    [
        pa.field("partition", pa.string(), nullable=False),
        pa.field("strategy", pa.string(), nullable=False),
        pa.field("asked", pa.int64()),
        pa.field("available", pa.int64()),
        pa.field("achieved", pa.int64()),
        pa.field("bound", pa.string()),
    ]
)
"""One row a strategy: how the mix came out."""


@dataclass(frozen=True)
class Quota:
    """One strategy's part of the mix, in rows."""

    strategy: Strategy
    asked: int
    available: int
    achieved: int
    bound: str
    """What decided `achieved`: `asked`, `too few rows`, `fills in`, `the whole shrank` or `synthetic cap`."""

    def record(self) -> dict[str, object]:
        return {**asdict(self), "partition": WHOLE}


def apportion(total: int, shares: Mapping[Strategy, float]) -> dict[Strategy, int]:
    """`total` rows divided in proportion to `shares` (not all 0), by the method of largest remainders.

    Ties go to the strategy named first in STRATEGIES, so the result depends on the arguments alone.
    """
    parts = {name: Fraction(shares.get(name, 0)).limit_denominator(10**6) for name in STRATEGIES}
    exact = {name: part / sum(parts.values()) * total for name, part in parts.items()}
    whole = {name: int(value) for name, value in exact.items()}
    missing = total - sum(whole.values())
    by_remainder = sorted(STRATEGIES, key=lambda name: (whole[name] - exact[name], STRATEGIES.index(name)))
    for name in by_remainder[:missing]:
        whole[name] += 1
    return whole


def quotas(
    size: int,
    shares: Mapping[Strategy, float],
    available: Mapping[Strategy, int],
    when_short: Literal["fill", "shrink"],
    max_synthetic_fraction: float,
) -> list[Quota]:
    """Rows to take of each strategy, never more than there are, and synthetic never over its cap.

    `shrink` keeps the shares: the mix becomes the largest for which every strategy has enough. `fill` keeps the
    size as far as the rows go: what one strategy lacks is taken from the others in proportion to their shares.
    """
    asked = apportion(size, shares)
    take = _shrunk if when_short == "shrink" else _filled
    uncapped = take(size, shares, available)
    taken = uncapped | {"synthetic": min(uncapped["synthetic"], _synthetic_cap(uncapped, max_synthetic_fraction))}
    if when_short == "fill" and taken != uncapped:
        others: dict[Strategy, float] = {name: share for name, share in shares.items() if name != "synthetic"}
        taken |= {name: count for name, count in _filled(size - taken["synthetic"], others, available).items() if count}
        room = min(uncapped["synthetic"], size - sum(taken[name] for name in others))
        taken["synthetic"] = min(room, _synthetic_cap(taken, max_synthetic_fraction))
    return [
        Quota(
            strategy=name,
            asked=asked[name],
            available=available.get(name, 0),
            achieved=taken[name],
            bound="synthetic cap"
            if name == "synthetic" and taken[name] < uncapped[name]
            else _bound(asked[name], available.get(name, 0), taken[name]),
        )
        for name in STRATEGIES
    ]


def markdown(parts: Iterable[Quota]) -> str:
    """Asked, available and achieved rows by strategy, and what bound them, as a Markdown table."""
    parts = list(parts)
    total = sum(part.achieved for part in parts) or 1
    lines = [
        f"| {part.strategy} | {part.asked:,} | {part.available:,} | {part.achieved:,} | {part.achieved / total:.1%} "
        f"| {part.bound} |\n"
        for part in parts
    ]
    head = "| strategy | asked | available | achieved | share | bound by |\n|---|---|---|---|---|---|\n"
    return head + "".join(lines)


def _bound(asked: int, available: int, achieved: int) -> str:
    if achieved == asked:
        return "asked"
    if achieved > asked:
        return "fills in"
    return "too few rows" if achieved == available else "the whole shrank"


def _synthetic_cap(taken: Mapping[Strategy, int], fraction: float) -> int:
    """The most synthetic rows beside the others taken for which synthetic / all ≤ `fraction`."""
    others = sum(count for name, count in taken.items() if name != "synthetic")
    cap = Fraction(fraction).limit_denominator(10**6)
    return int(others * cap / (1 - cap))


def _shrunk(size: int, shares: Mapping[Strategy, float], available: Mapping[Strategy, int]) -> dict[Strategy, int]:
    """The largest total that every strategy can serve; looked for downwards, since rounding is not monotone."""
    limits = [int((available.get(name, 0) + 1) / share) for name, share in shares.items() if share]
    total = min(size, *limits)
    while any(count > available.get(name, 0) for name, count in apportion(total, shares).items()):
        total -= 1
    return apportion(total, shares)


def _filled(size: int, shares: Mapping[Strategy, float], available: Mapping[Strategy, int]) -> dict[Strategy, int]:
    taken: dict[Strategy, int] = dict.fromkeys(STRATEGIES, 0)
    room = {name: available.get(name, 0) for name in STRATEGIES}
    missing = size
    while missing:
        open_shares: dict[Strategy, float] = {
            name: shares.get(name, 0.0) for name in STRATEGIES if room[name] and shares.get(name)
        }
        if not open_shares:
            return taken
        for name, count in apportion(missing, open_shares).items():
            given = min(count, room[name])
            taken[name] += given
            room[name] -= given
            missing -= given
    return taken
