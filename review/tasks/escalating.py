"""The contract's escalation path: what the clock does to tasks that nobody has decided.

Where a task stands on the path is in its row, so a step is taken once, whatever is killed; the
sweeper only looks for those whose next step is due.
"""

from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, transaction
from django.utils import timezone

from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.escalating import EscalationStep
from governance.ledger.operations import Event, append_many
from governance.roles.queries import people_in_role
from review.models import Notice, Queue, Task
from review.notices.operations import notify
from review.tasks.changing import event
from review.tasks.handing import receiving_queues
from review.tasks.ranking import order_at
from review.transitions import TASK, check

ESCALATE_BATCH = 100
HIGHEST_PRIORITY = 100
TRY_AGAIN = timedelta(hours=1)
_log = structlog.get_logger(__name__)


@transaction.atomic
def escalate_due(limit: int = ESCALATE_BATCH) -> int:
    """Take the next step of each task that it is due for; returns how many tasks had one due.

    What somebody holds is not torn away: it is flagged, its holder is told, and it moves once they
    give it up. Items and tasks that somebody is working on this instant are passed by until the
    next look.
    """
    now = timezone.now()
    # The item's row as well, and first: a notice refers to it.
    due = list(
        Task.objects.select_for_update(of=("item", "self"), skip_locked=True)
        .select_related("item", "queue")
        .filter(
            state__in=[Task.State.OPEN, Task.State.CLAIMED],
            escalate_at__isnull=False,
            escalate_at__lte=now,
        )
        .order_by("escalate_at")[:limit]
    )
    for task in due:
        try:
            with transaction.atomic():
                append_many(_advance(task, now))
        except OperationalError:
            raise
        except Exception as error:
            # One task that cannot be moved must not hold up the others; it is tried again later.
            _log.exception("not_escalated", task=str(task.pk), error=type(error).__name__)
            Task.objects.filter(pk=task.pk).update(escalate_at=now + TRY_AGAIN)
    return len(due)


def _advance(task: Task, now: datetime) -> list[Event]:
    agreement = agreement_of(task.item.contract_id)
    place = task.escalation_step
    if place >= len(agreement.escalation):
        task.escalate_at = None
        task.save(update_fields=["escalate_at"])
        return []
    step = agreement.escalation[place]
    queue = _move(task, step)
    task.priority = min(HIGHEST_PRIORITY, task.priority + step.priority)
    task.order_at = order_at(task.due_at, task.priority, task.item.received_at)
    task.escalation_step = place + 1
    task.escalate_at = next_step_at(agreement, task)
    task.save(
        update_fields=[
            *("queue", "next_queue", "is_escalated", "priority", "order_at"),
            *("escalation_step", "escalate_at"),
        ]
    )
    _tell(task, step, place)
    return [
        event(
            task,
            task.item.process_id,
            "task.escalated_by_time",
            actor="system:sweeper",
            step=place + 1,
            queue=queue.name if queue else None,
            priority=task.priority,
            held_by=str(task.claimed_by_id) if task.claimed_by_id else None,
        )
    ]


def next_step_at(agreement: Agreement, task: Task) -> datetime | None:
    """When the next step of a task's path is due; None after the last."""
    if task.escalation_step >= len(agreement.escalation):
        return None
    step = agreement.escalation[task.escalation_step]
    return step.at(agreement.calendar, task.opened_at, task.due_at)


def _move(task: Task, step: EscalationStep) -> Queue | None:
    """Send the task to the step's queue, or mark it to go there; None where it stays.

    A step never takes a task to people who may not decide it.
    """
    ways = [one for one in receiving_queues(task) if one.name == step.to]
    if not ways or ways[0].pk == task.queue_id:
        return None
    queue = ways[0]
    task.is_escalated = True
    if task.state == Task.State.OPEN:
        check(TASK, task.state, Task.State.OPEN)
        task.queue, task.next_queue = queue, None
    else:
        task.next_queue = queue
    return queue


def _tell(task: Task, step: EscalationStep, place: int) -> None:
    process = task.item.process_id
    people = [one.pk for role in step.notify for one in people_in_role(process, role)]
    if task.claimed_by_id is not None:
        people.append(task.claimed_by_id)
    notify(
        people,
        Notice.Kind.ESCALATED,
        task=task,
        item=task.item,
        key=f"escalated:{task.pk}:{place}",
    )
