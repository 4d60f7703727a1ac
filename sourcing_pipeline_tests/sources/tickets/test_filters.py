from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.rows import DropReason, Message, message_tuples
from sourcing_pipeline.sources.exchanges import exchange
from sourcing_pipeline.sources.tickets.complaints import complains
from sourcing_pipeline.sources.tickets.exchanges import Keep, exchanges
from sourcing_pipeline.sources.tickets.filters import Rules, refused_after_reading, refused_before_reading
from sourcing_pipeline.sources.tickets.ticket import Ticket, Turn, ticket_batches

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GOOD = Ticket(
    id="1",
    status="resolved",
    dated_at=NOW - timedelta(days=1),
    resolved_at=NOW - timedelta(days=1),
    resolved_by="human",
    rating=0.75,
    subject="Login",
    tags=("Billing", "vip"),
    language="pt-BR",
    turns=(Turn("user", "It fails."), Turn("assistant", "Reset it.")),
)
RULES = Rules(
    statuses=("resolved",),
    resolved_by="human",
    min_rating=4,
    languages=(),
    tags=(),
    without_tags=(),
    wrong_tags=("answer-wrong",),
    min_question_characters=1,
    min_answer_characters=1,
    oldest=NOW - timedelta(days=365),
    as_of=NOW,
)
FAULTS: list[tuple[DropReason, dict[str, Any]]] = [
    (DropReason.UNPARSABLE, {"problem": "ticket 1: status: expected one of open, resolved"}),
    (DropReason.DELETED, {"status": "deleted"}),
    (DropReason.MERGED, {"merged": True}),
    (DropReason.SPAM, {"status": "spam"}),
    (DropReason.ABANDONED, {"status": "abandoned"}),
    (DropReason.NOT_RESOLVED, {"status": "open"}),
    (DropReason.REOPENED, {"reopened": True}),
    (DropReason.BOT_ANSWERED, {"resolved_by": "bot"}),
    (DropReason.SAID_WRONG, {"said_wrong": True}),
    (DropReason.NOT_RATED, {"rating": None}),
    (DropReason.RATING_TOO_LOW, {"rating": 0.5}),
    (DropReason.OUTSIDE_WINDOW, {"resolved_at": NOW - timedelta(days=366)}),
]


def refusal(ticket: Ticket, **rules: Any) -> tuple[str | None, str | None]:
    (batch,) = ticket_batches([ticket])
    reason, detail = refused_before_reading(batch, replace(RULES, **rules))
    return reason[0].as_py(), detail[0].as_py()


def reason(ticket: Ticket, **rules: Any) -> str | None:
    return refusal(ticket, **rules)[0]


def said(ticket: Ticket, keep: Keep = "all") -> list[Message]:
    (batch,) = ticket_batches([ticket])
    (messages,) = message_tuples(exchanges(batch, keep).messages)
    return [Message(*message) for message in messages]


def refusal_of_texts(ticket: Ticket, **rules: Any) -> tuple[str | None, str | None]:
    (batch,) = ticket_batches([ticket])
    reason, detail = refused_after_reading(batch.column("problem"), exchanges(batch, "all"), replace(RULES, **rules))
    return reason[0].as_py(), detail[0].as_py()


def test_a_good_ticket_stays() -> None:
    assert refusal(GOOD) == (None, None)
    assert refusal_of_texts(GOOD) == (None, None)


@pytest.mark.parametrize(("expected", "fault"), FAULTS)
def test_each_fault_has_its_reason(expected: DropReason, fault: dict[str, Any]) -> None:
    assert reason(replace(GOOD, **fault)) == expected


@pytest.mark.parametrize("first", [at for at, (_, fault) in enumerate(FAULTS) if "status" not in fault or at == 1])
def test_the_first_rule_that_applies_is_the_reason(first: int) -> None:
    everything: dict[str, Any] = {}
    for _, fault in reversed(FAULTS[first:]):
        everything |= fault
    assert reason(replace(GOOD, **everything)) == FAULTS[first][0]


def test_more_cases_of_the_rules() -> None:
    assert reason(replace(GOOD, resolved_at=None)) == DropReason.NOT_RESOLVED
    assert reason(replace(GOOD, resolved_by=None)) == DropReason.BOT_ANSWERED
    assert reason(replace(GOOD, resolved_by=None), resolved_by="anyone") is None
    assert reason(replace(GOOD, resolved_at=NOW + timedelta(seconds=1))) == DropReason.OUTSIDE_WINDOW
    assert reason(replace(GOOD, resolved_at=NOW - timedelta(days=999)), oldest=None) is None
    assert reason(replace(GOOD, rating=None), min_rating=None) is None
    assert reason(replace(GOOD, rating=0.5), min_rating=3) is None
    assert reason(replace(GOOD, status="open", resolved_at=None), statuses=("resolved", "open")) is None


def test_a_low_rating_is_told_in_stars() -> None:
    assert refusal(replace(GOOD, rating=0.25)) == ("rating_too_low", "rating 2 of 5, at least 4 wanted")
    assert refusal(replace(GOOD, rating=0.7)) == ("rating_too_low", "rating 3.8 of 5, at least 4 wanted")


def test_when_it_was_resolved_is_told_to_the_day() -> None:
    late = replace(GOOD, resolved_at=datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC))
    assert refusal(late) == ("outside_window", "resolved on 2024-02-29")


def test_tags_count_in_any_case() -> None:
    assert reason(GOOD, tags=("billing",)) is None
    assert reason(GOOD, tags=("refund",)) == DropReason.TAGS_NOT_WANTED
    assert reason(replace(GOOD, tags=()), tags=("refund",)) == DropReason.TAGS_NOT_WANTED
    assert reason(GOOD, without_tags=("VIP",)) == DropReason.TAGS_NOT_WANTED
    assert reason(replace(GOOD, tags=("answer-wrong",))) == DropReason.SAID_WRONG


def test_a_language_is_wanted_whole_or_by_its_first_part() -> None:
    assert reason(GOOD, languages=("pt",)) is None
    assert reason(GOOD, languages=("PT-br",)) is None
    assert refusal(GOOD, languages=("pt-PT", "en")) == ("language_not_wanted", "pt-BR")
    assert reason(replace(GOOD, language=None), languages=("pt",)) == DropReason.LANGUAGE_NOT_WANTED


def test_the_subject_opens_the_first_message_once() -> None:
    assert said(GOOD) == [("user", "Login\n\nIt fails."), ("assistant", "Reset it.")]
    held = replace(GOOD, turns=(Turn("user", "My  LOGIN\nfails."), Turn("assistant", "Reset it.")))
    assert said(held)[0].content == "My  LOGIN\nfails."
    assert said(replace(GOOD, subject=None))[0].content == "It fails."


def test_bots_are_left_out_and_turns_of_one_side_are_joined() -> None:
    turns = (Turn("bot", "Hello!"), Turn("user", "It fails."), Turn("user", "Help?"), Turn("assistant", "Reset it."))
    assert said(replace(GOOD, subject=None, turns=turns)) == [
        ("user", "It fails.\n\nHelp?"),
        ("assistant", "Reset it."),
    ]


SPOKEN = st.lists(
    st.builds(Turn, st.sampled_from(["user", "assistant", "bot"]), st.sampled_from(["", " ", "a", " b ", "c\u2003"]))
)


@given(st.lists(SPOKEN, min_size=1, max_size=5))
def test_a_batch_of_tickets_is_joined_by_the_one_rule_for_exchanges(tickets: list[list[Turn]]) -> None:
    (batch,) = ticket_batches([replace(GOOD, subject=None, turns=tuple(turns)) for turns in tickets])
    by_people = [[(turn.role, turn.text) for turn in turns if turn.role != "bot"] for turns in tickets]
    expected = [list(exchange(turns)) for turns in by_people]  # type: ignore[arg-type]
    assert message_tuples(exchanges(batch, "all").messages) == expected


def test_which_turns_stay_is_the_recipe_s_choice() -> None:
    words = ("one", "two", "three", "four")
    turns = tuple(Turn("user" if at % 2 == 0 else "assistant", word) for at, word in enumerate(words))
    ticket = replace(GOOD, subject=None, turns=turns)
    contents = {keep: [one.content for one in said(ticket, keep)] for keep in ("all", "first", "last")}  # type: ignore[arg-type]
    assert contents == {"all": list(words), "first": ["one", "two"], "last": ["one", "four"]}


def test_a_ticket_without_a_side_is_empty() -> None:
    for turns in ((), (Turn("user", "Hi"),), (Turn("assistant", "Hi"),), (Turn("user", " "), Turn("assistant", "Hi"))):
        assert refusal_of_texts(replace(GOOD, turns=turns))[0] == DropReason.EMPTY


def test_a_problem_found_in_the_turns_comes_first() -> None:
    assert refusal_of_texts(replace(GOOD, turns=(), problem="comments: expected a list")) == (
        "unparsable",
        "comments: expected a list",
    )


def test_canned_answers_alone_are_none() -> None:
    canned = (Turn("user", "It fails."), Turn("assistant", "We care.", "sorry"))
    assert refusal_of_texts(replace(GOOD, turns=canned)) == (DropReason.MACRO_ANSWERED, None)
    mixed = (*canned, Turn("assistant", "Reset it."))
    assert refusal_of_texts(replace(GOOD, turns=mixed)) == (None, None)


def test_a_side_that_is_too_short_is_told_with_its_length() -> None:
    answer = refusal_of_texts(GOOD, min_answer_characters=20)
    assert answer == (DropReason.TOO_SHORT, "answer of 9 characters, at least 20 wanted")
    question = refusal_of_texts(GOOD, min_question_characters=200)
    assert question == (DropReason.TOO_SHORT, "question of 16 characters, at least 200 wanted")


def test_the_customer_s_last_words_may_say_that_the_answer_was_wrong() -> None:
    turns = (*GOOD.turns, Turn("user", "Sorry, that did not work either."))
    assert refusal_of_texts(replace(GOOD, turns=turns)) == (DropReason.SAID_WRONG, "in the last message")
    answered = (*turns, Turn("assistant", "Then clear the cache."), Turn("user", "Perfect, thanks!"))
    assert refusal_of_texts(replace(GOOD, turns=answered)) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "That's wrong.",
        "it didn’t help",
        "Still not working.",
        "Das stimmt nicht!",
        "Es funktioniert leider immer noch nicht.",
        "Ce n'est pas correct",
        "Ça ne marche toujours pas.",
        "No me ayudó nada.",
        "Sigue sin funcionar",
        "Non ha funzionato.",
        "Dit klopt niet.",
        "Não funcionou.",
    ],
)
def test_complaints_are_heard_in_seven_languages(text: str) -> None:
    assert complains(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, that worked!",
        "It is not urgent.",
        "Danke, das hat geholfen.",
        "Parfait, merci",
        "Gracias, funciona",
        "",
    ],
)
def test_thanks_are_no_complaint(text: str) -> None:
    assert not complains(text)
