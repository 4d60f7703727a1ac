"""What the mix must hold before it may be released."""

from collections.abc import Mapping, Sequence

from sourcing_pipeline.findings import Finding
from sourcing_pipeline.mixing.config import Mixing
from sourcing_pipeline.rows import DropReason, is_canary

FEWEST = {"broad": 100, "specialised": 50}
FEWEST_ADVISED = 1000


def synthetic_within_cap(by_strategy: Mapping[str, int], config: Mixing) -> Finding:
    """At most `max_synthetic_fraction` of the rows are synthetic."""
    total = sum(by_strategy.values())
    synthetic = by_strategy.get("synthetic", 0)
    fraction = synthetic / total if total else 0.0
    passed = fraction <= config.max_synthetic_fraction
    return Finding(
        passed,
        f"{synthetic:,} of {total:,} rows are synthetic, {fraction:.1%}; at most "
        f"{config.max_synthetic_fraction:.0%} are allowed"
        + ("" if passed else ". Materialize hybrid_mix again, or lower mixing.shares.synthetic"),
        facts={"synthetic": synthetic, "rows": total, "synthetic_fraction": fraction},
    )


def large_enough(rows: int, config: Mixing) -> Finding:
    """At least 100 rows, 50 for a specialised task; a broad task under 1,000 is a warning."""
    fewest = FEWEST[config.task]
    facts: dict[str, str | int | float | bool] = {"rows": rows, "fewest": fewest}
    if rows < fewest:
        return Finding(
            False,
            f"{rows:,} rows; a {config.task} task needs at least {fewest}. Widen the sources' filters or their windows",
            facts=facts,
        )
    if config.task == "broad" and rows < FEWEST_ADVISED:
        return Finding(
            False,
            f"{rows:,} rows; for a broad task {FEWEST_ADVISED:,} to 10,000 are advised",
            blocking=False,
            facts=facts,
        )
    return Finding(True, f"{rows:,} rows", facts=facts)


def canaries_refused(
    expected: Mapping[str, DropReason], got: Mapping[str, DropReason | None], mixed_ids: Sequence[str]
) -> Finding:
    """Every planted row was refused for the reason it was planted for, and none is in the mix."""
    missed = sorted(row_id for row_id, reason in expected.items() if got.get(row_id) != reason)
    inside = sorted(row_id for row_id in mixed_ids if is_canary(row_id))
    facts: dict[str, str | int | float | bool] = {
        "planted": len(expected),
        "missed": len(missed),
        "in_mix": len(inside),
    }
    if not missed and not inside:
        return Finding(True, f"all {len(expected)} planted rows were refused", facts=facts)
    return Finding(
        False,
        f"planted rows not refused for their reason: {', '.join(missed) or 'none'}; planted rows in the mix: "
        f"{', '.join(inside) or 'none'}. The duplicate or domain rules do not work as they should: do not release",
        facts=facts,
    )
