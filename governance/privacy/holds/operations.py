"""Setting a legal hold and lifting it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.models import LegalHold, User

MAX_TEXT = 500
_Scope = LegalHold.Scope


def hold_item(*, item: UUID, process: str, actor: User, reference: str, reason: str) -> LegalHold:
    """Keep one item. Raises InvalidInput without a reference and a reason."""
    return _set(
        LegalHold(scope=_Scope.ITEM, item=item, process_id=process), actor, reference, reason
    )


def hold_process(
    *,
    process: str,
    received_from: datetime | None,
    received_until: datetime | None,
    actor: User,
    reference: str,
    reason: str,
) -> LegalHold:
    """Keep what a process received in a time, open where None. Raises InvalidInput."""
    if received_from and received_until and received_until <= received_from:
        raise InvalidInput("The time ends before it begins.", {"until": "After it begins."})
    hold = LegalHold(
        scope=_Scope.PROCESS,
        process_id=process,
        received_from=received_from,
        received_until=received_until,
    )
    return _set(hold, actor, reference, reason)


def hold_subject(*, digests: Sequence[str], actor: User, reference: str, reason: str) -> LegalHold:
    """Keep all items that hold every one of these values, in every process, also later ones."""
    if not digests:
        raise InvalidInput("Say who it is about.", {"values": "A value is needed."})
    return _set(LegalHold(scope=_Scope.SUBJECT, digests=list(digests)), actor, reference, reason)


@transaction.atomic
def _set(hold: LegalHold, actor: User, reference: str, reason: str) -> LegalHold:
    reference, reason = reference.strip(), reason.strip()
    errors = {}
    if not 0 < len(reference) <= 80:
        errors["reference"] = "1 to 80 characters, such as the number of the case."
    if not 0 < len(reason) <= MAX_TEXT:
        errors["reason"] = f"1 to {MAX_TEXT} characters."
    if errors:
        raise InvalidInput("Say for which case, and why.", errors)
    hold.reference, hold.reason = reference, reason
    hold.set_by, hold.since = actor, timezone.now()
    hold.save(force_insert=True)
    _record(hold, "hold.set", actor)
    return hold


@transaction.atomic
def lift(*, hold_id: UUID, actor: User, reason: str) -> LegalHold:
    """Let what was held be erased again, by request or retention.

    Raises Conflict where it was lifted already, InvalidInput without a reason.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= MAX_TEXT:
        raise InvalidInput("Say why.", {"reason": f"1 to {MAX_TEXT} characters."})
    hold = LegalHold.objects.select_for_update().get(pk=hold_id)
    if hold.lifted_at is not None:
        raise Conflict("This hold was lifted already.")
    hold.lifted_at, hold.lifted_by, hold.lifted_reason = timezone.now(), actor, reason
    hold.digests = []
    hold.save(update_fields=["lifted_at", "lifted_by", "lifted_reason", "digests"])
    _record(hold, "hold.lifted", actor)
    return hold


def _record(hold: LegalHold, kind: str, actor: User) -> None:
    ledger.append(
        kind,
        item=hold.item,
        process=hold.process_id,
        actor=f"user:{actor.pk}",
        data={
            "hold": str(hold.pk),
            "scope": hold.scope,
            "from": hold.received_from.isoformat() if hold.received_from else None,
            "until": hold.received_until.isoformat() if hold.received_until else None,
        },
    )
