"""A Markdown table under a heading, and the machine that it was measured on."""

import os
import platform
from collections.abc import Iterable, Sequence


def machine() -> str:
    """Cores, Python and platform of this process."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {system}"


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> None:
    """Print one table; the first column is aligned left, the others right."""
    print(f"### {title}\n")
    if note:
        print(f"{note}\n")
    print("| " + " | ".join(columns) + " |")
    print("|" + "|".join(["---"] + ["---:"] * (len(columns) - 1)) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def percent(part: int, whole: int) -> str:
    """`part` of `whole` in percent, or a dash when there is nothing to share."""
    return f"{100 * part / whole:.1f} %" if whole else "–"
