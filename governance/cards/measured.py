"""Each measured field of a card with its tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from governance.cards import in_use, reported
from governance.cards.models import CardFacts
from governance.cards.table import Table
from governance.catalogue.models import ModelVersion
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Contract

# Of a contract: its number, and the bands (automatic, manual) by field.
Bands = tuple[int, Mapping[str, tuple[float, float]]]


def tables(
    version: ModelVersion, facts: CardFacts | None, bands: Bands | None
) -> dict[str, tuple[Table, ...]]:
    """By key of the measured field; () for what is not known (yet)."""
    report: Mapping[str, Any] = version.report
    used: Mapping[str, Any] = facts.facts if facts else {}
    return {
        "identity": reported.identity(version),
        "configuration": reported.configuration(version),
        "thresholds": _thresholds(bands),
        "evaluation_rows": reported.evaluation_rows(report),
        "training_rows": reported.training_rows(report),
        "held_out": reported.held_out(report),
        "overrides": in_use.overrides(used),
        "calibration": in_use.calibration(used),
        "operation": in_use.operation(used),
    }


def bands_of(versions: Collection[ModelVersion]) -> dict[UUID, Bands]:
    """The bands of the contract that each was trained for, or else of its process's; one statement.

    Versions come with their model and process.
    """
    processes = {version.model.process for version in versions}
    trained_for = {version.report.get("contract") for version in versions} - {None}
    wanted = Q(process__in=processes, number__in=trained_for) | Q(
        pk__in=[one.contract_id for one in processes]
    )
    contracts = Contract.objects.filter(wanted).values_list("process", "number", "pk")
    by_number = {(process, number): pk for process, number, pk in contracts}
    by_key = {pk: number for (_, number), pk in by_number.items()}
    found: dict[UUID, Bands] = {}
    for version in versions:
        process = version.model.process
        key = by_number.get((process.pk, version.report.get("contract")), process.contract_id)
        if key is not None:
            bands = agreement_of(key).bands.items()
            found[version.pk] = (
                by_key[key],
                {name: (band.automatic, band.manual) for name, band in bands},
            )
    return found


def _thresholds(bands: Bands | None) -> tuple[Table, ...]:
    if bands is None or not bands[1]:
        return ()
    number, by_field = bands
    rows = tuple(
        (name, f"{automatic:.2f}", f"{manual:.2f}")
        for name, (automatic, manual) in by_field.items()
    )
    columns = ("Field", "To act alone", "To be shown")
    return (Table(f"Confidence bands of contract {number}", columns, rows),)
