"""The proof of the masker, every run: planted personal data goes through it and must not be readable after."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sourcing_pipeline.config import PROSE, MaskingProfile
from sourcing_pipeline.findings import Finding
from sourcing_pipeline.masking.canaries import Leak, Planted, canaries, readable
from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.masker import Masker

_MOST_ROWS = 5


class Tally(NamedTuple):
    """How many values were planted, and how many of them came back masked."""

    planted: int
    masked: int

    @property
    def recall(self) -> float:
        """The share that was masked, in [0, 1]; 1 where nothing was planted."""
        return self.masked / self.planted if self.planted else 1.0


Tallies = Mapping[tuple[str, str], Tally]
"""By placeholder and language, sorted by placeholder."""


class Proof(NamedTuple):
    """What a run's canaries say: the finding for the check, and the counts behind it."""

    finding: Finding
    tallies: Tallies


def proof(masker: Masker, config: Masking, source: str, seed: str, profile: MaskingProfile = PROSE) -> Proof:
    """Whether of the values planted by `seed` enough come out of `masker` unreadable: of each kind of personal data
    that applies to the source, at least the share `config.min_canary_recall`, and every row.
    """
    made = canaries(source, seed, config.languages, entities=config.entities, profile=profile)
    masked = masker.mask_batch(made.batch)
    leaks = readable(masked, made.planted)
    tallies = tallied(made.planted, leaks, masked.column("id").to_pylist())
    gone = made.batch.num_rows - masked.num_rows
    return Proof(_finding(source, config.min_canary_recall, tallies, leaks, made.batch.num_rows, gone), tallies)


def tallied(
    planted: Iterable[Planted], leaks: Iterable[Leak], returned: Collection[str]
) -> dict[tuple[str, str], Tally]:
    """By placeholder and language how many values were planted and how many were masked: those of the rows `returned`
    that did not leak.
    """
    planted = list(planted)
    language, back = {value.id: value.language for value in planted}, set(returned)
    all_of = Counter((value.entity, value.language) for value in planted)
    lost = Counter((value.entity, value.language) for value in planted if value.id not in back)
    lost.update((leak.entity, language[leak.id]) for leak in leaks)
    places = {code: place for place, code in enumerate(dict.fromkeys(language.values()))}
    order = sorted(all_of, key=lambda key: (key[0], places[key[1]]))
    return {key: Tally(all_of[key], all_of[key] - lost[key]) for key in order}


def by_entity(tallies: Tallies) -> dict[str, Tally]:
    """The tallies of each placeholder over all languages."""
    return _summed((entity, tally) for (entity, _), tally in tallies.items())


def by_language(tallies: Tallies) -> dict[str, Tally]:
    """The tallies of each language over all placeholders."""
    return _summed((language, tally) for (_, language), tally in tallies.items())


def table(tallies: Tallies) -> str:
    """The tallies as Markdown: a row for each placeholder, a column for each language, masked of planted."""
    languages, entities = by_language(tallies), by_entity(tallies)
    lines = [f"| | {' | '.join([*languages, 'all', 'recall'])} |", "|---" * (len(languages) + 3) + "|"]
    for entity, whole in entities.items():
        cells = [_of(tallies.get((entity, language), Tally(0, 0))) for language in languages]
        lines.append(f"| {entity} | {' | '.join([*cells, _of(whole), f'{whole.recall:.1%}'])} |")
    return "\n".join(lines)


def _summed(tallies: Iterable[tuple[str, Tally]]) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for key, tally in tallies:
        before = found.get(key, Tally(0, 0))
        found[key] = Tally(before.planted + tally.planted, before.masked + tally.masked)
    return found


def _finding(source: str, floor: float, tallies: Tallies, leaks: list[Leak], rows: int, gone: int) -> Finding:
    entities = by_entity(tallies)
    planted, masked = (sum(tally[at] for tally in entities.values()) for at in (0, 1))
    fallen = [entity for entity, tally in entities.items() if tally.recall < floor]
    facts = {
        "planted": planted,
        "readable": len(leaks),
        "rows": rows,
        "floor": floor,
        **{f"canary_recall_{entity}": tally.recall for entity, tally in entities.items()},
        **{f"readable_{entity}": count for entity, count in sorted(Counter(leak.entity for leak in leaks).items())},
        **{f"missed_{entity}_{at}": tally.planted - tally.masked for (entity, at), tally in _short(tallies).items()},
    }
    if not fallen and not gone:
        message = f"all {planted} planted values in {rows} rows were masked"
        if leaks:
            message = (
                f"{masked} of {planted} planted values in {rows} rows were masked; none of their kinds is under the "
                f"floor of {floor:.1%}: {_told(tallies, [entity for entity, _ in _short(tallies)])}"
            )
        return Finding(True, message, facts=facts)
    under = f"under the floor of {floor:.1%}: {_told(tallies, fallen)}. " if fallen else ""
    missing = f"{gone} of {rows} planted rows did not come back. " if gone else ""
    ids = list(dict.fromkeys(leak.id for leak in leaks if leak.entity in fallen))[:_MOST_ROWS]
    listed = f"Rows: {', '.join(ids)}. " if ids else ""
    return Finding(
        False,
        f"{source}: {len(leaks)} of {planted} planted values are readable after masking; {under}{missing}{listed}"
        "Nothing may leave quarantine until the masker is mended. Look first at what changed since the last run that "
        "passed: masking.min_score, masking.allow and masking.language_model in the recipe, then the packages of the "
        "models; `python -m benchmarks languages` shows what each language usually reaches. If less is meant to be "
        "masked, say so in masking.min_canary_recall",
        facts=facts,
    )


def _short(tallies: Tallies) -> dict[tuple[str, str], Tally]:
    return {key: tally for key, tally in tallies.items() if tally.masked < tally.planted}


def _told(tallies: Tallies, entities: Collection[str]) -> str:
    """Each of the placeholders with its recall and the languages that fall short."""
    whole = by_entity(tallies)
    return "; ".join(
        f"{entity} {whole[entity].recall:.1%} ({_of(whole[entity])}; "
        f"{', '.join(f'{language} {_of(tally)}' for (of, language), tally in _short(tallies).items() if of == entity)})"
        for entity in sorted(set(entities))
    )


def _of(tally: Tally) -> str:
    return f"{tally.masked} of {tally.planted}"
