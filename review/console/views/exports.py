"""Bundles for auditors: asking for one, watching it being made, taking it."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.audit import exporting
from governance.audit.models import Export
from governance.errors import Conflict, InvalidInput
from governance.ledger.keys import trusted_keys
from governance.models import Process, User
from review import access
from review.console import entries
from review.console.pages import actor_of, is_partial, page, refusal

ROWS = 30


@login_required
@require_http_methods(["GET", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """The bundles that I may take, and a form to ask for another."""
    actor = actor_of(request)
    if not access.rights(actor).has_anywhere("export_audit"):
        raise PermissionDenied
    if request.method == "POST":
        return _ask(request, actor)
    return _list(request, actor)


def _list(
    request: HttpRequest,
    actor: User,
    *,
    error: InvalidInput | None = None,
    status: int = 200,
) -> HttpResponse:
    mine = access.rights(actor).processes("export_audit")
    is_everywhere = _may_export_all(actor)
    found = Export.objects.order_by("-requested_at")
    if not is_everywhere:
        found = found.filter(process_id__in=mine)
    rows = list(found[:ROWS])
    names = entries.actors([row.actor for row in rows])
    context = {
        "rows": [(row, names[row.actor]) for row in rows],
        "processes": mine,
        "may_export_all": is_everywhere,
        "errors": error.errors if error else {},
        "typed": request.POST if error else {},
    }
    return page(
        request, "governance/audit/exports.html", context, current="governance", status=status
    )


def _ask(request: HttpRequest, actor: User) -> HttpResponse:
    process = request.POST.get("process", "")
    may = access.rights(actor).has(process, "export_audit") if process else _may_export_all(actor)
    if not may:
        raise PermissionDenied
    try:
        since, until = _day(request, "since"), _day(request, "until")
        made = exporting.request(
            process=process or None,
            since=since,
            until=None if until is None else until + timedelta(days=1),
            actor=f"user:{actor.pk}",
        )
    except InvalidInput as error:
        return _list(request, actor, error=error, status=422)
    except Conflict as error:
        return refusal(request, error, status=409, back="audit-exports")
    return redirect("audit-export", made.pk)


def _may_export_all(actor: User) -> bool:
    """Whether the person holds the right in every process there is."""
    every = set(Process.objects.values_list("pk", flat=True))
    return bool(every) and every <= set(access.rights(actor).processes("export_audit"))


def _day(request: HttpRequest, name: str) -> datetime | None:
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise InvalidInput("That is no day.", {name: "A day as 2026-03-01."}) from None


def _export_for(actor: User, export_id: UUID) -> Export:
    found = Export.objects.filter(pk=export_id).first()
    if found is None:
        raise Http404
    if found.process_id is not None:
        access.require(actor, found.process_id, "export_audit")
    elif not _may_export_all(actor):
        raise Http404
    return found


@login_required
@require_GET
def export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """One bundle: how far it is, then its digest and the way to take and check it."""
    found = _export_for(actor_of(request), export_id)
    context = {
        "export": found,
        "percent": round(100 * found.done / found.size) if found.size else 0,
        "is_working": found.state in (Export.State.REQUESTED, Export.State.RUNNING),
        "who": entries.actors([found.actor])[found.actor],
        "keys": _keys() if found.state == Export.State.READY else [],
        "until_day": None if found.until is None else found.until - timedelta(days=1),
    }
    if is_partial(request):
        return render(request, "governance/audit/export.html#progress", context)
    return page(request, "governance/audit/export.html", context, current="governance")


def _keys() -> list[str]:
    try:
        return [str(key) for key in trusted_keys()]
    except ImproperlyConfigured:  # a machine that shows and has no list of keys
        return []


@login_required
@require_POST
def download(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """The bundle's file; taking it is recorded."""
    actor = actor_of(request)
    found = _export_for(actor, export_id)
    try:
        path = exporting.downloaded(found, actor=f"user:{actor.pk}")
    except Conflict as error:
        return refusal(request, error, status=409, back="audit-exports")
    return FileResponse(path.open("rb"), as_attachment=True, filename=exporting.name_of(found))
