"""What an item's outcome rests on, and how it changes.

A single review settles at once; second reviews settle when all slots are in and agree;
a quality sample corrects an automatic acceptance that it disagrees with.
"""

from datetime import datetime

from governance.contracts.agreement import Agreement
from governance.ledger.operations import Event
from governance.models import User
from governance.rows import Rows
from review.decisions.recording import Judged, decision_event, record
from review.effects import operations as effects
from review.effects.ending import end_item, has_outstanding
from review.effects.jobs import run as run_effect
from review.effects.withdrawing import Withdrawal, withdraw
from review.gate.holding import open_hold, stop_of, withdraw_hold
from review.models import Candidate, Decision, Item, Task
from review.tasks import operations as tasks
from review.transitions import ITEM, check

_ITEMS = Rows(Item, "i")


def settle(
    item: Item, decision: Decision, agreement: Agreement, *, now: datetime, actor: str
) -> list[Event]:
    """Let the item's outcome rest on this decision: schedule effects or end it, unless the gate
    holds it.

    The caller holds the item's row lock and appends the returned events.
    """
    stop = stop_of(agreement, item, decision)
    scheduled, events = effects.schedule(
        decision,
        item,
        agreement,
        due_at=decision.undo_until,
        actor=actor,
        is_held=stop is not None,
    )
    if stop is not None:
        events += open_hold(stop, item, decision, now=now)
    elif not scheduled and not has_outstanding(item):
        return [*events, end_item(item, decision, now=now, actor=actor)]
    check(ITEM, item.state, Item.State.DECIDED)
    item.state = Item.State.DECIDED
    item.ended_at = None
    _ITEMS.update(item, "state", "ended_at")
    if agreement.undo_window_seconds == 0 and stop is None:
        for effect in scheduled:
            run_effect.delay_on_commit(str(effect.pk))
    return events


def accept_automatically(
    item: Item, candidate: Candidate, agreement: Agreement, *, now: datetime
) -> tuple[Decision, list[Event]]:
    """The automatic acceptance of a candidate; the caller holds the item's row lock."""
    decision = record(
        item=item,
        task=None,
        candidate=candidate,
        actor=None,
        judged=Judged(Decision.Verdict.ACCEPT, candidate.output, ""),
        agreement=agreement,
        now=now,
        settles=True,
    )
    actor = "system:routing"
    events = [decision_event(decision, item, agreement, "decision.made", actor=actor)]
    events += settle(item, decision, agreement, now=now, actor=actor)
    return decision, events


def supersede(
    decision: Decision,
    item: Item,
    judged: Judged,
    agreement: Agreement,
    *,
    actor: User,
    now: datetime,
) -> tuple[Decision, list[Withdrawal], list[Event]]:
    """Put a new settling decision in the place of the one in force."""
    who = f"user:{actor.pk}"
    withdrawals, events = withdraw(decision, item, actor=who, now=now)
    events += withdraw_hold(decision, item, agreement, now=now, actor=who)
    decision.state = Decision.State.SUPERSEDED
    decision.save(update_fields=["state"])
    replacement = record(
        item=item,
        task=decision.task,
        candidate=decision.candidate,
        actor=actor,
        judged=judged,
        agreement=agreement,
        now=now,
        settles=True,
        supersedes=decision,
    )
    amended = decision_event(
        replacement,
        item,
        agreement,
        "decision.amended",
        actor=who,
        supersedes=str(decision.pk),
    )
    settled = settle(item, replacement, agreement, now=now, actor=who)
    return replacement, withdrawals, [amended, *events, *settled]


def after_slot_decision(
    item: Item,
    task: Task,
    decision: Decision,
    agreement: Agreement,
    *,
    now: datetime,
    actor: str,
) -> list[Event]:
    """Settle, ask for adjudication, correct, or wait for the other slot."""
    if task.kind == Task.Kind.QUALITY:
        return _after_quality_sample(item, decision, agreement, now=now)
    others = list(
        item.decisions.filter(state=Decision.State.ACTIVE, settles=False, task__isnull=False)
        .exclude(pk=decision.pk)
        .exclude(task__kind=Task.Kind.QUALITY)
    )
    if len(others) + 1 < task.slots:
        return []
    if all(agree(decision, other) for other in others):
        decision.settles = True
        decision.save(update_fields=["settles"])
        return settle(item, decision, agreement, now=now, actor=actor)
    _, opened = tasks.open_task(item, Task.Kind.ADJUDICATION, actor="system:routing")
    return [opened]


def agree(one: Decision, other: Decision) -> bool:
    """Same outcome: both reject, or the same output whether accepted or typed anew."""
    rejects = Decision.Verdict.REJECT
    if rejects in (one.verdict, other.verdict):
        return one.verdict == other.verdict
    return one.output == other.output


def _after_quality_sample(
    item: Item, decision: Decision, agreement: Agreement, *, now: datetime
) -> list[Event]:
    """A sample that differs replaces the automatic acceptance, effects and all."""
    automatic = item.decisions.filter(
        state=Decision.State.ACTIVE, settles=True, actor__isnull=True
    ).first()
    if automatic is None or agree(decision, automatic):
        return []
    assert decision.actor is not None
    judged = Judged(decision.verdict, decision.output, decision.reason)
    _, _, events = supersede(automatic, item, judged, agreement, actor=decision.actor, now=now)
    return events
