"""What the masking assets do once their rows are in the lake: the second look at them, and what it found so far."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from sourcing_pipeline.defs.resources import Project
from sourcing_pipeline.findings import Finding
from sourcing_pipeline.masking.residual import (
    COLUMNS,
    SECOND_LOOKS,
    SUSPECTED_LEAKS,
    Looked,
    bounded,
    counted,
    drawn,
    looked,
)
from sourcing_pipeline.review.questions import LEAK
from sourcing_pipeline.review.queue import partition_of
from sourcing_pipeline.storage import Table

if TYPE_CHECKING:
    from sourcing_pipeline.masking.elsewhere import Elsewhere

CHECK = "residual_leaks"


def suspected_leaks(source: str, project: Project) -> Table:
    """SUSPECTED_LEAKS of one source, partitioned as its masked rows are."""
    return project.lake.table(f"suspected_leaks/{source}")


def second_looks(source: str, project: Project) -> Table:
    """SECOND_LOOKS of one source: how many rows were looked at."""
    return project.lake.table(f"second_looks/{source}")


def look_again(
    source: str, project: Project, masked: Table, elsewhere: "Elsewhere", partitions: Sequence[str]
) -> Finding:
    """Look at the rows of `partitions` in `masked`, store what is suspected and how many rows were seen, and say
    whether it is within the recipe's bound.
    """
    from sourcing_pipeline.masking.second_look import SecondLook

    config, profile = project.recipe.masking, project.recipe.sources[source].masking
    look = SecondLook(config, profile, elsewhere)
    ids = [
        pair
        for batch in masked.read(["id", "partition"], partitions)
        for pair in zip(*(column.to_pylist() for column in batch.select(["id", "partition"]).columns), strict=True)
    ]
    size = 0 if config.mode == "surrogate" else config.residual.sample_size
    sampled = drawn([row_id for row_id, _ in ids], size)
    seen = () if config.mode == "surrogate" else masked.read(COLUMNS, partitions)
    found = [look.suspects(batch, sampled) for batch in seen]
    counts = counted(ids, sampled, found, partitions)
    suspected_leaks(source, project).overwrite(found, SUSPECTED_LEAKS, partitions)
    second_looks(source, project).overwrite([counts], SECOND_LOOKS, partitions)
    return _bounded(source, project, looked([counts]), pa.Table.from_batches(found, schema=SUSPECTED_LEAKS))


def looked_at(source: str, project: Project) -> Looked:
    """How many rows of one source were looked at, in all its partitions."""
    return looked(second_looks(source, project).read())


def residual_leaks(project: Project) -> dict[str, Finding]:
    """What the second look says of each source as a whole, as it stands in the lake now."""
    return {
        f"{CHECK}_{name}": _bounded(
            name, project, looked_at(name, project), suspected_leaks(name, project).load(SUSPECTED_LEAKS)
        )
        for name in project.sources
    }


def _bounded(source: str, project: Project, seen: Looked, suspects: pa.Table) -> Finding:
    file = project.recipe.review.queue / f"{partition_of(source, LEAK)}.jsonl"
    where = f"Materialize review_queue alone, and read the rows with `suspected` in {file}"
    return bounded(source, seen, suspects, project.recipe.masking, where)
