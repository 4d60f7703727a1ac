import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import name_fields
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    '{"customer": {"name": "⟦Maria Lopez⟧", "first_name": "⟦Maria⟧", "last_name": "⟦Lopez⟧"}}',
    '{"firstName":"⟦Ulf⟧","lastName":"⟦Berg⟧"}',
    '{"name": "⟦maria lopez⟧"}',
    '{"name": "⟦Lopez, Maria⟧"}',
    '{"full_name": "⟦MARIA LOPEZ⟧"}',
    "{'name': '⟦Maria Lopez⟧', 'plan': 'pro'}",
    '{\\"name\\": \\"⟦Maria Lopez⟧\\"}',
    '{"displayName": "⟦Jürgen Groß-Bölting⟧"}',
    "<customer><name>⟦Maria Lopez⟧</name></customer>",
    "<lastName>⟦Lopez⟧</lastName>",
    'user=mlopez name="⟦Maria Lopez⟧" ip=1',
    "customer_name=⟦Maria Lopez⟧; order=12",
    '{"name": "express", "version": "4.17.1"}',
    '{"name": "Widget 3000"}',
    '{"name": "Order Service"}',
    '{"name": "Node.js contributors"}',
    "{'name' => 'TANGUT IDEOGRAPH'}",
    '{"name": "nightly-backup"}',
    '{"name": "main"}',
    "name = max_length;",
    "first_name = forms.CharField(max_length=30)",
    '{"first_name": "string", "last_name": "required"}',
    '"last_name": null',
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_names_in_named_fields_and_nothing_else(marked: str) -> None:
    check(name_fields.build(Masking()), marked)
