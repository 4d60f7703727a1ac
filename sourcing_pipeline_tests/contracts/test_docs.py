"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

from sourcing_pipeline.cli import app
from sourcing_pipeline.reference import pages
from sourcing_pipeline.sources import kinds

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", pages())
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    written = (ROOT / "docs/reference" / name).read_text("utf-8")
    assert written == pages()[name], "run `sourcing reference`"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_command_is_documented() -> None:
    text = "\n".join(page.read_text("utf-8") for page in DOCS)
    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert {name for name in names if f"sourcing {name}" not in text} == set()


def test_every_source_kind_has_a_section_in_the_reference() -> None:
    text = (ROOT / "docs/reference/sources.md").read_text("utf-8")
    assert [kind for kind in kinds() if f"## `{kind}`" not in text] == []


def test_the_source_shown_in_the_docs_works(tmp_path: Path) -> None:
    text = (ROOT / "docs/adding-a-source.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    module = tmp_path / "faq.py"
    module.write_text(code, encoding="utf-8")
    space: dict[str, object] = {"__name__": "faq"}
    exec(compile(code, str(module), "exec"), space)
    source = space["Faq"]
    (tmp_path / "faq.csv").write_text("id,question,answer\n1,What?,That.\n2,Why?,\n", encoding="utf-8")

    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from sourcing_pipeline.config import Window
    from sourcing_pipeline.sources import Source
    from sourcing_pipeline.sources.extract import extract

    assert isinstance(source, type)
    assert issubclass(source, Source)
    read = source.model_validate({"kind": "faq", "path": tmp_path / "faq.csv"})
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
    (batch,) = extract("faq", read, window, frozenset({"LicenseRef-Proprietary"}))
    assert batch.column("drop_reason").to_pylist() == [None, "no_answer"]


@pytest.mark.parametrize("at", range(6))
def test_each_recipe_for_production_logs_is_one(at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sourcing_pipeline.recipe import Recipe

    text = (ROOT / "docs/production-logs.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 6
    monkeypatch.setenv("TICKETS_DB", "postgresql://reader@localhost/desk")
    name = blocks[at].splitlines()[1].strip(" :")
    rest = f"assessment: {{known_sources: [{name}]}}\nmixing: {{when_short: fill}}\n"
    (tmp_path / "recipe.yaml").write_text(blocks[at] + rest, encoding="utf-8")
    assert Recipe.load(tmp_path / "recipe.yaml").sources[name].strategy == "production_logs"


def test_the_campaign_shown_in_the_docs_is_one(tmp_path: Path) -> None:
    from sourcing_pipeline.recipe import Recipe
    from sourcing_pipeline.sources.annotation import Campaign

    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/annotation.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "recipe.yaml").write_text(f"{block}mixing: {{when_short: fill}}\n", encoding="utf-8")
    (source,) = Recipe.load(tmp_path / "recipe.yaml").sources.values()
    assert isinstance(source, Campaign)


def test_the_review_shown_in_the_docs_is_one(tmp_path: Path) -> None:
    from sourcing_pipeline.recipe import Recipe

    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/review.md").read_text("utf-8"), re.DOTALL)
    plain = (ROOT / "recipe.yaml").read_text("utf-8")
    (tmp_path / "recipe.yaml").write_text(plain[: plain.index("review:\n")] + block, encoding="utf-8")
    assert Recipe.load(tmp_path / "recipe.yaml").review.backend.type == "label_studio"
