"""A hold's slow checks as a job: lease, judge outside any transaction, write what came of it.

`attempts` is the fencing token: a worker whose lease ran out writes nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from governance.contracts.agreement import agreement_of
from governance.ledger.operations import append_many
from integrations.providers.base import Proposal
from review.effects.changing import let_go
from review.effects.ending import settle_item
from review.gate.holding import ACTOR, event
from review.gate.judging import Judged, TryAgain, abandoned, judge
from review.gate.models import GateHold
from review.items.recording import keep_call
from review.models import Item

log = structlog.get_logger(__name__)

FIRST_DELAY_SECONDS = 2
MAX_DELAY_SECONDS = 300


def check(hold_id: UUID) -> None:
    """Make the checks of one hold if they are due; running it twice changes nothing."""
    hold = _lease(hold_id)
    if hold is None:
        return
    if hold.attempts > settings.GATE_ATTEMPTS:
        _finish(hold, abandoned(hold))
        return
    outcome = judge(hold, is_last=hold.attempts == settings.GATE_ATTEMPTS)
    if isinstance(outcome, TryAgain):
        _try_again(hold, outcome)
    else:
        _finish(hold, outcome)


def _lease(hold_id: UUID) -> GateHold | None:
    now = timezone.now()
    with transaction.atomic():
        hold = (
            GateHold.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("decision", "item")
            .filter(
                Q(lease_until__isnull=True) | Q(lease_until__lte=now),
                pk=hold_id,
                state=GateHold.State.CHECKING,
            )
            .first()
        )
        if hold is None:
            return None
        hold.attempts += 1
        hold.lease_until = now + timedelta(seconds=_lease_seconds(hold))
        hold.hint_at = hold.lease_until
        hold.save(update_fields=["attempts", "lease_until", "hint_at"])
    return hold


def _lease_seconds(hold: GateHold) -> float:
    """Long enough for every second model that is asked: a lease that ended before its calls would
    let the next attempt discard every answer."""
    agreement = agreement_of(hold.item.contract_id)
    checks = agreement.gate.checks if agreement.gate is not None else ()
    calls = sum(1 for check in checks if check.second_opinion is not None)
    asking = calls * agreement.candidate.timeout_seconds + settings.RECORDING_SECONDS
    return max(settings.INFERENCE_LEASE_SECONDS, asking)


def _try_again(hold: GateHold, outcome: TryAgain) -> None:
    """The lease stands until then, so that no other hint is sooner."""
    delay = min(FIRST_DELAY_SECONDS * 2 ** (hold.attempts - 1), MAX_DELAY_SECONDS)
    if outcome.retry_after_seconds:
        delay = min(max(delay, int(outcome.retry_after_seconds)), MAX_DELAY_SECONDS)
    at = timezone.now() + timedelta(seconds=delay)
    log.info("gate_check_again", hold=str(hold.pk), error=outcome.error, seconds=delay)
    current = GateHold.objects.filter(
        pk=hold.pk, state=GateHold.State.CHECKING, attempts=hold.attempts
    )
    current.update(lease_until=at, hint_at=at)


@transaction.atomic
def _finish(hold: GateHold, judged: Judged) -> None:
    """Let the output go on, or hold it for an officer; nothing if it was taken back since."""
    item = Item.objects.select_for_update().get(pk=hold.item_id)
    current = (
        GateHold.objects.select_for_update(of=("self",))
        .select_related("decision")
        .filter(pk=hold.pk, state=GateHold.State.CHECKING, attempts=hold.attempts)
        .first()
    )
    if current is None:
        return
    now = timezone.now()
    for proposal in judged.proposals:
        keep_call(item, current.attempts, proposal)
    asked = [_asked(one) for one in judged.proposals]
    told = {"asked": asked} if asked else {}
    current.lease_until = None
    current.reasons = [*current.reasons, *judged.reasons]
    is_held = bool(current.reasons)
    current.state = GateHold.State.WAITING if is_held else GateHold.State.PASSED
    current.save(update_fields=["state", "reasons", "lease_until"])
    if is_held:
        append_many([event(current, "gate.held", actor=ACTOR, reasons=current.reasons, **told)])
        return
    let_go(current.decision, now=now)
    events = [event(current, "gate.passed", actor=ACTOR, **told)]
    append_many([*events, *settle_item(item, now=now, actor=ACTOR)])


def _asked(proposal: Proposal) -> dict[str, object]:
    return {
        "provider": proposal.provider,
        "answered_by": proposal.version,
        "prompt_sha256": proposal.prompt_sha256,
        "latency_ms": proposal.latency_ms,
        "cost_micros": proposal.cost_micros,
    }


def due_checks(limit: int = 500) -> Sequence[UUID]:
    """Ids of holds whose checks are due or whose worker vanished; each is hinted again later."""
    now: datetime = timezone.now()
    with transaction.atomic():
        ids = list(
            GateHold.objects.select_for_update(skip_locked=True)
            .filter(state=GateHold.State.CHECKING, hint_at__lte=now)
            .order_by("hint_at")
            .values_list("pk", flat=True)[:limit]
        )
        again = now + timedelta(seconds=settings.HINT_AGAIN_SECONDS)
        GateHold.objects.filter(pk__in=ids).update(hint_at=again)
    return ids
