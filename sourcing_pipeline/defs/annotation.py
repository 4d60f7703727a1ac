"""Annotation campaigns: what has come back from annotators, what they are asked next, and how the pilot went."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.resources import Project, check_result, column_schema, patience
from sourcing_pipeline.defs.sources import updates_name, window_of
from sourcing_pipeline.errors import InputError, MaskingError, TryAgain
from sourcing_pipeline.findings import Finding
from sourcing_pipeline.masking import Masker
from sourcing_pipeline.masking.proof import proof
from sourcing_pipeline.quarantine import open_quarantine
from sourcing_pipeline.rows import WHOLE
from sourcing_pipeline.sources.annotation import Campaign
from sourcing_pipeline.sources.annotation.annotators import LABELS, annotators_markdown, labels
from sourcing_pipeline.sources.annotation.findings import (
    annotators_trusted,
    pilot_passed,
    provider_reached,
    within_budget,
)
from sourcing_pipeline.sources.annotation.instructions import Instruction, asked_of, count_topics, draw_topics, places
from sourcing_pipeline.sources.annotation.journal import Journal, read_journal
from sourcing_pipeline.sources.annotation.pilot import pilot_markdown
from sourcing_pipeline.storage import Table
from sourcing_pipeline.updates import Updates

REACHED, SENT = "answers_fetched", "tasks_sent"


def campaigns(project: Project) -> dict[str, Campaign]:
    """The campaigns among the enabled sources, by name."""
    return {name: source for name, source in project.sources.items() if isinstance(source, Campaign)}


def tasks_name(source: str) -> str:
    return f"{source}_tasks"


def definitions(project: Project) -> Iterator[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """For each campaign what has come back, what is sent next, and its checks."""
    for name, campaign in campaigns(project).items():
        yield _updates(name, campaign, project)
        yield _tasks(name, campaign, project)
        yield from _checks(name, campaign, project)


def _journal_table(name: str, project: Project) -> Table:
    return open_quarantine(project.recipe.storage).table(f"updates/{name}")


def _journal(name: str, project: Project) -> Journal:
    return read_journal(Updates(_journal_table(name, project)).landed(None))


def _updates(name: str, campaign: Campaign, project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name=updates_name(name),
        description=f"The answers that annotators of {name} have submitted since they were last fetched.",
        kinds={"python", "deltalake"},
        code_version="1",
        check_specs=[
            dg.AssetCheckSpec(REACHED, asset=updates_name(name), description="The provider was asked for answers.")
        ],
        **project.asset_options("sources"),
    )
    def updates(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with patience(context, project):
            landed, trouble = Updates(_journal_table(name, project)), None
            try:
                campaign.update(name, window_of(name, project, None, None), landed)
            except (InputError, TryAgain) as error:
                trouble = str(error)
                context.log.warning(trouble)
            journal = _journal(name, project)
            ledger = project.lake.table(f"ledger/{name}/labels")
            ledger.overwrite([labels(journal)], LABELS, [WHOLE])
            known = campaign.known(journal)
            yield dg.MaterializeResult(
                metadata={
                    "dagster/row_count": len(journal.answers),
                    "dagster/column_schema": column_schema(LABELS),
                    "tasks": len(journal.tasks),
                    "cost_usd": sum(ledger.load(LABELS, ["cost_usd"]).column("cost_usd").to_pylist()),
                    "annotators": dg.MetadataValue.md(annotators_markdown(known)),
                }
            )
            yield check_result(provider_reached(name, campaign.provider.type, journal, trouble), REACHED)

    return updates


def _tasks(name: str, campaign: Campaign, project: Project) -> dg.AssetsDefinition:
    @dg.asset(
        name=tasks_name(name),
        deps=[assessed_name(source) for source in project.sources],
        description=f"What the annotators of {name} are asked next: sent to the provider, within the budget.",
        kinds={"python", "deltalake"},
        code_version="1",
        check_specs=[
            dg.AssetCheckSpec(SENT, asset=tasks_name(name), description="Every task that was planned was sent.")
        ],
        **project.asset_options("annotation"),
    )
    def tasks(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with patience(context, project):
            landed, trouble = Updates(_journal_table(name, project)), None
            journal = _journal(name, project)
            waiting = _instructions(name, campaign, journal, project)
            next_ones = campaign.plan(name, journal, waiting, _masks(name, project, context.run.run_id))
            try:
                campaign.send(name, landed, next_ones.tasks)
            except (InputError, TryAgain) as error:
                trouble = str(error)
                context.log.warning(trouble)
            journal = _journal(name, project)
            report = campaign.report(name, journal)
            where = {f"{form.title}": campaign.provider.where(form) for form in campaign.forms(name)}
            yield dg.MaterializeResult(
                metadata={
                    "dagster/row_count": len(journal.tasks),
                    "new_tasks": len(next_ones.tasks),
                    "reserved_usd": campaign.reserved_usd(name, journal),
                    "budget_usd": campaign.budget_usd,
                    "waiting_for_pilot": next_ones.waiting_for_pilot,
                    "over_budget": next_ones.over_budget,
                    "rubric_pages": round(campaign.rubric_pages(name), 1),
                    "pilot": dg.MetadataValue.md(pilot_markdown(report, where)),
                }
            )
            yield check_result(provider_reached(name, campaign.provider.type, journal, trouble), SENT)

    return tasks


def _instructions(name: str, campaign: Campaign, journal: Journal, project: Project) -> list[Instruction]:
    """The instructions that wait: those in files, then those of rows from topics that annotated rows cover least."""
    return [*campaign.from_files(name), *_from_topics(name, campaign, journal, project)]


def _masks(name: str, project: Project, seed: str) -> Callable[[Sequence[Sequence[str]]], list[list[str]]]:
    """Masks texts as the recipe says, proven by canaries first; the detectors are loaded when the first ones come.

    What it gives raises MaskingError when a canary stays readable: then nothing leaves the house.
    """

    def masks(examples: Sequence[Sequence[str]]) -> list[list[str]]:
        masker = Masker.from_recipe(project.recipe)
        proven = proof(masker, project.recipe.masking, name, seed).finding
        if not proven.passed:
            raise MaskingError(f"{tasks_name(name)}: {proven.message}. Nothing was sent")
        return [[masked.text for masked in example] for example in masker.mask_examples(examples)]

    return masks


def _from_topics(name: str, campaign: Campaign, journal: Journal, project: Project) -> list[Instruction]:
    if not campaign.instructions.from_topics:
        return []
    used = frozenset(one.origin for one in journal.tasks.values())
    tables = {source: project.lake.table(assessed_name(source)) for source in project.sources}
    real = [source for source in tables if project.sources[source].strategy != "synthetic"]
    others = [source for source in real if project.sources[source].strategy != "annotated"]
    topic_of = [
        (row["id"], row["cluster"])
        for source in others
        for batch in tables[source].read(["id", "cluster", "off_domain"])
        for row in batch.filter(pc.invert(batch.column("off_domain"))).to_pylist()
    ]
    topics = count_topics(
        (project.sources[source].strategy, batch)
        for source in real
        for batch in tables[source].read(["cluster", "off_domain"])
    )
    taken = sum(origin.partition(":")[0] in others for origin in used)
    wanted = places(topics, max(0, campaign.instructions.from_topics - taken))
    order = draw_topics(topic_of, wanted, name, used)
    chosen = pa.array(order, pa.string())
    found: dict[str, Instruction] = {}
    for source in others:
        rows = (
            batch.filter(pc.is_in(batch.column("id"), value_set=chosen))
            for batch in tables[source].read(["id", "messages"])
        )
        asked = list(asked_of(rows, rating=campaign.task == "rate"))
        people = _people(source, [one.origin for one in asked], project)
        found |= {one.origin: replace(one, person_keys=people.get(one.origin, ())) for one in asked}
    return [found[row_id] for row_id in order if row_id in found]


def _people(source: str, ids: list[str], project: Project) -> dict[str, tuple[str, ...]]:
    """Whom rows are about, so that an erasure of one of them finds also what was made of the row: e-mail addresses, and
    the source's own keys with its name before them."""
    wanted = pa.array(ids, pa.string())
    return {
        row["id"]: tuple(key if "@" in key else f"{source}:{key}" for key in row["person_keys"] or ())
        for batch in open_quarantine(project.recipe.storage).table(source).read(["id", "person_keys"])
        for row in batch.filter(pc.is_in(batch.column("id"), value_set=wanted)).to_pylist()
    }


def _checks(name: str, campaign: Campaign, project: Project) -> Iterator[dg.AssetChecksDefinition]:
    def pilot() -> Finding:
        return pilot_passed(name, campaign.report(name, _journal(name, project)), campaign.pilot)

    def budget() -> Finding:
        journal = _journal(name, project)
        return within_budget(name, journal, campaign.reserved_usd(name, journal), campaign.budget_usd)

    def trusted() -> Finding:
        return annotators_trusted(name, campaign.known(_journal(name, project)), campaign.trust)

    yield _check(tasks_name(name), "pilot_passed", "People understand the rubric alike, and can meet it.", pilot)
    yield _check(tasks_name(name), "within_budget", "What the tasks may cost is within the budget.", budget)
    yield _check(updates_name(name), "annotators_trusted", "Annotators get the gold questions right.", trusted)


def _check(asset: str, check_name: str, description: str, find: Callable[[], Finding]) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=asset, name=check_name, description=description)
    def check() -> dg.AssetCheckResult:
        return check_result(find())

    return check
