"""Texts of a CSV row as the types that an input schema asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations import strict_json

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})


def cast_row(row: Mapping[str, str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A payload from a row of texts, by the schema's properties.

    {"amount": "12.50", "is_member": "yes", "address.city": "Bern"} becomes {"amount": 12.5,
    "is_member": True, "address": {"city": "Bern"}}. An empty text leaves its field out, unless
    the field is a required string. A text that does not read as its type, and a column the schema
    does not know, are passed on as they are: the schema's own check then names the field.
    """
    payload: dict[str, Any] = {}
    for column, text in row.items():
        node, required = _node(schema, column)
        into = payload
        *parents, name = column.split(".") if node is not None else [column]
        if text == "" and not (required and "string" in _types(node or {})):
            continue
        for parent in parents:
            into = into.setdefault(parent, {})
        into[name] = _value(text, node or {})
    return payload


def _node(schema: Mapping[str, Any], column: str) -> tuple[Mapping[str, Any] | None, bool]:
    """The schema of a column (dots lead into objects), and whether it is required there."""
    node: Any = schema
    required = False
    for name in column.split("."):
        properties = node.get("properties", {}) if isinstance(node, Mapping) else {}
        if name not in properties:
            return None, False
        required = name in node.get("required", ())
        node = properties[name]
    return node, required


def _types(node: Mapping[str, Any]) -> set[str]:
    found = node.get("type", ())
    types = {found} if isinstance(found, str) else set(found)
    for value in node.get("enum", ()):
        types.add(_type_of(value))
    return types


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "null"


def _value(text: str, node: Mapping[str, Any]) -> Any:
    types = _types(node)
    if "string" in types and (text in node.get("enum", [text])):
        return text
    word = text.strip().lower()
    if "boolean" in types and word in _TRUE | _FALSE:
        return word in _TRUE
    if types & {"number", "integer"} and _NUMBER.fullmatch(word):
        try:
            return strict_json.loads(word)
        except strict_json.StrictJsonError:
            return text
    if types & {"array", "object"} and word[:1] in {"[", "{"}:
        try:
            return strict_json.loads(text)
        except strict_json.StrictJsonError:
            return text
    return text
