"""What every generator is: from one seed, n variations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from sourcing_pipeline.rows import DropReason


@dataclass(frozen=True)
class Seed:
    """One line of the seeds file: a good exchange to vary."""

    id: str
    topic: str
    instruction: str
    response: str


@dataclass(frozen=True)
class Generated:
    """One variation. `cost_usd` is its share of what the request cost; `model` is None when no model wrote
    it."""

    instruction: str
    response: str
    cost_usd: float = 0.0
    model: str | None = None


@dataclass(frozen=True)
class Refused:
    """A variation that was asked for and not given; `detail` says why, never what was said."""

    detail: str
    reason: DropReason = DropReason.REFUSED_BY_MODEL


class Generator(Protocol):
    """One way to make variations."""

    label: str
    """What `meta.generator` says."""

    def generate(self, seed: Seed, n: int) -> Iterator[Generated | Refused]:
        """Exactly n answers for one seed. Raises InputError or TryAgain when the vendor cannot be used."""
        ...
