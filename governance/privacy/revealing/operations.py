"""Showing one masked value to one person for a while, and ending it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.models import Reveal, User

MIN_CHARACTERS, MAX_CHARACTERS = 5, 500
BATCH = 200
JOB = "system:privacy"


class BudgetSpent(Conflict):
    """This person has revealed as much as anybody may in a day."""

    code = "reveal_budget_spent"


def reveal(
    *,
    item_id: UUID,
    process: str,
    field: str,
    kind: str,
    person: User,
    purpose: str,
    task_id: UUID | None = None,
) -> Reveal:
    """Let a person see a field for REVEAL_SECONDS; one that they see already is answered as it is.

    The caller has checked the right and the claim. The ledger holds the purpose's hash. Raises
    InvalidInput without a purpose, BudgetSpent (which the ledger keeps) over REVEALS_PER_DAY in
    24 hours.
    """
    purpose = " ".join(purpose.replace("\0", "").split())
    if not MIN_CHARACTERS <= len(purpose) <= MAX_CHARACTERS:
        raise InvalidInput(
            "Say what you need it for.",
            {"purpose": f"{MIN_CHARACTERS} to {MAX_CHARACTERS} characters"},
        )
    made = _reveal(item_id, process, field, kind, person, purpose, task_id)
    if made is None:
        raise BudgetSpent(
            f"You have revealed {settings.REVEALS_PER_DAY} values in 24 hours, which is as many "
            "as anybody may. Ask your team lead to look at this one."
        )
    return made


@transaction.atomic
def _reveal(
    item_id: UUID,
    process: str,
    field: str,
    kind: str,
    person: User,
    purpose: str,
    task_id: UUID | None,
) -> Reveal | None:
    # The person's row puts their reveals one after the other, so that the budget holds.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    now = timezone.now()
    actor = f"user:{person.pk}"
    standing = Reveal.objects.filter(
        item=item_id, person=person, field=field, ended_at__isnull=True
    ).first()
    if standing is not None:
        if standing.until > now and standing.task == task_id:
            return standing
        _end(standing, now)
    spent = Reveal.objects.filter(person=person, at__gt=now - timedelta(days=1)).count()
    if spent >= settings.REVEALS_PER_DAY:
        ledger.append(
            "personal.reveal_refused",
            item=item_id,
            process=process,
            actor=actor,
            data={"field": field, "why": "budget", "spent": spent},
        )
        return None
    made = Reveal.objects.create(
        item=item_id,
        process_id=process,
        field=field,
        kind=kind,
        person=person,
        purpose=purpose,
        task=task_id,
        at=now,
        until=now + timedelta(seconds=settings.REVEAL_SECONDS),
    )
    ledger.append(
        "personal.revealed",
        item=item_id,
        process=process,
        actor=actor,
        data={
            "reveal": str(made.pk),
            "field": field,
            "label": kind,
            "purpose_sha256": hashlib.sha256(purpose.encode()).hexdigest(),
            "until": made.until.isoformat(),
        },
    )
    return made


@transaction.atomic
def hide(*, item_id: UUID, person: User, field: str) -> None:
    """End a reveal before its time; nothing where there is none."""
    found = (
        Reveal.objects.select_for_update()
        .filter(item=item_id, person=person, field=field, ended_at__isnull=True)
        .first()
    )
    if found is not None:
        _end(found, timezone.now(), actor=f"user:{person.pk}")


@transaction.atomic
def end_due() -> int:
    """End what is over, at most BATCH at once; how many."""
    now = timezone.now()
    due = Reveal.objects.select_for_update(skip_locked=True).filter(
        ended_at__isnull=True, until__lte=now
    )
    found = list(due.order_by("until")[:BATCH])
    for one in found:
        _end(one, now)
    return len(found)


def _end(one: Reveal, now: datetime, *, actor: str = JOB) -> None:
    one.ended_at = max(one.at, min(now, one.until))
    one.save(update_fields=["ended_at"])
    ledger.append(
        "personal.reveal_ended",
        item=one.item,
        process=one.process_id,
        actor=actor,
        data={"reveal": str(one.pk), "field": one.field, "seconds": one.seconds},
    )
