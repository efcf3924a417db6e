"""The models: which versions there are, which served when, and whether they are approved."""

from django.db.models import Q

from governance.models import Approval, Deployment, ModelVersion
from review.reports.model import MOST_ROWS, Scope, Table
from review.reports.saying import day, moment, short


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
            one.role,
            moment(one.since),
            moment(one.until) if one.until else "serves",
        )
        for one in deployments[:MOST_ROWS]
    ]
    columns = ("Process", "Version", "Role", "Since", "Until")
    return Table("What served", columns, rows, is_cut=len(deployments) > MOST_ROWS)
