from datetime import timedelta
from itertools import groupby

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.review.config import Reviewers
from sourcing_pipeline.review.desk import Desk, Place, Progress, Row, Seat, rows_of, waiting
from sourcing_pipeline.review.questions import LEAK, Answer
from sourcing_pipeline.review.verdicts import Verdict, latest
from sourcing_pipeline_tests.review.tables import NOON, queue, verdict

ANA = Seat("ana", "correct")
ROWS = [Row(f"{source}:{key}", f"h{key}", ()) for source in "abc" for key in range(4)]
VERDICTS = st.lists(
    st.builds(
        lambda row, answer, who, minute, changed: verdict(
            row.id, "old" if changed else row.content_hash, answer, who, minute
        ),
        st.sampled_from(ROWS),
        st.sampled_from(["right", "wrong", "skipped"]),
        st.sampled_from(["ana", "ben", "eva", "ida"]),
        st.integers(0, 99),
        st.booleans(),
    ),
    max_size=60,
)


def of(row: Row, answer: Answer, reviewer: str = "ana", minute: int = 0) -> Verdict:
    return verdict(row.id, row.content_hash, answer, reviewer, minute)


def ids(rows: list[Row]) -> list[str]:
    return [row.id for row in rows]


def test_rows_are_told_by_question_with_what_is_suspected_in_them() -> None:
    suspected = [[{"entity": "NAME", "message": 0, "start": 3, "end": 6}]]
    table = pa.Table.from_batches([queue("a", {"1": "One?"}), queue("a", {"2": "Is Ada in?"}, LEAK, suspected)])
    rows = rows_of(table)
    assert rows["correct"] == [Row("a:1", "hash of One?", (("user", "One?"), ("assistant", "Just so.")))]
    assert rows["leak"][0].suspected == (Place("NAME", 0, 3, 6),)


@given(st.permutations(ROWS))
def test_the_order_does_not_depend_on_the_order_of_the_queue(rows: list[Row]) -> None:
    assert waiting(rows, [], ANA) == waiting(ROWS, [], ANA)


def test_the_sources_are_mixed_and_two_reviewers_begin_elsewhere() -> None:
    rows = [Row(f"{source}:{key}", "h", ()) for source in "abc" for key in range(100)]
    order = waiting(rows, [], ANA)
    assert max(len(list(run)) for _, run in groupby(row.id[0] for row in order)) < 10
    assert not set(ids(order[:10])) & set(ids(waiting(rows, [], Seat("ben", "correct"))[:10]))


@given(VERDICTS, st.integers(1, 3))
def test_own_rows_and_those_with_enough_votes_of_others_are_passed_over(said: list[Verdict], per_row: int) -> None:
    seat = Seat("ana", "correct", Reviewers(per_row=per_row))
    shown = set(ids(waiting(ROWS, said, seat)))
    for row in ROWS:
        about = latest(one for one in said if one.id == row.id and one.content_hash == row.content_hash)
        own = any(one.reviewer == "ana" for one in about)
        votes = sum(one.verdict != "skipped" for one in about)
        assert (row.id in shown) == (not own and votes < per_row)


@given(VERDICTS)
def test_verdicts_on_another_question_do_not_matter(said: list[Verdict]) -> None:
    assert waiting(ROWS, said, Seat("ana", LEAK)) == waiting(ROWS, [], Seat("ana", LEAK))


def test_an_adjudicator_sees_disputed_rows_first_and_how_many_said_what() -> None:
    rules = Reviewers(per_row=2, decide="adjudication", adjudicators=("eva",))
    order = waiting(ROWS, [], Seat("eva", "correct", rules))
    said = [of(order[-1], "right"), of(order[-1], "wrong", "ben"), of(order[0], "right"), of(order[0], "right", "ben")]
    desk = Desk(Seat("eva", "correct", rules), ROWS, said)
    assert desk.row == order[-1]
    assert desk.votes(order[-1]) == {"right": 1, "wrong": 1}
    assert desk.votes(order[1]) == {}
    assert ids(waiting(ROWS, said, Seat("eva", "correct", rules))) == ids([order[-1], *order[1:-1]])
    desk.record(desk.verdict(order[-1], "wrong", None, NOON))
    assert desk.row == order[1]
    assert order[-1].id not in ids(waiting(ROWS, said, Seat("ida", "correct", rules)))


def test_undo_goes_back_row_by_row_also_to_earlier_sessions() -> None:
    first, second, third, *_ = waiting(ROWS, [], ANA)
    desk = Desk(ANA, ROWS, [of(second, "skipped", minute=1), of(first, "right", minute=9)])
    desk.record(desk.verdict(third, "wrong", "rude", NOON))
    assert desk.undo()
    assert (desk.row, desk.taken_back and desk.taken_back.reason) == (third, "rude")
    assert desk.undo()
    assert desk.row == first
    assert desk.undo()
    assert desk.row == second
    assert not desk.undo()
    assert desk.row == second
    desk.keep()
    assert desk.row not in (first, second, third)
    assert desk.progress == Progress(2, 1, 9)


def test_nothing_can_be_undone_before_anything_was_judged() -> None:
    desk = Desk(ANA, ROWS, [of(ROWS[0], "right", "ben")])
    assert not desk.undo()
    assert desk.taken_back is None


@given(st.lists(st.tuples(st.sampled_from(["right", "wrong", "skipped", "undo", "keep"]), st.integers(-9, 9))))
def test_the_new_answer_counts_whatever_the_clock_says(steps: list[tuple[str, int]]) -> None:
    desk, said = Desk(ANA, ROWS[:3], []), list[Verdict]()
    meant: dict[str, str] = {}
    for step, minute in steps:
        if step == "undo":
            desk.undo()
        elif step == "keep":
            desk.keep()
        elif row := desk.row:
            answer: Answer = "right" if step == "right" else "wrong" if step == "wrong" else "skipped"
            said.append(desk.verdict(row, answer, None, NOON + timedelta(minutes=minute)))
            desk.record(said[-1])
            meant[row.id] = answer
    assert {one.id: one.verdict for one in latest(said)} == meant
    assert {row_id: one.verdict for row_id, one in desk.given.items()} == meant
    assert desk.progress.waiting == 3 - len(meant)


@pytest.mark.parametrize("left", [0, 1])
def test_rows_that_leave_the_queue_are_no_longer_held(left: int) -> None:
    desk = Desk(ANA, ROWS, [of(ROWS[0], "right")])
    assert desk.undo()
    row = desk.row
    assert row
    desk.update(ROWS[1 : left + 1], [of(ROWS[0], "right")])
    assert not desk.holds(row)
    assert desk.taken_back is None
    assert desk.progress == Progress(0, 0, left)
    assert not desk.holds(ROWS[1]._replace(content_hash="new"))
    assert desk.asked == left
