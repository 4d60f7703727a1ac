import pyarrow as pa
import pytest

from sourcing_pipeline.sources.tickets.ticket import TICKETS
from sourcing_pipeline_tests.sources.api_server import ApiServer
from sourcing_pipeline_tests.sources.tickets.zendesk.account import (
    Account,
    Fields,
    audit,
    comment,
    helpdesk,
    user,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.reading import AS_OF, system, talked, turns_of


def test_public_comments_become_turns_in_the_order_of_writing(server: ApiServer) -> None:
    said = [
        comment(12, 2, "Try a reset."),
        comment(10, 1, "It fails."),
        comment(11, 2, "he is angry", public=False),
        comment(13, 3, "Same here."),
        comment(14, 4, "We mended it."),
    ]
    account = Account(
        users={n: user(n, role) for n, role in ((1, "end-user"), (2, "agent"), (3, "end-user"), (4, "admin"))}
    )
    account.comments[1] = said
    account.audits[1] = [audit(90, [12], "Reset"), audit(91, [14])]
    row = talked(server, account)
    assert row["turns"] == [
        {"role": "user", "text": "It fails.", "macro": None},
        {"role": "assistant", "text": "Try a reset.", "macro": "Reset"},
        {"role": "user", "text": "Same here.", "macro": None},
        {"role": "assistant", "text": "We mended it.", "macro": None},
    ]
    assert row["person_keys"] == [
        "1", "2", "u1@example.com", "u2@example.com", "3", "u3@example.com", "4", "u4@example.com"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "assistant"),
        ({"via": {"channel": "rule", "source": {"rel": "trigger"}}}, "bot"),
        ({"via": {"channel": "system", "source": {"rel": "merge"}}}, "bot"),
        ({"via": {"channel": "chat_transcript"}}, "bot"),
        ({"via": {"channel": "answer_bot_for_web_widget"}}, "bot"),
        ({"type": "VoiceComment"}, "bot"),
        ({"author_id": -1}, "bot"),
        ({"author_id": 5}, "bot"),
        ({"author_id": 6}, "bot"),
        ({"author_id": 3}, "user"),
        ({"author_id": 99}, "user"),
        ({"via": None}, "assistant"),
    ],
)
def test_whose_words_a_comment_holds(server: ApiServer, fields: Fields, expected: str) -> None:
    """5 and 6 are agents' accounts that programs use, 3 is a bystander, 99 an account that is gone."""
    account = Account(users={n: user(n, "end-user" if n == 3 else "agent") for n in (2, 3, 5, 6)})
    account.comments[1] = [comment(1, 2, "words", **fields)]
    account.audits[1] = []
    (turn,) = turns_of(server, account, bots=[5, "u6@example.com"])
    assert turn["role"] == expected


def test_roles_are_those_of_the_time_of_writing(server: ApiServer) -> None:
    """The assignee has left and is an end user now; the requester has become an agent."""
    account = Account(users={1: user(1, "agent"), 2: user(2, "end-user")})
    account.comments[1] = [comment(1, 1, "It fails."), comment(2, 2, "Reset it.")]
    account.audits[1] = []
    assert [turn["role"] for turn in turns_of(server, account)] == ["user", "assistant"]
    own = {"person_keys": ["1", "1"]}
    account.comments[1] = [comment(1, 1, "A note to myself.")]
    assert [turn["role"] for turn in turns_of(server, account, own)] == ["user"]
    nobody = {"person_keys": ["1", "2"], "resolved_by": None}
    account.comments[1] = [comment(1, 2, "I only submitted it.")]
    assert [turn["role"] for turn in turns_of(server, account, nobody)] == ["user"]


def test_the_text_is_the_body_or_else_the_plain_body(server: ApiServer) -> None:
    account = Account()
    account.comments[1] = [
        comment(1, 1, "A\n\n&nbsp;\n\n`B`", plain_body="A B"),
        comment(2, 1, "", plain_body="C"),
        comment(3, 1, "D \ud83d"),
        comment(4, 1, "", plain_body=None),
    ]
    assert [turn["text"] for turn in turns_of(server, account)] == ["A\n\n \n\n`B`", "C", "D ?", ""]


def test_macros_cost_no_request_when_they_are_not_wanted_or_nobody_answered(server: ApiServer) -> None:
    account = Account()
    account.comments[1] = [comment(1, 1, "It fails."), comment(2, 2, "Reset it.")]
    account.audits[1] = [audit(90, [2], "Reset")]
    assert [turn["macro"] for turn in turns_of(server, account, macros=False)] == [None, None]
    assert not [one for one in server.requests if "audits" in one.path]
    account.comments[1] = account.comments[1][:1]
    turns_of(server, account)
    assert not [one for one in server.requests if "audits" in one.path]


def test_a_ticket_that_has_gone_meanwhile_has_no_turns(server: ApiServer) -> None:
    row = talked(server, Account())
    assert (row["turns"], row["problem"]) == ([], None)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ({"id": "x"}, "comments.id: expected"),
        ({"created_at": None}, "comments.created_at: expected"),
        ({"body": {"a": 1}}, "comments.body: expected text, got an object"),
    ],
)
def test_a_comment_that_cannot_be_read_is_the_tickets_problem(server: ApiServer, damage: Fields, problem: str) -> None:
    account = Account()
    account.comments[1] = [comment(1, 1, "It fails.") | damage]
    row = talked(server, account)
    assert row["problem"].startswith(problem)
    assert row["turns"] is None


def test_only_rows_without_turns_or_problem_are_asked_for(server: ApiServer) -> None:
    account = helpdesk(12)
    server.serve(account.routes())
    rows: list[Fields] = [
        {"id": str(n), "dated_at": AS_OF, "person_keys": [], "turns": None, "problem": None} for n in range(1, 13)
    ]
    rows[3]["turns"] = [{"role": "user", "text": "known", "macro": None}]
    rows[7]["problem"] = "status: expected …"
    filled = system(server, macros=False).turns("src", pa.RecordBatch.from_pylist(rows, schema=TICKETS)).to_pylist()
    assert [row["id"] for row in filled] == [row["id"] for row in rows]
    assert filled[3]["turns"] == rows[3]["turns"]
    assert filled[7]["turns"] is None
    for row in filled:
        if row["id"] not in ("4", "8"):
            said = [one["body"] for one in account.comments[int(row["id"])] if one["public"]]
            assert [turn["text"] for turn in row["turns"]] == said
    assert {one.path.split("/")[4] for one in server.requests} == {str(n) for n in range(1, 13)} - {"4", "8"}
