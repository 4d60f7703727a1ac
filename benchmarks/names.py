"""The weights of `masking.evidence`, fitted again to labelled development sets, and what they reach on held-out rows.

The sets are those of `$SOURCING_SAMPLES/dev`: template texts, noisy posts, and questions that name nobody. Recall and
precision are of eight-fold cross-validation by row: of names fully found, and of letters masked that lie in any
labelled span. The weights printed are of all rows; they belong into `evidence.WEIGHTS` and `evidence.INTERCEPT`.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.table import machine, show
from sourcing_pipeline.masking import Masking, evidence, rampart, spacy_labels
from sourcing_pipeline.masking.recognizers.rampart import label_of, name_signs

SETS = {
    "pii_presidio_synth_v2": "PERSON",
    "ner_wnut17_devsplit": "person",
    "intent_banking77": None,
    "oos_clinc150": None,
    "intent_bitext_support": "person_name",
}
MOST_ROWS = 500
FOLDS = 8
THRESHOLDS = (0.2, 0.1, 0.07, 0.05, 0.04, 0.03)


class Sample(NamedTuple):
    """The words of one labelled row: their signs, whether each is in a name, and in which labelled span (-1: none)."""

    kind: str
    signs: evidence.Signs
    is_name: npt.NDArray[np.bool_]
    span: npt.NDArray[np.int64]
    letters: npt.NDArray[np.int64]


def main() -> None:
    """Print the weights and what they reach as Markdown."""
    samples = os.environ.get("SOURCING_SAMPLES")
    if not samples:
        sys.exit("set SOURCING_SAMPLES to the folder that holds dev/")
    rows = [row for name in SETS for row in _samples(Path(samples) / "dev" / f"{name}.dev.jsonl", name)]
    print("## Names\n")
    print(f"{len(rows):,} rows, {sum(len(row.is_name) for row in rows):,} words; {machine()}.\n")
    held_out = _cross_validated(rows)
    columns = ("from likelihood", *(f"{kind}: found / precision" for kind, label in SETS.items() if label))
    table = [
        (f"{threshold:g}", *(_reached(rows, held_out, kind, threshold) for kind, label in SETS.items() if label))
        for threshold in THRESHOLDS
    ]
    show("Names found by likelihood", columns, table, __doc__.split("\n\n")[1])
    weights, intercept = _fitted(rows)
    told = [*zip(evidence.SIGNS, weights, strict=True), ("(intercept)", intercept)]
    show("Weights", ("sign", "weight"), [(sign, f"{weight:.2f}") for sign, weight in told], "")


def _samples(path: Path, name: str) -> Iterator[Sample]:
    labelled = [json.loads(line) for line in path.read_text().splitlines()[:MOST_ROWS]]
    texts = [row["text"] for row in labelled]
    read = list(rampart.read(texts))
    labels = spacy_labels.read(texts, Masking().language_model or "")
    for row, paragraph, entities in zip(labelled, read, labels, strict=True):
        signs = name_signs(paragraph)
        signs[:, evidence.SPACY] = evidence.spacy_signs(
            [label_of(row["text"], word, entities) for word in paragraph.words]
        )
        alphabetic = [index for index, word in enumerate(paragraph.words) if row["text"][word.start].isalpha()]
        span = np.array([_span(row, paragraph.words[index]) for index in alphabetic], np.int64)
        is_name = np.array([at >= 0 and row["spans"][at]["label"] == SETS[name] for at in span], bool)
        letters = np.array([paragraph.words[index].end - paragraph.words[index].start for index in alphabetic])
        yield Sample(name, signs[alphabetic], is_name, span, letters)


def _span(row: dict[str, Any], word: rampart.Word) -> int:
    spans = enumerate(row.get("spans", ()))
    return next((at for at, span in spans if span["start"] <= word.start < span["end"]), -1)


def _fitted(rows: Sequence[Sample]) -> tuple[npt.NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=5000)
    model.fit(np.concatenate([row.signs for row in rows]), np.concatenate([row.is_name for row in rows]))
    return model.coef_[0], round(float(model.intercept_[0]), 2)


def _cross_validated(rows: Sequence[Sample]) -> list[npt.NDArray[np.float64]]:
    found: dict[int, npt.NDArray[np.float64]] = {}
    for fold in range(FOLDS):
        weights, intercept = _fitted([row for at, row in enumerate(rows) if at % FOLDS != fold])
        for at in range(fold, len(rows), FOLDS):
            found[at] = 1 / (1 + np.exp(-(rows[at].signs @ weights + intercept)))
    return [found[at] for at in range(len(rows))]


def _reached(rows: Sequence[Sample], likely: Sequence[npt.NDArray[np.float64]], kind: str, threshold: float) -> str:
    names = whole = inside = masked = 0
    for row, chance in zip(rows, likely, strict=True):
        if row.kind == kind:
            chosen = chance >= threshold
            for span in np.unique(row.span[row.is_name]):
                names += 1
                whole += bool(chosen[row.span == span].all())
            masked += int(row.letters[chosen].sum())
            inside += int(row.letters[chosen & (row.span >= 0)].sum())
    return f"{whole / max(names, 1):.3f} / {inside / max(masked, 1):.3f}"


if __name__ == "__main__":
    main()
