"""Checks of the two small languages in a contract: conditions, and references in bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from governance.contracts.conditions import (
    MAX_PATTERN_CHARACTERS,
    OPERATORS,
    is_same,
    pattern_of,
)
from governance.contracts.problems import Place, Problems, did_you_mean, listed
from governance.contracts.rendering import references
from governance.contracts.schemas import knows_path
from governance.contracts.section import kind_of

# What an item itself offers to conditions and bodies.
ITEM_FIELDS = ("id", "external_id", "priority", "segment", "process")
# What is known of an item before its segment is.
EARLY_ITEM_FIELDS = ("external_id", "priority")
_ORDERED = frozenset({"less_than", "at_most", "greater_than", "at_least"})
_REFERENCE_STARTS = ("$input.", "$output.", "$item.")


class Vocabulary:
    """Which paths exist: `{"input": schema, "output": schema}` and the item's own fields."""

    def __init__(
        self, schemas: Mapping[str, Mapping[str, Any]], item_fields: tuple[str, ...] = ITEM_FIELDS
    ) -> None:
        self._schemas = schemas
        self._item_fields = item_fields

    def problem(self, path: str) -> str | None:
        """Why a dotted path leads nowhere, None when it leads somewhere."""
        root, _, rest = path.partition(".")
        roots = [*self._schemas, "item"]
        if root not in roots or not rest:
            starts = listed(f"{one}." for one in roots)
            return f'"{path[:80]}" must start with one of {starts}'
        if root == "item":
            known: Any = self._item_fields
            is_known = rest in known
        else:
            known = self._schemas[root].get("properties", {})
            is_known = knows_path(self._schemas[root], tuple(rest.split(".")))
        if is_known or not known:  # a schema without fields has a problem of its own
            return None
        hint = did_you_mean(path, [f"{root}.{name}" for name in known])
        return f'"{path[:80]}" does not exist{hint}; {root} has {listed(list(known)[:30])}'

    def allowed(self, path: str) -> list[Any] | None:
        """The values an enum leaves for the path, None where there is no enum."""
        values = (self.node(path) or {}).get("enum")
        return values if isinstance(values, list) else None

    def node(self, path: str) -> Mapping[str, Any] | None:
        """The schema of what a path leads to, None where none says anything of it."""
        root, *parts = path.split(".")
        node: Any = self._schemas.get(root)
        for part in parts:
            node = node.get("properties", {}).get(part) if isinstance(node, Mapping) else None
        return node if isinstance(node, Mapping) else None


def check_condition(value: Any, place: Place, vocabulary: Vocabulary, problems: Problems) -> dict:
    """The condition if it can be evaluated, {} with its problems noted if not."""
    before = len(problems.found)
    if not isinstance(value, Mapping):
        problems.add(place, f"must be a mapping of path to operator, not {kind_of(value)}")
    elif not value:
        problems.add(place, "asks for nothing; name a path and an operator")
    else:
        for key, body in value.items():
            _check_clause(key, body, (*place, key), vocabulary, problems)
    return dict(value) if len(problems.found) == before else {}


def _check_clause(
    key: str, body: Any, place: Place, vocabulary: Vocabulary, problems: Problems
) -> None:
    if key in {"all", "any"}:
        if not isinstance(body, list) or not body:
            problems.add(place, f"must be a list of conditions, not {kind_of(body)}")
            return
        for at, part in enumerate(body):
            check_condition(part, (*place, at), vocabulary, problems)
    elif key == "not":
        check_condition(body, place, vocabulary, problems)
    elif (message := vocabulary.problem(key)) is not None:
        problems.add(place, message)
    elif not isinstance(body, Mapping) or not body:
        problems.add(place, f"must be an operator, such as {{equals: ...}}, not {kind_of(body)}")
    else:
        for name, operand in body.items():
            message = _operator_problem(name, operand, vocabulary.allowed(key))
            if message:
                problems.add((*place, name), message)


def _operator_problem(name: str, operand: Any, allowed: list[Any] | None) -> str | None:
    if name not in OPERATORS:
        hint = did_you_mean(name, OPERATORS)
        return f"is not a known operator{hint}; known are {listed(OPERATORS)}"
    if name == "present":
        return None if isinstance(operand, bool) else "must be true or false"
    if name == "matches":
        return _pattern_problem(operand)
    if name in _ORDERED:
        if isinstance(operand, bool) or not isinstance(operand, int | float | str):
            return f"must be a number or a text, not {kind_of(operand)}"
        return None
    if name in {"in", "not_in"}:
        if not isinstance(operand, list) or not operand:
            return f"must be a list of values, not {kind_of(operand)}"
        values = operand
    else:
        values = [operand]
    for value in values:
        if isinstance(value, list | Mapping):
            return f"must be a single value, not {kind_of(value)}"
        if allowed is not None and value is not None and not _is_among(value, allowed):
            hint = did_you_mean(str(value), allowed)
            return f'"{str(value)[:80]}" is not a value of this field{hint}'
    return None


def _is_among(value: Any, allowed: list[Any]) -> bool:
    return any(is_same(value, one) for one in allowed)


def _pattern_problem(pattern: Any) -> str | None:
    if not isinstance(pattern, str):
        return f"must be a pattern as text, not {kind_of(pattern)}"
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        return f"must have at most {MAX_PATTERN_CHARACTERS} characters"
    try:
        pattern_of(pattern)
    except (jsonschema_rs.ValidationError, ValueError):
        return "is not a pattern that can be used; look-around and back-references cannot"
    return None


def check_body(value: Any, place: Place, vocabulary: Vocabulary, problems: Problems) -> dict:
    """The effect's body if all its references lead somewhere, {} if not."""
    before = len(problems.found)
    if not isinstance(value, Mapping):
        problems.add(place, f"must be a mapping, not {kind_of(value)}")
        return {}
    for at, reference in references(value):
        message = vocabulary.problem(reference)
        if message:
            problems.add((*place, *at), f"{message}; a text with a $ first is written $$")
    for at, text in _texts(value, ()):
        if any(start in text[1:] for start in _REFERENCE_STARTS):
            problems.add((*place, *at), "a reference stands alone, it is not put into a text")
    return dict(value) if len(problems.found) == before else {}


def _texts(value: Any, at: Place) -> list[tuple[Place, str]]:
    if isinstance(value, Mapping):
        return [pair for name, one in value.items() for pair in _texts(one, (*at, name))]
    if isinstance(value, list):
        return [pair for number, one in enumerate(value) for pair in _texts(one, (*at, number))]
    return [(at, value)] if isinstance(value, str) else []
