"""Revealing one field of an item: right, claim and reason."""

from governance.contracts.agreement import agreement_of
from governance.contracts.schemas import PERSONAL_LABELS
from governance.errors import InvalidInput, NotAllowed
from governance.models import Reveal, User
from governance.privacy.revealing import operations as revealing
from review.access import rights
from review.models import Item
from review.revealing.queries import holds_claim, is_senior, may_reveal


def reveal(*, item: Item, field: str, actor: User, purpose: str) -> Reveal:
    """Show a field ("input.<path>", "output.<path>", "documents") to a person for a while.

    Raises NotAllowed without the right, or without a claim on one of the item's tasks for anybody
    but team leads and compliance officers; InvalidInput for what is no masked field, or without a
    purpose; BudgetSpent over the day's budget.
    """
    if not may_reveal(rights(actor), item.process_id):
        raise NotAllowed("You may not reveal personal values here.")
    label = agreement_of(item.contract_id).label_at(field)
    if label not in PERSONAL_LABELS:
        raise InvalidInput("There is nothing to reveal.", {"field": "is not a masked field"})
    task_id = holds_claim(item.pk, actor)
    if task_id is None and not is_senior(actor, item.process_id):
        raise NotAllowed("Take up a task of this item first: revealing needs its claim.")
    return revealing.reveal(
        item_id=item.pk,
        process=item.process_id,
        field=field,
        kind=label,
        person=actor,
        purpose=purpose,
        task_id=task_id,
    )
