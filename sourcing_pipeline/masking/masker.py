"""The masking stage: personal data in examples replaced by placeholders.

    masker = Masker.from_recipe(Recipe.load())
    masker.mask(["Hi Maria, call me at +49 30 1234567."])[0].text   # "Hi [NAME], call me at [PHONE]."

The models read the texts once. The rules read them again, with what was found replaced, as long as a longer find took a
part of another's place, so that no rest of a find stays. The result of an example depends on its own texts and the
recipe: detectors see one paragraph or text at a time, and batches and the cache only save time.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from sourcing_pipeline.config import PROSE, MaskingProfile
from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.masking.answers import answers
from sourcing_pipeline.masking.config import ENTITIES, Masking, Mode
from sourcing_pipeline.masking.detection import Detection
from sourcing_pipeline.masking.regions import (
    code_parts,
    code_regions,
    may_hold_code,
    placeholder_regions,
    sure_code,
    touches,
)
from sourcing_pipeline.masking.spans import MaskedText, Rendering, Span, settle
from sourcing_pipeline.rows import MASKED, MESSAGES, outcomes

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

MASKING_VERSION = "3"
"""Raised by every change to what is found or how it is replaced."""
_PROVED_BY = {"languages", "min_canary_recall"}
"""Keys of the recipe that say how masking is proved, not how it is done."""


class HasProfile(Protocol):
    """A source, as far as masking is concerned."""

    @property
    def masking(self) -> MaskingProfile:
        """Its key `masking:`."""


class HasMasking(Protocol):
    """A recipe, as far as masking is concerned."""

    @property
    def masking(self) -> Masking:
        """Its section `masking:`."""

    @property
    def sources(self) -> Mapping[str, HasProfile]:
        """Its sources by name."""


class Masker:
    """Finds personal data by the detectors of a recipe and replaces it; safe to share between threads."""

    def __init__(
        self, config: Masking, recognizers: "Sequence[EntityRecognizer]", profile: MaskingProfile = PROSE
    ) -> None:
        own = tuple(label for label in (*config.patterns, *config.words) if label not in ENTITIES)
        recipe = config.model_dump_json(exclude=_PROVED_BY)
        self._config = config
        self._key = _key(config)
        self._detection = Detection(recognizers, recipe)
        self._announced = _names(one for one in recognizers if getattr(one, "announced_in_code", False))
        self._models = _names(one for one in recognizers if not getattr(one, "by_rules", True))
        self._order = {entity: place for place, entity in enumerate((*ENTITIES, *own))}
        self._wanted = frozenset((*profile.applying(config.entities), *own))
        self._in_code = None if profile.in_code is None else frozenset((*profile.in_code, *own))
        self._allowed = frozenset(value.casefold() for value in config.allow)
        self._allowed_words = frozenset(word for value in self._allowed for word in value.split())
        told = recipe + profile.model_dump_json()
        self.version = f"{MASKING_VERSION}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
        """`MASKING_VERSION` and a fingerprint of what the recipe says: what `masking_version` says of each row."""

    @classmethod
    def from_recipe(cls, recipe: HasMasking, source: str | None = None) -> "Masker":
        """The masker of a recipe, by the profile of one of its sources, or of none; see `from_config`."""
        return cls.from_config(recipe.masking, PROSE if source is None else recipe.sources[source].masking)

    @classmethod
    def from_config(cls, config: Masking, profile: MaskingProfile = PROSE) -> "Masker":
        """A masker with every detector of the recipe; loads the language model once per process.

        Raises RecipeError when the language model is not installed, or when the mode needs a key and has none.
        """
        from sourcing_pipeline.masking import recognizers

        return cls(config, recognizers.load(config), profile)

    def mask(self, texts: Sequence[str]) -> list[MaskedText]:
        """Each text masked as an example of its own, in order."""
        return [masked for (masked,) in self.mask_examples([[text] for text in texts])]

    def mask_examples(
        self, examples: Sequence[Sequence[str]], languages: Sequence[str | None] | None = None
    ) -> list[list[MaskedText]]:
        """The texts of each example masked, a person having the same replacement in all texts of an example.

        `languages` (BCP-47 or None for each example) say in which language surrogates are made up. Raises
        MaskingError, naming the detector and never the text, when a detector fails.
        """
        work = [_Example(texts, self._wanted, self._config.mode, self._key, self._in_code) for texts in examples]
        seen: dict[str, list[Span]] = {}
        pending = work
        while pending:
            unseen = dict.fromkeys(r.text for example in pending for r in example.renderings if r.text not in seen)
            seen.update(self._detect(list(unseen), again=bool(seen)))
            pending = [example for example in pending if example.add(seen, self._order, self._admits)]
        languages = languages or [None] * len(work)
        return [example.masked(language) for example, language in zip(work, languages, strict=True)]

    def mask_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Columns in: RAW or `outcomes(RAW)`; out: `outcomes(MASKED)`, the same rows in the same order.

        `messages` is masked; `masked_entities` counts what was replaced by entity, sorted by name;
        `masking_version` is `self.version`. Both are null for rows that were dropped. `content_hash` stays
        that of the messages as extracted; `attribution` is a legal credit and stays; `meta` holds ids and
        numbers only and stays.
        """
        turns = batch.column("messages").to_pylist()
        examples = [[turn["content"] or "" for turn in row or ()] for row in turns]
        masked = self.mask_examples(examples, batch.column("language").to_pylist())
        messages = [
            None
            if row is None
            else [{"role": turn["role"], "content": new.text} for turn, new in zip(row, texts, strict=True)]
            for row, texts in zip(turns, masked, strict=True)
        ]
        counts = [
            None if row is None else _counts(span for text in texts for span in text.spans)
            for row, texts in zip(turns, masked, strict=True)
        ]
        versions = [None if row is None else self.version for row in turns]
        given = {name: batch.column(name) for name in batch.schema.names} | {"messages": pa.array(messages, MESSAGES)}
        columns = []
        for field in outcomes(MASKED):
            if field.name == "masked_entities":
                columns.append(pa.array(counts, field.type))
            elif field.name == "masking_version":
                columns.append(pa.array(versions, field.type))
            elif field.name in given:
                columns.append(given[field.name].cast(field.type))
            else:
                columns.append(pa.nulls(batch.num_rows, field.type))
        return pa.RecordBatch.from_arrays(columns, schema=outcomes(MASKED))

    def _detect(self, texts: list[str], again: bool) -> dict[str, list[Span]]:
        found = {}
        for text, spans in self._detection.find(texts, again).items():
            wanted = [
                span
                for span in spans
                if span.entity in self._wanted
                and span.score >= self._config.min_score
                and self._admits(text[span.start : span.end], span.entity)
            ]
            found[text] = self._outside_code(text, wanted)
        return found

    def _outside_code(self, text: str, spans: list[Span]) -> list[Span]:
        """The finds without those that are not believed where they stand: in code, where models see names anywhere."""
        if all(self._fits_code(span) for span in spans):
            return spans
        if self._in_code is None:
            to_rules = code_regions(text)
            to_models = sure_code(text) if may_hold_code(text) else to_rules
        else:
            to_rules = to_models = code_parts(text)

        def in_code(span: Span) -> bool:
            return touches(span.start, span.end, to_models if span.recognizer in self._models else to_rules)

        return [span for span in spans if self._fits_code(span) or not in_code(span)]

    def _fits_code(self, span: Span) -> bool:
        announced = span.entity != "NAME" or span.recognizer in self._announced
        return announced and (self._in_code is None or span.entity in self._in_code)

    def _admits(self, value: str, entity: str) -> bool:
        folded = value.casefold()
        if folded in self._allowed:
            return False
        return entity != "NAME" or not self._allowed_words or not self._allowed_words.issuperset(folded.split())


class _Example:
    """The texts of one example and what was found in them so far, by their place in the originals."""

    def __init__(
        self, texts: Sequence[str], wanted: frozenset[str], mode: Mode, key: bytes, in_code: frozenset[str] | None
    ) -> None:
        self._texts = list(texts)
        self._in_code = in_code
        self._code = [code_parts(text) if in_code is not None else [] for text in texts]
        self._wanted = wanted
        self._mode: Mode = mode
        self._key = key
        self._protected = [placeholder_regions(text, ENTITIES + tuple(wanted)) for text in texts]
        self._spans: list[list[Span]] = [[] for _ in texts]
        self.renderings = [Rendering(text, (), ()) for text in texts]

    def add(self, seen: "dict[str, list[Span]]", order: dict[str, int], admits: Callable[[str, str], bool]) -> bool:
        """Take up what was found in the renderings; True when they must be read again, since something that was found
        could not be masked whole: a longer find took a part of its place.
        """
        from sourcing_pipeline.masking import identity

        new: list[list[Span]] = []
        cut = False
        for rendering, spans, protected in zip(self.renderings, self._spans, self._protected, strict=True):
            original = []
            for span in seen[rendering.text]:
                place = rendering.origin(span.start, span.end)
                if place is not None:
                    original.append(span._replace(start=place[0], end=place[1]))
            taken = sorted([*protected, *((span.start, span.end) for span in spans)])
            standing = settle(original, taken, order)
            cut = cut or any(
                not any(one.start <= span.start and span.end <= one.end for one in standing) for span in original
            )
            new.append(standing)
        answered = self._fitting(answers(self._texts), admits)
        if not any(new) and not any(answered):
            return False
        self._merge(new, order)
        self._merge(answered, order)
        self._merge(self._fitting(identity.repeats(self._texts, self._spans), admits), order)
        self.renderings = self._rendered("placeholder" if self._mode == "surrogate" else self._mode, None)
        return cut

    def _fitting(self, found: Iterable[tuple[int, Span]], admits: Callable[[str, str], bool]) -> list[list[Span]]:
        """Of the finds by index of their text those that are wanted where they stand, per text."""
        fitting: list[list[Span]] = [[] for _ in self._texts]
        for index, span in found:
            value = self._texts[index][span.start : span.end]
            if span.entity in self._wanted and admits(value, span.entity) and self._fits_code(index, span, value):
                fitting[index].append(span)
        return fitting

    def _fits_code(self, index: int, span: Span, value: str) -> bool:
        """Whether a repeated value may be masked where it stands: in code, one word of a name may be an identifier."""
        if self._in_code is None or not touches(span.start, span.end, self._code[index]):
            return True
        written_as_name = len(value.split()) > 1 and all(word[0].isupper() for word in value.split())
        return span.entity in self._in_code and (span.entity != "NAME" or written_as_name)

    def _rendered(self, mode: Mode, language: str | None) -> list[Rendering]:
        from sourcing_pipeline.masking.replacement import replacements

        new = replacements(self._texts, self._spans, mode, self._key, language)
        return [Rendering(*parts) for parts in zip(self._texts, self._spans, new, strict=True)]

    def _merge(self, new: list[list[Span]], order: dict[str, int]) -> None:
        for index, spans in enumerate(new):
            taken = sorted([*self._protected[index], *((span.start, span.end) for span in self._spans[index])])
            self._spans[index] = sorted([*self._spans[index], *settle(spans, taken, order)])

    def masked(self, language: str | None) -> list[MaskedText]:
        rendered = self._rendered("surrogate", language) if self._mode == "surrogate" else self.renderings
        return [
            MaskedText(rendering.text, tuple(spans)) for rendering, spans in zip(rendered, self._spans, strict=True)
        ]


def _names(recognizers: "Iterable[EntityRecognizer]") -> frozenset[str]:
    return frozenset(str(recognizer.name) for recognizer in recognizers)  # type: ignore[has-type]


def _key(config: Masking) -> bytes:
    key = os.environ.get(config.key_env, "").encode()
    if not key and config.mode in ("surrogate", "hash"):
        raise RecipeError(
            f"masking.mode: {config.mode!r} draws from a secret key; set the environment variable {config.key_env} "
            "(a long random text, such as `openssl rand -hex 32` prints), and keep it"
        )
    return key


def _counts(spans: Iterable[Span]) -> list[dict[str, object]]:
    scores: dict[str, list[float]] = {}
    for span in spans:
        scores.setdefault(span.entity, []).append(span.score)
    return [{"entity": entity, "count": len(found), "score": min(found)} for entity, found in sorted(scores.items())]
