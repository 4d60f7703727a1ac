import pytest

from sourcing_pipeline.masking.spans import Rendering, Span, settle

ORDER = {"SECRET": 0, "NAME": 1}


@pytest.mark.parametrize(
    ("spans", "standing"),
    [
        ([Span(0, 5, "NAME", 0.9, "a"), Span(3, 9, "NAME", 0.5, "b")], [Span(3, 9, "NAME", 0.5, "b")]),
        ([Span(0, 5, "NAME", 0.9, "a"), Span(0, 5, "SECRET", 0.5, "b")], [Span(0, 5, "NAME", 0.9, "a")]),
        ([Span(0, 5, "NAME", 0.9, "a"), Span(0, 5, "SECRET", 0.9, "b")], [Span(0, 5, "SECRET", 0.9, "b")]),
        ([Span(0, 5, "NAME", 0.9, "a"), Span(3, 8, "NAME", 0.9, "b")], [Span(0, 5, "NAME", 0.9, "a")]),
        (
            [Span(6, 8, "NAME", 0.9, "a"), Span(0, 5, "NAME", 0.9, "b")],
            [Span(0, 5, "NAME", 0.9, "b"), Span(6, 8, "NAME", 0.9, "a")],
        ),
        ([Span(10, 14, "NAME", 0.9, "a"), Span(4, 4, "NAME", 0.9, "a")], []),
    ],
    ids=["longer", "surer", "entity order", "earlier", "apart", "taken or empty"],
)
def test_of_two_that_overlap_one_stands(spans: list[Span], standing: list[Span]) -> None:
    assert settle(spans, [(11, 12)], ORDER) == standing
    assert settle(reversed(spans), [(11, 12)], ORDER) == standing


def test_a_rendering_knows_where_its_parts_stood() -> None:
    rendering = Rendering("Hi Maria, bye", [Span(3, 8, "NAME", 1, "a")], ["[NAME]"])
    assert rendering.text == "Hi [NAME], bye"
    assert rendering.origin(11, 14) == (10, 13)
    assert rendering.origin(0, 2) == (0, 2)
    assert rendering.origin(1, 5) is None
    assert rendering.origin(4, 7) is None
