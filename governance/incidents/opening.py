"""Opening an incident: by a person's hand or by an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from governance.errors import InvalidInput
from governance.incidents.models import Incident
from governance.ledger import operations as ledger

_NUMBERING = 4_119_001  # advisory lock of this transaction, so that numbers are gapless


@transaction.atomic
def open_incident(
    *,
    title: str,
    severity: int,
    process: str | None,
    actor: str,
    source: str = Incident.PERSON,
    details: Mapping[str, Any] | None = None,
) -> Incident:
    """Open an incident; severity 1 (critical) to 4 (low), process None where it is everybody's.

    An alarm whose incident is still open or contained gets that one back. source is "person" or
    the alarm's code; details are plain values without personal data. Raises InvalidInput for a
    missing or too long title or an unknown severity.
    """
    title = title.strip()
    errors = {}
    if not 0 < len(title) <= 200:
        errors["title"] = "1 to 200 characters."
    if severity not in Incident.Severity.values:
        errors["severity"] = "1 (critical) to 4 (low)."
    if not 0 < len(source) <= 60:
        errors["source"] = "1 to 60 characters."
    if errors:
        raise InvalidInput("The incident cannot be opened like this.", errors)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NUMBERING])
    if source != Incident.PERSON:
        ringing = Incident.objects.filter(
            source=source,
            process_id=process,
            state__in=[Incident.State.OPEN, Incident.State.CONTAINED],
        ).first()
        if ringing is not None:
            return ringing
    newest = Incident.objects.aggregate(newest=Max("number"))["newest"]
    incident = Incident.objects.create(
        number=(newest or 0) + 1,
        title=title,
        severity=severity,
        process_id=process,
        source=source,
        details=dict(details or {}),
        opened_at=timezone.now(),
        opened_by=actor,
    )
    ledger.append(
        "incident.opened",
        process=process,
        actor=actor,
        data={
            "incident": str(incident.pk),
            "number": incident.number,
            "severity": severity,
            "source": source,
            "details": incident.details,
        },
    )
    return incident
