"""From the turns of tickets to exchanges: cleaned, joined, with the customer first and an agent last."""

from collections.abc import Iterator
from itertools import groupby
from typing import Literal, NamedTuple

import pyarrow as pa

from sourcing_pipeline.rows import Message
from sourcing_pipeline.sources.exchanges import exchange
from sourcing_pipeline.sources.tickets.bodies import clean_batch


class Exchange(NamedTuple):
    """What was said in one ticket: the messages to learn from, and what tells whether they are any good."""

    messages: tuple[Message, ...]
    canned: bool
    """Whether every answer was made from a macro."""
    afterwards: str
    """What the customer said after the last answer."""


def exchanges(tickets: pa.RecordBatch, keep: Literal["all", "first", "last"]) -> Iterator[Exchange]:
    """The exchange of each of TICKETS: customer → user, human agent → assistant, bots left out.

    Quotes, signatures and disclaimers are stripped from each turn. `keep` says which turns stay: all, the first
    question with its answer, or the first question with the last answer. The subject opens the first user message,
    unless that message holds it already. `messages` is () when a side is empty.
    """
    turns = tickets.column("turns")
    flat = turns.flatten()
    offsets = turns.offsets.to_numpy() - turns.offsets[0].as_py()
    roles, macros = flat.field("role").to_pylist(), flat.field("macro").to_pylist()
    texts = clean_batch(flat.field("text"), offsets).to_pylist()
    subjects = tickets.column("subject").to_pylist()
    for index, subject in enumerate(subjects):
        span = range(offsets[index], offsets[index + 1])
        spoken = [(roles[at], texts[at], macros[at]) for at in span if roles[at] != "bot" and texts[at].strip()]
        answers = [macro for role, _, macro in spoken if role == "assistant"]
        messages = _kept(exchange((role, text) for role, text, _ in spoken), keep)
        yield Exchange(
            _opened_by(subject, messages),
            bool(answers) and None not in answers,
            _afterwards([(role, text) for role, text, _ in spoken]),
        )


def _kept(messages: tuple[Message, ...], keep: Literal["all", "first", "last"]) -> tuple[Message, ...]:
    if keep == "all" or len(messages) <= 2:
        return messages
    return messages[:2] if keep == "first" else (messages[0], messages[-1])


def _opened_by(subject: str | None, messages: tuple[Message, ...]) -> tuple[Message, ...]:
    title = " ".join((subject or "").split())
    if not messages or not title or title.lower() in " ".join(messages[0].content.split()).lower():
        return messages
    return (Message("user", f"{title}\n\n{messages[0].content}"), *messages[1:])


def _afterwards(spoken: list[tuple[str, str]]) -> str:
    runs = [(role, [text for _, text in run]) for role, run in groupby(spoken, key=lambda turn: turn[0])]
    if len(runs) < 2 or runs[-1][0] != "user":
        return ""
    return "\n".join(runs[-1][1])
