from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.rows import Role
from sourcing_pipeline.sources.exchanges import exchange


def test_turns_are_joined_and_cut() -> None:
    turns: list[tuple[Role, str]] = [
        ("assistant", "Welcome"),
        ("user", "Hello"),
        ("user", "It fails"),
        ("assistant", " "),
        ("assistant", "Try this"),
        ("user", "Thanks"),
    ]
    assert exchange(turns) == (("user", "Hello\n\nIt fails"), ("assistant", "Try this"))


@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.sampled_from(["", " ", "a", "b"]))))
def test_an_exchange_alternates_from_user_to_assistant(turns: list[tuple[Role, str]]) -> None:
    messages = exchange(turns)
    roles = [message.role for message in messages if message.role != "system"]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
    assert not messages or len(roles) >= 2
    assert exchange(messages) == messages or len([m for m in messages if m.role == "system"]) > 1
