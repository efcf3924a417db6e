"""Values as text: one form, wherever they stand."""

import pytest

from governance.privacy.masking import Masked
from review.console import showing

AMOUNT, COUNT = {"type": "number"}, {"type": "integer"}
QUANTITY = {"type": ["number", "null"], "x-term": "quantity"}


@pytest.mark.parametrize(
    ("value", "schema", "text"),
    [
        (25000, AMOUNT, "25,000.00"),
        (25000.0, AMOUNT, "25,000.00"),
        (25000.0, {}, "25,000.00"),
        (25323.225, AMOUNT, "25,323.225"),
        (0.5, AMOUNT, "0.50"),
        (0, AMOUNT, "0.00"),
        (-12.5, AMOUNT, "-12.50"),
        (1e300, AMOUNT, "1e+300"),
        (2026, COUNT, "2026"),
        (12000, COUNT, "12,000"),
        (25000, {}, "25,000"),
        (3.0, QUANTITY, "3"),
        (2.5, QUANTITY, "2.5"),
        (True, {"type": "boolean"}, "Yes"),
        ("2026-09-18", {"format": "date"}, "18 September 2026"),
        ("2026-09-18", {}, "2026-09-18"),
        ("new_customer", {"enum": ["new_customer"]}, "New customer"),
        ("", {"enum": ["new_customer"]}, "—"),
        (None, AMOUNT, "—"),
        ("", {"type": "string"}, "—"),
        ([{"a": 1}], {"type": "array"}, "1 row"),
        (Masked("personal"), AMOUNT, "••• personal"),
    ],
)
def test_a_value_is_said_in_one_form(value, schema, text):
    assert showing.said(value, schema) == text


def test_a_table_has_the_columns_of_its_form_in_their_order():
    items = {
        "type": "object",
        "properties": {  # as jsonb gives them out
            "note": {"type": "string"},
            "rate": {"type": "number", "title": "VAT %", "x-term": "tax_rate"},
            "price": {"type": "number", "x-term": "unit_price"},
            "described_as": {"type": "string", "title": "Description", "x-term": "description"},
        },
    }
    rows = [
        {"more": 1, "rate": 19.0, "price": 8, "described_as": "Beams"},
        {"described_as": "Boards"},
    ]
    table = showing.table(rows, {"type": "array", "items": items})
    assert table.columns == ("Description", "Price", "VAT %", "More")
    assert table.rows == (("Beams", "8.00", "19", "1"), ("Boards", "—", "—", "—"))
    assert showing.table(rows, {}).columns[0] == "More"
