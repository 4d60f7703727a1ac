"""The data card: what is in a version, where it came from and how far it can be trusted."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa


class SourceLeaks(NamedTuple):
    """What is known of the personal data left in the rows of one source, in words: rows with a leak and rows with too
    much masked, as far as people reviewed them, and rows in which a second look suspects a leak.
    """

    source: str
    leaks: str
    over_masked: str
    suspected: str


class Masked(NamedTuple):
    """How the rows were masked: placeholders in the released rows by entity, what is known of leaks, and sentences
    about what masking lacks for a language, with the number of released rows that each concerns.
    """

    placeholders: Mapping[str, int]
    leaks: Sequence[SourceLeaks]
    lacking: Mapping[str, int]


def data_card(
    name: str,
    as_of: datetime,
    rows: pa.Table,
    matrix: str,
    parts: str,
    masked: Masked,
    notices: Sequence[str],
) -> str:
    """The Markdown text of the card for RELEASED `rows`.

    `matrix` and `parts` are the quality score matrix and the table of the mix in Markdown; `notices` are what
    a user must know. The header is the one that
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
        f"{_table('placeholder', masked.placeholders)}\n{_leaks(masked.leaks)}\n{_lacking(masked.lacking)}"
        "Masking is good, not perfect: hold on to the rows as you would to the tickets they came from.\n\n"
        f"## Licences\n\n{_table('licence', licenses)}\n"
        "Credits are in `ATTRIBUTION.csv`; `LicenseRef-Proprietary` rows are their owner's alone.\n\n"
        f"## Languages\n\n{_table('language', languages)}\n"
        "## Files\n\n`dataset.jsonl` is to train on; `dataset.parquet` has every column; `manifest.json` has the "
        "hashes, the recipe and the table versions that this was made of.\n"
    )


def _leaks(leaks: Sequence[SourceLeaks]) -> str:
    lines = "".join(f"| {' | '.join(one)} |\n" for one in leaks)
    return (
        "What is left, of all masked rows of each source:\n\n"
        "| source | rows with a leak, by people | rows with too much masked, by people | suspected leaks |\n"
        f"|---|---|---|---|\n{lines}\n"
        "By people: from a sample, stratified by the least sure find of each row and weighted back to all rows, with "
        "the interval of the share. Suspected are rows in which a second look, other than the masker's own, still saw "
        "something; most of that is no leak.\n"
    )


def _lacking(lacking: Mapping[str, int]) -> str:
    lines = [
        f"- {said} ({count:,} rows)\n" for said, count in sorted(lacking.items(), key=lambda one: (-one[1], one[0]))
    ]
    return "What masking lacks, by language:\n\n" + "".join(lines) + "\n" if lines else ""


def _table(head: str, counted: Mapping[str, int]) -> str:
    lines = [f"| {name} | {count:,} |\n" for name, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
    return f"| {head} | rows |\n|---|---|\n" + "".join(lines)
