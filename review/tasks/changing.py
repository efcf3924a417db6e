"""What every verb on tasks is made of: locks, the one place that sets a state, its entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from governance.contracts.agreement import agreement_of
from governance.errors import Conflict
from governance.ledger.operations import Event
from governance.models import User
from governance.rows import Rows
from review.models import Candidate, Item, Queue, Task
from review.queues.queries import for_kind
from review.tasks.ranking import order_at
from review.transitions import TASK, check

_TASKS, _ITEMS, _CANDIDATES = Rows(Task, "t"), Rows(Item, "i"), Rows(Candidate, "c")
_LOCK_SQL = f"""
    SELECT {_TASKS.columns}, {_ITEMS.columns}, {_CANDIDATES.columns}
    FROM review_task t
    JOIN review_item i ON i.id = t.item_id
    LEFT JOIN LATERAL (
        SELECT * FROM review_candidate c WHERE c.item_id = t.item_id ORDER BY c.id DESC LIMIT 1
    ) c ON true
    WHERE t.id = %s FOR UPDATE OF i, t
"""  # noqa: S608


class ClaimLost(Conflict):
    """The claim is gone: the lease ran out, or a lead gave the task to another."""

    code = "claim_lost"


@dataclass(frozen=True, slots=True)
class Locked:
    """An item and one of its tasks, both rows locked, always in this order.

    candidate is the item's newest; it is never changed, so it needs no lock.
    """

    item: Item
    task: Task
    candidate: Candidate | None


def lock(task_id: UUID) -> Locked:
    """Lock the item's row, then the task's, in one statement.

    PostgreSQL locks in the order that `FOR UPDATE OF` names, so every step of the code takes
    the two in the same order. Raises Task.DoesNotExist.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_SQL, [task_id])
        row = cursor.fetchone()
    if row is None:
        raise Task.DoesNotExist
    item_end = _TASKS.width + _ITEMS.width
    task, item = _TASKS.read(row[: _TASKS.width]), _ITEMS.read(row[_TASKS.width : item_end])
    task.item = item
    candidate = _CANDIDATES.read(row[item_end:]) if row[item_end] is not None else None
    if candidate is not None:
        candidate.item = item
    return Locked(item=item, task=task, candidate=candidate)


def require_claim(task: Task, actor: User) -> None:
    """Raise ClaimLost unless this person holds the task."""
    if task.state != Task.State.CLAIMED or task.claimed_by_id != actor.pk:
        raise ClaimLost("This task is no longer yours. What you typed is kept as a draft.")


def open_task(
    item: Item,
    kind: str,
    *,
    actor: str,
    is_blind: bool = False,
    slots: int = 1,
) -> tuple[Task, Event]:
    """A new open task in the queue that the contract names for its kind."""
    queue = for_kind(item.process_id, kind)
    agreement, now = agreement_of(item.contract_id), timezone.now()
    path = agreement.escalation
    task = Task.objects.create(
        item=item,
        queue=queue,
        kind=kind,
        is_blind=is_blind,
        slots=slots,
        priority=item.priority,
        due_at=item.due_at,
        order_at=order_at(item.due_at, item.priority, item.received_at),
        escalate_at=path[0].at(agreement.calendar, now, item.due_at) if path else None,
    )
    return task, event(task, item.process_id, "task.opened", actor=actor, queue=queue.name)


def cancel_open(item: Item, *, actor: str, kinds: Sequence[str] = ()) -> list[Event]:
    """Cancel the item's tasks that nobody has decided. The caller holds the item's lock."""
    tasks = Task.objects.select_for_update().filter(
        item=item, state__in=[Task.State.OPEN, Task.State.CLAIMED]
    )
    if kinds:
        tasks = tasks.filter(kind__in=kinds)
    events = []
    for task in tasks:
        set_state(task, Task.State.CANCELLED)
        events.append(event(task, item.process_id, "task.cancelled", actor=actor))
    return events


def event(task: Task, process: str, kind: str, *, actor: str, **data: Any) -> Event:
    return Event(
        kind=kind,
        item=task.item_id,
        process=process,
        actor=actor,
        data={"task": str(task.pk), "kind": task.kind, **data},
    )


def set_state(task: Task, state: str, **changes: Any) -> None:
    """The one place where a task's state is set; leaves the claim's fields in order.

    A task that opens goes where the escalation path wanted it while somebody still held it.
    """
    check(TASK, task.state, state)
    task.state = state
    if state in (Task.State.OPEN, Task.State.CANCELLED):
        changes = {"claimed_by": None, "claimed_at": None, "lease_until": None, **changes}
        changes.setdefault("active_seconds", 0)
    if state == Task.State.OPEN and task.next_queue_id is not None:
        changes = {"queue_id": task.next_queue_id, **changes, "next_queue_id": None}
    for name, value in changes.items():
        setattr(task, name, value)
    task.save(update_fields=["state", *changes])


def clipped(active_seconds: int) -> int:
    """What a browser says of time at work, within a day."""
    return min(max(0, active_seconds), 86_400)


def queue_of(task_id: UUID) -> Queue:
    return Queue.objects.get(tasks=task_id)
