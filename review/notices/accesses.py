"""What of access ends or is due soon, told to its officers and to whom it concerns; once each."""

from django.db import transaction
from django.utils import timezone

from governance.access import ending
from governance.models import AccessReview, ApiKey, RoleGrant
from governance.roles.queries import people_who_may, rights_of
from review.models import Notice
from review.notices.operations import notify

MOST_AT_ONCE = 500  # of each kind in one round; what is left is told in the next


def tell() -> None:
    """Look for keys, grants and reviews; each is told in a transaction of its own."""
    keys = ending.keys_ending().order_by("expires_at")
    for key in keys[:MOST_AT_ONCE]:
        _tell_of_key(key)
    grants = ending.grants_ending().order_by("until")
    for grant in grants[:MOST_AT_ONCE]:
        _tell_of_grant(grant)
    for review in ending.reviews_due().order_by("due_at")[:MOST_AT_ONCE]:
        _tell_of_review(review)


@transaction.atomic
def _tell_of_key(key: ApiKey) -> None:
    """A producer's key: its officers. A person's: that person, by a process that they see."""
    if key.process_id is not None and key.producer_id is not None:
        _tell_officers(key.process_id, Notice.Kind.KEY_ENDS, f"key:{key.pk}")
    elif key.user_id is not None:
        process = key.process_id or min((slug for slug, _ in rights_of(key.user_id)), default=None)
        if process is not None:
            name = f"key:{key.pk}:own"
            notify([key.user_id], Notice.Kind.KEY_ENDS, process=process, key=name)


@transaction.atomic
def _tell_of_grant(grant: RoleGrant) -> None:
    name = f"grant:{grant.pk}"
    kind = Notice.Kind.ROLE_ENDS
    notify([grant.user_id], kind, process=grant.process_id, key=f"{name}:own")
    _tell_officers(grant.process_id, kind, name, but=grant.user_id)


@transaction.atomic
def _tell_of_review(review: AccessReview) -> None:
    """Once before it is due and once when it is late."""
    when = "late" if review.due_at <= timezone.now() else "due"
    name = f"access_review:{review.pk}:{when}"
    _tell_officers(review.process_id, Notice.Kind.ACCESS_REVIEW, name)


def _tell_officers(process: str, kind: str, key: str, *, but: object = None) -> None:
    officers = people_who_may(process, "manage_access")
    notify([one.pk for one in officers if one.pk != but], kind, process=process, key=key)
