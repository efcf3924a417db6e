"""Dates that must be in order. Values are ISO dates (or date-times, of which the day counts)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from governance.contracts.rules.registry import HOLDS, Given, Verdict, fails, is_absent

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=T|\Z)", re.ASCII)


def day_of(value: Any) -> date | None:
    """The day of an ISO date or date-time, None where it is none."""
    found = _DAY.match(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        return date.fromisoformat(found.group())
    except ValueError:
        return None


def dates_in_order(given: Given) -> Verdict:
    """Whether each date is on or after the one before it; absent ones are passed by."""
    days = [day_of(value) for value in given.values if not is_absent(value)]
    known = [day for day in days if day is not None]
    if len(known) < len(days):
        return fails("not_a_date")
    return HOLDS if known == sorted(known) else fails("order_wrong")


def not_expired(given: Given) -> Verdict:
    """Whether a document is valid on the day its item came in; its last day counts."""
    last = day_of(given.values[0])
    if last is None:
        return fails("not_a_date")
    if last >= given.day:
        return HOLDS
    return fails("expired_days_ago", days=(given.day - last).days)


def at_least_years(given: Given) -> Verdict:
    """Whether as many years have passed since a date on the day the item came in.

    Who is born on 29 February comes of age on 1 March in a year without that day.
    """
    start, years = day_of(given.values[0]), int(given.options["years"])
    if start is None:
        return fails("not_a_date")
    if start > given.day:
        return fails("in_the_future")
    had_birthday = (given.day.month, given.day.day) >= (start.month, start.day)
    age = given.day.year - start.year - (not had_birthday)
    return HOLDS if age >= years else fails("too_young", years=years)
