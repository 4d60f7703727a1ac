"""Variations written by an Anthropic model: one Messages request per seed, with structured output."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sourcing_pipeline.errors import InputError, RecipeError, TryAgain
from sourcing_pipeline.rows import DropReason
from sourcing_pipeline.sources.json_files import as_object
from sourcing_pipeline.sources.records import UnreadableError, text
from sourcing_pipeline.sources.synthetic.generator import Generated, Refused, Seed

if TYPE_CHECKING:
    from anthropic import Anthropic, APIStatusError
    from anthropic.types import Message

SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "variations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"instruction": {"type": "string"}, "response": {"type": "string"}},
                "required": ["instruction", "response"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["variations"],
    "additionalProperties": False,
}
PROMPT = """Below is one good support exchange on the topic "{topic}".

<question>
{instruction}
</question>

<answer>
{response}
</answer>

Write {n} variations of it for training a support assistant. Each is a question as another customer would \
ask it (other situation, other wording, other length and tone) with its answer. The facts and steps of the \
answers must be those of the answer above: add none, leave none out. No variation may resemble another. \
Use no real names, addresses or numbers of persons. Answer in the language of the exchange."""
PROMPT_OVERHEAD_TOKENS = 2000
"""Most that the schema and the system's own frame may add to the prompt, for the cost cap."""


class AnthropicGenerator:
    """Asks for all variations of a seed in one request and keeps the run under its cost cap.

    The key and the base URL come from the environment (ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL), as the SDK
    reads them; retries with back-off are the SDK's. Before a request its largest possible price is added to
    what was spent; when that passes `max_cost_usd` it is not sent. Structured output is a JSON schema, not a
    forced tool: models that always think refuse a forced tool.
    """

    label = "anthropic"

    def __init__(
        self,
        source: str,
        model: str,
        input_usd_per_token: float,
        output_usd_per_token: float,
        max_cost_usd: float,
        max_tokens: int,
        max_retries: int,
        timeout_seconds: float,
    ) -> None:
        self._source, self._model, self._max_tokens = source, model, max_tokens
        self._input_usd, self._output_usd, self._max_cost_usd = (
            input_usd_per_token,
            output_usd_per_token,
            max_cost_usd,
        )
        self._client = _client(source, max_retries, timeout_seconds)
        self.spent_usd = 0.0

    def generate(self, seed: Seed, n: int) -> Iterator[Generated | Refused]:
        """n answers: what the model wrote, then a Refused for each variation it did not give.

        Raises TryAgain after the last retry of a limited, overloaded, failed or cut request; RecipeError when
        the key is refused; InputError when the request is.
        """
        prompt = PROMPT.format(topic=seed.topic, instruction=seed.instruction, response=seed.response, n=n)
        if self.spent_usd + self._largest_cost_usd(prompt) > self._max_cost_usd:
            detail = f"not asked: max_cost_usd {self._max_cost_usd:g} could be passed, {self.spent_usd:.4f} spent"
            yield from [Refused(detail, DropReason.OVER_BUDGET)] * n
            return
        message = self._ask(prompt)
        cost_usd = self._cost_usd(message)
        self.spent_usd += cost_usd
        try:
            pairs = _pairs(message)[:n]
        except UnreadableError as error:
            yield from [Refused(f"{error} (cost {cost_usd:.4f} USD)")] * n
            return
        for instruction, response in pairs:
            yield Generated(instruction, response, cost_usd / len(pairs), str(message.model))
        yield from [Refused(f"the model gave {len(pairs)} of {n} variations")] * (n - len(pairs))

    def _ask(self, prompt: str) -> "Message":
        import anthropic

        try:
            message = self._client.messages.create(
                model=self._model,
                max_tokens=self._max_tokens,
                messages=[{"role": "user", "content": prompt}],
                output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
            )
        except anthropic.APIStatusError as error:
            raise _mapped(self._source, self._model, error) from None
        except anthropic.APIConnectionError:
            raise TryAgain(f"source {self._source!r}: no complete answer from Anthropic; run it again") from None
        except (anthropic.APIError, ValueError):
            raise _no_messages_body(self._source) from None
        if not _is_whole(message):
            raise _no_messages_body(self._source)
        return message

    def _largest_cost_usd(self, prompt: str) -> float:
        """A token is at least one byte of the prompt, and the answer ends at `max_tokens`."""
        input_tokens = len(prompt.encode()) + PROMPT_OVERHEAD_TOKENS
        return input_tokens * self._input_usd + self._max_tokens * self._output_usd

    def _cost_usd(self, message: "Message") -> float:
        usage = message.usage
        cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
        return (usage.input_tokens + cached) * self._input_usd + usage.output_tokens * self._output_usd


def _client(source: str, max_retries: int, timeout_seconds: float) -> "Anthropic":
    try:
        import anthropic
    except ImportError as error:
        raise RecipeError(
            f"source {source!r}: generator.type `anthropic` needs the anthropic package; "
            "pip install anthropic, or choose `template`"
        ) from error
    return anthropic.Anthropic(max_retries=max_retries, timeout=timeout_seconds)


def _is_whole(message: object) -> bool:
    """Whether the SDK's object has what is read here: it builds one from any JSON, without validation."""
    usage = getattr(message, "usage", None)
    counts = [getattr(usage, field, None) for field in ("input_tokens", "output_tokens")]
    return all(isinstance(count, int) for count in counts) and isinstance(getattr(message, "content", None), list)


def _no_messages_body(source: str) -> TryAgain:
    return TryAgain(f"source {source!r}: Anthropic's answer was no Messages body (cut, or from another server)")


def _pairs(message: "Message") -> list[tuple[str, str]]:
    """(instruction, response) of each variation. Raises UnreadableError when the model gave no usable
    text."""
    if message.stop_reason == "refusal":
        details = getattr(message, "stop_details", None)
        category = getattr(details, "category", None)
        raise UnreadableError(f"stop_reason refusal{f', {category}' if category else ''}")
    if message.stop_reason != "end_turn":
        raise UnreadableError(f"stop_reason {message.stop_reason}: the answer is not complete")
    said = "".join(block.text for block in message.content if block.type == "text" and isinstance(block.text, str))
    try:
        variations = as_object(json.loads(said)).get("variations")
    except (ValueError, RecursionError):
        raise UnreadableError("the answer is not the JSON that was asked for") from None
    if not isinstance(variations, list) or not variations:
        raise UnreadableError("variations: expected a list with at least one element")
    pairs = []
    for number, variation in enumerate(variations):
        fields = as_object(variation)
        pair = [text(fields.get(key), f"variations[{number}].{key}").strip() for key in ("instruction", "response")]
        if all(pair):
            pairs.append((pair[0], pair[1]))
    if not pairs:
        raise UnreadableError("variations: expected an instruction and a response with text")
    return pairs


def _mapped(source: str, model: str, error: "APIStatusError") -> Exception:
    """The error of this package for a vendor's status. The vendor's own words are left out: they may quote
    us."""
    word = error.body.get("error") if isinstance(error.body, dict) else None
    given = word.get("type") if isinstance(word, dict) else None
    said = f"HTTP {error.status_code}{f' {given}' if isinstance(given, str) else ''}, request {error.request_id}"
    if error.status_code in (408, 409, 429) or error.status_code >= 500:
        return TryAgain(f"source {source!r}: Anthropic is limiting or overloaded after all retries ({said})")
    if error.status_code in (401, 403):
        return RecipeError(f"source {source!r}: Anthropic refuses the key ({said}); mend ANTHROPIC_API_KEY")
    return InputError(
        f"source {source!r}: Anthropic refuses the request to {model!r} ({said}); mend generator.model, or "
        "see the request in Anthropic's console (a used-up credit is a 400 as well)"
    )
