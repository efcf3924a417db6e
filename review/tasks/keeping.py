"""Keeping a claim: alive while somebody works, or held for later."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.ledger.operations import append_many
from governance.models import User
from governance.privacy.redact import commitment
from review.models import Hold, Task
from review.tasks.changing import ClaimLost, clipped, event, lock, require_claim, set_state
from review.tasks.handing import reason_of

SHORTEST_HOLD_SECONDS = 60


def heartbeat(*, task_id: UUID, actor: User, active_seconds: int = 0) -> Task:
    """Extend the lease by the queue's lease time. Raises ClaimLost if the claim is gone.

    active_seconds is how long the person was at work on it since the last time.
    """
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
        task.active_seconds += clipped(active_seconds)
        task.save(update_fields=["lease_until", "active_seconds"])
    return task


@transaction.atomic
def hold(*, task_id: UUID, actor: User, seconds: int, reason: str) -> Hold:
    """Keep a claimed task for later: its lease lasts `seconds` from now without anybody at work.

    What one person holds of one task adds up, and the queue's hold_seconds is the most it may come
    to, so that nobody keeps a task for ever. Raises ClaimLost, InvalidInput without a reason or
    for a time out of range, Conflict where nothing is left of the queue's limit.
    """
    reason = reason_of(reason)
    locked = lock(task_id)
    task = locked.task
    require_claim(task, actor)
    now = timezone.now()
    _end(task, now)
    earlier = list(Hold.objects.filter(task=task, actor=actor))
    left = task.queue.hold_seconds - sum(_seconds(one) for one in earlier)
    if task.queue.hold_seconds == 0:
        raise Conflict("Tasks of this queue cannot be held; hand it back or over.")
    if left < SHORTEST_HOLD_SECONDS:
        raise Conflict("You have held this task for as long as its queue allows.")
    if not SHORTEST_HOLD_SECONDS <= seconds <= left:
        most = f"from 1 to {left // 60} minutes"
        raise InvalidInput(f"It can be held {most}.", {"seconds": f"must be {most}"})
    until = now + timedelta(seconds=seconds)
    made = Hold.objects.create(task=task, actor=actor, reason=reason, at=now, until=until)
    set_state(task, Task.State.CLAIMED, lease_until=until)
    append_many(
        [
            event(
                task,
                locked.item.process_id,
                "task.held",
                actor=f"user:{actor.pk}",
                until=until.isoformat(),
                times=len(earlier) + 1,
                reason=commitment(reason, bytes(locked.item.salt)),
            )
        ]
    )
    return made


@transaction.atomic
def take_up(*, task_id: UUID, actor: User) -> Task:
    """Go on with a held task: from now on the usual lease counts. Raises ClaimLost."""
    locked = lock(task_id)
    task = locked.task
    require_claim(task, actor)
    now = timezone.now()
    if not _end(task, now):
        return task
    lease = timedelta(seconds=task.queue.lease_seconds)
    set_state(task, Task.State.CLAIMED, lease_until=now + lease)
    process = locked.item.process_id
    append_many([event(task, process, "task.taken_up", actor=f"user:{actor.pk}")])
    return task


def _end(task: Task, now: datetime) -> bool:
    """End the hold that is in force, or was when its person lost the task; whether there was."""
    current = Hold.objects.filter(task=task, ended_at__isnull=True).first()
    if current is None:
        return False
    current.ended_at = min(now, current.until)
    current.save(update_fields=["ended_at"])
    return True


def _seconds(one: Hold) -> int:
    return int(((one.ended_at or one.until) - one.at).total_seconds())
