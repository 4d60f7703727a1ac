import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.masking import MaskedText, Masker, Masking, Span
from sourcing_pipeline.masking.evaluation import (
    MISSED,
    Evaluation,
    Gold,
    Labelled,
    Miss,
    evaluate,
    in_batches,
    read_labelled,
)

SIGNS = st.sampled_from("abcXYZ 019.,-@\n·é字́\x1b🙂")


@st.composite
def labelled(draw: st.DrawFn) -> tuple[Labelled, MaskedText]:
    """A text with labels that may overlap, and finds that do not."""
    text = draw(st.text(SIGNS, max_size=60))
    cut = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda ends: ends[0] < ends[1])
    gold = draw(st.lists(cut, max_size=4)) if text else []
    ends = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = [Gold(start=a, end=b, label=draw(st.sampled_from(["PERSON", "CITY"]))) for a, b in gold]
    found = [
        Span(a, b, draw(st.sampled_from(["NAME", "EMAIL"])), 1.0, draw(st.sampled_from(["Cues", "Model"])))
        for a, b in zip(ends[::2], ends[1::2], strict=False)
    ]
    return Labelled(text, tuple(spans), draw(st.integers(1, 99))), MaskedText("", tuple(found))


PAIRS = st.lists(labelled(), max_size=5)


def evaluated(pairs: list[tuple[Labelled, MaskedText]], misses: int = 20) -> Evaluation:
    return evaluate([row for row, _ in pairs], [masked for _, masked in pairs], misses)


def row(text: str, *values: tuple[str, str], line: int = 1) -> Labelled:
    """`text` with the first place of each value labelled."""
    spans = [Gold(start=text.index(value), end=text.index(value) + len(value), label=label) for value, label in values]
    return Labelled(text, tuple(spans), line)


def found(text: str, *values: tuple[str, str]) -> MaskedText:
    """`text` with the first place of each value found."""
    spans = [Span(text.index(value), text.index(value) + len(value), entity, 1.0, "Cues") for value, entity in values]
    return MaskedText("", tuple(spans))


@given(PAIRS)
def test_the_counts_add_up(pairs: list[tuple[Labelled, MaskedText]]) -> None:
    result = evaluated(pairs)
    labels = [span.label for row, _ in pairs for span in row.spans]
    assert {label: score.count for label, score in result.scores.items()} == {
        label: labels.count(label) for label in labels
    }
    for label, score in result.scores.items():
        assert score.fully + score.partly + score.missed == score.count == sum(result.confusion[label].values())
        assert result.confusion[label].get(MISSED, 0) == score.missed
        assert 0 <= score.low <= score.share <= score.high <= 1 + 1e-12
    assert result.labelled_letters <= result.masked_letters
    assert result.touched_characters <= result.unlabelled_characters
    assert len(result.misses) == min(20, sum(score.partly + score.missed for score in result.scores.values()))


@given(PAIRS)
def test_finds_that_are_the_labels_are_right_and_whole(pairs: list[tuple[Labelled, MaskedText]]) -> None:
    same = [
        (row, MaskedText("", tuple(Span(gold.start, gold.end, "NAME", 1.0, "Cues") for gold in row.spans)))
        for row, _ in pairs
    ]
    result = evaluated(same)
    assert result.precision in (None, 1)
    assert result.touched_share in (None, 0)
    assert (result.misses, result.needless) == ((), {})
    assert all(score.fully == score.count for score in result.scores.values())


@given(PAIRS)
def test_a_miss_shows_no_letter_or_digit_of_its_value(pairs: list[tuple[Labelled, MaskedText]]) -> None:
    for miss in evaluated(pairs).misses:
        assert not any(map(str.isalnum, miss.value))
        assert "́" not in miss.value
        assert (miss.before + miss.value + miss.after).isprintable()
        assert 0 < miss.readable <= miss.letters


@given(PAIRS, st.integers(0, 5))
def test_fewer_misses_are_the_first_of_all(pairs: list[tuple[Labelled, MaskedText]], most: int) -> None:
    assert evaluated(pairs, most).misses == evaluated(pairs, 100).misses[:most]


@given(st.lists(labelled(), min_size=1, max_size=5))
def test_the_result_for_machines_is_json(pairs: list[tuple[Labelled, MaskedText]]) -> None:
    result = evaluated(pairs).as_json()
    assert json.loads(json.dumps(result)) == result


def test_each_label_is_counted_by_what_became_of_it() -> None:
    text = "Maria Lopez, Bern, maria@example.com, 4711"
    gold = row(text, ("Maria Lopez", "PERSON"), ("Bern", "CITY"), ("maria@example.com", "EMAIL"), ("4711", "ID"))
    masks = found(text, ("Maria", "NAME"), ("Bern, maria@example.com", "EMAIL"))
    result = evaluate([gold], [masks])
    assert {label: (s.fully, s.partly, s.missed) for label, s in result.scores.items()} == {
        "CITY": (1, 0, 0),
        "EMAIL": (1, 0, 0),
        "ID": (0, 0, 1),
        "PERSON": (0, 1, 0),
    }
    assert result.confusion == {
        "CITY": {"EMAIL": 1},
        "EMAIL": {"EMAIL": 1},
        "ID": {MISSED: 1},
        "PERSON": {"NAME": 1},
    }
    assert result.precision == 1


@pytest.mark.parametrize(
    ("masked", "fate"),
    [("(030) 12-34", "fully"), ("030) 12-34", "fully"), ("030", "partly"), ("(", MISSED)],
)
def test_only_letters_and_digits_of_a_value_must_be_masked(masked: str, fate: str) -> None:
    text = "call (030) 12-34 now"
    (score,) = evaluate([row(text, ("(030) 12-34", "PHONE"))], [found(text, (masked, "PHONE"))]).scores.values()
    assert getattr(score, fate) == 1


@pytest.mark.parametrize(("masked", "fate"), [("🙂🙂", "fully"), ("🙂", "partly")])
def test_a_value_without_letters_counts_by_its_characters(masked: str, fate: str) -> None:
    text = "by 🙂🙂."
    result = evaluate([row(text, ("🙂🙂", "PERSON"))], [found(text, (masked, "NAME"))])
    assert getattr(result.scores["PERSON"], fate) == 1
    assert [miss.value for miss in result.misses] == ["••"] * (fate == "partly")


def test_the_interval_is_wilsons() -> None:
    rows = [row("Maria", ("Maria", "PERSON"))] * 10
    masks = [found("Maria", ("Maria", "NAME"))] * 9 + [found("Maria")]
    score = evaluate(rows, masks).scores["PERSON"]
    assert (score.share, score.low, score.high) == pytest.approx((0.9, 0.5958, 0.9821), abs=1e-4)


def test_masking_more_than_the_labels_costs_precision() -> None:
    rows = [row("Maria said so", ("Maria", "PERSON")), row("the DNS, twice", line=2)]
    masks = [found(rows[0].text, ("Maria said", "NAME")), found(rows[1].text, ("DNS,", "NAME"), ("twice", "ID"))]
    result = evaluate(rows, masks)
    assert (result.labelled_letters, result.masked_letters) == (5, 9 + 3 + 5)
    assert (result.unlabelled_rows, result.unlabelled_characters, result.touched_characters) == (1, 14, 9)
    assert result.needless == {("ID", "Cues"): 1, ("NAME", "Cues"): 1}


def test_a_miss_is_blurred_with_all_that_is_known_around_it() -> None:
    text = "Dear Ms Lopez-Ruiz (a1@example.com), lopez wrote on behalf of Acme."
    gold = row(text, ("Lopez-Ruiz", "PERSON"), ("Acme", "ORGANIZATION"), line=7)
    (miss,) = evaluate([gold], [found(text, ("a1@example.com", "EMAIL"), ("Acme", "NAME"))]).misses
    assert miss == Miss(
        label="PERSON",
        line=7,
        letters=9,
        readable=9,
        before="Dear Ms ",
        value="•••••-••••",
        after=" (••@•••••••.•••), ••••• wrote",
    )


def test_the_worst_of_each_label_come_first() -> None:
    rows = [row(f"{'x' * size} {size}", ("x" * size, label), line=size) for size, label in ((9, "A"), (5, "A"))]
    rows += [row("yyy", ("yyy", "B"), line=1)]
    masks = [found(row.text) for row in rows]
    assert [(miss.label, miss.readable) for miss in evaluate(rows, masks).misses] == [("A", 9), ("B", 3), ("A", 5)]


def test_texts_and_masked_texts_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="one masked text for each"):
        evaluate([row("a"), row("b")], [found("a")])


def test_nothing_gives_no_shares() -> None:
    result = evaluate([], [])
    assert (result.precision, result.touched_share, result.scores) == (None, None, {})


def test_the_masker_is_asked_in_batches_and_in_order() -> None:
    rows = [row(f"write to a{number}@example.com", line=number) for number in range(600)]
    told: list[tuple[int, int]] = []
    quick = Masker.from_config(Masking(language_model=None, entities=("EMAIL",)))
    masked = list(in_batches(quick, rows, lambda done, total: told.append((done, total))))
    assert [len(text.spans) for text in masked] == [1] * 600
    assert told == [(256, 600), (512, 600), (600, 600)]


def test_labelled_lines_are_read_with_their_numbers(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    lines = [
        '{"text": "Hi Maria", "spans": [{"start": 3, "end": 8, "label": "PERSON", "by": "x"}], "id": 1}',
        "",
        '{"spans": [], "text": "none"}',
    ]
    file.write_text("\ufeff" + "\n".join(lines), "utf-8")
    assert list(read_labelled(file)) == [
        Labelled("Hi Maria", (Gold(start=3, end=8, label="PERSON"),), 1),
        Labelled("none", (), 3),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Maria", "json invalid"),
        ('["Maria"]', "model type"),
        ('{"text": "Maria"}', "spans: missing"),
        ('{"text": 5, "spans": []}', "text: string type"),
        ('{"text": "Maria", "spans": {"Maria": 1}}', "spans: list type"),
        ('{"text": "Maria", "spans": [{"start": "0", "end": 5, "label": "A"}]}', "spans.0.start: int type"),
        ('{"text": "Maria", "spans": [{"start": true, "end": 5, "label": "A"}]}', "spans.0.start: int type"),
        ('{"text": "Maria", "spans": [{"start": -1, "end": 5, "label": "A"}]}', "spans.0.start: greater than equal"),
        ('{"text": "Maria", "spans": [{"start": 0, "end": 5, "label": ""}]}', "spans.0.label: string too short"),
        ('{"text": "Maria", "spans": [{"start": 0, "end": 6, "label": "A"}]}', "spans.0: expected start < end <= 5"),
        ('{"text": "Maria", "spans": [{"start": 2, "end": 2, "label": "A"}]}', "spans.0: expected start < end <= 5"),
        ('{"text": "Maria \\ud83d", "spans": []}', "json invalid"),
    ],
)
def test_a_line_that_is_not_labelled_is_named_and_not_shown(tmp_path: Path, line: str, problem: str) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"text": "a", "spans": []}\n' + line, "utf-8")
    with pytest.raises(InputError, match=re.escape(f"labelled.jsonl, line 2: {problem}")) as caught:
        list(read_labelled(file))
    assert "Maria" not in str(caught.value)
    assert "expected" in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_file_that_is_not_there_or_has_no_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl: No such file"):
        list(read_labelled(tmp_path / "none.jsonl"))
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(InputError, match=r"empty\.jsonl: no line has a text"):
        list(read_labelled(tmp_path / "empty.jsonl"))
