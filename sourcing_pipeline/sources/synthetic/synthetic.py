"""The `synthetic` source: a file of seeds and a generator."""

import os
from collections.abc import Iterator
from typing import ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from sourcing_pipeline.config import Config, RecipePath, Window
from sourcing_pipeline.errors import RecipeError
from sourcing_pipeline.licenses import PROPRIETARY, License
from sourcing_pipeline.rows import Drop, Example, Message, Strategy, batches
from sourcing_pipeline.sources.json_files import Record, read_lines
from sourcing_pipeline.sources.records import UnreadableError, native_key, text
from sourcing_pipeline.sources.source import Source
from sourcing_pipeline.sources.synthetic.generator import Generated, Generator, Refused, Seed

KEY = "ANTHROPIC_API_KEY"
MODEL = "claude-sonnet-5-5"


class Price(Config):
    """What a model costs, in US dollars per million tokens."""

    input_usd: float = Field(ge=0)
    """Price of a million input tokens."""
    output_usd: float = Field(ge=0)
    """Price of a million output tokens, thinking included."""


PRICES = {
    "claude-sonnet-5-5": Price(input_usd=2.0, output_usd=10.0),
    "claude-sonnet-5": Price(input_usd=2.0, output_usd=10.0),
    "claude-sonnet-4-6": Price(input_usd=3.0, output_usd=15.0),
    "claude-haiku-4-5": Price(input_usd=1.0, output_usd=5.0),
}


class GeneratorConfig(Config):
    """Who writes the variations."""

    type: Literal["auto", "anthropic", "template"] = "auto"
    """`anthropic` asks a model, `template` needs no key, `auto` asks the model when ANTHROPIC_API_KEY
    is set."""
    model: str = MODEL
    """The model that is asked."""
    max_cost_usd: float = Field(default=5.0, ge=0)
    """Most that one run may cost; a request that could pass it is not sent, and its variations are
    dropped."""
    max_tokens: int = Field(default=8192, ge=256, le=16384)
    """Longest answer to one request, in tokens, thinking included."""
    max_retries: int = Field(default=4, ge=0, le=10)
    """How often the SDK repeats a request that was limited, overloaded or cut."""
    timeout_seconds: float = Field(default=300.0, gt=0)
    """How long one request may take."""
    prices: dict[str, Price] = Field(default_factory=lambda: dict(PRICES))
    """Price table by model, as published in autumn 2026; the model that is asked must be in it."""

    def resolved(self) -> Literal["anthropic", "template"]:
        """The generator that `auto` stands for in this environment."""
        if self.type == "auto":
            return "anthropic" if os.environ.get(KEY) else "template"
        return self.type


class Synthetic(Source):
    """Variations of seed examples. Without an API key they come from templates and say so.

    A record is one variation: `variations_per_seed` of them for each seed, kept, or dropped as
    refused_by_model when the model gave no usable text, or as over_budget when the cost cap was reached. Seeds are
    JSON Lines with id, topic, instruction and response; a seed that cannot be read is one unparsable record under
    its line.
    `quality_score` is null: nobody has judged the rows yet.
    """

    strategy: ClassVar[Strategy] = "synthetic"
    pool: ClassVar[str | None] = "anthropic"

    kind: Literal["synthetic"] = "synthetic"
    """Which reader this is."""
    seeds: RecipePath
    """JSON Lines file of seeds: id, topic, instruction, response."""
    generator: GeneratorConfig = GeneratorConfig()
    """Who writes the variations, and its limits."""
    variations_per_seed: int = Field(default=3, ge=1, le=12)
    """How many variations are made of each seed."""
    license: License = PROPRIETARY
    """The licence of the variations: an SPDX id or `LicenseRef-…`."""

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:
        """Outcome batches, `variations_per_seed` outcomes a seed; ids are `<name>:<seed id>-<number>`.

        `created_at` is `window.as_of`; tags are the topic and, for templates, `template`; `meta` holds
        generator, seed_id, topic, variation and, when a model wrote it, model. Raises InputError for the file
        and the vendor, RecipeError for a missing key or price, TryAgain when the vendor is overloaded.
        """
        return batches(self._outcomes(name, window))

    def notice(self) -> str | None:
        """What the data card must say of rows that nobody wrote."""
        if self.generator.resolved() == "template":
            return (
                "These rows were made from templates around seed examples, not by a language model and not "
                "by a person; they repeat their seeds' content in other words and are tagged `template`."
            )
        return f"These rows were written by {self.generator.model} (Anthropic) as variations of seed examples."

    def _outcomes(self, name: str, window: Window) -> Iterator[Example | Drop]:
        records = read_lines(name, self.seeds, "one seed a line with id, topic, instruction and response")
        generator: Generator | None = None
        for record in records:
            try:
                seed = _seed(record)
            except UnreadableError as error:
                yield error.drop(f"{name}:{record.place}", record.where())
                continue
            generator = generator or self._generator(name)
            for number, found in enumerate(generator.generate(seed, self.variations_per_seed), start=1):
                row_id = f"{name}:{seed.id}-{number}"
                if isinstance(found, Refused):
                    yield Drop(row_id, found.reason, found.detail)
                else:
                    yield self._example(name, row_id, window, seed, number, found, generator.label)

    def _generator(self, name: str) -> Generator:
        if self.generator.resolved() == "template":
            from sourcing_pipeline.sources.synthetic.template import TemplateGenerator

            return TemplateGenerator()
        if not os.environ.get(KEY):
            raise RecipeError(
                f"source {name!r}: generator.type is `anthropic`, but the environment variable {KEY} is not "
                "set; set it, or choose `template`"
            )
        config = self.generator
        if config.model not in config.prices:
            raise RecipeError(
                f"source {name!r}: generator.prices has no price for {config.model!r}, so that max_cost_usd "
                "cannot be kept; add `input_usd` and `output_usd` per million tokens"
            )
        from sourcing_pipeline.sources.synthetic.anthropic_messages import AnthropicGenerator

        price = config.prices[config.model]
        return AnthropicGenerator(
            source=name,
            model=config.model,
            input_usd_per_token=price.input_usd / 1e6,
            output_usd_per_token=price.output_usd / 1e6,
            max_cost_usd=config.max_cost_usd,
            max_tokens=config.max_tokens,
            max_retries=config.max_retries,
            timeout_seconds=config.timeout_seconds,
        )

    def _example(
        self, name: str, row_id: str, window: Window, seed: Seed, number: int, found: Generated, label: str
    ) -> Example:
        meta: dict[str, str | int | float | bool | None] = {
            "generator": label,
            "seed_id": seed.id,
            "topic": seed.topic,
            "variation": number,
        }
        if found.model is not None:
            meta["model"] = found.model
        return Example(
            id=row_id,
            source=name,
            strategy=self.strategy,
            messages=(Message("user", found.instruction), Message("assistant", found.response)),
            license=self.license,
            tags=(seed.topic, "template") if label == "template" else (seed.topic,),
            created_at=window.as_of,
            cost_usd=found.cost_usd,
            meta=meta,
        )


def _seed(record: Record) -> Seed:
    if record.fields is None:
        raise UnreadableError(record.problem)
    values = [text(record.fields.get(key), key).strip() for key in ("topic", "instruction", "response")]
    for key, value in zip(("topic", "instruction", "response"), values, strict=True):
        if not value:
            raise UnreadableError(f"{key}: expected text, got a blank")
    return Seed(native_key(record.fields.get("id"), "id"), *values)
