"""Incidents as people see them, and their timeline from the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from governance.incidents.models import Halt, Incident, ThresholdOverride
from governance.models import Entry
from review.finding.queries import first_id
from review.incidents.models import IncidentItem
from review.models import RunRow

PAGE_ROWS = 50
MOST_MOMENTS = 500
MOST_COUNTED = 100
# A halt often comes before the incident that explains it.
BEFORE = timedelta(hours=1)
_LIVE = (Incident.State.OPEN, Incident.State.CONTAINED)
_OF_INCIDENT = tuple(
    f"{room}.{what}"
    for room, whats in {
        "incident": (
            *("opened", "owned", "graded", "written", "contained", "resolved", "closed"),
            *("reopened", "items_found", "items_taken"),
        ),
        "playbook": (*("started", "step_done", "step_failed", "step_skipped", "ended"),),
        "run": ("planned", "started", "confirmed", "tried", "done", "stopped", "dropped"),
    }.items()
    for what in whats
)
_OF_PROCESS = (
    *("automation.halted", "automation.resumed", "threshold.raised", "threshold.restored"),
    *("process.stage_changed", "process.paused", "process.resumed"),
    *("model.deployed", "model.retired", "model.rolled_back", "contract.applied"),
)


# For as long a page offers to give back to the model what a halt left with people.
LATELY = timedelta(days=30)


def lately_halted() -> set[str | None]:
    """Processes whose halt ended lately; None where everything was halted."""
    ended = Halt.objects.filter(until__gte=timezone.now() - LATELY)
    return set(ended.values_list("process_id", flat=True))


def visible(processes: Sequence[str]) -> QuerySet[Incident]:
    """The incidents of these processes, and those that are everybody's."""
    return Incident.objects.filter(
        Q(process_id__in=processes) | Q(process__isnull=True)
    ).select_related("process", "owner")


def live(processes: Sequence[str]) -> list[Incident]:
    """Those open or contained, the worst first."""
    found = visible(processes).filter(state__in=_LIVE)
    return list(found.order_by("severity", "-number")[:200])


def live_count(processes: Sequence[str]) -> int:
    """How many are open or contained; counted up to MOST_COUNTED."""
    return visible(processes).filter(state__in=_LIVE)[:MOST_COUNTED].count()


def ended(processes: Sequence[str], *, before: int | None = None) -> list[Incident]:
    """Those resolved or closed, newest first; one more than a page holds."""
    found = visible(processes).exclude(state__in=_LIVE)
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found.order_by("-number")[: PAGE_ROWS + 1])


def halts(processes: Sequence[str]) -> list[Halt]:
    """The halts in force that concern these processes, everything's first."""
    found = Halt.objects.filter(
        Q(process_id__in=processes) | Q(process__isnull=True), until__isnull=True
    )
    return sorted(found, key=lambda one: one.process_id or "")


def overrides(processes: Sequence[str]) -> list[ThresholdOverride]:
    """The raised thresholds in force in these processes."""
    found = ThresholdOverride.objects.filter(process_id__in=processes, until__isnull=True)
    return list(found.order_by("process_id"))


def timeline(incident: Incident, processes: Sequence[str]) -> list[Entry]:
    """What the ledger says of an incident, oldest first, MOST_MOMENTS at most.

    The entries that name it, and what changed in its process (in `processes`, where it is nobody's
    own) from an hour before it was opened until it was closed.
    """
    until = incident.closed_at or timezone.now()
    of = [incident.process_id] if incident.process_id else list(processes)
    return list(
        Entry.objects.filter(
            Q(process__in=of) | Q(process__isnull=True),
            Q(kind__in=_OF_PROCESS) | Q(kind__in=_OF_INCIDENT, data__incident=str(incident.pk)),
            kind__in=[*_OF_INCIDENT, *_OF_PROCESS],
            pk__gte=first_id(incident.opened_at - BEFORE),
            pk__lt=first_id(until + timedelta(seconds=5)),
        ).order_by("pk")[:MOST_MOMENTS]
    )


def items(
    incident: Incident, processes: Sequence[str], *, state: str = "", before: int | None = None
) -> QuerySet[IncidentItem]:
    """The incident's items in these processes, those named last first; state "" for any."""
    found = IncidentItem.objects.filter(incident=incident, item__process_id__in=processes)
    if state:
        found = found.filter(item__state=state)
    if before is not None:
        found = found.filter(pk__lt=before)
    return found.select_related("item").defer("item__payload").order_by("-pk")


def states(incident: Incident, processes: Sequence[str]) -> list[tuple[str, int]]:
    """How many of these items are in which state, most first."""
    found = items(incident, processes).order_by().values_list("item__state")
    return list(found.annotate(count=Count("pk")).order_by("-count", "item__state"))


def outcomes(incident: Incident, item_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What the newest measure of the incident made of these items, in words."""
    rows = RunRow.objects.filter(run__incident=incident, item__in=item_ids).order_by("pk")
    return {
        row.item_id: f"{row.get_state_display()}{': ' if row.note else ''}{row.note}"
        for row in rows.only("item_id", "state", "note")
    }


def halts_during(incident: Incident, processes: Sequence[str]) -> list[Halt]:
    """What was halted of its process, or of these, from an hour before it was opened to its end."""
    of = [incident.process_id] if incident.process_id else list(processes)
    return list(
        Halt.objects.filter(
            Q(process_id__in=of) | Q(process__isnull=True),
            Q(until__isnull=True) | Q(until__gte=incident.opened_at - BEFORE),
            since__lte=incident.closed_at or timezone.now(),
        ).order_by("since")[:MOST_COUNTED]
    )
