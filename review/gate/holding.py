"""The gate where decisions are made and taken back: what holds an output, and the hold's row.

It is asked in the transaction that decides, so it looks at nothing but what is at hand: risk,
segment, chance, conditions. Checks that take their time are made by jobs, outside any transaction;
until they are through nothing is sent either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from governance.contracts import conditions
from governance.contracts.agreement import Agreement, GateCheck
from governance.identifiers import uuid7
from governance.ledger.operations import Event
from governance.rows import Rows
from review.gate.models import GateHold
from review.models import Decision, Item
from review.routing import sample_point

_ROWS = Rows(GateHold, "g")
ACTOR = "system:gate"
Reasons = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Stop:
    """A decided output that may not go on yet; is_checked: nothing is left to be looked at."""

    reasons: Reasons
    is_checked: bool


def stop_of(agreement: Agreement, item: Item, decision: Decision) -> Stop | None:
    """What the contract's gate says of a decision at once; None lets it go on.

    A rejection has no output to hold.
    """
    gate = agreement.gate
    if gate is None or decision.output is None:
        return None
    segment = agreement.segment_named(item.segment)
    reasons: Reasons = []
    if segment.risk in gate.risks:
        reasons.append({"code": "gate_risk", "risk": segment.risk})
    if segment.name in gate.segments:
        reasons.append({"code": "gate_segment", "segment": segment.name})
    if sample_point(item.pk, purpose="gate") < gate.share:
        reasons.append({"code": "gate_share", "share": gate.share})
    context = context_of(item, decision.output)
    for check in gate.checks:
        require = check.require
        if require is not None and not conditions.holds(require, context):
            reasons.append(reason_of(check))
    is_checked = all(check.is_quick for check in gate.checks)
    return None if is_checked and not reasons else Stop(reasons, is_checked)


def context_of(item: Item, output: Mapping[str, Any]) -> dict[str, Any]:
    """What conditions and tests of the gate look at."""
    names = {
        "id": str(item.pk),
        "external_id": item.external_id,
        "priority": item.priority,
        "segment": item.segment,
        "process": item.process_id,
    }
    return {"item": names, "input": item.payload, "output": output}


def reason_of(check: GateCheck, code: str = "gate_check_failed", **numbers: Any) -> dict[str, Any]:
    """A check that holds the output, as a stored reason; numbers hold nothing personal."""
    told = {"code": code, "check": check.name, "message": check.message, **numbers}
    return {**told, "policy": check.policy} if check.policy else told


def open_hold(stop: Stop, item: Item, decision: Decision, *, now: datetime) -> list[Event]:
    """Hold a decision; the caller holds the item's row lock and appends the events."""
    from review.gate.jobs import check

    hold = GateHold(
        id=uuid7(),
        process_id=item.process_id,
        item=item,
        decision=decision,
        state=GateHold.State.WAITING if stop.is_checked else GateHold.State.CHECKING,
        reasons=stop.reasons,
        due_at=item.due_at,
        opened_at=now,
        hint_at=now + timedelta(seconds=settings.HINT_GRACE_SECONDS),
    )
    _ROWS.insert([hold])
    if stop.is_checked:
        return [event(hold, "gate.held", actor=ACTOR, reasons=stop.reasons)]
    check.delay_on_commit(str(hold.pk))
    return [event(hold, "gate.entered", actor=ACTOR)]


def withdraw_hold(
    decision: Decision, item: Item, agreement: Agreement, *, now: datetime, actor: str
) -> list[Event]:
    """End the open hold of a decision that is taken back; the caller holds the item's row lock."""
    if agreement.gate is None:
        return []
    hold = (
        GateHold.objects.select_for_update()
        .filter(decision=decision, state__in=GateHold.OPEN)
        .first()
    )
    if hold is None:
        return []
    hold.state, hold.answered_at = GateHold.State.WITHDRAWN, now
    hold.save(update_fields=["state", "answered_at"])
    return [event(hold, "gate.withdrawn", actor=actor)]


def is_held(item: Item) -> bool:
    """Whether an output of the item is before the gate right now."""
    return GateHold.objects.filter(item=item, state__in=GateHold.OPEN).exists()


def event(hold: GateHold, kind: str, *, actor: str, **data: Any) -> Event:
    """A ledger entry of a hold; the caller appends it."""
    return Event(
        kind=kind,
        item=hold.item_id,
        process=hold.process_id,
        actor=actor,
        data={"hold": str(hold.pk), "decision": str(hold.decision_id), **data},
    )
