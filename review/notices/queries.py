"""Notices as a person sees them in the app."""

from uuid import UUID

from governance.models import User
from review.models import Notice

PAGE_ROWS = 50
COUNT_CAP = 99


def notices_of(person: User, *, before: UUID | None = None) -> list[Notice]:
    """A person's notices, newest first; one more than a page holds."""
    notices = Notice.objects.filter(person=person, is_shown=True)
    if before is not None:
        notices = notices.filter(pk__lt=before)
    return list(notices.select_related("process", "queue").order_by("-pk")[: PAGE_ROWS + 1])


def unread_count(person: User) -> int:
    """How many notices a person has not read, counted up to COUNT_CAP + 1."""
    unread = Notice.objects.filter(person=person, is_shown=True, read_at__isnull=True)
    return len(unread.values_list("pk")[: COUNT_CAP + 1])
