"""Giving an item back to the model that went to a person for a halt alone, once that is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from governance.errors import Conflict
from governance.ledger.operations import Event, append_many
from review.decisions.settling import accept_automatically
from review.items.checking import tested
from review.items.models import Call, Route
from review.items.recording import situation_of
from review.models import Decision, Item, Task
from review.routing import Outcome, RouteDecision, route
from review.tasks import operations as tasks
from review.tasks.operations import open_task

_ACTOR = "system:routing"


def is_for_halt_alone(reasons: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing but a halt spoke against the model acting alone."""
    return [one.get("code") for one in reasons] == ["halted"]


@transaction.atomic
def give_back(*, task_id: UUID, actor: str, run_id: UUID) -> Decision:
    """Route the item of an open task anew, and decide it automatically where that is the answer.

    Everything is looked at as it is now: stage, approvals, raised thresholds, checks. The route is
    replaced; the ledger keeps both. Raises Conflict where anything speaks against it.
    """
    locked = tasks.lock(task_id)
    item, candidate = locked.item, locked.candidate
    if locked.task.state != Task.State.OPEN or item.state != Item.State.WAITING:
        raise Conflict("Somebody has taken it up by now.")
    row = Route.objects.select_for_update().get(item=item)
    if not is_for_halt_alone(row.reasons):
        raise Conflict("It is not with people for a halt alone.")
    if candidate is None or row.candidate_id != candidate.pk:
        raise Conflict("The model has answered anew since it was routed.")
    process = Process.objects.get(pk=item.process_id)
    if process.is_paused:
        raise Conflict("The model of this process is paused.")
    call = Call.objects.select_related("version").get(pk=candidate.call_id)
    if call.version is None:
        raise Conflict("Which version answered is not known.")
    agreement = agreement_of(item.contract_id)
    answers = tested(agreement, item, candidate.output)
    decided = route(
        situation_of(
            item, process, agreement, call.version, candidate, findings=(), answers=answers
        )
    )
    if decided.outcome != Outcome.AUTOMATIC:
        codes = ", ".join(reason.code for reason in decided.reasons)
        raise Conflict(f"The model may not act alone on it now: {codes}.")
    events = tasks.cancel_open(item, actor=actor)
    events.append(_replace(row, decided, item, process, actor=actor, run_id=run_id))
    made, settled = accept_automatically(item, candidate, agreement, now=timezone.now())
    events += settled
    if decided.is_sampled:
        _, opened = open_task(item, Task.Kind.QUALITY, actor=_ACTOR, is_blind=True)
        events.append(opened)
    append_many(events)
    return made


def _replace(
    row: Route, decided: RouteDecision, item: Item, process: Process, *, actor: str, run_id: UUID
) -> Event:
    row.outcome = decided.outcome.value
    row.reasons = [reason.as_dict() for reason in decided.reasons]
    row.stage, row.is_sampled = process.stage, decided.is_sampled
    row.save(update_fields=["outcome", "reasons", "stage", "is_sampled"])
    return Event(
        kind="item.routed",
        item=item.pk,
        process=process.pk,
        actor=actor,
        data={
            "outcome": row.outcome,
            "reasons": row.reasons,
            "stage": row.stage,
            "segment": item.segment,
            "contract": str(item.contract_id),
            "is_sampled": row.is_sampled,
            "run": str(run_id),
        },
    )
