"""From turns to the `messages` of an Example: the one rule, for tickets and chats alike."""

from collections.abc import Iterable
from itertools import groupby

from sourcing_pipeline.rows import Message, Role


def exchange(turns: Iterable[tuple[Role, str]]) -> tuple[Message, ...]:
    """The turns as an exchange that opens with the user and closes with the assistant, or () when there is
    none.

    Blank turns don't count; consecutive turns of one role are joined by a blank line; what the assistant said
    before the first user turn, and the user after the last assistant turn, is cut. System turns at the start
    stay.
    """
    spoken = [(role, content.strip()) for role, content in turns if content.strip()]
    system = [Message(role, content) for role, content in spoken if role == "system"]
    joined = [
        Message(role, "\n\n".join(content for _, content in run))
        for role, run in groupby((turn for turn in spoken if turn[0] != "system"), key=lambda turn: turn[0])
    ]
    if joined and joined[0].role == "assistant":
        joined = joined[1:]
    if joined and joined[-1].role == "user":
        joined = joined[:-1]
    return (*system, *joined) if joined else ()
