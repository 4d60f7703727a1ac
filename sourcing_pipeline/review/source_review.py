"""What people said of the sample of one source, and what follows for the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from sourcing_pipeline.intervals import always_valid
from sourcing_pipeline.review.config import Review
from sourcing_pipeline.review.prediction_powered import PredictionPowered, prediction_powered_rate
from sourcing_pipeline.review.questions import CORRECT
from sourcing_pipeline.review.statistics import ErrorRate, error_rate
from sourcing_pipeline.review.verdicts import commonest_reasons, disputed, judged, reviewed

State = Literal["unreviewed", "under review", "failed", "passed", "certified"]
"""Of a source: nothing was judged; too little was judged to decide; more than the allowed share is wrong; not more; and
surely less, since the upper bound of the interval is below what is allowed."""

REASONS = 5


@dataclass(frozen=True)
class SourceReview:
    """The review of one source. Of `asked` rows in its sample some were judged (`errors`), `skipped` were seen but not
    judged by anyone, and `disputed` wait for an adjudicator. `reasons` are the commonest ones given for wrong rows.
    """

    source: str
    asked: int
    errors: ErrorRate
    skipped: int
    disputed: int
    reasons: tuple[tuple[str, int], ...]
    state: State

    @property
    def decided(self) -> bool:
        """Whether no more rows need to be judged."""
        return self.state in ("failed", "passed", "certified")


def source_review(source: str, drawn: Sequence[str], verdicts: pa.Table, config: Review) -> SourceReview:
    """The review of `source`: `drawn` are the ids drawn for the question *correct?*, in the order of the draw, more
    than the sample where the source has more; `verdicts` are VERDICTS of any rows.

    Newcomers to the sample, which nobody has judged yet, push others out of it that are judged; those still count in
    their stead. So a review that was decided stays so as the source grows. The interval of the error rate is the exact
    one, or under the sequential design the one that holds however often one looks.
    """
    said = judged(verdicts, CORRECT, "wrong", config.reviewers)
    seen = reviewed(verdicts, CORRECT)
    waiting = disputed(verdicts, CORRECT, config.reviewers)
    sample = drawn[: config.sample_size]
    votes = [said[row_id] for row_id in drawn if row_id in said][: config.sample_size]
    errors = error_rate(sum(votes), len(votes), config.confidence)
    if config.design == "sequential":
        low, high = always_valid(errors.wrong, errors.reviewed, config.confidence)
        errors = ErrorRate(errors.reviewed, errors.wrong, errors.rate, low, high)
    skipped = sum(seen.get(row_id) == 0 for row_id in sample)
    return SourceReview(
        source,
        len(sample),
        errors,
        skipped,
        sum(row_id in waiting for row_id in sample),
        tuple(commonest_reasons(verdicts, source, "wrong", REASONS)),
        _state(errors, len(sample) - skipped, config),
    )


def powered(
    drawn: Sequence[str], verdicts: pa.Table, scores: Mapping[str, float | None], config: Review
) -> PredictionPowered | None:
    """The error rate with its interval by prediction-powered inference, None when no row was judged.

    `scores` guess how right every row of the source is, by id, in [0, 1]; a row without one counts as right. It is told
    beside the review and decides nothing.
    """
    said = judged(verdicts, CORRECT, "wrong", config.reviewers)
    chosen = [row_id for row_id in drawn if row_id in said and row_id in scores][: config.sample_size]
    if not chosen:
        return None
    wrong_by = {row_id: 1.0 - (1.0 if score is None else score) for row_id, score in scores.items()}
    return prediction_powered_rate(
        [said[row_id] for row_id in chosen],
        [wrong_by[row_id] for row_id in chosen],
        list(wrong_by.values()),
        config.confidence,
    )


def _state(errors: ErrorRate, to_judge: int, config: Review) -> State:
    """The method's rule when all are judged: the point estimate decides. Before that only a sequential design may."""
    if not errors.reviewed:
        return "unreviewed"
    if config.design == "sequential" and errors.low > config.max_error_rate:
        return "failed"
    if config.design == "sequential" and errors.high < config.max_error_rate:
        return "certified"
    if errors.reviewed < min(to_judge, config.sample_size):
        return "under review"
    if errors.rate > config.max_error_rate:
        return "failed"
    return "certified" if errors.high < config.max_error_rate else "passed"
