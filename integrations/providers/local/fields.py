"""What a pair of JSON Schemas offers to a model: fields to read, and fields to predict."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "category", "number", "moment"]

# An integer output with at most so many possible values is predicted as a class.
MAX_INTEGER_CHOICES = 32
MAX_DEPTH = 6


@dataclass(frozen=True)
class InputField:
    """One value of the payload. values lists a category's possible values, as JSON texts."""

    path: tuple[str, ...]
    kind: Kind
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutputField:
    """One property to predict. choices are its possible values, as JSON texts."""

    name: str
    choices: tuple[str, ...]
    required: bool


def as_json(value: Any) -> str:
    """The text under which a class or category is known; True and 1 and "1" stay apart."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def input_fields(schema: Mapping[str, Any]) -> list[InputField]:
    """The readable fields of an input schema, objects flattened, in the schema's order."""
    return list(_walk(schema, schema, ()))


def _walk(
    node: Mapping[str, Any], root: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[InputField]:
    node = _plain(node, root)
    types = _types(node)
    if "const" in node or len(path) > MAX_DEPTH:
        return
    if "enum" in node:
        yield InputField(path, "category", tuple(as_json(value) for value in node["enum"]))
    elif "object" in types or "properties" in node:
        for name, child in node.get("properties", {}).items():
            yield from _walk(child, root, (*path, name))
    elif "boolean" in types:
        yield InputField(path, "category", ("false", "true"))
    elif types & {"number", "integer"}:
        yield InputField(path, "number")
    elif "array" in types:
        items = _plain(node.get("items") or {}, root)
        if "enum" in items:
            yield InputField(path, "category", tuple(as_json(value) for value in items["enum"]))
        else:
            yield InputField(path, "text")
    elif node.get("format") in {"date", "date-time"}:
        yield InputField(path, "moment")
    elif "string" in types:
        yield InputField(path, "text")


def output_fields(schema: Mapping[str, Any]) -> tuple[list[OutputField], list[str]]:
    """The properties a classifier can predict, and the names of required ones it cannot."""
    required = set(schema.get("required", ()))
    fields, beyond = [], []
    for name, child in schema.get("properties", {}).items():
        choices = _choices(_plain(child, schema))
        if choices:
            fields.append(OutputField(name, choices, name in required))
        elif name in required:
            beyond.append(name)
    return fields, beyond


def _choices(node: Mapping[str, Any]) -> tuple[str, ...]:
    if "const" in node:
        return (as_json(node["const"]),)
    if "enum" in node:
        return tuple(as_json(value) for value in node["enum"])
    types = _types(node)
    if "boolean" in types:
        return ("false", "true", "null") if "null" in types else ("false", "true")
    low, high = node.get("minimum"), node.get("maximum")
    if "integer" not in types or not isinstance(low, int) or not isinstance(high, int):
        return ()
    few = 0 <= high - low < MAX_INTEGER_CHOICES
    return tuple(str(number) for number in range(low, high + 1)) if few else ()


def _types(node: Mapping[str, Any]) -> set[str]:
    found = node.get("type", ())
    return {found} if isinstance(found, str) else set(found)


def _plain(node: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a local $ref, and the first branch of an anyOf or oneOf that is not null."""
    for _ in range(MAX_DEPTH):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            target: Any = root
            for part in reference[2:].split("/"):
                name = part.replace("~1", "/").replace("~0", "~")
                target = target.get(name, {}) if isinstance(target, Mapping) else {}
            node = target
            continue
        branches = node.get("anyOf") or node.get("oneOf")
        if not branches:
            break
        constants = [branch["const"] for branch in branches if "const" in branch]
        if len(constants) == len(branches):
            return {"enum": constants}
        node = next((one for one in branches if one.get("type") != "null"), {})
    return node


def value_at(payload: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value under a path, None where any part of it is missing."""
    value: Any = payload
    for part in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def as_text(value: Any) -> str:
    """All strings within a value, one a line; numbers inside lists are left out."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return "\n".join(text for text in map(as_text, value) if text)
    return ""


def as_number(value: Any, kind: Kind) -> float | None:
    """A number, or a date or instant as days since 0001-01-01; None where it is neither."""
    if kind == "moment":
        if not isinstance(value, str):
            return None
        try:
            moment = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
        seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
        return moment.toordinal() + seconds / 86400
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if abs(number) < 1e30 else None  # also false for NaN and infinity
