"""Retention and erasure: the rules in force, what was erased, what is held, who looked."""

from collections import Counter

from django.db.models import Q

from governance.models import LegalHold, Reveal
from governance.privacy.retention import queries as rules
from review.models import ErasureRequest
from review.reports.model import MOST_ROWS, Scope, Table
from review.reports.saying import moment

_PARTS = {"content": "values", "documents": "documents", "notes": "drafts and notes", "item": "all"}


def tables(scope: Scope) -> list[Table]:
    return [_rules(scope), _requests(scope), _holds(scope), _reveals(scope)]


def _rules(scope: Scope) -> Table:
    rows = []
    for process in scope.processes:
        rule = rules.in_force(process)
        days = rule.days() if rule else {}
        rows += [
            (process, _PARTS.get(part, part), f"{count} days")
            for part, count in days.items()
            if count is not None
        ] or [(process, "all", "no rule in force")]
    return Table("Kept for", ("Process", "What", "How long"), rows, "As the report is made.")


def _requests(scope: Scope) -> Table:
    found = list(
        ErasureRequest.objects.filter(
            processes__overlap=list(scope.processes),
            requested_at__gte=scope.since,
            requested_at__lt=scope.until,
        ).order_by("requested_at")[: MOST_ROWS + 1]
    )
    rows = [
        (
            moment(one.requested_at),
            one.get_origin_display(),
            one.get_basis_display(),
            ", ".join(_PARTS.get(part, part) for part in one.parts),
            one.get_state_display(),
            moment(one.finished_at) if one.finished_at else "–",
        )
        for one in found[:MOST_ROWS]
    ]
    columns = ("Asked", "Of", "Legal basis", "What", "State", "Done")
    return Table("Erasures", columns, rows, is_cut=len(found) > MOST_ROWS)


def _holds(scope: Scope) -> Table:
    found = list(
        LegalHold.objects.filter(
            Q(process__in=scope.processes) | Q(process__isnull=True),
            Q(lifted_at__isnull=True) | Q(lifted_at__gte=scope.since),
            since__lt=scope.until,
        ).order_by("since")[: MOST_ROWS + 1]
    )
    rows = [
        (
            one.reference,
            one.get_scope_display(),
            moment(one.since),
            moment(one.lifted_at) if one.lifted_at else "holds",
        )
        for one in found[:MOST_ROWS]
    ]
    columns = ("Case", "Of", "Since", "Until")
    return Table("Legal holds", columns, rows, is_cut=len(found) > MOST_ROWS)


def _reveals(scope: Scope) -> Table:
    """How often each person uncovered masked values; one by one they are on the page of reveals."""
    first, last = scope.ids()
    made = Reveal.objects.filter(process__in=scope.processes, id__gte=first, id__lt=last)
    found = list(made.select_related("person").only("process_id", "field", "person")[:100_000])
    counts = Counter(
        (one.process_id, one.person.display_name, one.field.partition(".")[0]) for one in found
    )
    rows = [(*key, str(count)) for key, count in sorted(counts.items())]
    columns = ("Process", "Person", "Of", "Reveals")
    return Table("Masked values uncovered", columns, rows[:MOST_ROWS])
