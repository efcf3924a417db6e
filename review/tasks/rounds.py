"""A round of judgement: one task, or two where the contract asks for two people."""

from governance.contracts.agreement import Agreement
from governance.ledger.operations import Event
from review.models import Item, Task
from review.tasks.operations import open_task


def open_round(
    item: Item, kind: str, agreement: Agreement, *, actor: str, is_blind: bool
) -> tuple[Task, list[Event]]:
    """Open the tasks that settle an item together; the first of them, and the entries to append.

    The caller holds the item's row lock.
    """
    slots = 2 if agreement.needs_second_review(agreement.segment_named(item.segment)) else 1
    first, opened = open_task(item, kind, actor=actor, is_blind=is_blind, slots=slots)
    events = [opened]
    if slots == 2:
        second = Task.Kind.SECOND_REVIEW
        _, also = open_task(item, second, actor=actor, is_blind=is_blind, slots=slots)
        events.append(also)
    return first, events
