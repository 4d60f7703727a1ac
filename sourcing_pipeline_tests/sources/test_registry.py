from typing import Literal, get_args, get_origin

import pytest

from sourcing_pipeline.rows import STRATEGIES
from sourcing_pipeline.sources import Source, kinds

KINDS = sorted(kinds())


def test_the_sources_of_this_package_are_found() -> None:
    assert {"tickets", "stackexchange", "label_studio", "synthetic"} <= set(KINDS)


def test_kinds_are_sorted_and_do_not_depend_on_the_file_system() -> None:
    assert list(kinds()) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_is_chosen_by_its_own_kind(kind: str) -> None:
    field = kinds()[kind].model_fields["kind"]
    assert get_origin(field.annotation) is Literal
    assert get_args(field.annotation) == (kind,)


@pytest.mark.parametrize("kind", KINDS)
def test_every_source_has_one_of_the_strategies(kind: str) -> None:
    assert kinds()[kind].strategy in STRATEGIES


@pytest.mark.parametrize("kind", KINDS)
def test_every_source_reads(kind: str) -> None:
    assert kinds()[kind].read is not Source.read


@pytest.mark.parametrize("kind", KINDS)
def test_every_source_describes_itself(kind: str) -> None:
    assert (kinds()[kind].__doc__ or "") != (Source.__doc__ or "")
    assert kinds()[kind].__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_the_common_keys_keep_their_names_in_every_source(kind: str) -> None:
    assert set(Source.model_fields) <= set(kinds()[kind].model_fields)
