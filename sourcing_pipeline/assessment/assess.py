"""Embedding, domain score, cluster and language for each masked row; nothing is dropped here, only flagged."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sourcing_pipeline.assessment.config import Assessment
from sourcing_pipeline.assessment.domain import DomainProfile, Vectors
from sourcing_pipeline.assessment.embedding import embed
from sourcing_pipeline.language import language
from sourcing_pipeline.rows import ASSESSED, message_tuples, opening, outcomes


@dataclass(frozen=True)
class Assess:
    """A batch function: MASKED rows in, `outcomes(ASSESSED)` out, row for row.

    Adds `embedding` of the first user turn (what follows it is talk about it), `domain_score`,
    `centroid_similarity`, `cluster` and `off_domain`, and fills `language` where the source did not know it.
    """

    profile: DomainProfile
    config: Assessment

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        exchanges = message_tuples(batch.column("messages"))
        vectors = embed([opening(messages) for messages in exchanges], self.config.model, self.config.max_tokens)
        scores = self.profile.scores(vectors)
        clusters, similarity = self.profile.nearest(vectors)
        languages = [
            known or language("\n".join(content for _, content in messages))
            for known, messages in zip(batch.column("language").to_pylist(), exchanges, strict=True)
        ]
        added: dict[str, pa.Array] = {
            "language": pa.array(languages, pa.string()),
            "embedding": _lists(vectors),
            "domain_score": pa.array(scores),
            "centroid_similarity": pa.array(similarity),
            "off_domain": pa.array(self.profile.off_domain(scores, similarity)),
            "cluster": pa.array(clusters),
        }
        schema = outcomes(ASSESSED)
        nothing = pa.nulls(batch.num_rows, pa.string())
        columns = [
            added[name] if name in added else batch.column(name) if name in batch.schema.names else nothing
            for name in schema.names
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)


def _lists(vectors: Vectors) -> pa.Array:
    count, dimensions = vectors.shape
    offsets = np.arange(0, (count + 1) * dimensions, dimensions, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(vectors.reshape(-1)))
