"""Approvals: what was asked for in the period, who signed, and what is in force."""

from django.db.models import Prefetch, Q

from governance.models import Approval, Signature
from governance.roles.roles import Role
from review.reports.model import MOST_ROWS, Scope, Table
from review.reports.saying import moment, short


def tables(scope: Scope) -> list[Table]:
    found = list(
        Approval.objects.filter(
            Q(process__in=scope.processes) | Q(process__isnull=True),
            Q(ended_at__isnull=True) | Q(ended_at__gte=scope.since),
            requested_at__lt=scope.until,
        )
        .select_related("requested_by")
        .prefetch_related(
            Prefetch("signatures", Signature.objects.select_related("actor").order_by("at"))
        )
        .order_by("requested_at")[: MOST_ROWS + 1]
    )
    rows = [
        (
            approval.process_id or "all",
            approval.get_kind_display(),
            approval.title,
            short(approval.digest),
            f"{approval.requested_by.display_name}, {moment(approval.requested_at)}",
            "; ".join(map(_signed, approval.signatures.all())) or "nobody yet",
            _state(approval),
        )
        for approval in found[:MOST_ROWS]
    ]
    columns = ("Process", "Kind", "What", "Digest", "Asked by", "Signed by", "State")
    note = "Nobody signs what they asked for or made: the database refuses it."
    return [Table("Approvals", columns, rows, note, is_cut=len(found) > MOST_ROWS)]


def _signed(signature: Signature) -> str:
    said = "" if signature.is_yes else " (no)"
    return f"{signature.actor.display_name} as {Role(signature.role).label}{said}"


def _state(approval: Approval) -> str:
    if approval.state == Approval.State.GRANTED and approval.valid_until:
        return f"granted until {moment(approval.valid_until)}"
    return approval.get_state_display()
