"""The recipe's `mixing:` section."""

from typing import Literal

from pydantic import Field, model_validator

from sourcing_pipeline.config import Config
from sourcing_pipeline.rows import Strategy


class Shares(Config):
    """The share of each strategy in the mix; the method's 50/20/20/10 by default."""

    production_logs: float = Field(default=0.5, ge=0, le=1)
    """What customers really asked and people really answered."""
    public: float = Field(default=0.2, ge=0, le=1)
    """Public datasets."""
    annotated: float = Field(default=0.2, ge=0, le=1)
    """Written by people for this purpose."""
    synthetic: float = Field(default=0.1, ge=0, le=1)
    """Written by a model or a template."""

    @model_validator(mode="after")
    def add_up(self) -> "Shares":
        total = sum(self.by_strategy().values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares add up to {total:g}; they must add up to 1")
        return self

    def by_strategy(self) -> dict[Strategy, float]:
        return {
            "production_logs": self.production_logs,
            "public": self.public,
            "annotated": self.annotated,
            "synthetic": self.synthetic,
        }


class Mixing(Config):
    """How many rows of what make the dataset."""

    size: int = Field(default=1000, ge=1)
    """Rows asked for."""
    shares: Shares = Shares()
    """The share of each strategy."""
    when_short: Literal["fill", "shrink"] = "fill"
    """A strategy has too few rows: `fill` takes more of the others, `shrink` keeps the shares and makes less."""
    max_synthetic_fraction: float = Field(default=0.2, ge=0, lt=1)
    """Largest share of synthetic rows, whatever else is short; the release is stopped above it."""
    near_duplicate_similarity: float = Field(default=0.8, ge=0.5, le=0.99)
    """Jaccard similarity of word 3-grams from which two rows count as one."""
    task: Literal["broad", "specialised"] = "broad"
    """A specialised task needs fewer rows (50 instead of 100) and gets no warning under 1,000."""
    key: str = "mix"
    """Key of the sampler's hash: another key draws another mix of the same data."""
