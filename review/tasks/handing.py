"""Handing a task back or on: to its queue, to a higher one, to a person."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.ledger.operations import append_many
from governance.models import User
from review.access import Rights
from review.models import PassedOver, Task
from review.queues.queries import for_kind
from review.tasks.changing import event, lock, require_claim, set_state

REASSIGNED_LEASE = timedelta(hours=24)  # a given task waits for its person a working day


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
