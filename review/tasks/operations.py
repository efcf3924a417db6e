"""Open, release, skip, escalate, reassign, keep alive, free, offer again; drafts."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.ledger.operations import Event, append_many
from governance.models import User
from governance.rows import Rows
from review.access import Rights
from review.models import Candidate, Draft, Item, PassedOver, Queue, Task
from review.queues.queries import for_kind
from review.tasks.ranking import order_at
from review.transitions import TASK, check

REASSIGNED_LEASE = timedelta(hours=24)  # a given task waits for its person a working day
SWEEP_BATCH = 1000
HEAD = 200  # of a queue's open tasks, those in which skips are looked for

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
    task = Task.objects.create(
        item=item,
        queue=queue,
        kind=kind,
        is_blind=is_blind,
        slots=slots,
        priority=item.priority,
        due_at=item.due_at,
        order_at=order_at(item.due_at, item.priority, item.received_at),
    )
    return task, event(task, item.process_id, "task.opened", actor=actor, queue=queue.name)


def event(task: Task, process: str, kind: str, *, actor: str, **data: Any) -> Event:
    return Event(
        kind=kind,
        item=task.item_id,
        process=process,
        actor=actor,
        data={"task": str(task.pk), "kind": task.kind, **data},
    )


def set_state(task: Task, state: str, **changes: Any) -> None:
    """The one place where a task's state is set; leaves the claim's fields in order."""
    check(TASK, task.state, state)
    task.state = state
    if state in (Task.State.OPEN, Task.State.CANCELLED):
        changes = {"claimed_by": None, "claimed_at": None, "lease_until": None, **changes}
    for name, value in changes.items():
        setattr(task, name, value)
    task.save(update_fields=["state", *changes])


@transaction.atomic
def release(*, task_id: UUID, actor: User) -> None:
    """Hand a claimed task back to its queue; it may come again."""
    locked = lock(task_id)
    require_claim(locked.task, actor)
    set_state(locked.task, Task.State.OPEN)
    process = locked.item.process_id
    append_many([event(locked.task, process, "task.released", actor=f"user:{actor.pk}")])


@transaction.atomic
def skip(*, task_id: UUID, actor: User, reason: str) -> None:
    """Hand a task back for others, with a reason; this person is not offered it again before
    `forget_skips` finds it still open."""
    _pass_over(task_id, actor, reason, PassedOver.Kind.SKIPPED)


@transaction.atomic
def escalate(*, task_id: UUID, actor: User, reason: str) -> None:
    """Move a task to the queue the contract names for escalations, with a reason."""
    _pass_over(task_id, actor, reason, PassedOver.Kind.ESCALATED)


def _pass_over(task_id: UUID, actor: User, reason: str, kind: PassedOver.Kind) -> None:
    reason = reason.strip()
    if not reason:
        raise InvalidInput("Say why.", {"reason": "A reason is needed."})
    if len(reason) > 500:
        raise InvalidInput("The reason is too long.", {"reason": "At most 500 characters."})
    locked = lock(task_id)
    task, process = locked.task, locked.item.process_id
    require_claim(task, actor)
    changes: dict[str, Any] = {}
    if kind == PassedOver.Kind.ESCALATED:
        if task.kind == Task.Kind.COMPLIANCE:
            raise Conflict("Only compliance officers decide here; skip it to leave it to another.")
        queue = for_kind(process, "escalation")
        if queue.pk == task.queue_id:
            raise Conflict("This task stands in the highest queue already.")
        changes = {"queue": queue, "is_escalated": True}
    PassedOver.objects.update_or_create(
        task=task,
        actor=actor,
        defaults={"kind": kind, "reason": reason, "at": timezone.now()},
    )
    set_state(task, Task.State.OPEN, **changes)
    data = {"queue": changes["queue"].name} if changes else {}
    append_many([event(task, process, f"task.{kind.value}", actor=f"user:{actor.pk}", **data)])


@transaction.atomic
def reassign(*, task_id: UUID, to: User, actor: User) -> Task:
    """Give an open or claimed task to a person, by a lead.

    Raises InvalidInput if the person does not serve the task's queue, Conflict if the task is
    over or the person already holds a slot of the item.
    """
    locked = lock(task_id)
    task = locked.task
    if not (to.is_active and Rights(to).serves(task.queue)):
        raise InvalidInput(
            "The task cannot be given to this person.",
            {"to": "must name a person who serves the task's queue"},
        )
    if task.state not in (Task.State.OPEN, Task.State.CLAIMED):
        raise Conflict(f"This task is {task.get_state_display()} already.")
    now = timezone.now()
    before = str(task.claimed_by_id) if task.claimed_by_id else None
    try:
        with transaction.atomic():
            set_state(
                task,
                Task.State.CLAIMED,
                claimed_by=to,
                claimed_at=now,
                lease_until=now + REASSIGNED_LEASE,
            )
    except IntegrityError:
        raise Conflict("This person already holds another slot of this item.") from None
    append_many(
        [
            event(
                task,
                locked.item.process_id,
                "task.reassigned",
                actor=f"user:{actor.pk}",
                before=before,
                to=str(to.pk),
            )
        ]
    )
    return task


def heartbeat(*, task_id: UUID, actor: User) -> Task:
    """Extend the lease by the queue's lease time. Raises ClaimLost if the claim is gone."""
    with transaction.atomic():
        task = (
            Task.objects.select_for_update(of=("self",))
            .select_related("queue")
            .filter(pk=task_id, state=Task.State.CLAIMED, claimed_by=actor)
            .first()
        )
        if task is None:
            raise ClaimLost("This task is no longer yours. What you typed is kept as a draft.")
        lease_until = timezone.now() + timedelta(seconds=task.queue.lease_seconds)
        if task.lease_until is None or lease_until > task.lease_until:
            task.lease_until = lease_until
            task.save(update_fields=["lease_until"])
    return task


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
        WHERE task_id = t.id AND kind = 'skipped' AND at <= %(before)s LIMIT %(limit)s
    ) p
    LIMIT %(limit)s
"""
# Looked at again, now that the tasks are locked: who skipped one may have done more with it since.
_FORGET_SQL = """
    DELETE FROM review_passedover
    WHERE id = ANY(%(ids)s) AND kind = 'skipped' AND at <= %(before)s RETURNING task_id
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


def save_draft(
    *,
    task_id: UUID,
    actor: User,
    output: dict[str, Any],
    reason: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """Keep what a person has typed, whoever holds the task by now. One statement.

    evidence is where values were taken over from, by path of the output.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO review_draft (task_id, actor_id, output, reason, evidence, updated_at)
            VALUES (%s, %s, %s::jsonb, %s, %s::jsonb, now())
            ON CONFLICT (task_id, actor_id) DO UPDATE
            SET output = EXCLUDED.output, reason = EXCLUDED.reason,
                evidence = EXCLUDED.evidence, updated_at = now()
            """,
            [task_id, actor.pk, json.dumps(output), reason, json.dumps(evidence or {})],
        )


def draft_of(task: Task, actor: User) -> Draft | None:
    return Draft.objects.filter(task=task, actor=actor).first()


def queue_of(task_id: UUID) -> Queue:
    return Queue.objects.get(tasks=task_id)
