"""JSON Schemas of a contract: compiled validators, reasons without values, privacy labels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

# x-privacy: none (public), internal (ours), personal (about a person), sensitive (special kinds).
LABELS = ("none", "internal", "personal", "sensitive")
PERSONAL_LABELS = frozenset({"personal", "sensitive"})
# RFC 8785, by which values are hashed, knows integers exactly up to here (IEEE 754 doubles).
MAX_INTEGER = 2**53 - 1
MAX_ERRORS = 50
MAX_NAME_CHARACTERS = 80
# Bytes of one compiled pattern; the engine is linear in the text, so that no pattern can hang it.
PATTERN_BYTES = 1_000_000

Path = tuple[str, ...]


def compiled(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A validator of Draft 2020-12 that checks formats and fetches nothing.

    Raises jsonschema_rs.ValidationError for a schema that is not valid.
    """
    return jsonschema_rs.Draft202012Validator(
        dict(schema),
        validate_formats=True,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=PATTERN_BYTES),
    )


def errors_of(validator: jsonschema_rs.Draft202012Validator, value: Any) -> dict[str, str]:
    """Dotted path -> reason for each rule that a JSON value breaks; empty when it fits.

    A reason names the rule, never the value, which may be personal. The path of the value itself
    is "". Values that PostgreSQL or the ledger cannot hold are refused as well: NUL characters,
    lone surrogates, numbers that are infinite or beyond 2^53 - 1.
    """
    errors = dict(_unstorable(value))
    if errors:
        return errors
    if validator.is_valid(value):
        return {}
    for error in validator.iter_errors(value):
        path = [str(part) for part in error.instance_path]
        for where, reason in _reasons(error, path):
            errors.setdefault(where, reason)
        if len(errors) >= MAX_ERRORS:
            break
    return errors


def _reasons(error: jsonschema_rs.ValidationError, path: list[str]) -> Iterator[tuple[str, str]]:
    rule = error.kind.name
    detail = error.kind.as_dict()
    if rule == "required":
        yield _joined(path, detail["property"]), "is required"
    elif rule in {"additionalProperties", "unevaluatedProperties"}:
        for name in detail["unexpected"]:
            yield _joined(path, name), "is not a known field"
    else:
        yield _joined(path), _sentence(rule, detail)


def _joined(path: list[str], name: str | None = None) -> str:
    parts = path if name is None else [*path, name]
    return ".".join(part[:MAX_NAME_CHARACTERS] for part in parts)


def _sentence(rule: str, detail: Mapping[str, Any]) -> str:
    limit = detail.get("limit")
    match rule:
        case "type":
            return f"must be of type {_types(detail)}"
        case "enum":
            return "is not one of the allowed values"
        case "const":
            return "is not the allowed value"
        case "minLength":
            return f"must have at least {limit} characters"
        case "maxLength":
            return f"must have at most {limit} characters"
        case "minimum":
            return f"must be at least {limit}"
        case "maximum":
            return f"must be at most {limit}"
        case "exclusiveMinimum":
            return f"must be greater than {limit}"
        case "exclusiveMaximum":
            return f"must be less than {limit}"
        case "minItems" | "minProperties":
            return f"must have at least {limit} entries"
        case "maxItems" | "maxProperties":
            return f"must have at most {limit} entries"
        case "format":
            return f"must be a valid {detail.get('format')}"
        case "pattern":
            return "does not have the form that the contract asks for"
    return f"breaks the rule {rule}"


def _types(detail: Mapping[str, Any]) -> str:
    types = detail.get("types") or detail.get("type") or []
    return types if isinstance(types, str) else " or ".join(types)


def _unstorable(value: Any) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        reason = None
        if isinstance(one, str):
            if not one.isascii() or "\0" in one:
                reason = _unstorable_text(one)
        elif isinstance(one, Mapping):
            for name, child in one.items():
                if not isinstance(name, str) or _unstorable_text(name):
                    reason = "has a field name that cannot be stored"
                else:
                    waiting.append(((*path, name), child))
        elif isinstance(one, list | tuple):
            waiting.extend(((*path, str(at)), child) for at, child in enumerate(one))
        elif isinstance(one, float):
            if not math.isfinite(one):
                reason = "must be a finite number"
        elif isinstance(one, int):
            if abs(one) > MAX_INTEGER:
                reason = "must be within plus or minus 9007199254740991"
        elif one is not None:
            reason = "is not a JSON value"
        if reason:
            yield _joined(list(path)), reason


def _unstorable_text(text: str) -> str | None:
    if "\0" in text:
        return "must not hold NUL characters"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "must be valid Unicode"
    return None


def labels(schema: Mapping[str, Any]) -> dict[Path, str]:
    """Path -> privacy label of every labelled value of a checked schema.

    A label covers all that lies below it: `{("customer", "name"): "personal"}`.
    """
    found: dict[Path, str] = {}
    waiting: list[tuple[Path, Mapping[str, Any]]] = [((), schema)]
    while waiting:
        path, node = waiting.pop()
        label = node.get("x-privacy")
        if isinstance(label, str):
            found[path] = label
            continue
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            waiting.extend(
                ((*path, name), child)
                for name, child in properties.items()
                if isinstance(child, Mapping)
            )
    return found


def personal_paths(schema: Mapping[str, Any]) -> frozenset[str]:
    """Dotted paths of the values labelled personal or sensitive: `{"customer.name"}`."""
    return frozenset(
        ".".join(path) for path, label in labels(schema).items() if label in PERSONAL_LABELS
    )


def sensitive_paths(schema: Mapping[str, Any]) -> frozenset[str]:
    """Dotted paths of the values labelled sensitive, which nobody sees without a reveal."""
    found = labels(schema).items()
    return frozenset(".".join(path) for path, label in found if label == "sensitive")


def knows_path(schema: Mapping[str, Any], path: Path) -> bool:
    """Whether values of the schema can have something under this path.

    Below a labelled object without properties of its own, and below an array, anything may lie.
    """
    node: Any = schema
    for part in path:
        properties = node.get("properties") if isinstance(node, Mapping) else None
        if isinstance(properties, Mapping):
            if part not in properties:
                return False
            node = properties[part]
        else:
            return isinstance(node, Mapping) and node.get("type") == "object"
    return True
