"""The steps that all changes of an effect are made of."""

from datetime import datetime
from typing import Any

from governance.ledger.operations import Event
from review.models import Decision, Effect
from review.transitions import EFFECT, check


def event(effect: Effect, kind: str, *, actor: str, process: str, **data: Any) -> Event:
    """A ledger entry of an effect; the caller appends it."""
    return Event(
        kind=kind,
        item=effect.item_id,
        process=process,
        actor=actor,
        data={"effect": str(effect.pk), "name": effect.name, "attempt": effect.attempts, **data},
    )


def move(effect: Effect, state: str, **changes: Any) -> None:
    """The one place where an effect's state is set, by the table of moves."""
    check(EFFECT, effect.state, state)
    effect.state = state
    for name, value in changes.items():
        setattr(effect, name, value)
    effect.save(update_fields=["state", *changes])


def let_go(decision: Decision, *, now: datetime) -> None:
    """Let effects that the gate held be sent, when the undo window has ended; none is lost, as the
    sweeper sees them from now on."""
    from review.effects.jobs import run

    due_at = max(now, decision.undo_until)
    held = Effect.objects.filter(
        decision=decision, is_held=True, state=Effect.State.SCHEDULED, compensates__isnull=True
    )
    ids = list(held.order_by("pk").values_list("pk", flat=True))
    Effect.objects.filter(pk__in=ids).update(is_held=False, due_at=due_at, hint_at=due_at)
    if due_at <= now:
        for effect_id in ids:
            run.delay_on_commit(str(effect_id))


def compensate(effect: Effect, *, actor: str, process: str, now: datetime) -> Event:
    """Schedule what takes a done or half-done effect back, due at once."""
    compensation = Effect.objects.create(
        item=effect.item,
        decision_id=effect.decision_id,
        name=effect.name,
        connector=effect.connector,
        target=effect.target,
        body=effect.compensation,
        compensates=effect,
        due_at=now,
        hint_at=now,
        max_attempts=effect.max_attempts,
        first_delay_seconds=effect.first_delay_seconds,
        max_delay_seconds=effect.max_delay_seconds,
    )
    return event(
        compensation,
        "effect.compensation_scheduled",
        actor=actor,
        process=process,
        compensates=str(effect.pk),
    )
