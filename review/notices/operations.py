"""Telling people: rows with the change that makes them true, sent afterwards (sending.py)."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.identifiers import uuid7
from governance.models import User
from review.models import Delivery, Item, Notice, NoticeChoices, Queue, Task
from review.notices.ways import NOTHING_CHOSEN, Choices, due_at

MOST_AT_ONCE = 200  # people told of one thing


def notify(
    people: Iterable[UUID],
    kind: str,
    *,
    key: str,
    item: Item | None = None,
    task: Task | None = None,
    queue: Queue | None = None,
    process: str | None = None,
    of_all: bool = False,
) -> list[Notice]:
    """Tell people one thing, inside the caller's transaction; who was told before is passed by.

    key names the thing: a person gets one notice for it, however often this is called. Nothing of
    an item's content goes into a notice; what it shows is read when it is looked at. of_all is for
    what belongs to no process but to all. Returns the notices that are new.
    """
    wanted = list(dict.fromkeys(people))[:MOST_AT_ONCE]
    if not wanted:
        return []
    slug = process or (item.process_id if item else queue.process_id if queue else None)
    assert (slug is None) == of_all
    chosen = choices_of(wanted)
    now = timezone.now()
    notices = [
        Notice(
            id=uuid7(),
            person_id=person,
            kind=kind,
            process_id=slug,
            item=item,
            task=task,
            queue=queue,
            key=key[:120],
            is_shown=bool(chosen[person].way(kind)["app"]),
        )
        for person in wanted
    ]
    with transaction.atomic():
        Notice.objects.bulk_create(notices, ignore_conflicts=True)
        ids = [one.pk for one in notices]
        made = set(Notice.objects.filter(pk__in=ids).values_list("pk", flat=True))
        new = [one for one in notices if one.pk in made]
        deliveries = []
        for one in new:
            choices = chosen[one.person_id]
            way = choices.way(kind)
            for channel in Delivery.Channel.values:
                at = due_at(way[channel], choices, now)
                if at is not None and (channel != Delivery.Channel.CHAT or choices.chat_url):
                    deliveries.append(
                        Delivery(notice=one, person_id=one.person_id, channel=channel, due_at=at)
                    )
        Delivery.objects.bulk_create(deliveries)
    return new


def choices_of(people: Sequence[UUID]) -> dict[UUID, Choices]:
    """What each of these people chose, the usual for who chose nothing."""
    found = {
        row.pk: Choices(
            ways=row.ways,
            time_zone=row.time_zone,
            quiet_from=row.quiet_from,
            quiet_until=row.quiet_until,
            digest_hour=row.digest_hour,
            chat_url=row.chat_url,
        )
        for row in NoticeChoices.objects.filter(pk__in=people)
    }
    return {person: found.get(person, NOTHING_CHOSEN) for person in people}


def mark_read(*, person: User, notice_ids: Sequence[UUID] | None = None) -> int:
    """Mark these notices of a person as read, or all of them; returns how many were not before."""
    unread = Notice.objects.filter(person=person, is_shown=True, read_at__isnull=True)
    if notice_ids is not None:
        unread = unread.filter(pk__in=notice_ids)
    return unread.update(read_at=timezone.now())
