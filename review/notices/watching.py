"""What a team lead should know before anybody asks: work that is due soon, or overdue."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from governance.roles.queries import people_who_may
from review.models import Notice, Queue
from review.notices.operations import notify

SOON = timedelta(hours=1)
AGAIN_HOURS = 4  # a queue is spoken of at most once in so many hours

# Not the heads of the queues: what has low priority stands behind much that is due later. The
# index task_by_due answers it with one row a queue.
_HEADS_SQL = """
    SELECT q.id, t.due_at FROM review_queue q
    CROSS JOIN LATERAL (
        SELECT due_at FROM review_task WHERE queue_id = q.id AND state = 'open'
        ORDER BY due_at LIMIT 1
    ) t
    WHERE t.due_at <= %s
"""


def watch() -> int:
    """Tell the leads of each queue whose first tasks are due soon or overdue; how many queues."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_HEADS_SQL, [now + SOON])
        found = cursor.fetchall()
    queues = Queue.objects.select_related("process").in_bulk([row[0] for row in found])
    for queue_id, due_at in found:
        _tell(queues[queue_id], due_at, now)
    return len(found)


@transaction.atomic
def _tell(queue: Queue, due_at: datetime, now: datetime) -> None:
    kind = Notice.Kind.OVERDUE if due_at <= now else Notice.Kind.DUE_SOON
    leads = people_who_may(queue.process_id, "reassign_tasks")
    stretch = f"{now:%Y-%m-%d}.{now.hour // AGAIN_HOURS}"
    key = f"{kind}:{queue.pk}:{stretch}"
    notify([one.pk for one in leads], kind, queue=queue, key=key)
