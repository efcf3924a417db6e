"""A person as who manages access sees them: open sessions, second factors, waits; and helps."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from governance.errors import DomainError
from governance.models import Intervention, User
from governance.signin import factors, interventions, sessions, throttle
from review import access
from review.console.pages import actor_of, page, refusal, status_of

RIGHT = "manage_access"
SHOWN = 20


@login_required
@never_cache
@require_GET
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person's sign-in."""
    found = _managed(request, person_id)
    done = Intervention.objects.filter(user=found).select_related("actor").order_by("-at")
    context = {
        "who": found,
        "is_me": found.pk == actor_of(request).pk,
        "sessions": sessions.open_sessions(found),
        "factors": factors.of(found),
        "is_missing": factors.is_missing(found),
        "blocked_until": throttle.blocked_until(found),
        "interventions": done[:SHOWN],
    }
    return page(request, "governance/access/person.html", context, current="governance")


@login_required
@require_POST
def end_sessions(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """End one session of theirs, or all."""
    try:
        session_id = UUID(request.POST["session"]) if request.POST.get("session") else None
    except ValueError:
        raise Http404 from None

    def act(found: User, actor: str, reason: str) -> str:
        ended = interventions.end_sessions(
            user=found, session_id=session_id, actor=actor, reason=reason
        )
        return f"{ended} session{'' if ended == 1 else 's'} ended."

    return _intervene(request, person_id, act)


@login_required
@require_POST
def reset_factor(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Take away the second factors of who lost them; all their sessions end."""

    def act(found: User, actor: str, reason: str) -> str:
        interventions.reset_factor(user=found, actor=actor, reason=reason)
        return f"{found.display_name} signs in without a second factor now."

    return _intervene(request, person_id, act)


@login_required
@require_POST
def lift_wait(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Let who failed too often try again at once."""

    def act(found: User, actor: str, reason: str) -> str:
        interventions.lift_wait(user=found, actor=actor, reason=reason)
        return f"{found.display_name} may try again at once."

    return _intervene(request, person_id, act)


def _intervene(
    request: HttpRequest, person_id: UUID, act: Callable[[User, str, str], str]
) -> HttpResponse:
    """Do something to a managed person's sign-in for the posted reason; act says what was done."""
    found = _managed(request, person_id)
    try:
        said = act(found, f"user:{actor_of(request).pk}", request.POST.get("reason", ""))
    except DomainError as error:
        back = resolve_url("access-person", found.pk)
        return refusal(request, error, status=status_of(error), back=back)
    messages.success(request, said)
    return redirect("access-person", found.pk)


def _managed(request: HttpRequest, person_id: UUID) -> User:
    """Somebody who holds a role in a process whose access I manage; 404 for anybody else.

    403 for who manages access nowhere.
    """
    slugs = access.rights(request.user).processes(RIGHT)
    if not slugs:
        raise PermissionDenied
    found = User.objects.filter(pk=person_id).first()
    names = found.groups.values_list("name", flat=True) if found is not None else []
    if found is None or not {name.partition("@")[2] for name in names} & set(slugs):
        raise Http404
    return found
