"""Which approvals are in force, and what stands between a model and acting alone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from governance.approvals.models import Approval, Delegation
from governance.models import User

ACTING_STAGES = ("partial", "full")


def stage_digest(process: str, stage: str) -> str:
    """What an approval of a stage signs; governance_stage_digest in the database says the same."""
    return hashlib.sha256(f"stage:{process}:{stage}".encode()).hexdigest()


def obstacles(process: str, version_id: UUID, contract_id: UUID) -> tuple[str, ...]:
    """Why this version may not decide alone under this contract now, as codes; () if it may.

    halted, version_not_serving, version_not_approved, contract_not_approved, stage_not_approved:
    the trigger on automatic decisions asks the same function.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT governance_obstacles(%s, %s, %s)", [process, version_id, contract_id]
        )
        return tuple(cursor.fetchone()[0])


def in_force(process: str | None, kinds: Collection[str], digest: str) -> Approval | None:
    """The approval that makes this digest approved now, the one that holds longest; None."""
    return (
        Approval.objects.filter(
            Q(process_id=process) | Q(process__isnull=True),
            kind__in=kinds,
            digest=digest,
            state=Approval.State.GRANTED,
            valid_until__gt=timezone.now(),
        )
        .order_by("-valid_until")
        .first()
    )


def principals_of(actor: User) -> list[User]:
    """In whose place a person may sign: their own, and those who are away and named them."""
    now = timezone.now()
    away = Delegation.objects.filter(
        delegate=actor, since__lte=now, until__gt=now, ended_at__isnull=True
    ).select_related("principal")
    return [actor, *(one.principal for one in away if one.principal.is_active)]


def waiting(processes: Collection[str]) -> QuerySet[Approval]:
    """Requests that wait for signatures, the oldest first."""
    return (
        Approval.objects.filter(
            Q(process_id__in=processes) | Q(process__isnull=True), state=Approval.State.REQUESTED
        )
        .select_related("process", "requested_by")
        .order_by("requested_at")
    )
