"""The graph: its keys, its order, and how it presents itself in Dagster's UI."""

import subprocess
import sys
from typing import Any

import dagster as dg
import pytest

from sourcing_pipeline.definitions import build
from sourcing_pipeline.recipe import Recipe
from sourcing_pipeline_tests.defs.conftest import ROOT

STAGES = ["sources", "masking", "assessment", "review", "mixing", "release"]


@pytest.fixture(scope="module")
def graph() -> Any:
    return build(Recipe.load(ROOT / "recipe.yaml")).resolve_asset_graph()


def names(graph: Any) -> set[str]:
    return {key.to_user_string() for key in graph.get_all_asset_keys()}


def test_the_assets_are_these(graph: Any) -> None:
    sources = ["ticket_extracts", "filtered_stackexchange", "annotated_set", "synthetic_set"]
    chains = {stage + name for name in sources for stage in ("", "masked_", "assessed_")}
    ends = {"domain_profile", "review_queue", "verdicts", "scorecard", "hybrid_mix", "training_release"}
    assert names(graph) == chains | ends | {"ticket_extracts_updates"}


def test_edges_point_forward_only(graph: Any) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        for parent in node.parent_keys:
            assert STAGES.index(graph.get(parent).group_name) <= STAGES.index(node.group_name), (parent, key)


def test_every_asset_has_a_group_an_owner_kinds_a_description_and_a_code_version(graph: Any) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.group_name in STAGES
        assert node.owners
        assert node.kinds
        assert node.description
        assert node.code_version


def test_only_the_tickets_have_days_and_many_go_into_one_run(graph: Any) -> None:
    daily = {key.to_user_string() for key in graph.get_all_asset_keys() if graph.get(key).is_partitioned}
    assert daily == {"ticket_extracts", "masked_ticket_extracts", "assessed_ticket_extracts"}
    for name in daily:
        policy = graph.get(dg.AssetKey(name)).backfill_policy
        assert policy is not None
        assert policy.max_partitions_per_run == 92


def test_the_checks_that_guard_the_dataset_block(graph: Any) -> None:
    blocking = {
        f"{key.asset_key.to_user_string()}/{key.name}"
        for key in graph.asset_check_keys
        if graph.get_check_spec(key).blocking
    }
    for expected in (
        "ticket_extracts/rows_accounted",
        "ticket_extracts/licences_allowed",
        "masked_ticket_extracts/canaries_masked",
        "masked_ticket_extracts/residual_leaks",
        "masked_ticket_extracts/rows_accounted",
        "assessed_ticket_extracts/canaries_flagged",
        "assessed_ticket_extracts/rows_accounted",
        "verdicts/error_rate_ticket_extracts",
        "verdicts/rows_accounted",
        "hybrid_mix/synthetic_share",
        "hybrid_mix/minimum_size",
        "hybrid_mix/licences_allowed",
        "hybrid_mix/canaries_refused",
        "hybrid_mix/rows_accounted",
        "training_release/rows_accounted",
    ):
        assert expected in blocking
    assert "scorecard/six_months_of_ticket_extracts" not in blocking


def test_a_schedule_starts_the_nightly_refresh_at_two_in_the_recipe_s_time_zone() -> None:
    schedule = build(Recipe.load(ROOT / "recipe.yaml")).resolve_schedule_def("nightly_refresh")
    assert schedule.cron_schedule == "0 2 * * *"
    assert schedule.execution_timezone == "Europe/Berlin"


def test_loading_the_definitions_imports_nothing_heavy() -> None:
    heavy = ["torch", "spacy", "transformers", "sentence_transformers", "daft", "sklearn", "scipy", "presidio_analyzer"]
    code = (
        "import sys, sourcing_pipeline.definitions as d; d.defs.load_fn() if hasattr(d.defs, 'load_fn') else d.defs; "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_source_that_is_off_leaves_the_graph() -> None:
    recipe = Recipe.load(ROOT / "recipe.yaml")
    off = recipe.sources["synthetic_set"].model_copy(update={"enabled": False})
    graph = build(recipe.model_copy(update={"sources": {**recipe.sources, "synthetic_set": off}})).resolve_asset_graph()
    assert not {name for name in names(graph) if "synthetic" in name}
