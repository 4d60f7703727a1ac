"""The masking stage: personal data in examples replaced by placeholders.

    masker = Masker.from_recipe(Recipe.load())
    masker.mask(["Hi Maria, call me at +49 30 1234567."])[0].text   # "Hi [NAME], call me at [PHONE]."

Finding and replacing is repeated until nothing more is found, so masking masked text changes nothing (surrogates,
which look like what they replace, aside). The result of an example depends on its own texts and the recipe: detectors
see one text at a time, and batches only save time.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from sourcing_pipeline.errors import MaskingError, RecipeError
from sourcing_pipeline.masking.config import ENTITIES, Masking, Mode
from sourcing_pipeline.masking.regions import code_regions, placeholder_regions, touches
from sourcing_pipeline.masking.spans import MaskedText, Rendering, Span, settle
from sourcing_pipeline.rows import MASKED, MESSAGES, outcomes

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

MASKING_VERSION = "2"
"""Raised by every change to what is found or how it is replaced."""


class HasMasking(Protocol):
    """A recipe, as far as masking is concerned."""

    @property
    def masking(self) -> Masking:
        """Its section `masking:`."""


class Masker:
    """Finds personal data by the detectors of a recipe and replaces it; safe to share between threads."""

    def __init__(self, config: Masking, recognizers: "Sequence[EntityRecognizer]") -> None:
        self._config = config
        self._key = _key(config)
        self._recognizers = tuple(recognizers)
        self._order = {entity: place for place, entity in enumerate((*ENTITIES, *config.patterns))}
        self._wanted = frozenset((*config.entities, *config.patterns))
        self._allowed = frozenset(value.casefold() for value in config.allow)
        self._allowed_words = frozenset(word for value in self._allowed for word in value.split())
        self.version = f"{MASKING_VERSION}-{hashlib.sha256(config.model_dump_json().encode()).hexdigest()[:8]}"
        """`MASKING_VERSION` and a fingerprint of the recipe's section: what `masking_version` says of each
        row.
        """

    @classmethod
    def from_recipe(cls, recipe: HasMasking) -> "Masker":
        """The masker of a recipe, see `from_config`."""
        return cls.from_config(recipe.masking)

    @classmethod
    def from_config(cls, config: Masking) -> "Masker":
        """A masker with every detector of the recipe; loads the language model once per process.

        Raises RecipeError when the language model is not installed, or when the mode needs a key and has none.
        """
        from sourcing_pipeline.masking import recognizers

        return cls(config, recognizers.load(config))

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
        work = [_Example(texts, self._wanted, self._config.mode, self._key) for texts in examples]
        seen: dict[str, list[Span]] = {}
        pending = work
        while pending:
            unseen = dict.fromkeys(r.text for example in pending for r in example.renderings if r.text not in seen)
            seen.update(self._detect(list(unseen)))
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
            None if row is None else _counts(span.entity for text in texts for span in text.spans)
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

    def _detect(self, texts: list[str]) -> dict[str, list[Span]]:
        found: dict[str, list[Span]] = {text: [] for text in texts}
        code = {text: code_regions(text) for text in texts}
        running = [_threads().submit(_analyze, recognizer, texts) for recognizer in self._recognizers]
        for recognizer, finding in zip(self._recognizers, running, strict=True):
            name = str(recognizer.name)  # type: ignore[has-type]
            try:
                results = finding.result()
            except Exception as error:
                # The cause is cut off: its message or its frames may hold the text.
                raise MaskingError(f"masking: detector {name} failed with {type(error).__name__}") from None
            for text, hits in zip(texts, results, strict=True):
                for start, end, entity, score in hits:
                    if (
                        entity in self._wanted
                        and score >= self._config.min_score
                        and not (entity == "NAME" and touches(start, end, code[text]))
                        and self._admits(text[start:end], entity)
                    ):
                        found[text].append(Span(start, end, entity, float(score), name))
        return found

    def _admits(self, value: str, entity: str) -> bool:
        folded = value.casefold()
        if folded in self._allowed:
            return False
        return entity != "NAME" or not self._allowed_words or not self._allowed_words.issuperset(folded.split())


class _Example:
    """The texts of one example and what was found in them so far, by their place in the originals."""

    def __init__(self, texts: Sequence[str], wanted: frozenset[str], mode: Mode, key: bytes) -> None:
        self._texts = list(texts)
        self._wanted = wanted
        self._mode: Mode = mode
        self._key = key
        self._protected = [placeholder_regions(text, ENTITIES + tuple(wanted)) for text in texts]
        self._spans: list[list[Span]] = [[] for _ in texts]
        self.renderings = [Rendering(text, (), ()) for text in texts]

    def add(self, seen: "dict[str, list[Span]]", order: dict[str, int], admits: Callable[[str, str], bool]) -> bool:
        """Take up what was found in the renderings; True when there was something new."""
        from sourcing_pipeline.masking import identity

        new: list[list[Span]] = []
        for rendering, spans, protected in zip(self.renderings, self._spans, self._protected, strict=True):
            original = []
            for span in seen[rendering.text]:
                place = rendering.origin(span.start, span.end)
                if place is not None:
                    original.append(span._replace(start=place[0], end=place[1]))
            taken = sorted([*protected, *((span.start, span.end) for span in spans)])
            new.append(settle(original, taken, order))
        if not any(new):
            return False
        self._merge(new, order)
        again: list[list[Span]] = [[] for _ in self._texts]
        for index, span in identity.repeats(self._texts, self._spans):
            if span.entity in self._wanted and admits(self._texts[index][span.start : span.end], span.entity):
                again[index].append(span)
        self._merge(again, order)
        self.renderings = self._rendered("placeholder" if self._mode == "surrogate" else self._mode, None)
        return True

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


def _key(config: Masking) -> bytes:
    key = os.environ.get(config.key_env, "").encode()
    if not key and config.mode in ("surrogate", "hash"):
        raise RecipeError(
            f"masking.mode: {config.mode!r} draws from a secret key; set the environment variable {config.key_env} "
            "(a long random text, such as `openssl rand -hex 32` prints), and keep it"
        )
    return key


@cache
def _threads() -> ThreadPoolExecutor:
    """Detectors by rules run while the models, which free the interpreter's lock, read."""
    return ThreadPoolExecutor(2, thread_name_prefix="masking")


def _analyze(recognizer: "EntityRecognizer", texts: list[str]) -> "list[list[tuple[int, int, str, float]]]":
    """The finds of each text: by the batch where the recognizer can, else by presidio's call."""
    batched = getattr(recognizer, "analyze_batch", None)
    if batched is not None:
        return [[tuple(hit) for hit in hits] for hits in batched(texts)]
    return [
        [(found.start, found.end, found.entity_type, found.score) for found in recognizer.analyze(text, [], None)]  # type: ignore[arg-type]
        for text in texts
    ]


def _counts(entities: Iterable[str]) -> list[dict[str, object]]:
    return [{"entity": entity, "count": count} for entity, count in sorted(Counter(entities).items())]
