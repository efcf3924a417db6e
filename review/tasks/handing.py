"""Handing a task back or on: to its queue, to a higher one, to a person or a role."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.ledger.operations import append_many
from governance.models import User
from governance.privacy.redact import commitment
from governance.roles.queries import people_who_may
from governance.roles.roles import SERVING_ROLES, serve_permission
from review.access import Rights
from review.models import Draft, Handover, Notice, PassedOver, Queue, Task
from review.notices.operations import notify
from review.queues.queries import for_kind
from review.tasks.changing import event, lock, require_claim, set_state

REASSIGNED_LEASE = timedelta(hours=24)  # a given task waits for its person a working day
_ORDER = [role.value for role in SERVING_ROLES]  # the lowest first


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


def reason_of(text: str, *, name: str = "reason", limit: int = 500) -> str:
    """A reason or note without blanks around it. Raises InvalidInput where there is none."""
    text = text.strip()
    if not text:
        raise InvalidInput("Say why.", {name: f"A {name} is needed."})
    if len(text) > limit:
        raise InvalidInput(f"The {name} is too long.", {name: f"At most {limit} characters."})
    return text


def _pass_over(task_id: UUID, actor: User, reason: str, kind: PassedOver.Kind) -> None:
    reason = reason_of(reason)
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
    _keep_from(task, actor, kind, reason)
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
        raise _not_for("must name a person who serves the task's queue")
    if task.state not in (Task.State.OPEN, Task.State.CLAIMED):
        raise Conflict(f"This task is {task.get_state_display()} already.")
    now = timezone.now()
    before = str(task.claimed_by_id) if task.claimed_by_id else None
    _give(task, to, now)
    if to != actor:
        notify([to.pk], Notice.Kind.HANDED_OVER, task=task, item=locked.item, key=_key(task, now))
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


@transaction.atomic
def hand_over(
    *, task_id: UUID, actor: User, note: str, to: User | None = None, role: str = ""
) -> Handover:
    """Pass a claimed task on with a note: to a person, who then holds it, or to a role.

    It stays in its queue if the person serves that, else it moves to one that they serve; nobody
    gets what asks for a higher role than theirs. What was typed goes along to a person, unless
    they are to judge for themselves. Raises ClaimLost, InvalidInput for who cannot have it, and
    Conflict where the person holds the other slot of the item.
    """
    note = reason_of(note, name="note")
    locked = lock(task_id)
    task = locked.task
    require_claim(task, actor)
    if to is not None and to.pk == actor.pk:
        raise _not_for("is you")
    queue = _queue_of_person(task, to) if to is not None else _queue_of_role(task, role)
    now = timezone.now()
    _keep_from(task, actor, PassedOver.Kind.HANDED_OVER, note)
    if to is None:
        set_state(task, Task.State.OPEN, queue=queue, next_queue=None)
        receivers = people_who_may(queue.process_id, serve_permission(queue.role))
    else:
        _give(task, to, now, queue=queue, next_queue=None)
        _pass_draft_on(task, actor, to)
        receivers = [to]
    made = Handover.objects.create(task=task, actor=actor, to=to, queue=queue, note=note, at=now)
    others = [one.pk for one in receivers if one.pk != actor.pk]
    notify(others, Notice.Kind.HANDED_OVER, task=task, item=locked.item, key=_key(task, now))
    append_many(
        [
            event(
                task,
                locked.item.process_id,
                "task.handed_over",
                actor=f"user:{actor.pk}",
                to=str(to.pk) if to else None,
                queue=queue.name,
                note=commitment(note, bytes(locked.item.salt)),
            )
        ]
    )
    return made


def receiving_queues(task: Task) -> list[Queue]:
    """The queues to which a task may be handed: none that a lower role serves than it asks for."""
    lowest = _ORDER.index(_asks_for(task))
    queues = Queue.objects.filter(process_id=task.queue.process_id).exclude(kinds=[])
    return [one for one in queues.order_by("pk") if _ORDER.index(one.role) >= lowest]


def _asks_for(task: Task) -> str:
    """The role whose judgement a task asks for, whoever holds it by now."""
    if task.is_escalated and task.kind != Task.Kind.COMPLIANCE:
        return for_kind(task.queue.process_id, "escalation").role
    return for_kind(task.queue.process_id, task.kind).role


def _queue_of_person(task: Task, to: User) -> Queue:
    rights = Rights(to)
    if to.is_active:
        ways = sorted(receiving_queues(task), key=lambda one: one.pk != task.queue_id)
        for queue in ways:
            if rights.serves(queue):
                return queue
    raise _not_for("must name a person who may decide this task")


def _queue_of_role(task: Task, role: str) -> Queue:
    ways = sorted(receiving_queues(task), key=lambda one: one.pk != task.queue_id)
    for queue in ways:
        if queue.role == role:
            return queue
    raise InvalidInput(
        "The task cannot be given to this role.", {"role": "must be one that may decide this task"}
    )


def _not_for(why: str) -> InvalidInput:
    return InvalidInput("The task cannot be given to this person.", {"to": why})


def _give(task: Task, to: User, now: datetime, **changes: Any) -> None:
    """Let a person hold a task, whoever held it before. Raises Conflict for a second slot."""
    try:
        with transaction.atomic():
            set_state(
                task,
                Task.State.CLAIMED,
                claimed_by=to,
                claimed_at=now,
                lease_until=now + REASSIGNED_LEASE,
                active_seconds=0,
                **changes,
            )
    except IntegrityError:
        raise Conflict("This person already holds another slot of this item.") from None


def _keep_from(task: Task, actor: User, kind: PassedOver.Kind, reason: str) -> None:
    """Not offer a task to who just gave it away."""
    PassedOver.objects.update_or_create(
        task=task,
        actor=actor,
        defaults={"kind": kind, "reason": reason, "at": timezone.now()},
    )


def _pass_draft_on(task: Task, actor: User, to: User) -> None:
    """Let the receiver go on with what was typed, unless two judge apart or without a candidate."""
    if task.is_blind or task.slots > 1:
        return
    draft = Draft.objects.filter(task=task, actor=actor).first()
    if draft is not None and not Draft.objects.filter(task=task, actor=to).exists():
        Draft.objects.create(
            task=task, actor=to, output=draft.output, reason=draft.reason, evidence=draft.evidence
        )


def _key(task: Task, at: datetime) -> str:
    return f"handed:{task.pk}:{at.isoformat()}"
