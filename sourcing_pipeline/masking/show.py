"""What a person sees of masking a file and of an evaluation: counts and blurred values, never a value."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from sourcing_pipeline.masking.evaluation import Evaluation, Miss
from sourcing_pipeline.masking.mask_file import Done

_NEEDLESS = 10


@contextmanager
def progress(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told how much of how much is done: live in a terminal, a line at its end elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def show_masked(done: Done, target: Path, console: Console) -> None:
    """Print how many rows and finds there were, and last where the masked file is."""
    by_placeholder = f": {_counts(done.finds)}" if done.finds else ""
    console.print(f"rows {done.rows:,}, finds {sum(done.finds.values()):,}{by_placeholder}", soft_wrap=True)
    console.print(f"[green]masked[/green] {escape(str(target))}", soft_wrap=True)


def show_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Print what became of each label, what was masked without need, and the worst misses."""
    _show_labels(evaluation, console)
    _show_needless(evaluation, console)
    if evaluation.misses:
        _show_misses(evaluation.misses, console)


def _show_labels(evaluation: Evaluation, console: Console) -> None:
    table = Table(title=f"What became of the labels of {evaluation.rows:,} texts", title_justify="left")
    table.add_column("label", overflow="fold")
    for column in ("values", "fully", "partly", "missed", "fully, %", "95 % interval"):
        table.add_column(column, justify="right")
    for label, score in evaluation.scores.items():
        counts = (score.count, score.fully, score.partly, score.missed)
        interval = f"{100 * score.low:.1f} to {100 * score.high:.1f}"
        table.add_row(escape(label), *(f"{count:,}" for count in counts), f"{100 * score.share:.1f}", interval)
    console.print(table)
    table = Table(title="The placeholder that covers most of a value", title_justify="left")
    table.add_column("label", overflow="fold")
    table.add_column("placeholders", overflow="fold")
    for label, placeholders in evaluation.confusion.items():
        table.add_row(escape(label), _counts(placeholders))
    console.print(table)


def _show_needless(evaluation: Evaluation, console: Console) -> None:
    if evaluation.precision is not None:
        said = f"{evaluation.labelled_letters:,} of {evaluation.masked_letters:,} letters and digits"
        console.print(f"precision: {said} that were masked lie in a label, {evaluation.precision:.1%}", soft_wrap=True)
    if evaluation.touched_share is not None:
        said = f"{evaluation.touched_characters:,} of {evaluation.unlabelled_characters:,} characters"
        where = f"texts without a label ({evaluation.unlabelled_rows:,})"
        console.print(f"over-masking: {said} in {where} were masked, {evaluation.touched_share:.1%}", soft_wrap=True)
    if evaluation.needless:
        table = Table(title="Finds that touch no label", title_justify="left")
        table.add_column("placeholder")
        table.add_column("detector")
        table.add_column("finds", justify="right")
        for (placeholder, recognizer), count in list(evaluation.needless.items())[:_NEEDLESS]:
            table.add_row(placeholder, escape(recognizer), f"{count:,}")
        console.print(table)


def _show_misses(misses: tuple[Miss, ...], console: Console) -> None:
    table = Table(title="The worst misses, blurred", title_justify="left")
    table.add_column("line", justify="right")
    table.add_column("label", overflow="fold")
    table.add_column("readable", justify="right")
    table.add_column("where it stands", overflow="fold")
    for miss in misses:
        value = Text.assemble(miss.before, (miss.value, "bold red"), miss.after)
        table.add_row(f"{miss.line:,}", escape(miss.label), f"{miss.readable} of {miss.letters}", value)
    console.print(table)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
