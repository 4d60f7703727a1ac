"""Which assessed rows may be in the mix at all, with what weight; and the rows planted to test the refusal."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

import pyarrow as pa

from sourcing_pipeline.mixing.duplicates import Fingerprint, Seen, fingerprint
from sourcing_pipeline.rows import CANARY, WHOLE, DropReason, Strategy, is_canary, message_tuples

COLUMNS = ("id", "partition", "strategy", "messages", "quality_score", "created_at", "off_domain")
"""What of the assessed rows decides about them."""

_CANARY_WORDS = 300
"""So many that one word more leaves a similarity above the largest threshold that the recipe allows."""

UNKNOWN_QUALITY = 0.5
"""The quality of a source of which nothing is known."""


@dataclass(frozen=True)
class Candidate:
    """One assessed row before the mix: refused for `reason`, or free to be drawn with `weight`."""

    id: str
    strategy: Strategy
    weight: float
    text: Fingerprint | None
    reason: DropReason | None = None
    partition: str = WHOLE


@dataclass(frozen=True)
class Rules:
    """What refuses a row of one source before duplicates are looked for."""

    source_quality: float | None
    wrong: Mapping[str, bool]
    """Whether people found that a row may not be used, by id."""
    oldest: datetime | None
    as_of: datetime
    off_domain: Mapping[str, bool] = field(default_factory=dict)
    """Whether people hold a row to be off the domain, by id; their word counts, and not the classifier's."""

    def refusal(self, row: Mapping[str, object]) -> DropReason | None:
        created = row["created_at"]
        if not isinstance(created, datetime) or created > self.as_of or (self.oldest and created < self.oldest):
            return DropReason.OUTSIDE_WINDOW
        if self.off_domain.get(str(row["id"]), row["off_domain"]):
            return DropReason.OFF_DOMAIN
        if self.wrong.get(str(row["id"])):
            return DropReason.JUDGED_WRONG
        return None


def candidates(rows: Iterable[pa.RecordBatch], rules: Rules) -> Iterator[Candidate]:
    """A candidate for each assessed row (the columns `COLUMNS`) of one source.

    The weight is the source's quality times the row's own score; an unknown row score counts as the source's
    quality, an unknown source quality as 0.5.
    """
    quality = UNKNOWN_QUALITY if rules.source_quality is None else rules.source_quality
    for batch in rows:
        facts = batch.select(["id", "partition", "strategy", "quality_score", "created_at", "off_domain"]).to_pylist()
        for fact, messages in zip(facts, message_tuples(batch.column("messages")), strict=True):
            reason = rules.refusal(fact)
            own = fact["quality_score"]
            yield Candidate(
                id=fact["id"],
                strategy=fact["strategy"],
                weight=quality * (quality if own is None else own),
                text=None if reason else fingerprint("\n".join(content for _, content in messages)),
                reason=reason,
                partition=fact["partition"],
            )


def newest(found: Iterable[Candidate]) -> list[Candidate]:
    """One candidate of each id, that of the latest partition.

    A ticket that was solved anew moves to another day; until the old day is made again it stands on both.
    """
    latest: dict[str, Candidate] = {}
    for candidate in found:
        if candidate.id not in latest or candidate.partition > latest[candidate.id].partition:
            latest[candidate.id] = candidate
    return list(latest.values())


def without_duplicates(found: Iterable[Candidate], threshold: float) -> list[Candidate]:
    """The candidates with every repetition refused; of those that repeat one another the heaviest stays.

    Ties go to the smaller id, planted rows last; so the outcome does not depend on the order of `found`.
    """
    seen = Seen(threshold)
    answered = []
    for candidate in sorted(found, key=lambda one: (-one.weight, is_canary(one.id), one.id)):
        repeated = None if candidate.text is None or candidate.reason else seen.repeats(candidate.text)
        if repeated == "exact":
            candidate = replace(candidate, reason=DropReason.EXACT_DUPLICATE)
        elif repeated == "near":
            candidate = replace(candidate, reason=DropReason.NEAR_DUPLICATE)
        answered.append(replace(candidate, text=None))
    return answered


def planted(source: str, strategy: Strategy, rules: Rules) -> tuple[list[Candidate], dict[str, DropReason]]:
    """Canaries among the candidates of `source`, and what must refuse each.

    An original, its exact and its near duplicate (one word more), and a row flagged as off-domain. The original is
    refused by no rule but that no planted row is ever drawn.
    """
    words = [blake2b(f"{source}/{number}".encode(), digest_size=4).hexdigest() for number in range(_CANARY_WORDS)]
    text = " ".join(words)
    made = {
        "1-original": (text, False, None),
        "2-exact": (text, False, DropReason.EXACT_DUPLICATE),
        "3-near": (f"{text} more", False, DropReason.NEAR_DUPLICATE),
        "4-off-domain": (f"off {text}", True, DropReason.OFF_DOMAIN),
    }
    rows = [
        {
            "id": f"{source}:{CANARY}{kind}",
            "partition": WHOLE,
            "strategy": strategy,
            "messages": [{"role": "user", "content": "A planted row"}, {"role": "assistant", "content": said}],
            "quality_score": 1.0,
            "created_at": rules.as_of,
            "off_domain": off_domain,
        }
        for kind, (said, off_domain, _) in made.items()
    ]
    expected = {f"{source}:{CANARY}{kind}": reason for kind, (_, _, reason) in made.items() if reason}
    return list(candidates([pa.RecordBatch.from_pylist(rows)], rules)), expected
