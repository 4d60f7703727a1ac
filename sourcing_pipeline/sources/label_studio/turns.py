"""What was said: the instruction in a task's data, the texts of text areas, the messages of chats."""

from collections.abc import Sequence

from sourcing_pipeline.rows import Role
from sourcing_pipeline.sources.label_studio.fields import Fields, as_fields
from sourcing_pipeline.sources.records import UnreadableError, native_key, text

Turn = tuple[Role, str]


def instruction(data: Fields, keys: Sequence[str], beside_chat: bool) -> list[Turn]:
    """The turns before the answer: what the first of `keys` says that has text; none when none has.

    A text is the user's turn; beside a chat it is the scene that was set, and nobody's turn. A list holds
    {role, content}, or {author, text} as the Paragraphs tag shows them.
    """
    for key in keys:
        value = data.get(key)
        if isinstance(value, str) and value.strip():
            return [("system" if beside_chat else "user", value)]
        if isinstance(value, list):
            turns = _turns(value, f"data.{key}")
            if any(content.strip() for _, content in turns):
                return turns
    return []


def _turns(value: Sequence[object], where: str) -> list[Turn]:
    said = [as_fields(turn, f"{where}[{number}]") for number, turn in enumerate(value)]
    if any("author" in turn and "role" not in turn for turn in said):
        return _dialogue(said, where)
    return [chat_turn(turn, f"{where}[{number}]") for number, turn in enumerate(said)]


def _dialogue(said: Sequence[Fields], where: str) -> list[Turn]:
    """Two people's dialogue: who spoke last is the one that the annotator answered, in the other one's name."""
    authors = [native_key(turn.get("author"), f"{where}[{number}].author") for number, turn in enumerate(said)]
    if len(set(authors)) > 2:
        raise UnreadableError(f"{where}: expected a dialogue of at most two authors, got {len(set(authors))}")
    return [
        ("user" if author == authors[-1] else "assistant", text(turn.get("text"), f"{where}[{number}].text"))
        for number, (author, turn) in enumerate(zip(authors, said, strict=True))
    ]


def chat_turn(value: object, where: str) -> Turn:
    """One {role, content}. Raises UnreadableError."""
    turn = as_fields(value, where)
    role = turn.get("role")
    if role not in ("system", "user", "assistant"):
        raise UnreadableError(f"{where}.role: expected system, user or assistant")
    content = turn.get("content")
    return role, "" if content is None else text(content, f"{where}.content")


def lines(value: object, where: str) -> str:
    """A text area's text: one text, or a list of them (one an entry), as paragraphs. Raises UnreadableError."""
    if isinstance(value, list):
        return "\n\n".join(text(part, where) for part in value)
    return "" if value is None else text(value, where)
