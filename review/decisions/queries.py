"""Decisions as history."""

from uuid import UUID

from django.db.models import Q

from governance.models import User
from review.models import Decision


def history_of(actor: User, *, before: UUID | None = None, limit: int) -> list[Decision]:
    """A person's own decisions, newest first; those before one of them, if `before` names it."""
    decisions = Decision.objects.filter(actor=actor).select_related("item")
    if before is not None:
        at = decisions.filter(pk=before).values_list("created_at", flat=True).first()
        if at is None:
            return []
        decisions = decisions.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=before))
    return list(decisions.order_by("-created_at", "-pk")[:limit])
