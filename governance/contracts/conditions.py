"""The language of `when` and `require`: plain data in, true or false out.

A condition maps dotted paths (`input.amount`, `output.urgency`, `item.priority`) to one operator
each, `{input.channel: {equals: letter}, input.amount: {greater_than: 1000}}`; all must hold.
`any: [...]`, `all: [...]` and `not: {...}` nest.

A path that leads nowhere and one that leads to null are the same: there is no value. Without a
value `present: false`, `equals: null`, `not_equals` and `not_in` (unless null is in its list)
hold, and nothing else does. Values of unlike kinds are unequal and incomparable: "5" is neither
equal to, nor less than, nor at least 6; true is not 1. Texts compare by code point, so that ISO
dates compare by time. `matches` finds its pattern anywhere in the text; `^` and `$` anchor it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from governance.contracts.schemas import compiled

# Text beyond this is not looked at by `matches`; the engine is linear, this bounds the rest.
MAX_MATCHED_CHARACTERS = 20_000
MAX_PATTERN_CHARACTERS = 500

ROOTS = ("input", "output", "item")


def holds(condition: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether a checked condition holds of `{"input": ..., "output": ..., "item": ...}`.

    Never raises for odd data. A condition that asks for nothing holds.
    """
    return all(_clause_holds(key, body, context) for key, body in condition.items())


def _clause_holds(key: str, body: Any, context: Mapping[str, Any]) -> bool:
    if key == "all":
        return all(holds(part, context) for part in body)
    if key == "any":
        return any(holds(part, context) for part in body)
    if key == "not":
        return not holds(body, context)
    value = value_at(context, key.split("."))
    return all(
        name in OPERATORS and OPERATORS[name](value, operand) for name, operand in body.items()
    )


def paths_in(condition: Mapping[str, Any]) -> Iterator[str]:
    """The dotted paths that a checked condition asks for, as often as it does."""
    for key, body in condition.items():
        if key in {"all", "any"}:
            for part in body:
                yield from paths_in(part)
        elif key == "not":
            yield from paths_in(body)
        else:
            yield key


def value_at(context: Any, path: list[str] | tuple[str, ...]) -> Any:
    """The value under a path, None where any part of it is missing."""
    for part in path:
        if not isinstance(context, Mapping):
            return None
        context = context.get(part)
    return context


def is_same(left: Any, right: Any) -> bool:
    """Equality of JSON values, where true is not 1 and 1 is 1.0."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(is_same(left[key], right[key]) for key in right)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(is_same, left, right))
    return bool(left == right)


def _is_in(value: Any, allowed: Any) -> bool:
    return any(is_same(value, one) for one in allowed)


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def operator(value: Any, bound: Any) -> bool:
        if isinstance(value, str) and isinstance(bound, str):
            return compare(value, bound)
        return _is_number(value) and _is_number(bound) and compare(value, bound)

    return operator


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _matches(value: Any, pattern: str) -> bool:
    if not isinstance(value, str):
        return False
    text = value[:MAX_MATCHED_CHARACTERS].encode(errors="replace").decode()
    return pattern_of(pattern).is_valid(text)


@functools.lru_cache(maxsize=512)
def pattern_of(pattern: str) -> jsonschema_rs.Draft202012Validator:
    """The compiled pattern. Raises jsonschema_rs.ValidationError where it cannot be compiled.

    JSON Schema's `pattern`, so that a contract has one dialect of patterns. Its engine takes time
    linear in the text and has no look-around and no back-references, which need more.
    """
    return compiled({"pattern": pattern})


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": is_same,
    "not_equals": lambda value, other: not is_same(value, other),
    "in": _is_in,
    "not_in": lambda value, refused: not _is_in(value, refused),
    "less_than": _compared(lambda value, bound: value < bound),
    "at_most": _compared(lambda value, bound: value <= bound),
    "greater_than": _compared(lambda value, bound: value > bound),
    "at_least": _compared(lambda value, bound: value >= bound),
    "matches": _matches,
    "present": lambda value, wanted: (value is not None) is wanted,
}
