"""Reports: choose one, read it, print it, hand it out as a file; trainings that they name."""

from dataclasses import replace
from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.errors import DomainError, InvalidInput
from governance.models import Process, User
from governance.roles.queries import people_who_may
from governance.roles.roles import SERVING_ROLES, serve_permission
from governance.roles.training import record_training
from review import access
from review.console.pages import actor_of, page, status_of
from review.reports import operations
from review.reports.kinds import CAUTION, KINDS, kind_named
from review.reports.model import MOST_DAYS, Kind, Scope, Table, scope_of

USUAL_DAYS = 90


@login_required
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """The reports there are."""
    _mine(request)
    trains = access.rights(request.user).processes("manage_access")
    shown = {"kinds": KINDS, "trains": trains}
    return page(request, "governance/reports/index.html", shown, current="governance")


@login_required
@require_GET
def report(request: HttpRequest, report: str) -> HttpResponse:
    """One report for a process, or all of mine, and a period."""
    return _shown(request, _kind(report), _mine(request))


def _shown(request: HttpRequest, kind: Kind, mine: list[str]) -> HttpResponse:
    """The page of a report; where the period is none, with what was typed and what is wrong."""
    given = request.POST if request.method == "POST" else request.GET
    scope, error = None, None
    try:
        scope = _scope(request, mine)
    except InvalidInput as wrong:
        error = wrong
    context = {
        "kind": kind,
        "scope": scope,
        "error": error,
        "errors": error.errors if error else {},
        "first": scope.first.isoformat() if scope else given.get("first", ""),
        "last": scope.last.isoformat() if scope else given.get("last", ""),
        "most_days": MOST_DAYS,
        "process": given.get("process", ""),
        "processes": mine,
        "tables": [_named(table) for table in operations.make(kind, scope)] if scope else [],
        "caution": CAUTION,
        "made_at": timezone.now(),
    }
    status = 422 if error else 200
    return page(
        request, "governance/reports/report.html", context, current="governance", status=status
    )


@login_required
@require_POST
def download(request: HttpRequest, report: str) -> HttpResponse:
    """The same as a file; who took it is recorded."""
    kind, mine = _kind(report), _mine(request)
    try:
        scope = _scope(request, mine)
    except InvalidInput:
        return _shown(request, kind, mine)
    given = operations.hand_out(kind, scope, actor=actor_of(request))
    response = HttpResponse(given.content, content_type="application/json")
    file = f"{kind.name}-{scope.first}-{scope.last}.json"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    response["X-Content-SHA256"] = given.digest
    return response


@login_required
@require_http_methods(["GET", "POST"])
def training(request: HttpRequest, process: str) -> HttpResponse:
    """Attest that somebody was trained to oversee a process."""
    actor = actor_of(request)
    access.require(actor, process, "manage_access", visible="view_governance")
    row = get_object_or_404(Process, pk=process)
    people = people_who_may(process, *(serve_permission(role) for role in SERVING_ROLES))
    error: DomainError | None = None
    if request.method == "POST":
        person = next((one for one in people if str(one.pk) == request.POST.get("user")), None)
        try:
            _record(request, row, person, actor)
        except DomainError as refused:
            error = refused
        else:
            messages.success(request, "The training is recorded.")
            return redirect("training", process=process)
    shown = {
        "process": row,
        "people": [(one, str(one.pk) == request.POST.get("user")) for one in people],
        "today": timezone.now().date(),
        "posted": request.POST,
        "error": error,
        "errors": error.errors if isinstance(error, InvalidInput) else {},
    }
    status = status_of(error) if error else 200
    return page(
        request, "governance/reports/training.html", shown, current="governance", status=status
    )


def _named(table: Table) -> Table:
    """For people: processes by their titles. The file keeps their slugs."""
    if "Process" not in table.columns:
        return table
    place = table.columns.index("Process")
    titles = dict(Process.objects.values_list("pk", "title"))
    rows = [
        (*row[:place], titles.get(row[place], row[place]), *row[place + 1 :]) for row in table.rows
    ]
    return replace(table, rows=rows)


def _record(request: HttpRequest, process: Process, person: User | None, actor: User) -> None:
    if person is None:
        raise InvalidInput("Choose who was trained.", {"user": "required"})
    completed = _day(request.POST.get("completed_on", ""), "completed_on")
    if completed is None:
        raise InvalidInput("Say when it was completed.", {"completed_on": "required"})
    record_training(
        user=person,
        process=process,
        title=request.POST.get("title", ""),
        completed_on=completed,
        valid_until=_day(request.POST.get("valid_until", ""), "valid_until"),
        actor=actor,
    )


def _kind(name: str) -> Kind:
    kind = kind_named(name)
    if kind is None:
        raise Http404
    return kind


def _mine(request: HttpRequest) -> list[str]:
    """The processes whose reports I may take. Raises PermissionDenied without any."""
    mine = access.rights(request.user).processes("export_audit")
    if not mine:
        raise PermissionDenied
    return mine


def _scope(request: HttpRequest, mine: list[str]) -> Scope:
    given = request.POST if request.method == "POST" else request.GET
    process = given.get("process", "")
    if process and process not in mine:
        raise Http404
    last = _day(given.get("last", ""), "last") or timezone.now().date()
    try:
        first = _day(given.get("first", ""), "first") or last - timedelta(days=USUAL_DAYS - 1)
    except OverflowError:
        raise InvalidInput("This is no day.", {"last": "Such as 2026-11-28."}) from None
    return scope_of([process] if process else mine, first, last)


def _day(text: str, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("This is no day.", {name: "Such as 2026-11-28."}) from None
