"""Whom an approval waits for, and what became of a request: governance knows no notices."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from governance.approvals import queries, signing
from governance.catalogue import queries as catalogue
from governance.models import Approval, Delegation, Process
from governance.roles.queries import people_in_any, people_in_role, people_who_may
from review.models import Notice
from review.notices.operations import notify

# How long back answers are looked for; the job comes round each minute.
ANSWERED_WITHIN = timedelta(days=1)


def tell() -> None:
    """Tell people of requests that wait for them, of answers to theirs, and of what lapses soon
    and is needed; each thing once."""
    for approval in queries.open_requests():
        _tell_signers(approval)
    since = timezone.now() - ANSWERED_WITHIN
    answered = Approval.objects.filter(Q(granted_at__gt=since) | Q(ended_at__gt=since))
    for approval in answered.defer("before", "after"):
        _tell_asker(approval)
    processes = list(
        Process.objects.filter(stage__in=queries.ACTING_STAGES)
        .select_related("contract")
        .defer("contract__source", "contract__body")
    )
    standings = queries.Standings([one.pk for one in processes])
    for process in processes:
        _tell_of_lapsing(process, standings)


@transaction.atomic
def _tell_of_lapsing(process: Process, standings: queries.Standings) -> None:
    """Those who may ask anew, where a process acts alone and nobody has asked yet."""
    version = catalogue.champion(process.pk)
    needed: list[tuple[Sequence[str], list[str]]] = [
        ([Approval.Kind.VERSION], [version.digest] if version else []),
        (queries.CONTRACT_KINDS, [process.contract.digest] if process.contract else []),
        ([Approval.Kind.STAGE], queries.acting_digests(process.pk, process.stage)),
    ]
    for kinds, digests in needed:
        found = standings.of(process.pk, kinds, digests)
        if found.granted and found.lapses_in_days is not None and found.waiting is None:
            people = people_who_may(process.pk, "request_approvals")
            key = f"approval:{found.granted.pk}:lapses"
            ids = [one.pk for one in people]
            notify(ids, Notice.Kind.APPROVAL_LAPSES, process=process.pk, key=key)


@transaction.atomic
def _tell_signers(approval: Approval) -> None:
    """Those who could sign now, and who stands in for them.

    What is for every process is signed by who holds the role in any.
    """
    process = approval.process_id
    holders = [
        one
        for role in sorted(set(approval.roles))
        for one in (people_in_any(role) if process is None else people_in_role(process, role))
    ]
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
    notify(people, Notice.Kind.APPROVAL_WAITS, process=process, of_all=process is None, key=key)


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
        of_all=approval.process_id is None,
        key=key,
    )
