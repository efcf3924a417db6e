"""What a field is, in words that contracts, extraction, checks and screens share.

`x-term` says it of a property: the words are the business terms of EN 16931 (invoices) and the data
elements of ICAO Doc 9303 (identity documents) in snake_case, and a few that receipts and proofs of
address need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# The columns that a table of this term may name by terms of their own.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "lines": ("description", "quantity", "unit_price", "net_amount", "tax_rate"),
}
INVOICE = (
    "seller_name",
    "seller_vat_id",
    "seller_address",
    "buyer_name",
    "invoice_number",
    "issue_date",
    "due_date",
    "currency",
    "net_total",
    "tax_total",
    "gross_total",
    "amount_due",
    "iban",
    "purchase_order",
    *COLUMNS,
)
IDENTITY = (
    "surname",
    "given_names",
    "full_name",
    "document_number",
    "document_type",
    "issuing_state",
    "nationality",
    "birth_date",
    "sex",
    "expiry_date",
    "mrz",
)
OTHER = ("address", "address_issue_date", "company", "date", "total")
TERMS = (*INVOICE, *IDENTITY, *OTHER)


def terms(schema: Mapping[str, Any]) -> dict[str, str]:
    """Property -> term of a checked schema's own properties: `{"total": "gross_total"}`."""
    return dict(_terms(schema))


def columns(table: Mapping[str, Any]) -> dict[str, str]:
    """Column -> term of a table's property schema."""
    items = table.get("items")
    return dict(_terms(items)) if isinstance(items, Mapping) else {}


def is_table(node: Any) -> bool:
    """Whether a property's schema is a table: an array of objects."""
    if not isinstance(node, Mapping):
        return False
    kind = node.get("type")
    return kind == "array" or (isinstance(kind, list) and "array" in kind)


def _terms(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, node in schema.get("properties", {}).items():
        if isinstance(node, Mapping) and isinstance(node.get("x-term"), str):
            yield name, node["x-term"]
