"""What belongs to the domain: logistic regression on embeddings, and the distance to the known examples' centroids.

The method: train a simple classifier on known in-domain examples; or find outliers by low cosine similarity to the
centroid. Here both, multiplied: the classifier tells the domain from general talk, the centroids tell rows that are
like nothing known. A domain has many subjects, so there is a centroid for each k-means cluster, and a row is held
against the nearest one. The threshold is set by cross-validation: it flags a wanted share of known examples that the
profile has not seen.
"""

from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sourcing_pipeline.assessment.config import Assessment
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.rows import WHOLE

Vectors = NDArray[np.float32]

DOMAIN_PROFILE = pa.schema(
    [
        pa.field("partition", pa.string(), nullable=False),
        pa.field("coefficients", pa.list_(pa.float32())),
        pa.field("intercept", pa.float64()),
        pa.field("centroids", pa.list_(pa.list_(pa.float32()))),
        pa.field("threshold", pa.float64()),
        pa.field("known", pa.int64()),
    ]
)
"""One row: the profile, as it is stored."""

FEWEST_KNOWN = 20
_TOO_NEAR = 0.6
_FOLDS = 5


@dataclass(frozen=True)
class DomainProfile:
    """What was learned of the domain; plain arrays, so that it is stored as numbers and never pickled."""

    coefficients: Vectors
    """float32, shape (dimensions,): weights of the logistic regression."""
    intercept: float
    centroids: Vectors
    """float32, shape (clusters, dimensions), unit length."""
    threshold: float
    """Rows with a lower domain score times centroid similarity are off-domain."""
    known: int
    """In-domain examples it was learned from."""

    def record(self) -> pa.RecordBatch:
        """The profile as its one DOMAIN_PROFILE row."""
        row = {
            "partition": WHOLE,
            "coefficients": self.coefficients.tolist(),
            "intercept": self.intercept,
            "centroids": self.centroids.tolist(),
            "threshold": self.threshold,
            "known": self.known,
        }
        return pa.RecordBatch.from_pylist([row], schema=DOMAIN_PROFILE)

    @classmethod
    def from_record(cls, stored: pa.Table) -> "DomainProfile":
        """The profile in a stored DOMAIN_PROFILE table. Raises InputError when there is none."""
        if not stored.num_rows:
            raise InputError("domain_profile was not materialized yet; materialize it first")
        row = stored.to_pylist()[0]
        return cls(
            coefficients=np.array(row["coefficients"], np.float32),
            intercept=row["intercept"],
            centroids=np.array(row["centroids"], np.float32),
            threshold=row["threshold"],
            known=row["known"],
        )

    def scores(self, vectors: Vectors) -> NDArray[np.float32]:
        """Probability of being in-domain for each unit vector."""
        logits = vectors @ self.coefficients + np.float32(self.intercept)
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)

    def off_domain(self, scores: NDArray[np.float32], similarity: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which rows are off-domain, by their domain score and centroid similarity."""
        return np.asarray(scores * np.maximum(similarity, 0) < self.threshold)

    def doubt(self, scores: NDArray[np.float32], similarity: NDArray[np.float32]) -> NDArray[np.float64]:
        """How near each row is to the threshold: 0 for one that lies on it, less for others."""
        return np.asarray(-np.abs(scores * np.maximum(similarity, 0) - self.threshold), np.float64)

    def nearest(self, vectors: Vectors) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """For each unit vector its cluster and the cosine similarity to that cluster's centroid."""
        similarity = vectors @ self.centroids.T
        cluster = similarity.argmax(axis=1)
        return cluster.astype(np.int32), similarity[np.arange(len(vectors)), cluster].astype(np.float32)


def learn(known: Vectors, off_domain: Vectors, config: Assessment) -> DomainProfile:
    """The profile of the domain of which `known` are examples and `off_domain` are not (unit vectors).

    Off-domain examples that lie near a known one (cosine above 0.6) are left out: what is general talk to one firm
    is the business of another. The threshold is the `false_alarm_fraction` quantile over known examples, each
    scored by a profile learned without it (5 folds). The same input gives the same profile. Raises InputError with
    fewer than 20 known examples, or when no off-domain example is left.
    """
    from sklearn.model_selection import KFold

    if len(known) < FEWEST_KNOWN:
        raise InputError(
            f"domain_profile: {len(known)} known in-domain examples, at least {FEWEST_KNOWN} are needed; add sources "
            "to assessment.known_sources or lines to the file assessment.known_examples"
        )
    far = off_domain[(off_domain @ known.T).max(axis=1) <= _TOO_NEAR]
    if not len(far):
        raise InputError(
            "domain_profile: every off-domain example looks like the known ones, so nothing tells the domain apart; "
            "give other examples in the file assessment.off_domain_examples"
        )
    unseen = np.zeros(len(known), np.float32)
    for learned, held_out in KFold(_FOLDS, shuffle=True, random_state=0).split(known):
        fold = _fit(known[learned], far, config.clusters)
        unseen[held_out] = fold.scores(known[held_out]) * np.maximum(fold.nearest(known[held_out])[1], 0)
    return replace(_fit(known, far, config.clusters), threshold=float(np.quantile(unseen, config.false_alarm_fraction)))


def _fit(known: Vectors, far: Vectors, clusters: int) -> DomainProfile:
    from sklearn.cluster import KMeans
    from sklearn.linear_model import LogisticRegression

    rows = np.concatenate([known, far])
    labels = np.concatenate([np.ones(len(known)), np.zeros(len(far))])
    classifier = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(rows, labels)
    distinct = len(np.unique(known, axis=0))
    clustering = KMeans(n_clusters=min(clusters, distinct), n_init=4, random_state=0).fit(known)
    centroids = clustering.cluster_centers_ / np.linalg.norm(clustering.cluster_centers_, axis=1, keepdims=True)
    return DomainProfile(
        coefficients=classifier.coef_[0].astype(np.float32),
        intercept=float(classifier.intercept_[0]),
        centroids=centroids.astype(np.float32),
        threshold=0.0,
        known=len(known),
    )


def general_examples() -> list[str]:
    """The built-in examples of general talk, in English, German, French and Spanish."""
    return files("sourcing_pipeline.assessment").joinpath("off_domain.txt").read_text("utf-8").splitlines()
