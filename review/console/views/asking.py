"""Asking for an approval, and letting others sign in one's place."""

from datetime import UTC, datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from governance.approvals import operations, queries, signing
from governance.errors import Conflict, InvalidInput
from governance.models import Process, User
from review import access
from review.approvals import draft_of
from review.console import approving, weighing
from review.console.pages import actor_of, page, refusal

MOST_COLLEAGUES = 500


@login_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, process: str, what: str) -> HttpResponse:
    """What would be asked for, with a form for the reason; and the asking.

    what: version (the one that serves, or ?version=), contract (the one in force), stage-partial
    or stage-full.
    """
    actor = actor_of(request)
    access.require(actor, process, "request_approvals", visible="view_governance")
    version = request.GET.get("version") or request.POST.get("version")
    draft = draft_of(process, what, version)
    reason = request.POST.get("reason", "").replace("\0", "")
    error = None
    if request.method == "POST":
        try:
            made = draft.ask(actor=actor, reason=reason)
        except InvalidInput as wrong:
            error = wrong
        except Conflict as refused:
            return refusal(request, refused, status=409, back=request.get_full_path())
        else:
            if made.is_of(actor, reason):
                said = "Asked for. Those who may sign find it in their approvals."
                messages.success(request, said)
            else:
                said = "This had been asked for already; here it is. What you wrote was not added."
                messages.warning(request, said)
            return redirect("approval", made.pk)
    context = {
        "draft": draft,
        "process": Process.objects.only("title").get(pk=draft.process),
        "standing": draft.standing(),
        "kind": approving.KINDS[draft.kind],
        **weighing.changes(draft.kind, draft.process, draft.before, draft.after),
        "needed": approving.role_list(draft.roles),
        "error": error,
        "reason": reason,
    }
    template = "governance/approvals/ask.html"
    return page(request, template, context, current="governance", status=422 if error else 200)


@login_required
@require_http_methods(["GET", "POST"])
def delegations(request: HttpRequest) -> HttpResponse:
    """Who signs in my place while I am away, and in whose place I do; and letting somebody."""
    actor = actor_of(request)
    rows = queries.delegations_of(actor)
    if not rows and not access.rights(actor).has_anywhere("view_governance"):
        raise PermissionDenied
    colleagues = _colleagues(actor)
    may_sign = access.rights(actor).has_anywhere("give_approvals")
    error = None
    if request.method == "POST":
        if not may_sign:
            raise PermissionDenied
        try:
            _delegate(request, actor, colleagues)
        except InvalidInput as wrong:
            error = wrong
        else:
            messages.success(request, "Delegated. It ends by itself.")
            return redirect("delegations")
    now = timezone.now()
    live = (one for one in rows if one.ended_at is None and one.until > now)
    context = {
        "stopped": {one.pk for one in live if not signing.stand_ins(one.principal, [one.delegate])},
        "given": [one for one in rows if one.principal_id == actor.pk],
        "received": [one for one in rows if one.delegate_id == actor.pk],
        "now": now,
        "people": colleagues,
        "may_sign": may_sign,
        "error": error,
        "posted": request.POST,
    }
    template = "governance/approvals/delegations.html"
    return page(request, template, context, current="governance", status=422 if error else 200)


def _colleagues(actor: User) -> list[User]:
    """Those who hold a role in a process in which the actor has any right, and could sign in the
    actor's place somewhere."""
    within = Q(pk__in=[])
    for slug in access.rights(actor).visible_processes():
        within |= Q(groups__name__endswith=f"@{slug}")
    found = User.objects.filter(within, is_active=True).exclude(pk=actor.pk)
    people = found.order_by("first_name", "username").distinct()[:MOST_COLLEAGUES]
    return signing.stand_ins(actor, list(people))


def _delegate(request: HttpRequest, actor: User, colleagues: list[User]) -> None:
    errors = {}
    since, until = _instant(request, "since"), _instant(request, "until")
    named = request.POST.get("delegate", "")
    to = next((one for one in colleagues if one.username == named), None)
    if to is None:
        errors["delegate"] = "Choose a person."
    if since is None:
        errors["since"] = "A day and a time."
    if until is None:
        errors["until"] = "A day and a time."
    if to is None or since is None or until is None:
        raise InvalidInput("This is no delegation.", errors)
    reason = request.POST.get("reason", "").replace("\0", "")
    operations.delegate(principal=actor, to=to, since=since, until=until, reason=reason)


def _instant(request: HttpRequest, name: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@login_required
@require_POST
def end_delegation(request: HttpRequest, delegation_id: UUID) -> HttpResponse:
    """End one of my delegations before its time."""
    actor = actor_of(request)
    if not any(
        one.pk == delegation_id and one.principal_id == actor.pk
        for one in queries.delegations_of(actor)
    ):
        raise Http404
    try:
        operations.end_delegation(delegation_id=delegation_id, actor=actor)
    except Conflict as error:
        return refusal(request, error, status=409, back="delegations")
    messages.success(request, "Ended.")
    return redirect("delegations")
