"""Incidents, halts apart: what went wrong, how soon it was contained, what was learnt."""

from django.db.models import Q

from governance.models import Incident
from review.reports.model import MOST_ROWS, Scope, Table
from review.reports.saying import moment


def tables(scope: Scope) -> list[Table]:
    found = list(
        Incident.objects.filter(
            Q(process__in=scope.processes) | Q(process__isnull=True),
            Q(closed_at__isnull=True) | Q(closed_at__gte=scope.since),
            opened_at__lt=scope.until,
        )
        .select_related("owner")
        .order_by("number")[: MOST_ROWS + 1]
    )
    is_cut = len(found) > MOST_ROWS
    rows = [
        (
            str(one.number),
            one.process_id or "all",
            one.title,
            one.get_severity_display(),
            one.get_state_display(),
            one.owner.display_name if one.owner else "nobody",
            moment(one.opened_at),
            moment(one.contained_at) if one.contained_at else "–",
            moment(one.resolved_at) if one.resolved_at else "–",
        )
        for one in found[:MOST_ROWS]
    ]
    columns = (
        *("No.", "Process", "What", "Severity", "State", "Owner"),
        *("Noticed", "Contained", "Resolved"),
    )
    learnt = [
        (str(one.number), one.impact or "–", one.cause or "–", one.measures or "–")
        for one in found[:MOST_ROWS]
    ]
    return [
        Table("Incidents", columns, rows, is_cut=is_cut),
        Table("What was learnt", ("No.", "Impact", "Cause", "Measures"), learnt, is_cut=is_cut),
    ]
