"""What a person sees of a run: its progress, then what was made, what was checked and what was dropped."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from sourcing_pipeline.defs.assessment import assessed_name
from sourcing_pipeline.defs.masking import masked_name
from sourcing_pipeline.defs.mixing import quotas_of
from sourcing_pipeline.defs.release import notices
from sourcing_pipeline.defs.resources import Project
from sourcing_pipeline.launch import Check, Outcome, Step
from sourcing_pipeline.recipe import Recipe
from sourcing_pipeline.release.write import DATA, latest
from sourcing_pipeline.rows import DropReason
from sourcing_pipeline.trace import Stop


@contextmanager
def progress(console: Console) -> Iterator[Callable[[Step], None]]:
    """Each step with the time it took: live in a terminal, a line at its end elsewhere."""
    if console.is_terminal:
        with Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
        ) as shown:
            yield _live(shown)
    else:
        yield _plain(console)


def _live(shown: Progress) -> Callable[[Step], None]:
    tasks: dict[str, TaskID] = {}

    def on_step(step: Step) -> None:
        name = _named(step)
        if step.state == "start":
            tasks[name] = shown.add_task(name, total=1)
        elif name in tasks:
            described = name if step.state == "success" else f"[red]{name} failed[/red]"
            shown.update(tasks[name], completed=1, description=described)

    return on_step


def _plain(console: Console) -> Callable[[Step], None]:
    started: dict[str, float] = {}

    def on_step(step: Step) -> None:
        name = _named(step)
        if step.state == "start":
            started[name] = time.monotonic()
        elif name in started:
            console.print(f"{step.state} {name} {time.monotonic() - started[name]:.1f} s", soft_wrap=True)

    return on_step


def _named(step: Step) -> str:
    return f"{step.part}: {step.name}" if step.part else step.name


def show(outcome: Outcome, recipe: Recipe, console: Console) -> None:
    """Print the outcome: what was dropped and why, the mix, every check, and last the dataset or what failed."""
    project = Project(recipe)
    if outcome.resumed:
        console.print(f"made by an earlier call and not again: {', '.join(outcome.resumed)}", soft_wrap=True)
    _show_drops(project, console)
    if outcome.good:
        _show_mix(project, console)
    _show_checks(outcome.checks, console)
    for step, cause in outcome.failures.items():
        console.print(f"[red]{step} failed:[/red] {escape(cause)}", soft_wrap=True)
    stopped = [check for check in outcome.checks if check.stops]
    if outcome.good:
        _show_release(project, console)
    for check in stopped:
        console.print(f"[red]failed check[/red] {check.asset} / {check.name}: {escape(check.message)}", soft_wrap=True)
    if not outcome.good and not stopped:
        console.print(f"[red]failed:[/red] {', '.join(outcome.failures)}", soft_wrap=True)


def _show_drops(project: Project, console: Console) -> None:
    table = Table(title="What was dropped, and why", title_justify="left")
    for column, justify in (("stage", "left"), ("rows in", "right"), ("rows out", "right")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    table.add_column("dropped")
    for stage in _stages(project):
        counts = project.lake.counts(stage)
        reasons = ", ".join(f"{DropReason(reason).value} {count:,}" for reason, count in counts.dropped.items())
        table.add_row(stage, f"{counts.rows_in:,}", f"{counts.rows_out:,}", reasons or "–")
    console.print(table)


def _stages(project: Project) -> list[str]:
    chains = [(name, masked_name(name), assessed_name(name)) for name in project.sources]
    return [*(stage for chain in chains for stage in chain), "verdicts", "hybrid_mix"]


def _show_mix(project: Project, console: Console) -> None:
    table = Table(title="The mix", title_justify="left")
    for column in ("strategy", "asked", "available", "achieved", "bound by"):
        table.add_column(column, justify="right" if column in ("asked", "available", "achieved") else "left")
    for part in quotas_of(project):
        table.add_row(part.strategy, f"{part.asked:,}", f"{part.available:,}", f"{part.achieved:,}", part.bound)
    console.print(table)


def _show_checks(checks: Sequence[Check], console: Console) -> None:
    table = Table(title="Checks", title_justify="left")
    for column in ("asset", "check", "result", "what was found"):
        table.add_column(column, overflow="fold")
    for check in checks:
        failed = "[red]failed[/red]" if check.blocking else "[yellow]warning[/yellow]"
        table.add_row(
            check.asset,
            check.name,
            "[green]passed[/green]" if check.passed else failed,
            escape(check.message),
        )
    console.print(table)


def _show_release(project: Project, console: Console) -> None:
    folder = latest(project.recipe.release)
    table = Table(title="Rows by source", title_justify="left")
    table.add_column("source")
    table.add_column("rows", justify="right")
    for source, count in sorted(project.lake.table("hybrid_mix").tally("source").items()):
        table.add_row(source, f"{count:,}")
    console.print(table)
    for notice in notices(project):
        console.print(f"[yellow]note:[/yellow] {escape(notice)}", soft_wrap=True)
    console.print(f"[green]dataset[/green] {escape(str(folder / DATA))}", soft_wrap=True)


def show_trace(row_id: str, stops: Sequence[Stop], console: Console) -> None:
    """Print the way of one row."""
    table = Table(title=escape(row_id), title_justify="left")
    for column in ("stage", "what became of it", "said"):
        table.add_column(column, overflow="fold")
    colour = {"kept": "green", "dropped": "red", "not seen": "dim"}
    for stop in stops:
        table.add_row(stop.stage, f"[{colour[stop.state]}]{stop.state}[/]", escape(stop.said))
    console.print(table)
