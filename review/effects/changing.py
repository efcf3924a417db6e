"""The steps that all changes of an effect are made of."""

from datetime import datetime
from typing import Any

from governance.ledger.operations import Event
from review.models import Effect
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


def compensate(effect: Effect, *, actor: str, process: str, now: datetime) -> Event:
    """Schedule what takes a done or half-done effect back, due at once."""
    compensation = Effect.objects.create(
        item_id=effect.item_id,
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
