"""What of a process's access ends or is due within days: keys, grants, an open review."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from governance.access.models import AccessReview
from governance.models import ApiKey, RoleGrant
from governance.roles.keys import ENDS_SOON


@dataclass(frozen=True, slots=True)
class Soon:
    """How much ends within seven days; review: an open one that is due by then."""

    process: str
    keys: int  # of producers
    grants: int
    review: AccessReview | None

    @property
    def is_late(self) -> bool:
        return self.review is not None and self.review.due_at < timezone.now()


def soon(processes: Sequence[str]) -> list[Soon]:
    """What there is to say of each of these processes; three statements for all of them."""
    keys = keys_ending().filter(process__in=processes, producer__isnull=False)
    grants = grants_ending().filter(process__in=processes)
    counted = Counter(keys.values_list("process", flat=True))
    given = Counter(grants.values_list("process", flat=True))
    reviews = {one.process_id: one for one in reviews_due().filter(process__in=processes)}
    found = [Soon(slug, counted[slug], given[slug], reviews.get(slug)) for slug in processes]
    return [one for one in found if one.keys or one.grants or one.review]


def keys_ending() -> QuerySet[ApiKey]:
    """Live keys that end soon and have no later key like them, of the same owner."""
    now = timezone.now()
    ending = ApiKey.objects.filter(
        revoked_at__isnull=True, expires_at__gt=now, expires_at__lte=now + ENDS_SOON
    )
    later = ApiKey.objects.filter(
        revoked_at__isnull=True,
        scopes__contains=OuterRef("scopes"),
        created_at__gt=OuterRef("created_at"),
    ).exclude(expires_at__lte=now + ENDS_SOON)
    of_producer = later.filter(producer=OuterRef("producer"), process=OuterRef("process"))
    of_person = later.filter(user=OuterRef("user"))
    return ending.exclude(Exists(of_producer)).exclude(Exists(of_person))


def grants_ending() -> QuerySet[RoleGrant]:
    """Roles held that end by themselves soon; those given for a shorter time than that are known
    to end by whoever gave them."""
    now = timezone.now()
    return RoleGrant.objects.filter(
        ended_at__isnull=True, until__gt=now, until__lte=now + ENDS_SOON
    ).exclude(until__lte=F("since") + ENDS_SOON)


def reviews_due() -> QuerySet[AccessReview]:
    """Open reviews that are due soon or late."""
    due_by = timezone.now() + ENDS_SOON
    return AccessReview.objects.filter(finished_at__isnull=True, due_at__lte=due_by)
