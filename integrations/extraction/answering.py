"""An item's fields from what is exact and what the model reads, with where each stands."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

from integrations.extraction.candidates import Candidate
from integrations.extraction.evidence import evidence_of
from integrations.extraction.exact import exact_values
from integrations.extraction.fields import SPANS, Target
from integrations.extraction.labelling import canonical
from integrations.extraction.model import Answer, Model
from integrations.extraction.prepared import Prepared
from integrations.providers.base import Evidence, GivenDocument, Source
from integrations.structured.model import Record

Schema = Mapping[str, Any]


@dataclass
class Fields:
    """A proposal's parts by field; best is for the record: what else each field could have been,
    and how likely it is that a field left out is truly absent."""

    output: dict[str, Any] = field(default_factory=dict)
    confidence: dict[str, float | None] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    evidence: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)


def read_fields(
    model: Model, documents: Sequence[GivenDocument], schema: Schema, records: Sequence[Record]
) -> Fields:
    """What is exact wins; where the page says otherwise, its place stays among the evidence."""
    prepared, answers = model.answer([one.read for one in documents])
    targets = {one.target.name: one.target for one in model.readers}
    found = Fields()
    for answer in answers:
        _take(found, prepared, answer, documents, schema)
    exact = exact_values(records, schema)
    for name, value in exact.values.items():
        if not _fits(value, schema["properties"][name]):
            continue
        if name in exact.faulty:
            if name not in found.output:
                _put(found, name, value, None, "none", exact.evidence.get(name, ()))
            continue
        places = exact.evidence.get(name, ())
        target = targets.get(name)
        if target is not None:
            seen = _place_of(prepared, target, value, documents) or found.evidence.get(name, ())
            places = (*places, *seen)
        _put(found, name, value, 1.0, "structured", places)
    paths = {path for path in exact.evidence if "." in path}
    for path in paths:
        if path.split(".")[0] in found.output:
            found.evidence[path] = exact.evidence[path]
    found.output = {
        name: found.output[name] for name in schema["properties"] if name in found.output
    }
    return found


def _put(
    found: Fields,
    name: str,
    value: Any,
    confidence: float | None,
    source: Source,
    places: tuple[Evidence, ...],
) -> None:
    found.output[name] = value
    found.confidence[name] = confidence
    found.sources[name] = source
    if places:
        found.evidence[name] = places


def _take(
    found: Fields,
    prepared: Prepared,
    answer: Answer,
    documents: Sequence[GivenDocument],
    schema: Schema,
) -> None:
    """One field as the model reads it, unless the schema refuses it."""
    found.best[answer.field] = {
        "best": [[value, round(chance, 6)] for value, chance in answer.best],
        "absent": round(answer.confidence, 6) if answer.value is None else None,
    }
    if answer.value is None or not _fits(answer.value, schema["properties"][answer.field]):
        return
    for at, row in enumerate(answer.rows):
        for column, candidate in row.items():
            path = f"{answer.field}.{at}.{column}"
            found.evidence[path] = evidence_of(prepared.sheet, candidate, documents)
    places: tuple[Evidence, ...] = () if answer.rows else (Evidence("none", is_grounded=False),)
    if answer.candidate is not None and answer.candidate.parts:
        places = evidence_of(prepared.sheet, answer.candidate, documents)
    _put(found, answer.field, answer.value, answer.confidence, "class_probability", places)


def _place_of(
    prepared: Prepared, target: Target, value: Any, documents: Sequence[GivenDocument]
) -> tuple[Evidence, ...]:
    """Where on the pages an exact value stands, if it does."""
    key = canonical(target, value)
    if target.kind not in SPANS:
        for one in prepared.points(target.kind).candidates:
            if one.key == key and one.parts:
                return evidence_of(prepared.sheet, one, documents)
        return ()
    spans = prepared.spans(target.kind)
    places = spans.index.get(key)
    if not places:
        return ()
    atoms = prepared.atoms.atoms
    runs = tuple((atoms.first[first], atoms.last[last]) for first, last in spans.parts[places[0]])
    return evidence_of(prepared.sheet, Candidate(value, key, runs), documents)


def _fits(value: Any, schema: Schema) -> bool:
    return bool(_validator(json.dumps(schema, sort_keys=True)).is_valid(value))


@functools.lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for(json.loads(schema), validate_formats=True)
