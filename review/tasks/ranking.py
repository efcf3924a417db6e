"""In which order tasks are offered: by when they are due, brought forward by priority.

A queue is ordered by one stored instant, `order_at`, which never has to be rewritten as time goes
by: whatever is handed in later stands later. So everything grows older relative to what comes in,
and nothing starves, however much of high priority comes in: an item can only be overtaken by what
was handed in before `latest_overtaking` (tests/review/tasks/test_ageing.py).
"""

from datetime import datetime, timedelta

USUAL_PRIORITY = 50
# What one point of priority (0 to 100) is worth: the highest stands a day before the lowest.
CREDIT = timedelta(minutes=15)
# How far off a due time counts; what is due later is offered as if it were due then.
FURTHEST = timedelta(days=14)


def order_at(due_at: datetime, priority: int, received_at: datetime) -> datetime:
    """Where a task stands in its queue: the earlier instant comes first.

    The due time counts from when the item came in to FURTHEST after that, so that a producer who
    names a due time in the past gets ahead of nobody who has waited longer than the priority says.
    """
    counted = min(max(due_at, received_at), received_at + FURTHEST)
    return counted - (priority - USUAL_PRIORITY) * CREDIT


def latest_overtaking(received_at: datetime) -> datetime:
    """Nothing that comes in after this instant stands before an item that came in at received_at,
    whatever the priorities and due times of the two."""
    return received_at + FURTHEST + 100 * CREDIT
