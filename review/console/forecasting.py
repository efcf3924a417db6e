"""A forecast in words, and as the points of a small chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from review.console import words
from review.team.forecast import Forecast
from review.team.queries import Standing

WIDTH, HEIGHT = 480, 120


@dataclass(frozen=True, slots=True)
class Chart:
    """Points of an SVG of WIDTH by HEIGHT: the middle as a line, the interval as an area."""

    line: str
    area: str
    top: str  # what the height stands for
    ticks: Sequence[tuple[float, str]]  # x, the hour
    rows: Sequence[tuple[str, str, str, str]]  # hour, low, middle, high: the same as a table


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of a queue, for people; level: ok, soon, over."""

    sentence: str
    risk: str
    level: str
    basis: str
    chart: Chart | None


def outlook(standing: Standing, seen: Forecast, now: datetime) -> Outlook:
    """The forecast of a queue in words."""
    if standing.open_count == 0:
        return Outlook("Empty now.", "", "ok", _basis(seen), None)
    if standing.queue.is_paused:
        return Outlook("Paused: nothing is handed out.", "", "soon", "", None)
    if seen.basis == "none":
        return Outlook("Nothing was decided of late: no forecast.", "", "soon", "", None)
    risk, level = _risk(seen, standing, now)
    return Outlook(
        sentence=_empty(seen, standing),
        risk=risk,
        level=level,
        basis=_basis(seen),
        chart=_chart(seen, standing.open_count, now),
    )


def clock(at: datetime, now: datetime) -> str:
    """A time of day; with the day where it is another."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    text = f"{local:%H:%M}"
    if local.date() == today.date():
        return text
    if local.date() == (today + timedelta(days=1)).date():
        return f"{text} tomorrow"
    return f"{text} on {local:%d %b}"


def _empty(seen: Forecast, standing: Standing) -> str:
    between = seen.empty
    at_least = "not before " if standing.is_capped else ""
    now = timezone.now()
    if between.middle is None:
        if between.early is None:
            return "At this rate it is not empty within a day."
        early = clock(between.early, now)
        return f"At this rate it is not empty within a day; {early} at the earliest."
    late = f"{clock(between.late, now)}" if between.late else "later than a day"
    early = clock(between.early or between.middle, now)
    middle = clock(between.middle, now)
    return f"At this rate empty at {at_least}{middle} (between {early} and {late})."


def _risk(seen: Forecast, standing: Standing, now: datetime) -> tuple[str, str]:
    low, middle, high = seen.missed
    if high == 0:
        return "No due time is missed at this rate.", "ok"
    if seen.missed_from is None or middle == 0:
        return f"In a bad case {high:,} tasks miss their due time.", "soon"
    begins = "already" if seen.missed_from <= now else f"from {clock(seen.missed_from, now)}"
    spread = f" ({low:,} to {high:,})" if low != high else ""
    noun = "task misses its due time" if middle == 1 else "tasks miss their due time"
    text = f"{middle:,} {noun}{spread}, {begins}."
    if seen.more_people:
        people = "person" if seen.more_people == 1 else "people"
        text += f" {seen.more_people} more {people} would hold what is not overdue yet."
    elif seen.more_people == 0 and seen.missed_from <= now:
        text += " What is not overdue yet is held."
    return text, "over" if seen.missed_from <= now else "soon"


def _basis(seen: Forecast) -> str:
    if seen.basis == "days":
        return f"From the last {seen.samples} working days and today's pace; interval of 80%."
    if seen.basis == "hours":
        return f"From the last {seen.samples} hours only; interval of 80%."
    return ""


def _chart(seen: Forecast, backlog: int, now: datetime) -> Chart | None:
    if not seen.backlog:
        return None
    present = now.replace(minute=0, second=0, microsecond=0)
    hours = [now, *(present + timedelta(hours=one + 1) for one in range(len(seen.backlog)))]
    values = [(float(backlog),) * 3, *seen.backlog]
    top = max(max(high for _, _, high in values), 1.0)
    span = (hours[-1] - hours[0]).total_seconds()

    def x(at: datetime) -> float:
        return round((at - hours[0]).total_seconds() / span * WIDTH, 1)

    def y(value: float) -> float:
        return round(HEIGHT - value / top * (HEIGHT - 8), 1)

    places = list(zip(hours, values, strict=True))
    line = " ".join(f"{x(at)},{y(value[1])}" for at, value in places)
    upper = [f"{x(at)},{y(value[2])}" for at, value in places]
    lower = [f"{x(at)},{y(value[0])}" for at, value in reversed(places)]
    ticks = [
        (x(at), f"{timezone.localtime(at):%H}")
        for at in hours[1:-1]
        if timezone.localtime(at).hour % 6 == 0
    ]
    rows = [
        (clock(at, now), f"{low:,.0f}", f"{middle:,.0f}", f"{high:,.0f}")
        for at, (low, middle, high) in places[1:]
    ]
    return Chart(line, " ".join(upper + lower), f"{top:,.0f}", ticks, rows)


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar a day: (x, height, what it stands for), in an SVG of `width` by 24."""

    width: int
    bars: Sequence[tuple[float, float, str]]


def bars(values: Sequence[tuple[str, int]]) -> Bars:
    """Small bars, at most as high as the largest."""
    top = max((value for _, value in values), default=0) or 1
    return Bars(
        width=max(1, len(values)) * 6,
        bars=[
            (place * 6.0, round(max(value / top * 24, 1 if value else 0), 1), f"{name}: {value}")
            for place, (name, value) in enumerate(values)
        ],
    )


def minutes(seconds: float | None) -> str:
    """A handle time in words: `48 s`, `3.2 min`."""
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else words.span(seconds)
