"""What a check found: the same words for Dagster's UI, the command line and the release's own refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One property, held or not.

    `blocking` says that nothing downstream may be made while it does not hold; otherwise it is a warning.
    `message` tells the reader what was found and what to do; it never holds row text.
    """

    passed: bool
    message: str
    blocking: bool = True
    facts: Mapping[str, str | int | float | bool] = field(default_factory=dict)


def rows_accounted(stage: str, rows_in: int, rows_out: int, dropped: int) -> Finding:
    """Whether every row that went into `stage` came out or was dropped with a reason."""
    passed = rows_in == rows_out + dropped
    facts = {"rows_in": rows_in, "rows_out": rows_out, "dropped": dropped}
    if passed:
        return Finding(True, f"{rows_in:,} in = {rows_out:,} out + {dropped:,} dropped", facts=facts)
    lost = rows_in - rows_out - dropped
    what = f"{lost:,} rows are missing" if lost > 0 else f"{-lost:,} rows are too many"
    return Finding(
        False,
        f"{stage}: {rows_in:,} in, but {rows_out:,} out + {dropped:,} dropped: {what}. Materialize {stage} again; "
        "if it stays, compare its table with the ledger by id",
        facts=facts,
    )


def licences_allowed(by_license: Mapping[str | None, int], allowed: frozenset[str]) -> Finding:
    """Every row stands under a licence that the recipe allows."""
    refused = {str(name): count for name, count in by_license.items() if name not in allowed}
    if not refused:
        return Finding(True, f"{sum(by_license.values()):,} rows under {len(by_license)} allowed licences")
    listed = ", ".join(f"{name} ({count:,})" for name, count in sorted(refused.items()))
    return Finding(
        False,
        f"{sum(refused.values()):,} rows under licences that are not in the recipe's list: {listed}. Materialize "
        "their sources again, then hybrid_mix",
        facts=refused,
    )
