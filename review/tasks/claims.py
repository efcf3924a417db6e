"""Claiming the next task: one statement that picks, locks and leases."""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from governance.ledger.operations import Event, append_many
from review.models import Queue

# The partial index task_next gives the order, so the cost does not grow with the backlog.
# Rows that colleagues are claiming right now are skipped, not waited for.
CLAIM_NEXT_SQL = """
    UPDATE review_task SET
        state = 'claimed', claimed_by_id = %(actor)s, claimed_at = clock_timestamp(),
        lease_until = clock_timestamp() + %(lease)s * interval '1 second'
    WHERE id = (
        SELECT t.id FROM review_task t
        WHERE t.queue_id = %(queue)s AND t.state = 'open'
          AND NOT EXISTS (
              SELECT 1 FROM review_passedover p
              WHERE p.task_id = t.id AND p.actor_id = %(actor)s)
          AND NOT EXISTS (
              SELECT 1 FROM review_task s
              WHERE s.item_id = t.item_id AND s.claimed_by_id = %(actor)s
                AND s.state IN ('claimed', 'decided'))
        ORDER BY t.order_at, t.id
        LIMIT 1 FOR UPDATE OF t SKIP LOCKED
    ) AND state = 'open'
    RETURNING id, item_id, lease_until
"""


@dataclass(frozen=True, slots=True)
class Claim:
    task_id: UUID
    item_id: UUID


def take_next(queue: Queue, actor_id: UUID) -> tuple[Claim | None, list[Event]]:
    """Claim the queue's next task for a person, inside the caller's transaction.

    Returns the claim, or None where nothing is left for them, and the entries to append.
    """
    if queue.is_paused:
        return None, []
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM_NEXT_SQL,
            {"actor": actor_id, "queue": queue.pk, "lease": queue.lease_seconds},
        )
        row = cursor.fetchone()
    if row is None:
        return None, []
    task_id, item_id, lease_until = row
    event = Event(
        kind="task.claimed",
        item=item_id,
        process=queue.process_id,
        actor=f"user:{actor_id}",
        data={"task": str(task_id), "lease_until": lease_until.isoformat()},
    )
    return Claim(task_id, item_id), [event]


def claim_next(*, queue: Queue, actor_id: UUID) -> Claim | None:
    """Claim the queue's next task; None where nothing is left for this person.

    Two slots of one item taken by one person at the same instant meet the constraint
    `one_slot_a_person`; the one that lost simply tries again.
    """
    for _ in range(3):
        try:
            with transaction.atomic():
                claim, events = take_next(queue, actor_id)
                append_many(events)
            return claim
        except IntegrityError:
            continue
    return None
