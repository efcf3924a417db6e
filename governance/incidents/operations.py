"""The switch: halting a process or everything, and letting it go on; opening an incident."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from governance import reasons
from governance.errors import Conflict, InvalidInput
from governance.incidents.models import Halt
from governance.incidents.opening import open_incident
from governance.ledger import operations as ledger

__all__ = ["go_on", "halt", "open_incident"]


@transaction.atomic
def halt(*, process: str | None, actor: str, reason: str) -> Halt:
    """Stop automatic decisions and effects of a process, or of all where it is None.

    It holds for work that is queued already as soon as it is committed. Raises Conflict where it is
    halted already, InvalidInput without a reason of 1 to 500 characters.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= 500:
        raise InvalidInput("Say why.", {"reason": "1 to 500 characters."})
    made, created = Halt.objects.get_or_create(
        process_id=process,
        until__isnull=True,
        defaults={"reason": reason, "since": timezone.now(), "started_by": actor},
    )
    if not created:
        raise Conflict("It is halted already.")
    ledger.append("automation.halted", process=process, actor=actor, data={"halt": str(made.pk)})
    return made


@transaction.atomic
def go_on(*, process: str | None, actor: str, reason: str = "") -> Halt:
    """End a halt; effects that waited are sent by the next sweep. A reason stands in the ledger.

    Raises Conflict without a halt, InvalidInput for a long reason.
    """
    said = reasons.data_of(reason)
    found = Halt.objects.select_for_update().filter(process_id=process, until__isnull=True).first()
    if found is None:
        raise Conflict("It is not halted.")
    found.until, found.ended_by = timezone.now(), actor
    found.save(update_fields=["until", "ended_by"])
    ledger.append(
        "automation.resumed", process=process, actor=actor, data={"halt": str(found.pk), **said}
    )
    return found
