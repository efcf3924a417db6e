"""What an output schema asks to be read: each field's kind, and the columns of a table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.extraction.candidates import CHOICE, TOKEN

Schema = Mapping[str, Any]

# What x-term says, as a kind of candidates. Fields without a term go by their schema.
_KINDS = {
    "seller_name": "name", "buyer_name": "name", "company": "name", "full_name": "name",
    "surname": "name", "given_names": "name",
    "seller_address": "address", "buyer_address": "address", "address": "address",
    "seller_vat_id": "vat_id", "buyer_vat_id": "vat_id", "iban": "iban", "currency": "currency",
    "invoice_number": "code", "purchase_order": "code", "document_number": "code",
    "issue_date": "date", "due_date": "date", "birth_date": "date", "expiry_date": "date",
    "address_issue_date": "date", "date": "date",
    "net_total": "amount", "tax_total": "amount", "gross_total": "amount",
    "amount_due": "amount", "total": "amount",
}  # fmt: skip

# Read from parts meant for machines only; no model guesses them.
EXACT_ONLY = frozenset({"mrz"})
# Kinds whose value is one run of words, possibly over several lines.
SPANS = frozenset({"name", "address", "text"})
# Who a document comes from, best first: errors come in clusters by it.
ISSUERS = ("seller_name", "company", "seller_vat_id")

PRIVATE = frozenset({"personal", "sensitive"})


@dataclass(frozen=True, slots=True)
class Target:
    """One field to read.

    choices are the values of an enum or boolean. is_required: the schema does not let it be left
    out. is_private: its values must not be kept in a model file.
    """

    name: str
    kind: str
    term: str = ""
    choices: tuple[Any, ...] = ()
    is_required: bool = False
    is_integer: bool = False
    is_private: bool = False
    is_nullable: bool = False
    most_characters: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """An array of objects: rows of a table, at most most_rows of them."""

    name: str
    columns: tuple[Target, ...]
    is_required: bool = False
    most_rows: int = 200


def targets_of(schema: Schema) -> tuple[list[Target], list[Table]]:
    """The single fields and the tables of an output schema; what fits neither is left out."""
    required = set(schema.get("required", ()))
    targets: list[Target] = []
    tables: list[Table] = []
    for name, one in schema.get("properties", {}).items():
        kinds = _types(one)
        if "array" in kinds:
            columns = [
                target
                for column, inner in one.get("items", {}).get("properties", {}).items()
                if (target := _target(column, inner, one.get("items", {}).get("required", ())))
            ]
            if columns:
                most = min(int(one.get("maxItems", 200)), 500)
                tables.append(Table(name, tuple(columns), name in required, most))
        elif target := _target(name, one, required):
            targets.append(target)
    return targets, tables


def _is_short(pattern: str, schema: Schema) -> bool:
    """Whether a pattern is one for a single word that can be looked for."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return len(pattern) <= 80 and " " not in pattern and int(schema.get("maxLength", 0)) <= 64


def _types(schema: Schema) -> set[str]:
    kind = schema.get("type", "string")
    return {kind} if isinstance(kind, str) else set(kind)


def _target(name: str, schema: Schema, required: Any) -> Target | None:
    term = str(schema.get("x-term", ""))
    types = _types(schema)
    if term in EXACT_ONLY or "object" in types:
        return None
    choices = tuple(one for one in schema.get("enum", ()) if one is not None)
    if "boolean" in types and not choices:
        choices = (False, True)
    kind = _KINDS.get(term, "")
    numeric = bool(types & {"number", "integer"})
    if kind == "amount" and not numeric:
        kind = "amount_text"
    if not kind:
        pattern = str(schema.get("pattern", ""))
        if choices:
            kind = f"{CHOICE}:{json.dumps(choices)}"
        elif pattern and not numeric and _is_short(pattern, schema):
            kind = f"{TOKEN}:{pattern}"
        elif schema.get("format") == "date":
            kind = "date"
        elif numeric:
            kind = "amount"
        else:
            kind = "text"
    return Target(
        name=name,
        kind="amount" if kind == "amount_text" else kind,
        term=term,
        choices=choices,
        is_required=name in required,
        is_integer="integer" in types and "number" not in types,
        is_private=schema.get("x-privacy") in PRIVATE,
        is_nullable="null" in types,
        most_characters=int(schema.get("maxLength", 0)),
    )
