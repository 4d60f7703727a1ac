import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.masking.config import Mode
from sourcing_pipeline.masking.identity import identities
from sourcing_pipeline.masking.regions import PLACEHOLDER
from sourcing_pipeline.masking.replacement import replacements
from sourcing_pipeline_tests.masking.marked import KEY, parsed, replaced, rewritten

TWO_PEOPLE = [
    "Hi ⟦NAME|Maria⟧, ⟦NAME|Hans⟧ wrote to ⟦EMAIL|maria@acme.example⟧.",
    "⟦NAME|Maria Lopez⟧ and ⟦EMAIL|MARIA@acme.example⟧",
]
MODES: list[Mode] = ["placeholder", "numbered", "surrogate", "hash"]
TEXT = st.text(min_size=1, max_size=12).filter(lambda text: not {"⟦", "⟧", "|"}.intersection(text))
FIND = st.tuples(st.sampled_from(["NAME", "EMAIL", "PHONE", "TICKET"]), TEXT).map(lambda find: f"⟦{find[0]}|{find[1]}⟧")
EXAMPLES = st.lists(st.lists(FIND | TEXT, max_size=5).map(" ".join), min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("placeholder", ["Hi [NAME], [NAME] wrote to [EMAIL].", "[NAME] and [EMAIL]"]),
        ("numbered", ["Hi [NAME_1], [NAME_2] wrote to [EMAIL_1].", "[NAME_1] and [EMAIL_1]"]),
        (
            "hash",
            ["Hi [NAME:bfb94b0a], [NAME:bb5c3d6c] wrote to [EMAIL:2486c079].", "[NAME:bfb94b0a] and [EMAIL:2486c079]"],
        ),
    ],
)
def test_each_mode_has_its_form(mode: Mode, expected: list[str]) -> None:
    assert rewritten(TWO_PEOPLE, mode) == expected


def test_numbers_that_the_texts_use_are_passed_over() -> None:
    example = ["[NAME] and [NAME_3], [EMAIL:3f9c2a1b]: ⟦NAME|Maria⟧ ⟦EMAIL|a@b.example⟧", "⟦NAME|Hans⟧"]
    assert rewritten(example, "numbered") == ["[NAME] and [NAME_3], [EMAIL:3f9c2a1b]: [NAME_4] [EMAIL_1]", "[NAME_5]"]


def test_a_person_has_the_same_hash_in_every_example() -> None:
    (first, _), (alone,) = replaced(["⟦NAME|Maria⟧ ⟦NAME|Ms Lopez⟧", "⟦NAME|Maria Lopez⟧"], "hash")
    assert replaced(["⟦NAME|lopez, maria⟧ of ⟦NAME|Hans⟧"], "hash")[0][0] == alone
    assert replaced(["⟦NAME|Maria Lopez⟧"], "hash", b"another key") != [[alone]]
    assert first == alone != "[NAME]"
    assert replaced(["⟦PHONE|+49 30 23125100⟧"], "hash") == replaced(["⟦PHONE|030 23125-100⟧"], "hash")


def test_the_same_value_of_another_entity_has_another_hash() -> None:
    ((ticket, order),) = replaced(["⟦TICKET|A-1⟧ ⟦ORDER|A-1⟧"], "hash")
    assert ticket.partition(":")[2] != order.partition(":")[2]


@pytest.mark.parametrize("mode", ["surrogate", "hash"])
def test_an_empty_key_is_refused(mode: Mode) -> None:
    with pytest.raises(ValueError, match="expected a key of one byte or more"):
        replaced(TWO_PEOPLE, mode, b"")


@settings(deadline=None)
@given(example=EXAMPLES, mode=st.sampled_from(MODES), language=st.sampled_from([None, "de", "ja"]))
def test_each_find_has_a_replacement_and_the_same_has_the_same(
    example: list[str], mode: Mode, language: str | None
) -> None:
    texts, spans = zip(*map(parsed, example), strict=True)
    given = replacements(texts, spans, mode, KEY, language)
    assert [len(row) for row in given] == [len(found) for found in spans]
    assert replacements(texts, spans, mode, KEY, language) == given
    seen: dict[object, str] = {}
    for found, row, whose in zip(spans, given, identities(texts, spans), strict=True):
        for span, new, who in zip(found, row, whose, strict=True):
            if mode != "surrogate":
                assert seen.setdefault((span.entity, who), new) == new
                match = PLACEHOLDER.fullmatch(new)
                assert match is not None
                assert match[1] == span.entity
    if mode in ("numbered", "hash"):
        assert len(set(seen.values())) == len(seen)
