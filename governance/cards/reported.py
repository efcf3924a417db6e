"""What the catalogue and the report of a training run say about a version, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from governance.cards.table import Table, interval, number, percent, without_empty
from governance.catalogue.models import ModelVersion
from governance.shares import share

# Keys of a report with their meaning; others of its top level are shown under their own name.
_ROWS = {
    "contract": "Contract version",
    "rows": "Examples",
    "groups": "Groups of examples (issuers)",
    "columns": "Features",
    "decided": "Of them from people's decisions",
    "seed": "Random seed",
}


def identity(version: ModelVersion) -> tuple[Table, ...]:
    rows = (
        ("Model", version.model.name),
        ("Process", version.model.process_id),
        ("Version", str(version.number)),
        ("Provider", version.provider),
        ("Digest (SHA-256)", version.digest),
        ("Registered", f"{version.created_at:%Y-%m-%d %H:%M} UTC"),
    )
    return (Table("Catalogue entry", ("Fact", "Value"), rows),)


def configuration(version: ModelVersion) -> tuple[Table, ...]:
    rows = tuple((name, _plain(value)) for name, value in sorted(version.config.items()))
    if not rows:
        rows = (("(none)", "The digest alone names the version."),)
    return (Table("Configuration", ("Setting", "Value"), rows),)


def training_rows(report: Mapping[str, Any]) -> tuple[Table, ...]:
    """The counts at the top of a report; () without a number of examples."""
    if "rows" not in report:
        return ()
    rows = tuple(
        (_ROWS.get(name, name), _plain(value)) for name, value in report.items() if name != "fields"
    )
    return (Table("Training run", ("Fact", "Value"), rows),)


def evaluation_rows(report: Mapping[str, Any]) -> tuple[Table, ...]:
    """How many examples judged each field; () without a report of fields."""
    rows = tuple(
        (
            str(one["field"]),
            str(one["rows"]),
            str(one.get("present", "")),
            str(one.get("classes", "")),
        )
        for one in fields_of(report)
    )
    if not rows:
        return ()
    table = Table(
        "Held-out examples by output field",
        ("Field", "Examples", "With a value", "Classes"),
        rows,
        "Cross-fitting: each example is judged once, by a model that has not seen it.",
    )
    return (without_empty(table),)


def held_out(report: Mapping[str, Any]) -> tuple[Table, ...]:
    """Accuracy by field with its interval; () without a report of fields."""
    found = list(fields_of(report))
    if not found:
        return ()
    rows = []
    for one in found:
        low, high = accuracy_interval(one)
        rows.append(
            (
                str(one["field"]),
                percent(one["accuracy"]),
                interval(low, high),
                number(one["calibration_error"]),
                number(one["mean_confidence"]),
            )
        )
    columns = ("Field", "Accuracy", "95% interval", "Calibration error", "Mean confidence")
    tables = [
        Table("Accuracy on held-out data", columns, tuple(rows), "Intervals of accuracy by Wilson.")
    ]
    if all("stranger_accuracy" in one for one in found):
        tables.append(_strangers(found))
    rare = [
        (str(one["field"]), ", ".join(one["rare_classes"]))
        for one in found
        if one.get("rare_classes")
    ]
    if rare:
        tables.append(
            Table("Classes with too few examples to judge", ("Field", "Classes"), tuple(rare))
        )
    return tuple(tables)


def _strangers(found: Iterable[Mapping[str, Any]]) -> Table:
    rows = tuple(
        (
            str(one["field"]),
            percent(one["stranger_accuracy"]),
            "" if one["threshold"] is None else f"{one['threshold']:.2f}",
            "" if one["above_share"] is None else percent(one["above_share"]),
            "" if one["above_accuracy"] is None else percent(one["above_accuracy"]),
            "" if not one["above_interval"] else interval(*one["above_interval"]),
        )
        for one in found
    )
    columns = (
        *("Field", "Accuracy, new issuers", "Threshold", "Share above"),
        *("Accuracy above", "95% interval"),
    )
    note = "New issuers: each example judged as if its issuer were unknown. Intervals of accuracy"
    return Table("Where it could act alone", columns, rows, f"{note} above by Clopper and Pearson.")


def fields_of(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The fields that a training run reports, those it measured."""
    found = report.get("fields", [])
    return [one for one in found if isinstance(one, Mapping) and {"rows", "accuracy"} <= one.keys()]


def accuracy_interval(one: Mapping[str, Any]) -> tuple[float, float]:
    """The 95% interval of a reported field's accuracy, by Wilson."""
    rows = int(one["rows"])
    found = share(min(rows, round(one["accuracy"] * rows)), rows)
    return found.low, found.high


def _plain(value: Any) -> str:
    if isinstance(value, dict | list):
        return ", ".join(map(str, value))
    return str(value)
