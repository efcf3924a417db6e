"""Working time by a business calendar: clocks that change, holidays, and what always holds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.contracts.working_time import (
    WorkingCalendar,
    add_working_time,
    intervals,
    working_seconds_between,
)

HOUR = 3600
OFFICE = (*tuple(((8 * 60, 17 * 60),) for _ in range(5)), (), ())
BERLIN = WorkingCalendar("Europe/Berlin", OFFICE, "DE", "BE", frozenset({date(2026, 12, 24)}))
ALWAYS = tuple(((0, 24 * 60),) for _ in range(7))


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def test_a_weekend_and_a_night_do_not_count():
    friday = berlin("2026-11-20 16:00")
    assert add_working_time(BERLIN, friday, 2 * HOUR) == berlin("2026-11-23 09:00")
    assert working_seconds_between(BERLIN, friday, berlin("2026-11-23 09:00")) == 2 * HOUR


def test_public_holidays_and_days_of_ones_own_do_not_count():
    before = berlin("2026-12-23 16:00")  # the 24th is ours, the 25th is Germany's, then a weekend
    assert add_working_time(BERLIN, before, 2 * HOUR) == berlin("2026-12-28 09:00")


def test_a_holiday_of_one_subdivision_counts_elsewhere():
    womens_day = berlin("2027-03-08 08:00")  # a Monday, free in Berlin and not in Bavaria
    bavaria = WorkingCalendar("Europe/Berlin", OFFICE, "DE", "BY")
    assert add_working_time(BERLIN, womens_day, HOUR) == berlin("2027-03-09 09:00")
    assert add_working_time(bavaria, womens_day, HOUR) == berlin("2027-03-08 09:00")


def test_before_hours_time_starts_with_them_and_at_their_end_it_is_up():
    assert add_working_time(BERLIN, berlin("2026-11-23 05:00"), HOUR) == berlin("2026-11-23 09:00")
    assert add_working_time(BERLIN, berlin("2026-11-23 16:00"), HOUR) == berlin("2026-11-23 17:00")


def test_going_back_ends_where_as_much_remains():
    assert add_working_time(BERLIN, berlin("2026-11-23 09:00"), -2 * HOUR) == berlin(
        "2026-11-20 16:00"
    )


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 22), 24)],
)
def test_a_whole_day_has_the_hours_that_the_clock_change_leaves(day, hours):
    calendar = WorkingCalendar("Europe/Berlin", ALWAYS)
    start = datetime.combine(day, datetime.min.time(), ZoneInfo("Europe/Berlin"))
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo("Europe/Berlin"))
    assert working_seconds_between(calendar, start, end) == hours * HOUR


@pytest.mark.parametrize(
    ("spans", "day", "hours"),
    [
        (((60, 150),), date(2026, 3, 29), 1.0),  # 01:00 to 02:30, of which 02:00 on is left out
        (((130, 170),), date(2026, 3, 29), 0.0),  # all of it is left out
        (((60, 150),), date(2026, 10, 25), 2.5),  # 02:00 to 03:00 comes twice
        (((60, 150), (150, 240)), date(2026, 10, 25), 4.0),  # and is never counted more than twice
    ],
)
def test_hours_in_a_clock_change_are_those_that_pass(spans, day, hours):
    calendar = WorkingCalendar("Europe/Berlin", (spans,) * 7)
    worked = sum((end - start).total_seconds() for start, end in intervals(calendar, day))
    assert worked == hours * HOUR


def test_a_midnight_that_comes_twice_is_counted_once():
    calendar = WorkingCalendar("America/Havana", ALWAYS)
    start = datetime(2026, 10, 31, 12, tzinfo=UTC)
    end = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert working_seconds_between(calendar, start, end) == 48 * HOUR


def test_a_calendar_that_never_gets_there_says_so():
    minute_a_week = WorkingCalendar("UTC", (((0, 1),), (), (), (), (), (), ()))
    with pytest.raises(OverflowError):
        add_working_time(minute_a_week, datetime(2026, 1, 1, tzinfo=UTC), 365 * 24 * HOUR)


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
SPANS = st.lists(st.integers(0, 24 * 60), max_size=6, unique=True).map(
    lambda minutes: tuple(
        zip(sorted(minutes)[: len(minutes) // 2 * 2 : 2], sorted(minutes)[1::2], strict=True)
    )
)
CALENDARS = st.builds(
    WorkingCalendar,
    time_zone=st.sampled_from(ZONES),
    hours=st.tuples(*[SPANS] * 7).filter(any),
    country=st.sampled_from([None, "DE", "US"]),
    subdivision=st.none(),
    extra=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=3),
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)


@settings(max_examples=150, deadline=None)
@given(CALENDARS, INSTANTS, st.integers(1, 200_000))
def test_what_is_added_lies_between(calendar, start, seconds):
    try:
        end = add_working_time(calendar, start, seconds)
    except OverflowError:
        return  # a few minutes a week
    assert end > start
    assert working_seconds_between(calendar, start, end) == seconds
    assert working_seconds_between(calendar, start, end - timedelta(seconds=1)) < seconds


@settings(max_examples=100, deadline=None)
@given(CALENDARS, INSTANTS, st.integers(1, 50_000))
def test_back_and_forth_passes_as_much(calendar, end, seconds):
    try:
        start = add_working_time(calendar, end, -seconds)
    except OverflowError:
        return
    assert start < end
    assert working_seconds_between(calendar, start, end) == seconds


@settings(max_examples=100, deadline=None)
@given(CALENDARS, INSTANTS, st.integers(0, 3_000_000), st.integers(0, 3_000_000))
def test_stretches_add_up(calendar, start, first, second):
    middle, end = start + timedelta(seconds=first), start + timedelta(seconds=first + second)
    whole = working_seconds_between(calendar, start, end)
    parts = working_seconds_between(calendar, start, middle) + working_seconds_between(
        calendar, middle, end
    )
    assert whole == parts
    assert 0 <= whole <= first + second
