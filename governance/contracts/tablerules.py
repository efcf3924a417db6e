"""What a contract asks of tables and terms in its schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.contracts.problems import Place, Problems, did_you_mean, listed
from governance.contracts.section import kind_of
from governance.contracts.terms import COLUMNS, TERMS, is_table

MAX_ROWS = 1_000  # more than a person can look at on one screen


def check_table(
    node: Mapping[str, Any], place: Place, problems: Problems
) -> dict[str, Mapping[str, Any]]:
    """The columns of an output's table: name to schema, {} with problems noted.

    A table is a list of closed objects with a bound on its rows; its privacy label covers all.
    """
    rows = node.get("maxItems")
    if isinstance(rows, bool) or not isinstance(rows, int) or not 1 <= rows <= MAX_ROWS:
        problems.add(
            (*place, "maxItems"), f"a table needs a bound on its rows, from 1 to {MAX_ROWS}"
        )
    if "x-privacy" not in node:
        problems.add(place, "has no privacy label; a table's label covers all its columns")
    row = node.get("items")
    if not isinstance(row, Mapping) or row.get("type") != "object":
        problems.add((*place, "items"), "must be a schema of type object: the columns of a row")
        return {}
    columns = row.get("properties")
    if not isinstance(columns, Mapping) or not columns:
        problems.add((*place, "items", "properties"), "must name at least one column")
        return {}
    if row.get("additionalProperties") is not False:
        problems.add((*place, "items", "additionalProperties"), "must be false")
    required = row.get("required")
    for name in required if isinstance(required, list) else []:
        if isinstance(name, str) and name not in columns:
            hint = did_you_mean(name, columns)
            problems.add(
                (*place, "items", "required"), f'"{name[:80]}" is not among the columns{hint}'
            )
    return {name: one for name, one in columns.items() if isinstance(one, Mapping)}


def check_terms(schema: Mapping[str, Any], place: Place, problems: Problems) -> set[Place]:
    """Check `x-term` of the properties and of tables' columns; the places where it may stand."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return set()
    where = (*place, "properties")
    allowed = _check_names(properties, TERMS, where, problems)
    for name, node in properties.items():
        if not is_table(node):
            if isinstance(node, Mapping) and node.get("x-term") in COLUMNS:
                problems.add((*where, name, "x-term"), "is the term of a table, a list of objects")
            continue
        term, row = node.get("x-term"), node.get("items")
        columns = row.get("properties") if isinstance(row, Mapping) else None
        if term is not None and term in TERMS and term not in COLUMNS:
            problems.add(
                (*where, name, "x-term"), f"is not the term of a table; those are {listed(COLUMNS)}"
            )
        if isinstance(columns, Mapping):
            known = COLUMNS.get(term, ()) if isinstance(term, str) else ()
            below = (*where, name, "items", "properties")
            allowed |= _check_names(columns, known, below, problems)
    return allowed


def _check_names(
    properties: Mapping[str, Any], known: tuple[str, ...], place: Place, problems: Problems
) -> set[Place]:
    taken: dict[str, str] = {}
    for name, node in properties.items():
        if not isinstance(node, Mapping) or "x-term" not in node:
            continue
        term, where = node["x-term"], (*place, name, "x-term")
        if not isinstance(term, str):
            problems.add(where, f"must be a term, not {kind_of(term)}")
        elif not known:
            problems.add(where, f"columns have terms only in a table of {listed(COLUMNS)}")
        elif term not in known:
            hint = did_you_mean(term, known) or f"; known are {listed(known)}"
            problems.add(where, f'"{term[:80]}" is not a known term{hint}')
        elif term in taken:
            problems.add(where, f'"{term}" is already the term of {taken[term]}')
        else:
            taken[term] = name
    return {(*place, name) for name in properties}
