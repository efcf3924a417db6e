"""Whom an approval waits for, and what became of a request: governance knows no notices."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from governance.approvals import queries, signing
from governance.models import Approval, Delegation
from governance.roles.queries import people_in_role
from review.models import Notice
from review.notices.operations import notify

# How long back answers are looked for; the job comes round each minute.
ANSWERED_WITHIN = timedelta(days=1)


def tell() -> None:
    """Tell people of requests that wait for them, and of answers to theirs; each thing once."""
    for approval in queries.open_requests():
        if approval.process_id is not None:
            _tell_signers(approval)
    since = timezone.now() - ANSWERED_WITHIN
    answered = Approval.objects.filter(Q(granted_at__gt=since) | Q(ended_at__gt=since))
    for approval in answered.filter(process__isnull=False).defer("before", "after"):
        _tell_asker(approval)


@transaction.atomic
def _tell_signers(approval: Approval) -> None:
    """Those who could sign now, and who stands in for them."""
    assert approval.process_id is not None
    process = approval.process_id
    holders = [one for role in set(approval.roles) for one in people_in_role(process, role)]
    now = timezone.now()
    standing_in = Delegation.objects.filter(
        principal__in=holders, since__lte=now, until__gt=now, ended_at__isnull=True
    ).select_related("delegate")
    asked = {one.pk: one for one in [*holders, *(each.delegate for each in standing_in)]}
    key = f"approval:{approval.pk}"
    known = set(Notice.objects.filter(person__in=asked, key=key).values_list("person", flat=True))
    people = [
        person.pk
        for person in asked.values()
        if person.pk not in known and signing.ways(approval, signing.Signer.of(person))[0]
    ]
    notify(people, Notice.Kind.APPROVAL_WAITS, process=approval.process_id, key=key)


@transaction.atomic
def _tell_asker(approval: Approval) -> None:
    """Taking one's own request back is no news."""
    if approval.state == Approval.State.WITHDRAWN and approval.granted_at is None:
        return
    key = f"approval:{approval.pk}:{approval.state}"
    notify(
        [approval.requested_by_id],
        Notice.Kind.APPROVAL_ANSWERED,
        process=approval.process_id,
        key=key,
    )
