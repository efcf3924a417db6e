"""Taking a decision's effects back, and saying beforehand what that would do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.errors import Conflict
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
    apology: str = ""  # to send by hand, where the contract has one for what cannot be taken back


class NotForeseen(Conflict):
    """An undo would do more than the person was told; nothing was changed."""

    code = "not_foreseen"


def foresee(effect: Effect) -> str | None:
    """What withdrawing would do to an effect as it stands: Withdrawal.what, None for nothing."""
    can_compensate = effect.has_compensation
    match effect.state:
        case Effect.State.SCHEDULED | Effect.State.FAILED if effect.attempts:
            # What was tried may have reached the other system (a time-out after the work was
            # done), whether it was given up or waits to be tried again.
            return "compensating" if can_compensate else "irreversible"
        case Effect.State.SCHEDULED | Effect.State.FAILED:
            return "cancelled"
        case Effect.State.RUNNING:
            return "compensating_after_send" if can_compensate else "irreversible"
        case Effect.State.DONE:
            return "compensating" if can_compensate else "irreversible"
    return None


def withdraw(
    decision: Decision,
    item: Item,
    *,
    actor: str,
    now: datetime,
    foreseen: Collection[str] | None = None,
) -> tuple[list[Withdrawal], list[Event]]:
    """Take back a decision's effects: cancel what was not sent, compensate what was.

    The caller holds the item's row lock. Effects are locked here, so that of an undo and a
    run that race exactly one comes first: an effect that is being sent right now is marked,
    and compensated as soon as its sending has ended. foreseen holds the kinds of
    `Withdrawal.what` that the person was told of; raises NotForeseen where it would come to
    others, None asks for no such care.
    """
    withdrawals: list[Withdrawal] = []
    events: list[Event] = []
    rows = list(
        item.effects.select_for_update()
        .filter(decision=decision, compensates__isnull=True)
        .order_by("pk")
    )
    if foreseen is not None and {foresee(row) for row in rows} - {None, *foreseen}:
        raise NotForeseen("Meanwhile something was sent: undoing does more than you were told.")
    process = item.process_id
    for effect in rows:
        what = foresee(effect)
        if what is None:
            continue
        if effect.state in (Effect.State.SCHEDULED, Effect.State.FAILED):
            move(effect, Effect.State.CANCELLED, finished_at=now)
            events.append(event(effect, "effect.cancelled", actor=actor, process=process))
        elif effect.state == Effect.State.RUNNING:
            effect.is_withdrawn = True
            effect.save(update_fields=["is_withdrawn"])
            events.append(event(effect, "effect.withdrawn", actor=actor, process=process))
        if what == "compensating":
            events.append(compensate(effect, actor=actor, process=process, now=now))
        is_final = what == "irreversible"
        note, apology = (effect.irreversible, effect.apology) if is_final else ("", "")
        withdrawals.append(Withdrawal(effect.pk, effect.name, what, note, apology))
    return withdrawals, events
