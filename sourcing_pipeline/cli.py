"""The command line, thin: `sourcing run`, `backfill`, `review`, `trace`, `erase`, `mask`, `evaluate-masking`, …"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from sourcing_pipeline.errors import SourcingError
from sourcing_pipeline.recipe import VARIABLE, Recipe, recipe_path
from sourcing_pipeline.review.questions import CORRECT, Question

app = typer.Typer(
    help="Gather fine-tuning examples into one dataset that can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console()
err = Console(stderr=True)

RecipeOption = Annotated[
    Path | None,
    typer.Option("--recipe", "-r", help=f"The recipe; by default ${VARIABLE}, or recipe.yaml here."),
]


@contextmanager
def _plain_errors() -> Iterator[None]:
    """An error of ours is told in its own words, and the exit status is 1."""
    try:
        yield
    except SourcingError as error:
        err.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(1) from None


@app.command()
def run(
    recipe: RecipeOption = None,
    partition: Annotated[str | None, typer.Option(help="Only this day of the daily sources, YYYY-MM-DD.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day of the daily sources.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day of the daily sources.")] = None,
) -> None:
    """Make everything, check everything and release the dataset.

    Without days, the daily sources are read for every day of the recipe. The exit status is 0 only when every
    blocking check passed.
    """
    if partition and (first or last):
        raise typer.BadParameter("give --partition, or --from and --to, not both")
    with _plain_errors():
        os.environ[VARIABLE] = str(recipe_path(recipe))
        loaded = Recipe.load(recipe)
        days = loaded.days()
        from sourcing_pipeline import launch, report

        with report.progress(err) as on_step:
            outcome = launch.run(
                loaded, partition or first or days[0], partition or last or days[-1], Path.cwd(), on_step
            )
        report.show(outcome, loaded, out)
    raise typer.Exit(0 if outcome.good else 1)


@app.command()
def backfill(
    first: Annotated[str, typer.Option("--from", help="First day of the daily sources, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="Last day of the daily sources.")],
    recipe: RecipeOption = None,
) -> None:
    """Make many days in a handful of runs, then everything that follows from them.

    A call that was interrupted goes on where it was when it is given again. The exit status is 0 only when every
    blocking check passed.
    """
    with _plain_errors():
        os.environ[VARIABLE] = str(recipe_path(recipe))
        loaded = Recipe.load(recipe)
        from sourcing_pipeline import launch, report

        with report.progress(err) as on_step:
            outcome = launch.backfill(loaded, first, last, Path.cwd(), on_step)
        report.show(outcome, loaded, out)
    raise typer.Exit(0 if outcome.good else 1)


@app.command()
def trace(row_id: Annotated[str, typer.Argument(metavar="ID")], recipe: RecipeOption = None) -> None:
    """Follow one row (such as ticket_extracts:123) through every stage."""
    from sourcing_pipeline import report
    from sourcing_pipeline import trace as tracing

    with _plain_errors():
        report.show_trace(row_id, list(tracing.trace(row_id, Recipe.load(recipe))), out)


@app.command()
def erase(
    person_key: Annotated[
        list[str] | None,
        typer.Option(help="An e-mail address, or a source's own key of a person: ticket_extracts:4711."),
    ] = None,
    person_keys: Annotated[Path | None, typer.Option(help="A file of them, one a line.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and change nothing.")] = False,
    recipe: RecipeOption = None,
) -> None:
    """Forget a person: remove every row about them everywhere, keep them from coming back, and write a receipt."""
    with _plain_errors():
        loaded = Recipe.load(recipe)
        from sourcing_pipeline import erasure, launch

        known = erasure.sources(loaded)
        named = erasure.people(person_key, known) if person_key else []
        named += erasure.people_in(person_keys, known) if person_keys else []
        if not named:
            raise typer.BadParameter("give --person-key or --person-keys")
        with launch.open_instance(Path.cwd()) as instance, err.status("finding rows") as status:
            if dry_run:
                erasure.show(erasure.preview(loaded, named, instance, err.print), None, out)
            else:
                receipt, file = erasure.erase(loaded, named, instance, status.update, err.print)
                erasure.show(receipt, file, out)


@app.command()
def review(
    source: Annotated[str | None, typer.Option(help="Only rows of this source.")] = None,
    question: Annotated[Question, typer.Option(help="What is asked.")] = CORRECT,
    reviewer: Annotated[str | None, typer.Option(help="Your name; by default the one you are logged in with.")] = None,
    recipe: RecipeOption = None,
) -> None:
    """Judge rows of the review queue in this terminal, one at a time; stop whenever you like, and go on later."""
    with _plain_errors():
        loaded = Recipe.load(recipe)
        from sourcing_pipeline.review import sitting
        from sourcing_pipeline.storage import Lake

        lake = Lake(loaded.storage.lake, loaded.storage.options)
        sources = sitting.chosen(source, list(loaded.enabled()))
        sitting.review(loaded.review, lake, sources, sitting.seat(question, reviewer, loaded.review), out, err)


@app.command()
def mask(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="JSON Lines, an example a line.")],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="Where the masked lines go; replaced whole.")],
    text_field: Annotated[
        str,
        typer.Option(help="The key of the text, or of a list of texts or messages; dots lead into nested objects."),
    ] = "text",
    recipe: RecipeOption = None,
) -> None:
    """Mask one field of a file as the recipe says; everything else in it stays as it is."""
    with _plain_errors():
        loaded = Recipe.load(recipe)
        from sourcing_pipeline.masking import Masker, show
        from sourcing_pipeline.masking.mask_file import mask_file

        with err.status("loading detectors"):
            masker = Masker.from_recipe(loaded)
        with show.progress(err, "masking") as on_bytes:
            done = mask_file(masker, source, target, text_field, on_bytes)
        show.show_masked(done, target, out)


@app.command("evaluate-masking")
def evaluate_masking(
    labelled: Annotated[
        Path, typer.Argument(metavar="LABELLED.jsonl", help='Lines of {"text": …, "spans": [{start, end, label}]}.')
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and no tables.")] = False,
    misses: Annotated[int, typer.Option(min=0, help="Show at most this many misses, blurred.")] = 20,
    recipe: RecipeOption = None,
) -> None:
    """Hold the recipe's masking against labelled text: what it misses, and what it masks without need."""
    with _plain_errors():
        loaded = Recipe.load(recipe)
        from sourcing_pipeline.masking import Masker, evaluation, show

        rows = list(evaluation.read_labelled(labelled))
        with err.status("loading detectors"):
            masker = Masker.from_recipe(loaded)
        with show.progress(err, "masking") as on_rows:
            found = evaluation.evaluate(rows, evaluation.in_batches(masker, rows, on_rows), misses)
        if as_json:
            typer.echo(json.dumps(found.as_json()))
        else:
            show.show_evaluation(found, out)


@app.command()
def demo(
    into: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("data/demo"),
    recipe: RecipeOption = None,
) -> None:
    """Write the demonstration's inputs anew: invented, the same every time."""
    from sourcing_pipeline.demo import generate
    from sourcing_pipeline.demo.verdicts import simulate

    with _plain_errors():
        with err.status("inventing tickets, questions, annotations and seeds"):
            generate(into)
        with err.status("simulating verdicts from the planted truth"):
            simulate(Recipe.load(recipe), into)
        out.print(f"written to {escape(str(into))}")


@app.command()
def reference(into: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("docs/reference")) -> None:
    """Write the reference pages and the recipe's JSON Schema, for editors, from the code."""
    from sourcing_pipeline.reference import write_reference

    for path in write_reference(into):
        out.print(escape(str(path)))


if __name__ == "__main__":
    app()
