from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sourcing_pipeline.rows import DropReason
from sourcing_pipeline.sources.tickets.filters import messages_of, reason_to_drop
from sourcing_pipeline.sources.tickets.ticket import Ticket, Turn

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GOOD = Ticket(
    id="1",
    status="resolved",
    dated_at=NOW - timedelta(days=1),
    resolved_at=NOW - timedelta(days=1),
    resolved_by="human",
    rating=0.75,
    subject="Login",
    turns=(Turn("user", "It fails."), Turn("assistant", "Reset it.")),
)
FAULTS: list[tuple[DropReason, dict[str, Any]]] = [
    (DropReason.MERGED, {"merged": True}),
    (DropReason.SPAM, {"status": "spam"}),
    (DropReason.ABANDONED, {"status": "abandoned"}),
    (DropReason.NOT_RESOLVED, {"status": "open"}),
    (DropReason.REOPENED, {"reopened": True}),
    (DropReason.BOT_ANSWERED, {"resolved_by": "bot"}),
    (DropReason.NOT_RATED, {"rating": None}),
    (DropReason.RATING_TOO_LOW, {"rating": 0.5}),
    (DropReason.OUTSIDE_WINDOW, {"resolved_at": NOW - timedelta(days=366)}),
]


def reason(ticket: Ticket, min_rating: float | None = 4) -> DropReason | None:
    found = reason_to_drop(ticket, min_rating, NOW - timedelta(days=365), NOW)
    return found[0] if found else None


def test_a_good_ticket_stays() -> None:
    assert reason(GOOD) is None


@pytest.mark.parametrize(("expected", "fault"), FAULTS)
def test_each_fault_has_its_reason(expected: DropReason, fault: dict[str, Any]) -> None:
    assert reason(replace(GOOD, **fault)) == expected


@pytest.mark.parametrize("first", range(len(FAULTS) - 1))
def test_the_first_rule_that_applies_is_the_reason(first: int) -> None:
    everything: dict[str, Any] = {}
    for _, fault in reversed(FAULTS[first:]):
        everything |= fault
    assert reason(replace(GOOD, **everything)) == FAULTS[first][0]


def test_more_cases_of_the_rules() -> None:
    assert reason(replace(GOOD, resolved_at=None)) == DropReason.NOT_RESOLVED
    assert reason(replace(GOOD, resolved_by=None)) == DropReason.BOT_ANSWERED
    assert reason(replace(GOOD, resolved_at=NOW + timedelta(seconds=1))) == DropReason.OUTSIDE_WINDOW
    assert reason(replace(GOOD, rating=None), min_rating=None) is None
    assert reason(replace(GOOD, rating=0.5), min_rating=3) is None


def test_the_subject_opens_the_first_message_once() -> None:
    assert messages_of(GOOD) == (("user", "Login\n\nIt fails."), ("assistant", "Reset it."))
    said = replace(GOOD, turns=(Turn("user", "My  LOGIN\nfails."), Turn("assistant", "Reset it.")))
    assert messages_of(said)[0].content == "My  LOGIN\nfails."
    assert messages_of(replace(GOOD, subject=None))[0].content == "It fails."


def test_bots_are_left_out_and_quotes_of_earlier_turns_stripped() -> None:
    turns = (
        Turn("bot", "We got your message."),
        Turn("user", "It fails."),
        Turn("assistant", "Which version?"),
        Turn("user", "> Which version?\nFour."),
        Turn("assistant", "Update it."),
        Turn("user", "Thanks."),
    )
    assert [message.content for message in messages_of(replace(GOOD, turns=turns, subject=None))] == [
        "It fails.",
        "Which version?",
        "Four.",
        "Update it.",
    ]


@pytest.mark.parametrize(
    "turns",
    [(), (Turn("user", "a"),), (Turn("assistant", "b"),), (Turn("assistant", "b"), Turn("user", "a"))],
)
def test_an_empty_side_leaves_no_messages(turns: tuple[Turn, ...]) -> None:
    assert messages_of(replace(GOOD, turns=turns)) == ()
