"""What a run does to one item, and how that is turned back; each through the usual verbs.

The caller is inside the transaction of one row. Whatever stands in the way is a DomainError whose
words are kept with the row.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.errors import Conflict
from governance.ledger.operations import append_many
from governance.models import User
from review.access import Rights
from review.decisions import operations as decisions
from review.items.giving_back import give_back
from review.models import Item, Queue, Run, RunRow, Task
from review.tasks import operations as tasks
from review.tasks.ranking import order_at

_NEVER = "It became work for independent eyes."
_KINDS = frozenset({Task.Kind.REVIEW, Task.Kind.MANUAL, Task.Kind.SECOND_REVIEW})


def do(run: Run, row: RunRow) -> None:
    """Do the run's verb to the row's item; fills in decision or `before`."""
    if run.verb in (Run.Verb.REQUEUE, Run.Verb.UNDO):
        _require_right(run.actor, run.process_id, "handle_incidents")
        row.note = _take_back(run, row)
        return
    assert row.task_id is not None
    if run.verb == Run.Verb.GIVE_BACK:
        _require_right(run.actor, run.process_id, "halt_automation")
        _require_plain(tasks.lock(row.task_id).task)
        who = f"user:{run.actor_id}"
        row.decision = give_back(task_id=row.task_id, actor=who, run_id=run.pk)
        return
    _require_right(run.actor, run.process_id, "reassign_tasks")
    locked = tasks.lock(row.task_id)
    _require_plain(locked.task)
    match run.verb:
        case Run.Verb.ACCEPT | Run.Verb.REJECT:
            _decide(run, row, locked)
        case Run.Verb.MOVE:
            _move(run, row, locked)
        case Run.Verb.GIVE:
            held_by = locked.task.claimed_by_id
            row.before = {"holder": str(held_by) if held_by else None}
            to = User.objects.get(pk=run.options["to"])
            tasks.reassign(task_id=row.task_id, to=to, actor=run.actor)
        case Run.Verb.PRIORITY:
            row.before = {"priority": locked.task.priority}
            _set_priority(locked.item, locked.task, int(run.options["priority"]), run.actor, run)
        case Run.Verb.RELEASE:
            if locked.task.state != Task.State.CLAIMED:
                raise Conflict("Nobody holds it by now.")
            row.before = {"holder": str(locked.task.claimed_by_id)}
            _free(locked.item, locked.task, run.actor, run)


def undo(run: Run, row: RunRow, actor: User) -> str:
    """Turn one row back; what could not be taken back, in words, or ""."""
    if row.decision_id is not None:
        return _undo_decision(row.decision_id, actor)
    before = row.before or {}
    assert row.task_id is not None
    locked = tasks.lock(row.task_id)
    task = locked.task
    match run.verb:
        case Run.Verb.MOVE:
            _require_open(task)
            if task.queue_id != run.options["queue"]:
                raise Conflict("It was moved again since.")
            _change_queue(locked.item, task, Queue.objects.get(pk=before["queue"]), actor, run)
        case Run.Verb.PRIORITY:
            if task.priority != int(run.options["priority"]):
                raise Conflict("Its priority was changed again since.")
            _set_priority(locked.item, task, int(before["priority"]), actor, run)
        case Run.Verb.GIVE:
            if task.state != Task.State.CLAIMED or str(task.claimed_by_id) != run.options["to"]:
                raise Conflict("It is no longer in their hands.")
            _return_to(before["holder"], locked, actor, run)
        case Run.Verb.RELEASE:
            _require_open(task)
            _return_to(before["holder"], locked, actor, run)
    return ""


def _decide(run: Run, row: RunRow, locked: tasks.Locked) -> None:
    """Claim and decide in one, as a person does in two; four eyes and rights hold as for them."""
    task, actor = locked.task, run.actor
    _require_open(task)
    if not Rights(actor).serves(task.queue):
        raise Conflict("You do not serve its queue any more.")
    expected = (row.before or {}).get("candidate")
    candidate = str(locked.candidate.pk) if locked.candidate else None
    if candidate != expected:
        raise Conflict("The model has answered anew since the dry run.")
    now = timezone.now()
    lease_until = now + timedelta(seconds=task.queue.lease_seconds)
    try:
        with transaction.atomic():
            tasks.set_state(
                task,
                Task.State.CLAIMED,
                claimed_by=actor,
                claimed_at=now,
                lease_until=lease_until,
            )
    except IntegrityError:
        raise Conflict("You have had a part in it already.") from None
    who = f"user:{actor.pk}"
    claimed = tasks.event(
        task,
        run.process_id,
        "task.claimed",
        actor=who,
        run=str(run.pk),
        lease_until=lease_until.isoformat(),
    )
    append_many([claimed])
    made = decisions.decide(
        task_id=task.pk, actor=actor, verdict=run.verb, reason=run.reason, run_id=run.pk
    )
    row.decision = made.decision


def _take_back(run: Run, row: RunRow) -> str:
    """Undo the decision that the dry run saw, if it would do no more than was foreseen."""
    foreseen = {"cancelled"}
    if run.verb == Run.Verb.UNDO:
        foreseen |= {"compensating", "compensating_after_send"}
        if run.options.get("irreversible"):
            foreseen.add("irreversible")
    decision_id = UUID(str((row.before or {})["decision"]))
    return _undo_decision(decision_id, run.actor, foreseen)


def _undo_decision(decision_id: UUID, actor: User, foreseen: Collection[str] | None = None) -> str:
    undone = decisions.undo(decision_id=decision_id, actor=actor, foreseen=foreseen)
    if undone.task_id is not None:
        task = Task.objects.get(pk=undone.task_id)
        if task.state == Task.State.CLAIMED and task.claimed_by_id == actor.pk:
            # Back to its queue: a thousand tasks in one person's hands would help nobody.
            tasks.release(task_id=task.pk, actor=actor)
    kept = [one for one in undone.withdrawals if one.what == "irreversible"]
    return " ".join(f"{one.name} cannot be taken back: {one.note}" for one in kept)[:300]


def _move(run: Run, row: RunRow, locked: tasks.Locked) -> None:
    _require_open(locked.task)
    queue = Queue.objects.get(pk=run.options["queue"])
    if not takes(queue, locked.task.kind):
        raise Conflict("That queue does not take tasks of its kind.")
    row.before = {"queue": locked.task.queue_id}
    _change_queue(locked.item, locked.task, queue, run.actor, run)


def takes(queue: Queue, kind: str) -> bool:
    """Whether tasks of a kind may stand in a queue: by its contract, or as escalations."""
    return kind in queue.kinds or ("escalation" in queue.kinds and kind in _KINDS)


def _change_queue(item: Item, task: Task, queue: Queue, actor: User, run: Run) -> None:
    tasks.set_state(task, Task.State.OPEN, queue_id=queue.pk)
    _tell(item, task, "task.moved", actor, run, queue=queue.name)


def _set_priority(item: Item, task: Task, priority: int, actor: User, run: Run) -> None:
    item.priority = priority
    item.save(update_fields=["priority"])
    task.priority = priority
    task.order_at = order_at(task.due_at, priority, item.received_at)
    task.save(update_fields=["priority", "order_at"])
    _tell(item, task, "task.prioritised", actor, run, priority=priority)


def _free(item: Item, task: Task, actor: User, run: Run) -> None:
    held_by = str(task.claimed_by_id)
    tasks.set_state(task, Task.State.OPEN)
    _tell(item, task, "task.released", actor, run, held_by=held_by)


def _return_to(holder: str | None, locked: tasks.Locked, actor: User, run: Run) -> None:
    if holder is None:
        _free(locked.item, locked.task, actor, run)
        return
    to = User.objects.filter(pk=holder, is_active=True).first()
    if to is None:
        raise Conflict("Who held it is gone.")
    tasks.reassign(task_id=locked.task.pk, to=to, actor=actor)


def _tell(item: Item, task: Task, kind: str, actor: User, run: Run, **data: Any) -> None:
    who = f"user:{actor.pk}"
    told = tasks.event(task, item.process_id, kind, actor=who, run=str(run.pk), **data)
    append_many([told])


def _require_right(actor: User, process: str, codename: str) -> None:
    if not (actor.is_active and Rights(actor).has(process, codename)):
        raise Conflict("The right to do this was taken away.")


def _require_open(task: Task) -> None:
    if task.state == Task.State.CLAIMED:
        raise Conflict("Somebody holds it by now.")
    if task.state != Task.State.OPEN:
        raise Conflict(f"It is {task.get_state_display()} by now.")


def _require_plain(task: Task) -> None:
    """The dry run left these out; an item may have become one since."""
    if task.is_blind or task.slots > 1 or task.kind not in (Task.Kind.REVIEW, Task.Kind.MANUAL):
        raise Conflict(_NEVER)
