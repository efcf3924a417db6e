"""What a contract asks of its JSON Schemas beyond their being valid."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import jsonschema_rs

from governance.contracts.problems import Place, Problems, did_you_mean, listed
from governance.contracts.schemas import LABELS, compiled
from governance.contracts.section import kind_of
from governance.contracts.tablerules import check_table, check_terms
from governance.contracts.terms import is_table

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")
SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})

# Where schemas lie within a schema (JSON Schema 2020-12, core sections 10 and 11).
_ONE = frozenset(
    [
        "items",
        "additionalProperties",
        "unevaluatedProperties",
        "unevaluatedItems",
        "contains",
        "propertyNames",
        "not",
        "if",
        "then",
        "else",
        "contentSchema",
    ]
)
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas"})
_REFERENCES = frozenset(
    [
        "$ref",
        "$dynamicRef",
        "$id",
        "$anchor",
        "$dynamicAnchor",
        "$defs",
        "definitions",
        "$vocabulary",
    ]
)
_KNOWN = (
    _ONE
    | _LISTS
    | _MAPS
    | frozenset(
        [
            "$schema",
            "$comment",
            "x-privacy",
            "x-term",
            "title",
            "description",
            "default",
            "deprecated",
            "readOnly",
            "writeOnly",
            "examples",
            "type",
            "enum",
            "const",
            "multipleOf",
            "maximum",
            "exclusiveMaximum",
            "minimum",
            "exclusiveMinimum",
            "maxLength",
            "minLength",
            "pattern",
            "format",
            "contentEncoding",
            "contentMediaType",
            "maxItems",
            "minItems",
            "uniqueItems",
            "maxContains",
            "minContains",
            "maxProperties",
            "minProperties",
            "required",
            "dependentRequired",
        ]
    )
)


def check_schema(schema: Any, place: Place, problems: Problems, *, is_output: bool) -> dict:
    """The schema if it serves as a contract's input or output, an empty object schema if not.

    It must be valid, of type object, closed (`additionalProperties: false`), without references,
    with a privacy label on every value. An output has scalar properties and tables of them.
    """
    before = len(problems.found)
    if not isinstance(schema, Mapping):
        problems.add(place, f"must be a JSON Schema object, not {kind_of(schema)}")
    else:
        labelled = dict(_check_object(schema, place, problems, is_root=True))
        termed = check_terms(schema, place, problems)
        _check_keywords(schema, place, problems, labelled, termed)
        if is_output:
            _check_scalars(schema, place, problems)
        _check_valid(schema, place, problems)
    if len(problems.found) > before:
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        names = properties if isinstance(properties, Mapping) else {}
        return {"properties": {name: one for name, one in names.items() if isinstance(one, dict)}}
    return dict(schema)


def _check_object(
    node: Mapping[str, Any], place: Place, problems: Problems, *, is_root: bool = False
) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Check an unlabelled object; yields (place, schema) of each property, at any depth."""
    properties = node.get("properties")
    if is_root and node.get("type") != "object":
        problems.add((*place, "type"), 'must be "object"')
    if not isinstance(properties, Mapping) or not properties:
        problems.add((*place, "properties"), "must name at least one field")
        return
    if node.get("additionalProperties") is not False:
        problems.add(
            (*place, "additionalProperties"),
            "must be false, so that nothing comes in without a privacy label",
        )
    if "patternProperties" in node:
        problems.add((*place, "patternProperties"), "is not allowed; name each field")
    for name in _texts(node.get("required")):
        if name not in properties:
            hint = did_you_mean(name, properties)
            problems.add((*place, "required"), f'"{name[:80]}" is not among the properties{hint}')
    for name, child in properties.items():
        where = (*place, "properties", name)
        if not FIELD.fullmatch(name):
            problems.add(where, "a field's name must be letters, digits, _ and -, at most 80")
        if not isinstance(child, Mapping):
            problems.add(where, f"must be a JSON Schema object, not {kind_of(child)}")
            continue
        yield where, child
        yield from _check_label(child, where, problems)


def _check_label(
    node: Mapping[str, Any], place: Place, problems: Problems
) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    label = node.get("x-privacy")
    if "x-privacy" in node:
        if label not in LABELS:
            given = f'"{label[:80]}"' if isinstance(label, str) else kind_of(label)
            problems.add((*place, "x-privacy"), f"must be one of {listed(LABELS)}, not {given}")
    elif "properties" in node:
        yield from _check_object(node, place, problems)
    else:
        problems.add(place, f"has no privacy label; add x-privacy: {' | '.join(LABELS)}")


def _check_keywords(
    root: Mapping[str, Any],
    place: Place,
    problems: Problems,
    labelled: Mapping[Place, Any],
    termed: Collection[Place],
) -> None:
    """Refuse misspelt keywords, which JSON Schema would silently ignore, and references."""
    waiting: list[tuple[Place, Any]] = [(place, root)]
    while waiting:
        at, node = waiting.pop()
        if not isinstance(node, Mapping):
            continue
        for keyword, value in node.items():
            where = (*at, keyword)
            if keyword in _REFERENCES:
                problems.add(where, "references and identifiers are not allowed; write it out")
            elif keyword == "$schema" and value != DIALECT:
                problems.add(where, f"must be {DIALECT}")
            elif keyword not in _KNOWN:
                hint = did_you_mean(keyword, _KNOWN)
                problems.add(where, f"is not a keyword of JSON Schema 2020-12{hint}")
            elif keyword == "x-privacy" and at not in labelled:
                problems.add(where, "has no meaning here; label the property itself")
            elif keyword == "x-term" and at not in termed:
                problems.add(where, "has no meaning here; it names a field of the schema itself")
            elif keyword in _ONE:
                waiting.append((where, value))
            elif keyword in _LISTS and isinstance(value, list):
                waiting.extend(((*where, number), one) for number, one in enumerate(value))
            elif keyword in _MAPS and isinstance(value, Mapping):
                waiting.extend(((*where, name), one) for name, one in value.items())


def _check_scalars(schema: Mapping[str, Any], place: Place, problems: Problems) -> None:
    properties = schema.get("properties")
    for name, node in properties.items() if isinstance(properties, Mapping) else ():
        where = (*place, "properties", name)
        if is_table(node):
            columns = check_table(node, where, problems)
            for column, cell in columns.items():
                _check_scalar(cell, (*where, "items", "properties", column), problems)
        elif isinstance(node, Mapping):
            _check_scalar(node, where, problems, or_table=True)


def _check_scalar(
    node: Mapping[str, Any], place: Place, problems: Problems, *, or_table: bool = False
) -> None:
    if "enum" in node or "const" in node:
        return
    types = node.get("type")
    if not (names := _texts(types if isinstance(types, list) else [types])):
        problems.add(place, "must have a type or an enum")
    elif not set(names) <= SCALARS:
        what = "an output field" if or_table else "a column"
        also = ", or a table: an array of objects with such fields" if or_table else ""
        problems.add((*place, "type"), f"{what} must be a string, number, integer or boolean{also}")


def _check_valid(schema: Mapping[str, Any], place: Place, problems: Problems) -> None:
    found = False
    for error in _metaschema().iter_errors(dict(schema)):
        found = True
        reason = str(error.message)
        if len(reason) > 160:
            reason = f"breaks the rule {error.kind.name}"
        problems.add((*place, *error.instance_path), f"is not valid JSON Schema: {reason}")
    if found:
        return
    try:
        compiled(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        where = tuple(getattr(error, "instance_path", ()))
        reason = str(getattr(error, "message", error)).splitlines()[0][:160]
        problems.add((*place, *where), f"is not valid JSON Schema: {reason}")


def _metaschema() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {"$ref": DIALECT},
        validate_formats=True,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
