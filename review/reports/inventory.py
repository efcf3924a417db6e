"""The models: which versions there are, which served when, and whether they are approved."""

from django.db.models import Q

from governance.models import Approval, Deployment, ModelVersion
from review.reports.model import MOST_ROWS, Scope, Table
from review.reports.saying import day, moment, short

# What one does that has not ended.
_STANDS: dict[str, str] = {
    Deployment.Role.CHAMPION: "serves",
    Deployment.Role.SHADOW: "answers beside",
}


def tables(scope: Scope) -> list[Table]:
    versions = (
        ModelVersion.objects.filter(model__process__in=scope.processes, created_at__lt=scope.until)
        .select_related("model")
        .order_by("model__process_id", "model__name", "-number")[: MOST_ROWS + 1]
    )
    found = list(versions)
    approvals = _approvals(scope)
    rows = [
        (
            version.model.process_id,
            f"{version.model.name} v{version.number}",
            version.provider,
            short(version.digest),
            moment(version.created_at),
            approvals.get((version.model.process_id, version.digest), "not approved"),
        )
        for version in found[:MOST_ROWS]
    ]
    return [
        Table(
            "Model versions",
            ("Process", "Version", "Provider", "Digest", "Registered", "Approval at the end"),
            rows,
            "A version is one frozen configuration; its digest is what is approved.",
            is_cut=len(found) > MOST_ROWS,
        ),
        _served(scope),
    ]


def _approvals(scope: Scope) -> dict[tuple[str, str], str]:
    """(process, digest) -> the approval that was in force when the period ended, in words."""
    in_force = (
        Approval.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gte=scope.until),
            process__in=scope.processes,
            kind=Approval.Kind.VERSION,
            granted_at__lt=scope.until,
            valid_until__gte=scope.until,
        )
        .order_by("valid_until")
        .values_list("process_id", "digest", "valid_until")
    )
    return {
        (str(process), digest): f"until {day(until)}"
        for process, digest, until in in_force
        if until is not None
    }


def _served(scope: Scope) -> Table:
    deployments = list(
        Deployment.objects.filter(
            Q(until__isnull=True) | Q(until__gte=scope.since),
            process__in=scope.processes,
            since__lt=scope.until,
        )
        .select_related("version__model")
        .order_by("process_id", "since")[: MOST_ROWS + 1]
    )
    rows = [
        (
            one.process_id,
            f"{one.version.model.name} v{one.version.number}",
            _role(one),
            moment(one.since),
            moment(one.until) if one.until else _STANDS[one.role],
        )
        for one in deployments[:MOST_ROWS]
    ]
    columns = ("Process", "Version", "Role", "Since", "Until")
    note = (
        "A champion serves: what it says is what people see and what is acted on. A shadow answers "
        "a share of the items beside it; nobody sees that while they decide, and nothing follows."
    )
    is_cut = len(deployments) > MOST_ROWS
    return Table("What served, and what answered beside it", columns, rows, note, is_cut=is_cut)


def _role(deployment: Deployment) -> str:
    role = deployment.get_role_display()
    return (
        role
        if deployment.share is None
        else f"{role} for {deployment.share * 100:.3g}% of the items"
    )
