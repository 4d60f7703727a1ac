"""How much is masked where there is hardly any personal data: code and descriptions of the installed packages, and with
SOURCING_SAMPLES questions of a bank's customers.

Authors in the headers of files, mailing lists and links with keys are in these texts, and masked rightly: the shares
are what is touched, not what is wrong.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import distributions
from itertools import islice
from pathlib import Path

from benchmarks.table import machine, show
from sourcing_pipeline.config import CODE, PROSE
from sourcing_pipeline.masking import Masker, Masking, recognizers

FILES, CHARACTERS = 200, 3000
QUESTIONS = "dev/intent_banking77.dev.jsonl"


def main() -> None:
    """Mask the texts and print the table as Markdown."""
    loaded = recognizers.load(Masking())
    prose, code = (Masker(Masking(), loaded, profile) for profile in (PROSE, CODE))
    files = list(islice(_code(), FILES))
    rows = [
        _row("code", "usual", prose, files),
        _row("code", "code", code, files),
        _row("descriptions of packages", "usual", prose, _descriptions()),
    ]
    if samples := os.environ.get("SOURCING_SAMPLES"):
        lines = (Path(samples) / QUESTIONS).read_text(encoding="utf-8").splitlines()
        rows.append(_row("banking77", "usual", prose, [json.loads(line)["text"] for line in lines]))
    print("## Over-masking\n")
    print(f"{machine()}.\n")
    show("Characters masked", ("texts", "profile", "number", "characters", "touched", "most of it"), rows)


def _row(name: str, profile: str, masker: Masker, texts: Sequence[str]) -> tuple[str, ...]:
    touched: Counter[str] = Counter()
    for masked in masker.mask(texts):
        for span in masked.spans:
            touched[span.entity] += span.end - span.start
    characters = sum(map(len, texts))
    most = ", ".join(f"{entity} {100 * count / characters:.2f} %" for entity, count in touched.most_common(3))
    share = f"{100 * touched.total() / characters:.2f} %"
    return name, profile, f"{len(texts):,}", f"{characters:,}", share, most


def _code() -> Iterable[str]:
    """A part of each file of Python and C, in an order that is shuffled once for all."""
    draw = random.Random(0)  # noqa: S311 - no secret
    paths = sorted(
        {
            str(path.locate())
            for one in distributions()
            for path in one.files or ()
            if path.suffix in (".py", ".h", ".c")
        }
    )
    draw.shuffle(paths)
    for path in paths:
        text = Path(path).read_text(encoding="utf-8", errors="replace") if Path(path).is_file() else ""
        if len(text) >= 800:
            start = draw.randrange(max(1, len(text) - CHARACTERS))
            yield text[start : start + CHARACTERS]


def _descriptions() -> list[str]:
    """The beginning of what each package says about itself on PyPI."""
    texts = {str(one.name): str(one.metadata.get_payload()) for one in distributions()}  # type: ignore[attr-defined]
    return [text[: CHARACTERS + 1000] for _, text in sorted(texts.items()) if len(text) > 500]
