"""What stands in a text instead of a find, in the way that the recipe chooses.

    placeholder   Hi [NAME], it is [NAME].             the method's form
    numbered      Hi [NAME_1], it is [NAME_2].         the same person has the same number within an example
    surrogate     Hi Terri, it is Karl Singh.          made-up values, see `surrogates`
    hash          Hi [NAME:3f9c2a1b], it is [NAME:…].  the same person has the same digits in all examples

Which value was replaced by what is kept nowhere: surrogates and hashes are drawn from the value by a keyed
hash, so the key alone gives the same ones again.
"""

from collections.abc import Sequence

from sourcing_pipeline.masking.config import Mode
from sourcing_pipeline.masking.identity import Identity, identities, spelled
from sourcing_pipeline.masking.keyed import keyed
from sourcing_pipeline.masking.regions import PLACEHOLDER
from sourcing_pipeline.masking.spans import Span

_HASH_DIGITS = 8


def replacements(
    texts: Sequence[str], spans: Sequence[Sequence[Span]], mode: Mode, key: bytes, language: str | None = None
) -> list[list[str]]:
    """What replaces each find of an example, per text.

    `key` and `language` (BCP-47 or None) matter to surrogates, the key also to hashes. Raises ValueError
    for an empty key where it matters: such replacements could be undone by trying values.
    """
    if mode == "placeholder":
        return [[f"[{span.entity}]" for span in found] for found in spans]
    if mode == "numbered":
        return [
            [f"[{span.entity}_{number}]" for span, number in zip(found, row, strict=True)]
            for found, row in zip(spans, _numbers(texts, spans), strict=True)
        ]
    if not key:
        raise ValueError(f"masking mode {mode!r}: expected a key of one byte or more, got an empty one")
    if mode == "hash":
        return [
            [f"[{span.entity}:{_hash(key, span.entity, who)}]" for span, who in zip(found, row, strict=True)]
            for found, row in zip(spans, identities(texts, spans), strict=True)
        ]
    from sourcing_pipeline.masking.surrogates import surrogates

    return surrogates(texts, spans, key, language)


def _numbers(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[list[int]]:
    """The number of each find among those of its entity, from 1, in the order of the example.

    Numbers that the texts already use are passed over, so masking again after an edit never joins two
    people.
    """
    used: dict[str, int] = {}
    for text in texts:
        for match in PLACEHOLDER.finditer(text):
            if ":" not in match[0]:
                used[match[1]] = max(used.get(match[1], 0), int(match[2] or 1))
    given: dict[tuple[str, Identity], int] = {}
    numbered: list[list[int]] = []
    for found, row in zip(spans, identities(texts, spans), strict=True):
        for span, who in zip(found, row, strict=True):
            if (span.entity, who) not in given:
                used[span.entity] = used.get(span.entity, 0) + 1
                given[span.entity, who] = used[span.entity]
        numbered.append([given[span.entity, who] for span, who in zip(found, row, strict=True)])
    return numbered


def _hash(key: bytes, entity: str, who: Identity) -> str:
    return keyed(key, "hash", entity, spelled(who)).hex()[:_HASH_DIGITS]
