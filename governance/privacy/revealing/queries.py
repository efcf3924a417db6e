"""Reads of reveals."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from governance.models import Reveal, User

PAGE_ROWS = 50


def reveals_of(item_ids: Collection[UUID]) -> QuerySet[Reveal]:
    """All reveals of these items, the oldest first, with their people: for a disclosure report."""
    return Reveal.objects.filter(item__in=item_ids).select_related("person").order_by("id")


def recorded(
    processes: Collection[str],
    *,
    person: str = "",
    item: UUID | None = None,
    before: UUID | None = None,
) -> list[Reveal]:
    """Reveals in these processes, newest first; one more than a page holds. person is a username.
    Each process is read on its own index and the heads are merged."""
    heads: list[Reveal] = []
    for slug in processes:
        found = Reveal.objects.filter(process_id=slug)
        if item is not None:
            found = found.filter(item=item)
        if person:
            found = found.filter(person__username=person)
        if before is not None:
            found = found.filter(pk__lt=before)
        heads += found.select_related("person").order_by("-id")[: PAGE_ROWS + 1]
    return sorted(heads, key=lambda one: one.pk, reverse=True)[: PAGE_ROWS + 1]


def left_of_budget(person: User) -> int:
    """How many reveals this person has left in the last 24 hours."""
    since = timezone.now() - timedelta(days=1)
    spent = Reveal.objects.filter(person=person, at__gt=since).count()
    return max(0, settings.REVEALS_PER_DAY - spent)
