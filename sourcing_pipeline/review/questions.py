"""The questions that people are asked of a row, and what they may answer: the same on every screen and in every
file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

from sourcing_pipeline.errors import RecipeError

Question = Literal["correct", "leak", "domain", "keep"]
CORRECT: Question = "correct"
LEAK: Question = "leak"
DOMAIN: Question = "domain"
KEEP: Question = "keep"

Answer = Literal["right", "wrong", "leak", "over_masked", "fine", "in_domain", "off_domain", "keep", "drop", "skipped"]
SKIPPED: Answer = "skipped"
"""Said to any question by who cannot judge the row: no vote, and the row is not shown to them again."""


class Choice(NamedTuple):
    """One answer: the key that gives it, and what it means in a few words."""

    answer: Answer
    key: str
    meaning: str


@dataclass(frozen=True)
class Asked:
    """One question as people meet it. `explained` are the answers for which a reason is asked, and `reasons` those
    that are offered. `of_masked` says that a verdict holds for the masked text, and not for the text as extracted.
    """

    question: Question
    title: str
    choices: tuple[Choice, ...]
    explained: tuple[Answer, ...]
    reasons: tuple[str, ...]
    of_masked: bool = False

    @property
    def answers(self) -> tuple[Answer, ...]:
        return (*(choice.answer for choice in self.choices), SKIPPED)

    def rubric(self, own: Path | None = None) -> str:
        """How to judge, as Markdown: the team's `own` page, else the built-in one. Raises RecipeError when `own`
        cannot be read."""
        if own is None:
            return files(__package__).joinpath(f"rubrics/{self.question}.md").read_text("utf-8")
        try:
            return own.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(
                f"{own}: the rubric cannot be read ({type(error).__name__}); check review.rubrics.{self.question}"
            ) from None


QUESTIONS: Mapping[Question, Asked] = MappingProxyType(
    {
        asked.question: asked
        for asked in (
            Asked(
                CORRECT,
                "Is the answer right?",
                (Choice("right", "y", "right and helpful"), Choice("wrong", "n", "wrong, or does not help")),
                ("wrong",),
                (
                    "states something that is not so",
                    "answers another question",
                    "leaves out what matters",
                    "out of date",
                    "rude or unsafe",
                    "cannot be understood",
                ),
            ),
            Asked(
                LEAK,
                "Can personal data still be read?",
                (
                    Choice("fine", "n", "nothing can be read, nothing is masked without need"),
                    Choice("leak", "y", "something can be read that a placeholder should stand for"),
                    Choice("over_masked", "o", "something is masked that is no personal data"),
                ),
                ("leak", "over_masked"),
                ("a name", "an address", "a telephone number", "a number of a card, account or document", "a secret"),
                of_masked=True,
            ),
            Asked(
                DOMAIN,
                "Does it belong to our subject?",
                (Choice("in_domain", "y", "belongs to it"), Choice("off_domain", "n", "is about something else")),
                (),
                (),
            ),
            Asked(
                KEEP,
                "Should this made-up example be kept?",
                (Choice("keep", "y", "as good as a real one"), Choice("drop", "n", "not good enough")),
                ("drop",),
                (
                    "no customer would ask this",
                    "the answer is wrong",
                    "repeats another one",
                    "sounds like a machine",
                ),
            ),
        )
    }
)
"""Every question, by its name."""
