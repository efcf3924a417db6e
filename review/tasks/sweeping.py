"""What time does to tasks: leases that ran out, skips long ago."""

from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from governance.ledger.operations import append_many
from review.models import Task
from review.tasks.changing import event, set_state

SWEEP_BATCH = 1000
HEAD = 200  # of a queue's open tasks, those in which skips are looked for


@transaction.atomic
def free_expired(limit: int = SWEEP_BATCH) -> int:
    """Reopen tasks whose lease ran out; returns how many.

    Rows locked by somebody who is deciding right now are passed by.
    """
    now = timezone.now()
    tasks = list(
        Task.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("queue")
        .filter(state=Task.State.CLAIMED, lease_until__lte=now)
        .order_by("lease_until")[:limit]
    )
    events = []
    for task in tasks:
        held_by = str(task.claimed_by_id)
        set_state(task, Task.State.OPEN)
        events.append(
            event(
                task,
                task.queue.process_id,
                "task.lease_expired",
                actor="system:sweeper",
                held_by=held_by,
            )
        )
    append_many(events)
    return len(tasks)


# A task that was skipped was first in its line once, so the heads of the lines are where to look:
# the cost grows neither with the backlog nor with the skips of tasks that ended long ago.
_OLD_SKIPS_SQL = """
    SELECT p.id, t.id
    FROM review_queue q
    CROSS JOIN LATERAL (
        SELECT id FROM review_task WHERE queue_id = q.id AND state = 'open'
        ORDER BY order_at, id LIMIT %(head)s
    ) t
    CROSS JOIN LATERAL (
        SELECT id FROM review_passedover
        WHERE task_id = t.id AND kind <> 'escalated' AND at <= %(before)s LIMIT %(limit)s
    ) p
    LIMIT %(limit)s
"""
# Looked at again, now that the tasks are locked: who skipped one may have done more with it since.
_FORGET_SQL = """
    DELETE FROM review_passedover
    WHERE id = ANY(%(ids)s) AND kind <> 'escalated' AND at <= %(before)s RETURNING task_id
"""


@transaction.atomic
def forget_skips(limit: int = SWEEP_BATCH) -> int:
    """Offer open tasks again to those who skipped them SKIP_FORGET_SECONDS ago or longer.

    Otherwise a task that everybody who serves its queue has skipped would stand open for ever.
    Who escalated a task is never offered it again. Returns how many skips were forgotten, at
    most `limit`; tasks that somebody is working on right now are passed by.
    """
    before = timezone.now() - timedelta(seconds=settings.SKIP_FORGET_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(_OLD_SKIPS_SQL, {"head": HEAD, "before": before, "limit": limit})
        found = cursor.fetchall()
    if not found:
        return 0
    tasks = {
        task.pk: task
        for task in Task.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("queue")
        .filter(pk__in={task_id for _, task_id in found}, state=Task.State.OPEN)
    }
    ids = [skip_id for skip_id, task_id in found if task_id in tasks]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_SQL, {"ids": ids, "before": before})
        forgotten = Counter(task_id for (task_id,) in cursor.fetchall())
    events = []
    for task_id, skips in forgotten.items():
        task, kind = tasks[task_id], "task.offered_again"
        process = task.queue.process_id
        events.append(event(task, process, kind, actor="system:sweeper", skips=skips))
    append_many(events)
    return forgotten.total()
