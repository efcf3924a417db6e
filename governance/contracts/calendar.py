"""A contract's business calendar: as the file has it, and as times are counted by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from governance.contracts.problems import did_you_mean
from governance.contracts.section import Section
from governance.contracts.working_time import MINUTES_A_DAY, WorkingCalendar, public_holidays

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_EXTRA_DAYS = 200
MOST_SPANS = 4
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOURS_RULE = 'must be times in order such as ["08:00", "12:00", "13:00", "17:00"]'


def read_calendar(root: Section) -> dict[str, Any] | None:
    """The calendar as stored, or None where the contract has none: then every second counts."""
    if root.raw("calendar", None) is None:
        return None
    section = root.section("calendar")
    zone = section.text("time_zone")
    if zone and zone not in available_timezones():
        hint = did_you_mean(zone, available_timezones())
        section.problem("time_zone", f'"{zone[:80]}" is not a time zone{hint}')
    body = {"time_zone": zone, "working_hours": _hours(section.section("working_hours"))}
    if section.raw("holidays", None) is not None:
        body["holidays"] = _holidays(section.section("holidays"))
    section.finish()
    return body


def calendar_of(body: Mapping[str, Any] | None) -> WorkingCalendar | None:
    """The calendar of a stored body."""
    if body is None:
        return None
    holidays = body.get("holidays", {})
    return WorkingCalendar(
        time_zone=ZoneInfo(body["time_zone"]).key,
        hours=tuple(_spans(body["working_hours"].get(day, [])) for day in WEEKDAYS),
        country=holidays.get("country"),
        subdivision=holidays.get("subdivision"),
        extra=frozenset(date.fromisoformat(one) for one in holidays.get("extra", ())),
    )


def weekly_seconds(calendar: WorkingCalendar) -> int:
    """Working time of a week without holidays."""
    return 60 * sum(last - first for spans in calendar.hours for first, last in spans)


def _hours(section: Section) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for day in WEEKDAYS:
        times = section.raw(day, None)
        if times is None:
            continue
        if not _is_in_order(times):
            section.problem(day, _HOURS_RULE)
        elif times:
            found[day] = list(times)
    if section.is_mapping and section.values and not any(section.values.values()):
        section.problems.add(section.place, "leave no time to work in a whole week")
    elif section.is_mapping and not section.values:
        section.problems.add(section.place, "must name at least one day")
    section.finish()
    return found


def _is_in_order(times: Any) -> bool:
    if not isinstance(times, list) or len(times) % 2 or len(times) > 2 * MOST_SPANS:
        return False
    if not all(isinstance(one, str) and _TIME.fullmatch(one) for one in times):
        return False
    minutes = [_minute(one) for one in times]
    return all(one < other for one, other in pairwise(minutes))


def _spans(times: list[str]) -> tuple[tuple[int, int], ...]:
    minutes = [_minute(one) for one in times]
    return tuple(zip(minutes[::2], minutes[1::2], strict=True))


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return min(int(hour) * 60 + int(minute), MINUTES_A_DAY)


def _holidays(section: Section) -> dict[str, Any]:
    country = section.text("country", None, limit=10)
    subdivision = section.text("subdivision", None, limit=20)
    if country:
        _check_place(section, country, subdivision)
    elif subdivision:
        section.problem("subdivision", "needs a country")
    extra: list[str] = []
    for place, one in section.entries("extra", []):
        if not isinstance(one, str) or not _is_date(one):
            section.problems.add(place, "must be a date such as 2026-12-24")
        elif one not in extra:
            extra.append(one)
    if len(extra) > MOST_EXTRA_DAYS:
        section.problem("extra", f"must hold at most {MOST_EXTRA_DAYS} days")
    section.finish()
    body: dict[str, Any] = {"extra": sorted(extra)}
    if country:
        body["country"] = country
    if subdivision:
        body["subdivision"] = subdivision
    return body


def _check_place(section: Section, country: str, subdivision: str | None) -> None:
    for name, place in (("country", (country, None)), ("subdivision", (country, subdivision))):
        try:
            public_holidays(*place, 2026)
        except NotImplementedError:
            unknown = country if name == "country" else subdivision
            section.problem(name, f'no public holidays are known for "{unknown}"')
            return


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
