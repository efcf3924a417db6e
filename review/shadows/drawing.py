"""Drawing items for shadows, from what the ledger says was routed.

Intake, the champion and people pay nothing for a shadow: a job reads on in the ledger every few
seconds. What is drawn is fixed by the ids of item and deployment, so that reading twice draws once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.catalogue.models import Deployment
from governance.contracts.models import Process
from review.following import operations as following
from review.following.operations import Told
from review.models import ShadowCandidate
from review.routing import sample_point

READER = "shadows"


def follow(limit: int = following.BATCH) -> int:
    """Read on in the ledger; how many entries were read, 0 when none is left or another reads.

    While there is no shadow there is nothing to draw: the reader goes to the end.
    """
    live = _live()
    if not live:
        following.go_to_end(READER)
        return 0
    with transaction.atomic():
        stretch = following.lock_ahead(READER, limit)
        if stretch.entries:
            draw(stretch.entries, live, now=timezone.now())
            following.move_on(stretch)
    return len(stretch.entries)


def draw(
    entries: Iterable[Told], live: Mapping[str, Sequence[Deployment]], *, now: datetime
) -> None:
    """Draw from the items that were routed while a shadow was asked, up to its daily limit."""
    left: dict[UUID, int] = {}
    rows = []
    for entry in entries:
        if entry.kind != "item.routed" or entry.item is None:
            continue
        for one in live.get(entry.process or "", ()):
            if entry.at < one.since or not is_drawn(one, entry.item):
                continue
            if one.pk not in left:
                left[one.pk] = left_today(one, now)
            if left[one.pk] > 0:
                assert one.share is not None
                left[one.pk] -= 1
                rows.append(
                    ShadowCandidate(
                        deployment=one,
                        item_id=entry.item,
                        probability=one.share,
                        drawn_at=now,
                        due_at=now,
                    )
                )
    ShadowCandidate.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def is_drawn(shadow: Deployment, item_id: UUID) -> bool:
    """Whether an item is among the share of a shadow; the same on every run."""
    assert shadow.share is not None
    return sample_point(item_id, purpose=f"shadow {shadow.pk}") < shadow.share


def drawn_today(shadow: Deployment, now: datetime) -> int:
    """How many items were drawn since midnight, UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = ShadowCandidate.objects.filter(deployment=shadow, drawn_at__gte=midnight)
    return rows.count()


def left_today(shadow: Deployment, now: datetime) -> int:
    """How many more items it may be asked for until midnight, UTC."""
    assert shadow.daily_limit is not None
    return max(0, shadow.daily_limit - drawn_today(shadow, now))


def _live() -> dict[str, list[Deployment]]:
    """The shadows there are, by process; of a paused process nothing is asked."""
    found: dict[str, list[Deployment]] = defaultdict(list)
    paused = Process.objects.filter(is_paused=True)
    rows = Deployment.objects.filter(role=Deployment.Role.SHADOW, until__isnull=True)
    for one in rows.exclude(process__in=paused):
        found[one.process_id].append(one)
    return found
