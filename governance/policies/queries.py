"""Which policies there are, and which version of each is in force."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Q, QuerySet
from django.utils import timezone

from governance.approvals.models import Approval
from governance.policies.models import Policy, PolicyVersion


def visible(processes: Collection[str]) -> QuerySet[Policy]:
    """The policies of these processes and those of all, by title."""
    return (
        Policy.objects.filter(Q(process__isnull=True) | Q(process_id__in=processes))
        .select_related("process")
        .order_by("title")
    )


def in_force(policy: Policy) -> PolicyVersion | None:
    """The newest version whose approval holds now."""
    return newest_in_force([policy]).get(policy.slug)


def newest_in_force(policies: Iterable[Policy]) -> Mapping[str, PolicyVersion]:
    """Slug -> the version in force, of those that have one; two statements for all."""
    known = {policy.pk: policy for policy in policies}
    versions = list(PolicyVersion.objects.filter(policy__in=known).order_by("number"))
    granted = {
        (process, digest)
        for process, digest in Approval.objects.filter(
            kind=Approval.Kind.POLICY,
            digest__in={one.digest for one in versions},
            state=Approval.State.GRANTED,
            valid_until__gt=timezone.now(),
        ).values_list("process_id", "digest")
    }
    found: dict[str, PolicyVersion] = {}
    for version in versions:
        policy = known[version.policy_id]
        if {(policy.process_id, version.digest), (None, version.digest)} & granted:
            version.policy = policy
            found[policy.slug] = version
    return found


def citable(process: str) -> list[PolicyVersion]:
    """The versions in force that an output of this process can be refused by, by title."""
    policies = list(visible([process]))
    found = newest_in_force(policies)
    return [found[policy.slug] for policy in policies if policy.slug in found]


def approvals_of(policy: Policy) -> dict[str, Approval]:
    """Digest -> the last request for it, of all versions of a policy."""
    digests = policy.versions.values_list("digest", flat=True)
    rows = Approval.objects.filter(kind=Approval.Kind.POLICY, digest__in=list(digests))
    return {one.digest: one for one in rows.order_by("requested_at")}
