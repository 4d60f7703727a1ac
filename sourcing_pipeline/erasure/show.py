"""What a person sees of an erasure."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sourcing_pipeline.erasure.receipt import Receipt

_PARTITIONS = 3


def show(receipt: Receipt, file: Path | None, console: Console) -> None:
    """Print what left where, the releases to withdraw, and last where the receipt is; without `file`, what would."""
    verb = "would be removed" if file is None else "removed"
    table = Table(title=f"What {'would leave' if file is None else 'left'}", title_justify="left")
    for column, justify in (("table", "left"), ("partitions", "left"), ("rows", "right"), ("ledger lines", "right")):
        table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
    table.add_column("old files", justify="right")
    for name, removed in sorted(receipt.tables.items()):
        if removed.rows or removed.ledger_lines or removed.old_files:
            counts = (removed.rows, removed.ledger_lines, removed.old_files)
            table.add_row(name, _short(removed.partitions), *(f"{count:,}" if count else "–" for count in counts))
    if table.row_count:
        console.print(table)
    for path, lines in receipt.review_lines.items():
        console.print(f"{lines:,} lines of {escape(path)} {verb}", soft_wrap=True)
    if receipt.events or receipt.logs:
        console.print(f"{receipt.events:,} entries of Dagster's event log and {receipt.logs:,} logs of steps {verb}")
    if not (receipt.tables or receipt.review_lines or receipt.events or receipt.logs):
        console.print("nothing was found")
    for version, rows in receipt.releases_to_withdraw.items():
        console.print(f"[yellow]to withdraw:[/yellow] release {escape(version)} has {rows:,} of the rows")
    for version in receipt.releases_unreadable:
        console.print(f"[yellow]could not be searched:[/yellow] release {escape(version)}")
    if file is not None:
        console.print(f"[green]receipt[/green] {escape(str(file))}", soft_wrap=True)


def _short(partitions: list[str]) -> str:
    more = len(partitions) - _PARTITIONS
    return ", ".join(partitions[:_PARTITIONS]) + (f" and {more} more" if more > 0 else "")
