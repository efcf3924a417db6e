"""Schedule, run, retry, write off: with `withdrawing`, all that changes an effect's state.

A run is three steps: a short transaction takes a lease, the connector acts outside any
transaction with the effect's id as idempotency key, a second short transaction writes what
came of it. `attempts` is the fencing token: a worker whose lease ran out writes nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from governance.contracts.agreement import Agreement
from governance.contracts.rendering import render_body
from governance.errors import Conflict, InvalidInput
from governance.incidents.models import Halt
from governance.ledger.operations import Event, append_many
from governance.privacy.redact import commitment
from governance.rows import Rows
from review.effects.changing import compensate, event, move
from review.effects.ending import settle_item
from review.effects.parking import bring_back, park
from review.effects.sending import Failure, Outcome, send
from review.models import Decision, Effect, Item
from review.notices import happenings

_ROWS = Rows(Effect, "e")


def schedule(
    decision: Decision,
    item: Item,
    agreement: Agreement,
    *,
    due_at: datetime,
    actor: str,
    is_held: bool = False,
) -> tuple[list[Effect], list[Event]]:
    """Rows for every effect the contract ties to this verdict, due when the undo window ends.

    Held ones are not sent before the gate lets them go. One INSERT for all. The caller is inside
    the transaction that makes the decision, and appends the returned events.
    """
    names = {
        "id": str(item.pk),
        "external_id": item.external_id,
        "priority": item.priority,
        "segment": item.segment,
        "process": item.process_id,
    }
    effects = []
    for spec in agreement.effects:
        if decision.verdict not in spec.on:
            continue
        context = {"item": names, "input": item.payload, "output": decision.output or {}}
        compensation = (
            None if spec.compensation is None else render_body(spec.compensation, **context)
        )
        effects.append(
            Effect(
                item=item,
                decision=decision,
                name=spec.name,
                connector=spec.connector,
                target=dict(spec.target),
                body=render_body(spec.body, **context),
                compensation=compensation,
                irreversible=spec.irreversible or "",
                apology=spec.apology,
                is_held=is_held,
                due_at=due_at,
                hint_at=due_at,
                max_attempts=spec.retry.attempts,
                first_delay_seconds=spec.retry.first_delay_seconds,
                max_delay_seconds=spec.retry.max_delay_seconds,
            )
        )
    _ROWS.insert(effects)
    events = [
        event(
            effect,
            "effect.scheduled",
            actor=actor,
            process=item.process_id,
            due_at=due_at.isoformat(),
            decision=str(decision.pk),
        )
        for effect in effects
    ]
    return effects, events


def run(effect_id: UUID) -> None:
    """Send an effect if it is due; running it twice changes nothing."""
    effect = _lease(effect_id)
    if effect is None:
        return
    if effect.is_withdrawn or effect.attempts > effect.max_attempts:
        # The attempt before vanished with its worker, which left nobody to record its failure,
        # and there is to be no other: it was the last one, or the decision was taken back since.
        outcome: Outcome | Failure = Failure("worker lost", is_permanent=True)
    else:
        outcome = send(effect)
    _finish(effect, outcome)


def _lease(effect_id: UUID) -> Effect | None:
    """Take the effect for one attempt, in a statement of its own; None if it is not due.

    An effect waits for every earlier one of the same name on its item, so that a correction
    never overtakes the compensation of what it corrects.
    """
    now = timezone.now()
    with transaction.atomic():
        effect = (
            Effect.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("item")
            .filter(
                Q(state=Effect.State.SCHEDULED, due_at__lte=now)
                | Q(state=Effect.State.RUNNING, lease_until__lte=now),
                ~_halted(),
                is_held=False,
                pk=effect_id,
            )
            .first()
        )
        if effect is None or _outstanding_before(effect).exists():
            return None
        lease_until = now + timedelta(seconds=settings.EFFECT_LEASE_SECONDS)
        move(
            effect,
            Effect.State.RUNNING,
            attempts=effect.attempts + 1,
            lease_until=lease_until,
            hint_at=lease_until,
        )
    return effect


def _halted() -> Exists:
    """Whether an effect's process, or everything, is halted: then it waits, and is not lost."""
    return Exists(
        Halt.objects.filter(
            Q(process__isnull=True) | Q(process_id=OuterRef("item__process_id")),
            until__isnull=True,
        )
    )


def _outstanding_before(effect: Effect) -> QuerySet[Effect]:
    """What must end before this effect may be sent.

    A compensation stands where the effect stands that it takes back: it may be made long after
    a correction was scheduled, when an effect is withdrawn while it is being sent.
    """
    return (
        Effect.objects.filter(
            item_id=effect.item_id,
            name=effect.name,
            state__in=[Effect.State.SCHEDULED, Effect.State.RUNNING, Effect.State.FAILED],
        )
        .annotate(place=Coalesce("compensates_id", "id"))
        .filter(place__lt=effect.compensates_id or effect.pk)
    )


@transaction.atomic
def _finish(effect: Effect, outcome: Outcome | Failure) -> None:
    """Write an attempt's result; nothing if another worker has taken the effect since."""
    item = Item.objects.select_for_update().get(pk=effect.item_id)
    current = (
        item.effects.select_for_update()
        .filter(pk=effect.pk, state=Effect.State.RUNNING, attempts=effect.attempts)
        .first()
    )
    if current is None:
        return
    now = timezone.now()
    actor = "system:effects"
    events: list[Event] = []
    if isinstance(outcome, Outcome):
        move(
            current,
            Effect.State.DONE,
            result=outcome.summary,
            error="",
            lease_until=None,
            finished_at=now,
        )
        events.append(event(current, "effect.done", actor=actor, process=item.process_id))
        if current.compensates_id:
            events += _mark_compensated(current, item, actor=actor)
        elif current.is_withdrawn and current.has_compensation:
            events.append(compensate(current, actor=actor, process=item.process_id, now=now))
    else:
        events.append(_fail(current, outcome, item, now=now, actor=actor))
        if current.is_withdrawn:
            # It may or may not have arrived: take it back rather than send it again.
            move(current, Effect.State.CANCELLED, finished_at=now)
            events.append(event(current, "effect.cancelled", actor=actor, process=item.process_id))
            if current.has_compensation:
                events.append(compensate(current, actor=actor, process=item.process_id, now=now))
    events += settle_item(item, now=now, actor=actor)
    append_many(events)
    _hint_waiting(current, now=now)


def _hint_waiting(effect: Effect, *, now: datetime) -> None:
    """Hint at what waited for this effect: its compensation, or the correction after it."""
    from review.effects.jobs import run as run_job

    waiting = Effect.objects.filter(
        item_id=effect.item_id, name=effect.name, state=Effect.State.SCHEDULED, due_at__lte=now
    )
    for effect_id in waiting.order_by("pk").values_list("pk", flat=True):
        run_job.delay_on_commit(str(effect_id))


def _mark_compensated(compensation: Effect, item: Item, *, actor: str) -> list[Event]:
    assert compensation.compensates_id is not None
    original = Effect.objects.select_for_update().get(pk=compensation.compensates_id)
    if original.state == Effect.State.DONE:
        move(original, Effect.State.COMPENSATED)
    return [event(original, "effect.compensated", actor=actor, process=item.process_id)]


def _fail(effect: Effect, failure: Failure, item: Item, *, now: datetime, actor: str) -> Event:
    is_over = failure.is_permanent or effect.attempts >= effect.max_attempts
    if is_over:
        move(effect, Effect.State.FAILED, error=failure.code, lease_until=None, finished_at=now)
        happenings.effect_failed(effect, item)
        return event(
            effect, "effect.failed", actor=actor, process=item.process_id, error=failure.code
        )
    delay = min(effect.first_delay_seconds * 2 ** (effect.attempts - 1), effect.max_delay_seconds)
    if failure.retry_after_seconds:
        delay = max(delay, min(failure.retry_after_seconds, effect.max_delay_seconds))
    due_at = now + timedelta(seconds=delay)
    move(
        effect,
        Effect.State.SCHEDULED,
        error=failure.code,
        lease_until=None,
        due_at=due_at,
        hint_at=due_at,
    )
    return event(
        effect,
        "effect.retry_scheduled",
        actor=actor,
        process=item.process_id,
        error=failure.code,
        due_at=due_at.isoformat(),
    )


@transaction.atomic
def retry(*, effect_id: UUID, actor: str) -> Effect:
    """Send a failed effect again, by a person. Raises Conflict if it is not failed."""
    item, effect = _lock_failed(effect_id, "there is nothing to retry")
    now = timezone.now()
    move(
        effect,
        Effect.State.SCHEDULED,
        due_at=now,
        hint_at=now + timedelta(seconds=settings.HINT_AGAIN_SECONDS),
        max_attempts=effect.attempts + effect.max_attempts,
        finished_at=None,
    )
    append_many([event(effect, "effect.retried", actor=actor, process=item.process_id)])
    from review.effects.jobs import run as run_job

    run_job.delay_on_commit(str(effect.pk))
    return effect


@transaction.atomic
def write_off(*, effect_id: UUID, actor: str, reason: str) -> Effect:
    """Give a failed effect up: a person settled it by hand, and what waited for it goes on.

    The item ends if nothing else is outstanding. `error` stays, to tell why it came to this; the
    reason stays with the effect, and the ledger holds it as a commitment. Raises InvalidInput
    without a reason of 1 to 500 characters, Conflict if the effect is not failed.
    """
    reason = reason.strip()
    if not reason:
        raise InvalidInput("Say how it was settled.", {"reason": "A reason is needed."})
    if len(reason) > 500:
        raise InvalidInput("The reason is too long.", {"reason": "At most 500 characters."})
    item, effect = _lock_failed(effect_id, "there is nothing to give up")
    now = timezone.now()
    given_up = {"written_off": True, "reason": reason}
    move(effect, Effect.State.CANCELLED, result=given_up, finished_at=now)
    events = [
        event(
            effect,
            "effect.written_off",
            actor=actor,
            process=item.process_id,
            reason=commitment(reason, bytes(item.salt)),
        )
    ]
    append_many(events + settle_item(item, now=now, actor=actor))
    _hint_waiting(effect, now=now)
    return effect


def _lock_failed(effect_id: UUID, otherwise: str) -> tuple[Item, Effect]:
    """Lock the item, then its failed effect. Raises Conflict if it is not failed."""
    item_id = Effect.objects.values_list("item_id", flat=True).get(pk=effect_id)
    item = Item.objects.select_for_update().get(pk=item_id)
    effect = item.effects.select_for_update().get(pk=effect_id)
    if effect.state != Effect.State.FAILED:
        raise Conflict(f"This effect is {effect.get_state_display()}; {otherwise}.")
    return item, effect


def due_effects(limit: int = 500) -> Sequence[UUID]:
    """Ids of effects that are due or whose worker vanished; each is hinted again later.

    What a halted process has due is met once and set aside, and comes back with its end.
    """
    now = timezone.now()
    halted = set(Halt.objects.filter(until__isnull=True).values_list("process_id", flat=True))
    if None in halted:
        return []
    with transaction.atomic():
        park(halted)
        bring_back(halted, limit=limit)
        due = Effect.objects.select_for_update(of=("self",), skip_locked=True).filter(
            state__in=[Effect.State.SCHEDULED, Effect.State.RUNNING],
            is_held=False,
            parked_in__isnull=True,
            hint_at__lte=now,
        )
        if halted:  # of which some may not be set aside yet; otherwise the index alone answers
            due = due.exclude(item__process_id__in=halted)
        ids = list(due.order_by("hint_at").values_list("pk", flat=True)[:limit])
        Effect.objects.filter(pk__in=ids).update(
            hint_at=now + timedelta(seconds=settings.HINT_AGAIN_SECONDS)
        )
    return ids
