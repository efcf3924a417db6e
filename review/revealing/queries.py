"""What a person sees of an item right now beyond what everybody sees."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection

from governance.contracts.agreement import Agreement, agreement_of
from governance.models import User
from governance.privacy.masking import AT_WORK, OPEN
from governance.roles.roles import Role, serve_permission
from review.access import Rights, document_for, rights
from review.models import Decision, Document, GateHold, Item, Task
from review.revealing.sight import Sight

# Reveals that hold: not over, and the claim that they were asked under still there.
HOLDING_SQL = """
    SELECT {columns} FROM governance_reveal v
    WHERE v.item = {item} AND v.person_id = %s AND v.ended_at IS NULL
      AND v.until > clock_timestamp()
      AND (v.task IS NULL OR EXISTS (
          SELECT FROM review_task h WHERE h.id = v.task AND h.state = 'claimed'
            AND h.claimed_by_id = v.person_id))
"""
_SQL = HOLDING_SQL.format(columns="v.field, v.until", item="%s")
# Who may reveal without holding a task of the item.
_SENIOR = frozenset({Role.COMPLIANCE_OFFICER, Role.TEAM_LEAD})


def revealed_to(item_id: UUID, person: User) -> dict[str, datetime]:
    """Field -> until when this person sees it."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [item_id, person.pk])
        return dict(cursor.fetchall())


def holds_claim(item_id: UUID, person: User) -> UUID | None:
    """The task of the item that this person holds now, if any."""
    return (
        Task.objects.filter(item_id=item_id, state=Task.State.CLAIMED, claimed_by=person)
        .values_list("pk", flat=True)
        .first()
    )


def may_reveal(mine: Rights, process: str) -> bool:
    return mine.has(process, "reveal_personal")


def is_senior(person: User, process: str) -> bool:
    """Whether the person may reveal without a claim: a team lead or compliance officer."""
    groups = [f"{role}@{process}" for role in _SENIOR]
    return person.groups.filter(name__in=groups).exists()


def sight_of(item: Item, person: User, agreement: Agreement, *, at_work: bool = False) -> Sight:
    """What this person sees of an item: on pages masked but for what they revealed; in the review
    workspace (`at_work`) also what is personal. One statement where anything is labelled."""
    kinds = AT_WORK if at_work else OPEN
    if not may_reveal(rights(person), item.process_id):
        return Sight(kinds)
    return Sight(kinds, revealed_to(item.pk, person), may_ask=True)


def sees_documents(item_id: UUID, process: str, person: User, agreement: Agreement) -> bool:
    """Whether the person may open documents of the item: unlabelled ones with the right to see
    the item; personal ones for who holds a task of it or has revealed them."""
    if not agreement.has_private_documents or holds_claim(item_id, person) is not None:
        return True
    if answers_for(item_id, process, person):
        return True
    if not may_reveal(rights(person), process):
        return False
    return "documents" in revealed_to(item_id, person)


def answers_for(item_id: UUID, process: str, person: User) -> bool:
    """Whether the item's output waits before the gate for this officer, who had no part in it."""
    if not rights(person).has(process, serve_permission(Role.COMPLIANCE_OFFICER)):
        return False
    waiting = GateHold.objects.filter(item=item_id, state=GateHold.State.WAITING)
    return waiting.exists() and not Decision.objects.filter(item=item_id, actor=person).exists()


def opened_document(person: User, document_id: UUID) -> Document:
    """A document that this person may look into, with its item. 404 and 403 as access gives them;
    403 as well where it is masked for them."""
    document = document_for(person, document_id)
    item = document.item
    if not sees_documents(item.pk, item.process_id, person, agreement_of(item.contract_id)):
        raise PermissionDenied("Reveal the documents of this item first.")
    return document


def is_private(document: Document) -> bool:
    """Whether the documents of this one's item are labelled personal or sensitive."""
    return agreement_of(document.item.contract_id).has_private_documents
