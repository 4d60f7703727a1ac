"""The recipe's `review:` section."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sourcing_pipeline.config import Config, RecipePath, VariableName
from sourcing_pipeline.label_studio import ServerUrl
from sourcing_pipeline.review.questions import Question


class FilesBackend(Config):
    """Rows are judged in files, or with `sourcing review`."""

    type: Literal["files"] = "files"
    """Which backend this is."""


class LabelStudioBackend(Config):
    """Rows are judged in Label Studio: one project for each question."""

    type: Literal["label_studio"] = "label_studio"
    """Which backend this is."""
    url: ServerUrl = "http://127.0.0.1:8080"
    """Address of the server."""
    key_variable: VariableName = "LABEL_STUDIO_API_KEY"
    """Environment variable that holds an access token of the server (Account & Settings, Access Token)."""
    project: str = Field(default="Review", min_length=1, max_length=30)
    """How the titles of the projects begin; two pipelines on one server need two of them."""
    ask_seconds: int = Field(default=60, ge=30)
    """How often the sensor asks for new verdicts."""


Backend = Annotated[FilesBackend | LabelStudioBackend, Field(discriminator="type")]


class Reviewers(Config):
    """How many people judge a row, and what counts where they disagree."""

    per_row: int = Field(default=1, ge=1, le=20)
    """How many people each row is shown to."""
    decide: Literal["majority", "adjudication"] = "majority"
    """What counts when reviewers disagree: what at least half of them say (of two, the answer that keeps the row out),
    or what an adjudicator says; until then the row is not judged.
    """
    adjudicators: tuple[str, ...] = ()
    """Names of those whose word decides, as they stand in verdicts (in Label Studio, their e-mail addresses)."""

    @model_validator(mode="after")
    def somebody_decides(self) -> "Reviewers":
        if self.decide == "adjudication" and not self.adjudicators:
            raise ValueError("decide: adjudication needs at least one name in adjudicators")
        return self


class Review(Config):
    """Who judges how many rows, and how many may be wrong."""

    backend: Backend = Field(default_factory=FilesBackend)
    """Where people judge."""
    reviewers: Reviewers = Field(default_factory=Reviewers)
    """How many people judge a row, and what counts where they disagree."""
    queue: RecipePath = Field(default=Path("data/review"), validate_default=True)
    """Folder into which the rows to judge are written, one JSONL file for each source and question."""
    verdicts: RecipePath = Field(default=Path("data/review/verdicts.jsonl"), validate_default=True)
    """JSONL file with what people said; lines are added to it, and only `sourcing erase` removes any. It need not exist
    yet.
    """
    rubrics: dict[Question, RecipePath] = Field(default_factory=dict)
    """Markdown files that tell reviewers how to judge, by question; a built-in one stands in for each that is left out.
    """
    sample_size: int = Field(default=100, ge=1)
    """Rows of each source that people are asked to judge."""
    design: Literal["fixed", "sequential"] = "fixed"
    """`sequential` ends the review of a source as soon as its error rate is surely below or above `max_error_rate`, by
    intervals that hold however often one looks; `sample_size` is then the most that is asked.
    """
    masked_sample_size: int = Field(default=60, ge=0)
    """Masked rows of each source that people are asked to look through for leaks, about: each kind of row (by the least
    sure find in it) has its share, and two at least.
    """
    max_suspected: int = Field(default=50, ge=0)
    """Rows of each source with a suspected leak that people are asked about beside those; of more, a stable sample."""
    domain_sample_size: int = Field(default=20, ge=0)
    """Rows of each source of which people are asked whether they belong to the domain: those that the classifier is
    least sure of, and as many again at random. Known sources are not asked about.
    """
    keep_sample_size: int | None = Field(default=None, ge=0)
    """Synthetic rows of each source of which people are asked whether to keep them; null asks of every one."""
    max_error_rate: float = Field(default=0.10, ge=0, le=1)
    """Largest share of wrong rows among those judged; a source above it stops the mix."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Level of the interval that is reported with an error rate."""
    model_score: Literal["quality_score", "domain_score"] | None = None
    """A column that guesses how right a row is. With it a second, prediction-powered interval of the error rate is told
    beside the exact one; it decides nothing.
    """
    required: bool = False
    """True makes a source without any verdict an error; otherwise it is a warning."""
