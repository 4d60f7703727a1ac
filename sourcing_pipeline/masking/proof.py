"""The proof of the masker, every run: planted personal data goes through it and must not be readable after."""

from collections import Counter

from sourcing_pipeline.findings import Finding
from sourcing_pipeline.masking.canaries import canaries, readable
from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.masker import Masker


def proof(masker: Masker, config: Masking, source: str, seed: str) -> Finding:
    """Whether every value planted by `seed` comes out of `masker` unreadable, told by kind of personal data."""
    planted = canaries(source, seed, entities=config.entities)
    masked = masker.mask_batch(planted.batch)
    leaks = readable(masked, planted.planted)
    gone = planted.batch.num_rows - masked.num_rows
    facts = {"planted": len(planted.planted), "readable": len(leaks), "rows": planted.batch.num_rows}
    if not leaks and not gone:
        message = f"all {len(planted.planted)} planted values in {planted.batch.num_rows} rows were masked"
        return Finding(True, message, facts=facts)
    kinds = Counter(leak.entity for leak in leaks)
    told = ", ".join(f"{entity} ({count})" for entity, count in sorted(kinds.items()))
    rows = ", ".join(sorted({leak.id for leak in leaks})[:5])
    return Finding(
        False,
        f"{source}: of {len(planted.planted)} planted values {len(leaks)} are readable after masking"
        f"{f': {told}' if told else ''}; {gone} planted rows did not come back. Rows: {rows}. "
        "Nothing may leave quarantine until the masker is mended "
        "(masking.min_score, masking.entities and masking.allow in the recipe are the first to look at)",
        facts={**facts, **{f"readable_{entity}": count for entity, count in sorted(kinds.items())}},
    )
