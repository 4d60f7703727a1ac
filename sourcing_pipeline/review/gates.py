"""What review and the scorecard demand of a source before it may be mixed."""

from collections.abc import Iterable
from datetime import datetime

from sourcing_pipeline.findings import Finding
from sourcing_pipeline.review.config import Review
from sourcing_pipeline.review.statistics import ErrorRate

MONTHS_OF_LOGS = 6
_DAYS_A_MONTH = 365.25 / 12


def error_rate_within(source: str, errors: ErrorRate, config: Review, reasons: Iterable[str] = ()) -> Finding:
    """The method's rule: a source of whose reviewed rows more than `max_error_rate` are wrong needs refinement.

    The point estimate decides; the interval is told. Without a verdict it is a warning, or an error when
    `review.required`.
    """
    facts: dict[str, str | int | float | bool] = {
        "reviewed": errors.reviewed,
        "wrong": errors.wrong,
        "error_rate": errors.rate,
        "interval_low": errors.low,
        "interval_high": errors.high,
        "allowed": config.max_error_rate,
    }
    if not errors.reviewed:
        return Finding(
            False,
            f"{source}: no row of its sample was judged yet. Judge the rows in {config.queue / source}.jsonl and add "
            f"the verdicts to {config.verdicts}",
            blocking=config.required,
            facts=facts,
        )
    said = (
        f"{source}: {errors.wrong} of {errors.reviewed} reviewed rows are wrong, {errors.rate:.1%} "
        f"({config.confidence:.0%} interval {errors.low:.1%} to {errors.high:.1%})"
    )
    if errors.rate <= config.max_error_rate:
        short = errors.reviewed < config.sample_size
        return Finding(True, said + (f"; {config.sample_size} were asked for" if short else ""), facts=facts)
    commonest = "; ".join(reasons)
    return Finding(
        False,
        f"{said}; at most {config.max_error_rate:.0%} are allowed. "
        + (f"Commonest reasons: {commonest}. " if commonest else "")
        + f"Tighten the filters in sources.{source}, or set its enabled to false",
        facts=facts,
    )


def enough_months(source: str, first: datetime | None, last: datetime | None) -> Finding:
    """The method's advice: logs should span six months or more. A warning."""
    days = (last - first).days if first and last else 0
    months = days / _DAYS_A_MONTH
    return Finding(
        months >= MONTHS_OF_LOGS,
        f"{source}: the logs span {months:.1f} months"
        + ("" if months >= MONTHS_OF_LOGS else f"; at least {MONTHS_OF_LOGS} are advised. Backfill older days"),
        blocking=False,
        facts={"months": round(months, 2), "days": days},
    )
