"""Working time: instants and seconds by a business calendar. Pure; no clock, no database.

A calendar's hours are wall-clock times of its zone. An hour that a clock change leaves out is no
working time, and one that comes twice counts twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60
LONGEST_DAYS = 366 * 20  # how far an answer may lie from its start

Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class WorkingCalendar:
    """When a team works: hours of each weekday (Monday first) as pairs of minutes after midnight,
    less the public holidays of a country and days of its own."""

    time_zone: str
    hours: tuple[tuple[tuple[int, int], ...], ...]
    country: str | None = None
    subdivision: str | None = None
    extra: frozenset[date] = frozenset()


def add_working_time(calendar: WorkingCalendar, start: datetime, seconds: int) -> datetime:
    """The instant at which `seconds` of working time have passed since start (aware), in UTC.

    Negative seconds go back: the last instant after which as many remain until start. No seconds
    give start itself, working time or not. Raises OverflowError where that lies more than
    LONGEST_DAYS away.
    """
    start = start.astimezone(UTC)
    left = timedelta(seconds=abs(seconds))
    if not left:
        return start
    for begin, end in _walk(calendar, start, forward=seconds > 0):
        if seconds > 0:
            begin = max(begin, start)
            if end - begin >= left:
                return begin + left
        else:
            end = min(end, start)
            if end - begin >= left:
                return end - left
        left -= max(end - begin, timedelta(0))
    raise OverflowError("The calendar has too little working time.")


def working_seconds_between(calendar: WorkingCalendar, start: datetime, end: datetime) -> float:
    """Seconds of working time from start to end; negative where end comes first."""
    if end < start:
        return -working_seconds_between(calendar, end, start)
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta(0)
    for opens, closes in _walk(calendar, start, forward=True):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), timedelta(0))
    return total.total_seconds()


def _walk(calendar: WorkingCalendar, start: datetime, *, forward: bool) -> Iterator[Interval]:
    """Intervals of working time in order from start, which may lie within the first of them."""
    day = start.astimezone(ZoneInfo(calendar.time_zone)).date()
    step = timedelta(days=1 if forward else -1)
    # The neighbour first: hours up to 24:00 may end at midnight, and zones differ by a day.
    day -= step
    for _ in range(LONGEST_DAYS):
        found = intervals(calendar, day)
        for begin, end in found if forward else reversed(found):
            if (end > start) if forward else (begin < start):
                yield begin, end
        try:
            day += step
        except OverflowError:
            return


@lru_cache(maxsize=4096)
def intervals(calendar: WorkingCalendar, day: date) -> tuple[Interval, ...]:
    """A day's working time in UTC, in order and without overlap; none on a holiday."""
    spans = calendar.hours[day.weekday()]
    if not spans or is_holiday(calendar, day):
        return ()
    zone = ZoneInfo(calendar.time_zone)
    found: list[Interval] = []
    for first, last in spans:
        begin, end = _instant(day, first, zone, last=False), _instant(day, last, zone, last=True)
        if found and begin < found[-1][1]:
            begin = found[-1][1]  # clocks went back within an hour that two spans share
        if begin < end:
            found.append((begin, end))
    return tuple(found)


def _instant(day: date, minute: int, zone: ZoneInfo, *, last: bool) -> datetime:
    """A wall-clock minute of a day in UTC: of a time that comes twice the first for a beginning and
    the second for an end; of one that is left out the instant at which the clock was put forward.
    """
    if minute == MINUTES_A_DAY:
        # The first midnight, where there are two: the next day begins there.
        day, minute, last = day + timedelta(days=1), 0, False
    naive = datetime.combine(day, time(minute // 60, minute % 60))
    early, late = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early > late:
        return _clock_change(late, early, zone)
    return late if last else early


def _clock_change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant between two at which the zone's offset changes, to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def is_holiday(calendar: WorkingCalendar, day: date) -> bool:
    """Whether a day is a public holiday of the calendar's country or one of its own."""
    if day in calendar.extra:
        return True
    return calendar.country is not None and day in public_holidays(
        calendar.country, calendar.subdivision, day.year
    )


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """A country's public holidays in a year. Raises NotImplementedError for an unknown place."""
    import holidays  # half a second of imports, for processes with such a calendar alone

    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
