"""When a queue is empty and what it misses: pure."""

from datetime import UTC, datetime, timedelta

import pytest

from review.team.forecast import (
    HORIZON_HOURS,
    Hour,
    Way,
    empty_at,
    forecast,
    missed,
    more_people,
    working,
)

NOW = datetime(2026, 3, 4, 14, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def steady(arriving, deciding):
    return Way([arriving] * HORIZON_HOURS, [deciding] * HORIZON_HOURS)


def days(count, arrived=10, decided=20, people=2, first=8, last=18):
    """A history of working days from `first` to `last` o'clock, up to the present hour."""
    hours = {}
    for number in range(count + 1):
        day = NOW.date() - timedelta(days=number)
        for hour in range(24):
            at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
            if at <= NOW - HOUR and first <= hour < last:
                hours[at] = Hour(arrived, decided, people)
    return hours


def test_a_steady_line_is_empty_when_its_net_rate_says():
    assert empty_at(NOW, 20, steady(10, 20)) == NOW + 2 * HOUR
    assert empty_at(NOW, 15, steady(10, 20)) == NOW + 1.5 * HOUR
    assert empty_at(NOW, 0, steady(10, 20)) == NOW
    assert empty_at(NOW, 1, steady(20, 20)) is None
    assert empty_at(NOW, 10_000, steady(0, 20)) is None


def test_what_is_due_first_is_done_first():
    due = [(NOW + HOUR, 10), (NOW + 2 * HOUR, 30)]
    assert missed(NOW, due, steady(99, 20)) == (0, None)
    assert missed(NOW, due, steady(0, 15)) == (10, NOW + 2 * HOUR)
    assert missed(NOW, due, steady(0, 5)) == (30, NOW + HOUR)


def test_what_is_overdue_counts_and_begins_now():
    assert missed(NOW, [(NOW - HOUR, 7)], steady(0, 20)) == (7, NOW)


def test_beyond_the_horizon_nothing_is_said_to_be_missed():
    assert missed(NOW, [(NOW + 25 * HOUR, 10_000)], steady(0, 1)) == (0, None)


def test_more_people_at_the_same_pace_hold_the_due_times():
    due = [(NOW + HOUR, 30)]
    assert more_people(NOW, due, steady(0, 10), people=2) == 4
    assert more_people(NOW, due, steady(0, 30), people=2) == 0
    assert more_people(NOW, due, steady(0, 0), people=2) is None
    assert more_people(NOW, due, steady(0, 10), people=0) is None
    # What is overdue already no number of people brings back.
    assert more_people(NOW, [(NOW - HOUR, 500)], steady(0, 10), people=2) == 0


def test_people_added_as_told_miss_nothing():
    due = [(NOW + HOUR, 31), (NOW + 3 * HOUR, 44)]
    way, people = steady(0, 9), 3
    more = more_people(NOW, due, way, people)
    faster = steady(0, 9 * (people + more) / people)
    one_less = steady(0, 9 * (people + more - 1) / people)
    assert missed(NOW, due, faster)[0] == 0
    assert missed(NOW, due, one_less)[0] > 0


def test_equal_days_give_an_answer_without_width():
    seen = forecast(now=NOW, backlog=20, due=[], hours=days(6))
    assert seen.basis == "days"
    assert seen.samples == 6
    assert seen.empty.early == seen.empty.middle == seen.empty.late == NOW + 2 * HOUR


def test_days_that_differ_widen_the_interval():
    hours = days(8)
    for at in hours:
        if at.toordinal() % 2 and at.date() != NOW.date():
            hours[at] = Hour(10, 12, 2)
    seen = forecast(now=NOW, backlog=20, due=[], hours=hours)
    assert seen.empty.early < (seen.empty.late or NOW + timedelta(days=2))
    lows = [low for low, _, _ in seen.backlog]
    highs = [high for _, _, high in seen.backlog]
    assert any(low < high for low, high in zip(lows, highs, strict=True))


def test_nobody_works_at_night_and_the_forecast_knows():
    seen = forecast(now=NOW, backlog=60, due=[], hours=days(6))
    # 36.7 net until 18:00, nothing at night, the rest from 08:00.
    assert seen.empty.middle > NOW.replace(hour=8, minute=0) + timedelta(days=1)


def test_a_slow_day_is_taken_into_account():
    hours = days(6)
    slow = {at: Hour(10, 5, 1) for at in hours if at.date() == NOW.date()}
    seen = forecast(now=NOW, backlog=20, due=[], hours=hours | slow)
    assert seen.empty.middle is None or seen.empty.middle > NOW + 2 * HOUR


def test_with_few_days_the_last_hours_go_on_with_a_poisson_interval():
    hours = {NOW.replace(minute=0) - back * HOUR: Hour(0, 20, 2) for back in range(1, 7)}
    seen = forecast(now=NOW, backlog=40, due=[], hours=hours)
    assert seen.basis == "hours"
    assert seen.empty.middle == pytest.approx(NOW + 2 * HOUR, abs=timedelta(minutes=1))
    assert seen.empty.early < seen.empty.middle < seen.empty.late


def test_without_decisions_there_is_no_forecast():
    assert forecast(now=NOW, backlog=5, due=[], hours={}).basis == "none"
    idle = {NOW.replace(minute=0) - HOUR: Hour(5, 0)}
    assert forecast(now=NOW, backlog=5, due=[], hours=idle).basis == "none"


def test_people_at_work_are_those_of_the_last_hours():
    hours = {
        NOW.replace(minute=0) - HOUR: Hour(0, 5, 3),
        NOW.replace(minute=0) - 2 * HOUR: Hour(0, 5, 1),
        NOW.replace(minute=0) - 3 * HOUR: Hour(4, 0, 0),
    }
    assert working(NOW, hours) == 2
    assert working(NOW, {}) == 0
