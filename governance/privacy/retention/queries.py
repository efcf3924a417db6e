"""Which rule of retention a process follows."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from governance.approvals.models import Approval
from governance.models import RetentionRule


def newest(process: str) -> RetentionRule | None:
    """The last rule that was written, approved or not."""
    return RetentionRule.objects.filter(process=process).order_by("-number").first()


def in_force(process: str) -> RetentionRule | None:
    """The newest rule whose approval is in force; None: nothing is erased by its age."""
    approved = Approval.objects.filter(
        Q(process=process) | Q(process__isnull=True),
        kind=Approval.Kind.RETENTION,
        state=Approval.State.GRANTED,
        valid_until__gt=timezone.now(),
    ).values_list("digest", flat=True)
    return (
        RetentionRule.objects.filter(process=process, digest__in=list(approved))
        .order_by("-number")
        .first()
    )
