"""What the nightly canaries say over many runs: how much of the planted personal data is masked, by language and kind,
and what the check makes of a healthy masker and of one that lacks a detector.

Every run plants other values. A value counts as masked as it does in the check: when nothing of it can be read, of a
name no word. Intervals are 95 % (Clopper and Pearson); they take values as independent, while those of one row depend
on each other.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from benchmarks.table import machine, show
from sourcing_pipeline.intervals import exact
from sourcing_pipeline.masking import Masker, Masking, recognizers
from sourcing_pipeline.masking.languages import LANGUAGES
from sourcing_pipeline.masking.proof import Proof, Tallies, Tally, by_entity, by_language, proof

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

BROKEN_RUNS = 3
"""So many runs without each detector."""


def main(runs: int = 50) -> None:
    """Measure `runs` nights and print the tables as Markdown."""
    config = Masking()
    detectors = recognizers.load(config)
    nights = _nights(config, detectors, runs, "run")
    tallies = _summed([night.tallies for night in nights])
    print("## Languages\n")
    print(f"{runs} runs, {sum(tally.planted for tally in tallies.values()):,} planted values; {machine()}.\n")
    columns = ("planted value", *LANGUAGES, "all", "95 % interval")
    note = "Masked of the planted values, in percent; in brackets how many there were."
    show("Recall by kind and language", columns, _by_kind(tallies), note)
    print("### The check on a healthy masker\n")
    failed = sum(not night.finding.passed for night in nights)
    low, high = exact(failed, runs)
    worst = min(tally.recall for night in nights for tally in by_entity(night.tallies).values())
    print(
        f"{failed} of {runs} runs under the floor of {config.min_canary_recall:.0%} (95 % interval {low:.1%} to "
        f"{high:.1%}); the lowest recall of a kind in one run was {worst:.1%}.\n"
    )
    columns = ("without", "most hurt", "its recall", "runs that fail")
    show("The check on a masker that lacks a detector", columns, _broken(config, detectors))


def _nights(config: Masking, detectors: "Sequence[EntityRecognizer]", runs: int, seed: str) -> list[Proof]:
    """One proof a run. Values differ by `seed`, so that no paragraph is known from a masker with other detectors."""
    masker = Masker(config, detectors)
    return [proof(masker, config, "benchmark", f"{seed} {run}") for run in range(runs)]


def _summed(nights: Sequence[Tallies]) -> Tallies:
    return {
        key: Tally(sum(night[key].planted for night in nights), sum(night[key].masked for night in nights))
        for key in nights[0]
    }


def _by_kind(tallies: Tallies) -> Iterator[tuple[str, ...]]:
    for entity, whole in by_entity(tallies).items():
        yield _line(entity, [tallies[entity, language] for language in LANGUAGES], whole)
    languages = by_language(tallies)
    whole = Tally(*(sum(tally[at] for tally in languages.values()) for at in (0, 1)))
    yield _line("all", [languages[language] for language in LANGUAGES], whole)


def _line(entity: str, cells: Sequence[Tally], whole: Tally) -> tuple[str, ...]:
    low, high = exact(whole.masked, whole.planted)
    told = (f"{100 * cell.recall:.1f} ({cell.planted:,})" for cell in (*cells, whole))
    return entity, *told, f"{100 * low:.2f} to {100 * high:.2f}"


def _broken(config: Masking, detectors: "Sequence[EntityRecognizer]") -> Iterator[tuple[str, ...]]:
    for left_out in detectors:
        others = [detector for detector in detectors if detector is not left_out]
        nights = _nights(config, others, BROKEN_RUNS, f"without {left_out.name}")
        entities = by_entity(_summed([night.tallies for night in nights]))
        entity = min(entities, key=lambda name: entities[name].recall)
        failed = sum(not night.finding.passed for night in nights)
        yield left_out.name, entity, f"{entities[entity].recall:.1%}", f"{failed} of {BROKEN_RUNS}"


if __name__ == "__main__":
    main()
