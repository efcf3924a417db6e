"""Values that a part meant for machines says outright, put into an output's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.providers.base import Evidence
from integrations.structured.model import Record, Value

Schema = Mapping[str, Any]


@dataclass
class Exact:
    """values by field; evidence by dotted path. faulty are the fields whose part does not prove
    itself: worth no more than a guess."""

    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)


def terms_of(schema: Schema) -> dict[str, str]:
    """Output field -> x-term, of the fields that have one."""
    return {
        name: str(one["x-term"])
        for name, one in schema.get("properties", {}).items()
        if one.get("x-term")
    }


def exact_values(records: Sequence[Record], schema: Schema) -> Exact:
    """The fields that records tell; sound records come first, then the faulty ones."""
    found = Exact()
    terms = terms_of(schema)
    for record in sorted(records, key=lambda one: bool(one.fault)):
        for name, term in terms.items():
            if name in found.values:
                continue
            one = schema["properties"][name]
            if term == "lines" and record.lines:
                _add_lines(found, name, one, record)
            elif term in record.values:
                value = _as_typed(record.values[term], one)
                if value is None:
                    continue
                found.values[name] = value
                if term in record.evidence:
                    found.evidence[name] = (record.evidence[term],)
            if name in found.values and record.fault:
                found.faulty.add(name)
    return found


def _add_lines(found: Exact, name: str, schema: Schema, record: Record) -> None:
    items = schema.get("items", {})
    columns = items.get("properties", {})
    by_term = {str(one.get("x-term") or column): column for column, one in columns.items()}
    required = set(items.get("required", ()))
    rows: list[dict[str, Any]] = []
    evidence: dict[str, tuple[Evidence, ...]] = {}
    for at, line in enumerate(record.lines[: int(schema.get("maxItems", 500))]):
        row: dict[str, Any] = {}
        for term, value in line.items():
            column = by_term.get(term)
            typed = None if column is None else _as_typed(value, columns[column])
            if column is None or typed is None:
                continue
            row[column] = typed
            place = record.evidence.get(f"lines.{at}.{term}")
            if place is not None:
                evidence[f"{name}.{len(rows)}.{column}"] = (place,)
        if required <= row.keys():
            rows.append(row)
    if rows:
        found.values[name] = rows
        found.evidence.update(evidence)


def _as_typed(value: Value, schema: Schema) -> Any:
    """The value as the schema's type, None where it cannot be."""
    kind = schema.get("type", "string")
    kinds = {kind} if isinstance(kind, str) else set(kind)
    if kinds & {"number", "integer"}:
        if not isinstance(value, float | int):
            return None
        if float(value).is_integer() and "number" not in kinds:
            return int(value)
        return float(value) if "number" in kinds else None
    if isinstance(value, float):
        return None
    text = str(value)
    longest = schema.get("maxLength")
    return text[:longest] if longest else text
