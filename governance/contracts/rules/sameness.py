"""Two values that must say the same."""

from __future__ import annotations

from typing import Any

from governance.contracts.conditions import is_same as is_same_value
from governance.contracts.rules.dates import day_of
from governance.contracts.rules.registry import HOLDS, Given, Verdict, fails, is_absent
from integrations.screening import sameness
from integrations.structured import mrz


def same_value(given: Given) -> Verdict:
    """Whether two values are equal: dates by their day, texts but for case and blanks, others as
    they are. One without the other does not hold."""
    left, right = given.values
    if is_absent(left) or is_absent(right):
        return fails("value_missing")
    if isinstance(left, str) and isinstance(right, str):
        days = day_of(left), day_of(right)
        if days[0] is not None and days[1] is not None:
            return HOLDS if days[0] == days[1] else fails("differs")
        return HOLDS if _plain(left) == _plain(right) else fails("differs")
    return HOLDS if is_same_value(left, right) else fails("differs")


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def same_name(given: Given) -> Verdict:
    """Whether two names are the same, however they are written out in A to Z.

    With `equals`, the values of `of` are put together and compared with it. With `mrz`, a name
    that the zone had no room for may be cut as the standard says, but only where the zone is full.
    """
    if given.options["has_equals"]:
        parts = [value for value in given.values if not is_absent(value)]
        left, right = _joined(parts), given.options["equals"]
    else:
        left, right = given.values
    if is_absent(left) or is_absent(right):
        return fails("value_missing")
    if not (isinstance(left, str) and isinstance(right, str)):
        return fails("not_a_text")
    if sameness.is_same(left, right):
        return HOLDS
    return HOLDS if _is_cut(left, right, given) else fails("differs")


def _joined(parts: list[Any]) -> Any:
    if all(isinstance(part, str) for part in parts):
        return " ".join(parts)
    return parts[0] if len(parts) == 1 else 0


def _is_cut(left: str, right: str, given: Given) -> bool:
    text = given.options.get("mrz")
    zone = mrz.read(mrz.lines_of(text), day=given.day) if isinstance(text, str) else None
    if zone is None or zone.faults or not zone.is_full:
        return False
    for short, whole in ((left, right), (right, left)):
        for name, is_last in (
            (zone.given_names, True),
            (zone.surname, not zone.given_names),
            (f"{zone.surname} {zone.given_names}", True),
        ):
            if name and sameness.is_same(short, name):
                return sameness.is_cut(name, whole, is_last=is_last)
    return False
