"""What review and the scorecard demand of a source before it may be mixed."""

from datetime import datetime, timedelta

from sourcing_pipeline.findings import Finding
from sourcing_pipeline.review.config import Review
from sourcing_pipeline.review.prediction_powered import PredictionPowered
from sourcing_pipeline.review.source_review import SourceReview

MONTHS_OF_LOGS = 6
_DAYS_A_MONTH = 365.25 / 12


def error_rate_within(
    review: SourceReview, config: Review, where: str, powered: PredictionPowered | None = None
) -> Finding:
    """The method's rule: a source of whose reviewed rows more than `max_error_rate` are wrong needs refinement.

    The point estimate decides once the sample is judged; the interval is told, and a source is *certified* when all of
    it lies below. While too little is judged, and without a verdict, it is a warning; without one it is an error when
    `review.required`. `where` tells a reviewer where the rows are. `powered` is told, marked as what it is, and decides
    nothing.
    """
    errors, source, limit = review.errors, review.source, config.max_error_rate
    facts: dict[str, str | int | float | bool] = {
        "state": review.state,
        "reviewed": errors.reviewed,
        "asked": review.asked,
        "wrong": errors.wrong,
        "error_rate": errors.rate,
        "interval_low": errors.low,
        "interval_high": errors.high,
        "allowed": limit,
        "skipped": review.skipped,
        "disputed": review.disputed,
    }
    if review.state == "unreviewed":
        return Finding(
            False,
            f"{source}: no row of its sample was judged yet. Judge them ({review.asked}): {where}",
            blocking=config.required,
            facts=facts,
        )
    kind = "interval, however often one looks," if config.design == "sequential" else "interval"
    said = (
        f"{source}: {errors.wrong} of {errors.reviewed} reviewed rows are wrong, {errors.rate:.1%} "
        f"({config.confidence:.0%} {kind} {errors.low:.1%} to {errors.high:.1%})"
    )
    if powered is not None:
        said += (
            f"; prediction-powered by {config.model_score}: {powered.rate:.1%} ({powered.low:.1%} to "
            f"{powered.high:.1%}), which decides nothing"
        )
        facts |= {"prediction_powered_low": powered.low, "prediction_powered_high": powered.high}
    rest = _left(review)
    if review.state == "failed":
        reasons = "; ".join(f"{reason} ({count})" for reason, count in review.reasons)
        return Finding(
            False,
            f"{said}; at most {limit:.0%} are allowed. "
            + (f"Commonest reasons: {reasons}. " if reasons else "")
            + f"Look at them: {where}. Then tighten the filters in sources.{source}, or set its enabled to false",
            facts=facts,
        )
    if review.state == "under review" and errors.rate > limit:
        return Finding(
            False,
            f"{said}; that is over {limit:.0%}, but too few are judged to decide{rest}. Judge the others: {where}",
            blocking=False,
            facts=facts,
        )
    if review.state == "certified":
        return Finding(True, f"{said}; certified: surely below {limit:.0%}{rest}", facts=facts)
    return Finding(True, said + rest, facts=facts)


def _left(review: SourceReview) -> str:
    """What of the sample has no verdict, and why."""
    parts = []
    if review.state == "under review":
        parts.append(f"; {review.asked} were asked for")
    if review.skipped:
        parts.append(f"; {review.skipped} were skipped")
    if review.disputed:
        parts.append(f"; on {review.disputed} reviewers disagree, and an adjudicator is waited for")
    return "".join(parts)


def verdicts_current(server: str, asked: datetime | None, now: datetime, problem: str | None) -> Finding:
    """Whether the verdicts on `server` were asked for just now; else how old those are that count. A warning.

    `problem` is why the server did not answer, None when it did; `asked` is when it last did.
    """
    if problem is None:
        return Finding(True, f"asked {server} just now")
    if asked is None:
        return Finding(False, f"No verdict was ever imported from {server}. {problem}", blocking=False)
    old = now - asked
    return Finding(
        False,
        f"The verdicts are those of {asked:%Y-%m-%d %H:%M} UTC, {_told(old)} ago; the pipeline goes on with them. "
        f"{problem}",
        blocking=False,
        facts={"asked_at": asked.isoformat(), "hours_old": round(old / timedelta(hours=1), 2)},
    )


def _told(old: timedelta) -> str:
    hours = old / timedelta(hours=1)
    if hours < 2:
        return f"{max(0, round(60 * hours))} minutes"
    return f"{round(hours)} hours" if hours < 48 else f"{round(hours / 24)} days"


def pushed(server: str, problem: str | None, waiting: int) -> Finding:
    """Whether the rows to judge are on `server`. A warning."""
    if problem is None:
        return Finding(True, f"{waiting:,} rows stand at {server}")
    return Finding(
        False,
        f"The rows to judge were not brought to {server}, and will be the next time. {problem}",
        blocking=False,
    )


def synthetic_kept(source: str, kept: int, reviewed: int, asked: int) -> Finding:
    """The method's rule of thumb: people review what a model made, and keep 80 to 90 in 100. A warning.

    `kept` of `reviewed` rows; `asked` are the rows in the queue.
    """
    facts: dict[str, str | int | float | bool] = {"kept": kept, "reviewed": reviewed, "asked": asked}
    if not reviewed:
        return Finding(
            False,
            f"{source}: none of {asked:,} synthetic rows was reviewed; rows that nobody dropped are used",
            blocking=False,
            facts=facts,
        )
    said = f"{source}: people keep {kept:,} of {reviewed:,} reviewed synthetic rows, {kept / reviewed:.0%}"
    if reviewed < asked:
        said += f"; {asked - reviewed:,} are still to be reviewed, and are used meanwhile"
    if kept / reviewed < 0.8:
        return Finding(
            False, f"{said}. 80% to 90% is usual: better seeds or another prompt are called for", False, facts
        )
    return Finding(reviewed == asked, said, blocking=False, facts=facts)


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
