"""Whether logs go on coming, and as many as usual: what tells when a system stopped writing, or writes twice."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from statistics import fmean, median, pvariance

from sourcing_pipeline.findings import Finding

WEEKS = 8
"""How many weeks back the same weekday is looked at."""
LEAST_WEEKS = 4
"""Fewer weeks than these say nothing."""
FACTOR = 2.0
DEVIATIONS = 3.0


def fresh(name: str, rows_by_day: Mapping[str, int], last_day: date, max_silent_days: int) -> Finding:
    """Whether the latest day with any record lies at most `max_silent_days` before `last_day`; a warning otherwise.

    `rows_by_day` counts the records read of each day that was made, kept or not.
    """
    spoken = sorted(day for day, count in rows_by_day.items() if count)
    if not spoken:
        return Finding(False, f"{name}: no record on any day so far", blocking=False)
    silent = (last_day - date.fromisoformat(spoken[-1])).days
    facts: dict[str, str | int | float | bool] = {"latest_day": spoken[-1], "silent_days": silent}
    if silent <= max_silent_days:
        return Finding(True, f"{name}: the latest record is of {spoken[-1]}", blocking=False, facts=facts)
    unmade = (last_day - date.fromisoformat(max(rows_by_day))).days
    why = (
        f"the days after {max(rows_by_day)} were not made yet: run them"
        if unmade >= silent
        else "see whether the system still writes, and whether the recipe points at the right place"
    )
    return Finding(
        False,
        f"{name}: nothing since {spoken[-1]}, {silent} days before {last_day} (max_silent_days is {max_silent_days}): "
        f"{why}",
        blocking=False,
        facts=facts,
    )


def usual_volume(name: str, rows_by_day: Mapping[str, int], days: list[str]) -> Finding:
    """Whether the newest of `days` has about as many records as the same weekday of the weeks before.

    Unusual is a count that is more than twice, or less than half, of the median of up to eight weeks, and also more
    than three standard deviations away from it, the variance being that of the weeks or, when greater, Poisson's (the
    count itself): so small numbers may vary, and a system that stopped or writes twice is told. With fewer than four
    weeks there is nothing to compare with. The other days that are unusual are named in `facts`.
    """
    if not days:
        return Finding(True, f"{name}: no day to look at", blocking=False)
    told = {day: said for day in sorted(days) if (said := _unusual(rows_by_day, day))}
    newest = max(days)
    facts: dict[str, str | int | float | bool] = {"day": newest, "records": rows_by_day.get(newest, 0)}
    if others := [day for day in told if day != newest]:
        facts["other_unusual_days"] = ", ".join(others)
    if newest in told:
        return Finding(False, f"{name}, {newest}: {told[newest]}", blocking=False, facts=facts)
    history = _history(rows_by_day, newest)
    if len(history) < LEAST_WEEKS:
        return Finding(
            True,
            f"{name}, {newest}: {rows_by_day.get(newest, 0):,} records; only {len(history)} of the same weekday before "
            f"it, {LEAST_WEEKS} are needed to compare",
            blocking=False,
            facts=facts,
        )
    return Finding(
        True,
        f"{name}, {newest}: {rows_by_day.get(newest, 0):,} records; {median(history):,g} are usual on that weekday",
        blocking=False,
        facts=facts,
    )


def _history(rows_by_day: Mapping[str, int], day: str) -> list[int]:
    before = [(date.fromisoformat(day) - timedelta(weeks=week)).isoformat() for week in range(1, WEEKS + 1)]
    return [rows_by_day[one] for one in before if one in rows_by_day]


def _unusual(rows_by_day: Mapping[str, int], day: str) -> str | None:
    history = _history(rows_by_day, day)
    if len(history) < LEAST_WEEKS:
        return None
    count, usual = rows_by_day.get(day, 0), median(history)
    spread = DEVIATIONS * math.sqrt(max(pvariance(history), fmean(history)))
    if usual / FACTOR <= count <= usual * FACTOR or abs(count - usual) <= spread:
        return None
    what = "did the system stop writing, or was it read too early?" if count < usual else "is something written twice?"
    return f"{count:,} records, but {usual:,g} are usual on that weekday: {what}"
