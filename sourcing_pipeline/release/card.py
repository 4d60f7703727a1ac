"""The data card: what is in a version, where it came from and how far it can be trusted."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa


def data_card(
    name: str,
    as_of: datetime,
    rows: pa.Table,
    matrix: str,
    parts: str,
    masked: Mapping[str, int],
    notices: Sequence[str],
) -> str:
    """The Markdown text of the card for RELEASED `rows`.

    `matrix` and `parts` are the quality score matrix and the table of the mix in Markdown; `masked` counts the
    placeholders by entity in the released rows; `notices` are what a user must know. The header is the one that
    Hugging Face reads.
    """
    languages = Counter(code or "unknown" for code in rows.column("language").to_pylist())
    licenses = Counter(rows.column("license").to_pylist())
    sources = Counter(rows.column("source").to_pylist())
    header = "".join(f"  - {code}\n" for code in sorted(languages) if code != "unknown")
    warned = "".join(f"> {notice}\n>\n" for notice in notices)
    return (
        f"---\npretty_name: {json.dumps(name)}\nlanguage:\n{header}task_categories:\n  - text-generation\n"
        f"configs:\n  - config_name: default\n    data_files: dataset.jsonl\n---\n\n"
        f"# {name}\n\n{rows.num_rows:,} examples for fine-tuning, as of {as_of.date().isoformat()}.\n\n"
        f"{warned}\n"
        f"## The mix\n\n{parts}\n{_table('source', sources)}\n"
        f"## How good the sources are\n\n{matrix}\n"
        "Relevance is the share of rows inside the domain, diversity the effective number of topics, quality the "
        "share of right answers among the rows that people reviewed. The matrix is about each whole source, "
        "before rows were refused.\n\n"
        f"## Personal data\n\nMasked before anything else was done. Placeholders in these rows:\n\n"
        f"{_table('placeholder', masked)}\n"
        "Masking is good, not perfect: hold on to the rows as you would to the tickets they came from.\n\n"
        f"## Licences\n\n{_table('licence', licenses)}\n"
        "Credits are in `ATTRIBUTION.csv`; `LicenseRef-Proprietary` rows are their owner's alone.\n\n"
        f"## Languages\n\n{_table('language', languages)}\n"
        "## Files\n\n`dataset.jsonl` is to train on; `dataset.parquet` has every column; `manifest.json` has the "
        "hashes, the recipe and the table versions that this was made of.\n"
    )


def _table(head: str, counted: Mapping[str, int]) -> str:
    lines = [f"| {name} | {count:,} |\n" for name, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
    return f"| {head} | rows |\n|---|---|\n" + "".join(lines)
