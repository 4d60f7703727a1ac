"""The recipe's `review:` section."""

from pathlib import Path

from pydantic import Field

from sourcing_pipeline.config import Config, RecipePath


class Review(Config):
    """Who judges how many rows, and how many may be wrong."""

    queue: RecipePath = Field(default=Path("data/review"), validate_default=True)
    """Folder into which the rows to judge are written, one JSONL file for each source and question."""
    verdicts: RecipePath = Field(default=Path("data/review/verdicts.jsonl"), validate_default=True)
    """JSONL file with what people said; only `sourcing erase` changes it. It need not exist yet."""
    sample_size: int = Field(default=100, ge=1)
    """Rows of each source that people are asked to judge."""
    masked_sample_size: int = Field(default=60, ge=0)
    """Masked rows of each source that people are asked to look through for leaks, about: each kind of row (by the least
    sure find in it) has its share, and two at least.
    """
    max_suspected: int = Field(default=50, ge=0)
    """Rows of each source with a suspected leak that people are asked about beside those; of more, a stable sample."""
    max_error_rate: float = Field(default=0.10, ge=0, le=1)
    """Largest share of wrong rows among those judged; a source above it stops the mix."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Level of the interval that is reported with an error rate."""
    required: bool = False
    """True makes a source without any verdict an error; otherwise it is a warning."""
