"""What the checks of a campaign say."""

from collections.abc import Mapping

from sourcing_pipeline.findings import Finding
from sourcing_pipeline.sources.annotation.annotators import Annotator, Trust
from sourcing_pipeline.sources.annotation.journal import Journal
from sourcing_pipeline.sources.annotation.pilot import Pilot, PilotReport
from sourcing_pipeline.sources.annotation.plan import ROUNDING_USD

_SHOWN = 10
"""So many annotators at most are named in a message."""


def provider_reached(name: str, provider: str, journal: Journal, trouble: str | None) -> Finding:
    """Whether the provider did what it was asked; else how old the answers are. A warning: the pipeline goes on."""
    answers, waiting = len(journal.answers), len(journal.unsent)
    facts: dict[str, str | int | float | bool] = {"answers": answers, "tasks": len(journal.tasks), "unsent": waiting}
    if trouble is None:
        return Finding(True, f"{answers:,} answers to {len(journal.tasks):,} tasks at {provider}", facts=facts)
    last = f"the latest is of {journal.answers[-1].submitted_at:%Y-%m-%d %H:%M} UTC" if answers else "there is none"
    left = f" {waiting:,} tasks wait to be sent, and will be the next time." if waiting else ""
    return Finding(
        False,
        f"{name}: the pipeline goes on with the answers that it has; {last}.{left} {trouble}",
        blocking=False,
        facts=facts,
    )


def pilot_passed(name: str, report: PilotReport, config: Pilot) -> Finding:
    """Whether the campaign may be sent out as a whole. A warning: what it has brought so far is used all the same."""
    facts: dict[str, str | int | float | bool] = {
        "state": report.state,
        "tasks": report.size,
        "answered": report.answered,
        "skipped": report.skipped,
        "rated": report.rated,
        "ambiguous": len(report.ambiguous),
    }
    agreement = {
        "alpha": report.agreement.alpha,
        "alpha_low": report.agreement.low,
        "alpha_high": report.agreement.high,
    }
    facts |= {name: value for name, value in agreement.items() if value is not None}
    counted = (
        f"of {report.size} tasks {report.answered} are answered, {report.skipped} skipped by all, {report.rated} rated"
    )
    problems = "; ".join(report.problems)
    match report.state:
        case "waiting":
            return Finding(
                False,
                f"{name}: the pilot is under way: {counted}. The other tasks wait for it; to go on without, write your "
                f"name into sources.{name}.pilot.accepted_by",
                blocking=False,
                facts=facts,
            )
        case "failed":
            return Finding(
                False,
                f"{name}: the pilot failed: {problems}. {len(report.ambiguous)} tasks were understood differently; "
                f"they are listed under `pilot` in the metadata of {name}_tasks. Make the rubric clearer and start the "
                f"campaign under another name, or write your name into sources.{name}.pilot.accepted_by",
                blocking=False,
                facts=facts,
            )
        case "accepted":
            said = f": {problems}" if problems else ""
            return Finding(True, f"{name}: {config.accepted_by} has accepted the pilot ({counted}{said})", facts=facts)
        case _:
            return Finding(True, f"{name}: the pilot passed: {counted}", facts=facts)


def within_budget(name: str, journal: Journal, reserved_usd: float, budget_usd: float) -> Finding:
    """Whether the tasks cost no more than the budget, by the terms of now; see `Wanted.reserved_usd`."""
    facts: dict[str, str | int | float | bool] = {"reserved_usd": reserved_usd, "budget_usd": budget_usd}
    said = f"{name}: {len(journal.tasks):,} tasks cost ${reserved_usd:,.2f} at most, of ${budget_usd:,.2f}"
    if reserved_usd <= budget_usd + ROUNDING_USD:
        return Finding(True, said, facts=facts)
    return Finding(
        False,
        f"{said}: more than the budget allows now. Nothing more is sent; raise sources.{name}.budget_usd, lower its "
        "price_usd or annotators again if they were raised, or cancel tasks at the provider",
        blocking=False,
        facts=facts,
    )


def annotators_trusted(name: str, known: Mapping[str, Annotator], trust: Trust) -> Finding:
    """Whether all annotators get enough gold questions right. A warning: the answers of the others are left out."""
    out = [one for one in known.values() if not one.trusted]
    if not out:
        return Finding(True, f"{name}: {len(known)} annotators, none of them below {trust.min_gold_accuracy:.0%}")
    listed = ", ".join(f"{one.code} ({one.gold_right} of {one.gold})" for one in out[:_SHOWN])
    more = f" and {len(out) - _SHOWN:,} more" if len(out) > _SHOWN else ""
    return Finding(
        False,
        f"{name}: the answers of {len(out)} of {len(known)} annotators are not used, since they get too many gold "
        f"questions wrong: {listed}{more}. Talk to the provider",
        blocking=False,
        facts={"annotators": len(known), "not_trusted": len(out)},
    )
