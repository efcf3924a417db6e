"""Nothing starves: what is overtaken is overtaken for a bounded time, whatever comes in."""

import heapq
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.models import Queue, Task
from review.tasks.ranking import CREDIT, FURTHEST, latest_overtaking, order_at
from tests import factories

START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
SPANS = st.integers(-400 * 86_400, 400 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@given(INSTANTS, SPANS, st.integers(0, 100), st.integers(0, 10**7), SPANS, st.integers(0, 100))
def test_what_comes_in_late_enough_never_stands_before(
    received_at, due_in, priority, later, other_due_in, other_priority
):
    mine = order_at(received_at + due_in, priority, received_at)
    then = latest_overtaking(received_at) + timedelta(seconds=later + 1)
    assert order_at(then + other_due_in, other_priority, then) > mine


def test_by_due_time_then_by_priority_and_a_past_due_time_buys_nothing():
    due = START + timedelta(days=1)
    assert order_at(due, 50, START) < order_at(due + timedelta(hours=1), 50, START)
    assert order_at(due, 90, START) < order_at(due, 50, START) < order_at(due, 10, START)
    assert order_at(START - timedelta(days=900), 50, START) == START
    assert order_at(START + timedelta(days=900), 50, START) == START + FURTHEST


def simulated(rank, *, days=30, an_hour=20):
    """The waits of unimportant items in hours, when urgent ones alone fill everybody's time.

    rank(number, due_at, priority, received_at) gives what the line is ordered by.
    """
    chance = random.Random(5)
    line, waits, waiting = [], [], {}
    for hour in range(days * 24):
        now = START + timedelta(hours=hour)
        arrivals = [95 + chance.randrange(6) for _ in range(an_hour)]
        if hour % 4 == 0:
            arrivals.append(chance.randrange(6))
        for priority in arrivals:
            number = len(waiting)
            waiting[number] = (now, priority)
            due_at = now + timedelta(hours=chance.choice([8, 24, 48]))
            heapq.heappush(line, (rank(number, due_at, priority, now), number))
        for _ in range(min(an_hour, len(line))):
            _, number = heapq.heappop(line)
            came, priority = waiting.pop(number) if number in waiting else (now, 100)
            waiting[number] = (None, priority)
            if priority < 50:
                waits.append((now - came).total_seconds() / 3600)
    end = START + timedelta(days=days)
    left = [
        (end - waiting[number][0]).total_seconds() / 3600
        for _, number in line
        if waiting[number][1] < 50
    ]
    return waits + left


def test_thirty_days_of_urgent_work_starve_nothing():
    """Urgent work fills everybody's time and unimportant work comes on top: 101% of what can be
    done. What is unimportant waits two days longer than its due time at most."""
    waits = simulated(lambda _, *facts: order_at(*facts))
    assert len(waits) == 30 * 24 / 4
    assert max(waits) <= 48 + 48


def test_the_simulation_sees_starvation_where_priority_comes_first():
    waits = simulated(lambda _, due_at, priority, received_at: (-priority, due_at))
    assert max(waits) > 29 * 24


@pytest.mark.django_db
def test_tasks_are_handed_out_in_this_order(process, cast):
    chance = random.Random(1)
    for _ in range(12):
        factories.make_task(process, priority=chance.randrange(101))
    queue = Queue.objects.get(name="desk")
    tasks = Task.objects.select_related("item").filter(queue=queue)
    wanted = sorted(
        tasks,
        key=lambda one: (order_at(one.due_at, one.priority, one.item.received_at), one.pk),
    )
    claimed = [factories.claim(queue, cast.operator).pk for _ in wanted]
    assert claimed == [one.pk for one in wanted]


def test_a_point_of_priority_is_worth_its_credit():
    due = START + timedelta(days=1)
    assert order_at(due, 51, START) == order_at(due - CREDIT, 50, START)
