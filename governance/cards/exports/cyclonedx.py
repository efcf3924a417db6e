"""A card as CycloneDX 1.7 JSON: a machine-learning model with its modelCard.

The library has no classes for modelCard, so the document is built here; tests hold it to the
library's own copy of the 1.7 schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from governance.cards import reported
from governance.cards.queries import Card
from governance.cards.schema import FIELDS

PREFIX = "countersign:card"
_CARD = "modelCard."


def cyclonedx(card: Card) -> dict[str, Any]:
    """The document: serial number by version, document version by revision."""
    version = card.version
    at = card.revision.at if card.revision else version.created_at
    placed = dict(_placed(card))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'countersign:{version.pk}')}",
        "version": card.revision.number if card.revision else 1,
        "metadata": {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ")},
        "components": [_component(card, placed)],
    }


def _placed(card: Card) -> Iterator[tuple[str, str]]:
    """(place, text) of authored fields that have a place of their own."""
    for key, text in card.texts.items():
        if key in FIELDS and FIELDS[key].cyclonedx:
            yield FIELDS[key].cyclonedx, text


def _component(card: Card, placed: Mapping[str, str]) -> dict[str, Any]:
    version = card.version
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"model-version:{version.pk}",
        "name": version.model.name,
        "version": str(version.number),
    }
    if "supplier.name" in placed:
        component["supplier"] = {"name": placed["supplier.name"]}
    if "description" in placed:
        component["description"] = placed["description"]
    if "licenses" in placed:
        component["licenses"] = [{"license": {"name": placed["licenses"]}}]
    if version.config.get("sha256") == version.digest:  # else no file has this hash
        component["hashes"] = [{"alg": "SHA-256", "content": version.digest}]
    component["modelCard"] = _model_card(card, placed)
    return component


def _model_card(card: Card, placed: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "bom-ref": f"model-card:{card.version.pk}",
        "modelParameters": _parameters(card, placed),
        "considerations": _considerations(placed),
        "properties": list(_properties(card)),
    }
    metrics = [*_reported(card.version.report), *_used(card.facts.facts if card.facts else {})]
    if metrics:
        found["quantitativeAnalysis"] = {"performanceMetrics": metrics}
    return found


def _parameters(card: Card, placed: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if card.version.report.get("fields"):
        found["approach"] = {"type": "supervised"}  # reports come from training on labels alone
    family = placed.get(f"{_CARD}modelParameters.architectureFamily")
    if family:
        found["architectureFamily"] = family
    data = [
        {"type": "dataset", "name": name, "description": placed[place]}
        for name in ("training", "evaluation")
        if (place := f"{_CARD}modelParameters.datasets.{name}") in placed
    ]
    if data:
        found["datasets"] = data
    return found


def _considerations(placed: Mapping[str, str]) -> dict[str, Any]:
    at = f"{_CARD}considerations."
    found: dict[str, Any] = {
        name: [placed[at + name]]
        for name in ("users", "useCases", "technicalLimitations", "performanceTradeoffs")
        if at + name in placed
    }
    risk = {
        name: placed[f"{at}ethicalConsiderations.{name}"]
        for name in ("name", "mitigationStrategy")
        if f"{at}ethicalConsiderations.{name}" in placed
    }
    if risk:
        found["ethicalConsiderations"] = [risk]
    group = placed.get(f"{at}fairnessAssessments.groupAtRisk")
    if group:
        found["fairnessAssessments"] = [{"groupAtRisk": group}]
    return found


def _properties(card: Card) -> Iterator[dict[str, str]]:
    """What has no place of its own, and the digests that everything hangs on."""
    yield {"name": f"{PREFIX}:version-digest", "value": card.version.digest}
    yield {"name": f"{PREFIX}:provider", "value": card.version.provider}
    yield {"name": f"{PREFIX}:process", "value": card.version.model.process_id}
    if card.revision:
        yield {"name": f"{PREFIX}:revision-digest", "value": card.revision.digest}
    if card.facts and card.facts.digest:
        yield {"name": f"{PREFIX}:facts-digest", "value": card.facts.digest}
    for key, field in FIELDS.items():
        text = card.texts.get(key)
        if text and not field.cyclonedx:
            yield {"name": f"{PREFIX}:{key}", "value": text}
    for field in card.completeness.missing:
        yield {"name": f"{PREFIX}:missing", "value": field.key}


def _reported(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in reported.fields_of(report):
        low, high = reported.accuracy_interval(one)
        name = f"field {one['field']}"
        yield _metric("accuracy, held out", one["accuracy"], name, low, high)
        yield _metric("calibration error, held out", one["calibration_error"], name)


def _used(facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in facts.get("overrides", []):
        rate = one.get("rate", one["overridden"] / one["judged"])
        yield _metric("override rate", rate, one["slice"], one["low"], one["high"])
    for one in facts.get("fields", []):
        name = f"field {one['field']}"
        accuracy = one.get("accuracy", one["right"] / one["judged"])
        yield _metric("accuracy, in use", accuracy, name, one["low"], one["high"])
        if one["brier"] is not None:
            yield _metric("Brier score, in use", one["brier"], name)
        if one["ece"] is not None:
            ends = one.get("ece_low"), one.get("ece_high")
            yield _metric("calibration error, in use", one["ece"], name, *ends)
    calls = facts.get("calls", {})
    for name, value in (calls.get("latency_ms") or {}).items():
        yield {"type": f"latency, {name}, ms", "value": str(value)}


def _metric(
    kind: str, value: float, part: str, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, "value": f"{value:.6f}", "slice": part}
    if low is not None and high is not None:
        found["confidenceInterval"] = {"lowerBound": f"{low:.6f}", "upperBound": f"{high:.6f}"}
    return found
