"""When an item has come to its end."""

from datetime import datetime

from governance.contracts.agreement import agreement_of
from governance.ledger.operations import Event
from review.gate.holding import is_held
from review.models import Decision, Effect, Item
from review.transitions import ITEM, check


def has_outstanding(item: Item) -> bool:
    """Whether an effect or compensation of the item is still on its way or stuck."""
    return Effect.objects.filter(
        item=item,
        state__in=[Effect.State.SCHEDULED, Effect.State.RUNNING, Effect.State.FAILED],
    ).exists()


def settle_item(item: Item, *, now: datetime, actor: str) -> list[Event]:
    """End an item whose decision stands and whose effects are all done.

    The caller holds the item's row lock.
    """
    if item.state != Item.State.DECIDED:
        return []
    if has_outstanding(item) or _is_held(item):
        return []
    decision = Decision.objects.filter(item=item, state=Decision.State.ACTIVE, settles=True).first()
    if decision is None:
        return []
    return [end_item(item, decision, now=now, actor=actor)]


def _is_held(item: Item) -> bool:
    """Whether compliance has not let the item's outcome go; asked where a contract has a gate."""
    return agreement_of(item.contract_id).gate is not None and is_held(item)


def end_item(item: Item, decision: Decision, *, now: datetime, actor: str) -> Event:
    """Move the item to the end its decision calls for."""
    is_rejected = decision.verdict == Decision.Verdict.REJECT
    state = Item.State.REJECTED if is_rejected else Item.State.COMPLETED
    check(ITEM, item.state, state)
    item.state = state
    item.ended_at = now
    item.save(update_fields=["state", "ended_at"])
    return Event(
        kind=f"item.{state}",
        item=item.pk,
        process=item.process_id,
        actor=actor,
        data={"decision": str(decision.pk)},
    )
