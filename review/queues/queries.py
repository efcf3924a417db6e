"""Lines and their lengths; a length is counted up to a cap, never over a whole backlog."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from review.access import Rights
from review.models import Queue

COUNT_CAP = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A queue with its open length (at most COUNT_CAP) and when its first task is due."""

    queue: Queue
    open_count: int
    is_capped: bool
    next_due_at: datetime | None


_LINES_SQL = """
    SELECT q.id, head.length, first.due_at
    FROM unnest(%s::bigint[]) AS q(id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS length
        FROM (
            -- Ordered as the index task_next is, so that the head is read from it: without, a long
            -- line makes a scan of the table look cheap, and it starts at the oldest, closed tasks.
            SELECT FROM review_task
            WHERE queue_id = q.id AND state = 'open'
            ORDER BY order_at, id LIMIT %s
        ) t
    ) head
    LEFT JOIN LATERAL (
        -- Not of the head: a task of low priority may be due before all that stand before it.
        SELECT due_at FROM review_task
        WHERE queue_id = q.id AND state = 'open' ORDER BY due_at LIMIT 1
    ) first ON true
"""


def for_kind(process: str, kind: str) -> Queue:
    """The queue of a process that takes this kind of task; the contract guarantees one."""
    return Queue.objects.get(process_id=process, kinds__contains=[kind])


def served_by(rights: Rights) -> list[Queue]:
    """The queues a person may serve, by process and name."""
    queues = Queue.objects.filter(process_id__in=rights.served_processes()).order_by(
        "process_id", "name"
    )
    return [queue for queue in queues.select_related("process") if rights.serves(queue)]


def lines(queues: Sequence[Queue]) -> list[Line]:
    """Lengths of several queues in one statement; each costs at most COUNT_CAP index rows."""
    by_id = {queue.pk: queue for queue in queues}
    with connection.cursor() as cursor:
        cursor.execute(_LINES_SQL, [list(by_id), COUNT_CAP + 1])
        rows = {row[0]: row for row in cursor.fetchall()}
    return [
        Line(
            queue=queue,
            open_count=min(rows[queue.pk][1], COUNT_CAP),
            is_capped=rows[queue.pk][1] > COUNT_CAP,
            next_due_at=rows[queue.pk][2],
        )
        for queue in queues
    ]
