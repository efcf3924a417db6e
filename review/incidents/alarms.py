"""What opens an incident by itself."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from governance.incidents.models import Incident
from governance.incidents.operations import open_incident
from review.models import Effect

# One failure is the operations queue's; several in a row have a cause in common.
EFFECTS, MINUTES = 5, 10


def watch_effects() -> list[Incident]:
    """An incident of severity 3 for each process where EFFECTS failed for good in MINUTES."""
    since = timezone.now() - timedelta(minutes=MINUTES)
    failing = (
        Effect.objects.filter(state=Effect.State.FAILED, finished_at__gte=since)
        .values("item__process_id")
        .annotate(count=Count("pk"))
        .filter(count__gte=EFFECTS)
        .order_by("item__process_id")
    )
    return [
        open_incident(
            title="Effects fail for good",
            severity=3,
            process=one["item__process_id"],
            actor="system:effects",
            source="effects_failing",
            details={"failed": one["count"], "minutes": MINUTES},
        )
        for one in failing
    ]
