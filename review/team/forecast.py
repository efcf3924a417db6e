"""When a queue will be empty, and when its due times begin to be missed.

Each of the last days is one way the coming day may go: what came in and what was decided in the
hours that lie ahead, made as fast or slow as today has been. The answers of all of them give the
interval; it is as wide as the days differ, which no formula had to assume. Where there are too few
days, the last hours go on, with the interval of a Poisson count.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

HOUR = timedelta(hours=1)
HORIZON_HOURS = 24
MOST_DAYS = 14
FEWEST_DAYS = 4
PACE_HOURS = 6  # of today that tell how it goes
_Z = 1.281552  # two sides, 80%


@dataclass(frozen=True, slots=True)
class Hour:
    """What came in and was decided in one hour, and how many people decided."""

    arrived: int
    decided: int
    people: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """One way the coming hours may go: rates an hour, from the present hour on."""

    arriving: Sequence[float]
    deciding: Sequence[float]


@dataclass(frozen=True, slots=True)
class Between:
    """A middle and the ends of an interval of 80%; None lies beyond the horizon."""

    middle: datetime | None
    early: datetime | None
    late: datetime | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What becomes of a queue within HORIZON_HOURS if nothing is changed.

    basis: days, hours, or none (nothing was decided of late); `samples` of them. missed is how many
    of the open tasks miss their due time (low, middle, high); missed_from when that begins, in
    the middle way. more_people would hold every due time from now on: 0 where none is needed,
    None where no number is known to be enough.
    """

    basis: str
    samples: int
    empty: Between
    missed: tuple[int, int, int]
    missed_from: datetime | None
    more_people: int | None
    backlog: Sequence[tuple[float, float, float]]  # at the end of each hour: low, middle, high


def forecast(
    *,
    now: datetime,
    backlog: int,
    due: Sequence[tuple[datetime, int]],
    hours: Mapping[datetime, Hour],
) -> Forecast:
    """What becomes of a queue. Pure.

    backlog counts open tasks; due how many of them are due by when, in that order; hours what
    happened, by the beginning of the hour, without gaps standing for nothing having happened.
    """
    ways, basis, samples = ways_of(now, hours)
    if not ways:
        nothing = Between(None, None, None)
        return Forecast("none", 0, nothing, (0, 0, 0), None, None, ())
    empties = sorted(
        (empty_at(now, backlog, way) for way in ways), key=lambda at: (at is None, at or now)
    )
    misses = sorted(missed(now, due, way)[0] for way in ways)
    middle = _middle_way(ways)
    return Forecast(
        basis=basis,
        samples=samples,
        empty=Between(_at(empties, 0.5), _at(empties, 0.1), _at(empties, 0.9)),
        missed=(_at(misses, 0.1), _at(misses, 0.5), _at(misses, 0.9)),
        missed_from=missed(now, due, middle)[1],
        more_people=more_people(now, due, middle, working(now, hours)),
        backlog=_course(now, backlog, ways),
    )


def ways_of(now: datetime, hours: Mapping[datetime, Hour]) -> tuple[list[Way], str, int]:
    """The ways the coming hours may go, what they rest on and how many that are."""
    present = now.replace(minute=0, second=0, microsecond=0)
    if not hours:
        return [], "none", 0
    first = min(hours)
    days = [
        number
        for number in range(1, MOST_DAYS + 1)
        if present - timedelta(days=number) >= first
        and any(_hour(hours, present, number, ahead).decided for ahead in range(HORIZON_HOURS))
    ]
    if len(days) < FEWEST_DAYS:
        return _ways_of_hours(present, hours)
    pace = _pace(present, hours, days)
    ways = []
    for number in days:
        ahead = [_hour(hours, present, number, one) for one in range(HORIZON_HOURS)]
        ways.append(
            Way([float(one.arrived) for one in ahead], [one.decided * pace for one in ahead])
        )
    return ways, "days", len(days)


def _hour(hours: Mapping[datetime, Hour], present: datetime, days: int, ahead: int) -> Hour:
    return hours.get(present - timedelta(days=days) + ahead * HOUR, Hour(0, 0))


def _pace(present: datetime, hours: Mapping[datetime, Hour], days: Sequence[int]) -> float:
    """How fast today goes beside the same hours of other days, drawn towards 1 by little data."""
    today = usual = 0.0
    for back in range(1, PACE_HOURS + 1):
        today += hours.get(present - back * HOUR, Hour(0, 0)).decided
        usual += sum(_hour(hours, present, day, -back).decided for day in days) / len(days)
    pace = (today + 10) / (usual + 10)  # as if ten decisions had gone at the usual pace
    return min(max(pace, 0.25), 4.0)


def _ways_of_hours(present: datetime, hours: Mapping[datetime, Hour]) -> tuple[list[Way], str, int]:
    """The last hours going on for ever, at the ends and the middle of their rate's interval."""
    known = [hours.get(present - back * HOUR) for back in range(1, PACE_HOURS + 1)]
    seen = [hour for hour in known if hour is not None]
    decided = sum(hour.decided for hour in seen)
    if decided == 0:
        return [], "none", 0
    count = len(known) if min(hours) <= present - PACE_HOURS * HOUR else len(seen)
    arrived = sum(hour.arrived for hour in seen)
    ways = []
    for sign in (-1, 0, 1):
        rate = max(0.0, decided + sign * _Z * math.sqrt(decided)) / count
        coming = max(0.0, arrived - sign * _Z * math.sqrt(arrived)) / count
        ways.append(Way([coming] * HORIZON_HOURS, [rate] * HORIZON_HOURS))
    return ways, "hours", count


def empty_at(now: datetime, backlog: int, way: Way) -> datetime | None:
    """When nothing is left, between the hours by a straight line; None beyond the horizon."""
    if backlog <= 0:
        return now
    left = float(backlog)
    for at, length, arriving, deciding in _steps(now, way):
        net = (deciding - arriving) * length
        if net >= left:
            return at + HOUR * (length * left / net)
        left -= net
    return None


def missed(
    now: datetime, due: Sequence[tuple[datetime, int]], way: Way
) -> tuple[int, datetime | None]:
    """How many miss their due time if what is due first is done first, and when that begins.

    What is overdue already counts as missed. What comes in later is due later, and waits.
    """
    late, begins = 0.0, None
    wanted = 0
    for at, count in due:
        wanted += count
        behind = wanted - _capacity(now, at, way)
        if behind > late + 1e-9 and at <= now + HORIZON_HOURS * HOUR:
            late = behind
            begins = begins or max(at, now)
    return math.ceil(late - 1e-9), begins


def more_people(
    now: datetime, due: Sequence[tuple[datetime, int]], way: Way, people: float
) -> int | None:
    """How many more at the present pace of each would hold every due time that lies ahead."""
    wanted, most = 0, 1.0
    for at, count in due:
        wanted += count
        if at <= now or at > now + HORIZON_HOURS * HOUR:
            continue
        capacity = _capacity(now, at, way)
        if capacity <= 0:
            return None
        most = max(most, wanted / capacity)
    if most <= 1.0:
        return 0
    return math.ceil(people * (most - 1) - 1e-9) if people > 0 else None


def working(now: datetime, hours: Mapping[datetime, Hour]) -> float:
    """How many people decided in a usual hour of the last PACE_HOURS in which anybody did."""
    present = now.replace(minute=0, second=0, microsecond=0)
    counts = [
        hours[at].people
        for at in (present - back * HOUR for back in range(PACE_HOURS + 1))
        if at in hours and hours[at].people
    ]
    return sum(counts) / len(counts) if counts else 0.0


def _capacity(now: datetime, until: datetime, way: Way) -> float:
    done = 0.0
    for at, length, _, deciding in _steps(now, way):
        part = min(max((until - at) / HOUR, 0.0), length)
        done += deciding * part
    return done


def _steps(now: datetime, way: Way) -> list[tuple[datetime, float, float, float]]:
    """(begin, length in hours, arriving, deciding) from now on; the present hour is cut."""
    present = now.replace(minute=0, second=0, microsecond=0)
    steps = []
    for number, (arriving, deciding) in enumerate(zip(way.arriving, way.deciding, strict=True)):
        begin = max(now, present + number * HOUR)
        length = (present + (number + 1) * HOUR - begin) / HOUR
        steps.append((begin, length, arriving, deciding))
    return steps


def _middle_way(ways: Sequence[Way]) -> Way:
    count = len(ways)
    return Way(
        [sum(way.arriving[hour] for way in ways) / count for hour in range(HORIZON_HOURS)],
        [sum(way.deciding[hour] for way in ways) / count for hour in range(HORIZON_HOURS)],
    )


def _course(now: datetime, backlog: int, ways: Sequence[Way]) -> list[tuple[float, float, float]]:
    courses = []
    for way in ways:
        left, course = float(backlog), []
        for _, length, arriving, deciding in _steps(now, way):
            left = max(0.0, left + (arriving - deciding) * length)
            course.append(left)
        courses.append(course)
    return [
        (_at(sorted(hour), 0.1), _at(sorted(hour), 0.5), _at(sorted(hour), 0.9))
        for hour in zip(*courses, strict=True)
    ]


def _at(ordered: Sequence[T], share: float) -> T:
    """The value at a share of an ordered sequence: the ends at 0 and 1."""
    return ordered[round(share * (len(ordered) - 1))]
