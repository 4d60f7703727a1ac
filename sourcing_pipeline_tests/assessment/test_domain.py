import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.assessment.config import Assessment
from sourcing_pipeline.assessment.domain import (
    DOMAIN_PROFILE,
    FEWEST_KNOWN,
    DomainProfile,
    Vectors,
    general_examples,
    learn,
)
from sourcing_pipeline.errors import InputError

CONFIG = Assessment(clusters=2)
DIMENSIONS = 16


def around(axis: int, count: int, seed: int, spread: float = 0.15) -> Vectors:
    """Unit vectors near one axis."""
    made = np.random.default_rng(seed).normal(0, spread, (count, DIMENSIONS))
    made[:, axis] += 1
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def planted(seed: int = 0) -> tuple[Vectors, Vectors]:
    """Known examples on two subjects, and others on two more."""
    known = np.concatenate([around(0, 60, seed), around(1, 60, seed + 1)])
    return known, np.concatenate([around(2, 60, seed + 2), around(3, 60, seed + 3)])


@pytest.fixture(scope="module")
def profile() -> DomainProfile:
    return learn(*planted(), CONFIG)


def flags(profile: DomainProfile, vectors: Vectors) -> list[bool]:
    found: list[bool] = profile.off_domain(profile.scores(vectors), profile.nearest(vectors)[1]).tolist()
    return found


def test_new_rows_of_the_domain_are_told_from_those_off_it(profile: DomainProfile) -> None:
    known, others = planted(seed=100)
    assert sum(flags(profile, known)) / len(known) <= 0.08
    assert all(flags(profile, others))


def test_rows_on_a_subject_that_nobody_knows_are_off_the_domain(profile: DomainProfile) -> None:
    assert all(flags(profile, around(7, 40, seed=5)))


def test_known_examples_score_above_half_and_others_below(profile: DomainProfile) -> None:
    known, others = planted(seed=100)
    assert profile.scores(known).min() > 0.5 > profile.scores(others).max()


def test_each_subject_has_its_cluster(profile: DomainProfile) -> None:
    one, other = profile.nearest(around(0, 20, 9))[0], profile.nearest(around(1, 20, 9))[0]
    assert len(set(one.tolist())) == len(set(other.tolist())) == 1
    assert one[0] != other[0]


def test_similarity_is_the_cosine_to_the_nearest_centroid(profile: DomainProfile) -> None:
    vectors = around(0, 5, 9)
    clusters, similarity = profile.nearest(vectors)
    expected = [float(vector @ profile.centroids[cluster]) for vector, cluster in zip(vectors, clusters, strict=True)]
    assert similarity.tolist() == pytest.approx(expected, abs=1e-6)
    assert np.linalg.norm(profile.centroids, axis=1) == pytest.approx(1, abs=1e-6)


def test_the_same_input_gives_the_same_profile(profile: DomainProfile) -> None:
    again = learn(*planted(), CONFIG)
    assert again.record() == profile.record()


def test_about_the_wanted_share_of_new_known_examples_is_flagged() -> None:
    known, others = (around(axis, 400, axis) for axis in (0, 2))
    profile = learn(known, others, Assessment(clusters=2, false_alarm_fraction=0.1))
    flagged = sum(flags(profile, around(0, 400, 77))) / 400
    assert 0.05 <= flagged <= 0.16


@pytest.mark.parametrize("count", [0, 1, FEWEST_KNOWN - 1])
def test_too_few_known_examples_are_refused_with_what_to_do(count: int) -> None:
    with pytest.raises(
        InputError, match=rf"{count} known in-domain examples, at least 20 .* assessment.known_examples"
    ):
        learn(around(0, 60, 1)[:count], around(2, 60, 2), CONFIG)


def test_the_fewest_known_examples_are_enough() -> None:
    profile = learn(around(0, FEWEST_KNOWN, 1), around(2, 60, 2), Assessment(clusters=16))
    assert all(flags(profile, around(2, 20, 3)))


def test_known_examples_that_say_the_same_are_enough() -> None:
    profile = learn(np.repeat(around(0, 3, 1), 10, axis=0), around(2, 60, 2), Assessment(clusters=16))
    assert all(flags(profile, around(2, 20, 3)))


def test_off_domain_examples_near_a_known_one_do_not_count() -> None:
    known, others = planted()
    with_talk_of_the_domain = np.concatenate([others, around(0, 30, 50)])
    assert learn(known, with_talk_of_the_domain, CONFIG).record() == learn(known, others, CONFIG).record()


def test_off_domain_examples_that_are_all_like_the_known_ones_are_refused() -> None:
    with pytest.raises(InputError, match=r"assessment\.off_domain_examples"):
        learn(around(0, 60, 1), around(0, 60, 2), CONFIG)


def test_a_profile_comes_back_from_its_record(profile: DomainProfile) -> None:
    stored = DomainProfile.from_record(pa.Table.from_batches([profile.record()]))
    assert profile.record().schema == DOMAIN_PROFILE
    assert stored.record() == profile.record()
    vectors = np.concatenate(planted(seed=100))
    assert flags(stored, vectors) == flags(profile, vectors)


def test_a_profile_that_was_not_learned_yet_is_named() -> None:
    with pytest.raises(InputError, match="domain_profile was not materialized yet; materialize it first"):
        DomainProfile.from_record(pa.Table.from_batches([], schema=DOMAIN_PROFILE))


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.1, 5))
def test_scores_are_probabilities_and_similarities_cosines(profile: DomainProfile, seed: int, spread: float) -> None:
    vectors = around(0, 10, seed, spread)
    scores, (clusters, similarity) = profile.scores(vectors), profile.nearest(vectors)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert (np.abs(similarity) <= 1 + 1e-6).all()
    assert set(clusters.tolist()) <= {0, 1}


def test_general_examples_are_lines_with_text() -> None:
    lines = general_examples()
    assert len(lines) == len(set(lines)) >= 100
    assert all(line.strip() == line != "" for line in lines)
