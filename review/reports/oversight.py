"""People's oversight: who was named and trained, what they overrode, and when it was stopped."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, F, Q, Sum

from governance.models import Entry, Halt, User
from governance.roles.models import Training
from governance.roles.roles import SERVING_ROLES, Role
from review.models import PersonDay, Route
from review.reports.entries import entries
from review.reports.model import MOST_ROWS, Scope, Table
from review.reports.saying import moment, names_of, rate

_OVERSEERS = (*SERVING_ROLES, Role.TEAM_LEAD)
_STOPS: Mapping[str, str] = {
    "process.paused": "Model paused",
    "process.resumed": "Model asked again",
    "process.stage_changed": "Stage changed",
    "model.retired": "Model retired",
    "model.rolled_back": "Model rolled back",
}


def tables(scope: Scope) -> list[Table]:
    return [_named(scope), _work(scope), _routes(scope), _stops(scope)]


def _named(scope: Scope) -> Table:
    """Who may decide now, with the newest training that still holds."""
    rows = []
    for process in scope.processes:
        for role in _OVERSEERS:
            people = User.objects.filter(groups__name=f"{role.value}@{process}", is_active=True)
            trained = _trained(process, [person.pk for person in people], scope)
            for person in people.order_by("first_name", "username"):
                said = trained.get(person.pk, "no training recorded")
                rows.append((process, role.label, person.display_name, said))
    note = "Who holds the role as the report is made; training that held when the period ended."
    columns = ("Process", "Role", "Person", "Training")
    return Table("Named overseers", columns, rows[:MOST_ROWS], note, is_cut=len(rows) > MOST_ROWS)


def _trained(process: str, people: Sequence[Any], scope: Scope) -> dict[Any, str]:
    held = Training.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=scope.last),
        user__in=people,
        process=process,
        completed_on__lte=scope.last,
    ).order_by("completed_on")
    return {one.user_id: f"{one.title}, {one.completed_on:%Y-%m-%d}" for one in held}


_SUMS = ("decided", "with_candidate", "corrected", "rejected", "in_bulk", "samples")


def _work(scope: Scope) -> Table:
    sums = {name: Sum(name) for name in (*_SUMS, "samples_agreed", "undone_by_others")}
    found = (
        PersonDay.objects.filter(
            process__in=scope.processes, day__gte=scope.first, day__lte=scope.last
        )
        .values(
            slug=F("process_id"),
            first=F("actor__first_name"),
            last=F("actor__last_name"),
            user=F("actor__username"),
        )
        .annotate(**sums)
        .order_by("slug", "user")
    )
    rows = []
    counted: list[dict[str, Any]] = list(found[:MOST_ROWS])  # type: ignore[arg-type]
    for one in counted:
        overrides = one["corrected"] + one["rejected"]
        rows.append(
            (
                one["slug"],
                f"{one['first']} {one['last']}".strip() or one["user"],
                str(one["decided"]),
                rate(min(overrides, one["with_candidate"]), one["with_candidate"]),
                str(one["in_bulk"]),
                rate(one["samples_agreed"], one["samples"]),
                str(one["undone_by_others"]),
            )
        )
    return Table(
        "Decisions by person",
        (
            "Process",
            "Person",
            "Decided",
            "Overrode the model (95% interval)",
            "In bulk",
            "Agreed with automatic samples",
            "Undone by others",
        ),
        rows,
        "An override changed or rejected a candidate that the person saw. A rate near zero over "
        "many decisions may mean a good model, or people who no longer look.",
    )


def _routes(scope: Scope) -> Table:
    """How items were routed. Counted from routes by their keys, which run with time."""
    first, last = scope.ids()
    counted = (
        Route.objects.filter(item__process__in=scope.processes, id__gte=first, id__lt=last)
        .values_list("item__process_id", "outcome")
        .annotate(count=Count("pk"))
        .order_by("item__process_id", "outcome")
    )
    found = list(counted)
    totals: dict[str, int] = {}
    for process, _, count in found:
        totals[process] = totals.get(process, 0) + count
    rows = [
        (process, Route.Outcome(outcome).label, str(count), rate(count, totals[process]))
        for process, outcome, count in found
    ]
    return Table("How items were routed", ("Process", "Route", "Items", "Share"), rows)


def _stops(scope: Scope) -> Table:
    found, is_cut = entries(scope, tuple(_STOPS))
    halts = Halt.objects.filter(
        Q(process__in=scope.processes) | Q(process__isnull=True),
        Q(until__isnull=True) | Q(until__gte=scope.since),
        since__lt=scope.until,
    )
    actors = [entry.actor for entry in found] + [one.started_by for one in halts]
    names = names_of(actors)
    rows = [
        (
            moment(entry.at),
            entry.process or "",
            _said(entry),
            names[entry.actor],
        )
        for entry in found
    ]
    for one in halts:
        ended = f" until {moment(one.until)}" if one.until else ""
        who = names[one.started_by]
        rows.append((moment(one.since), one.process_id or "all", f"Halted{ended}", who))
    columns = ("When", "Process", "What", "By")
    return Table("Stops and steps", columns, sorted(rows), is_cut=is_cut)


def _said(entry: Entry) -> str:
    text = _STOPS[entry.kind]
    if entry.kind == "process.stage_changed":
        return f"{text} from {entry.data['before']} to {entry.data['after']}"
    return text
