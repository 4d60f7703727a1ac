import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.review.config import Reviewers
from sourcing_pipeline.review.questions import QUESTIONS
from sourcing_pipeline.review.queue import queued, write_queue
from sourcing_pipeline.review.verdicts import (
    VERDICTS,
    Unreadable,
    Verdict,
    answered,
    as_line,
    as_table,
    commonest_reasons,
    disputed,
    judged,
    latest,
    read_file,
    reviewed,
    simulated,
)
from sourcing_pipeline.rows import MESSAGES, outcomes

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
KNOWN = {"s:1": "h1", "s:2": "h2"}
VOTES = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.booleans(), st.integers(0, 99)),
    unique_by=lambda vote: vote[3],
    max_size=20,
)


def line(**changes: Any) -> str:
    fields = {
        "id": "s:1",
        "content_hash": "h1",
        "verdict": "right",
        "reviewer": "ana",
        "reviewed_at": "2026-05-01T10:00:00Z",
    }
    return json.dumps(fields | changes) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "verdicts.jsonl"


def read(file: Path, text: str, known: dict[str, str] = KNOWN) -> list[dict[str, Any]]:
    file.write_text(text, "utf-8")
    rows: list[dict[str, Any]] = []
    for batch in answered(read_file(file), known):
        assert batch.schema == outcomes(VERDICTS)
        rows += batch.to_pylist()
    return rows


def table(*votes: tuple[str, str, bool, int]) -> pa.Table:
    """Verdicts as (id, reviewer, wrong, minute)."""
    rows = [
        {
            "id": row_id,
            "partition": "all",
            "verdict": "wrong" if wrong else "right",
            "reviewer": reviewer,
            "reviewed_at": AS_OF + timedelta(minutes=minute),
        }
        for row_id, reviewer, wrong, minute in votes
    ]
    return pa.Table.from_pylist(rows, schema=VERDICTS)


def test_a_verdict_is_read_as_it_stands(file: Path) -> None:
    (row,) = read(file, line(verdict="wrong", reason="outdated"))
    assert row == {
        "id": "s:1",
        "partition": "all",
        "content_hash": "h1",
        "question": "correct",
        "verdict": "wrong",
        "reason": "outdated",
        "comment": None,
        "reviewer": "ana",
        "reviewed_at": datetime(2026, 5, 1, 10, tzinfo=UTC),
        "drop_reason": None,
        "drop_detail": None,
    }


def test_a_file_that_does_not_exist_holds_no_verdict(file: Path) -> None:
    assert list(answered(read_file(file), KNOWN)) == []


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_holds_no_verdict(file: Path, text: str) -> None:
    assert read(file, text) == []


def test_every_line_is_accounted_for(file: Path) -> None:
    text = line() + line(id="s:9") + line(content_hash="h0") + "{broken\n" + "\n" + line(verdict="maybe")
    rows = read(file, text)
    assert [row["drop_reason"] for row in rows] == [None, "unknown_row", "stale_verdict", "unparsable", "unparsable"]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{broken\n", "line 2: line: json invalid"),
        ('"text"\n', "line 2: line: "),
        (line(verdict="maybe"), "line 2: verdict: literal error"),
        (line(verdict=None), "line 2: verdict: literal error"),
        (line(reviewer=""), "line 2: reviewer: string too short"),
        (line(reviewed_at="2026-05-01T10:00:00"), "line 2: reviewed_at: timezone aware"),
        (line(id="secret words"), "line 2: id: string pattern mismatch"),
        (line(verdict="leak"), "line 2: verdict: answer to another question"),
        (line(question="leak", verdict="wrong"), "line 2: verdict: answer to another question"),
        (line(question="secret"), "line 2: question: literal error"),
    ],
)
def test_an_unreadable_line_is_named_by_number_and_key_without_its_text(file: Path, bad: str, said: str) -> None:
    row = read(file, line() + bad)[1]
    assert row["id"] == "verdicts:line-2"
    assert row["drop_detail"].startswith(said)
    assert "secret" not in row["drop_detail"]


def test_bytes_that_are_no_text_cost_their_line_only(file: Path) -> None:
    file.write_bytes(line().encode() + b"\xff\xfe{\n")
    (batch,) = answered(read_file(file), KNOWN)
    assert batch.column("drop_reason").to_pylist() == [None, "unparsable"]


def test_a_byte_order_mark_does_not_cost_the_first_verdict(file: Path) -> None:
    assert [row["drop_reason"] for row in read(file, "\ufeff" + line())] == [None]


def test_a_file_without_any_verdict_is_refused_without_its_text(file: Path) -> None:
    with pytest.raises(InputError, match=r"no line is a verdict; line 1: .*Each line needs id, content_hash") as caught:
        read(file, '{"text": "secret words"}\n{"text": "more"}\n')
    assert "secret" not in str(caught.value)


def test_a_verdict_counts_whenever_it_was_given(file: Path) -> None:
    (row,) = read(file, line(reviewed_at="2031-06-01T00:00:01Z"))
    assert row["drop_reason"] is None


def test_a_verdict_that_its_reviewer_gave_anew_is_superseded(file: Path) -> None:
    first, second = line(verdict="wrong"), line(reviewed_at="2026-05-02T10:00:00Z")
    assert [row["drop_reason"] for row in read(file, first + second)] == ["superseded", None]
    assert [row["drop_reason"] for row in read(file, second + first)] == [None, "superseded"]


def test_a_verdict_on_changed_content_does_not_supersede_one_on_another_question_or_by_another_person(
    file: Path,
) -> None:
    others = line(content_hash="h0") + line(question="domain", verdict="in_domain") + line(reviewer="bea")
    reasons = [row["drop_reason"] for row in read(file, line() + others)]
    assert reasons == [None, "stale_verdict", None, None]


def test_other_keys_on_a_line_do_not_matter(file: Path) -> None:
    assert read(file, line(instruction="How?", response="So."))[0]["drop_reason"] is None


def test_a_verdict_and_its_line_are_the_same(file: Path) -> None:
    verdict = Verdict.model_validate_json(line(reason="veraltet, s. §3"))
    (row,) = read(file, as_line(verdict))
    assert {name: row[name] for name in Verdict.model_fields} == verdict.model_dump()


def test_a_filled_in_line_of_the_queue_is_a_verdict(file: Path, tmp_path: Path) -> None:
    messages = [[{"role": "user", "content": "How?"}, {"role": "assistant", "content": "So."}]]
    rows = pa.table({"id": ["s:1"], "content_hash": ["h1"], "messages": pa.array(messages, MESSAGES)})
    written = write_queue(pa.Table.from_batches([queued(rows, "s")]), tmp_path)["s"]
    blank = json.loads(written.read_text())
    answers = {"verdict": "wrong", "reviewer": "ana", "reviewed_at": "2026-05-01T10:00:00Z"}
    assert set(answers) <= set(blank)
    assert read(file, json.dumps(blank | answers))[0]["verdict"] == "wrong"


@pytest.mark.parametrize(
    ("votes", "wrong"),
    [
        ([True], True),
        ([False], False),
        ([True, False], True),
        ([True, False, False], False),
        ([True, True, False], True),
        ([True, True, False, False], True),
    ],
)
def test_the_majority_decides_and_a_tie_is_wrong(votes: list[bool], wrong: bool) -> None:
    said = table(*(("s:1", f"reviewer {number}", vote, number) for number, vote in enumerate(votes)))
    assert judged(said) == {"s:1": wrong}


def test_of_one_reviewer_the_latest_verdict_counts() -> None:
    assert judged(table(("s:1", "ana", False, 5), ("s:1", "ana", True, 1))) == {"s:1": False}


def test_reviewers_are_counted_by_row() -> None:
    assert judged(table(("s:1", "ana", False, 1), ("s:2", "ana", True, 2))) == {"s:1": False, "s:2": True}


@given(VOTES, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(votes: list[tuple[str, str, bool, int]], chance: Any) -> None:
    shuffled = list(votes)
    chance.shuffle(shuffled)
    assert judged(table(*shuffled)) == judged(table(*votes))


def test_two_verdicts_of_one_reviewer_at_one_moment_do_not_depend_on_the_order_of_lines() -> None:
    one, other = ("s:1", "ana", False, 1), ("s:1", "ana", True, 1)
    assert judged(table(one, other)) == judged(table(other, one))


def test_verdicts_made_by_a_program_are_known() -> None:
    assert simulated(table(("s:1", "ana", True, 1), ("s:1", "simulated", True, 2)))
    assert not simulated(table(("s:1", "ana", True, 1)))
    assert not simulated(table())


def test_a_verdict_about_leaks_holds_for_the_masked_text(file: Path) -> None:
    text = line(question="leak", verdict="fine", content_hash="masked") + line(question="leak", verdict="leak")
    file.write_text(text + line(id="s:9", question="leak", verdict="leak") + line(), "utf-8")
    asked: list[set[str]] = []

    def masked(ids: Any) -> dict[str, str]:
        asked.append(set(ids))
        return {"s:1": "masked"}

    (batch,) = answered(read_file(file), KNOWN, masked)
    assert batch.column("drop_reason").to_pylist() == [None, "stale_verdict", "unknown_row", None]
    assert batch.column("question").to_pylist() == ["leak", None, None, "correct"]
    assert asked == [{"s:1", "s:9"}]


def test_answers_to_one_question_are_no_answers_to_the_other() -> None:
    said = table(("s:1", "ana", True, 1), ("s:2", "ana", False, 2))
    leaks = pa.Table.from_pylist(
        [{**row, "question": "leak", "verdict": "leak"} for row in said.to_pylist() if row["id"] == "s:2"],
        schema=VERDICTS,
    )
    both = pa.concat_tables([said, leaks])
    assert judged(both) == {"s:1": True, "s:2": False}
    assert judged(both, "leak", "leak") == {"s:2": True}
    assert judged(both, "leak", "over_masked") == {"s:2": False}


def said(*votes: tuple[str, str, str], question: str = "correct") -> pa.Table:
    """Verdicts as (id, reviewer, answer), one a minute."""
    return as_table(
        Verdict(
            id=row_id,
            content_hash="h",
            question=question,
            verdict=answer,
            reviewer=who,
            reviewed_at=AS_OF + timedelta(minutes=minute),
        )
        for minute, (row_id, who, answer) in enumerate(votes)
    )


ADJUDICATION = Reviewers(decide="adjudication", adjudicators=("eva",))


def test_who_skips_a_row_has_no_vote() -> None:
    votes = said(("s:1", "ana", "skipped"), ("s:1", "bea", "right"), ("s:2", "ana", "skipped"))
    assert judged(votes) == {"s:1": False}
    assert reviewed(votes, "correct") == {"s:1": 1, "s:2": 0}


def test_who_skips_a_row_later_takes_the_verdict_back() -> None:
    assert judged(said(("s:1", "ana", "wrong"), ("s:1", "ana", "skipped"))) == {}


def test_under_adjudication_a_row_on_which_reviewers_disagree_waits() -> None:
    votes = said(("s:1", "ana", "wrong"), ("s:1", "bea", "right"), ("s:2", "ana", "wrong"), ("s:2", "bea", "wrong"))
    assert judged(votes, reviewers=ADJUDICATION) == {"s:2": True}
    assert disputed(votes, "correct", ADJUDICATION) == {"s:1"}
    assert disputed(votes, "correct", Reviewers()) == frozenset()


def test_the_adjudicator_decides_against_any_majority() -> None:
    votes = said(*(("s:1", who, "right") for who in ("ana", "bea", "cleo")), ("s:1", "eva", "wrong"))
    assert judged(votes, reviewers=ADJUDICATION) == {"s:1": True}
    assert disputed(votes, "correct", ADJUDICATION) == frozenset()


def test_an_adjudicator_who_skips_decides_nothing() -> None:
    votes = said(("s:1", "ana", "wrong"), ("s:1", "bea", "right"), ("s:1", "eva", "skipped"))
    assert judged(votes, reviewers=ADJUDICATION) == {}
    assert disputed(votes, "correct", ADJUDICATION) == {"s:1"}


def test_adjudication_needs_somebody_who_decides() -> None:
    with pytest.raises(ValueError, match="at least one name in adjudicators"):
        Reviewers(decide="adjudication")


@given(VOTES)
def test_where_nobody_disagrees_both_rules_say_the_same(votes: list[tuple[str, str, bool, int]]) -> None:
    agreed = [(row_id, who, row_id == "a", minute) for row_id, who, _, minute in votes]
    assert judged(table(*agreed), reviewers=ADJUDICATION) == judged(table(*agreed))


def test_the_commonest_reasons_come_first_and_are_those_of_the_source() -> None:
    reasons = ["b", "a", "a", "b", "c"]
    rows = [
        {"id": f"s:{number}", "partition": "all", "verdict": "wrong", "reason": reason}
        for number, reason in enumerate(reasons)
    ]
    rows += [{"id": "other:1", "partition": "all", "verdict": "wrong", "reason": "c"}] * 9
    rows += [{"id": "s:9", "partition": "all", "verdict": "right", "reason": "c"}] * 9
    found = commonest_reasons(pa.Table.from_pylist(rows, schema=VERDICTS), "s", "wrong", 2)
    assert found == [("a", 2), ("b", 2)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_on_the_screen_is_one_in_the_file(question: str) -> None:
    for answer in QUESTIONS[question].answers:
        one = Verdict.model_validate_json(line(question=question, verdict=answer))
        assert (one.question, one.verdict) == (question, answer)


def test_of_verdicts_given_twice_one_stays() -> None:
    one = Verdict.model_validate_json(line())
    assert latest([one, Verdict.model_validate_json(line())]) == [one]


def test_what_cannot_be_read_on_a_server_is_told_by_its_place() -> None:
    (batch,) = answered([Unreadable("task-3", "task 3, verdict: literal error")], {})
    assert batch.select(["id", "drop_reason", "drop_detail"]).to_pylist() == [
        {"id": "verdicts:task-3", "drop_reason": "unparsable", "drop_detail": "task 3, verdict: literal error"}
    ]


def test_a_person_s_word_counts_instead_of_a_simulated_one() -> None:
    votes = said(("s:1", "simulated", "wrong"), ("s:1", "ana", "right"), ("s:2", "simulated", "wrong"))
    assert judged(votes) == {"s:1": False, "s:2": True}
