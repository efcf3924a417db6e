"""What was measured of a version in use (review.measuring makes it), as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.cards.table import Table, interval, number, percent

# Of the items in which a person's judgement can be had at all.
_JUDGED = (
    "Items that people judged, the newest {limit:,} at most. Where the model acts alone, only "
    "those drawn as samples count, each for as many as its rate says; rates and intervals are of "
    "all items."
)


def overrides(facts: Mapping[str, Any]) -> tuple[Table, ...]:
    """Override rate by segment; () before anything was judged."""
    rows = tuple(
        (
            str(one["slice"]),
            str(one["judged"]),
            str(one["overridden"]),
            percent(one.get("rate", one["overridden"] / one["judged"])),
            interval(one["low"], one["high"]),
        )
        for one in facts.get("overrides", [])
    )
    if not rows:
        return ()
    columns = ("Items", "Judged", "Overridden", "Rate", "95% interval")
    return (Table("Override rate", columns, rows, f"{_note(facts)} Intervals by Wilson, joined."),)


def calibration(facts: Mapping[str, Any]) -> tuple[Table, ...]:
    """Accuracy, Brier score and calibration error by field, then each field's bins."""
    found = facts.get("fields", [])
    if not found:
        return ()
    rows = tuple(
        (
            one["field"],
            str(one["judged"]),
            percent(one.get("accuracy", one["right"] / one["judged"])),
            interval(one["low"], one["high"]),
            "" if one["brier"] is None else number(one["brier"]),
            "" if one["ece"] is None else number(one["ece"]),
            interval(one["ece_low"], one["ece_high"]) if one.get("ece_low") is not None else "",
        )
        for one in found
    )
    columns = (
        *("Field", "Judged", "Accuracy", "95% interval", "Brier score", "Calibration error"),
        "95% interval of it",
    )
    note = (
        f"{_note(facts)} Calibration error over bins of equal mass, less what chance alone makes "
        "of it; 0 is perfect."
    )
    return (
        Table("Accuracy and calibration by field", columns, rows, note),
        *(_bins(one) for one in found if one["bins"]),
    )


def _bins(field: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            f"{one['from']:.3f} to {one['to']:.3f}",
            str(one["count"]),
            number(one["confidence"]),
            number(one["accuracy"]),
            interval(one["low"], one["high"]),
        )
        for one in field["bins"]
    )
    columns = ("Confidence", "Judged", "Mean confidence", "Accuracy", "95% interval")
    return Table(f"Reliability of {field['field']}", columns, rows)


def operation(facts: Mapping[str, Any]) -> tuple[Table, ...]:
    """Cost and latency of the newest calls; () without any."""
    calls = facts.get("calls", {})
    total = calls.get("answered", 0) + calls.get("failed", 0)
    if not total:
        return ()
    latency = calls["latency_ms"] or {}
    rows = [
        ("Calls", f"{total:,}"),
        ("Of them failed", f"{calls['failed']:,}"),
        *((f"Latency, {name}", f"{value:,.0f} ms") for name, value in latency.items()),
        ("Cost of a call, mean", f"{calls['cost_micros'] / total / 1e6:.6f}"),
        ("Input tokens of a call, mean", f"{calls['input_tokens'] / total:,.1f}"),
        ("Output tokens of a call, mean", f"{calls['output_tokens'] / total:,.1f}"),
    ]
    note = "Cost in the currency of the provider's prices. Latency of calls that were answered."
    return (Table("Calls", ("Fact", "Value"), tuple(rows), note),)


def _note(facts: Mapping[str, Any]) -> str:
    return _JUDGED.format(limit=facts["window"]["limit"])
