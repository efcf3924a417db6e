"""Decide, undo, amend: the verbs by which people make decisions and take them back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from governance.contracts.agreement import agreement_of
from governance.errors import Conflict
from governance.ledger.operations import Event, append_many
from governance.models import User
from governance.privacy.masking import restored
from review.access import Rights
from review.decisions.recording import decision_event, judge, record
from review.decisions.settling import after_slot_decision, settle, supersede
from review.effects.jobs import run as run_effect
from review.effects.withdrawing import Withdrawal, withdraw
from review.gate.holding import withdraw_hold
from review.models import Decision, Item, Queue, Task
from review.notices import happenings
from review.tasks import operations as tasks
from review.tasks.claims import Claim, take_next
from review.tasks.rounds import open_round
from review.tasks.sealing import concealment
from review.transitions import ITEM, TASK, check

TRIES_FOR_NEXT = 3


@dataclass(frozen=True, slots=True)
class Decided:
    decision: Decision
    claim: Claim | None  # the next task, where one was asked for and there was one


@dataclass(frozen=True, slots=True)
class Undone:
    decision: Decision
    withdrawals: list[Withdrawal]
    task_id: UUID | None  # what stands open again, claimed by the actor where it was theirs


def decide(
    *,
    task_id: UUID,
    actor: User,
    verdict: str,
    output: Mapping[str, Any] | None = None,
    reason: str = "",
    evidence: Mapping[str, Any] | None = None,
    next_queue: Queue | None = None,
    active_seconds: int = 0,
    run_id: UUID | None = None,
) -> Decided:
    """Give a verdict on a claimed task and, with `next_queue`, claim the next one with it.

    evidence is where values were taken over from (console.evidence); active_seconds what the
    person worked on it since the last heartbeat; run_id names the bulk run that decides.

    All in one transaction, so that deciding costs one round trip and one commit. Raises
    ClaimLost if the claim is gone (the typed output is then kept as a draft), and
    InvalidInput where the output breaks the contract.
    """
    given = _Given(task_id, verdict, output, reason, evidence, active_seconds, run_id)
    try:
        for _ in range(TRIES_FOR_NEXT - 1):
            try:
                with transaction.atomic():
                    return _decide(given, actor, next_queue)
            except IntegrityError:
                # The same person took another slot of the next item at the same instant
                # (one_slot_a_person). By now that claim is visible and is passed over.
                if next_queue is None:
                    raise
        with transaction.atomic():
            return _decide(given, actor, next_queue)
    except Conflict:
        if output is not None:
            tasks.save_draft(
                task_id=task_id, actor=actor, output=dict(output), reason=reason, evidence=evidence
            )
        raise


@dataclass(frozen=True, slots=True)
class _Given:
    """What a person hands in with a verdict."""

    task_id: UUID
    verdict: str
    output: Mapping[str, Any] | None
    reason: str
    evidence: Mapping[str, Any] | None
    active_seconds: int
    run_id: UUID | None


def _decide(given: _Given, actor: User, next_queue: Queue | None) -> Decided:
    locked = tasks.lock(given.task_id)
    item, task = locked.item, locked.task
    tasks.require_claim(task, actor)
    agreement = agreement_of(item.contract_id)
    candidate = locked.candidate
    output = given.output
    if output is not None:
        # What came back masked is the model's value, which its reader did not see.
        proposed = candidate.output if candidate is not None and not task.is_blind else {}
        output = restored(output, agreement.output_labels, proposed)
    judged = judge(agreement, candidate, task, given.verdict, output, given.reason)
    now = timezone.now()
    is_settling = task.slots == 1 and task.kind != Task.Kind.QUALITY
    decision = record(
        item=item,
        task=task,
        candidate=candidate,
        actor=actor,
        judged=judged,
        agreement=agreement,
        now=now,
        settles=is_settling,
        evidence=given.evidence,
        active_seconds=tasks.clipped(task.active_seconds + tasks.clipped(given.active_seconds)),
        run_id=given.run_id,
    )
    _close(task, now=now)
    who = f"user:{actor.pk}"
    of_run = {"run": str(given.run_id)} if given.run_id else {}
    events = [decision_event(decision, item, agreement, "decision.made", actor=who, **of_run)]
    if is_settling:
        events += settle(item, decision, agreement, now=now, actor=who)
    else:
        events += after_slot_decision(item, task, decision, agreement, now=now, actor=who)
    claim: Claim | None = None
    if next_queue is not None:
        claim, claim_events = take_next(next_queue, actor.pk)
        events += claim_events
    append_many(events)
    return Decided(decision=decision, claim=claim)


def _close(task: Task, *, now: datetime) -> None:
    """Mark the task decided and drop its holder's draft, in one statement.

    Drafts of others stay: of those who were told a moment ago that their claim is gone.
    """
    check(TASK, task.state, Task.State.DECIDED)
    task.state, task.decided_at, task.lease_until = Task.State.DECIDED, now, None
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH dropped AS (
                DELETE FROM review_draft WHERE task_id = %(task)s AND actor_id = %(actor)s)
            UPDATE review_task SET state = 'decided', decided_at = %(now)s, lease_until = NULL
            WHERE id = %(task)s
            """,
            {"task": task.pk, "actor": task.claimed_by_id, "now": now},
        )


@transaction.atomic
def undo(
    *,
    decision_id: UUID,
    actor: User,
    foreseen: Collection[str] | None = None,
    is_refused: bool = False,
) -> Undone:
    """Take a decision back: effects not sent are cancelled, sent ones compensated.

    The task stands open again: claimed by the actor if it was theirs, in its queue if not.
    foreseen are the consequences that the person was told of (kinds of `Withdrawal.what`);
    is_refused says that compliance refused it at the gate, which who decided is told.
    Raises Conflict if the decision is no longer in force, or another rests on it, and
    NotForeseen where it would have other consequences by now.
    """
    decision, item = lock_decision(decision_id)
    now = timezone.now()
    who = f"user:{actor.pk}"
    if decision.state != Decision.State.ACTIVE:
        raise Conflict(f"This decision is {decision.get_state_display()} already.")
    if not decision.settles:
        _require_nothing_rests_on(decision, item, actor)
    withdrawals, events = withdraw(decision, item, actor=who, now=now, foreseen=foreseen)
    decision.state = Decision.State.UNDONE
    decision.save(update_fields=["state"])
    agreement = agreement_of(item.contract_id)
    events += withdraw_hold(decision, item, agreement, now=now, actor=who)
    undone = decision_event(
        decision,
        item,
        agreement,
        "decision.undone",
        actor=who,
        effects=[{"effect": str(w.effect_id), "what": w.what} for w in withdrawals],
    )
    task_id, reopened = _reopen(decision, item, actor, now=now)
    if decision.settles and item.state != Item.State.WAITING:
        check(ITEM, item.state, Item.State.WAITING)
        item.state = Item.State.WAITING
        item.ended_at = None
        item.save(update_fields=["state", "ended_at"])
    happenings.decision_changed(decision, item, actor, is_refused=is_refused)
    append_many([undone, *events, *reopened])
    _hint_compensations(item)
    return Undone(decision=decision, withdrawals=withdrawals, task_id=task_id)


def lock_decision(decision_id: UUID) -> tuple[Decision, Item]:
    """Lock the item's row, then read the decision as it now stands.

    Raises Conflict where the item's data was erased: nothing is left to take back or to judge.
    """
    item_id = Decision.objects.values_list("item_id", flat=True).get(pk=decision_id)
    item = Item.objects.select_for_update().get(pk=item_id)
    if item.content_erased_at is not None:
        raise Conflict("The data of this item was erased; its decision stands.")
    return item.decisions.get(pk=decision_id), item


def _require_nothing_rests_on(decision: Decision, item: Item, actor: User) -> None:
    if decision.task and decision.task.kind == Task.Kind.QUALITY:
        corrected = item.decisions.filter(
            actor=decision.actor,
            supersedes__isnull=False,
            supersedes__actor__isnull=True,
            created_at=decision.created_at,
        )
        if corrected.filter(state=Decision.State.ACTIVE).exists():
            raise Conflict("This sample corrected the automatic decision; undo that correction.")
        return
    settled = item.decisions.filter(state=Decision.State.ACTIVE, settles=True).exists()
    if settled:
        raise Conflict("A later decision has settled this item; undo that one first.")
    adjudication = item.tasks.filter(
        kind=Task.Kind.ADJUDICATION, state__in=[Task.State.OPEN, Task.State.CLAIMED]
    ).first()
    if adjudication is None:
        return
    if adjudication.state == Task.State.CLAIMED:
        raise Conflict("Somebody is adjudicating this item right now.")
    if decision.actor_id == actor.pk:
        # The other verdict can be read by now: decided anew, this one would not be independent.
        raise Conflict("Two people decided differently; a third settles it.")


def _reopen(
    decision: Decision, item: Item, actor: User, *, now: datetime
) -> tuple[UUID | None, list[Event]]:
    who = f"user:{actor.pk}"
    if decision.task_id is None:
        agreement = agreement_of(item.contract_id)
        first, opened = open_round(item, Task.Kind.REVIEW, agreement, actor=who, is_blind=False)
        return first.pk, opened
    events: list[Event] = []
    task = Task.objects.select_for_update().get(pk=decision.task_id)
    if task.kind not in (Task.Kind.ADJUDICATION, Task.Kind.QUALITY):
        events += tasks.cancel_open(item, actor=who, kinds=[Task.Kind.ADJUDICATION])
    if task.claimed_by_id == actor.pk:
        # Their own slot. Who amended another's decision holds none here, and may hold another.
        lease = timedelta(seconds=tasks.queue_of(task.pk).lease_seconds)
        tasks.set_state(
            task,
            Task.State.CLAIMED,
            claimed_by=actor,
            claimed_at=now,
            lease_until=now + lease,
            decided_at=None,
            active_seconds=0,  # counted with the decision that was undone
        )
    else:
        tasks.set_state(task, Task.State.OPEN, decided_at=None)
    events.append(tasks.event(task, item.process_id, "task.reopened", actor=who))
    return task.pk, events


@transaction.atomic
def amend(
    *,
    decision_id: UUID,
    actor: User,
    verdict: str,
    output: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Undone:
    """Replace a settling decision by another: what was done is taken back, then done anew.

    The old decision stays, superseded. Raises Conflict if it is not the one in force, where one of
    two people who decide on the item would overrule the other, where somebody else would overrule
    a compliance officer, and of another's decision while it is sealed.
    """
    decision, item = lock_decision(decision_id)
    if decision.state != Decision.State.ACTIVE or not decision.settles:
        raise Conflict("Only the decision that an item rests on can be amended.")
    if decision.actor_id != actor.pk and concealment(item.pk).decisions:
        raise Conflict("Somebody is still to judge this item for themselves.")
    _require_overrules_nobody(decision, item, actor)
    agreement = agreement_of(item.contract_id)
    if output is not None:
        output = restored(output, agreement.output_labels, decision.output or {})
    judged = judge(agreement, decision.candidate, None, verdict, output, reason)
    if judged.verdict == decision.verdict and judged.output == decision.output:
        raise Conflict("That is what was decided already.")
    now = timezone.now()
    replacement, withdrawals, events = supersede(
        decision, item, judged, agreement, actor=actor, now=now
    )
    happenings.decision_changed(decision, item, actor)
    append_many(events)
    _hint_compensations(item)
    return Undone(decision=replacement, withdrawals=withdrawals, task_id=None)


def _require_overrules_nobody(decision: Decision, item: Item, actor: User) -> None:
    if item.tasks.filter(slots__gt=1, state=Task.State.DECIDED, claimed_by=actor).exists():
        raise Conflict("Two people decide on this item: undo your decision and decide anew.")
    task = decision.task
    if task is None or task.kind != Task.Kind.COMPLIANCE:
        return
    if not Rights(actor).serves(task.queue):
        raise Conflict("Only compliance officers amend this; undone, it goes back to them.")


def _hint_compensations(item: Item) -> None:
    due = item.effects.filter(compensates__isnull=False, state="scheduled")
    for effect_id in due.values_list("pk", flat=True):
        run_effect.delay_on_commit(str(effect_id))
