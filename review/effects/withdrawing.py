"""Taking a decision's effects back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.ledger.operations import Event
from review.effects.changing import compensate, event, move
from review.models import Decision, Effect, Item


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What became of one effect when its decision was taken back."""

    effect_id: UUID
    name: str
    what: str  # cancelled, compensating, compensating_after_send, irreversible
    note: str = ""


def withdraw(
    decision: Decision, item: Item, *, actor: str, now: datetime
) -> tuple[list[Withdrawal], list[Event]]:
    """Take back a decision's effects: cancel what was not sent, compensate what was.

    The caller holds the item's row lock. Effects are locked here, so that of an undo and a
    run that race exactly one comes first: an effect that is being sent right now is marked,
    and compensated as soon as its sending has ended.
    """
    withdrawals: list[Withdrawal] = []
    events: list[Event] = []
    rows = (
        Effect.objects.select_for_update()
        .filter(decision=decision, compensates__isnull=True)
        .order_by("pk")
    )
    for effect in rows:
        if effect.state in (Effect.State.SCHEDULED, Effect.State.FAILED):
            move(effect, Effect.State.CANCELLED, finished_at=now)
            events.append(event(effect, "effect.cancelled", actor=actor, process=item.process_id))
            if effect.attempts and effect.compensation is not None:
                # What was tried may have reached the other system (a time-out after the work was
                # done), whether it was given up or waits to be tried again.
                events.append(compensate(effect, actor=actor, process=item.process_id, now=now))
                withdrawals.append(Withdrawal(effect.pk, effect.name, "compensating"))
            else:
                withdrawals.append(Withdrawal(effect.pk, effect.name, "cancelled"))
        elif effect.state == Effect.State.RUNNING:
            effect.is_withdrawn = True
            effect.save(update_fields=["is_withdrawn"])
            what = "compensating_after_send" if effect.compensation is not None else "irreversible"
            withdrawals.append(Withdrawal(effect.pk, effect.name, what, effect.irreversible))
            events.append(event(effect, "effect.withdrawn", actor=actor, process=item.process_id))
        elif effect.state == Effect.State.DONE:
            if effect.compensation is None:
                withdrawals.append(
                    Withdrawal(effect.pk, effect.name, "irreversible", effect.irreversible)
                )
            else:
                events.append(compensate(effect, actor=actor, process=item.process_id, now=now))
                withdrawals.append(Withdrawal(effect.pk, effect.name, "compensating"))
    return withdrawals, events
