"""Sums that must come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from governance.contracts.rules.registry import HOLDS, Given, Verdict, fails, is_absent


def sum_(given: Given) -> Verdict:
    """Whether the values present add up to `equals`, within `tolerance`.

    Where no part is there, there is nothing to add and it holds; where parts are there without a
    whole, it does not.
    """
    return _compared(given.values, given.options)


def column_sum(given: Given) -> Verdict:
    """Whether a table's column adds up to `equals`, within `tolerance`."""
    rows = given.values[0]
    if not isinstance(rows, list | tuple):
        return fails("not_a_number")
    column = given.options["column"]
    cells = [row.get(column) if isinstance(row, Mapping) else None for row in rows]
    return _compared(cells, given.options)


def _compared(parts: Iterable[Any], options: Mapping[str, Any]) -> Verdict:
    whole = options["equals"]
    present = [part for part in parts if not is_absent(part)]
    if not present:
        return HOLDS
    if is_absent(whole):
        return fails("value_missing")
    if not all(is_number(value) for value in (*present, whole)):
        return fails("not_a_number")
    # str() gives the shortest decimal that is this float: what was read, not its binary neighbour.
    difference = sum((Decimal(str(part)) for part in present), Decimal(0)) - Decimal(str(whole))
    if abs(difference) <= Decimal(str(options["tolerance"])):
        return HOLDS
    return fails("sum_differs", difference=f"{abs(difference):.2f}")


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)
