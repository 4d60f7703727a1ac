"""What every source is: a strict config with a reader that yields outcome batches."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import Config, MaskingProfile, Window
from sourcing_pipeline.rows import Strategy
from sourcing_pipeline.updates import Updates


class Source(Config):
    """One origin of examples, as the recipe describes it.

    A new source is one module in this package with one subclass: it sets `kind` (a Literal, the recipe's word for
    it), `strategy`, and `read`; a daily one also `update`. The recipe finds it, and the graph gives it its assets,
    checks, review queue and scorecard row. Its docstring is the asset's description.
    """

    strategy: ClassVar[Strategy]
    daily: ClassVar[bool] = False
    """True when its rows belong to days: the asset is partitioned and `read` gets `window.days`."""
    updated: ClassVar[bool] = False
    """True when `update` is called before `read` also without days: what it lands is all that there is to read."""
    may_be_empty: ClassVar[bool] = False
    """True when it is no fault that there is no record at all, yet."""
    counts_unreadable: ClassVar[bool] = False
    """True when the reader itself holds `max_unparsable_fraction`, since its rows are made of many records."""

    kind: str
    """Which reader this is."""
    enabled: bool = True
    """False leaves the source out of the graph; its tables stay."""
    max_age_days: int | None = Field(default=None, ge=1)
    """Rows older than this before `as_of` are dropped as outside_window; no limit by default."""
    max_unparsable_fraction: float = Field(default=0.05, ge=0, le=1)
    """Largest share of records that may be unreadable; above it the asset fails and nothing is replaced."""

    masking: MaskingProfile = MaskingProfile()
    """Which placeholders apply to its rows, as a whole and inside code."""

    max_silent_days: int = Field(default=3, ge=0)
    """Of a source with days: a warning when the last that many days before `as_of` hold no record at all."""

    @property
    def pool(self) -> str | None:
        """The Dagster concurrency pool of its assets, where what it reads is rate-limited."""
        return None

    @abstractmethod
    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """Outcome batches (`rows.outcomes(rows.RAW)`): each record once, kept or dropped with its reason.

        `name` is the asset's name: the `source` column and the prefix of every id. Streams; memory does not grow
        with the input. Raises InputError, naming file and place, when the input is missing, truncated or of
        another kind; TryAgain when the fault may pass.
        """

    def update(self, name: str, window: Window, updates: Updates) -> None:
        """Ask the system what changed since `updates.cursor()`, and write it to `updates` (`land` or `touch`).

        For daily and `updated` sources. It runs before `read`, every time, so that no change falls between the two.
        The first time there is no cursor: a source that lands records lands all of them, another one sets the cursor
        and touches nothing. `window.days` is None. Raises what `read` raises.
        """

    def notice(self) -> str | None:
        """A sentence that the data card must carry about this source's rows, if any."""
        return None
