from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.recipe import Recipe

Load = Callable[[str], Recipe]
SOURCES = """\
sources:
  annotated_set:
    kind: label_studio
    export: data/export.json
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a recipe with the given text (and one source, when it names none) from outside of its folder."""
    folder, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    def loaded(text: str) -> Recipe:
        file = folder / "recipe.yaml"
        file.write_text(text if "sources:" in text else text + SOURCES, "utf-8")
        return Recipe.load(file)

    return loaded


@pytest.fixture
def refusal(load: Load) -> Callable[[str], str]:
    """The message with which a recipe is refused, from the file's name on."""

    def refused(text: str) -> str:
        with pytest.raises(RecipeError) as caught:
            load(text)
        return str(caught.value).partition("/project/")[2]

    return refused


def test_a_recipe_needs_nothing_but_sources(load: Load) -> None:
    recipe = load("")
    assert list(recipe.enabled()) == ["annotated_set"]
    assert recipe.mixing.shares.by_strategy() == {
        "production_logs": 0.5,
        "public": 0.2,
        "annotated": 0.2,
        "synthetic": 0.1,
    }
    assert (recipe.mixing.size, recipe.mixing.when_short, recipe.mixing.max_synthetic_fraction) == (1000, "fill", 0.2)
    assert (recipe.review.sample_size, recipe.review.max_error_rate) == (100, 0.1)


def test_without_as_of_the_clock_says_now(load: Load) -> None:
    assert abs(load("").now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_paths_start_at_the_folder_of_the_recipe(load: Load, tmp_path: Path) -> None:
    recipe = load("storage: {lake: lake}\nreview: {queue: ../queue}\n")
    assert recipe.storage.lake == str(tmp_path / "project" / "lake")
    assert recipe.review.queue == tmp_path / "queue"
    assert recipe.sources["annotated_set"].model_dump()["export"] == tmp_path / "project" / "data" / "export.json"


def test_default_paths_start_at_the_folder_of_the_recipe(load: Load, tmp_path: Path) -> None:
    recipe, folder = load(""), tmp_path / "project"
    assert recipe.storage.lake == str(folder / "data/lake")
    assert recipe.storage.quarantine == str(folder / "data/quarantine")
    assert recipe.review.queue == folder / "data/review"
    assert recipe.review.verdicts == folder / "data/review/verdicts.jsonl"
    assert recipe.release.folder == folder / "data/releases"


def test_the_environment_names_the_recipe(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load("as_of: 2026-10-31\n")
    monkeypatch.setenv("SOURCING_RECIPE", str(tmp_path / "project" / "recipe.yaml"))
    assert Recipe.load().as_of == date(2026, 10, 31)


def test_the_recipe_in_the_current_folder_is_the_default(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("as_of: 2026-10-31\n")
    monkeypatch.delenv("SOURCING_RECIPE", raising=False)
    monkeypatch.chdir(tmp_path / "project")
    assert Recipe.load().as_of == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mixing:\n  size: 10\n  sise: 10\n", "recipe.yaml, line 3: mixing.sise: there is no such key"),
        ("colour: red\n", "recipe.yaml, line 1: colour: there is no such key"),
        (
            "mixing:\n  shares: {production_logs: 0.9, public: 0.2, annotated: 0.2, synthetic: 0.1}\n",
            "recipe.yaml, line 2: mixing.shares: the shares add up to 1.4; they must add up to 1",
        ),
        ("licenses:\n  - MIT\n  - GPL\n", "recipe.yaml, line 3: licenses.1: 'GPL' is no SPDX licence id"),
        ("timezone: Berlin\n", "recipe.yaml, line 1: timezone: 'Berlin' is no time zone; use a name such as"),
        ("timezone: Europe\n", "recipe.yaml, line 1: timezone: 'Europe' is no time zone; use a name such as"),
        ("timezone: ../../etc/passwd\n", "recipe.yaml, line 1: timezone: "),
        ("as_of: 2026-02-30\n", "recipe.yaml"),
        ("as_of: soon\n", "recipe.yaml, line 1: as_of"),
        ("mixing:\n  size: 0\n", "recipe.yaml, line 2: mixing.size: "),
        ("review:\n", "recipe.yaml, line 1: review: "),
        ("mixing:\n  size: [1\n", "recipe.yaml, line 3, column 8: not YAML: "),
        ("a: 1\n\tb: 2\n", "recipe.yaml, line 2, column 1: not YAML: "),
        ("start: 2030-01-01\nas_of: 2026-10-31\n", "recipe.yaml, line "),
        ("mixing:\n  size: 10\nmixing:\n  size: 20\n", "recipe.yaml, line 3"),
        ("automation: {hour: 24}\n", "recipe.yaml, line 1: automation.hour: "),
        ("release: {name: My Data}\n", "recipe.yaml, line 1: release.name: "),
        ("masking: {patterns: {ORDER: '('}}\n", "recipe.yaml, line 1: masking.patterns: "),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(refusal: Callable[[str], str], text: str, said: str) -> None:
    assert refusal(text).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources: {}\n", "recipe.yaml, line 1: sources: "),
        (SOURCES + "    colour: red\n", "recipe.yaml, line 5: sources.annotated_set.colour: there is no such key"),
        ("sources:\n  one:\n    kind: label_studio\n", "recipe.yaml, line 2: sources.one.export: this key is needed"),
        ("sources:\n  one:\n    export: a.json\n", "recipe.yaml, line 2: sources.one.kind: this key is needed"),
        ("sources:\n  one:\n    kind: excel\n", "recipe.yaml, line 3: sources.one.kind: "),
        (
            "sources:\n  One Set:\n    kind: label_studio\n    export: a\n",
            "recipe.yaml, line 1: sources: 'One Set' is no",
        ),
        (
            "sources:\n  label_studio:\n    kind: label_studio\n    export: a\n    colour: red\n",
            "recipe.yaml, line 5: sources.label_studio.colour: there is no such key",
        ),
        (
            "sources:\n  t:\n    kind: tickets\n    system:\n      type: helpdesk\n      path: a\n      colour: red\n",
            "recipe.yaml, line 7: sources.t.system.colour: there is no such key",
        ),
    ],
)
def test_a_mistake_in_a_source_is_named_with_file_line_and_key(
    refusal: Callable[[str], str], text: str, said: str
) -> None:
    assert refusal(text).startswith(said)


def test_all_mistakes_are_told_at_once(refusal: Callable[[str], str]) -> None:
    said = refusal("timezone: Berlin\nmixing: {size: 0}\n")
    assert "timezone" in said
    assert "mixing.size" in said


@pytest.mark.parametrize("text", ["- a\n", "just words\n", "# nothing\n", ""])
def test_what_is_no_mapping_is_no_recipe(tmp_path: Path, text: str) -> None:
    (tmp_path / "recipe.yaml").write_text(text)
    with pytest.raises(RecipeError, match=r"recipe\.yaml: a recipe is a mapping of keys"):
        Recipe.load(tmp_path / "recipe.yaml")


def test_a_missing_recipe_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none\.yaml: the recipe cannot be read .*--recipe or SOURCING_RECIPE"):
        Recipe.load(tmp_path / "none.yaml")


def test_a_recipe_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"recipe\.yaml: the recipe cannot be read"):
        Recipe.load(tmp_path / "recipe.yaml")


def test_variables_stand_for_the_environment(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIZE", "77")
    monkeypatch.delenv("LAKE", raising=False)
    recipe = load('mixing: {size: "${SIZE}"}\nstorage: {lake: "${LAKE:-s3://bucket/}masked"}\n')
    assert (recipe.mixing.size, recipe.storage.lake) == (77, "s3://bucket/masked")


def test_a_variable_that_is_not_set_is_named(refusal: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKE", raising=False)
    said = refusal("storage: {lake: '${LAKE}'}\n")
    assert said.startswith("recipe.yaml: the environment variable LAKE is not set")


@pytest.mark.parametrize(
    "text",
    [
        "mixing: {size: '${TOKEN}'}\n",
        "review: '${TOKEN}'\n",
        "automation: {owners: {'a': '${TOKEN}'}}\n",
        "as_of: '${TOKEN}'\n",
    ],
)
def test_the_value_of_a_variable_is_not_in_the_message(
    refusal: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    assert "hunter2" not in refusal(text)


@pytest.mark.parametrize(
    ("zone", "day", "end_in_utc"),
    [
        ("UTC", "2026-10-31", datetime(2026, 11, 1, tzinfo=UTC)),
        ("Europe/Berlin", "2026-10-31", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        ("Europe/Berlin", "2026-10-25", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        ("Europe/Berlin", "2026-03-29", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("America/Havana", "2026-03-07", datetime(2026, 3, 8, 5, tzinfo=UTC)),
        ("America/Santiago", "2026-04-04", datetime(2026, 4, 5, 4, tzinfo=UTC)),
    ],
)
def test_a_date_means_the_end_of_that_day_in_the_time_zone(
    load: Load, zone: str, day: str, end_in_utc: datetime
) -> None:
    recipe = load(f"timezone: {zone}\nas_of: {day}\n")
    assert recipe.now().astimezone(UTC) == end_in_utc - timedelta(microseconds=1)
    assert recipe.last_day() == date.fromisoformat(day)
    assert recipe.next_day() == date.fromisoformat(day) + timedelta(days=1)


@pytest.mark.parametrize("as_of", ["2026-10-31", "'2026-10-31'", "${DAY}"])
def test_a_date_is_a_date_however_it_is_written(load: Load, monkeypatch: pytest.MonkeyPatch, as_of: str) -> None:
    monkeypatch.setenv("DAY", "2026-10-31")
    assert load(f"as_of: {as_of}\n").now() == datetime(2026, 11, 1, tzinfo=UTC) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("as_of", "instant", "last_day"),
    [
        ("2026-10-31T12:00:00+02:00", datetime(2026, 10, 31, 10, tzinfo=UTC), date(2026, 10, 30)),
        ("2026-10-31T12:00:00Z", datetime(2026, 10, 31, 12, tzinfo=UTC), date(2026, 10, 30)),
        ("2026-10-31 12:00:00", datetime(2026, 10, 31, 11, tzinfo=UTC), date(2026, 10, 30)),
        ("2026-10-31T00:00:00+01:00", datetime(2026, 10, 30, 23, tzinfo=UTC), date(2026, 10, 30)),
    ],
)
def test_an_instant_is_that_instant(load: Load, as_of: str, instant: datetime, last_day: date) -> None:
    recipe = load(f"timezone: Europe/Berlin\nas_of: {as_of}\n")
    assert recipe.now() == instant
    assert recipe.last_day() == last_day


def test_days_are_every_day_from_start_to_as_of(load: Load) -> None:
    recipe = load("start: 2026-02-27\nas_of: 2026-03-02\n")
    assert recipe.days() == ("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02")


def test_days_start_with_the_year_before_by_default(load: Load) -> None:
    recipe = load("as_of: 2026-12-31\ntimezone: America/New_York\n")
    assert recipe.days()[0] == "2025-01-01"
    assert len(recipe.days()) == 2 * 365


TICKETS = "  logs: {kind: tickets, system: {type: helpdesk, path: a.sqlite}}\n"


def test_annotated_sources_are_the_known_examples_by_default(load: Load) -> None:
    assert load(SOURCES + TICKETS).known_sources() == ("annotated_set",)


def test_the_recipe_may_name_other_known_sources(load: Load) -> None:
    assert load(SOURCES + TICKETS + "assessment: {known_sources: [logs]}\n").known_sources() == ("logs",)


def test_a_file_of_known_examples_is_enough(load: Load) -> None:
    recipe = load("sources:\n" + TICKETS + "assessment: {known_examples: known.txt}\n")
    assert recipe.known_sources() == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources:\n" + TICKETS, "nothing says what the domain is: enable an annotated source"),
        (SOURCES + "assessment: {known_sources: [logs]}\n", "assessment.known_sources names ['logs']"),
        (SOURCES + "    enabled: false\n", "no source is enabled"),
        (SOURCES + "mixing: {when_short: shrink}\n", "no enabled source is of the strategy production_logs"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused(refusal: Callable[[str], str], text: str, said: str) -> None:
    assert said in refusal(text)


def test_sources_that_are_off_are_not_among_the_enabled(load: Load) -> None:
    recipe = load(SOURCES + "  logs: {kind: tickets, enabled: false, system: {type: helpdesk, path: a}}\n")
    assert list(recipe.enabled()) == ["annotated_set"]
    assert recipe.by_strategy("production_logs") == {}
    assert list(recipe.by_strategy("annotated")) == ["annotated_set"]


def test_the_window_has_the_end_of_as_of_and_the_days_asked_for(load: Load) -> None:
    recipe = load("timezone: Europe/Berlin\nas_of: 2026-10-31\n")
    window = recipe.window(("2026-10-30",))
    assert (window.as_of, window.timezone.key, window.days) == (recipe.now(), "Europe/Berlin", ("2026-10-30",))


def test_every_field_of_the_recipe_has_a_description() -> None:
    schema = Recipe.model_json_schema()
    models: dict[str, Any] = {"Recipe": schema, **schema["$defs"]}
    bare = [
        f"{model}.{name}"
        for model, said in models.items()
        for name, field in said.get("properties", {}).items()
        if not (
            field.get("description") or models.get(str(field.get("$ref")).rpartition("/")[2], {}).get("description")
        )
    ]
    assert bare == []


def test_every_model_of_the_recipe_refuses_unknown_keys() -> None:
    models: dict[str, Any] = Recipe.model_json_schema()["$defs"]
    loose = [name for name, said in models.items() if "properties" in said and said.get("additionalProperties", True)]
    assert loose == []


SQL = """
  sql_tickets:
    kind: tickets
    system: {{type: sql, url: "{url}", query: SELECT 1 AS id}}
"""


def test_a_password_in_the_recipe_is_refused_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("sources:" + SQL.format(url="postgresql://me:hunter2@localhost/desk"), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        Recipe.load(path)
    assert "line 4: a password stands here" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_password_from_the_environment_is_taken_and_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_PASSWORD", "hunter2")
    path = tmp_path / "recipe.yaml"
    known = "\nassessment: {known_sources: [sql_tickets]}\nmixing: {when_short: fill}\n"
    url = "postgresql://me:${DESK_PASSWORD}@localhost/desk"
    path.write_text("sources:" + SQL.format(url=url) + known, encoding="utf-8")
    recipe = Recipe.load(path)
    assert "hunter2" not in str(recipe) + str(recipe.as_written) + recipe.model_dump_json()


def test_a_secret_where_the_name_of_a_variable_belongs_is_refused_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "sources:\n  prs:\n    kind: pull_requests\n"
        "    system: {type: github, repositories: [a/b], token_variable: ghp_hunter2}\n",
        encoding="utf-8",
    )
    with pytest.raises(RecipeError, match="never the secret itself") as caught:
        Recipe.load(path)
    assert "hunter2" not in str(caught.value)
