"""How far the reviewers can be relied on: whether they agree with one another."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from sourcing_pipeline.agreement import Alpha, Said, Skill, alpha, annotator_skill
from sourcing_pipeline.review.questions import CORRECT, QUESTIONS, SKIPPED, Question


@dataclass(frozen=True)
class Reliability:
    """Of one question: how much its reviewers agree beyond chance, and what is known of each of them by name."""

    question: Question
    agreement: Alpha
    reviewers: Mapping[str, Skill]


def reliability(verdicts: pa.Table, confidence: float) -> list[Reliability]:
    """The reliability of the reviewers of each question that anybody has answered; `verdicts` are VERDICTS.

    Rows that a reviewer skipped are left out.
    """
    rows = verdicts.select(["id", "content_hash", "question", "verdict", "reviewer"]).to_pylist()
    found = []
    for question in QUESTIONS:
        said = [
            Said(f"{row['id']} {row['content_hash']}", row["reviewer"], row["verdict"])
            for row in rows
            if (row["question"] or CORRECT) == question and row["verdict"] != SKIPPED
        ]
        if said:
            found.append(Reliability(question, alpha(said, confidence), annotator_skill(said)))
    return found


def reliability_markdown(found: list[Reliability]) -> str:
    """The reviewers as a Markdown table, and the agreement in words."""
    lines = ["| question | reviewer | rows | agrees with others | estimated accuracy |\n|---|---|---|---|---|\n"]
    for one in found:
        for name, skill in sorted(one.reviewers.items()):
            shares = (_share(skill.agreement), _share(skill.skill))
            lines.append(f"| {one.question} | {_cell(name)} | {skill.answers:,} | {shares[0]} | {shares[1]} |\n")
    lines += [f"\n{one.question}: {told(one.agreement)}\n" for one in found]
    return "".join(lines) if found else "nobody has judged a row yet"


def told(agreement: Alpha) -> str:
    """Krippendorff's alpha in words."""
    if agreement.alpha is None:
        return "agreement is not known: no row was judged by two people, or every answer is the same"
    return (
        f"Krippendorff's alpha {agreement.alpha:.2f} ({agreement.low:.2f} to {agreement.high:.2f}) over "
        f"{agreement.items:,} rows and {agreement.annotators} people"
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _cell(text: str) -> str:
    import html

    return html.escape(text).replace("|", "&#124;").replace("`", "&#96;")
