"""Which approvals were in force at an instant, for whoever looks back at it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Least

from governance.approvals.models import Approval


def in_force_at(process: str, digests: Collection[str], at: datetime) -> list[Approval]:
    """Approvals of these digests that held at an instant, with their signatures.

    One holds from the moment it is granted until it ends: by its date, or before it.
    """
    end = Least(F("valid_until"), Coalesce(F("ended_at"), F("valid_until")))
    return list(
        Approval.objects.alias(end=end)
        .filter(
            Q(process_id=process) | Q(process__isnull=True),
            digest__in=list(digests),
            granted_at__lte=at,
            end__gt=at,
        )
        .select_related("requested_by")
        .prefetch_related("signatures__actor", "signatures__principal")
        .order_by("granted_at")
    )
